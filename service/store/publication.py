"""Data access of the publisher: submissions to publish, contributors' records, and the links between the two.

A submission points to its record by `record`; `published_in` is the first edition with it. Links are written in one
transaction with the rows of their edition, so that neither exists without the other; discarding an unpublished edition
removes both. A link to a record that the current edition does not contain is invalid and removed here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

import pyarrow as pa

from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import PUBLISHER, PUBLISHER_LOCK
from service.store.editions import edition_condition
from service.vocabulary.factors import Factor

_CHUNK = 5_000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Contribution:
    """A submission that was not withdrawn, as the publisher sees it.

    `answers` is JSON as PostgreSQL formats it; `recent` is less than 30 days old by the database's clock.
    """

    id: UUID
    status: str
    submitted_at: datetime
    recent: bool
    cleared: bool
    record: UUID | None
    answers: str


@dataclass(frozen=True, slots=True)
class ScreeningFlag:
    """Why an accepted submission is to be held: findings as JSON, and the reason for its contributor."""

    submission: Contribution
    findings: str
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """A submission and the id of its record."""

    submission: Contribution
    record: UUID


@contextmanager
def publisher_lock(url: str) -> Iterator[BulkConnection | None]:
    """A connection in the role publisher for the one process that publishes; None while another process does."""
    with bulk_connection(url, PUBLISHER) as rows:
        acquired = rows.scalar("SELECT pg_try_advisory_lock($1)", [PUBLISHER_LOCK])
        rows.commit()
        yield rows if acquired else None  # the lock is released with the connection, even if the process is killed


def purge_expired(rows: BulkConnection) -> None:
    """Delete proofs of work that expired a day ago, and rates older than a day; commits.

    The delay keeps a proof from being used twice if the clock of a service is behind or was set back. Rates counted by a
    clock that was ahead are deleted too.
    """
    rows.execute("DELETE FROM spent_proof WHERE expires_at < now() - interval '1 day'")
    rows.execute("DELETE FROM rate WHERE hour NOT BETWEEN now() - interval '1 day' AND now() + interval '1 day'")
    rows.commit()


def submissions_fingerprint(rows: BulkConnection) -> str:
    """A text that changes whenever a submission or the current edition changes; much faster than preparing an edition."""
    return str(
        rows.scalar(
            "SELECT concat_ws(' ', (SELECT edition FROM watermark), count(*), sum(hashtextextended(submission::text, 0))) "
            "FROM submission"
        )
    )


def contributions(rows: BulkConnection) -> list[Contribution]:
    """All submissions that have answers."""
    found = rows.query(
        "SELECT uuid_send(id) AS id, status, submitted_at, submitted_at > now() - interval '30 days' AS recent, cleared, "
        "uuid_send(record) AS record, answers::text AS answers "
        "FROM submission WHERE answers IS NOT NULL"
    )
    return [
        Contribution(**{**row, "id": UUID(bytes=row["id"]), "record": row["record"] and UUID(bytes=row["record"])})
        for row in found.to_pylist()
    ]


def current_records(rows: BulkConnection, source: int, columns: Sequence[str]) -> pa.Table:
    """The records of a source in the current edition: `id` as 16 bytes, and some columns."""
    edition = int(rows.scalar("SELECT edition FROM watermark") or 0)
    return rows.query(
        f"SELECT uuid_send(id) AS id, {', '.join(columns)} FROM salary_record "
        f"WHERE source = {int(source)} AND {edition_condition(edition)}"
    )


def find_similar_values(
    rows: BulkConnection, names: Sequence[str], factor: Factor, threshold: float
) -> list[Mapping[str, Any]]:
    """Values of a factor with labels similar to names: `number` (index of the name), `value` and `similarity`.

    `threshold` is the minimum similarity by pg_trgm, from 0 to 1.
    """
    if not names:
        return []
    rows.execute("DROP TABLE IF EXISTS known_label")
    # With a trigram index, 2,000 names and 3,000 labels take 0.1 s instead of 20 s.
    rows.execute(
        "CREATE TEMPORARY TABLE known_label ON COMMIT DROP AS SELECT id, label FROM factor_value "
        f"WHERE factor = '{factor.value}'"
    )
    rows.execute("CREATE INDEX ON known_label USING gin (label gin_trgm_ops)")
    rows.execute("ANALYZE known_label")
    rows.query("SELECT set_config('pg_trgm.similarity_threshold', $1, true)", [str(threshold)])
    found = rows.query(
        "SELECT number::int AS number, id AS value, similarity(label, name)::float8 AS similarity "
        "FROM unnest(string_to_array($1, chr(10))) WITH ORDINALITY AS searched (name, number) JOIN known_label "
        "ON label % name",
        ["\n".join(" ".join(name.split()) for name in names)],
    )
    return [{**row, "number": row["number"] - 1} for row in found.to_pylist()]


def hold_submissions(rows: BulkConnection, flags: Iterable[ScreeningFlag]) -> set[UUID]:
    """Hold accepted submissions, unless they were changed or cleared since they were read; commits. Returns their ids."""
    held: set[UUID] = set()
    for flag in flags:
        done = rows.query(
            "UPDATE submission SET status = 'held', findings = $1::text::jsonb, reason = $2::text "
            f"WHERE {_unchanged(flag.submission)} AND status = 'accepted' AND NOT cleared RETURNING retries",
            [flag.findings, flag.reason],
        )
        held |= {flag.submission.id} if done.num_rows else set()
    rows.commit()
    return held


def _unchanged(submission: Contribution) -> str:
    return f"id = '{submission.id}' AND {_hashed('answers')} = '{_hash(submission)}'"


def _hashed(column: str) -> str:
    return f"encode(sha256(convert_to({column}::text, 'UTF8')), 'hex')"


def _hash(submission: Contribution) -> str:
    return sha256(submission.answers.encode()).hexdigest()


def link(rows: BulkConnection, edition: int, links: Sequence[Link]) -> int:
    """Publish accepted submissions as records of an edition, unless they were changed since they were read.

    Returns their number; does not commit.
    """
    linked = 0
    for chunk in _chunks(links):
        listed = ", ".join(
            f"('{one.submission.id}'::uuid, '{one.record}'::uuid, '{_hash(one.submission)}')" for one in chunk
        )
        linked += rows.query(
            "UPDATE submission SET status = 'published', reason = NULL, record = linked.record, published_in = $1 "
            f"FROM (VALUES {listed}) AS linked (id, record, answers) WHERE submission.id = linked.id "
            f"AND {_hashed('submission.answers')} = linked.answers AND submission.status = 'accepted' "
            "AND submission.record IS NULL RETURNING retries",
            [edition],
        ).num_rows
    return linked


def linked_records(rows: BulkConnection) -> set[UUID]:
    """The records that accepted and published submissions point to."""
    found = rows.query(
        "SELECT uuid_send(record) AS record FROM submission WHERE record IS NOT NULL AND status IN ('accepted', 'published')"
    )
    return {UUID(bytes=record) for record in found.column("record").to_pylist()}


def unlink(rows: BulkConnection, records: Iterable[UUID]) -> None:
    """Make submissions wait again whose records are no longer published; does not commit."""
    for chunk in _chunks(records):
        listed = ",".join(map(str, chunk))
        rows.execute(
            "UPDATE submission SET status = CASE status WHEN 'published' THEN 'accepted' ELSE status END, "
            f"record = NULL, published_in = NULL WHERE record = ANY('{{{listed}}}'::uuid[])"
        )


def id_array(records: Iterable[UUID]) -> pa.Array:
    """Ids in the form that `Draft.retire` needs."""
    return pa.array([record.bytes for record in records], pa.binary(16))


def lock_submissions(rows: BulkConnection) -> None:
    """Prevent changes of submissions until this transaction ends."""
    rows.execute("LOCK TABLE submission IN SHARE ROW EXCLUSIVE MODE")


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, _CHUNK)):
        yield chunk
