"""Bitmaps and whole indexes as they come from another process: the same answers, unpacked as they are asked for."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap
from support.databases import clone
from support.sql_oracle import publish_random

from service.index.bitmaps import LazyBitmaps
from service.index.build import build_current_index
from service.index.index import Index
from service.index.bitmaps import to_bitmap, bitmap_nbytes
from service.market.cohort import Cohort
from service.market.grouping import group_by
from service.market.listing import RecordOrder, RecordOrderField, PageArguments, page
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

sets = st.dictionaries(st.integers(0, 9_999), st.sets(st.integers(0, 200_000), max_size=40).map(BitMap), max_size=20)


@given(made=sets)
def test_unpacked_bitmaps_are_those_that_were_packed(made: dict[int, BitMap]) -> None:
    found = pickle.loads(pickle.dumps(LazyBitmaps(made)))
    assert (len(found), list(found)) == (len(made), list(made))
    assert {key: found[key] for key in reversed(list(made))} == made
    assert dict(pickle.loads(pickle.dumps(found))) == made
    assert (10_000 in found, found.get(10_000)) == (False, None)
    with pytest.raises(KeyError):
        found[10_000]


@pytest.mark.parametrize(("gap", "as_runs"), [(10_000, True), (1_000, False), (50, False)])
def test_only_long_runs_are_kept_as_runs(gap: int, as_runs: bool) -> None:
    """With one position in so many left out."""
    everywhere = np.arange(200_000, dtype=np.uint32)
    found = to_bitmap(everywhere[everywhere % gap > 0])
    assert found == BitMap(range(200_000)) - BitMap(range(0, 200_000, gap))
    assert bool(found.get_statistics()["n_run_containers"]) == as_runs


@pytest.fixture(scope="module")
def indexes(server_url: str, empty_template: str) -> tuple[Index, Index]:
    """One that was built, and the same read from bytes that nobody may write to."""
    with clone(server_url, empty_template) as url:
        publish_random(url, 2_000, 3)
        built = build_current_index(url)
    buffers: list[bytes] = []
    head = pickle.dumps(built, 5, buffer_callback=lambda buffer: buffers.append(bytes(buffer.raw())))
    return built, pickle.loads(head, buffers=buffers)


def test_an_index_from_another_process_answers_alike(indexes: tuple[Index, Index]) -> None:
    built, loaded = indexes
    taxonomy = built.reference.taxonomy
    for factor in (Factor.LEVEL, Factor.METRO, Factor.SKILL, Factor.EXPERIENCE, Factor.YEAR):
        told = [
            [
                (group.value and group.value.code, group.cohort.size, group.cohort.employers)
                for group in group_by(cohort, factor, None, 500, None)
            ]
            for cohort in (Cohort(built), Cohort(loaded))
        ]
        assert told[0] == told[1]
    for value in taxonomy.values(Factor.COUNTRY):
        ours, theirs = (Cohort(index, (AnyOf(Factor.COUNTRY, frozenset({value.id})),)) for index in indexes)
        for measure in (Measure.BASE_SALARY, Measure.EQUITY):
            assert list(ours.ranked(measure).array()) == list(theirs.ranked(measure).array())
    order = RecordOrder(RecordOrderField.BASE_SALARY)
    pages = [page(Cohort(index), order, PageArguments()) for index in indexes]
    assert pages[0].rows == pages[1].rows
    assert [list(map(one.cursor, one.rows)) for one in pages] == [list(map(pages[0].cursor, pages[0].rows))] * 2
    assert loaded.order(Measure.BASE_SALARY).columns is loaded.columns


def test_the_size_of_a_bitmap_is_about_its_serialized_size() -> None:
    for members in (BitMap(), BitMap(range(0, 3_000_000, 3)), BitMap(range(0, 3_000_000, 900)), BitMap(range(2_000_000))):
        members.run_optimize()
        assert abs(bitmap_nbytes(members) - 500 - len(members.serialize())) < 1_000
