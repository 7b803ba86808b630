"""Bringing a database to the tables that this version needs."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.database import plain_errors
from service.store.hosts import Hosts

OLDEST = 15
_LOCK = 7_729_726_513
"""Held by who migrates, so that services which start at the same time do it one after another."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config


def revisions() -> tuple[str, ...]:
    """The revisions that this version knows, from the one that it needs down to the first."""
    return tuple(one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Turn what stops a migration into a sentence; each is done whole or not at all."""
    try:
        with plain_errors(), _of_the_driver():
            yield
    except CommandError as error:
        if not isinstance(error.__cause__, ResolutionError):
            raise
        raise DatabaseError(
            f"This version of PayRank knows no revision {error.__cause__.argument}. Where the tables are of it, a newer "
            "version has made them: run that one, or restore a backup from before."
        ) from error
    except DatabaseUnavailable:
        raise
    except DatabaseError as error:
        raise DatabaseError(
            f"{error} Nothing of this migration is kept: put that right and run `payrank migrate`."
        ) from error


@contextmanager
def _of_the_driver() -> Iterator[None]:
    """The driver's own errors in place of SQLAlchemy's."""
    try:
        yield
    except DBAPIError as error:
        raise (error.orig and error.orig.__cause__) or error from error


async def _run(url: str, work: Callable[[Connection], Any]) -> None:
    async def connect() -> asyncpg.Connection:
        connection = await Hosts.of(url).connect(timeout=10)
        major = connection.get_server_version().major
        if major < OLDEST:
            await connection.close()
            raise DatabaseError(f"PayRank needs PostgreSQL {OLDEST} or newer; this database is version {major}.")
        return connection

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    with _told_plainly():
        async with engine.connect() as connection:
            await connection.execute(select(func.pg_advisory_lock(_LOCK)))  # goes with the connection, however it ends
            await connection.commit()
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
