"""Time slices: long computations pause, so that no operation holds the event loop for long.

An operation computes for about SLICE_SECONDS and then pauses. Paused operations take turns, one in each iteration of the
event loop, which in between serves new requests and cancels operations that have exceeded their time limit.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

SLICE_SECONDS = 0.005


class TimeSlices:
    """The operations of one event loop that compute in time slices."""

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._pausing: deque[_Operation] = deque()

    @contextmanager
    def operation(self) -> Iterator[None]:
        """Divides the computations inside, and those of tasks that are started inside, by the calls of `pause`."""
        token = _current.set(_Operation(self))
        try:
            yield
        finally:
            _current.reset(token)

    def now(self) -> float:
        return self._clock()

    def add(self, operation: "_Operation") -> None:
        """Lets an operation wait for its turn."""
        self._pausing.append(operation)
        if len(self._pausing) == 1:
            asyncio.get_running_loop().call_soon(self._resume_next)

    def _resume_next(self) -> None:
        operation = self._pausing[0]
        if operation.resume():
            self._pausing.append(operation)
        self._pausing.popleft()
        if self._pausing:
            asyncio.get_running_loop().call_soon(self._resume_next)


class _Operation:
    """The time slice of an operation, and those of its tasks that pause."""

    __slots__ = ("_pausing", "_slices", "_until")

    def __init__(self, slices: TimeSlices) -> None:
        self._slices, self._until = slices, slices.now() + SLICE_SECONDS
        self._pausing: deque[asyncio.Future[None]] = deque()

    @property
    def has_used_slice(self) -> bool:
        return self._slices.now() >= self._until

    async def pause(self) -> None:
        turn = asyncio.get_running_loop().create_future()
        self._pausing.append(turn)
        if len(self._pausing) == 1:
            self._slices.add(self)
        await turn
        self._until = self._slices.now() + SLICE_SECONDS

    def resume(self) -> bool:
        """Resumes one task; whether others remain. Tasks that were cancelled meanwhile are skipped."""
        while self._pausing:
            turn = self._pausing.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        return bool(self._pausing)


_current: ContextVar[_Operation | None] = ContextVar("time slice", default=None)


def has_used_slice() -> bool:
    """Whether the current operation should pause."""
    operation = _current.get()
    return operation is not None and operation.has_used_slice


async def pause() -> None:
    """Lets other tasks run if the current operation has used its time slice."""
    operation = _current.get()
    if operation is not None and operation.has_used_slice:
        await operation.pause()
