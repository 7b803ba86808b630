"""What each database role may do, tried against PostgreSQL itself."""

import asyncpg
import pytest

from service.store.database import Database

PUBLISHED = ("factor_value", "source", "fx_rate", "price_level", "edition", "watermark", "salary_record")
PRIVATE = ("submission", "review", "flag", "api_token")


async def _as(url: str, role: str) -> asyncpg.Connection:
    return await asyncpg.connect(url, server_settings={"role": role})


@pytest.mark.parametrize("table", PRIVATE)
@pytest.mark.parametrize("role", ["payrank_reader", "payrank_intake"])
async def test_serving_roles_cannot_read_what_is_private(database_url: str, role: str, table: str) -> None:
    connection = await _as(database_url, role)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch(f"SELECT * FROM {table}")
    finally:
        await connection.close()


@pytest.mark.parametrize("table", PUBLISHED)
async def test_the_reader_reads_what_is_published_and_changes_nothing(database_url: str, table: str) -> None:
    connection = await _as(database_url, "payrank_reader")
    try:
        await connection.fetch(f"SELECT * FROM {table} LIMIT 1")
        for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_service_reads_as_the_reader_and_cannot_step_out(database_url: str) -> None:
    """The role comes with the connection, so RESET ROLE comes back to it."""
    async with Database.open(database_url) as database, database.read() as connection:
        await connection.execute("RESET ROLE")
        assert await connection.fetchval("SELECT current_user") == "payrank_reader"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetch("SELECT * FROM submission")


async def test_intake_adds_submissions_and_the_publisher_sees_them(database_url: str) -> None:
    intake = await _as(database_url, "payrank_intake")
    await intake.execute(
        "INSERT INTO submission (id, receipt_hash, status, submitted_at) VALUES (gen_random_uuid(), 'x', 'held', now())"
    )
    await intake.close()
    publisher = await _as(database_url, "payrank_publisher")
    try:
        assert await publisher.fetchval("SELECT status FROM submission") == "held"
    finally:
        await publisher.close()
