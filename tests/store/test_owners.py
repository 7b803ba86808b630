"""Databases of logins without superuser rights: each works, or the error says what an administrator must run."""

import asyncio
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from support.databases import named, run_autocommit, server_folder
from support.records import SEVEN, publish
from typer.testing import CliRunner

from seed.reference_data import load_reference_data
from service.cli.command import command_line
from service.errors import DatabaseError
from service.store.bulk import bulk_connection
from service.store.database import Database
from service.store.embedded import embedded_server
from service.store.migrate import downgrade, migrate
from service.store.roles import ROLES

pytestmark = pytest.mark.slow
ALL = ", ".join(ROLES)


@pytest.fixture
def fresh() -> Iterator[str]:
    """A server on which there was no PayRank yet, by its administrator."""
    with server_folder() as folder, embedded_server(folder, lambda _: None, {"fsync": "off"}) as url:
        yield url


def _database(admin: str, login: str, options: str = "", owner: str | None = None) -> str:
    """A new database and login of one name, by the URL of the login."""
    run_autocommit(admin, f"CREATE ROLE \"{login}\" LOGIN PASSWORD 'secret' {options}")
    run_autocommit(admin, f'CREATE DATABASE "{login}" OWNER "{owner or login}"')
    parts = urlsplit(admin)
    return parts._replace(netloc=f"{login}:secret@", path=f"/{login}").geturl()


def _statements(url: str) -> list[str]:
    """What an administrator must run before the tables can be created."""
    with pytest.raises(DatabaseError) as refused:
        migrate(url)
    [listed] = re.findall(r"Have an administrator run this in the database, and try again: (.*);", str(refused.value))
    return listed.split("; ")  # type: ignore[no-any-return]


async def _use(url: str) -> None:
    async with Database.open(url) as database:
        await database.check()
        async with database.read() as connection:
            assert await connection.fetchval("SELECT count(*) FROM salary_record") == 7
        async with database.authorised_transaction(receipt="00") as connection:
            assert await connection.fetchval("SELECT count(*) FROM submission") == 0


def _fill(url: str) -> None:
    migrate(url)
    load_reference_data(url)
    publish(url, SEVEN)


def test_an_owner_who_may_not_create_roles_is_told_what_to_run(fresh: str) -> None:
    url = _database(fresh, "ann")
    statements = _statements(url)
    assert statements == [*(f"CREATE ROLE {role} NOLOGIN" for role in ROLES), f"GRANT {ALL} TO ann"]
    for statement in statements:
        run_autocommit(named(fresh, "ann"), statement)
    _fill(url)
    asyncio.run(_use(url))


def test_roles_that_an_administrator_has_created_are_used(fresh: str) -> None:
    url = _database(fresh, "ann")
    for role in ROLES:
        run_autocommit(fresh, f"CREATE ROLE {role} NOLOGIN")
    assert _statements(url) == [f"GRANT {ALL} TO ann"]
    run_autocommit(fresh, f"GRANT {ALL} TO ann")
    _fill(url)
    asyncio.run(_use(url))


@pytest.mark.parametrize("path", ["", "archive, public"])
def test_other_schemas_in_the_search_path_are_not_used(fresh: str, path: str) -> None:
    """One that is named like the login is in the path by default."""
    url = _database(fresh, "ann", "CREATEROLE")
    for schema in ("ann", "archive"):
        run_autocommit(url, f"CREATE SCHEMA {schema} CREATE TABLE watermark (edition int)")
    if path:
        run_autocommit(fresh, f"ALTER DATABASE ann SET search_path = {path}")
    _fill(url)
    asyncio.run(_use(url))


def test_tables_of_an_earlier_version_in_another_schema_are_moved(fresh: str) -> None:
    url = _database(fresh, "ann", "CREATEROLE")
    _fill(url)
    run_autocommit(url, "CREATE SCHEMA ann")
    for kind, name in _objects(url):
        run_autocommit(url, f"ALTER {kind} {name} SET SCHEMA ann")
    with pytest.raises(DatabaseError, match="The tables are not in the schema public") as refused:
        migrate(url)
    [listed] = re.findall(r"in the database: (.*?);(?! ALTER)", str(refused.value))
    for statement in listed.split("; "):
        run_autocommit(url, statement)
    migrate(url)
    asyncio.run(_use(url))


def _objects(url: str) -> list[tuple[str, str]]:
    """The tables and functions of PayRank, by the statement that alters them."""
    with bulk_connection(url) as rows:
        found = rows.query(
            "SELECT 'TABLE' AS kind, oid::regclass::text AS name FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' UNION ALL "
            "SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            "AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')"
        ).to_pylist()
    return [(row["kind"], row["name"]) for row in found]


def test_a_second_owner_shares_the_roles_of_the_first(fresh: str) -> None:
    first, second = (_database(fresh, login, "CREATEROLE") for login in ("ann", "bob"))
    _fill(first)
    assert _statements(second) == [f"GRANT {ALL} TO bob"]
    run_autocommit(first, f"GRANT {ALL} TO bob")  # who created them may do that
    _fill(second)
    for url in (first, second):
        asyncio.run(_use(url))
    downgrade(second, "base")
    asyncio.run(_use(first))


def test_doctor_warns_of_another_owner_until_its_statements_were_run(fresh: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (_database(fresh, login, "CREATEROLE") for login in ("ann", "bob-2"))
    _fill(first)
    run_autocommit(first, f'GRANT {ALL} TO "bob-2"')
    found = _doctor(first, monkeypatch)
    assert "Roles: bob-2 can read the contributions here by owning another database of this server. Run REVOKE" in found
    [statements] = re.findall(r"Run (REVOKE [^;]*); (GRANT [^;]*);", found)
    assert statements == (
        'REVOKE CONNECT ON DATABASE ann FROM PUBLIC, "bob-2"',
        "GRANT CONNECT ON DATABASE ann TO ann",
    )
    for statement in statements:
        run_autocommit(first, statement)
    assert "Roles: the login has every role that the service uses." in _doctor(first, monkeypatch)
    with pytest.raises(DatabaseError):
        run_autocommit(named(second, "ann"), "SELECT 1")
    asyncio.run(_use(first))


def _doctor(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PAYRANK_DATABASE_URL", url)
    return CliRunner().invoke(command_line(["doctor"]), ["doctor"]).stderr


def test_a_login_that_does_not_own_its_database_is_told_what_to_run(fresh: str) -> None:
    url = _database(fresh, "ann", "CREATEROLE", owner="payrank")
    run_autocommit(named(fresh, "ann"), "REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    statements = _statements(url)
    assert statements == [
        "GRANT USAGE, CREATE ON SCHEMA public TO ann",
        "CREATE EXTENSION pg_trgm",
        f"GRANT USAGE ON SCHEMA public TO {ALL}",
    ]
    for statement in statements:
        run_autocommit(named(fresh, "ann"), statement)
    _fill(url)
    asyncio.run(_use(url))
