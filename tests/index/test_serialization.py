"""An index that was stored and loaded equals the one that was built, to the last bit, and gives the same results."""

import pickle
from pathlib import Path

import pytest
from support.databases import clone
from support.index_contents import contents
from support.sql_oracle import publish_random

from service.index.artifact import IndexStore
from service.index.build import build_current_index
from service.index.index import RankIndex
from service.index.serialization import INDEX_KIND, order_kind
from service.market.cohort import Cohort
from service.market.grouping import GroupPage, group_by
from service.market.listing import PageArguments, RecordOrder, RecordOrderField, page
from service.store.protected_tables import ContributorNumbers
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, Adjustment, Basis, Measure

BUILT = (Measure.BASE_SALARY, DOLLARS), (Measure.BONUS, Basis(adjustment=Adjustment.COST_OF_LIVING))


@pytest.fixture(scope="module")
def built(server_url: str, empty_template: str) -> RankIndex:
    with clone(server_url, empty_template) as url:
        publish_random(url, 2_000, 3)
        index = build_current_index(url, ())
    index.contributors = ContributorNumbers(2026, {(3, 5): 700, (3, 0): 150})
    for key in BUILT:
        index.order(*key)
    return index


@pytest.fixture(scope="module")
def store(built: RankIndex, tmp_path_factory: pytest.TempPathFactory) -> IndexStore:
    store = IndexStore.of(tmp_path_factory.mktemp("store"), "postgresql://host/pay")
    store.get_or_create(INDEX_KIND, built.edition, lambda: built)
    return store


@pytest.fixture(scope="module")
def loaded(built: RankIndex, store: IndexStore) -> RankIndex:
    index = store.find(INDEX_KIND, built.edition)
    assert index
    return index


def test_a_loaded_index_has_the_same_contents(built: RankIndex, loaded: RankIndex) -> None:
    assert contents(loaded.columns) == contents(built.columns)
    assert contents(loaded.base) == contents(built.base)
    assert list(loaded.orders) == list(built.orders) == list(BUILT)
    for key, order in loaded.orders.items():
        assert contents(order) == contents(built.orders[key])
        assert order.columns is loaded.columns


def test_a_loaded_index_has_the_same_edition_and_reference_data(built: RankIndex, loaded: RankIndex) -> None:
    assert loaded.edition == built.edition
    assert loaded.contributors == built.contributors
    assert list(loaded.reference.taxonomy) == list(built.reference.taxonomy)
    assert loaded.reference.sources == built.reference.sources
    assert list(loaded.reference.rates) == list(built.reference.rates)
    assert loaded.reference.price_levels == built.reference.price_levels
    assert len(loaded.reference.price_levels) > 100


def test_a_loaded_index_gives_the_same_results(built: RankIndex, loaded: RankIndex) -> None:
    for factor in (Factor.LEVEL, Factor.METRO, Factor.SKILL, Factor.EXPERIENCE, Factor.YEAR):
        groups = [
            [
                (group.value and group.value.code, group.cohort.size, group.cohort.employers)
                for group in group_by(Cohort(index), factor, None, GroupPage(500), None)
            ]
            for index in (built, loaded)
        ]
        assert groups[0] == groups[1]
    for value in built.reference.taxonomy.values(Factor.COUNTRY):
        condition = AnyOf(Factor.COUNTRY, frozenset({value.id}))
        for measure in (Measure.BASE_SALARY, Measure.EQUITY):
            selections = [index.selection((condition,), measure) for index in (built, loaded)]
            assert selections[0].array().tolist() == selections[1].array().tolist()
    pages = [page(Cohort(index), RecordOrder(RecordOrderField.BASE_SALARY), PageArguments()) for index in (built, loaded)]
    assert pages[0].rows == pages[1].rows
    assert [list(map(one.cursor, one.rows)) for one in pages] == [list(map(pages[0].cursor, pages[0].rows))] * 2


def test_arrays_of_a_loaded_index_are_views_of_the_file(loaded: RankIndex) -> None:
    arrays = [loaded.columns.ids, loaded.columns.months.codes, loaded.base.rows, loaded.base.values]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array.reshape(-1)[0] = 0


def test_one_order_is_stored_by_itself(built: RankIndex, loaded: RankIndex, store: IndexStore) -> None:
    key = Measure.EQUITY, DOLLARS
    kind = order_kind(loaded.columns, *key)
    store.get_or_create(kind, loaded.edition, lambda: built.order(*key))
    found = store.find(kind, loaded.edition)
    assert found
    assert found.columns is loaded.columns
    assert contents(found) == contents(built.order(*key))


def test_an_empty_index_can_be_stored(database_url: str, tmp_path: Path) -> None:
    built = build_current_index(database_url)
    store = IndexStore.of(tmp_path, database_url)
    store.get_or_create(INDEX_KIND, built.edition, lambda: built)
    found = store.find(INDEX_KIND, built.edition)
    assert found
    assert (found.edition, found.columns.size) == (built.edition, 0)
    assert contents(found.columns) == contents(built.columns)
    assert contents(found.orders[BUILT[0]]) == contents(built.orders[BUILT[0]])


def test_neither_storing_nor_loading_pickles(built: RankIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickle runs what it names, so that a file which others could write would be dangerous."""

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("pickled")

    for name in ("dumps", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, fail)
    store = IndexStore.of(tmp_path, "postgresql://host/pay")
    store.get_or_create(INDEX_KIND, built.edition, lambda: built)
    assert store.find(INDEX_KIND, built.edition)
