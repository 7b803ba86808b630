"""What moderators look at and decide: submissions that wait for them, and doubts about published ones.

Each of these runs in a transaction that may see all submissions: a moderator's, by row-level security, or the terminal's.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from service.store.database import watermark
from service.store.editions import published_sql
from service.store.submissions import COLUMNS, Submission, submission_of

Entrance = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""What opens a transaction that may see all submissions."""
MOST_REASONS = 10
FLAGGED = "flagged"
"""The finding that is kept as flags of the published record, where all others are kept with the submission."""

_DOUBTED = f"""
    SELECT record, count(*) AS flags, (array_agg(reason ORDER BY flagged_at, id))[:{MOST_REASONS}] AS reasons
    FROM flag WHERE review IS NULL GROUP BY record
"""
_QUEUE = f"""
    WITH doubted AS ({_DOUBTED}), queue AS (
        SELECT {COLUMNS}, coalesce(flags, 0) AS flags, coalesce(reasons, ARRAY[]::text[]) AS reasons
        FROM submission LEFT JOIN doubted USING (record) WHERE status = 'held'
        UNION ALL
        SELECT {COLUMNS}, flags, reasons FROM submission JOIN doubted USING (record) WHERE status = 'published'
    )
    SELECT {{what}} FROM queue WHERE ($1::text IS NULL
        OR CASE WHEN $1 = '{FLAGGED}' THEN flags > 0 ELSE findings @> jsonb_build_array(jsonb_build_object('code', $1)) END)
"""
_TOTAL = _QUEUE.format(what="count(*)")
_PAGE = (
    _QUEUE.format(what="*")
    + "AND ($2::timestamptz IS NULL OR (submitted_at, id) > ($2, $3::uuid)) ORDER BY submitted_at, id LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A submission that waits for a decision, with the unsettled flags of its record: how many, and the reasons of some."""

    submission: Submission
    flags: int
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Review:
    """A decision, `accept` or `reject`: whose, why, and by which token (none in the terminal)."""

    id: UUID
    submission: UUID
    decision: str
    note: str
    reviewer: str
    token: UUID | None


@dataclass(frozen=True, slots=True)
class Doubted:
    """A published record that is nobody's submission here, with its flags that nobody has settled."""

    record: UUID
    source: str
    flags: int
    reasons: Sequence[str]


async def waiting(
    connection: asyncpg.Connection, finding: str | None, after: tuple[datetime, UUID] | None, most: int
) -> Sequence[Waiting]:
    """What waits for a decision, oldest first, behind a time and an id; with a finding only what has it."""
    submitted_at, id_ = after or (None, None)
    rows = await connection.fetch(_PAGE, finding, submitted_at, id_, most)
    return [_waiting(dict(row)) for row in rows]


async def count_waiting(connection: asyncpg.Connection, finding: str | None) -> int:
    """How many wait for a decision."""
    return int(await connection.fetchval(_TOTAL, finding) or 0)


async def locked(connection: asyncpg.Connection, id_: UUID) -> Waiting | None:
    """A submission that nobody else changes before this transaction ends; None when there is none with this id."""
    row = await connection.fetchrow(f"SELECT {COLUMNS}, record FROM submission WHERE id = $1 FOR UPDATE", id_)
    if row is None:
        return None
    flags = await connection.fetch("SELECT reason FROM flag WHERE record = $1 AND review IS NULL", row["record"])
    return _waiting({**row, "flags": len(flags), "reasons": [flag["reason"] for flag in flags[:MOST_REASONS]]})


async def accept(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Keep a decision that a submission is good: it is not held again, and published if it was not yet."""
    await _keep(connection, review)
    return submission_of(
        await connection.fetchrow(
            "UPDATE submission SET status = CASE status WHEN 'held' THEN 'accepted' ELSE status END, reason = NULL, "
            f"cleared = true WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
        )
    )


async def reject(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Keep a decision that a submission is no good, with its note as the reason; its record goes with the next edition."""
    await _keep(connection, review)
    return submission_of(
        await connection.fetchrow(
            "UPDATE submission SET status = 'rejected', reason = $2, record = NULL, published_in = NULL, cleared = false "
            f"WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
            review.note,
        )
    )


async def _keep(connection: asyncpg.Connection, review: Review) -> None:
    """The decision itself, and that it settles the flags of the record as it is now."""
    await connection.execute(
        "INSERT INTO review (id, submission, decision, note, reviewer, token, decided_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, now())",
        review.id,
        review.submission,
        review.decision,
        review.note,
        review.reviewer,
        review.token,
    )
    await connection.execute(
        "UPDATE flag SET review = $1 WHERE review IS NULL AND record = (SELECT record FROM submission WHERE id = $2)",
        review.id,
        review.submission,
    )


async def flag(connection: asyncpg.Connection, id_: UUID, record: UUID, reason: str, edition: int) -> bool:
    """Keep a doubt about a record; False when the edition has no such record."""
    done = await connection.execute(
        "INSERT INTO flag (id, record, reason, flagged_at) "
        f"SELECT $1, id, $3, now() FROM salary_record WHERE id = $2 AND {published_sql(edition)}",
        id_,
        record,
        reason,
    )
    return bool(done == "INSERT 0 1")


async def doubted(connection: asyncpg.Connection) -> Sequence[Doubted]:
    """Current records with flags that no moderator can settle here: they were not contributed. The most doubted first."""
    edition = await watermark(connection)
    rows = await connection.fetch(
        f"""
        WITH doubted AS ({_DOUBTED})
        SELECT doubted.record, label AS source, flags, reasons
        FROM doubted JOIN salary_record ON salary_record.id = doubted.record AND {published_sql(edition)}
        JOIN factor_value ON factor_value.id = salary_record.source
        WHERE NOT EXISTS (SELECT FROM submission WHERE submission.record = doubted.record)
        ORDER BY flags DESC, doubted.record
        """
    )
    return [Doubted(**row) for row in rows]


def _waiting(row: Mapping[str, Any]) -> Waiting:
    columns: Any = {name: row[name] for name in COLUMNS.split(", ")}
    found = submission_of(columns)
    assert found
    return Waiting(found, row["flags"], row["reasons"])
