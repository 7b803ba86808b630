"""Loading an index from a file that another process stored gives the same as building it here."""

from pathlib import Path
from typing import Any

import pytest
from support.index_contents import contents
from support.sql_oracle import publish_random

from service.index.artifact import IndexStore
from service.index.build import build_current_index
from service.index.index import Index
from service.index.refresh import MIN_RECORDS_FOR_FILE, IndexLoader
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.vocabulary.measures import Adjustment, Basis, Measure


def figures(index: Index) -> list[float]:
    stats = Cohort(index).stats(Measure.BASE_SALARY)
    assert stats
    return [index.edition.number, stats.count, stats.mean, *(stats.quartile(p) for p in (0.25, 0.5, 0.75))]


def files(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*.artifact")]


async def fail(*_: object) -> Any:
    raise AssertionError("built again")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Absent yet, as at a first start."""
    return tmp_path / "cache"


@pytest.mark.slow
async def test_a_large_index_is_loaded_from_the_file_of_another_process(
    database_url: str, folder: Path, model_pool: ModelPool
) -> None:
    publish_random(database_url, 2_000, 1)
    store = IndexStore.of(folder, database_url)
    loader = IndexLoader(database_url, store, model_pool.fit, min_records=1)
    first = await loader.load()
    assert figures(first) == figures(build_current_index(database_url))
    assert len(files(folder)) == 1

    again = await IndexLoader(database_url, store, fail, min_records=1).load()
    assert figures(again) == figures(first)
    with pytest.raises(ValueError, match="read-only"):
        again.columns.ids[0] = 0  # it is the file, and shared
    publish_random(database_url, 300, 2)
    second = await loader.load()
    assert figures(second) == figures(build_current_index(database_url))
    assert (second.edition.number, len(files(folder))) == (2, 1)


ADJUSTED = Basis(adjustment=Adjustment.COST_OF_LIVING)


@pytest.mark.slow
@pytest.mark.parametrize("key", [(Measure.BONUS,), (Measure.BASE_SALARY, ADJUSTED), (Measure.BASE_SALARY, Basis("EUR"))])
async def test_an_order_built_later_is_loaded_from_a_file_too(database_url: str, folder: Path, key: tuple[Any, ...]) -> None:
    publish_random(database_url, 3_000, 1)
    store = IndexStore.of(folder, database_url)
    with ModelPool.open() as pool:
        index = await IndexLoader(database_url, store, pool.fit, min_records=1).load()
        again = await IndexLoader(database_url, store, fail, min_records=1).load()
        await index.prepare(*key)
        await again.prepare(*key)  # from the file
        expected = contents(build_current_index(database_url).order(*key))
        assert contents(again.order(*key)) == contents(index.order(*key)) == expected
        assert again.order(*key).columns is again.columns
        assert len(files(folder)) == 2
        publish_random(database_url, 10, 2)
        later = await IndexLoader(database_url, store, pool.fit, min_records=1).load()
        assert len(files(folder)) == 1
        await later.prepare(*key)
        assert contents(later.order(*key)) == contents(build_current_index(database_url).order(*key))
        assert len(files(folder)) == 2


@pytest.mark.slow
async def test_an_order_of_an_edition_without_a_file_is_built_here(database_url: str, folder: Path) -> None:
    publish_random(database_url, 300, 1)
    store = IndexStore.of(folder, database_url)
    with ModelPool.open() as pool:
        index = await IndexLoader(database_url, store, pool.fit, min_records=1).load()
        expected = contents(build_current_index(database_url).order(Measure.EQUITY))
        publish_random(database_url, 10, 2)
        await IndexLoader(database_url, store, pool.fit, min_records=1).load()
        await index.prepare(Measure.EQUITY)
        assert contents(index.order(Measure.EQUITY)) == expected
        assert len(files(folder)) == 1


@pytest.mark.slow
async def test_a_torn_file_is_built_again(database_url: str, folder: Path) -> None:
    publish_random(database_url, 300, 1)
    with ModelPool.open() as pool:
        loader = IndexLoader(database_url, IndexStore.of(folder, database_url), pool.fit, min_records=1)
        expected = figures(await loader.load())
        path = folder / files(folder)[0]
        path.write_bytes(path.read_bytes()[:-100])
    with ModelPool.open() as pool:
        assert figures(await IndexLoader(database_url, loader.store, pool.fit, min_records=1).load()) == expected


@pytest.mark.parametrize("min_records", [1, MIN_RECORDS_FOR_FILE])
async def test_an_index_is_built_here_without_a_usable_folder_or_if_it_is_small(
    database_url: str, tmp_path: Path, model_pool: ModelPool, min_records: int
) -> None:
    publish_random(database_url, 300, 1)
    (tmp_path / "taken").write_text("a file, and no folder")
    store = IndexStore.of(tmp_path / "taken", database_url)
    index = await IndexLoader(database_url, store, model_pool.fit, min_records).load()
    assert figures(index) == figures(build_current_index(database_url))
