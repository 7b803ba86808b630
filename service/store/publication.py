"""Data access of the publisher: contributions that wait, published batches, and what a release writes.

`submission.base_record` and `total_record` link to the published records, and `published_in` is the first edition with one
of them. Links and batches are written in one transaction with the rows of their edition, so that neither exists without
the other; discarding an unpublished edition removes all of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import orjson

from service.errors import DatabaseError
from service.store.batches import CURRENT
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import PUBLISHER, PUBLISHER_LOCK
from service.store.restoration_mark import IS_MARKED
from service.vocabulary.measures import Measure

_CHUNK = 5_000
Item = TypeVar("Item")
LINKS: Mapping[Measure, str] = {Measure.BASE_SALARY: "base_record", Measure.TOTAL_COMPENSATION: "total_record"}
"""The column of a submission that links to its record of a measure."""


@dataclass(frozen=True, slots=True)
class WaitingSubmission:
    """A submission that may be published; `answers` is JSON as PostgreSQL formats it.

    `measures` are those without a record yet, `counted` the year by kind of class, and `releases` how many were made since
    it began to wait.
    """

    id: UUID
    answers: str
    measures: frozenset[Measure]
    counted: Mapping[str, int]
    releases: int


@dataclass(frozen=True, slots=True)
class Link:
    """A submission and the id of its record of a measure."""

    submission: WaitingSubmission
    measure: Measure
    record: UUID


@contextmanager
def publisher_lock(url: str) -> Iterator[BulkConnection | None]:
    """A connection in the role publisher for the one process that publishes; None while another process does, or while a
    backup is restored, whose withdrawn answers must not be published."""
    with bulk_connection(url, PUBLISHER) as rows:
        acquired = rows.scalar("SELECT pg_try_advisory_lock($1)", [PUBLISHER_LOCK])
        usable = acquired and not rows.scalar(IS_MARKED)
        rows.commit()
        yield rows if usable else None  # a process that is killed releases the lock with its connection
        if acquired:
            _release_lock(rows)


def _release_lock(rows: BulkConnection) -> None:
    """Release the lock before the connection is closed, since PostgreSQL, or a pooler, may notice that only after the next
    attempt to acquire it. A connection that is lost has lost the lock."""
    with suppress(DatabaseError):
        rows.rollback()
        rows.scalar("SELECT pg_advisory_unlock($1)", [PUBLISHER_LOCK])
        rows.commit()


def purge_expired(rows: BulkConnection) -> None:
    """Delete proofs of work that expired a day ago, rates older than a day, and counting marks of past years; commits.

    The delay keeps a proof from being used twice if the clock of a service is behind or was set back. Rates counted by a
    clock that was ahead are deleted too.
    """
    rows.execute("DELETE FROM spent_proof WHERE expires_at < now() - interval '1 day'")
    rows.execute("DELETE FROM rate WHERE hour < now() - interval '1 day' OR hour > now() + interval '1 day'")
    rows.execute(
        "DELETE FROM counting_mark WHERE year < extract(year FROM now() AT TIME ZONE 'UTC')::int"
    )  # as in the index
    rows.commit()


def separate_arrivals(rows: BulkConnection) -> None:
    """Rewrite counting marks and used invitations in the order of their hashes; commits after each table.

    Otherwise the ID of the transaction that stored a row (its `xmin`) and the row's place in the table would show which
    submission it came with. A submission that arrives meanwhile waits for the commit if it needs one of the rows.
    """
    for table, which in (("counting_mark", "true"), ("invitation", "used")):
        moved = f"DELETE FROM {table} WHERE {which} RETURNING *"
        rows.execute(f"WITH moved AS ({moved}) INSERT INTO {table} SELECT * FROM moved ORDER BY 1, 2")
        rows.commit()


def clock(rows: BulkConnection) -> datetime:
    """The time by PostgreSQL's clock."""
    now: datetime = rows.scalar("SELECT clock_timestamp()")
    return now.astimezone(UTC)


