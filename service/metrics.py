"""Metrics: what a serving process counts and times, for Prometheus. The numbers of all processes of a service are one."""

import os
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Literal

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several processes put their numbers together; the library reads it."""

Mode = Literal["livemax", "livesum"]
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_POINTS = (1, 5, 10, 25, 50, 100, 250, 500, 1_000)


def _gauge(name: str, told: str, mode: Mode, *labels: str) -> Gauge:
    return Gauge(f"payrank_{name}", told, labels, multiprocess_mode=mode)


class Buckets(Histogram):
    """A histogram that takes many observations at once, by their buckets."""

    def add(self, counts: Iterable[int], total: float) -> None:
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, counts, strict=True):
            if count:
                bucket.inc(count)


REQUESTS = Buckets("payrank_request_seconds", "Time to answer a request.", ("part", "status"), buckets=_SECONDS)
ANSWERS = Counter("payrank_answers", "Answers of the API by HTTP: kept, made, rate_limited or overloaded.", ("how",))
_OPERATION_POINTS = Buckets("payrank_operation_points", "What operations cost that were executed.", buckets=_POINTS)
IN_WORK = _gauge("requests_in_work", "Requests begun and not answered.", "livesum")
WAITING = _gauge("queued_requests", "Requests that wait for their turn.", "livesum")
SOCKETS = _gauge("sockets", "Open WebSockets.", "livesum")
EDITION = _gauge("edition_number", "The edition that answers are of.", "livemax")
RECORDS = _gauge("edition_records", "Records of that edition.", "livemax")
PUBLISHED = _gauge("edition_published_timestamp_seconds", "When that edition was published, in Unix time.", "livemax")
BEHIND = _gauge("editions_behind", "Editions between the one answered from and the one published.", "livemax")
POOL = _gauge("pool_connections", "Connections to PostgreSQL.", "livesum", "pool", "state")


class Tally:
    """A number of this process that is told with its gauges: adding to one of those takes longer."""

    now = 0


WORKING = Tally()
"""Requests begun and not answered."""


class Count:
    """What a counter is to be told of at once: it writes to a file each time, which took a tenth of a small answer."""

    def __init__(self, counter: Counter) -> None:
        self._counter, self.now = counter, 0
        _UNTOLD.append(self)

    def tell(self) -> None:
        self._counter.inc(self.now)
        self.now = 0


class Spread:
    """What a histogram is to be told of, in the same way."""

    def __init__(self, histogram: Buckets, bounds: Sequence[float]) -> None:
        self._histogram, self._bounds = histogram, bounds
        self._begin()
        _UNTOLD.append(self)

    def _begin(self) -> None:
        self._counts, self._total = [0] * (len(self._bounds) + 1), 0.0

    def observe(self, amount: float) -> None:
        self._counts[bisect_left(self._bounds, amount)] += 1
        self._total += amount

    def tell(self) -> None:
        self._histogram.add(self._counts, self._total)
        self._begin()


_UNTOLD: list[Count | Spread] = []
"""All that are told."""

KEPT, MADE, RATE_LIMITED, OVERLOADED = (Count(ANSWERS.labels(how)) for how in ("kept", "made", "rate_limited", "overloaded"))
POINTS = Spread(_OPERATION_POINTS, _POINTS)


@cache
def request_seconds(part: str, status: int) -> Spread:
    """How long requests took that were answered with a status."""
    return Spread(REQUESTS.labels(part, status), _SECONDS)


def tell() -> None:
    """Have all that was counted since the last time where every process reads it."""
    for one in _UNTOLD:
        one.tell()


def exposition() -> tuple[bytes, str]:
    """All numbers in Prometheus's text format, and its media type."""
    if FOLDER not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together), CONTENT_TYPE_LATEST


def forget(pid: int) -> None:
    """Have a process that has ended, however that came about, count no longer where the present is told."""
    if FOLDER in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]
