"""Submissions: inserted by the role intake, read and changed with their receipt."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from service.store.database import Database

COLUMNS = "id, status, submitted_at, published_in, answers, findings, digest, receipt_hash, counted, invited"


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission as its contributor or a moderator may see it; a withdrawn one has no answers.

    `counted` has the years in which it counts towards the classes of its answers, by their kind.
    """

    id: UUID
    status: str
    submitted_at: datetime
    published_in: int | None
    answers: Mapping[str, Any] | None
    findings: Sequence[Mapping[str, Any]]
    digest: bytes | None
    receipt_hash: bytes
    counted: Mapping[str, int] = field(default_factory=dict)
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """A solved challenge by its hash, valid once until it expires."""

    id: bytes
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A submission to insert, with what is never stored beside it: its proof of work, the hash of the invitation that it
    uses up, and counting marks by the kind of class. It also counts, in `year`, for the kinds whose mark is new."""

    submission: Submission
    proof: Proof | None = None
    invitation: bytes | None = None
    year: int = 0
    marks: Mapping[str, bytes] = field(default_factory=dict)


RELEASES_MADE = "(SELECT count(*) FROM release WHERE edition <= (SELECT edition FROM watermark))"
"""The number of releases that readers can see; a new submission is not in any of them."""

# ON CONFLICT names no target: otherwise row-level security would check the existing row, which intake may not see. RETURNING
# names no column for the same reason. A repeated submission uses up nothing but its proof: `stored_submissions`, which runs
# with its owner's rights, finds those that exist already. Rows are sorted so that two processes inserting the same ones
# never deadlock. NOT IN and FILTER are executed by hashing; joins might be nested loops, as PostgreSQL does not know the
# lengths of the arrays when it plans a prepared statement.
_INSERT = f"""
    WITH arrived AS (
        SELECT * FROM unnest(
            $1::uuid[], $2::bytea[], $3::text[], $4::jsonb[], $5::bytea[], $6::jsonb[], $7::jsonb[], $8::bytea[],
            $9::timestamptz[], $10::bytea[]
        ) WITH ORDINALITY AS row (
            id, receipt_hash, status, answers, digest, findings, counted, proof, expires_at, invitation, position
        )
    ), wanted AS (
        SELECT * FROM unnest($11::bigint[], $12::text[], $13::int[], $14::bytea[]) AS row (position, kind, year, mark)
    ), stored AS (
        SELECT id FROM stored_submissions($1) AS id
    ), usable AS (
        SELECT arrived.* FROM arrived
        WHERE invitation IS NULL OR id IN (SELECT id FROM stored)
        OR EXISTS (SELECT FROM invitation AS given WHERE hash = arrived.invitation AND NOT used)
    ), spent AS (
        INSERT INTO spent_proof (id, expires_at, submission)
        SELECT DISTINCT ON (proof) proof, expires_at, id FROM usable WHERE proof IS NOT NULL ORDER BY proof, id
        ON CONFLICT DO NOTHING RETURNING id, submission
    ), proven AS (
        SELECT DISTINCT ON (usable.id) usable.*
        FROM usable LEFT JOIN spent ON spent.id = proof AND spent.submission = usable.id
        WHERE (proof IS NULL OR spent.id IS NOT NULL) AND usable.id NOT IN (SELECT id FROM stored)
        ORDER BY usable.id, position
    ), invited AS (
        UPDATE invitation SET used = true FROM (
            SELECT DISTINCT ON (invitation) invitation, position FROM proven
            WHERE invitation IS NOT NULL ORDER BY invitation, position
        ) AS first WHERE hash = first.invitation AND NOT used RETURNING position
    ), accepted AS (
        SELECT * FROM proven WHERE invitation IS NULL OR position IN (SELECT position FROM invited)
    ), refused AS (
        SELECT position FROM arrived EXCEPT SELECT position FROM accepted
    ), claims AS (
        SELECT *, position = min(position) OVER (PARTITION BY mark) AS is_first FROM wanted
        WHERE position NOT IN (SELECT position FROM refused)
    ), marked AS (
        INSERT INTO counting_mark (year, mark) SELECT DISTINCT year, mark FROM claims ORDER BY year, mark
        ON CONFLICT DO NOTHING RETURNING mark
    ), counts AS (
        SELECT position,
            jsonb_object_agg(kind, year) FILTER (WHERE is_first AND mark IN (SELECT mark FROM marked)) AS counted
        FROM claims GROUP BY position
    )
    INSERT INTO submission (
        id, receipt_hash, status, submitted_at, answers, digest, findings, cleared, earlier_records, counted, invited,
        releases_before, retries
    )
    SELECT id, receipt_hash, status, now(), answers, digest, findings, false, '{{}}',
        accepted.counted || coalesce(counts.counted, '{{}}'), invitation IS NOT NULL, {RELEASES_MADE}, 0
    FROM accepted LEFT JOIN counts USING (position) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING now()
