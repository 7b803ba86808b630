"""Batches of submissions: those that arrive together share a transaction, and a failure affects no other."""

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
from service.store.submissions import Arrival, Submission


def submission(**answers: Any) -> Arrival:
    new = Submission(
        id=uuid4(),
        status="accepted",
        submitted_at=datetime(2026, 3, 1, tzinfo=UTC),
        published_in=None,
        answers=answers,
        findings=(),
        digest=b"",
        receipt_hash=uuid4().bytes,
    )
    return Arrival(new)


@pytest.fixture
async def writer(database_url: str) -> AsyncIterator[BatchWriter]:
    async with Database.open(database_url) as database:
        yield BatchWriter(database)


async def stored(url: str) -> tuple[int, int]:
    """The number of submissions, and of the transactions that stored them."""
    owner = await asyncpg.connect(url)
    try:
        row = await owner.fetchrow("SELECT count(*), count(DISTINCT xmin::text) FROM submission")
    finally:
        await owner.close()
    assert row
    return row[0], row[1]


async def test_submissions_that_arrive_together_share_a_transaction(writer: BatchWriter, database_url: str) -> None:
    times = await asyncio.gather(*(writer.store(submission(n=n)) for n in range(MAX_BATCH + 36)))
    assert all(times)
    assert len(set(times)) == 2
    assert await stored(database_url) == (MAX_BATCH + 36, 2)


async def test_a_submission_that_postgresql_refuses_affects_no_other(writer: BatchWriter, database_url: str) -> None:
    """Validated answers never contain NUL, which JSONB refuses; the whole statement would fail."""
    batch = [submission(n=1), submission(employer="a\x00b"), submission(n=2)]
    times = await asyncio.gather(*(writer.store(one) for one in batch), return_exceptions=True)
    assert [type(outcome) for outcome in times] == [datetime, DatabaseError, datetime]
    assert await stored(database_url) == (2, 2)


async def test_the_submission_of_a_disconnected_client_is_stored(writer: BatchWriter, database_url: str) -> None:
    gone = asyncio.create_task(writer.store(submission(n=1)))
    await asyncio.sleep(0)
    gone.cancel()
    assert await writer.store(submission(n=2))
    assert gone.cancelled()
    assert await stored(database_url) == (2, 1)


async def test_all_waiting_clients_learn_that_the_database_is_unavailable() -> None:
    async with Database.open("postgresql://nobody@127.0.0.1:1/none") as database:
        writer = BatchWriter(database)
        times = await asyncio.gather(*(writer.store(submission(n=n)) for n in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in times] == [DatabaseUnavailable] * 3
