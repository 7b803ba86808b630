"""The workshop: where models are fitted, in processes beside the one that serves, so that its event loop never waits.

A fit is a plain function of a module with arguments that can be pickled. Equal fits at the same time are one, and the last
ones are remembered.
"""

import asyncio
import multiprocessing
import os
import signal
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

T = TypeVar("T")
_REMEMBERED, _PROCESSES = 64, 2
_SPAWNED = multiprocessing.get_context("spawn")


@dataclass
class Workshop:
    """Processes start with the first fit, and end when the workshop closes or its process is gone, by kill -9 too."""

    _open: Connection
    _pool: ProcessPoolExecutor
    _known: OrderedDict[Hashable, "asyncio.Task[Any]"] = field(default_factory=OrderedDict)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["Workshop"]:
        watched, held = _SPAWNED.Pipe(duplex=False)
        with watched, held:
            workshop = cls(watched, _new_pool(watched))
            yield workshop
            workshop._pool.shutdown(wait=False, cancel_futures=True)

    async def fit(self, key: Hashable, function: Callable[..., T], given: Callable[[], tuple[object, ...]]) -> T:
        """What a function makes of some arguments, which `given` gathers in a thread when the fit is new.

        `key` tells both, and must name the edition that they are of.
        """
        task = self._known.get(key)
        if task is None or _failed(task):
            task = self._known[key] = asyncio.create_task(self._run(function, given))
        self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        found: T = await asyncio.shield(task)  # one who stops waiting does not stop the others' fit
        return found

    async def _run(self, function: Callable[..., T], given: Callable[[], tuple[object, ...]]) -> T:
        arguments = await asyncio.to_thread(given)
        loop, pool = asyncio.get_running_loop(), self._pool
        try:
            return await loop.run_in_executor(pool, function, *arguments)
        except BrokenProcessPool:  # a process was killed, for its memory perhaps: another may do better
            if self._pool is pool:
                self._pool = _new_pool(self._open)
            return await loop.run_in_executor(self._pool, function, *arguments)


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _new_pool(watched: Connection) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(_PROCESSES, _SPAWNED, _begin, (watched,))


def _begin(watched: Connection) -> None:
    """Leave the machine to those who serve, and Ctrl-C to the process that this one works for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    threadpool_limits(1)
    Thread(target=_end_with, args=(watched,), daemon=True).start()


def _end_with(watched: Connection) -> None:
    watched.poll(None)  # nothing is ever sent: it wakes when the other end is closed
    os._exit(0)
