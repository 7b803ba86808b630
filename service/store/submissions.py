"""Submissions: taken in by the role intake, seen and changed by whoever holds the receipt."""

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
    """One row as its contributor or a moderator may see it; a withdrawn one has no answers."""

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
    """A solved challenge by its hash, good once until it expires."""

    id: bytes
    expires_at: datetime


# No conflict is named: row-level security then asks nothing of the row that is there, which is not to be seen. Sorted, so
# that two processes that take the same rows never wait for each other. Nothing of a row is returned, for the same reason.
_TAKE = """
    WITH given AS (
        SELECT * FROM unnest(
            $1::uuid[], $2::bytea[], $3::text[], $4::jsonb[], $5::bytea[], $6::jsonb[], $7::text[], $8::bytea[],
            $9::timestamptz[]
        ) AS row (id, receipt_hash, status, answers, digest, findings, reason, proof, expires_at)
    ), spent AS (
        INSERT INTO spent_proof (id, expires_at)
        SELECT DISTINCT ON (proof) proof, expires_at FROM given WHERE proof IS NOT NULL ORDER BY proof
        ON CONFLICT DO NOTHING RETURNING id
    ), proven AS (
        SELECT DISTINCT ON (coalesce(proof, uuid_send(given.id))) given.* FROM given LEFT JOIN spent ON spent.id = proof
        WHERE proof IS NULL OR spent.id IS NOT NULL
    )
    INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, digest, findings, reason, cleared, retries)
    SELECT id, receipt_hash, status, now(), answers, digest, findings, reason, false, 0 FROM proven ORDER BY id
    ON CONFLICT DO NOTHING RETURNING now()
"""


async def take(database: Database, given: Sequence[tuple[Submission, Proof | None]]) -> datetime | None:
    """Keep submissions and spend their proofs, in one transaction; its moment, by the one clock that all processes share.

    None where one is not new, because its id was there or its proof spent before; the others are kept all the same.
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
        for one, proof in given
    ]
    async with database.write() as connection:
        kept = await connection.fetch(_TAKE, *map(list, zip(*rows, strict=True)))
    return kept[0][0] if len(kept) == len(given) else None


async def retried(database: Database, id_: UUID) -> Submission | None:
    """The submission that a repeated key leads to; None when there is none.

    It writes even though nothing is new: where standbys confirm each commit, this waits until the first answer's row is on
    them too.
    """
    async with database.entrusted(submission=str(id_)) as connection:
        row = await connection.fetchrow(
            f"UPDATE submission SET retries = retries + 1 WHERE id = $1 RETURNING {COLUMNS}", id_
        )
    return submission_of(row)


async def by_receipt(database: Database, receipt_hash: bytes) -> Submission | None:
    """What a receipt entitles to see; None for a receipt that was never given."""
    async with database.entrusted(receipt=receipt_hash.hex()) as connection:
        row = await connection.fetchrow(f"SELECT {COLUMNS} FROM submission WHERE receipt_hash = $1", receipt_hash)
    return submission_of(row)


async def amend(database: Database, changed: Submission) -> Submission | None:
    """Put other answers in place of those there, unless these have been withdrawn since. Its published record goes with the
    next edition, and a new one follows under another id."""
    async with database.entrusted(receipt=changed.receipt_hash.hex()) as connection:
        row = await connection.fetchrow(
            "UPDATE submission SET status = $2, reason = $3, answers = $4, findings = $5, cleared = false, record = NULL, "
            f"published_in = NULL WHERE receipt_hash = $1 AND answers IS NOT NULL RETURNING {COLUMNS}",
            changed.receipt_hash,
            changed.status,
            changed.reason,
            _json(changed.answers),
            _json(changed.findings),
        )
    return submission_of(row)


async def withdraw(database: Database, receipt_hash: bytes) -> Submission | None:
    """Delete all that a submission told; what stays says only that there was one, so that its key is not taken again."""
    async with database.entrusted(receipt=receipt_hash.hex()) as connection:
        row = await connection.fetchrow(
            "UPDATE submission SET status = 'withdrawn', reason = NULL, answers = NULL, digest = NULL, findings = NULL, "
            f"record = NULL, published_in = NULL WHERE receipt_hash = $1 RETURNING {COLUMNS}",
            receipt_hash,
        )
    return submission_of(row)


def submission_of(row: asyncpg.Record | None) -> Submission | None:
    """Read a row of COLUMNS."""
    if row is None:
        return None
    told = dict(row) | {"answers": _loaded(row["answers"]), "findings": _loaded(row["findings"]) or ()}
    return Submission(**told)


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _loaded(text: str | None) -> Any:
    return None if text is None else orjson.loads(text)
