"""Preparing a database: what is already there is left as it is, and a worker imports only what it needs."""

import subprocess
import sys

from support.databases import run_autocommit
from support.postgres_processes import sql

from seed.reference_data import digest
from service.cli.database import prepare
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


def test_a_worker_does_not_import_slow_packages_that_it_does_not_use() -> None:
    """PyArrow alone imports pandas when it makes an array from a list."""
    found = subprocess.run((sys.executable, "-c", IMPORTED), capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "[]\n"
