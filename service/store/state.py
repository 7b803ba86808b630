"""The state of a database: what it has, told by one short connection and without what migrations and imports need."""

import asyncio
from dataclasses import dataclass

import asyncpg

from service.store.database import plain_errors, watermark
from service.store.hosts import Hosts

NEWEST = "0003"
"""The revision of the tables that this version needs: the newest of `migrations`."""
NOTE = "Reference data "
"""How the comment on the primary key of `factor_value` begins; what follows is the digest of the files that the reference
data came from. (Comments on tables are compared with their declaration.)"""
_NOTED = "SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conname = 'pk_factor_value'"


@dataclass(frozen=True, slots=True)
class State:
    """The revision of the tables (None of an empty database), which reference data they have, and the current edition."""

    revision: str | None = None
    reference: str | None = None
    edition: int = 0


def state(url: str) -> State:
    """Raises DatabaseError."""
    return asyncio.run(_state(url))


async def _state(url: str) -> State:
    with plain_errors():
        connection = await Hosts.of(url).connect(timeout=10)
        try:
            return await _told(connection)
        finally:
            await connection.close()


async def _told(connection: asyncpg.Connection) -> State:
    revision = await revision_of(connection)
    if revision != NEWEST:
        return State(revision)
    note = str(await connection.fetchval(_NOTED) or "")
    return State(revision, note.removeprefix(NOTE) if note.startswith(NOTE) else None, await watermark(connection))


async def revision_of(connection: asyncpg.Connection) -> str | None:
    """The revision of the tables; None of an empty database."""
    is_there = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version") if is_there else None
    return found
