"""What the publisher reads and writes: submissions to publish, contributors' records, and the link between the two.

A submission points to its record by `record`; `published_in` is the first edition with it. Links are written with the rows
of their edition, in one transaction, so neither is ever there without the other; where that edition was never published, its
discarding undoes both. A link to a record that the current edition does not hold counts for nothing and is cut here.
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

from service.store.bulk import Bulk, bulk
from service.store.database import PUBLISHER
from service.store.editions import published_sql
from service.vocabulary.factors import Factor

_LOCK = 7_729_726_512
_CHUNK = 5_000
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Contribution:
    """A submission that was not withdrawn, as the publisher sees it.

    `answers` is JSON as PostgreSQL writes it; a recent one is less than 30 days old by the database's clock.
    """

    id: UUID
    status: str
    submitted_at: datetime
    recent: bool
    cleared: bool
    record: UUID | None
    answers: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an accepted submission is held after all: findings as JSON, and the same in words for its contributor."""

    submission: Contribution
    findings: str
    reason: str


@dataclass(frozen=True, slots=True)
class Link:
    """A submission and the record that is made of it."""

    submission: Contribution
    record: UUID


@contextmanager
def elected(url: str) -> Iterator[Bulk | None]:
    """A connection in the role publisher for the one process that publishes; None while another one does."""
    with bulk(url, PUBLISHER) as rows:
        alone = rows.one("SELECT pg_try_advisory_lock($1)", [_LOCK])
        rows.commit()
        yield rows if alone else None  # the lock goes with the connection, even when the process is killed


def purge(rows: Bulk) -> None:
    """Forget proofs of work that expired a day ago, and rates older than a day; commits.

    A service whose clock is behind, or was set back, believes in a proof a while longer: it is not to be good twice then.
    What a clock that was ahead has counted is forgotten too.
    """
    rows.execute("DELETE FROM spent_proof WHERE expires_at < now() - interval '1 day'")
    rows.execute("DELETE FROM rate WHERE hour NOT BETWEEN now() - interval '1 day' AND now() + interval '1 day'")
    rows.commit()


def state(rows: Bulk) -> str:
    """Another text whenever any submission, or the current edition, is another than before. Takes a small part of the time
    that it takes to work an edition out."""
    return str(
        rows.one(
            "SELECT concat_ws(' ', (SELECT edition FROM watermark), count(*), sum(hashtextextended(submission::text, 0))) "
            "FROM submission"
        )
    )


def contributions(rows: Bulk) -> list[Contribution]:
    """All submissions that have answers."""
    found = rows.rows(
        "SELECT uuid_send(id) AS id, status, submitted_at, submitted_at > now() - interval '30 days' AS recent, cleared, "
        "uuid_send(record) AS record, answers::text AS answers "
        "FROM submission WHERE answers IS NOT NULL"
    )
    return [
        Contribution(**{**row, "id": UUID(bytes=row["id"]), "record": row["record"] and UUID(bytes=row["record"])})
        for row in found.to_pylist()
    ]


def current_records(rows: Bulk, source: int, columns: Sequence[str]) -> pa.Table:
    """A source's records in the current edition, as readers see it: `id` as 16 bytes and some columns."""
    edition = int(rows.one("SELECT edition FROM watermark") or 0)
    return rows.rows(
        f"SELECT uuid_send(id) AS id, {', '.join(columns)} FROM salary_record "
        f"WHERE source = {int(source)} AND {published_sql(edition)}"
    )


