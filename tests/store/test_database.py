"""The handle to PostgreSQL: several hosts in random order, errors in sentences, statements that end."""

import pytest
from support.databases import clone, run_autocommit
from support.records import publish

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.database import Database


async def test_a_long_statement_is_ended_and_told(database_url: str) -> None:
    async with Database.open(database_url, statement_seconds=0.1) as database:
        with pytest.raises(DatabaseUnavailable, match="took too long"):
            async with database.read() as connection:
                await connection.fetch("SELECT pg_sleep(60)")
        async with database.read() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_reader_cannot_write_even_by_mistake(database_url: str) -> None:
    async with Database.open(database_url) as database:
        with pytest.raises(DatabaseError, match="read-only"):
            async with database.read() as connection:
                await connection.execute("UPDATE watermark SET edition = 5")


async def test_a_database_that_is_not_there_is_told() -> None:
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as database:
        with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
            async with database.read() as connection:
                await connection.fetchval("SELECT 1")


async def test_a_server_without_our_roles_says_what_to_do(server_url: str) -> None:
    async with Database.open(server_url.replace("/payrank?", "/template1?")) as database, database.read() as connection:
        with pytest.raises(DatabaseError, match="run `payrank migrate`"):
            async with database.read() as other:
                await other.fetch("SELECT * FROM watermark")
        assert await connection.fetchval("SELECT 1") == 1


async def test_what_a_standby_does_not_have_yet_is_read_from_the_primary(
    server_url: str, empty_template: str, database_url: str
) -> None:
    """Another database with one edition less answers as a standby that is behind does."""
    publish(database_url, [{"base_salary": 100_000}])
    with clone(server_url, empty_template) as late:
        async with Database.open(database_url, late) as database:
            async with database.read() as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 0
            async with database.read(1) as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 1
            with pytest.raises(DatabaseError, match="read-only"):
                async with database.read(1) as connection:
                    await connection.execute("INSERT INTO flag SELECT")
            with pytest.raises(DatabaseUnavailable, match="behind edition 2; ask again"):
                async with database.read(2):
                    pass
            publish(late, [{"base_salary": 90_000}] * 5)
            async with database.read(1) as connection:
                assert await connection.fetchval("SELECT count(*) FROM salary_record") == 5


async def test_a_server_that_takes_no_writes_is_told_as_unavailable(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        name = url.split("?", maxsplit=1)[0].rpartition("/")[2]
        run_autocommit(server_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        async with Database.open(url) as database:
            with pytest.raises(DatabaseUnavailable, match="name the primary in PAYRANK_DATABASE_URL"):
                async with database.write() as connection:
                    await connection.execute("UPDATE watermark SET edition = 5")


@pytest.mark.parametrize("state", ["53100", "53200", "53400"])  # no disk, no memory, a limit of the server's own
async def test_a_server_without_room_is_told_as_unavailable(database_url: str, state: str) -> None:
    refusing = f"DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{state}'; END $$"
    async with Database.open(database_url) as database:
        with pytest.raises(DatabaseUnavailable, match=r"has run out of room .* nothing of this was kept. Try again later"):
            async with database.write() as connection:
                await connection.execute(refusing)
