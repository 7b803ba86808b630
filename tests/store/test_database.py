"""The handle to PostgreSQL: several hosts in random order, errors in sentences, statements that end."""

from collections import Counter

import pytest

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.database import Database, shuffled


def test_hosts_are_shuffled_and_nothing_else_changes() -> None:
    url = "postgresql://u:p@a:1,b:2,c:3/db?sslmode=require"
    seen = Counter(shuffled(url) for _ in range(600))
    assert len(seen) == 6
    assert all(found.startswith("postgresql://u:p@") and found.endswith("/db?sslmode=require") for found in seen)
    assert {shuffled("postgresql://u@/db?host=a,b") for _ in range(100)} == {
        "postgresql://u@/db?host=a%2Cb",
        "postgresql://u@/db?host=b%2Ca",
    }
    alone = "postgresql://u:p@/db?host=/tmp/x&port=5"
    assert shuffled(alone) == alone


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
