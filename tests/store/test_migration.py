"""Migrations: they make the declared tables, they can be undone, and databases too old are refused in a sentence."""

from urllib.parse import urlsplit

import pytest
from support.databases import named, run_autocommit

from service.errors import DatabaseError, DatabaseUnavailable
from service.store import migrate as migration
from service.store.bulk import bulk
from service.store.state import NEWEST


def _tables(url: str) -> set[str]:
    with bulk(url) as rows:
        found = rows.rows("SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'")
    return set(found.column("name").to_pylist())


def test_the_newest_revision_is_known_without_what_migrations_need() -> None:
    assert migration.revisions()[0] == NEWEST


def test_tables_equal_their_declaration(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    migration.check(database_url)


def test_every_migration_can_be_undone_and_done_again(database_url: str) -> None:
    before = _tables(database_url)
    migration.downgrade(database_url, "base")
    assert _tables(database_url) == {"alembic_version"}
    migration.migrate(database_url)
    assert _tables(database_url) == before


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    before = _tables(database_url)
    migration.migrate(database_url)
    assert _tables(database_url) == before


def test_a_database_without_tables_says_what_to_do(server_url: str) -> None:
    name = "bare_" + urlsplit(server_url).path.strip("/")
    run_autocommit(server_url, f"CREATE DATABASE {name}")
    try:
        with pytest.raises(DatabaseError, match="run `payrank migrate`"), bulk(named(server_url, name)) as rows:
            rows.one("SELECT edition FROM watermark")
    finally:
        run_autocommit(server_url, f"DROP DATABASE {name}")


def test_a_server_that_is_not_there_says_so() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        migration.migrate("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"), bulk("postgresql://nobody@127.0.0.1:1/none"):
        pass
