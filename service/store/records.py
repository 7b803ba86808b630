"""Published records: as Arrow columns on the way in and into the rank index, one by one on the way to a reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
import pyarrow as pa

from service.store.bulk import Bulk
from service.store.editions import published_sql
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.periods import month_of

REPORTED = ("base_reported", "base_low", "base_high", "bonus_reported", "equity_reported")

RECORD_SCHEMA = pa.schema(
    [
        pa.field("id", pa.binary(16), nullable=False),
        pa.field("effective", pa.date32(), nullable=False),
        *(pa.field(factor.value, pa.int32()) for factor in SINGLE),
        *(pa.field(factor.value, pa.list_(pa.int32())) for factor in MULTIPLE),
        pa.field("currency", pa.string(), nullable=False),
        *(pa.field(name, pa.int64()) for name in REPORTED),
        *(pa.field(measure.value, pa.int32()) for measure in MEASURES),
    ]
)
"""The columns of `salary_record` as a writer gives them. Factors carry the numbers of their values; null is untold.

`effective` is the first day of a month. Amounts as reported are whole units of `currency` a year, measures whole US dollars
of their year (rounded half to even), whole percents or scores. Places come closed: who has a metro area has its country too.
"""


@dataclass(frozen=True, slots=True)
class Record:
    """One published record; `one` and `many` hold the numbers of factor values, `measures` what is known of them."""

    id: UUID
    effective: int
    one: dict[Factor, int]
    many: dict[Factor, Sequence[int]]
    currency: str
    base_reported: int | None
    base_low: int | None
    base_high: int | None
    measures: dict[Measure, int]


def load_columns(rows: Bulk, edition: int) -> pa.Table:
    """All records of an edition: id, month, factors and measures; not what was reported in other currencies."""
    names = [
        "id",
        "effective",
        *(factor.value for factor in (*SINGLE, *MULTIPLE)),
        *(measure.value for measure in MEASURES),
    ]
    table = rows.rows(f"SELECT {', '.join(names)} FROM salary_record WHERE {published_sql(edition)}")
    ids = pa.chunked_array([chunk.storage for chunk in table.column("id").chunks], pa.binary(16))
    return table.set_column(0, "id", ids)


_ONE = tuple((factor, factor.value) for factor in SINGLE)  # an enumeration's value takes as long to look up as a column's
_MANY = tuple((factor, factor.value) for factor in MULTIPLE)
_AMOUNTS = tuple((measure, measure.value) for measure in MEASURES)


async def fetch_records(connection: asyncpg.Connection, ids: Sequence[UUID], edition: int) -> list[Record]:
    """The records with these ids that an edition holds, in the order of the ids; unknown ids are left out."""
    found = await connection.fetch(f"SELECT * FROM salary_record WHERE id = ANY($1) AND {published_sql(edition)}", ids)
    by_id = {row["id"]: _record(row) for row in found}
    return [by_id[id_] for id_ in ids if id_ in by_id]


def _record(row: asyncpg.Record) -> Record:
    effective: date = row["effective"]
    return Record(
        id=row["id"],
        effective=month_of(effective.year, effective.month),
        one={factor: number for factor, name in _ONE if (number := row[name]) is not None},
        many={factor: row[name] or () for factor, name in _MANY},
        currency=row["currency"],
        base_reported=row["base_reported"],
        base_low=row["base_low"],
        base_high=row["base_high"],
        measures={measure: amount for measure, name in _AMOUNTS if (amount := row[name]) is not None},
    )
