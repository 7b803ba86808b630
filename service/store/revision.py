"""The revision of a database's tables, read without what migrations need."""

import asyncio

from service.store.database import plain_errors
from service.store.hosts import Hosts

NEWEST = "0003"
"""The one that this version needs: the newest of `migrations`."""


def revision(url: str) -> str | None:
    """The revision that a database is at; None of an empty one."""
    return asyncio.run(_revision(url))


async def _revision(url: str) -> str | None:
    with plain_errors():
        connection = await Hosts.of(url).connect(timeout=10)
        try:
            is_there = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
            found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version") if is_there else None
            return found
        finally:
            await connection.close()
