"""What the audit reads: all versions of contributed records, their batches, the releases, and the protected tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from service.store.bulk import BulkConnection
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS, Measure

CLASS_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.COUNTRY, Factor.METRO, Factor.EMPLOYER)
Amount = tuple[int | None, int | None]
ClassValues = tuple[int | None, ...]
"""The ids of the values of CLASS_FACTORS."""
_PUBLISHED = "edition <= (SELECT edition FROM watermark)"


@dataclass(frozen=True, slots=True)
class AuditedBatch:
    """A batch as it is stored."""

    id: UUID
    edition: int
    released_at: datetime
    source: int
    measure: Measure
    kind: str
    values: ClassValues
    currency: str
    coarse: bool
    size: int
    counted: int


@dataclass(frozen=True, slots=True)
class AuditedRecord:
    """A version of a record, there from the edition `added_in` until before `removed_in`.

    `base_salary` and `total_compensation` are the amounts in `currency` and in US dollars, None if the record has none;
    `others` is the number of its values besides those, the source and those of CLASS_FACTORS.
    """

    id: UUID
    source: int
    added_in: int
    removed_in: int | None
    batch: UUID | None
    step: int | None
    values: ClassValues
    currency: str
    effective: date
    base_salary: Amount
    total_compensation: Amount
    others: int

    def amount(self, measure: Measure) -> Amount:
        return self.base_salary if measure is Measure.BASE_SALARY else self.total_compensation


def last_edition(rows: BulkConnection) -> int:
    """The current edition; 0 before the first."""
    return int(rows.scalar("SELECT edition FROM watermark") or 0)


def batches(rows: BulkConnection) -> dict[UUID, AuditedBatch]:
    """All batches up to the current edition, by id."""
    found = rows.query(
        f"SELECT id::text, edition, released_at, source, measure, kind, {', '.join(CLASS_FACTORS)}, "
        "currency::text AS currency, coarse, size, counted FROM batch "
        f"WHERE {_PUBLISHED} ORDER BY edition, id"
    )
    return {UUID(row["id"]): _batch(row) for row in found.to_pylist()}


def _batch(row: dict[str, Any]) -> AuditedBatch:
    return AuditedBatch(
        id=UUID(row.pop("id")),
        measure=Measure(row.pop("measure")),
        values=tuple(row.pop(factor.value) for factor in CLASS_FACTORS),
        **row,
    )


_OTHER_FACTORS = [factor.value for factor in (*SINGLE, *MULTIPLE) if factor not in (*CLASS_FACTORS, Factor.SOURCE)]
_AMOUNTS = ("base_reported", "base_salary", "total_compensation_reported", "total_compensation")
_OTHERS = [*_OTHER_FACTORS, *(name for name in (*MEASURES, *REPORTED_COLUMNS) if name not in _AMOUNTS)]


def records(rows: BulkConnection, sources: Iterable[int]) -> list[AuditedRecord]:
    """All versions of the records of some sources, and of those in a batch, up to the current edition."""
    columns = ", ".join(f"salary_record.{factor.value}" for factor in CLASS_FACTORS)
    listed = ", ".join(str(int(source)) for source in sources) or "NULL"
    found = rows.query(
        "SELECT salary_record.id::text, salary_record.source, added_in, removed_in, batch.id::text AS batch, step, "
        f"{columns}, salary_record.currency::text AS currency, effective, {', '.join(_AMOUNTS)}, "
        f"num_nonnulls({', '.join(_OTHERS)}) AS others FROM salary_record "
        "LEFT JOIN batch_record ON batch_record.record = salary_record.id "
        f"LEFT JOIN batch ON batch.id = batch_record.batch AND batch.{_PUBLISHED} "
        f"WHERE (salary_record.source IN ({listed}) OR batch.id IS NOT NULL) "
        "AND added_in <= (SELECT edition FROM watermark) ORDER BY added_in, 1"
    )
    return [_record(row) for row in found.to_pylist()]


def _record(row: dict[str, Any]) -> AuditedRecord:
    base, base_usd, total, total_usd = (row.pop(name) for name in _AMOUNTS)
    return AuditedRecord(
        id=UUID(row.pop("id")),
        base_salary=(base, base_usd),
        total_compensation=(total, total_usd),
        batch=UUID(row.pop("batch")) if row["batch"] else row.pop("batch"),
        values=tuple(row.pop(factor.value) for factor in CLASS_FACTORS),
        **row,
    )


@dataclass(frozen=True, slots=True)
class AuditedRelease:
    """A release: when it was due and made, its edition, and the k that it kept."""

    due_at: datetime
    made_at: datetime
    edition: int
    class_size: int


def releases(rows: BulkConnection) -> list[AuditedRelease]:
    """All releases up to the current edition, in their order."""
    found = rows.query(f"SELECT due_at, made_at, edition, class_size FROM release WHERE {_PUBLISHED} ORDER BY due_at")
    return [AuditedRelease(**row) for row in found.to_pylist()]


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """A protected table of a year: its entry in the ledger, None without one, and the noisy numbers of its cells."""

    year: int
    name: str
    edition: int | None
    epsilon: float | None
    numbers: list[int]


def protected_tables(rows: BulkConnection) -> list[AuditedTable]:
    """All tables with cells or an entry in the ledger, by year and name; also those whose edition is not published yet."""
    found = rows.query(
        "SELECT year, table_name AS name, edition, epsilon, "
        "coalesce(array_agg(number ORDER BY number) FILTER (WHERE number IS NOT NULL), '{}') AS numbers "
        "FROM privacy_ledger FULL JOIN protected_cell USING (year, table_name) "
        "GROUP BY year, table_name, edition, epsilon ORDER BY year, table_name"
    )
    return [AuditedTable(**row) for row in found.to_pylist()]
