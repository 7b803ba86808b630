"""Migrations: they create the declared tables, can be reverted, and unusable databases are refused with a remedy."""

from importlib.resources import files
from urllib.parse import urlsplit

import pytest
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from support.databases import named, run_autocommit

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.bulk import bulk_connection
from service.store.health import known_revisions
from service.store.migrate import check, downgrade, migrate


def _tables(url: str) -> set[str]:
    with bulk_connection(url) as rows:
        found = rows.query("SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'")
    return set(found.column("name").to_pylist())


def test_known_revisions_are_those_of_alembic() -> None:
    scripts = ScriptDirectory(str(files("migrations")))
    assert known_revisions() == tuple(script.revision for script in scripts.walk_revisions())
    assert known_revisions()[0] == scripts.get_current_head()


def test_tables_equal_their_declaration(database_url: str) -> None:
    check(database_url)


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("ALTER TABLE salary_record DROP COLUMN education", "education"),
        ("ALTER TABLE salary_record ADD COLUMN shoe_size integer", "shoe_size"),
        ("ALTER TABLE salary_record ALTER COLUMN bonus TYPE bigint", "bonus"),
        ("ALTER TABLE flag DROP COLUMN reason", "reason"),
        ("ALTER TABLE review ALTER COLUMN note DROP NOT NULL", "note"),
        ("DROP INDEX ix_submission_held", "ix_submission_held"),
        ("DROP TABLE price_level", "price_level"),
        ("CREATE TABLE payslip (id integer)", "payslip"),
    ],
)
def test_tables_that_differ_from_their_declaration_are_found(database_url: str, change: str, difference: str) -> None:
    run_autocommit(database_url, change)
    with pytest.raises(CommandError, match=difference):
        check(database_url)


def test_every_migration_can_be_reverted_and_applied_again(database_url: str) -> None:
    before = _tables(database_url)
    downgrade(database_url, "base")
    assert _tables(database_url) == {"alembic_version"}
    migrate(database_url)
    assert _tables(database_url) == before


OBSERVE = (
    "CREATE SCHEMA observed",
    "CREATE TABLE observed.command (revision text, mode text)",
    """CREATE FUNCTION observed.note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO observed.command VALUES (
            (SELECT version_num FROM alembic_version), current_setting('citus.multi_shard_modify_mode', true)
        );
    END $$""",
    "CREATE EVENT TRIGGER note ON ddl_command_start EXECUTE FUNCTION observed.note()",
)


def test_every_migration_changes_the_shards_of_a_cluster_one_by_one(database_url: str) -> None:
    """Both ways, from its first command on, as PostgreSQL itself saw the setting, which is for Citus alone."""
    for statement in OBSERVE:
        run_autocommit(database_url, statement)
    revisions = known_revisions()
    for change, expected in (
        (lambda: downgrade(database_url, "base"), set(revisions)),
        (lambda: migrate(database_url), {None, *revisions[1:]}),
    ):
        run_autocommit(database_url, "TRUNCATE observed.command")
        change()
        with bulk_connection(database_url) as rows:
            seen = rows.query("SELECT DISTINCT revision, mode FROM observed.command").to_pylist()
        assert {(row["revision"], row["mode"]) for row in seen} == {(revision, "sequential") for revision in expected}


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    before = _tables(database_url)
    migrate(database_url)
    assert _tables(database_url) == before


def test_a_database_without_tables_is_refused_with_a_remedy(server_url: str) -> None:
    name = "bare_" + urlsplit(server_url).path.strip("/")
    run_autocommit(server_url, f"CREATE DATABASE {name}")
    try:
        with (
            pytest.raises(DatabaseError, match="Run `payrank migrate`"),
            bulk_connection(named(server_url, name)) as rows,
        ):
            rows.scalar("SELECT edition FROM watermark")
    finally:
        run_autocommit(server_url, f"DROP DATABASE {name}")


def test_an_unreachable_server_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable), bulk_connection("postgresql://nobody@127.0.0.1:1/none"):
        pass
