"""The documents keep their word: the program in docs/contribute.md runs as it stands."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from support.uvicorn_server import listener, served

from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings

CONTRIBUTE = (Path(__file__).parents[1] / "docs" / "contribute.md").read_text()


def test_the_program_that_contributes_pay_runs_as_it_stands(database_url: str) -> None:
    load_sample(database_url, 20_000, 1, lambda _: None)
    [program] = re.findall(r"```python\n(.*?)```", CONTRIBUTE, re.DOTALL)
    with listener() as listening, served(create_app(load_settings(), database_url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PAYRANK": address},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert (answer["userErrors"], answer["submission"]["status"], len(answer["receipt"])) == ([], "ACCEPTED", 39)
    assert 0 < answer["submission"]["benchmark"]["rank"]["rank"] < 100


def test_every_test_that_the_threats_name_is_there() -> None:
    """Those with `::` by their function, the others by their file."""
    root = Path(__file__).parents[1]
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (root / "docs" / "threats.md").read_text())
    missing = [
        f"{file}::{function}"
        for file, function in named
        if not re.search(rf"def {function}\(" if function else "def test_", (root / file).read_text())
    ]
    assert missing == []
    assert len(named) > 30
