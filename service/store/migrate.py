"""Migrations: bring the tables of a database to the revision that this version needs."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.database import MIGRATION_LOCK
from service.store.hosts import SCHEMA, Hosts
from service.store.postgres_errors import translate_errors
from service.store.roles import prepare_roles

MIN_VERSION = 15
_CONNECT_TIMEOUT = 10


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["connection"] = connection
    return config


@contextmanager
def _translate_migration_errors() -> Iterator[None]:
    """Turn the errors of a migration, which is applied completely or not at all, into DatabaseError."""
    try:
        with translate_errors(), _unwrap_driver_errors():
            yield
    except CommandError as error:
        if not isinstance(error.__cause__, ResolutionError):
            raise
        raise DatabaseError(
            f"This version of PayRank does not know revision {error.__cause__.argument}. If the tables have it, a "
            "newer version created them: run that version, or restore an older backup."
        ) from error
    except DatabaseUnavailable:
        raise
    except DatabaseError as error:
        raise DatabaseError(
            f"{error} The migration was rolled back. Fix the cause and run `payrank migrate` again."
        ) from error


@contextmanager
def _unwrap_driver_errors() -> Iterator[None]:
    """Raise the driver's errors instead of SQLAlchemy's."""
    try:
        yield
    except DBAPIError as error:
        raise (error.orig and error.orig.__cause__) or error from error


async def _run(
    url: str,
    work: Callable[[Connection], Any],
    prepare: Callable[[asyncpg.Connection], Awaitable[None]] | None = None,
) -> None:
    async def connect() -> asyncpg.Connection:
        connection = await Hosts.from_url(url).connect(timeout=_CONNECT_TIMEOUT)
        major = connection.get_server_version().major
        if major < MIN_VERSION:
            await connection.close()
            raise DatabaseError(f"PayRank needs PostgreSQL {MIN_VERSION} or newer; this database is version {major}.")
        await connection.execute(f"SET search_path = {SCHEMA}")
        return connection

    engine = create_async_engine("postgresql+asyncpg://", async_creator=connect, poolclass=NullPool)
    with _translate_migration_errors():
        async with engine.connect() as connection:
            await connection.execute(
                select(func.pg_advisory_lock(MIGRATION_LOCK))
            )  # released with the connection, however it ends
            await connection.commit()
            if prepare:
                await prepare((await connection.get_raw_connection()).driver_connection)  # type: ignore[arg-type]
            await connection.run_sync(work)
    await engine.dispose()


def migrate(url: str, revision: str = "head") -> None:
    """Create the roles and apply the missing migrations, each in a transaction; raises DatabaseError."""
    asyncio.run(_run(url, lambda connection: command.upgrade(_config(connection), revision), prepare_roles))


def downgrade(url: str, revision: str) -> None:
    """Revert migrations down to a revision, or `base` for all of them; their data is lost."""
    asyncio.run(_run(url, lambda connection: command.downgrade(_config(connection), revision)))


def check(url: str) -> None:
    """Raise Alembic's CommandError if the tables of the database differ from their declaration in `store.tables`."""
    asyncio.run(_run(url, lambda connection: command.check(_config(connection))))
