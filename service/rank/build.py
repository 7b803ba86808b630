"""Building the rank index of the current edition from PostgreSQL."""

from datetime import UTC, datetime

import numpy as np

from service.rank.columns import columns_of
from service.rank.index import Index
from service.rank.order import Order
from service.store.bulk import bulk
from service.store.database import READER
from service.store.editions import Edition, current_edition
from service.store.records import load_columns
from service.store.reference import load_reference
from service.vocabulary.measures import Measure

EMPTY = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), 0)
"""What an instance without data answers from."""


def build(url: str, measures: tuple[Measure, ...] = (Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION)) -> Index:
    """Load the current edition and make its index, with the orders of some measures made at once; blocks for a second or
    two for each million records."""
    with bulk(url, READER) as rows:
        edition = current_edition(rows) or EMPTY
        reference = load_reference(rows)
        table = load_columns(rows, edition.number)
    columns = columns_of(table, reference.taxonomy)
    months = columns.months.exchanged(columns.months.numbers)
    base = Order(columns, reference.taxonomy, months, np.ones(columns.size, np.bool_))
    index = Index(edition, reference, columns, base)
    for measure in measures:
        index.order(measure)
    return index