"""


async def insert_all(database: Database, new: Sequence[Arrival]) -> datetime | None:
    """Insert submissions, use up their proofs of work and invitations, and count them, in one transaction; returns its time,
    by the database's clock.

    None if one of them is not new, because its id exists, or its proof or invitation was used before; the others are
    inserted anyway.
    """
    marks = [(position, kind, one.year, mark) for position, one in enumerate(new, 1) for kind, mark in one.marks.items()]
    async with database.write() as connection:
        inserted = await connection.fetch(_INSERT, *_columns(map(_row, new), 10), *_columns(marks, 4))
    return inserted[0][0] if len(inserted) == len(new) else None


def _row(one: Arrival) -> tuple[Any, ...]:
    new, proof = one.submission, one.proof
    return (
        new.id,
        new.receipt_hash,
        new.status,
        _json(new.answers),
        new.digest,
        _json(new.findings),
        _json(new.counted),
        proof.id if proof else None,
        proof.expires_at if proof else None,
        one.invitation,
    )


def _columns(rows: Iterable[tuple[Any, ...]], number: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] or [[]] * number


async def replay(database: Database, id_: UUID, proof: Proof | None) -> Submission | None:
    """The submission of a repeated idempotency key; None if there is none, or if the proof was not spent for it.

    It writes although nothing is new: with synchronous standbys this waits until they also have the row of the first
    request.
    """
    async with database.authorised_transaction(submission=str(id_)) as connection:
        row = await connection.fetchrow(
            "UPDATE submission SET retries = retries + 1 WHERE id = $1 AND ($2::bytea IS NULL OR EXISTS "
            "(SELECT FROM spent_proof WHERE spent_proof.id = $2 AND spent_proof.submission = $1)) "
            f"RETURNING {COLUMNS}",
            id_,
            proof.id if proof else None,
        )
    return parse_submission(row)


async def spend(connection: asyncpg.Connection, proof: Proof | None) -> bool:
    """Use up a proof of work for a change of something stored; False if it was used before. None needs no proof."""
    return proof is None or bool(
        await connection.fetchval(
            "INSERT INTO spent_proof (id, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true",
            proof.id,
            proof.expires_at,
        )
    )


async def is_spent_for_another(database: Database, proof: Proof | None, id_: UUID) -> bool:
    """Whether a proof of work was used for something else than a submission."""
    if proof is None:
        return False
    async with database.write() as connection:
        return bool(
            await connection.fetchval(
                "SELECT EXISTS (SELECT FROM spent_proof WHERE id = $1 AND submission IS DISTINCT FROM $2)", proof.id, id_
            )
        )


async def find_by_receipt(database: Database, receipt_hash: bytes) -> Submission | None:
    """The submission of a receipt; None for an unknown receipt."""
    async with database.authorised_transaction(receipt=receipt_hash.hex()) as connection:
        row = await connection.fetchrow(f"SELECT {COLUMNS} FROM submission WHERE receipt_hash = $1", receipt_hash)
    return parse_submission(row)


# The UPDATE reads what it replaces from this, which makes PostgreSQL evaluate it first.
_BEFORE = """
    SELECT id, earlier_records, array_remove(ARRAY[base_record, total_record], NULL) AS records
    FROM submission WHERE {} FOR UPDATE
