"""What runs again and again reads by indexes: the publisher's work each minute, releases, and moderation."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import md5
from uuid import UUID, uuid4

import asyncpg
import pytest
from support.databases import clone
from support.publishing import RULES

from service.intake.publication import make_plan
from service.store import publication, review
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import PUBLISHER

ROWS = 20_000
SOURCE, ROLE, COUNTRY = (
    f"(SELECT min(id) FROM factor_value WHERE factor = '{factor}')" for factor in ("source", "role", "country")
)
FILL = (
    "INSERT INTO edition (number, started_at, published_at, records) SELECT 1, now(), now(), 0",
    "UPDATE watermark SET edition = 1",
    f"""INSERT INTO submission (id, receipt_hash, status, submitted_at, answers, cleared, base_record, total_record,
            earlier_records, counted, invited, releases_before, retries)
        SELECT md5('s' || n)::uuid, decode(md5('s' || n), 'hex'), CASE n % 1000 WHEN 1 THEN 'rejected' ELSE 'published' END,
            now(), jsonb_build_object('note', repeat('-', 200)), false, md5('b' || n)::uuid, md5('t' || n)::uuid,
            '{{}}', '{{}}', false, 0, 0
        FROM generate_series(1, {ROWS}) AS n""",
    f"""INSERT INTO flag (id, record, reason, flagged_at, review)
        SELECT md5('f' || n)::uuid, md5('b' || n)::uuid, 'wrong', now(), CASE n % 1000 WHEN 2 THEN NULL
            ELSE md5('r' || n)::uuid END FROM generate_series(1, {ROWS}) AS n""",
    f"""INSERT INTO batch (id, edition, released_at, source, measure, kind, role, country, currency, coarse, size, counted)
        SELECT md5('a' || n)::uuid, 1, now(), {SOURCE}, 'base_salary', 'role-country', {ROLE}, {COUNTRY}, 'USD', false,
            20, 20
        FROM generate_series(1, 50) AS n""",
    f"""INSERT INTO salary_record (id, source, currency, effective, added_in)
        SELECT md5('b' || n)::uuid, {SOURCE}, 'USD', now(), 1 FROM generate_series(1, 1000) AS n""",
    """INSERT INTO batch_record (record, batch, step)
        SELECT md5('b' || n)::uuid, md5('a' || (n - 1) / 20 + 1)::uuid, 1 FROM generate_series(1, 1000) AS n""",
    f"""INSERT INTO counting_mark (year, mark)
        SELECT extract(year FROM now() AT TIME ZONE 'UTC'), decode(md5('m' || n), 'hex')
        FROM generate_series(1, {ROWS}) AS n""",
    f"""INSERT INTO spent_proof (id, expires_at)
        SELECT decode(md5('p' || n), 'hex'), now() FROM generate_series(1, {ROWS}) AS n""",
    f"INSERT INTO rate (id, hour, count) SELECT decode(md5('n' || n), 'hex'), now(), 1 FROM generate_series(1, {ROWS}) AS n",
)


@pytest.fixture(scope="module")
def full(server_url: str, empty_template: str) -> Iterator[str]:
    """A database with many submissions, flags and marks, hardly any of which a run has to look at."""
    with clone(server_url, empty_template) as url:
        with bulk_connection(url) as rows:
            for statement in FILL:
                rows.execute(statement)
            rows.execute("ANALYZE")
            rows.commit()
        yield url


_SCANS = "SELECT relname::text AS name, seq_scan AS scans FROM pg_stat_user_tables"
_LARGE = ("submission", "flag", "counting_mark", "spent_proof", "rate")


def _scans(rows: BulkConnection) -> dict[str, int]:
    """How often large tables were read as a whole, up to now."""
    rows.query("SELECT pg_stat_force_next_flush()::text")
    rows.commit()
    found = {row["name"]: row["scans"] for row in rows.query(_SCANS).to_pylist()}
    rows.commit()
    return {name: found[name] for name in _LARGE}


@pytest.mark.parametrize(
    "work",
    [
        publication.purge_expired,
        publication.waiting_submissions,
        lambda rows: make_plan(rows, RULES, publication.clock(rows)),
    ],
    ids=["purge", "waiting", "release"],
)
def test_publisher_reads_no_large_table_as_a_whole(full: str, work: Callable[[BulkConnection], object]) -> None:
    with bulk_connection(full, PUBLISHER) as rows:
        before = _scans(rows)
        work(rows)
        assert _scans(rows) == before


def test_scans_are_counted(full: str) -> None:
    with bulk_connection(full, PUBLISHER) as rows:
        before = _scans(rows)
        rows.query("SELECT count(*) FROM submission WHERE retries > 0")
        assert _scans(rows) == before | {"submission": before["submission"] + 1}


def _id(text: str) -> UUID:
    return UUID(md5(text.encode()).hexdigest())


async def _async_scans(connection: asyncpg.Connection) -> dict[str, int]:
    await connection.execute("SELECT pg_stat_force_next_flush()")
    found = dict(await connection.fetch(_SCANS))
    return {name: found[name] for name in _LARGE}


async def test_moderation_reads_no_large_table_as_a_whole(full: str) -> None:
    connection = await asyncpg.connect(full)
    try:
        before = await _async_scans(connection)
        assert await review.count_queue(connection, None) == ROWS // 1000
        assert len(await review.list_queue(connection, None, None, 100)) == ROWS // 1000
        await review.list_flagged_records(connection)
        decision = review.Review(uuid4(), _id("s1"), "undo", "", "ann", None)
        last = review.PastDecision(_id("r1"), "reject", "", "ann", datetime.now(UTC))
        undone = await review.undo(connection, decision, last)
        assert undone
        assert undone.status == "published"
        assert await _async_scans(connection) == before
    finally:
        await connection.close()
