"""The documents are correct: the program in docs/contribute.md runs, and the tests that they cite exist."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from support.records import publish
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

CONTRIBUTE = (Path(__file__).parents[1] / "docs" / "contribute.md").read_text()


def test_the_documented_program_contributes_pay(database_url: str) -> None:
    job = {"role": "machine-learning-engineer", "level": "senior", "country": "us"}
    publish(database_url, [{**job, "base_salary": 150_000 + 2_000 * n} for n in range(40)])
    [program] = re.findall(r"```python\n(.*?)```", CONTRIBUTE, re.DOTALL)
    with listener() as listening, served(create_app(load_settings(), database_url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        program_run = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PAYRANK": address},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert program_run.returncode == 0, program_run.stderr
    answer = json.loads(program_run.stdout)
    assert (answer["userErrors"], answer["submission"]["status"], len(answer["receipt"])) == ([], "RECEIVED", 39)
    assert 0 < answer["submission"]["benchmark"]["rank"]["rank"] < 100


CITING = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/*.md")


def test_cited_tests_exist() -> None:
    """Citations with `::` name a function, the others a file or folder."""
    root = Path(__file__).parents[1]
    texts = [path.read_text() for pattern in CITING for path in root.glob(pattern)]
    cited = {found for text in texts for found in re.findall(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`", text)}
    missing = [f"{file}::{function}" for file, function in cited if not _exists(root / file, function)]
    assert missing == []
    assert len(cited) > 40


def _exists(path: Path, function: str) -> bool:
    return path.exists() and (not function or f"def {function}(" in path.read_text())
