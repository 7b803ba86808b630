"""Batches: those who come together share a transaction, and nobody suffers for another."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from service.errors import DatabaseError, DatabaseUnavailable
from service.intake.submission import MAX_BATCH, BatchWriter
from service.store.database import Database
from service.store.submissions import Submission


def submission(**answers: Any) -> Submission:
    return Submission(
        id=uuid4(),
        status="accepted",
        reason=None,
        submitted_at=datetime(2026, 3, 1, tzinfo=UTC),
        published_in=None,
        answers=answers,
        findings=(),
        digest=b"",
        receipt_hash=uuid4().bytes,
    )


@pytest.fixture
async def batches(database_url: str) -> AsyncIterator[BatchWriter]:
    async with Database.open(database_url) as database:
        yield BatchWriter(database)


async def stored(url: str) -> tuple[int, int]:
    """How many submissions are there, and by how many transactions they came."""
    owner = await asyncpg.connect(url)
    try:
        row = await owner.fetchrow("SELECT count(*), count(DISTINCT xmin::text) FROM submission")
    finally:
        await owner.close()
    assert row
    return row[0], row[1]


async def test_those_who_come_together_share_a_transaction(batches: BatchWriter, database_url: str) -> None:
    kept = await asyncio.gather(*(batches.take(submission(n=n), None) for n in range(MAX_BATCH + 36)))
    assert all(kept)
    assert len(set(kept)) == 2
    assert await stored(database_url) == (MAX_BATCH + 36, 2)


async def test_one_that_postgres_refuses_keeps_no_other_out(batches: BatchWriter, database_url: str) -> None:
    """No checked answers hold a NUL; should any ever, JSONB takes none, and the whole statement fails with it."""
    given = [submission(n=1), submission(employer="a\x00b"), submission(n=2)]
    kept = await asyncio.gather(*(batches.take(one, None) for one in given), return_exceptions=True)
    assert [type(outcome) for outcome in kept] == [datetime, DatabaseError, datetime]
    assert await stored(database_url) == (2, 2)


async def test_who_leaves_before_the_answer_is_kept_all_the_same(batches: BatchWriter, database_url: str) -> None:
    gone = asyncio.create_task(batches.take(submission(n=1), None))
    await asyncio.sleep(0)
    gone.cancel()
    assert await batches.take(submission(n=2), None)
    assert gone.cancelled()
    assert await stored(database_url) == (2, 1)


async def test_a_database_that_is_not_there_is_told_to_all_of_them() -> None:
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as database:
        batches = BatchWriter(database)
        kept = await asyncio.gather(*(batches.take(submission(n=n), None) for n in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in kept] == [DatabaseUnavailable] * 3
