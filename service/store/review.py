"""The moderation queue and its decisions: held submissions, and readers' flags of published records.

All functions but `has_record` and `add_flag` need a transaction with access to all submissions: a moderator's, by row-level
security, or one of the command line.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import col, func, insert, update

from service.store.database import EDITION_LOCK, EDITION_LOCK_TIMEOUT, watermark
from service.store.editions import edition_condition
from service.store.submissions import COLUMNS, Submission, parse_submission
from service.store.tables import FlagRow, ReviewRow, render

OpenTransaction = Callable[[], AbstractAsyncContextManager[asyncpg.Connection]]
"""Opens a transaction with access to all submissions."""
MAX_REASONS = 10
FLAGGED = "flagged"
"""The finding that is stored as flags of the published record; all others are stored with the submission."""

_REASONS = f"(array_agg(reason ORDER BY flagged_at, flag.id))[:{MAX_REASONS}] AS reasons"
_QUEUE = f"""
    WITH flagged AS (
        SELECT submission.id, count(*) AS flags, {_REASONS}
        FROM submission JOIN flag ON flag.record IN (base_record, total_record) AND review IS NULL
        WHERE status = 'published' GROUP BY submission.id
    ), queued AS (
        SELECT id FROM submission WHERE status = 'held' UNION SELECT id FROM flagged
    ), queue AS (
        SELECT {COLUMNS}, coalesce(flags, 0) AS flags, coalesce(reasons, ARRAY[]::text[]) AS reasons
        FROM queued JOIN submission USING (id) LEFT JOIN flagged USING (id)
    )
    SELECT {{columns}} FROM queue WHERE ($1::text IS NULL
        OR CASE WHEN $1 = '{FLAGGED}' THEN flags > 0 ELSE findings @> jsonb_build_array(jsonb_build_object('code', $1)) END)
"""
TOTAL = _QUEUE.format(columns="count(*)")
PAGE = (
    _QUEUE.format(columns="*")
    + "AND ($2::timestamptz IS NULL OR (submitted_at, id) > ($2, $3::uuid)) ORDER BY submitted_at, id LIMIT $4"
)

_UNRESOLVED = "SELECT reason FROM flag WHERE review IS NULL AND record IN ($1, $2) ORDER BY flagged_at, id"


@dataclass(frozen=True, slots=True)
class QueuedSubmission:
    """A submission in the queue, with the number of unresolved flags of its record and the reasons of some of them."""

    submission: Submission
    flags: int
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Review:
    """A decision, `accept`, `reject` or `undo`: by whom, why, and with which token (none on the command line)."""

    id: UUID
    submission: UUID
    decision: str
    note: str
    reviewer: str
    token: UUID | None


@dataclass(frozen=True, slots=True)
class PastDecision:
    """A decision on a submission as it is stored."""

    id: UUID
    decision: str
    note: str
    reviewer: str
    decided_at: datetime


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
    rows = await connection.fetch(PAGE, finding, submitted_at, id_, limit)
    return [_queued(dict(row)) for row in rows]


async def count_queue(connection: asyncpg.Connection, finding: str | None) -> int:
    """The length of the queue."""
    return int(await connection.fetchval(TOTAL, finding) or 0)


async def lock_editions(connection: asyncpg.Connection) -> None:
    """Keep others from writing an edition until this transaction ends, whose locks then are waited for only briefly.

    To be taken before the lock of a submission, as a release does. Raises an error of PostgreSQL for an edition that is
    being written for longer.
    """
    await connection.execute(f"SET LOCAL lock_timeout = '{EDITION_LOCK_TIMEOUT}'")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", EDITION_LOCK)


async def lock_submission(connection: asyncpg.Connection, id_: UUID) -> QueuedSubmission | None:
    """A submission, locked until this transaction ends; None if there is none with this id."""
    row = await connection.fetchrow(
        f"SELECT {COLUMNS}, base_record, total_record FROM submission WHERE id = $1 FOR UPDATE", id_
    )
    if row is None:
        return None
    flags = await connection.fetch(_UNRESOLVED, row["base_record"], row["total_record"])
    return _queued({**row, "flags": len(flags), "reasons": [flag["reason"] for flag in flags[:MAX_REASONS]]})


async def accept(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Store a decision to accept a submission: it is not held again, and published if it is not yet."""
    await _record_decision(connection, review)
    return parse_submission(
        await connection.fetchrow(
            "UPDATE submission SET status = CASE status WHEN 'held' THEN 'accepted' ELSE status END, "
            f"cleared = true WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
        )
    )


