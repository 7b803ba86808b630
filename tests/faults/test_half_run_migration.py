"""Migrations that were interrupted, run at the same time, or find tables of another version."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from support.earlier_revisions import PREVIOUS, Rows, empty_database, lost, previous_release, rows_of
from support.payrank_process import eventually
from support.postgres_processes import sql
from support.serve_process import settings
from support.soundness import failed_checks
from typer.testing import CliRunner

from service.cli.command import command_line
from service.errors import DatabaseError
from service.store.bulk import bulk_connection
from service.store.migrate import check, downgrade, migrate

MIGRATE = [sys.executable, "-P", "-m", "service.cli", "migrate"]


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    with previous_release(server_url) as found:
        yield found


def revision(url: str) -> str:
    return sql(url, "SELECT version_num FROM alembic_version")


def killed_in_the_last_migration(url: str) -> Rows:
    """The rows before; the migration is killed while it waits for a lock."""
    before = rows_of(url)
    with bulk_connection(url) as rows, subprocess.Popen(MIGRATE, env=settings(url, 1)) as migrating:
        rows.execute("LOCK TABLE submission IN ACCESS SHARE MODE")
        eventually(lambda: sql(url, "SELECT count(*) FROM pg_locks WHERE NOT granted") != "0")
        migrating.kill()
    return before


@pytest.mark.slow
def test_an_interrupted_migration_is_finished_by_the_next_run(url: str) -> None:
    downgrade(url, "0001")
    before = killed_in_the_last_migration(url)
    assert revision(url) == PREVIOUS  # the first of two was applied, and nothing of the second
    [found] = failed_checks(url, "doctor")
    assert found.startswith(f"Tables: revision {PREVIOUS},")
    assert found.endswith("Run `payrank migrate`.")
    assert failed_checks(url, "migrate") == []
    check(url)
    assert lost(before, rows_of(url)) == {}
    assert failed_checks(url, "doctor") + failed_checks(url, "audit") == []


@pytest.mark.slow
def test_services_that_start_together_migrate_one_after_another(server_url: str) -> None:
    with empty_database(server_url) as url, ExitStack() as stack:
        commands = [stack.enter_context(subprocess.Popen(MIGRATE, env=settings(url, 1))) for _ in range(4)]
        try:
            assert [command.wait(120) for command in commands] == [0] * 4
        finally:
            for command in commands:
                command.kill()
        check(url)


@pytest.mark.parametrize("command", ["serve", pytest.param("migrate", marks=pytest.mark.slow)])
def test_tables_of_a_newer_version_are_refused(url: str, command: str) -> None:
    sql(url, "UPDATE alembic_version SET version_num = '0099'")
    before = rows_of(url)
    error = CliRunner().invoke(command_line(), [command], env={"PAYRANK_DATABASE_URL": url}).exception
    assert isinstance(error, DatabaseError)
    assert str(error) == (
        "This version of PayRank does not know revision 0099. If the tables have it, a newer version created them: "
        "run that version, or restore an older backup."
    )
    [found] = failed_checks(url, "doctor")
    assert found.startswith("Tables: unknown revision 0099")
    assert rows_of(url) == before


def test_a_login_without_permission_gets_an_explanation(server_url: str) -> None:
    with empty_database(server_url) as url:
        login = "weak_" + urlsplit(url).path.strip("/")
        sql(url, f"CREATE ROLE {login} LOGIN PASSWORD 'weak'")
        place = urlsplit(url).netloc.rpartition("@")[2]
        with pytest.raises(
            DatabaseError, match=rf"The login {login} lacks permissions\. .* GRANT .* The migration was rolled back"
        ):
            migrate(urlsplit(url)._replace(netloc=f"{login}:weak@{place}").geturl())
        sql(url, f"DROP ROLE {login}")
