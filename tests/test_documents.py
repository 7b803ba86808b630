"""The documents are correct: the program in docs/contribute.md runs, and the tests that they cite exist."""

import asyncio
import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from pathlib import Path

from support.moderators import good_token, submission
from support.records import publish
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

CONTRIBUTE = (Path(__file__).parents[1] / "docs" / "contribute.md").read_text()


def test_the_documented_programs_run(database_url: str) -> None:
    """Each block continues the one before: a contribution, the way of its receipt, and the review queue."""
    job = {"role": "machine-learning-engineer", "level": "senior", "country": "us"}
    publish(database_url, [{**job, "base_salary": 150_000 + 2_000 * n} for n in range(40)])
    held, token = asyncio.run(submission(database_url, 1)), asyncio.run(good_token(database_url))
    blocks = re.findall(r"```python\n(.*?)```", CONTRIBUTE, re.DOTALL)
    program = f"\nprint({MARK!r})\n".join(blocks)
    with listener() as listening, served(create_app(load_settings(), database_url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        contributed, looked_up, reviewed = _printed(program, address, token)
        *_, nothing_to_review = _printed(program, address, token)
    answer = json.loads(contributed)
    assert (answer["userErrors"], answer["submission"]["status"], len(answer["receipt"])) == ([], "RECEIVED", 39)
    assert 0 < answer["submission"]["benchmark"]["rank"]["rank"] < 100
    found, amended, withdrawn = map(literal_eval, looked_up.split("\n")[1:4])
    assert found["submission"] == {"status": "RECEIVED", "reason": None, "publishedIn": None}
    assert amended["amendSalary"] == {"submission": {"status": "RECEIVED", "reason": None}, "userErrors": []}
    assert withdrawn["withdrawSalary"] == {"submission": {"status": "WITHDRAWN"}, "userErrors": []}
    queued, decided = map(literal_eval, reviewed.split("\n")[1:3])
    assert (queued["submission"], queued["role"]) == ({"id": str(held)}, {"label": "Machine Learning Engineer"})
    assert decided["reviewSubmission"] == {"submission": {"id": str(held)}, "userErrors": []}
    assert nothing_to_review.strip() == "The queue is empty."


MARK = "=== next ==="


def _printed(program: str, address: str, token: str) -> list[str]:
    """What each block of the program prints."""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PAYRANK": address, "TOKEN": token},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.split(MARK)


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
