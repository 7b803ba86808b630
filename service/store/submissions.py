"""Submissions: inserted by the role intake, read and changed with their receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from service.store.database import Database

COLUMNS = "id, status, reason, submitted_at, published_in, answers, findings, digest, receipt_hash"


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission as its contributor or a moderator may see it; a withdrawn one has no answers."""

    id: UUID
    status: str
    reason: str | None
    submitted_at: datetime
    published_in: int | None
    answers: Mapping[str, Any] | None
    findings: Sequence[Mapping[str, Any]]
    digest: bytes | None
    receipt_hash: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A solved challenge by its hash, valid once until it expires."""

    id: bytes
    expires_at: datetime


# ON CONFLICT names no target: otherwise row-level security would check the existing row, which intake may not see. RETURNING
# names no column for the same reason. Rows are sorted so that two processes inserting the same ones never deadlock.
_INSERT = """
    WITH new AS (
        SELECT * FROM unnest(
            $1::uuid[], $2::bytea[], $3::text[], $4::jsonb[], $5::bytea[], $6::jsonb[], $7::text[], $8::bytea[],
            $9::timestamptz[]
        ) AS row (id, receipt_hash, status, answers, digest, findings, reason, proof, expires_at)
    ), spent AS (
        INSERT INTO spent_proof (id, expires_at)
        SELECT DISTINCT ON (proof) proof, expires_at FROM new WHERE proof IS NOT NULL ORDER BY proof
        ON CONFLICT DO NOTHING RETURNING id
    ), proven AS (
        SELECT DISTINCT ON (coalesce(proof, uuid_send(new.id))) new.* FROM new LEFT JOIN spent ON spent.id = proof
        WHERE proof IS NULL OR spent.id IS NOT NULL
    )
    INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, digest, findings, reason, cleared, retries)
    SELECT id, receipt_hash, status, now(), answers, digest, findings, reason, false, 0 FROM proven ORDER BY id
    ON CONFLICT DO NOTHING RETURNING now()
"""


async def insert_all(database: Database, new: Sequence[tuple[Submission, Proof | None]]) -> datetime | None:
    """Insert submissions and their proofs of work in one transaction; returns its time, by the database's clock.

    None if one of them is not new, because its id exists or its proof was used before; the others are inserted anyway.
    """
    rows = [
        (
            one.id,
            one.receipt_hash,
            one.status,
            _json(one.answers),
            one.digest,
            _json(one.findings),
            one.reason,
            proof.id if proof else None,
            proof.expires_at if proof else None,
        )
        for one, proof in new
    ]
    async with database.write() as connection:
        inserted = await connection.fetch(_INSERT, *map(list, zip(*rows, strict=True)))
    return inserted[0][0] if len(inserted) == len(new) else None


async def replay(database: Database, id_: UUID) -> Submission | None:
    """The submission of a repeated idempotency key; None if there is none.

    It writes although nothing is new: with synchronous standbys this waits until they also have the row of the first
    request.
    """
    async with database.authorised_transaction(submission=str(id_)) as connection:
        row = await connection.fetchrow(
            f"UPDATE submission SET retries = retries + 1 WHERE id = $1 RETURNING {COLUMNS}", id_
        )
    return parse_submission(row)


async def find_by_receipt(database: Database, receipt_hash: bytes) -> Submission | None:
    """The submission of a receipt; None for an unknown receipt."""
    async with database.authorised_transaction(receipt=receipt_hash.hex()) as connection:
        row = await connection.fetchrow(f"SELECT {COLUMNS} FROM submission WHERE receipt_hash = $1", receipt_hash)
    return parse_submission(row)


async def amend(database: Database, changed: Submission) -> Submission | None:
    """Replace the answers of a submission, unless it has been withdrawn. The next edition drops its published record; a new
    one follows later under another id."""
    async with database.authorised_transaction(receipt=changed.receipt_hash.hex()) as connection:
        row = await connection.fetchrow(
            "UPDATE submission SET status = $2, reason = $3, answers = $4, findings = $5, cleared = false, record = NULL, "
            f"published_in = NULL WHERE receipt_hash = $1 AND answers IS NOT NULL RETURNING {COLUMNS}",
            changed.receipt_hash,
            changed.status,
            changed.reason,
            _json(changed.answers),
            _json(changed.findings),
        )
    return parse_submission(row)


async def withdraw(database: Database, receipt_hash: bytes) -> Submission | None:
    """Delete the contents of a submission; only its existence remains, so that its key is not reused."""
    async with database.authorised_transaction(receipt=receipt_hash.hex()) as connection:
        row = await connection.fetchrow(
            "UPDATE submission SET status = 'withdrawn', reason = NULL, answers = NULL, digest = NULL, findings = NULL, "
            f"record = NULL, published_in = NULL WHERE receipt_hash = $1 RETURNING {COLUMNS}",
            receipt_hash,
        )
    return parse_submission(row)


def parse_submission(row: asyncpg.Record | None) -> Submission | None:
    """The submission of a row with COLUMNS; None for None."""
    if row is None:
        return None
    values = dict(row) | {"answers": _loaded(row["answers"]), "findings": _loaded(row["findings"]) or ()}
    return Submission(**values)


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _loaded(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