def last_release(rows: BulkConnection) -> datetime | None:
    """The date of the calendar of the last release that was made; None before the first."""
    due: datetime | None = rows.scalar(f"SELECT max(due_at) FROM release WHERE {_PUBLISHED}")
    return due


_PUBLISHED = "edition <= (SELECT edition FROM watermark)"


def waiting_submissions(rows: BulkConnection) -> list[WaitingSubmission]:
    """Accepted and published submissions without a record of both measures, none of an earlier version still public."""
    found = rows.query(
        "SELECT id::text, answers::text, counted::text, base_record IS NULL AS base, total_record IS NULL AS total, "
        f"(SELECT count(*) FROM release WHERE {_PUBLISHED})::int - releases_before AS releases FROM submission "
        "WHERE status IN ('accepted', 'published') AND (base_record IS NULL OR total_record IS NULL) "
        f"AND NOT EXISTS (SELECT FROM salary_record AS earlier WHERE earlier.id = ANY(earlier_records) AND {CURRENT}) "
        "ORDER BY id"
    )
    return [_waiting(row) for row in found.to_pylist()]


def _waiting(row: Mapping[str, Any]) -> WaitingSubmission:
    missing = {Measure.BASE_SALARY: row["base"], Measure.TOTAL_COMPENSATION: row["total"]}
    measures = frozenset(measure for measure, is_missing in missing.items() if is_missing)
    return WaitingSubmission(UUID(row["id"]), row["answers"], measures, orjson.loads(row["counted"]), row["releases"])


def add_release(rows: BulkConnection, due: datetime, made: datetime, k: int, edition: int | None = None) -> None:
    """Store that a release was made, with its edition, or with the current one if it changed nothing; does not commit."""
    rows.execute(
        "INSERT INTO release (due_at, made_at, class_size, edition) "
        "VALUES ($1, $2, $3, coalesce($4::int, (SELECT edition FROM watermark), 0))",
        [due, made, k, edition],
    )


def forget_withdrawn(rows: BulkConnection) -> None:
    """Delete the ids of withdrawn records that were removed by now, before a draft removes more of them."""
    rows.execute(
        "DELETE FROM withdrawn_record WHERE NOT EXISTS "
        f"(SELECT FROM salary_record WHERE salary_record.id = withdrawn_record.record AND {CURRENT})"
    )
    rows.commit()


def _hash(submission: WaitingSubmission) -> str:
    return sha256(submission.answers.encode()).hexdigest()


def link(rows: BulkConnection, edition: int, links: Sequence[Link]) -> int:
    """Link submissions to their records of an edition, unless they were changed since they were read.

    Returns the number of links; does not commit.
    """
    return sum(
        _link(rows, edition, column, chunk)
        for measure, column in LINKS.items()
        for chunk in _chunks(one for one in links if one.measure is measure)
    )


def _link(rows: BulkConnection, edition: int, column: str, links: Sequence[Link]) -> int:
    listed = ", ".join(f"('{one.submission.id}'::uuid, '{one.record}'::uuid, '{_hash(one.submission)}')" for one in links)
    linked = rows.query(
        f"UPDATE submission SET status = 'published', {column} = linked.record, earlier_records = '{{}}', "
        "published_in = coalesce(published_in, $1) "
        f"FROM (VALUES {listed}) AS linked (id, record, answers) WHERE submission.id = linked.id "
        "AND encode(sha256(convert_to(submission.answers::text, 'UTF8')), 'hex') = linked.answers "
        f"AND submission.status IN ('accepted', 'published') AND submission.{column} IS NULL RETURNING retries",
        [edition],
    )
    return int(linked.num_rows)


def lock_submissions(rows: BulkConnection) -> None:
    """Prevent changes of submissions until this transaction ends."""
    rows.execute("LOCK TABLE submission IN SHARE ROW EXCLUSIVE MODE")


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