def alike(rows: Bulk, names: Sequence[str], factor: Factor, least: float) -> list[Mapping[str, Any]]:
    """Values of a factor whose labels are at least so similar to names (0 to 1, by pg_trgm): `number` of the name in the
    list, `value` and `similarity`."""
    if not names:
        return []
    rows.execute("DROP TABLE IF EXISTS known_label")
    # An index of trigrams finds in 0.1 s what comparing 2,000 names with 3,000 labels takes 20 s for.
    rows.execute(
        "CREATE TEMPORARY TABLE known_label ON COMMIT DROP AS SELECT id, label FROM factor_value "
        f"WHERE factor = '{factor.value}'"
    )
    rows.execute("CREATE INDEX ON known_label USING gin (label gin_trgm_ops)")
    rows.execute("ANALYZE known_label")
    rows.rows("SELECT set_config('pg_trgm.similarity_threshold', $1, true)", [str(least)])
    found = rows.rows(
        "SELECT number::int AS number, id AS value, similarity(label, name)::float8 AS similarity "
        "FROM unnest(string_to_array($1, chr(10))) WITH ORDINALITY AS told (name, number) JOIN known_label ON label % name",
        ["\n".join(" ".join(name.split()) for name in names)],
    )
    return [{**row, "number": row["number"] - 1} for row in found.to_pylist()]


def hold(rows: Bulk, doubts: Iterable[Doubt]) -> set[UUID]:
    """Hold accepted submissions, unless they were changed or cleared since they were read; commits. Returns which."""
    held: set[UUID] = set()
    for doubt in doubts:
        done = rows.rows(
            "UPDATE submission SET status = 'held', findings = $1::text::jsonb, reason = $2::text "
            f"WHERE {_unchanged(doubt.submission)} AND status = 'accepted' AND NOT cleared RETURNING retries",
            [doubt.findings, doubt.reason],
        )
        held |= {doubt.submission.id} if done.num_rows else set()
    rows.commit()
    return held


def _unchanged(submission: Contribution) -> str:
    return f"id = '{submission.id}' AND {_hashed('answers')} = '{_hash(submission)}'"


def _hashed(column: str) -> str:
    return f"encode(sha256(convert_to({column}::text, 'UTF8')), 'hex')"


def _hash(submission: Contribution) -> str:
    return sha256(submission.answers.encode()).hexdigest()


def link(rows: Bulk, edition: int, links: Sequence[Link]) -> int:
    """Publish accepted submissions as the records of an edition, unless they were changed since they were read. Returns how
    many; does not commit."""
    linked = 0
    for chunk in _chunks(links):
        listed = ", ".join(
            f"('{one.submission.id}'::uuid, '{one.record}'::uuid, '{_hash(one.submission)}')" for one in chunk
        )
        linked += rows.rows(
            "UPDATE submission SET status = 'published', reason = NULL, record = made.record, published_in = $1 "
            f"FROM (VALUES {listed}) AS made (id, record, answers) WHERE submission.id = made.id "
            f"AND {_hashed('submission.answers')} = made.answers AND submission.status = 'accepted' "
            "AND submission.record IS NULL RETURNING retries",
            [edition],
        ).num_rows
    return linked


def linked(rows: Bulk) -> set[UUID]:
    """The records that accepted and published submissions point to."""
    found = rows.rows(
        "SELECT uuid_send(record) AS record FROM submission WHERE record IS NOT NULL AND status IN ('accepted', 'published')"
    )
    return {UUID(bytes=record) for record in found.column("record").to_pylist()}


def unlink(rows: Bulk, records: Iterable[UUID]) -> None:
    """Let submissions wait again whose records are no longer published; does not commit."""
    for chunk in _chunks(records):
        listed = ",".join(map(str, chunk))
        rows.execute(
            "UPDATE submission SET status = CASE status WHEN 'published' THEN 'accepted' ELSE status END, "
            f"record = NULL, published_in = NULL WHERE record = ANY('{{{listed}}}'::uuid[])"
        )


def as_ids(records: Iterable[UUID]) -> pa.Array:
    """Ids as `Draft.retire` takes them."""
    return pa.array([record.bytes for record in records], pa.binary(16))


def hold_off(rows: Bulk) -> None:
    """Let nobody change a submission before this transaction ends."""
    rows.execute("LOCK TABLE submission IN SHARE ROW EXCLUSIVE MODE")


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    left = iter(items)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk
