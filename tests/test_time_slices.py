"""Time slices: operations take turns, one in each iteration of the event loop. The clock is the tests' own."""

import asyncio
from dataclasses import dataclass
from itertools import pairwise

from service.time_slices import SLICE_SECONDS, TimeSlices, has_used_slice, pause


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def compute(slices: TimeSlices, clock: Clock, name: str, steps: int, seconds: float, log: list[str]) -> None:
    """Steps of computation that take some seconds each, with a pause after each."""
    with slices.operation():
        for _ in range(steps):
            log.append(name)
            clock.now += seconds
            await pause()


async def test_long_operations_take_turns_in_their_order() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)
    await asyncio.gather(*(compute(slices, clock, name, 3, SLICE_SECONDS, log) for name in "abc"))
    assert "".join(log) == "abcabcabc"


async def test_an_operation_pauses_only_if_it_has_used_its_slice() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)
    half = SLICE_SECONDS / 2
    await asyncio.gather(*(compute(slices, clock, name, 4, half, log) for name in "ab"))
    assert "".join(log) == "aabbaabb"


async def test_one_slice_is_computed_between_two_iterations_of_the_event_loop() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)
    operations = asyncio.gather(*(compute(slices, clock, name, 5, SLICE_SECONDS, log) for name in "abcdef"))
    await asyncio.sleep(0)
    lengths = []
    while not operations.done():
        lengths.append(len(log))
        await asyncio.sleep(0)
    assert log[:6] == list("abcdef")  # the first slices: each began at once
    steps = [after - before for before, after in pairwise(lengths)]
    assert max(steps) == 1


async def test_a_short_operation_need_not_wait_for_long_ones() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)
    long = [asyncio.create_task(compute(slices, clock, name, 50, SLICE_SECONDS, log)) for name in "ab"]
    await asyncio.sleep(0)
    await compute(slices, clock, "s", 3, SLICE_SECONDS / 10, log)
    assert not any(task.done() for task in long)
    await asyncio.gather(*long)


async def test_tasks_of_one_operation_share_its_turns() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)

    async def part() -> None:
        for _ in range(2):
            log.append("m")
            clock.now += SLICE_SECONDS
            await pause()

    async def many() -> None:
        with slices.operation():
            await asyncio.gather(*(part() for _ in range(10)))

    await asyncio.gather(many(), compute(slices, clock, "x", 5, SLICE_SECONDS, log))
    assert "".join(log) == "x" + "m" * 10 + "xmxmxmxm" + "m" * 6  # each task begins at once


async def test_cancelled_operation_gives_its_turn_to_the_next() -> None:
    clock, log = Clock(), list[str]()
    slices = TimeSlices(clock)
    tasks = [asyncio.create_task(compute(slices, clock, name, 100, SLICE_SECONDS, log)) for name in "abc"]
    await asyncio.sleep(0)
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [True, True, False]
    assert log.count("c") == 100


async def test_outside_an_operation_nothing_pauses() -> None:
    assert not has_used_slice()
    waiting = asyncio.create_task(asyncio.sleep(0))
    await pause()
    assert not waiting.done()
    await waiting
