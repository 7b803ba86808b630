"""The documents are correct: the program in docs/contribute.md runs, and the tests that they cite exist."""

import asyncio
import csv
import json
import os
import re
import subprocess
import sys
from ast import literal_eval
from pathlib import Path
from statistics import median

import httpx2
import pytest
from support.moderators import good_token, submission
from support.records import publish
from support.uvicorn_server import listener, served

from schema.limits.rate_limit import REJECTED_POINTS
from seed.sample import load_sample
from service.app import create_app
from service.settings import load_settings
from service.web.downloads.sending import BYTES_PER_POINT, FILE_POINTS, RECORDS_PER_POINT, STREAM_POINTS

ROOT = Path(__file__).parents[1]
CONTRIBUTE, FILES = ((ROOT / "docs" / name).read_text() for name in ("contribute.md", "files.md"))


@pytest.mark.slow
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


NOT_INSTALLED = ("fsspec", "polars", "duckdb")
"""Libraries of examples that have been run by hand."""


EXIT = "\nprint(end='', flush=True)\nos._exit(0)"
"""Ends a program without the destructors of pyarrow's threads, which abort the process now and then after all is done."""


def test_the_examples_of_files_run(database_url: str) -> None:
    load_sample(database_url, 300, 1, lambda _: None)
    found = re.findall(r"```python\n(.*?)```", FILES, re.DOTALL)
    blocks = [block for block in found if not any(f"import {library}" in block for library in NOT_INSTALLED)]
    with listener() as listening, served(create_app(load_settings(), database_url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        cohort, edition, table = _printed(f"\nprint({MARK!r})\n".join(blocks) + EXIT, address)
        where = {"where": '{"level": ["SENIOR"], "sourceKind": ["SAMPLE"]}', "currency": "EUR"}
        senior = httpx2.get(f"{address}/records.csv", params=where).text.splitlines()
    rows = list(csv.DictReader(senior))
    pay = [int(row["base_salary_eur"]) for row in rows if row["base_salary_eur"]]
    assert [float(found) for found in cohort.split()] == [len(rows), median(pay)]
    assert "senior" in edition
    assert table.split()[0] == str(len(rows))


def test_points_of_files_are_documented() -> None:
    table = (ROOT / "docs" / "limits.md").read_text().partition("<!-- files -->")[2].partition("\n\n")[0]
    points = [line.split(" | ")[1].removesuffix(" |") for line in table.strip().splitlines()[2:]]
    assert points == [
        f"{FILE_POINTS}, plus 1 for each {BYTES_PER_POINT:,} bytes that are sent",
        f"{STREAM_POINTS}, plus 1 for each {RECORDS_PER_POINT} records",
        f"{FILE_POINTS}",
        f"{STREAM_POINTS}",
        f"{REJECTED_POINTS}",
    ]


MARK = "=== next ==="


def _printed(program: str, address: str, token: str = "") -> list[str]:
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
    texts = [path.read_text() for pattern in CITING for path in ROOT.glob(pattern)]
    cited = {found for text in texts for found in re.findall(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`", text)}
    missing = [f"{file}::{function}" for file, function in cited if not _exists(ROOT / file, function)]
    assert missing == []
    assert len(cited) > 40


def _exists(path: Path, function: str) -> bool:
    return path.exists() and (not function or f"def {function}(" in path.read_text())
