"""Batches of contributed records: what a release writes, and what it reads of those that are published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.store.bulk import BulkConnection
from service.store.database import EDITION_LOCK, EDITION_LOCK_TIMEOUT
from service.vocabulary import contribution_class
from service.vocabulary.contribution_class import ClassKind, ContributionClass
from service.vocabulary.measures import Measure

CLASS_COLUMNS = ("role", "country", "level", "metro", "employer")
"""The columns of a batch with the ids of the values of its class."""
_CLASS = ", ".join(f"batch.{name}" for name in CLASS_COLUMNS)
CONTRIBUTORS = f"(SELECT id FROM factor_value WHERE factor = 'source' AND code = '{contribution_class.CONTRIBUTORS}')"
"""The id of the source of contributed pay, in SQL."""
CURRENT = "removed_in IS NULL"
"""The records of the current edition, once a draft has discarded what an unfinished edition removed."""
BATCH_SCHEMA = pa.schema(
    [
        pa.field("id", pa.binary(16), nullable=False),
        pa.field("edition", pa.int32(), nullable=False),
        pa.field("released_at", pa.timestamp("us", "UTC"), nullable=False),
        pa.field("source", pa.int32(), nullable=False),
        *(pa.field(name, pa.string(), nullable=False) for name in ("measure", "kind")),
        *(pa.field(name, pa.int32()) for name in CLASS_COLUMNS),
        pa.field("currency", pa.string(), nullable=False),
        pa.field("coarse", pa.bool_(), nullable=False),
        *(pa.field(name, pa.int32(), nullable=False) for name in ("size", "counted")),
    ]
)
BATCH_RECORD_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.binary(16), nullable=False) for name in ("record", "batch")),
        pa.field("step", pa.int64(), nullable=False),
    ]
)
"""The columns of `batch` and `batch_record` that a release fills; classes are ids of factor values."""


@dataclass(frozen=True, slots=True)
class PublishedBatch:
    """The current records of a batch, and which of them were withdrawn; a moderator may have withdrawn all."""

    id: UUID
    source: int
    released_at: datetime
    is_withdrawn: bool
    records: Sequence[UUID]
    withdrawn: Sequence[UUID]


def add_batches(rows: BulkConnection, batches: pa.Table, records: pa.Table) -> None:
    """Store batches (BATCH_SCHEMA) and their records (BATCH_RECORD_SCHEMA); does not commit."""
    if len(batches):
        rows.append("batch", batches)
        rows.append("batch_record", records)


_BATCHES = f"""
    SELECT batch.id::text, batch.source, released_at, withdrawn_at IS NOT NULL AS is_withdrawn,
        array_agg(record.id::text ORDER BY record.id) AS records,
        array_agg(record.id::text ORDER BY record.id) FILTER (WHERE withdrawn.record IS NOT NULL) AS withdrawn
    FROM batch JOIN batch_record ON batch_record.batch = batch.id
    JOIN salary_record AS record ON record.id = batch_record.record AND {CURRENT}
    LEFT JOIN (
        SELECT record FROM withdrawn_record UNION SELECT base_record FROM submission WHERE status = 'rejected'
        UNION SELECT total_record FROM submission WHERE status = 'rejected'
    ) AS withdrawn ON withdrawn.record = record.id
    GROUP BY batch.id ORDER BY batch.id
