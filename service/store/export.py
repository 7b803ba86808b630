"""Published records in batches for files: an edition in the order of ids, as Arrow columns of factor numbers and amounts."""

from collections.abc import Iterator
from uuid import UUID

import pyarrow as pa

from service.store.bulk import bulk
from service.store.database import READER
from service.store.editions import published_sql, require
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit

_APART = (Factor.SOURCE, Factor.COMPETING_OFFERS)
TOLD_ONE = (Factor.SOURCE, *(factor for factor in SINGLE if factor not in _APART))
TOLD_MANY = MULTIPLE
TOLD_REPORTED = ("base_reported", "base_low", "base_high")
TOLD_PAY: tuple[Measure, ...] = tuple(spec.measure for spec in MEASURES.values() if spec.unit is Unit.MONEY_PER_YEAR)
"""What is told of a single record, to readers of the API and of files alike: no scores and nothing of a negotiation."""

_COLUMNS = ("id", "effective", *TOLD_ONE, *TOLD_MANY, "currency", *TOLD_REPORTED, *TOLD_PAY)


def record_batches(url: str, edition: int, size: int, seconds: float) -> Iterator[pa.Table]:
    """All records of an edition, about `size` at a time; `id` is of 16 bytes.

    Each batch has a connection of its own, and a statement that ends after so many `seconds`: between batches nothing is
    held in the database, however long a reader takes. Editions never change, so the batches are of one state all the same,
    whichever server each comes from.
    """
    after = ""
    while True:
        with bulk(url, READER) as rows:
            rows.execute(f"SET statement_timeout = {int(seconds * 1000)}")
            require(rows, edition)
            batch = rows.rows(
                f"SELECT {', '.join(_COLUMNS)} FROM salary_record WHERE {published_sql(edition)} {after} "
                f"ORDER BY id LIMIT {int(size)}"
            )
        if not batch.num_rows:
            return
        ids = pa.chunked_array([chunk.storage for chunk in batch.column("id").chunks], pa.binary(16))
        after = f"AND id > '{UUID(bytes=ids[-1].as_py())}'"
        yield batch.set_column(0, "id", ids)
