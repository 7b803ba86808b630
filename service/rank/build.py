"""Building the rank index of the current edition from PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from service.rank.columns import columns_of
from service.rank.index import RankIndex
from service.rank.order import Order
from service.store.bulk import Bulk, bulk
from service.store.database import READER
from service.store.editions import Edition, current_edition
from service.store.records import load_columns
from service.store.reference import load_reference
from service.vocabulary.measures import Measure

EMPTY = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), 0)
"""What an instance without data answers from."""


MEASURES = Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION
"""Those that most questions are about: their orders are made at once, others when they are asked for."""


def build(url: str, measures: Sequence[Measure] = MEASURES) -> RankIndex:
    """The index of the current edition; blocks for ten seconds or so for each million records."""
    with bulk(url, READER) as rows:
        return built(rows, current(rows), measures)


def current(rows: Bulk) -> Edition:
    """The edition that is published."""
    return current_edition(rows) or EMPTY


def built(rows: Bulk, edition: Edition, measures: Sequence[Measure] = MEASURES) -> RankIndex:
    """The index of an edition, with the orders of some measures."""
    reference = load_reference(rows)
    columns = columns_of(load_columns(rows.rows, edition.number), reference.taxonomy)
    months = columns.months.exchanged(columns.months.numbers)
    base = Order(columns, reference.taxonomy, months, np.ones(columns.size, np.bool_))
    index = RankIndex(edition, reference, columns, base)
    for measure in measures:
        index.order(measure)
    return index
