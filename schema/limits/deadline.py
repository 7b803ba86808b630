"""The deadline of requests: who takes longer is given up."""

import asyncio
from types import TracebackType


class Deadline:
    """`with deadline:` raises TimeoutError where what is inside takes longer than so many seconds, like `asyncio.timeout`.

    All tasks share one timer of the event loop, set for the first that is due; one each takes as long to set and cancel as a
    small question takes to answer.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[asyncio.Task[object], tuple[float, int]] = {}
        """When each task is given up, the first to be first, and how often it had been cancelled before."""
        self._given_up: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> None:
        task = self._task()
        loop = task.get_loop()
        self._due[task] = loop.time() + self._seconds, task.cancelling()
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        task = self._task()
        cancelled = self._due.pop(task)[1]
        if task not in self._given_up:
            return
        self._given_up.remove(task)
        if task.uncancel() <= cancelled and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def _task(self) -> asyncio.Task[object]:
        """The one that runs. It is known by its loop, which asyncio would else look up, at the price of a system call."""
        task = self._loop and asyncio.current_task(self._loop)
        if task is None:
            self._loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task
        return task

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer, now = None, loop.time()
        for task, (due, _) in self._due.items():
            if due > now:
                self._timer = loop.call_at(due, self._look)
                break
            if task not in self._given_up:
                self._given_up.add(task)
                task.cancel()
