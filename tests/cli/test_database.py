"""Preparing a database: what is already there is left as it is, and a worker imports only what it needs."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support.databases import named, run_autocommit
from support.postgres_processes import sql
from typer.testing import CliRunner

from seed.reference_data import digest
from service.cli.command import command_line
from service.cli.database import prepare
from service.errors import DatabaseError
from service.store.health import DatabaseState, known_revisions, read_state

IMPORTED = (
    "import sys, service.worker; print([n for n in ('pandas', 'sklearn', 'statsmodels', 'alembic') if n in sys.modules])"
)
LABEL = "SELECT label FROM factor_value WHERE factor = 'country' AND code = 'de'"


def test_reference_data_is_loaded_if_the_database_has_another_version(database_url: str) -> None:
    assert read_state(database_url) == DatabaseState(known_revisions()[0], digest(), 0)
    run_autocommit(database_url, "UPDATE factor_value SET label = 'Elsewhere' WHERE factor = 'country' AND code = 'de'")
    prepare(database_url)
    assert sql(database_url, LABEL) == "Elsewhere"
    run_autocommit(database_url, "COMMENT ON CONSTRAINT pk_factor_value ON factor_value IS 'Reference data of before'")
    prepare(database_url)
    assert sql(database_url, LABEL) == "Germany"
    assert read_state(database_url) == DatabaseState(known_revisions()[0], digest(), 0)


def test_an_empty_database_has_no_state(server_url: str, database_url: str) -> None:
    run_autocommit(database_url, "DROP TABLE alembic_version")
    assert read_state(database_url) == DatabaseState()


@pytest.mark.slow
def test_a_worker_does_not_import_slow_packages_that_it_does_not_use() -> None:
    """PyArrow alone imports pandas when it makes an array from a list."""
    found = subprocess.run((sys.executable, "-c", IMPORTED), capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["sample", "--remove"],
        ["import", "aijobs", "pay.csv"],
        ["import", "--dry-run", "aijobs", "pay.csv"],
        ["data", "remove", "aijobs"],
        ["publish"],
        ["review"],
        ["token", "list"],
        ["backup", "payrank.dump"],
    ],
    ids=" ".join,
)
def test_commands_that_need_records_do_not_create_a_database(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYRANK_DATABASE_URL", raising=False)
    monkeypatch.setenv("PAYRANK_DATA_DIR", str(tmp_path / "none"))
    result = CliRunner().invoke(command_line(), arguments)
    assert isinstance(result.exception, DatabaseError)
    assert f"There is no database in {tmp_path / 'none'}. Set PAYRANK_DATA_DIR" in str(result.exception)
    assert not (tmp_path / "none").exists()


def test_commands_name_their_database_without_its_password(
    server_url: str, empty_template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYRANK_DATABASE_URL", named(server_url, empty_template))
    shown = CliRunner().invoke(command_line(), ["token", "list"]).stderr
    password = urlsplit(server_url).password
    assert "· Database: postgresql://" in shown
    assert password is None or password not in shown


def test_documents_write_commands_in_one_way() -> None:
    root = Path(__file__).parents[2]
    pages = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").glob("*.md"))]
    assert [page.name for page in pages if ".venv/bin/payrank" in page.read_text(encoding="utf-8")] == []
    assert "source .venv/bin/activate" in pages[0].read_text(encoding="utf-8")
