"""The moderation queue and its decisions: held submissions, and readers' flags of published records.

All functions but `add_flag` need a transaction with access to all submissions: a moderator's, by row-level security, or
one of the command line.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import col, func, insert, select, update

from service.store.database import watermark
from service.store.editions import edition_condition
from service.store.submissions import COLUMNS, Submission, parse_submission
from service.store.tables import FlagRow, ReviewRow, SubmissionRow, render

OpenTransaction = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""Opens a transaction with access to all submissions."""
MAX_REASONS = 10
FLAGGED = "flagged"
"""The finding that is stored as flags of the published record; all others are stored with the submission."""

_FLAGGED = f"""
    SELECT record, count(*) AS flags, (array_agg(reason ORDER BY flagged_at, id))[:{MAX_REASONS}] AS reasons
    FROM flag WHERE review IS NULL GROUP BY record
"""
_QUEUE = f"""
    WITH flagged AS ({_FLAGGED}), queue AS (
        SELECT {COLUMNS}, coalesce(flags, 0) AS flags, coalesce(reasons, ARRAY[]::text[]) AS reasons
        FROM submission LEFT JOIN flagged USING (record) WHERE status = 'held'
        UNION ALL
        SELECT {COLUMNS}, flags, reasons FROM submission JOIN flagged USING (record) WHERE status = 'published'
    )
    SELECT {{columns}} FROM queue WHERE ($1::text IS NULL
        OR CASE WHEN $1 = '{FLAGGED}' THEN flags > 0 ELSE findings @> jsonb_build_array(jsonb_build_object('code', $1)) END)
"""
_TOTAL = _QUEUE.format(columns="count(*)")
_PAGE = (
    _QUEUE.format(columns="*")
    + "AND ($2::timestamptz IS NULL OR (submitted_at, id) > ($2, $3::uuid)) ORDER BY submitted_at, id LIMIT $4"
)


@dataclass(frozen=True, slots=True)
class QueuedSubmission:
    """A submission in the queue, with the number of unresolved flags of its record and the reasons of some of them."""

    submission: Submission
    flags: int
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Review:
    """A decision, `accept` or `reject`: by whom, why, and with which token (none on the command line)."""

    id: UUID
    submission: UUID
    decision: str
    note: str
    reviewer: str
    token: UUID | None


@dataclass(frozen=True, slots=True)
class FlaggedRecord:
    """A published record without a submission in this database, with its unresolved flags."""

    record: UUID
    source: str
    flags: int
    reasons: Sequence[str]


async def list_queue(
    connection: asyncpg.Connection, finding: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[QueuedSubmission]:
    """The queue, oldest first, after the time and id of a submission; optionally only submissions with a finding."""
    submitted_at, id_ = after or (None, None)
    rows = await connection.fetch(_PAGE, finding, submitted_at, id_, limit)
    return [_queued(dict(row)) for row in rows]


async def count_queue(connection: asyncpg.Connection, finding: str | None) -> int:
    """The length of the queue."""
    return int(await connection.fetchval(_TOTAL, finding) or 0)


async def lock_submission(connection: asyncpg.Connection, id_: UUID) -> QueuedSubmission | None:
    """A submission, locked until this transaction ends; None if there is none with this id."""
    row = await connection.fetchrow(f"SELECT {COLUMNS}, record FROM submission WHERE id = $1 FOR UPDATE", id_)
    if row is None:
        return None
    unresolved = col(FlagRow.review).is_(None), col(FlagRow.record) == row["record"]
    sql, values = render(select(FlagRow.reason).where(*unresolved))
    flags = await connection.fetch(sql, *values)
    return _queued({**row, "flags": len(flags), "reasons": [flag["reason"] for flag in flags[:MAX_REASONS]]})


async def accept(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Store a decision to accept a submission: it is not held again, and published if it is not yet."""
    await _record_decision(connection, review)
    return parse_submission(
        await connection.fetchrow(
            "UPDATE submission SET status = CASE status WHEN 'held' THEN 'accepted' ELSE status END, reason = NULL, "
            f"cleared = true WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
        )
    )


async def reject(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Store a decision to reject a submission, with its note as the reason; the next edition drops its record."""
    await _record_decision(connection, review)
    return parse_submission(
        await connection.fetchrow(
            "UPDATE submission SET status = 'rejected', reason = $2, record = NULL, published_in = NULL, cleared = false "
            f"WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
            review.note,
        )
    )


async def _record_decision(connection: asyncpg.Connection, review: Review) -> None:
    """Store the decision, and resolve the current flags of the submission's record."""
    sql, values = render(insert(ReviewRow).values(**asdict(review), decided_at=func.now()))
    await connection.execute(sql, *values)
    record = select(SubmissionRow.record).where(col(SubmissionRow.id) == review.submission).scalar_subquery()
    unresolved = col(FlagRow.review).is_(None), col(FlagRow.record) == record
    sql, values = render(update(FlagRow).values(review=review.id).where(*unresolved))
    await connection.execute(sql, *values)


async def add_flag(connection: asyncpg.Connection, id_: UUID, record: UUID, reason: str, edition: int) -> bool:
    """Store a reader's flag of a record; False if the edition does not contain the record."""
    if not await connection.fetchval(
        f"SELECT EXISTS (SELECT FROM salary_record WHERE id = $1 AND {edition_condition(edition)})", record
    ):
        return False
    sql, values = render(insert(FlagRow).values(id=id_, record=record, reason=reason, flagged_at=func.now()))
    await connection.execute(sql, *values)
    return True


async def list_flagged_records(connection: asyncpg.Connection) -> Sequence[FlaggedRecord]:
    """Current records with unresolved flags that were not contributed, so that no moderator decides; most flags first."""
    edition = await watermark(connection)
    rows = await connection.fetch(
        f"""
        WITH flagged AS ({_FLAGGED})
        SELECT flagged.record, label AS source, flags, reasons
        FROM flagged JOIN salary_record ON salary_record.id = flagged.record AND {edition_condition(edition)}
        JOIN factor_value ON factor_value.id = salary_record.source
        WHERE NOT EXISTS (SELECT FROM submission WHERE submission.record = flagged.record)
        ORDER BY flags DESC, flagged.record
        """
    )
    return [FlaggedRecord(**row) for row in rows]


def _queued(row: Mapping[str, Any]) -> QueuedSubmission:
    columns: Any = {name: row[name] for name in COLUMNS.split(", ")}
    found = parse_submission(columns)
    assert found
    return QueuedSubmission(found, row["flags"], row["reasons"])
