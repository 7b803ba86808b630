"""Rate limit: the points that the operations of one network may cost, as a token bucket.

Buckets belong to one process, so that no request waits for another machine: a service of several processes allows up to as
many times the rate. A bucket is dropped once it is full again, and identifies its network by the address prefix alone.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from service.counts import count_of

MINUTE = 60
CACHED_POINTS, REJECTED_POINTS = 1, 10
"""Charged for a cached response, and for a request that is rejected before execution."""
BYTES_PER_POINT, _CHARACTERS_PER_POINT = 1_000, 100
"""Variables and rejected documents cost more the longer they are, since reading them takes longer."""
_MAX_NETWORKS = 50_000


class RateLimited(Exception):
    """A network has used its points; in `retry_after` seconds it has enough for this request."""

    def __init__(self, per_minute: int, retry_after: int) -> None:
        super().__init__(
            f"Your network has used its {per_minute:,} points a minute. Try again in "
            f"{count_of(retry_after, 'second')}, or send cheaper operations: extensions.cost reports what each costs."
        )
        self.retry_after = retry_after


@dataclass
class RateLimiter:
    """One bucket for each network, with a capacity of `per_minute` points and as many refilled each minute; 0 is no limit.

    >>> limiter = RateLimiter(120, clock=iter([0.0, 0.0, 30.0]).__next__)
    >>> [limiter.take("net", 100), limiter.take("net", 100), limiter.take("net", 60)]
    [(20, 0), (20, 40), (20, 0)]
    """

    per_minute: int
    clock: Callable[[], float] = monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """The points of a network, and when it had them."""

    def take(self, network: str, points: int) -> tuple[int, int]:
        """Tokens left, and 0; or, if there are too few and so none are taken, the seconds until there are enough."""
        now, capacity = self.clock(), self.per_minute
        available = self._available(network, now)
        needed = min(capacity, points)
        left = available if available < needed else max(0.0, available - points)
        self._buckets[network] = left, now
        self._buckets.move_to_end(network)
        self._drop_full(now - MINUTE)
        return int(left), math.ceil((needed - available) * MINUTE / capacity) if available < needed else 0

    def _drop_full(self, before: float) -> None:
        """Drops buckets not used since, which are full again, and the least recently used beyond the maximum."""
        while next(iter(self._buckets.values()))[1] < before or len(self._buckets) > _MAX_NETWORKS:
            self._buckets.popitem(last=False)

    def left(self, network: str) -> int:
        """Tokens left in the bucket."""
        return int(self._available(network, self.clock()))

    def _available(self, network: str, now: float) -> float:
        bucket = self._buckets.get(network)
        if bucket is None:
            return self.per_minute
        points, at = bucket
        return min(self.per_minute, points + (now - at) * self.per_minute / MINUTE)


def rejected_document_cost(text: str) -> int:
    """Points charged for a document that is rejected."""
    return REJECTED_POINTS + len(text) // _CHARACTERS_PER_POINT


class RateLimitCharge:
    """The points that a request or operation takes from the bucket of its network, and the headers that report them."""

    __slots__ = ("_left", "_limiter", "_network")

    def __init__(self, limiter: RateLimiter, network: str) -> None:
        self._limiter, self._network, self._left = limiter, network, 0
        if limiter.per_minute:
            self._left = limiter.left(network)

    def check(self) -> None:
        """Raises RateLimited if no point is left, before anything is read."""
        per_minute = self._limiter.per_minute
        if per_minute and not self._left:
            raise RateLimited(per_minute, math.ceil(MINUTE / per_minute))

    def charge(self, points: int) -> None:
        """Raises RateLimited if too few points are left."""
        if not self._limiter.per_minute:
            return
        self._left, retry_after = self._limiter.take(self._network, points)
        if retry_after:
            raise RateLimited(self._limiter.per_minute, retry_after)

    def charge_up_to(self, points: int) -> None:
        """Takes the points, or all that are left: for a request that is rejected anyway."""
        if self._limiter.per_minute:
            self._left, _ = self._limiter.take(self._network, min(points, self._left))

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """RateLimit-Policy and RateLimit, as in the IETF draft of RateLimit header fields."""
        per_minute = self._limiter.per_minute
        if not per_minute:
            return ()
        full_in = -(-(per_minute - self._left) * MINUTE // per_minute)
        policy, state = b'"points";q=%d;w=%d' % (per_minute, MINUTE), b'"points";r=%d;t=%d' % (self._left, full_in)
        return (b"ratelimit-policy", policy), (b"ratelimit", state)
