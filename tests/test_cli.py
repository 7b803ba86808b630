"""The `payrank` command as its users run it: real processes, a real embedded server."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from test_readme import QUERIES

from service.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from service.cli import main; main()"]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A folder that the server's account can get to, also when the tests run as root."""
    with TemporaryDirectory(prefix="payrank-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    return kept | {"PAYRANK_DATA_DIR": str(data_dir), "PAYRANK_SAMPLE_RECORDS": "5000", "COLUMNS": "200"}


@pytest.fixture(scope="module")
def run(environment: dict[str, str]) -> Run:
    def ran(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=environment | variables, capture_output=True, text=True, timeout=120, check=False
        )

    return ran


class Served:
    """A running `payrank serve`."""

    def __init__(self, environment: dict[str, str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--port", str(self.port)], env=environment, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr
        self.told = ""
        for line in self.process.stderr:
            self.told += line
            if "running on" in line:
                return
        raise AssertionError(self.told)

    def ask(self, query: str) -> dict[str, Any]:
        body = json.dumps({"query": query}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as response:
            answer: dict[str, Any] = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def stop(self, with_signal: signal.Signals) -> int:
        self.process.send_signal(with_signal)
        self.process.communicate(timeout=60)
        return self.process.returncode


def _server_runs(data_dir: Path) -> bool:
    return any(data_dir.rglob("postmaster.pid"))


@pytest.mark.parametrize(("with_signal", "expected"), [(signal.SIGINT, 0), (signal.SIGTERM, 143)])
def test_serve_answers_from_a_sample_and_leaves_nothing_running(
    environment: dict[str, str], data_dir: Path, with_signal: signal.Signals, expected: int
) -> None:
    """The first start makes the database and the sample, the second finds both."""
    served = Served(environment)
    try:
        found = served.ask("{ edition { number records sources { code kind } } cohort { size stats { p50 } } }")
        assert found["edition"] == {"number": 1, "records": 5000, "sources": [{"code": "sample", "kind": "SAMPLE"}]}
        assert found["cohort"]["size"] == 5000
        assert 50_000 < found["cohort"]["stats"]["p50"] < 500_000
        assert _server_runs(data_dir)
    finally:
        status = served.stop(with_signal)
    assert status == expected
    assert not _server_runs(data_dir)


def test_every_query_of_the_readme_has_an_answer(environment: dict[str, str]) -> None:
    served = Served(environment)
    try:
        for query in QUERIES:
            assert served.ask(query)
    finally:
        served.stop(signal.SIGTERM)


def test_a_sample_is_replaced_and_removed(run: Run) -> None:
    assert "Loaded 300 made-up records" in run("sample", "--records", "300", "--seed", "2").stderr
    assert "Removed 300 made-up records." in run("sample", "--remove").stderr
    assert "Removed 0 made-up records." in run("sample", "--remove").stderr


def test_an_import_reports_what_it_did(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pay.csv"
    header = "work_year,experience_level,employment_type,job_title,salary,salary_currency,salary_in_usd,"
    header += "employee_residence,remote_ratio,company_location,company_size\n"
    rows = ["2021,SE,FT,Data Scientist,100000,USD,100000,US,0,US,M\n", "2021,SE,FT,Data Scientist,x,USD,1,US,0,US,M\n"]
    file.write_text(header + "".join(rows))
    first = run("import", "aijobs", str(file)).stderr
    assert re.search(r"2 read\n +1 imported\n +1 refused\nRefused rows with their reasons: .*pay.csv.refused.csv", first)
    assert "Nothing new: the edition stays." in run("import", "aijobs", str(file)).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "atlantis"], "aijobs"),
        (["import", "aijobs", "/nowhere/pay.csv"], "/nowhere/pay.csv"),
        (["import", "--mapping", "/nowhere/my.toml", "x.csv"], "/nowhere/my.toml"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run: Run, arguments: list[str], words: str) -> None:
    ran = run(*arguments)
    assert ran.returncode == 1
    assert words in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_bad_setting_is_one_sentence(run: Run) -> None:
    ran = run("serve", PAYRANK_PORT="99999999")
    assert (ran.returncode, "PAYRANK_PORT" in ran.stderr, "Traceback" in ran.stderr) == (1, True, False)


def test_help_tells_every_setting(run: Run) -> None:
    told = run("--help").stdout
    assert {name for name in Settings.model_fields if f"PAYRANK_{name.upper()}" not in told} == set()
    assert "Undefined" not in told


def test_the_schema_can_be_printed(run: Run) -> None:
    assert "type Query" in run("sdl").stdout


def test_migrations_can_be_undone_from_the_command(run: Run) -> None:
    assert run("migrate", "--down", "base").returncode == 0
    assert run("migrate").returncode == 0
