"""What requests notice while a new edition comes in: how long the event loop of a serving process keeps others waiting.

`python -m bench.arrival [RECORDS]`, by default a million.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import uvloop

from bench.ground import console, database, published_more
from bench.serving import cache_folder
from seed.sample import load_sample
from service.app import create_app
from service.index.refresh import Current
from service.settings import load_settings

TIMES, TICK = 3, 0.001


@dataclass(frozen=True, slots=True)
class Arrival:
    """Of the slowest of some editions: seconds from its publication until it is answered from, and milliseconds that
    anybody waited meanwhile for a loop that had something else to do."""

    seconds: float
    waited: float


def measured(url: str, cache: Path) -> Arrival:
    """In a process of its own, as a serving process is one."""
    with _another() as pool:
        return pool.submit(_slowest, url, cache).result()


def _another() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"))


def _slowest(url: str, cache: Path) -> Arrival:
    with _another() as pool:
        pool.submit(int).result()
        found = uvloop.run(_measured(url, cache, pool))
    return Arrival(max(one.seconds for one in found), max(one.waited for one in found))


async def _measured(url: str, cache: Path, pool: ProcessPoolExecutor) -> list[Arrival]:
    app = create_app(load_settings(database_url=url, cache_dir=cache, refresh_seconds=0.2), url)
    async with app.router.lifespan_context(app) as state:
        assert state
        return [await _one(state["current"], url, pool, seed) for seed in range(TIMES)]


async def _one(current: Current, url: str, pool: ProcessPoolExecutor, seed: int) -> Arrival:
    before = current.index.edition.number
    async with _watched() as waits:
        await asyncio.get_running_loop().run_in_executor(pool, published_more, url, 1_000 + seed)
        began = perf_counter()
        while current.index.edition.number == before:  # noqa: ASYNC110 (to see it as soon as a request would)
            await asyncio.sleep(TICK)
        return Arrival(perf_counter() - began, 1_000 * max(waits))


@asynccontextmanager
async def _watched() -> AsyncIterator[list[float]]:
    waits: list[float] = []

    async def tick() -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(TICK)
            now = perf_counter()
            waits.append(now - last - TICK)
            last = now

    task = asyncio.create_task(tick())
    await asyncio.sleep(10 * TICK)
    try:
        yield waits
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database() as url, cache_folder() as cache:
        load_sample(url, records, 1, lambda _: None)
        found = measured(url, cache)
    console.print(
        f"{records:,} records: answered from {found.seconds:.1f} s after its publication; "
        f"nobody waited longer than {found.waited:.0f} ms (the slowest of {TIMES})"
    )


if __name__ == "__main__":
    main()
