"""The model pool: worker processes that fit models, so that the event loop of the server never waits for a fit.

A fit is a module-level function whose arguments can be pickled. Concurrent requests for the same fit share one, and the
results of recent fits are cached.
"""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Thread
from typing import Any, TypeVar

from threadpoolctl import threadpool_limits

from service.index.cache import LruCache

T = TypeVar("T")
_MAX_CACHED_FITS, _PROCESSES = 64, 2
_SPAWN = multiprocessing.get_context("spawn")


def _empty_cache() -> LruCache[Hashable, "asyncio.Task[Any]"]:
    return LruCache(_MAX_CACHED_FITS)


@dataclass
class ModelPool:
    """Worker processes start with the first fit and end when the pool closes or the server process ends, even if killed."""

    _server: Connection
    _executor: ProcessPoolExecutor
    _fits: LruCache[Hashable, "asyncio.Task[Any]"] = field(default_factory=_empty_cache)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator["ModelPool"]:
        watched, held = _SPAWN.Pipe(duplex=False)
        with watched, held:
            pool = cls(watched, _new_executor(watched))
            yield pool
            pool._executor.shutdown(wait=False, cancel_futures=True)

    async def fit(self, key: Hashable, function: Callable[..., T], arguments: Callable[[], tuple[object, ...]]) -> T:
        """The result of `function(*arguments())`, from the cache or a worker process.

        `key` must identify the function, its arguments and the edition that they come from. `arguments` runs in a thread,
        and only if the fit is new. Raises what the function raises; failed fits are not cached.
        """
        task = self._fits.get(key)
        if task is None or _has_failed(task):
            task = asyncio.create_task(self._run(function, arguments))
            self._fits.put(key, task)
        found: T = await asyncio.shield(task)  # a cancelled request must not cancel the fit that others wait for
        return found

    async def _run(self, function: Callable[..., T], arguments: Callable[[], tuple[object, ...]]) -> T:
        values = await asyncio.to_thread(arguments)
        loop, executor = asyncio.get_running_loop(), self._executor
        try:
            return await loop.run_in_executor(executor, function, *values)
        except BrokenProcessPool:  # a worker was killed, perhaps because memory ran out: try once more in a new one
            if self._executor is executor:
                self._executor = _new_executor(self._server)
            return await loop.run_in_executor(self._executor, function, *values)


def _has_failed(task: "asyncio.Task[Any]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _new_executor(watched: Connection) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(_PROCESSES, _SPAWN, _start_worker, (watched,))


def _start_worker(watched: Connection) -> None:
    """Yield the CPU to the server, leave Ctrl-C to it, and exit when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(5)
    threadpool_limits(1)
    Thread(target=_exit_with_server, args=(watched,), daemon=True).start()


def _exit_with_server(watched: Connection) -> None:
    watched.poll(None)  # returns only when the other end is closed, since nothing is ever sent
    os._exit(0)
