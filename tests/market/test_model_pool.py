"""The model pool: its queue, and fits that fail. Fits block on named pipes, which the tests open when they may go on."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from service.errors import InputError, ModelUnavailable
from service.market.model_pool import ModelPool

TIMEOUT = 60


def wait_for(pipe: Path) -> str:
    """What is written to a pipe."""
    return pipe.read_text()


def leave_trace(folder: Path, name: str) -> str:
    """Notes that it ran."""
    with (folder / "runs").open("a") as runs:
        runs.write(f"{name}\n")
    return name


def fail(folder: Path, name: str) -> None:
    leave_trace(folder, name)
    raise ZeroDivisionError(name)


def refuse(folder: Path, name: str) -> None:
    leave_trace(folder, name)
    raise InputError("Too few records.")


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    pool: ModelPool
    folder: Path
    clock: Clock

    def runs(self) -> list[str]:
        return (self.folder / "runs").read_text().split() if (self.folder / "runs").exists() else []

    async def start_blocked(self, name: str) -> "asyncio.Task[str]":
        """A fit that runs in its process until it is released."""
        pipe = self.folder / name
        os.mkfifo(pipe)
        task = asyncio.create_task(self.pool.fit(name, wait_for, lambda: (pipe,)))
        await asyncio.sleep(0)
        return task

    async def release(self, name: str) -> None:
        """Returns when the fit has been running and goes on."""
        await asyncio.to_thread((self.folder / name).write_text, name)

    def start(self, name: str) -> "asyncio.Task[str]":
        return asyncio.create_task(self.pool.fit(name, leave_trace, lambda: (self.folder, name)))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ModelPool.open() as pool:
        pool.clock = clock = Clock()
        yield World(pool, tmp_path, clock)


async def test_fit_that_no_request_waits_for_is_removed_from_the_queue(world: World) -> None:
    blocked = [await world.start_blocked(name) for name in ("one", "two")]
    abandoned, wanted = world.start("abandoned"), world.start("wanted")
    await asyncio.sleep(0)
    abandoned.cancel()
    for name in ("one", "two"):
        await world.release(name)
    async with asyncio.timeout(TIMEOUT):
        assert await asyncio.gather(*blocked, wanted) == ["one", "two", "wanted"]
        again = world.start("abandoned")
        assert await again == "abandoned"
    assert world.runs() == ["wanted", "abandoned"]


async def test_fit_stays_in_the_queue_while_a_request_waits_for_it(world: World) -> None:
    for name in ("one", "two"):
        await world.start_blocked(name)
    leaving, staying = world.start("shared"), world.start("shared")
    await asyncio.sleep(0)
    leaving.cancel()
    for name in ("one", "two"):
        await world.release(name)
    async with asyncio.timeout(TIMEOUT):
        assert await staying == "shared"
    assert (leaving.cancelled(), world.runs()) == (True, ["shared"])


async def test_fit_that_runs_is_finished_and_cached(world: World) -> None:
    task = await world.start_blocked("one")
    pipe = await asyncio.to_thread((world.folder / "one").open, "w")  # opens when the fit does
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    with pipe:
        pipe.write("one")
    async with asyncio.timeout(TIMEOUT):
        assert await world.pool.fit("one", fail, lambda: (world.folder, "again")) == "one"
    assert world.runs() == []


async def test_arguments_of_queued_fits_are_not_made_yet(world: World) -> None:
    """They hold as many records as a fit may have."""
    made = list[int]()

    def arguments(number: int) -> tuple[object, ...]:
        made.append(number)
        return world.folder / "none", number

    for name in ("one", "two"):
        await world.start_blocked(name)
    queued = [asyncio.create_task(world.pool.fit(n, leave_trace, lambda n=n: arguments(n))) for n in range(20)]  # type: ignore[misc]
    await world.release("one")
    for task in queued:
        task.cancel()
    await asyncio.wait(queued, timeout=TIMEOUT)
    assert len(made) <= 1
    await world.release("two")


async def test_failed_fit_is_retried_after_growing_delays(world: World) -> None:
    async def attempt() -> type[BaseException]:
        with pytest.raises((ZeroDivisionError, ModelUnavailable)) as caught:
            await world.pool.fit("bad", fail, lambda: (world.folder, "bad"))
        return caught.type

    async with asyncio.timeout(TIMEOUT):
        for wait in (10, 20, 40, 80, 160, 320, 600, 600):
            assert await attempt() is ZeroDivisionError
            runs = len(world.runs())
            world.clock.now += wait - 0.5
            assert await attempt() is ModelUnavailable
            assert len(world.runs()) == runs
            world.clock.now += 0.5
        assert await world.start("good") == "good"


async def test_other_requests_for_a_failed_fit_learn_when_to_try_again(world: World) -> None:
    with pytest.raises(ZeroDivisionError):
        await world.pool.fit("bad", fail, lambda: (world.folder, "bad"))
    with pytest.raises(ModelUnavailable, match="can be tried again in 10 seconds"):
        world.pool.check("bad")
    world.pool.check("good")


async def test_fit_that_is_refused_for_a_reason_is_refused_again_for_the_same(world: World) -> None:
    for _ in range(2):
        with pytest.raises(InputError, match="Too few records"):
            await world.pool.fit("few", refuse, lambda: (world.folder, "few"))
    assert world.runs() == ["few", "few"]
