"""The cost of an index: to build it, to start with it, and to replace it when a new edition arrives.

`python -m bench.indexing [RECORDS]`, by default a million.
"""

import asyncio
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import uvloop

from bench.environment import cache_folder, console, database, measured_pauses, peak_memory, serving, timed
from seed.sample import load_sample, sample_batches
from service.app import create_app
from service.index.artifact import IndexStore
from service.index.refresh import CurrentIndex, store_index
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.editions import draft
from service.store.reference import load_reference

ARRIVALS, RESTARTS, TICK = 3, 3, 0.001


@dataclass(frozen=True, slots=True)
class IndexBuild:
    """Seconds, peak memory of the process in GB (mapped files included), and the size of the index file in GB."""

    seconds: float
    peak: float
    file: float


@dataclass(frozen=True, slots=True)
class EditionArrival:
    """The slowest of several editions: seconds from publication until it is served, and the longest pause of the event
    loop meanwhile, in milliseconds."""

    seconds: float
    pause: float


def measure_builds(url: str, folder: Path) -> tuple[IndexBuild, IndexBuild]:
    """From PostgreSQL, and from the previous edition's index with 100 records more; the index remains in the folder."""
    store = IndexStore.of(folder, url)
    full = _build(store, url)
    publish_more(url, 999)
    return full, _build(store, url)


def _build(store: IndexStore, url: str) -> IndexBuild:
    with _process() as pool:
        seconds, peak = pool.submit(_store_index, url, store).result()
    [file] = store.folder.glob("index-*.artifact")
    return IndexBuild(seconds, peak, file.stat().st_size / 1e9)


def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"))


def _store_index(url: str, store: IndexStore) -> tuple[float, float]:
    seconds, _ = timed(lambda: store_index(url, store))
    return seconds, peak_memory()


def publish_more(url: str, seed: int, records: int = 100) -> None:
    """Publish an edition with some more records."""
    with bulk_connection(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        for batch in sample_batches(reference, records, seed):
            edition.add(batch)


def describe_builds(records: int, full: IndexBuild, incremental: IndexBuild) -> str:
    return (
        f"One process built the index in {full.seconds:.1f} s with at most {full.peak:.1f} GB of memory. Its file has "
        f"{1e9 * full.file / records:.0f} bytes per record: the columns, and the orders by month, base salary and total "
        f"compensation. With 100 records more, it was built from the previous one in {incremental.seconds:.1f} s with "
        f"{incremental.peak:.1f} GB, {full.file:.2f} GB of which were the file of the previous one."
    )


def measure_arrival(url: str, cache: Path) -> EditionArrival:
    """In a separate process, like a serving process."""
    with _process() as pool:
        return pool.submit(_slowest_arrival, url, cache).result()


def _slowest_arrival(url: str, cache: Path) -> EditionArrival:
    with _process() as pool:
        pool.submit(int).result()
        found = uvloop.run(_arrivals(url, cache, pool))
    return EditionArrival(max(one.seconds for one in found), max(one.pause for one in found))


async def _arrivals(url: str, cache: Path, pool: ProcessPoolExecutor) -> list[EditionArrival]:
    app = create_app(load_settings(database_url=url, cache_dir=cache, refresh_seconds=0.2), url)
    async with app.router.lifespan_context(app) as state:
        assert state
        return [await _arrival(state["current"], url, pool, seed) for seed in range(ARRIVALS)]


async def _arrival(current: CurrentIndex, url: str, pool: ProcessPoolExecutor, seed: int) -> EditionArrival:
    before = current.index.edition.number
    async with measured_pauses(TICK) as pauses:
        await asyncio.get_running_loop().run_in_executor(pool, publish_more, url, 1_000 + seed)
        start = perf_counter()
        async with asyncio.timeout(600):
            while current.index.edition.number == before:  # noqa: ASYNC110 (to notice it as soon as a request would)
                await asyncio.sleep(TICK)
        return EditionArrival(perf_counter() - start, 1_000 * max(pauses))


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database() as url, cache_folder() as cache:
        load_sample(url, records, 1, lambda _: None)
        console.print(describe_builds(records, *measure_builds(url, cache)))
        for start in ("the first start", *["a restart"] * RESTARTS):
            with serving(url, cache) as service:
                console.print(f"{records:,} records, {start}: first response after {service.seconds:.1f} s")
        arrival = measure_arrival(url, cache)
    console.print(
        f"{records:,} records: a new edition is served {arrival.seconds:.1f} s after its publication; "
        f"the event loop paused for at most {arrival.pause:.0f} ms (the slowest of {ARRIVALS})"
    )


if __name__ == "__main__":
    main()
