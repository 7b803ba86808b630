"""Bringing a database up: what it has already is left as it is, and seen at once."""

from databases import run_autocommit
from postgres_users import sql

from seed.digest import digest
from service.cli.database import prepare
from service.store.state import NEWEST, State, state

LABEL = "SELECT label FROM factor_value WHERE factor = 'country' AND code = 'de'"


def test_reference_data_is_loaded_where_another_one_is_there(database_url: str) -> None:
    assert state(database_url) == State(NEWEST, digest(), 0)
    run_autocommit(database_url, "UPDATE factor_value SET label = 'Elsewhere' WHERE factor = 'country' AND code = 'de'")
    prepare(database_url)
    assert sql(database_url, LABEL) == "Elsewhere"
    run_autocommit(database_url, "COMMENT ON CONSTRAINT pk_factor_value ON factor_value IS 'Reference data of before'")
    prepare(database_url)
    assert sql(database_url, LABEL) == "Germany"
    assert state(database_url) == State(NEWEST, digest(), 0)


def test_an_empty_database_has_no_state(server_url: str, database_url: str) -> None:
    run_autocommit(database_url, "DROP TABLE alembic_version")
    assert state(database_url) == State()
