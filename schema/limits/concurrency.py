"""Concurrency limits of one process: operations that run or wait, open WebSockets, and requests behind proxies."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


class Overloaded(Exception):
    """The queue is full."""


class ConcurrencyLimiter:
    """Runs at most `concurrent` blocks of `async with limiter:` at once, in the order of their arrival.

    Raises Overloaded at once if `max_queued` others wait already. An early refusal costs little, so the response time of
    the requests that are accepted stays about the same under overload.
    """

    def __init__(self, concurrent: int, max_queued: int) -> None:
        self._semaphore, self._max_queued = asyncio.Semaphore(concurrent), max_queued
        self.queued = 0
        """The number of tasks in the queue."""

    async def __aenter__(self) -> None:
        if self._semaphore.locked():
            await self._wait()
        else:
            await self._semaphore.acquire()
        try:
            await asyncio.sleep(0)  # lets the event loop accept further requests, which are then queued or refused
        except BaseException:
            self._semaphore.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._semaphore.release()

    async def _wait(self) -> None:
        if self.queued >= self._max_queued:
            raise Overloaded("The service is overloaded. Try again in a few seconds.")
        self.queued += 1
        try:
            await self._semaphore.acquire()
        finally:
            self.queued -= 1


class TooManyConnections(Exception):
    """Another WebSocket or request would exceed a limit."""


@dataclass
class ConnectionLimiter:
    """Limits the open WebSockets (or requests) of one process, per network and in total; 0 means no limit."""

    max_per_network: int
    max_total: int
    kind: str = "WebSockets"
    advice: str = "Close one, or run several operations over one."
    _by_network: Counter[str] = field(default_factory=Counter)
    _total: int = 0

    def __len__(self) -> int:
        return self._total

    @contextmanager
    def connection(self, network: str) -> Iterator[None]:
        """Counts a WebSocket until it closes. Raises TooManyConnections."""
        if self.max_total and self._total >= self.max_total:
            raise TooManyConnections(f"The service has reached its limit of {self.kind}. Try again in a minute.")
        if self.max_per_network and self._by_network.get(network, 0) >= self.max_per_network:
            raise TooManyConnections(
                f"Your network has reached its limit of {self.max_per_network:,} {self.kind}. {self.advice}"
            )
        self._by_network[network] += 1
        self._total += 1
        try:
            yield
        finally:
            self._total -= 1
            self._by_network[network] -= 1
            if not self._by_network[network]:
                del self._by_network[network]
