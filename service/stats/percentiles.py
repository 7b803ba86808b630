"""Summaries of ascending values: percentiles, intervals, rank, distribution. Pure; any sorted sequence will do."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, log, log10, sqrt
from statistics import NormalDist
from typing import Protocol

from scipy.special import bdtr, bdtrik, stdtrit


class Ascending(Protocol):
    """Values in ascending order that know how many of them lie below an amount."""

    def __len__(self) -> int: ...
    def __getitem__(self, k: int, /) -> float: ...
    def below(self, amount: float) -> int: ...
    def at_most(self, amount: float) -> int: ...


class Ascent(list[float]):
    """A sorted list as Ascending; for small sets and for examples."""

    def below(self, amount: float) -> int:
        return bisect_left(self, amount)

    def at_most(self, amount: float) -> int:
        return bisect_right(self, amount)


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """Two bounds that hold the true value with a probability of at least `level`."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The values from `low` on and below `high`."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """Bins of equal width, and how many values lie below the first and from the end of the last on."""

    bins: tuple[Bin, ...]
    below: int
    above: int


def percentile(values: Ascending, p: float) -> float:
    """The percentile (p from 0 to 1) by linear interpolation between closest ranks.

    Hyndman and Fan type 7, with the very arithmetic of PostgreSQL's percentile_cont, so that the last digit agrees.

    >>> percentile(Ascent([10, 20, 40]), 0.75)
    30.0
    """
    place = p * (len(values) - 1)
    first, second = floor(place), ceil(place)
    low = float(values[first])
    if first == second:
        return low
    return low + (place - first) * (float(values[second]) - low)


def percentile_interval(values: Ascending, p: float, level: float) -> ConfidenceInterval | None:
    """Distribution-free interval of a percentile, between two order statistics (binomial; Conover 1999, 3.2).

    None where so few values would need the smallest or the largest of them, which are never told.

    >>> percentile_interval(Ascent(range(1, 21)), 0.5, 0.95)
    ConfidenceInterval(low=6.0, high=15.0, level=0.95)
    """
    count, tail = len(values), (1 - level) / 2
    low = _binomial_quantile(tail, count, p)
    high = _binomial_quantile(1 - tail, count, p) + 1
    if low < 2 or high > count - 1:
        return None
    return ConfidenceInterval(float(values[low - 1]), float(values[high - 1]), level)


def _binomial_quantile(q: float, count: int, p: float) -> int:
    """The least k that a binomial variable does not exceed with a probability of at least q.

    >>> _binomial_quantile(0.5, 10, 0.5), _binomial_quantile(0.025, 20, 0.5)
    (5, 6)
    """
    k = ceil(bdtrik(q, count, p))  # SciPy inverts the continuous extension, so the whole number below may do as well
    return k - 1 if k and bdtr(k - 1, count, p) >= q else k


def percentile_rank(values: Ascending, amount: float) -> float:
    """The share of values below an amount, 0 to 100; values equal to it count half.

    >>> percentile_rank(Ascent([1, 2, 2, 3]), 2)
    50.0
    """
    below, at_most = values.below(amount), values.at_most(amount)
    return 100 * ((below + at_most) / 2) / len(values)


def mean_interval(mean: float, deviation: float, count: int, level: float) -> ConfidenceInterval | None:
    """Student's interval of a mean (Student 1908), from the sample's standard deviation.

    None for a single value and where all are equal: they say nothing of how far others may lie.

    >>> found = mean_interval(3.5, 1.2, 16, 0.95)
    >>> round(found.low, 3), round(found.high, 3)
    (2.861, 4.139)
    """
    if count < 2 or deviation == 0:
        return None
    reach = float(stdtrit(count - 1, (1 + level) / 2)) * deviation / sqrt(count)
    return ConfidenceInterval(mean - reach, mean + reach, level)


def rank_interval(rank: float, count: int, level: float = 0.95) -> ConfidenceInterval:
    """The interval of a percentile rank, 0 to 100, which is a share of values.

    >>> found = rank_interval(50, 100)
    >>> round(found.low, 2), round(found.high, 2)
    (40.38, 59.62)
    """
    found = share_interval(rank / 100, count, level)
    return ConfidenceInterval(100 * found.low, 100 * found.high, level)


def share_interval(share: float, count: int, level: float = 0.95) -> ConfidenceInterval:
    """Wilson's score interval of a share of so many, 0 to 1 (Wilson 1927).

    >>> found = share_interval(0, 16)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0, 0.1936)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    weight = 1 + z * z / count
    centre = (share + z * z / (2 * count)) / weight
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / weight
    return ConfidenceInterval(max(0.0, centre - spread), min(1.0, centre + spread), level)


def log_spread(values: Ascending) -> float:
    """How far values spread as ratios: the median absolute deviation of their logarithms, as a standard deviation.

    Times 1.4826, so that for log-normal values it is the deviation of the logarithms; unlike that, a few wild values do not
    move it. 0.1 is about 10% of the median. Values must be above zero. Touches a few values, not all.

    >>> round(log_spread(Ascent([80_000, 100_000, 125_000, 9_000_000])), 4)
    0.3308
    """
    count = len(values)
    first, second = (count - 1) // 2, count // 2
    centre = (log(values[first]) + log(values[second])) / 2
    deviations = [_nearest(values, centre, k + 1) for k in (first, second)]
    return sum(deviations) / 2 / NormalDist().inv_cdf(0.75)


def _nearest(values: Ascending, centre: float, k: int) -> float:
    """The k-th smallest distance of a logarithm from a centre.

    The k nearest values stand side by side. Bisection finds the first of them: while it lies further from the centre than
    the one behind the last, they stand further on.
    """
    low, high = 0, len(values) - k
    while low < high:
        middle = (low + high) // 2
        if centre - log(values[middle]) > log(values[middle + k]) - centre:
            low = middle + 1
        else:
            high = middle
    return max(centre - log(values[low]), log(values[low + k - 1]) - centre)


def distribution(values: Ascending, bins: int, scale: float = 1.0) -> Distribution:
    """Counts in bins of equal, round width over a box plot's whiskers (1.5 interquartile ranges beyond P25 and P75).

    The edges rest on quartiles alone, so they tell neither the smallest nor the largest value. `scale` multiplies values.

    >>> found = distribution(Ascent([10, 20, 20, 30, 90]), 5)
    >>> found.bins[2], found.below, found.above
    (Bin(low=20.0, high=30.0, count=2), 0, 1)
    """
    first, third = percentile(values, 0.25) * scale, percentile(values, 0.75) * scale
    reach = 1.5 * (third - first)
    start = max(0.0, first - reach) if first >= 0 else first - reach
    span = third + reach - start if third > first else max(abs(first), 1.0)
    width = _round_up(span / max(bins - 1, 1))  # one bin less, since the first edge moves down to a round number
    start = floor(start / width) * width
    edges = [round(start + i * width, 6) for i in range(bins + 1)]
    ranks = [values.below(edge / scale) for edge in edges]
    spans = zip(pairwise(edges), pairwise(ranks), strict=True)
    counted = tuple(Bin(low, high, after - before) for (low, high), (before, after) in spans)
    return Distribution(counted, ranks[0], len(values) - ranks[-1])


def _round_up(width: float) -> float:
    """The next number with two significant digits.

    >>> _round_up(7.31), _round_up(12_340)
    (7.4, 13000.0)
    """
    unit = 10.0 ** (floor(log10(width)) - 1)
    return round(ceil(round(width / unit, 6)) * unit, 10)
