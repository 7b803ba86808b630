"""Building the rank index of the current edition from PostgreSQL."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from service.index.arranging import changed, columns_of, ids_of, records_of
from service.index.columns import Ids
from service.index.index import RankIndex
from service.store.bulk import Bulk, bulk
from service.store.database import READER
from service.store.editions import Edition, current_edition, edition_of
from service.store.records import load_columns, load_left
from service.store.reference import load_reference
from service.vocabulary.measures import Measure

EMPTY = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), 0)
"""What an instance without data answers from."""

_NO_IDS: Ids = np.empty((2, 0), np.uint64)

MEASURES = Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION
"""Those that most questions are about: their orders are made at once, others when they are asked for."""


def build(url: str, measures: Sequence[Measure] = MEASURES, former: RankIndex | None = None) -> RankIndex:
    """The index of the current edition; blocks for ten seconds or so for each million records, or a quarter of that where
    an earlier one is at hand."""
    with bulk(url, READER) as rows:
        return made(rows, current(rows), former, measures)


def current(rows: Bulk) -> Edition:
    """The edition that is published."""
    return current_edition(rows) or EMPTY


def made(rows: Bulk, edition: Edition, former: RankIndex | None = None, measures: Sequence[Measure] = MEASURES) -> RankIndex:
    """The index of an edition, from an earlier one's where it can be."""
    found = revised(rows, edition, former) if former else None
    return found or _made_anew(rows, edition, measures)


def _made_anew(rows: Bulk, edition: Edition, measures: Sequence[Measure]) -> RankIndex:
    reference = load_reference(rows)
    columns = columns_of(load_columns(rows.batches, edition.number), reference.taxonomy)
    index = RankIndex.of(edition, reference, columns)
    for measure in measures:
        index.order(measure)
    return index


def revised(rows: Bulk, edition: Edition, former: RankIndex) -> RankIndex | None:
    """The index of an edition, made of an earlier one's and of what has changed since: the same as one that is made anew.

    None where the former is not of this database's past, or what it says of its records does not hold any more.
    """
    since = former.edition
    if edition_of(rows, since.number) != since:
        return None
    reference = load_reference(rows)
    if not reference.taxonomy.keeps(former.reference.taxonomy):
        return None
    added = [records_of(batch) for batch in load_columns(rows.batches, edition.number, since=since.number)]
    left = [ids_of(batch.column("id")) for batch in load_left(rows.batches, edition.number, since.number)]
    columns, change = changed(former.columns, added, np.concatenate([_NO_IDS, *left], 1), reference.taxonomy)
    if columns.size != edition.records:
        return None
    return former.later(edition, reference, columns, change)
