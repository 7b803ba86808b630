"""Decisions of moderators on the employer names of contributions, and the names that may need one.

The functions with an asyncpg connection need a transaction with access to all submissions, as those of `store.review` do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import func, insert

from service.store.bulk import BulkConnection
from service.store.database import EMPLOYER_LOCK
from service.store.editions import edition_condition
from service.store.reference import Reference, load_reference
from service.store.tables import EmployerReviewRow, render

_LATEST = "SELECT DISTINCT ON (name) {} FROM employer_review ORDER BY name, decided_at DESC"
_PAST = "name, decision, employer, label, note, reviewer, decided_at"
_NAMED = """
    SELECT answers ->> 'employer' AS name, count(*)::int AS submissions FROM submission
    WHERE invited AND status IN ('held', 'accepted', 'published') AND (base_record IS NULL OR total_record IS NULL)
    AND answers ->> 'employer' IS NOT NULL GROUP BY 1
"""
"""Only invited contributions are published with an employer."""


@dataclass(frozen=True, slots=True)
class EmployerDecision:
    """A decision on a name by its code; an accepted one has the code of its employer, and a label if that is new."""

    id: UUID
    name: str
    decision: str
    employer: str | None
    label: str | None
    note: str
    reviewer: str
    token: UUID | None


@dataclass(frozen=True, slots=True)
class PastEmployerDecision:
    """A decision as it is stored."""

    name: str
    decision: str
    employer: str | None
    label: str | None
    note: str
    reviewer: str
    decided_at: datetime


async def lock_decisions(connection: asyncpg.Connection) -> None:
    """Prevent other decisions, and releases that use them, until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", EMPLOYER_LOCK)


async def add_decision(connection: asyncpg.Connection, decision: EmployerDecision) -> None:
    """Store a decision, with the time at which it is stored: the transaction may have waited for the lock."""
    sql, values = render(insert(EmployerReviewRow).values(**asdict(decision), decided_at=func.clock_timestamp()))
    await connection.execute(sql, *values)


async def list_latest(connection: asyncpg.Connection) -> Sequence[PastEmployerDecision]:
    """The last decision on each name, by name."""
    return [PastEmployerDecision(**row) for row in await connection.fetch(_LATEST.format(_PAST))]


async def list_names(connection: asyncpg.Connection) -> Mapping[str, int]:
    """The employer names of contributions that may still be published with an employer, with the number of submissions."""
    return {row["name"]: row["submissions"] for row in await connection.fetch(_NAMED)}


async def was_released(connection: asyncpg.Connection, employer: str, since: datetime) -> bool:
    """Whether records of an employer were released since a time."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM batch JOIN factor_value ON factor_value.id = batch.employer "
            "WHERE factor = 'employer' AND code = $1 AND released_at >= $2)",
            employer,
            since,
        )
    )


def load_latest(rows: BulkConnection) -> Sequence[PastEmployerDecision]:
    """As `list_latest`, for a release; prevents decisions until its transaction ends."""
    rows.execute("SELECT pg_advisory_xact_lock($1)", [EMPLOYER_LOCK])
    found: list[dict[str, Any]] = rows.query(_LATEST.format(_PAST)).to_pylist()
    return [PastEmployerDecision(**row) for row in found]


def load_public_reference(rows: BulkConnection) -> Reference:
    """The reference data as readers see it: without the employers that are neither registered nor in a current record."""
    current = edition_condition(rows.scalar("SELECT edition FROM watermark") or 0)
    found = rows.query(f"SELECT DISTINCT employer FROM salary_record WHERE {current} AND employer IS NOT NULL")
    return load_reference(rows).with_employers(found.column("employer").to_pylist())
