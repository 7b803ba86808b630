"""The command on an embedded server of the tests, and on a clone of the template."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from click.testing import Result
from support.databases import clone, named, run_autocommit, server_folder
from support.payrank_process import COMMAND, Run
from support.records import publish
from support.stored_submissions import answers, contribute
from typer.testing import CliRunner

from service.cli.command import command_line

Invoke = Callable[..., Result]


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """The data folder of an embedded server."""
    with server_folder() as folder:
        yield folder / "data"


@pytest.fixture(scope="session")
def bare_environment(cache_dir: Path, journal_dir: Path) -> dict[str, str]:
    """An environment without settings of the service, except for its folders, and the sample in place of downloads."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    folders = {"PAYRANK_CACHE_DIR": str(cache_dir), "PAYRANK_JOURNAL_DIR": str(journal_dir)}
    return own | folders | {"COLUMNS": "200", "PAYRANK_START": "sample"}


@pytest.fixture(scope="module")
def environment(bare_environment: dict[str, str], data_dir: Path) -> dict[str, str]:
    return bare_environment | {"PAYRANK_DATA_DIR": str(data_dir), "PAYRANK_SAMPLE_RECORDS": "5000"}


@pytest.fixture(scope="module")
def run(environment: dict[str, str]) -> Run:
    """Run the command in a separate process, with additional variables."""

    def ran(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments], env=environment | variables, capture_output=True, text=True, timeout=120, check=False
        )

    return ran


@pytest.fixture
def empty(server_url: str) -> Iterator[str]:
    name = f"restored_{uuid4().hex[:12]}"
    run_autocommit(server_url, f"CREATE DATABASE {name}")
    yield named(server_url, name)
    run_autocommit(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _invoked(*arguments: str) -> Result:
    return CliRunner().invoke(command_line(arguments[:1]), arguments)


@pytest.fixture
def invoke(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run the command in this process, which is fast, on the test's database."""
    monkeypatch.setenv("PAYRANK_DATABASE_URL", database_url)
    monkeypatch.setenv("COLUMNS", "200")
    return _invoked


@pytest.fixture(scope="session")
def installation_template(server_url: str, empty_template: str) -> Iterator[str]:
    """The name of a database with 21 published records: 9 of a source, and 12 of contributors."""
    with clone(server_url, empty_template) as url, pytest.MonkeyPatch.context() as patch:
        published = [{"base_salary": 100_000 + n, "total_compensation": 120_000 + n, "level": "senior"} for n in range(9)]
        publish(url, published)
        contribute(url, [answers(base=100_000 + 4_000 * n) for n in range(12)])
        patch.setenv("PAYRANK_DATABASE_URL", url)
        assert _invoked("publish").exit_code == 0
        yield urlsplit(url).path[1:]


@pytest.fixture
def installation(
    server_url: str, installation_template: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A copy of it, on which `invoke` runs the command."""
    with clone(server_url, installation_template) as url:
        monkeypatch.setenv("PAYRANK_DATABASE_URL", url)
        yield url
