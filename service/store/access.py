"""Access: moderators' tokens, invitations, hourly counts by network, and the secret that keyed hashes use."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import ColumnElement, bindparam
from sqlmodel import col, func, insert, or_, select, update

from service.store.database import Database
from service.store.tables import ApiTokenRow, render


@dataclass(frozen=True, slots=True)
class Token:
    """A stored token. PostgreSQL decides whether it has expired, as it does for row-level security."""

    id: UUID
    name: str
    role: str
    token_hash: bytes
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    expired: bool = False


_TOKEN: tuple[ColumnElement[Any], ...] = (
    *ApiTokenRow.__table__.columns,  # type: ignore[attr-defined]
    (col(ApiTokenRow.expires_at) <= func.now()).label("expired"),
)
_FIND_TOKEN = render(select(*_TOKEN).where(col(ApiTokenRow.id) == bindparam("id")))[0]


async def find_token(database: Database, id_: UUID) -> Token | None:
    """The token with an id, for the service; the caller must still compare its hash."""
    async with database.authorised_transaction(token=str(id_)) as connection:
        row = await connection.fetchrow(_FIND_TOKEN, id_)
    return Token(**row) if row else None


async def add_token(
    connection: asyncpg.Connection, id_: UUID, name: str, role: str, token_hash: bytes, lifetime: timedelta
) -> Token:
    """Store a new token that expires after `lifetime`."""
    token = {"id": id_, "name": name, "role": role, "token_hash": token_hash}
    statement = insert(ApiTokenRow).values(**token, created_at=func.now(), expires_at=func.now() + lifetime)
    sql, values = render(statement.returning(*_TOKEN))
    row = await connection.fetchrow(sql, *values)
    assert row
    return Token(**row)


async def list_tokens(connection: asyncpg.Connection) -> Sequence[Token]:
    """All tokens, including revoked and expired ones, newest first."""
    sql, values = render(select(*_TOKEN).order_by(col(ApiTokenRow.created_at).desc(), col(ApiTokenRow.id)))
    return [Token(**row) for row in await connection.fetch(sql, *values)]


async def revoke_tokens(connection: asyncpg.Connection, *, id_: UUID | None, name: str) -> Sequence[Token]:
    """Revoke the token with an id, or all with a name; returns those that were not revoked before."""
    chosen = or_(col(ApiTokenRow.id) == id_, col(ApiTokenRow.name) == name) if id_ else col(ApiTokenRow.name) == name
    statement = update(ApiTokenRow).values(revoked_at=func.now()).where(col(ApiTokenRow.revoked_at).is_(None), chosen)
    sql, values = render(statement.returning(*_TOKEN))
    return [Token(**row) for row in await connection.fetch(sql, *values)]


@dataclass(frozen=True, slots=True)
class InvitationCount:
    """How many of the invitations created at one time are left and used; revoked ones are deleted."""

    created_at: datetime
    left: int
    used: int


async def add_invitations(connection: asyncpg.Connection, hashes: Sequence[bytes]) -> None:
    """Store new invitations by their hashes."""
    await connection.execute(
        "INSERT INTO invitation (hash, created_at, used) SELECT hash, now(), false FROM unnest($1::bytea[]) AS hash", hashes
    )


async def count_invitations(connection: asyncpg.Connection) -> Sequence[InvitationCount]:
    """The numbers of invitations by the time of their creation, newest first."""
    rows = await connection.fetch(
        'SELECT created_at, count(*) FILTER (WHERE NOT used) AS "left", count(*) FILTER (WHERE used) AS used '
        "FROM invitation GROUP BY created_at ORDER BY created_at DESC"
    )
    return [InvitationCount(**row) for row in rows]


async def revoke_invitations(connection: asyncpg.Connection, hashes: Sequence[bytes] | None) -> int:
    """Delete unused invitations with these hashes, or all unused ones for None; returns their number."""
    return int(
        await connection.fetchval(
            "WITH revoked AS (DELETE FROM invitation WHERE NOT used AND ($1::bytea[] IS NULL OR hash = ANY($1)) "
            "RETURNING hash) SELECT count(*) FROM revoked",
            hashes,
        )
    )


async def increment_rate(database: Database, id_: bytes, hour: datetime) -> int:
    """Add 1 to the count of an id in an hour, shared by all processes; returns the new count."""
    async with database.write() as connection:
        return int(
            await connection.fetchval(
                "INSERT INTO rate (id, hour, count) VALUES ($1, $2, 1) "
                "ON CONFLICT (id, hour) DO UPDATE SET count = rate.count + 1 RETURNING count",
                id_,
                hour,
            )
        )


async def installation_secret(database: Database) -> bytes:
    """The secret of this installation, the same for all processes; created on first use."""
    async with database.write() as connection:
        await connection.execute(
            "INSERT INTO secret (name, value) VALUES ('installation', $1) ON CONFLICT (name) DO NOTHING",
            secrets.token_bytes(32),
        )
        return bytes(await connection.fetchval("SELECT value FROM secret WHERE name = 'installation'"))
