"""The model pool: worker processes that fit models, so that the event loop of the server never waits for a fit.

A fit is a module-level function whose arguments can be pickled. Concurrent requests for the same fit share one, and the
results of recent fits are cached. As many fits run at a time as there are processes; the others wait in a queue, from
which a fit is removed when no request waits for it any more.
"""

import asyncio
import math
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
from time import monotonic
from typing import Any, TypeVar

import structlog
from threadpoolctl import threadpool_limits

from service.counts import count_of
from service.errors import ModelUnavailable, PayRankError
from service.index.cache import LruCache
from service.work import Work, count

T = TypeVar("T")
log = structlog.get_logger()

_MAX_CACHED_FITS, _PROCESSES = 64, 2
_SPAWN = multiprocessing.get_context("spawn")
_FIRST_RETRY_SECONDS, _MAX_RETRY_SECONDS = 10, 600
"""Seconds until a fit that failed is tried again; twice as many after each further failure."""


@dataclass(eq=False)
class _Fit:
    """A fit and the number of calls that wait for it."""

    task: "asyncio.Task[Any]"
    waiting: int = 0
    is_running: bool = False

    @property
    def is_usable(self) -> bool:
        """Whether it has a result or may still get one."""
        task = self.task
        return not task.done() or not (task.cancelled() or task.exception())


@dataclass(frozen=True, slots=True)
class _Failure:
    """The number of times that a fit failed, and when it may be tried again."""

    times: int
    retry_at: float


def _empty_cache() -> LruCache[Hashable, Any]:
    return LruCache(_MAX_CACHED_FITS)


@dataclass
class ModelPool:
    """Worker processes start with the first fit and end when the pool closes or the server process ends, even if killed."""

    _server: Connection
    _executor: ProcessPoolExecutor
    clock: Callable[[], float] = monotonic
    _fits: LruCache[Hashable, _Fit] = field(default_factory=_empty_cache)
    _failures: LruCache[Hashable, _Failure] = field(default_factory=_empty_cache)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_PROCESSES))

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
        and only if the fit is new. Raises what the function raises; if that is not a PayRankError, the fit is not retried
        for a while: until then this raises ModelUnavailable.
        """
        fit = self._fits.get(key)
        if fit is None or not fit.is_usable:
            self.check(key)
            fit = self._start(key, function, arguments)
        fit.waiting += 1
        try:
            found: T = await asyncio.shield(fit.task)  # a cancelled request must not cancel the fit that others wait for
        finally:
            fit.waiting -= 1
            if not fit.waiting and not fit.is_running:
                fit.task.cancel()
        return found

    def check(self, key: Hashable) -> None:
        """Raises ModelUnavailable if a fit failed a short time ago."""
        failure = self._failures.get(key)
        if failure and (seconds := math.ceil(failure.retry_at - self.clock())) > 0:
            raise ModelUnavailable(
                f"The model could not be fitted: an internal error, which was logged. It can be tried again in "
                f"{count_of(seconds, 'second')}."
            )

    def _start(self, key: Hashable, function: Callable[..., T], arguments: Callable[[], tuple[object, ...]]) -> _Fit:
        async def run() -> T:
            async with self._turns:
                fit.is_running = True
                try:
                    return await self._run(function, arguments)
                except PayRankError:
                    raise
                except Exception as error:
                    log.warning("fit.failed", exc_info=error)
                    self._add_failure(key)
                    raise

        count(Work.FITS)
        fit = _Fit(asyncio.create_task(run()))
        # or asyncio would log the exception if no request waits any more
        fit.task.add_done_callback(lambda task: task.cancelled() or task.exception())
        self._fits.put(key, fit)
        return fit

    def _add_failure(self, key: Hashable) -> None:
        before = self._failures.get(key)
        times = before.times + 1 if before else 1
        seconds = min(_FIRST_RETRY_SECONDS * 2 ** (times - 1), _MAX_RETRY_SECONDS)
        self._failures.put(key, _Failure(times, self.clock() + seconds))

    async def _run(self, function: Callable[..., T], arguments: Callable[[], tuple[object, ...]]) -> T:
        values, executor = await asyncio.to_thread(arguments), self._executor
        try:
            return await _submitted(executor, function, values)
        except BrokenProcessPool:  # a worker was killed, perhaps because memory ran out: try once more in a new one
            if self._executor is executor:
                self._executor = _new_executor(self._server)
            return await _submitted(self._executor, function, values)


async def _submitted(executor: ProcessPoolExecutor, function: Callable[..., T], values: tuple[object, ...]) -> T:
    """The result of a function in another process; a thread starts the process, which takes tens of milliseconds."""
    return await asyncio.wrap_future(await asyncio.to_thread(executor.submit, function, *values))


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
