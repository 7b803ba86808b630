"""Rates: how many points the operations of one network may cost, as a bucket that fills again all the time.

Buckets are of one process, so that no request waits for another machine: a service of several processes takes up to as many
times the rate. They are forgotten once they are full again, and hold no address but the network's prefix.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

MINUTE = 60
POINTS_OF_A_QUERY = 100
"""What counts as one query of a rate; one that costs less takes less of it."""
KEPT, REFUSED = 1, 10
"""Points of an answer that is there already, and of a request that was read in vain."""
BYTES_OF_A_POINT, _LETTERS_OF_A_POINT = 1_000, 100
"""Variables and documents in vain take the more points the longer they are, as they take the more time."""
_MOST_NETWORKS = 50_000


class RateLimited(Exception):
    """A network has used up its points; `after` seconds it has enough for what it asked."""

    def __init__(self, per_minute: int, after: int) -> None:
        super().__init__(
            f"Your network has used its {per_minute:,} points a minute. Ask again in {after} "
            f"second{'' if after == 1 else 's'}; questions that cost less and answers that are kept take fewer points."
        )
        self.after = after


@dataclass
class Rates:
    """The buckets of all networks: each holds the points of a minute, and gets as many in a minute; 0 is no limit.

    >>> rates = Rates(120, clock=iter([0.0, 0.0, 30.0]).__next__)
    >>> [rates.take("net", 100), rates.take("net", 100), rates.take("net", 60)]
    [(20, 0), (20, 40), (20, 0)]
    """

    per_minute: int
    clock: Callable[[], float] = monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    """By network how many points it had, and when."""

    def take(self, network: str, points: int) -> tuple[int, int]:
        """What is left, and in how many seconds there is enough where there was not: then nothing is taken."""
        now, quota = self.clock(), self.per_minute
        held = self._held(network, now)
        needed = min(quota, points)
        left = held if held < needed else max(0.0, held - points)
        self._buckets[network] = left, now
        self._buckets.move_to_end(network)
        self._forget(now - MINUTE)
        return int(left), math.ceil((needed - held) * MINUTE / quota) if held < needed else 0

    def _forget(self, before: float) -> None:
        """Let go of networks that asked nothing since, which have all their points again, and of those beyond the most."""
        while next(iter(self._buckets.values()))[1] < before or len(self._buckets) > _MOST_NETWORKS:
            self._buckets.popitem(last=False)

    def left(self, network: str) -> int:
        """What there is to take."""
        return int(self._held(network, self.clock()))

    def _held(self, network: str, now: float) -> float:
        bucket = self._buckets.get(network)
        if bucket is None:
            return self.per_minute
        held = bucket[0] + (now - bucket[1]) * self.per_minute / MINUTE
        return min(self.per_minute, held)


def in_vain(text: str) -> int:
    """Points of a document that is refused."""
    return REFUSED + len(text) // _LETTERS_OF_A_POINT


class Tab:
    """What one request or operation takes from its network's points, and the headers that tell of it."""

    __slots__ = ("_left", "_network", "_rates")

    def __init__(self, rates: Rates, network: str) -> None:
        self._rates, self._network, self._left = rates, network, 0
        if rates.per_minute:
            self._left = rates.left(network)

    def open(self) -> None:
        """Raises RateLimited where there is not a point left, before anything is read."""
        quota = self._rates.per_minute
        if quota and not self._left:
            raise RateLimited(quota, math.ceil(MINUTE / quota))

    def pay(self, points: int) -> None:
        """Raises RateLimited where there are not enough."""
        if not self._rates.per_minute:
            return
        self._left, after = self._rates.take(self._network, points)
        if after:
            raise RateLimited(self._rates.per_minute, after)

    def spend(self, points: int) -> None:
        """Take so many, or what there is: of what is refused anyway."""
        if self._rates.per_minute:
            self._left, _ = self._rates.take(self._network, min(points, self._left))

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """As the IETF's draft of RateLimit header fields writes them."""
        quota = self._rates.per_minute
        if not quota:
            return ()
        full_in = -(-(quota - self._left) * MINUTE // quota)
        policy, rest = b'"points";q=%d;w=%d' % (quota, MINUTE), b'"points";r=%d;t=%d' % (self._left, full_in)
        return (b"ratelimit-policy", policy), (b"ratelimit", rest)
