"""Loading an index by way of a file that another process made, against one that is built here."""

import pickle
from pathlib import Path
from typing import Any

import pytest
from support.sql_oracle import publish_random

from service.index.artifact import IndexStore
from service.index.build import build_current_index
from service.index.index import Index, RankIndex
from service.index.refresh import MIN_RECORDS_FOR_FILE, IndexLoader
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.vocabulary.measures import Adjustment, Measure


def figures(index: Index) -> list[float]:
    stats = Cohort(index).stats(Measure.BASE_SALARY)
    assert stats
    return [index.edition.number, stats.count, stats.mean, *(stats.quartile(p) for p in (0.25, 0.5, 0.75))]


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.artifact")]


async def nobody(*_: object) -> Any:
    raise AssertionError("built again")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Not there yet, as with a first start."""
    return tmp_path / "cache"


async def test_a_large_edition_comes_from_a_file_that_another_process_made(database_url: str, folder: Path) -> None:
    publish_random(database_url, 5_000, 1)
    with ModelPool.open() as model_pool:
        shelf = IndexStore.of(folder, database_url)
        loader = IndexLoader(database_url, shelf, model_pool.fit, min_records=1)
        first = await loader.load()
        assert figures(first) == figures(build_current_index(database_url))
        assert len(files(folder)) == 1

        again = await IndexLoader(database_url, shelf, nobody, min_records=1).load()
        assert figures(again) == figures(first)
        with pytest.raises(ValueError, match="read-only"):
            again.columns.ids[0] = 0  # it is the file, and shared
        publish_random(database_url, 300, 2)
        second = await loader.load()
        assert figures(second) == figures(build_current_index(database_url))
        assert (second.edition.number, len(files(folder))) == (2, 1)


def order_of(index: RankIndex, *key: Any) -> list[Any]:
    order = index.order(*key)
    return [order.rows.tolist(), order.values.tolist(), dict(order.sets.values), dict(order.sets.reported), order.sets.everyone]


@pytest.mark.parametrize("key", [(Measure.BONUS,), (Measure.BASE_SALARY, Adjustment.COST_OF_LIVING)])
async def test_an_order_that_is_asked_for_comes_from_a_file_too(
    database_url: str, folder: Path, key: tuple[Any, ...]
) -> None:
    publish_random(database_url, 3_000, 1)
    shelf = IndexStore.of(folder, database_url)
    with ModelPool.open() as model_pool:
        index = await IndexLoader(database_url, shelf, model_pool.fit, min_records=1).load()
        again = await IndexLoader(database_url, shelf, nobody, min_records=1).load()
        await index.prepare(*key)
        await again.prepare(*key)  # from the file
        assert order_of(again, *key) == order_of(index, *key) == order_of(build_current_index(database_url), *key)
        assert again.order(*key).columns is again.columns
        assert len(files(folder)) == 2
        publish_random(database_url, 10, 2)
        later = await IndexLoader(database_url, shelf, model_pool.fit, min_records=1).load()
        assert len(files(folder)) == 1
        await later.prepare(*key)
        assert order_of(later, *key) == order_of(build_current_index(database_url), *key)
        assert len(files(folder)) == 2


async def test_an_order_is_made_here_where_its_edition_has_no_file_any_more(database_url: str, folder: Path) -> None:
    publish_random(database_url, 300, 1)
    shelf = IndexStore.of(folder, database_url)
    with ModelPool.open() as model_pool:
        index = await IndexLoader(database_url, shelf, model_pool.fit, min_records=1).load()
        expected = order_of(build_current_index(database_url), Measure.EQUITY)
        publish_random(database_url, 10, 2)
        await IndexLoader(database_url, shelf, model_pool.fit, min_records=1).load()
        await index.prepare(Measure.EQUITY)
        assert order_of(index, Measure.EQUITY) == expected
        assert len(files(folder)) == 1


async def test_a_torn_file_is_made_anew(database_url: str, folder: Path) -> None:
    publish_random(database_url, 300, 1)
    with ModelPool.open() as model_pool:
        loader = IndexLoader(database_url, IndexStore.of(folder, database_url), model_pool.fit, min_records=1)
        whole = figures(await loader.load())
        path = folder / files(folder)[0]
        path.write_bytes(path.read_bytes()[:-100])
    with ModelPool.open() as model_pool:
        assert figures(await IndexLoader(database_url, loader.store, model_pool.fit, min_records=1).load()) == whole


@pytest.mark.parametrize("large", [1, MIN_RECORDS_FOR_FILE])
async def test_without_a_folder_or_need_it_is_built_here(database_url: str, tmp_path: Path, large: int) -> None:
    publish_random(database_url, 300, 1)
    (tmp_path / "taken").write_text("a file, and no folder")
    shelf = IndexStore.of(tmp_path / "taken", database_url)
    with ModelPool.open() as model_pool:
        assert figures(await IndexLoader(database_url, shelf, model_pool.fit, large).load()) == figures(build_current_index(database_url))


def test_an_index_takes_its_locks_with_it_nowhere(database_url: str) -> None:
    """What was remembered stays behind, and both go on by themselves."""
    publish_random(database_url, 300, 1)
    index = build_current_index(database_url)
    copy = pickle.loads(pickle.dumps(index))
    assert figures(copy) == figures(index)
    assert copy._lock is not index._lock