"""
_FORGET = "INSERT INTO withdrawn_record SELECT unnest(earlier_records || records) FROM before ON CONFLICT DO NOTHING"
_CHANGED = ", ".join(f"submission.{column}" for column in COLUMNS.split(", "))


async def amend(connection: asyncpg.Connection, changed: Submission, *, keeps_records: bool) -> Submission | None:
    """Replace the answers of a submission, unless it has been withdrawn. Needs a transaction with the receipt's hash.

    Unless the change concerns none of what its records contain, they count as withdrawn, and the submission waits again; it
    is published again once they are gone.
    """
    values = [changed.receipt_hash, _json(changed.answers), _json(changed.findings)]
    if keeps_records:
        return parse_submission(await connection.fetchrow(_AMEND_ANSWERS, *values))
    return parse_submission(await connection.fetchrow(_AMEND, *values, changed.status))


_AMEND_ANSWERS = f"""
    UPDATE submission SET answers = $2, findings = $3 WHERE receipt_hash = $1 AND answers IS NOT NULL RETURNING {COLUMNS}
"""
_AMEND = f"""
    WITH before AS ({_BEFORE.format("receipt_hash = $1 AND answers IS NOT NULL")}), forgotten AS ({_FORGET})
    UPDATE submission SET status = $4, answers = $2, findings = $3, cleared = false, base_record = NULL, total_record = NULL,
        published_in = NULL, earlier_records = before.earlier_records || before.records, releases_before = {RELEASES_MADE}
    FROM before WHERE submission.id = before.id RETURNING {_CHANGED}
"""
WITHDRAW = f"""
    WITH before AS ({_BEFORE}), forgotten AS ({_FORGET}) UPDATE submission SET status = 'withdrawn', answers = NULL,
        digest = NULL, findings = NULL, base_record = NULL, total_record = NULL, published_in = NULL,
        earlier_records = '{{{{}}}}', counted = '{{{{}}}}'
    FROM before WHERE submission.id = before.id
"""
"""Withdraw the submissions of a condition: they keep nothing but their existence, so that their keys are not reused."""
_WITHDRAW = f"{WITHDRAW.format('receipt_hash = $1')} RETURNING {_CHANGED}"
_TO_WITHDRAW = "SELECT id FROM submission WHERE receipt_hash = $1 AND status <> 'withdrawn' FOR UPDATE"


_RECOUNT = f"""
    WITH wanted AS (
        SELECT * FROM unnest($3::text[], $4::bytea[]) AS row (kind, mark)
    ), marked AS (
        INSERT INTO counting_mark (year, mark) SELECT DISTINCT $2::int, mark FROM wanted ORDER BY mark
        ON CONFLICT DO NOTHING RETURNING mark
    )
    UPDATE submission SET counted = $5::jsonb || coalesce(
        (SELECT jsonb_object_agg(kind, $2::int) FROM wanted JOIN marked USING (mark)), '{{}}'
    ) WHERE receipt_hash = $1 RETURNING {COLUMNS}
"""


async def recount(
    connection: asyncpg.Connection, changed: Submission, year: int, marks: Mapping[str, bytes]
) -> Submission | None:
    """Store the years in which an amended submission counts: its `counted`, and `year` for the kinds whose mark is new.
    Needs a transaction with the receipt's hash."""
    values = (list(marks), list(marks.values()), _json(changed.counted))
    return parse_submission(await connection.fetchrow(_RECOUNT, changed.receipt_hash, year, *values))


async def withdraw(database: Database, receipt_hash: bytes, journal: Callable[[UUID], Awaitable[None]]) -> Submission | None:
    """Delete the contents of a submission and its links to records, once `journal` has stored its id outside the database.

    Its records count as withdrawn, which nothing links to it any more. Its row is locked before the journal has its id:
    who then locks the whole table finds every withdrawal of the journal committed, or given up.
    """
    async with database.authorised_transaction(receipt=receipt_hash.hex()) as connection:
        if id_ := await connection.fetchval(_TO_WITHDRAW, receipt_hash):
            await journal(id_)
        return parse_submission(await connection.fetchrow(_WITHDRAW, receipt_hash))


def parse_submission(row: asyncpg.Record | None) -> Submission | None:
    """The submission of a row with COLUMNS; None for None."""
    if row is None:
        return None
    answers, findings, counted = (_loaded(row[name]) for name in ("answers", "findings", "counted"))
    return Submission(**dict(row) | {"answers": answers, "findings": findings or (), "counted": counted})


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _loaded(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
