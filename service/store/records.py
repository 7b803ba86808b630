"""Published records as Arrow columns, on the way in and into the rank index."""

from collections.abc import Callable, Iterable
from uuid import UUID

import pyarrow as pa

from service.store.editions import published_sql
from service.vocabulary.factors import MULTIPLE, SINGLE
from service.vocabulary.measures import MEASURES

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


def load_columns(
    ask: Callable[[str], Iterable[pa.RecordBatch]], edition: int, id_: UUID | None = None, since: int | None = None
) -> Iterable[pa.RecordBatch]:
    """The records of an edition: id, month, factors, measures, and base salary as reported. All of them, or the one with an
    id, or those that were not in an earlier edition.

    `ask` reads what a statement comes to.
    """
    names = [
        "id",
        "effective",
        *(factor.value for factor in (*SINGLE, *MULTIPLE)),
        *(measure.value for measure in MEASURES),
        "currency::text AS currency",
        *REPORTED[:3],
    ]
    some = f" AND id = '{id_}'" if id_ else f" AND added_in > {since}" if since is not None else ""
    return ask(f"SELECT {', '.join(names)} FROM salary_record WHERE {published_sql(edition)}{some}")


def load_left(ask: Callable[[str], Iterable[pa.RecordBatch]], edition: int, since: int) -> Iterable[pa.RecordBatch]:
    """The ids of the records that were in an earlier edition and are not in this one."""
    left = f"removed_in > {since} AND removed_in <= {edition} AND added_in <= {since}"
    return ask(f"SELECT id FROM salary_record WHERE {left}")