async def reject(connection: asyncpg.Connection, review: Review) -> Submission | None:
    """Store a decision to reject a submission; its records, if it has any, count as withdrawn."""
    await _record_decision(connection, review)
    return parse_submission(
        await connection.fetchrow(
            f"UPDATE submission SET status = 'rejected', cleared = false WHERE id = $1 RETURNING {COLUMNS}",
            review.submission,
        )
    )


_UNDO = f"""
    WITH public AS (
        SELECT (SELECT record.id FROM salary_record AS record WHERE record.id = base_record AND {{current}}) AS base,
            (SELECT record.id FROM salary_record AS record WHERE record.id = total_record AND {{current}}) AS total
        FROM submission WHERE id = $1
    )
    UPDATE submission SET cleared = false, base_record = base, total_record = total,
        status = CASE WHEN coalesce(base, total) IS NULL THEN 'held' ELSE 'published' END,
        published_in = CASE WHEN coalesce(base, total) IS NOT NULL THEN published_in END
    FROM public WHERE id = $1 AND (status = 'rejected' OR status = 'accepted' AND cleared
        OR status = 'published' AND EXISTS (SELECT FROM flag WHERE review = $3 AND record IN (base_record, total_record)))
    RETURNING {COLUMNS}
""".format(current="added_in <= $2 AND (removed_in IS NULL OR removed_in > $2)")


async def undo(connection: asyncpg.Connection, review: Review, last: PastDecision) -> Submission | None:
    """Store that the last decision is undone: its submission is held again, or published with its flags again.

    Needs `lock_editions`: a release that is being written may remove the records because of the decision, unseen from here.

    The latter if the current edition still has one of its records; one that has left is published again. None, and nothing
    is stored, if the submission has been published or amended since.
    """
    row = await connection.fetchrow(_UNDO, review.submission, await watermark(connection), last.id)
    if row is not None:
        await _insert(connection, review)
        sql, values = render(update(FlagRow).values(review=None).where(col(FlagRow.review) == last.id))
        await connection.execute(sql, *values)
    return parse_submission(row)


async def list_decisions(connection: asyncpg.Connection, submission: UUID) -> Sequence[PastDecision]:
    """The decisions on a submission, oldest first."""
    rows = await connection.fetch(
        "SELECT id, decision, note, reviewer, decided_at FROM review WHERE submission = $1 ORDER BY decided_at, id",
        submission,
    )
    return [PastDecision(**row) for row in rows]


async def _insert(connection: asyncpg.Connection, review: Review) -> None:
    sql, values = render(insert(ReviewRow).values(**asdict(review), decided_at=func.now()))
    await connection.execute(sql, *values)


async def _record_decision(connection: asyncpg.Connection, review: Review) -> None:
    """Store the decision, and resolve the current flags of the submission's record."""
    await _insert(connection, review)
    await connection.execute(
        "UPDATE flag SET review = $1 FROM submission WHERE flag.review IS NULL AND submission.id = $2 "
        "AND flag.record IN (base_record, total_record)",
        review.id,
        review.submission,
    )


async def has_record(connection: asyncpg.Connection, record: UUID, edition: int) -> bool:
    """Whether an edition contains a record."""
    return bool(
        await connection.fetchval(
            f"SELECT EXISTS (SELECT FROM salary_record WHERE id = $1 AND {edition_condition(edition)})", record
        )
    )


async def add_flag(connection: asyncpg.Connection, id_: UUID, record: UUID, reason: str) -> None:
    """Store a reader's flag of a record, unless there is one with its id.

    ON CONFLICT names no target: otherwise row-level security would check the existing row, which intake may not see.
    """
    await connection.execute(
        "INSERT INTO flag (id, record, reason, flagged_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING",
        id_,
        record,
        reason,
    )


async def list_flagged_records(connection: asyncpg.Connection) -> Sequence[FlaggedRecord]:
    """Current records with unresolved flags that were not contributed, so that no moderator decides; most flags first."""
    edition = await watermark(connection)
    rows = await connection.fetch(
        f"""
        WITH flagged AS (SELECT record, count(*) AS flags, {_REASONS} FROM flag WHERE review IS NULL GROUP BY record)
        SELECT flagged.record, label AS source, flags, reasons
        FROM flagged JOIN salary_record ON salary_record.id = flagged.record AND {edition_condition(edition)}
        JOIN factor_value ON factor_value.id = salary_record.source
        WHERE NOT EXISTS (SELECT FROM submission WHERE flagged.record IN (base_record, total_record))
        ORDER BY flags DESC, flagged.record
        """
    )
    return [FlaggedRecord(**row) for row in rows]


def _queued(row: Mapping[str, Any]) -> QueuedSubmission:
    columns: Any = {name: row[name] for name in COLUMNS.split(", ")}
    found = parse_submission(columns)
    assert found
    return QueuedSubmission(found, row["flags"], row["reasons"])
