"""Moderators' tokens: made, listed and revoked in the terminal, presented to the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg

from service.store.database import Database

_COLUMNS = "id, name, role, token_hash, created_at, expires_at, revoked_at, expires_at <= now() AS expired"


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; whether it has expired is PostgreSQL's to say, as it is in row-level security."""

    id: UUID
    name: str
    role: str
    token_hash: bytes
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    expired: bool = False


async def presented(database: Database, id_: UUID) -> Token | None:
    """The token with an id, for a service that has been given one; its hash is still to be compared."""
    async with database.entrusted(token=str(id_)) as connection:
        row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM api_token WHERE id = $1", id_)
    return Token(**row) if row else None


async def add(
    connection: asyncpg.Connection, id_: UUID, name: str, role: str, token_hash: bytes, lifetime: timedelta
) -> Token:
    """Keep a new token, which is good for so long from now on."""
    row = await connection.fetchrow(
        "INSERT INTO api_token (id, name, role, token_hash, created_at, expires_at) "
        f"VALUES ($1, $2, $3, $4, now(), now() + $5) RETURNING {_COLUMNS}",
        id_,
        name,
        role,
        token_hash,
        lifetime,
    )
    assert row
    return Token(**row)


async def listed(connection: asyncpg.Connection) -> Sequence[Token]:
    """All tokens that ever were, the newest first."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM api_token ORDER BY created_at DESC, id")
    return [Token(**row) for row in rows]


async def revoke(connection: asyncpg.Connection, *, id_: UUID | None, name: str) -> Sequence[Token]:
    """Revoke a token by its id, or all of a name; those revoked now, without the ones that were before."""
    rows = await connection.fetch(
        f"UPDATE api_token SET revoked_at = now() WHERE revoked_at IS NULL AND (id = $1 OR name = $2) RETURNING {_COLUMNS}",
        id_,
        name,
    )
    return [Token(**row) for row in rows]