"""


def published_batches(rows: BulkConnection) -> list[PublishedBatch]:
    """The batches that have current records, of contributors and of protected imports."""
    return [
        PublishedBatch(
            id=UUID(row["id"]),
            source=row["source"],
            released_at=row["released_at"],
            is_withdrawn=row["is_withdrawn"],
            records=_ids(row["records"]),
            withdrawn=_ids(row["withdrawn"] or ()),
        )
        for row in rows.query(_BATCHES).to_pylist()
    ]


ClassKey = tuple[Measure, ContributionClass]
"""What a protected import has at most one current batch of."""


@dataclass(frozen=True, slots=True)
class PublishedSteps:
    """The current records of a batch with their steps, and the currency and width of these."""

    id: UUID
    currency: str
    coarse: bool
    records: Sequence[UUID]
    steps: Sequence[int]


def published_steps(rows: BulkConnection, source: int) -> dict[ClassKey, PublishedSteps]:
    """The current records of a protected import."""
    found = rows.query(
        f"SELECT batch.id::text AS id, measure, kind, {_CLASS}, batch.currency::text AS currency, coarse, "
        "array_agg(record::text ORDER BY record) AS records, array_agg(step ORDER BY record) AS steps "
        "FROM batch JOIN batch_record ON batch_record.batch = batch.id "
        f"JOIN salary_record ON salary_record.id = batch_record.record AND {CURRENT} "
        "WHERE batch.source = $1 GROUP BY batch.id",
        [source],
    )
    return {_class_key(row): _published_steps(row) for row in found.to_pylist()}


def ever_published(rows: BulkConnection, source: int) -> set[ClassKey]:
    """The classes of a protected import that have a batch or had one, whose steps may have been deleted since."""
    found = rows.query(f"SELECT DISTINCT measure, kind, {_CLASS} FROM batch WHERE source = $1", [source])
    return {_class_key(row) for row in found.to_pylist()}


def mark_replaced(rows: BulkConnection, batches: Iterable[UUID], edition: int) -> None:
    """Record the edition of the version of a protected import that removes batches; does not commit."""
    listed = ",".join(str(id_) for id_ in batches)
    rows.execute(f"UPDATE batch SET replaced_in = $1 WHERE id = ANY('{{{listed}}}'::uuid[])", [edition])


def _class_key(row: Mapping[str, Any]) -> ClassKey:
    factors = {name: row[name] for name in CLASS_COLUMNS}
    return Measure(row["measure"]), ContributionClass(ClassKind(row["kind"]), **factors)


def _published_steps(row: Mapping[str, Any]) -> PublishedSteps:
    return PublishedSteps(UUID(row["id"]), row["currency"], row["coarse"], _ids(row["records"]), row["steps"])


@dataclass(frozen=True, slots=True)
class ListedBatch:
    """A batch with the number of its current records; `values` are the ids of the values of its class."""

    id: UUID
    released_at: datetime
    measure: Measure
    values: Sequence[int | None]
    records: int
    withdrawn_by: str | None
    withdrawal_note: str | None


def list_batches(rows: BulkConnection) -> list[ListedBatch]:
    """All batches that have current records, newest first."""
    found = rows.query(
        "SELECT batch.id::text, released_at, measure, batch.employer, batch.metro, batch.role, batch.level, batch.country, "
        "count(*)::int AS records, withdrawn_by, withdrawal_note "
        "FROM batch JOIN batch_record ON batch_record.batch = batch.id "
        f"JOIN salary_record ON salary_record.id = batch_record.record AND {CURRENT} "
        "GROUP BY batch.id ORDER BY released_at DESC, batch.id"
    )
    return [
        ListedBatch(
            id=UUID(row.pop("id")),
            measure=Measure(row.pop("measure")),
            values=[row.pop(name) for name in ("employer", "metro", "role", "level", "country")],
            **row,
        )
        for row in found.to_pylist()
    ]


def mark_batch(
    rows: BulkConnection, id_: UUID, note: str, withdrawn_by: str | None, *, both_measures: bool = False
) -> dict[UUID, Measure]:
    """Withdraw a batch that has current records, by a name, or undo that (None); with `both_measures` also the batch of the
    other measure that has the same class and release.

    Returns the batches that changed, base salary first; does not commit. Raises DatabaseUnavailable if an edition is being
    written: an undo must not overtake it.
    """
    rows.execute(f"SET LOCAL lock_timeout = '{EDITION_LOCK_TIMEOUT}'")
    rows.execute("SELECT pg_advisory_xact_lock($1)", [EDITION_LOCK])
    marked = rows.query(
        "UPDATE batch SET withdrawn_by = $2, withdrawal_note = $3, withdrawn_at = CASE WHEN $2::text IS NULL THEN NULL "
        "ELSE now() END FROM batch AS named "
        f"WHERE named.id = $1::text::uuid AND (batch.id = named.id OR $4 AND {_same('batch')} IS NOT DISTINCT FROM "
        f"{_same('named')}) AND (batch.withdrawn_at IS NULL) = ($2::text IS NOT NULL) AND EXISTS ("
        f"SELECT FROM batch_record JOIN salary_record ON salary_record.id = record AND {CURRENT} WHERE batch = batch.id) "
        "RETURNING batch.id::text AS id, batch.measure",
        [str(id_), withdrawn_by, note if withdrawn_by else None, both_measures],
    )
    changed = {UUID(row["id"]): Measure(row["measure"]) for row in marked.to_pylist()}
    return dict(sorted(changed.items(), key=lambda one: one[1]))


def _same(batch: str) -> str:
    """The columns of a batch with its release and class, as a row."""
    return f"({', '.join(f'{batch}.{name}' for name in ('edition', 'source', 'kind', *CLASS_COLUMNS))})"


def last_version(rows: BulkConnection, source: int) -> datetime | None:
    """When a version of a protected import last published or removed batches; None if none ever was."""
    changed: datetime | None = rows.scalar(
        "SELECT max(greatest(released_at, published_at)) FROM batch LEFT JOIN edition ON number = replaced_in "
        "WHERE source = $1",
        [source],
    )
    return changed


def records_without_batch(rows: BulkConnection, source: int) -> list[UUID]:
    """The current records of a source that are in no batch, as earlier versions published them."""
    found = rows.query(
        f"SELECT id::text FROM salary_record WHERE source = $1 AND {CURRENT} "
        "AND NOT EXISTS (SELECT FROM batch_record JOIN batch ON batch.id = batch WHERE record = salary_record.id)",
        [source],
    )
    return _ids(found.column("id").to_pylist())


def _ids(texts: Iterable[str]) -> list[UUID]:
    return [UUID(text) for text in texts]


def id_array(records: Iterable[UUID]) -> pa.Array:
    """Ids in the form that `Draft.retire` needs."""
    return pa.array([record.bytes for record in records], pa.binary(16))
