"""Bringing a database to the tables that this version needs."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from service.errors import DatabaseError
from service.store.database import plain_errors
from service.store.hosts import Hosts

OLDEST = 15


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config


async def _run(url: str, work: Callable[[Connection], Any]) -> None:
    async def connect() -> asyncpg.Connection:
        with plain_errors():
            connection = await Hosts.of(url).connect(timeout=10)
        major = connection.get_server_version().major
        if major < OLDEST:
            await connection.close()
            raise DatabaseError(f"PayRank needs PostgreSQL {OLDEST} or newer; this database is version {major}.")
        return connection

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(work)
    await engine.dispose()


def migrate(url: str, revision: str = "head") -> None:
    """Apply the migrations that are missing, each in a transaction; raises DatabaseError."""
    asyncio.run(_run(url, lambda connection: command.upgrade(_config(connection), revision)))


def downgrade(url: str, revision: str) -> None:
    """Undo migrations down to a revision, or `base` for all; their data is lost."""
    asyncio.run(_run(url, lambda connection: command.downgrade(_config(connection), revision)))


def check(url: str) -> None:
    """Raise alembic's CommandError when the tables of the database differ from `store.tables`."""
    asyncio.run(_run(url, lambda connection: command.check(_config(connection))))
