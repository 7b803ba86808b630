"""The records of an edition in batches, for downloads: ordered by id, as Arrow columns of factor value ids and amounts."""

from collections.abc import Iterator
from uuid import UUID

import pyarrow as pa

from service.store.bulk import bulk_connection, statement_timeout
from service.store.database import READER, Edition
from service.store.editions import edition_condition, require_edition
from service.vocabulary.factors import MULTIPLE, SINGLE, UNPUBLISHED, Factor
from service.vocabulary.measures import MEASURES, PAY, Measure

PUBLISHED_SINGLE = (Factor.SOURCE, *(factor for factor in SINGLE if factor not in {Factor.SOURCE, *UNPUBLISHED}))
PUBLISHED_MULTIPLE = MULTIPLE
PUBLISHED_REPORTED = MEASURES[Measure.BASE_SALARY].reported_columns
PUBLISHED_PAY = PAY
"""The columns of a single record that the API and downloads show: no scores and nothing about negotiations."""

_COLUMNS = ("id", "effective", *PUBLISHED_SINGLE, *PUBLISHED_MULTIPLE, "currency", *PUBLISHED_REPORTED, *PUBLISHED_PAY)


def record_batches(url: str, edition: Edition, size: int, seconds: float) -> Iterator[pa.Table]:
    """All records of an edition, about `size` at a time; `id` has 16 bytes.

    Each batch uses its own connection and a statement timeout of `seconds`: no resources of the database are held between
    batches, however slow the reader. Editions never change, so all batches are of the same state, even if they come from
    different servers; each is asked whether it has the edition.
    """
    after = ""
    while True:
        with bulk_connection(url, READER, statement_timeout(seconds)) as rows:
            require_edition(rows, edition)
            batch = rows.query(
                f"SELECT {', '.join(_COLUMNS)} FROM salary_record WHERE {edition_condition(edition.number)} {after} "
                f"ORDER BY id LIMIT {int(size)}"
            )
        if not batch.num_rows:
            return
        ids = pa.chunked_array([chunk.storage for chunk in batch.column("id").chunks], pa.binary(16))
        after = f"AND id > '{UUID(bytes=ids[-1].as_py())}'"
        yield batch.set_column(0, "id", ids)
