"""Connections to PostgreSQL: timeouts, roles, standbys that lag behind, and errors in plain sentences."""

import pytest
from support.databases import clone, run_autocommit
from support.records import publish

from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from service.store.database import Database


async def test_a_long_statement_times_out(database_url: str) -> None:
    async with Database.open(database_url, statement_seconds=0.1) as database:
        with pytest.raises(DatabaseTimeout):
            async with database.read() as connection:
                await connection.fetch("SELECT pg_sleep(60)")
        async with database.read() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_reader_cannot_write(database_url: str) -> None:
    async with Database.open(database_url) as database:
        with pytest.raises(DatabaseError, match="read-only"):
            async with database.read() as connection:
                await connection.execute("UPDATE watermark SET edition = 5")


async def test_a_missing_database_is_unavailable() -> None:
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as database:
        with pytest.raises(DatabaseUnavailable, match="PAYRANK_DATABASE_URL"):
            async with database.read() as connection:
                await connection.fetchval("SELECT 1")


async def test_a_server_without_the_roles_is_refused_with_a_remedy(server_url: str) -> None:
    async with Database.open(server_url.replace("/payrank?", "/template1?")) as database, database.read() as connection:
        with pytest.raises(DatabaseError, match="Run `payrank migrate`"):
            async with database.read() as other:
                await other.fetch("SELECT * FROM watermark")
        assert await connection.fetchval("SELECT 1") == 1


async def test_an_edition_that_a_standby_lacks_is_read_from_the_primary(
    server_url: str, empty_template: str, database_url: str
) -> None:
    """A second database with one edition less represents a lagging standby."""
    publish(database_url, [{"base_salary": 100_000}])
    with clone(server_url, empty_template) as lagging:
        async with Database.open(database_url, lagging) as database:
            async with database.read() as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 0
            async with database.read(1) as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 1
            with pytest.raises(DatabaseError, match="read-only"):
                async with database.read(1) as connection:
                    await connection.execute("INSERT INTO flag SELECT")
            with pytest.raises(DatabaseUnavailable, match="behind edition 2"):
                async with database.read(2):
                    pass
            publish(lagging, [{"base_salary": 90_000}] * 5)
            async with database.read(1) as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 5


async def test_a_read_only_server_is_unavailable_for_writing(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        name = url.split("?", maxsplit=1)[0].rpartition("/")[2]
        run_autocommit(server_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        async with Database.open(url) as database:
            with pytest.raises(DatabaseUnavailable, match="Name the primary in PAYRANK_DATABASE_URL"):
                async with database.write() as connection:
                    await connection.execute("UPDATE watermark SET edition = 5")


@pytest.mark.parametrize("state", ["53100", "53200", "53400"])  # disk full, out of memory, configuration limit
async def test_a_server_out_of_resources_is_unavailable(database_url: str, state: str) -> None:
    failing = f"DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END $$"
    async with Database.open(database_url) as database:
        with pytest.raises(DatabaseUnavailable, match=r"out of disk space.*nothing was saved"):
            async with database.write() as connection:
                await connection.execute(failing)
