"""The deadline of requests, beside `asyncio.timeout`, which it stands for."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from schema.limits.deadline import Deadline


async def test_who_takes_longer_is_given_up_and_the_others_go_on() -> None:
    deadline, go_on = Deadline(0.01), asyncio.Event()

    async def within(work: Awaitable[object]) -> object:
        with deadline:
            return await work

    async def at_once() -> str:
        return "done"

    slow = [asyncio.create_task(within(go_on.wait())) for _ in range(3)]
    assert await within(at_once()) == "done"
    for one in slow:
        with pytest.raises(TimeoutError):
            await one
        assert one.cancelling() == 0
    assert await asyncio.create_task(within(at_once())) == "done"
    with pytest.raises(TimeoutError):
        await asyncio.create_task(within(go_on.wait()))


async def test_a_cancellation_by_others_stays_one() -> None:
    deadline, began = Deadline(60), asyncio.Event()

    async def wait() -> None:
        with deadline:
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError])
async def test_what_is_raised_meanwhile_is_raised(error: type[BaseException]) -> None:
    with pytest.raises(error), Deadline(60):
        raise error


@pytest.mark.parametrize("within", [Deadline, asyncio.timeout])
async def test_one_that_ends_all_the_same_after_it_was_given_up_has_its_answer(within: Callable[[float], object]) -> None:
    """What does not let itself be cancelled, a commit perhaps, comes to what it comes to."""

    async def stubborn() -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "done"

    async def asked() -> str:
        limit = within(0.01)
        if isinstance(limit, Deadline):
            with limit:
                return await stubborn()
        async with limit:  # type: ignore[attr-defined]
            return await stubborn()

    task = asyncio.create_task(asked())
    assert await task == "done"
    assert task.cancelling() == 0
