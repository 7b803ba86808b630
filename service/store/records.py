"""Published records as Arrow columns: what writers append and what the rank index loads."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from service.store.bulk import BulkConnection
from service.store.editions import edition_condition
from service.vocabulary.factors import MULTIPLE, SINGLE
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS

RECORD_SCHEMA = pa.schema(
    [
        pa.field("id", pa.binary(16), nullable=False),
        pa.field("effective", pa.date32(), nullable=False),
        *(pa.field(factor.value, pa.int32()) for factor in SINGLE),
        *(pa.field(factor.value, pa.list_(pa.int32())) for factor in MULTIPLE),
        pa.field("currency", pa.string(), nullable=False),
        *(pa.field(name, pa.int64()) for name in REPORTED_COLUMNS),
        *(pa.field(measure.value, pa.int32()) for measure in MEASURES),
    ]
)
"""The columns of `salary_record` that a writer fills. Factors are ids of their values; null is missing.

`effective` is the first day of a month. Reported amounts are whole units of `currency` per year; measures are whole US
dollars of their year (rounded half to even), whole percents or scores. A record with a metro area also has its country.
"""


def load_records(
    read: Callable[[str], Iterable[pa.RecordBatch]], edition: int, id_: UUID | None = None, since: int | None = None
) -> Iterable[pa.RecordBatch]:
    """The records of an edition: id, month, factors, measures, and pay as reported. All of them, or the one with an id, or
    those added after an earlier edition.

    `read` returns the rows of a SQL query.
    """
    names = [
        "id",
        "effective",
        *(factor.value for factor in (*SINGLE, *MULTIPLE)),
        *(measure.value for measure in MEASURES),
        "currency::text AS currency",
        *REPORTED_COLUMNS,
    ]
    condition = f" AND id = '{id_}'" if id_ else f" AND added_in > {since}" if since is not None else ""
    return read(f"SELECT {', '.join(names)} FROM salary_record WHERE {edition_condition(edition)}{condition}")


def load_removed_ids(read: Callable[[str], Iterable[pa.RecordBatch]], edition: int, since: int) -> Iterable[pa.RecordBatch]:
    """The ids of the records of an earlier edition that are not in this one."""
    removed = f"removed_in > {since} AND removed_in <= {edition} AND added_in <= {since}"
    return read(f"SELECT id FROM salary_record WHERE {removed}")


@dataclass(frozen=True, slots=True)
class MedianPay:
    """The median of yearly pay in whole US dollars, and the number of records that it is the median of."""

    usd: float
    records: int


def median_pay_by_country(rows: BulkConnection, minimum: int, excluded_sources: Iterable[int]) -> dict[int, MedianPay]:
    """The median base salary (total compensation where there is no base) of current records, by the country's id.

    Countries with fewer than `minimum` records are left out, and so are the records of some sources.
    """
    excluded = ", ".join(str(int(source)) for source in (0, *excluded_sources))
    found = rows.query(f"""
        SELECT country, percentile_cont(0.5) WITHIN GROUP (ORDER BY pay) AS median, count(*) AS records
        FROM (SELECT country, coalesce(base_salary, total_compensation) AS pay, source FROM salary_record
              WHERE removed_in IS NULL) AS current
        WHERE country IS NOT NULL AND pay IS NOT NULL AND source NOT IN ({excluded})
        GROUP BY country HAVING count(*) >= {int(minimum)}
    """)
    return {row["country"]: MedianPay(row["median"], row["records"]) for row in found.to_pylist()}
