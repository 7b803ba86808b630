"""Summary statistics of sorted values: percentiles, ranks, confidence intervals, histograms. Pure.

| function | returns | method |
| --- | --- | --- |
| `percentile`, `group_percentiles` | a percentile | Hyndman and Fan (1996) type 7, as PostgreSQL's percentile_cont |
| `percentile_interval` | its confidence interval | order statistics, binomial (Conover 1999) |
| `percentile_rank` | the percentage of values below an amount | mid-rank |
| `rank_interval`, `share_interval` | confidence interval of a rank or proportion | Wilson's score (1927) |
| `mean_interval` | confidence interval of a mean | Student's t (1908) |
| `log_mad` | a robust standard deviation of logarithms | median absolute deviation |
| `weighted_median` | the median of weighted strata, and its interval | post-stratification, Woodruff (1952) |
| `distribution` | a histogram | equal bins over a box plot's whiskers (Tukey 1977) |

Values are any sequence that implements `Ascending`, so that no function has to copy them: `SortedList`, or a selection of an
index. They are finite, ascending, and there is at least one. Intervals are in the unit of the values.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, hypot, log, log10, sqrt
from statistics import NormalDist
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtrik, stdtrit


class Ascending(Protocol):
    """A sequence of numbers in ascending order with binary search."""

    def __len__(self) -> int: ...
    def __getitem__(self, k: int, /) -> float: ...
    def below(self, amount: float) -> int:
        """How many values are less than the amount."""
        ...

    def at_most(self, amount: float) -> int:
        """How many values are less than or equal to the amount."""
        ...


class SortedList(list[float]):
    """A sorted list as Ascending, for small samples and examples."""

    def below(self, amount: float) -> int:
        return bisect_left(self, amount)

    def at_most(self, amount: float) -> int:
        return bisect_right(self, amount)


@dataclass(frozen=True, slots=True)
class ConfidenceInterval:
    """Bounds that include the true value with a probability of at least `level`, 0 to 1."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The number of values in [low, high)."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """A histogram: ascending bins of equal width, and the number of values `below` the first and `above` the last."""

    bins: tuple[Bin, ...]
    below: int
    above: int


def percentile(values: Ascending, p: float) -> float:
    """The percentile p, 0 to 1, by linear interpolation between closest ranks (Hyndman and Fan 1996, type 7).

    The arithmetic is that of PostgreSQL's percentile_cont, so that results agree to the last digit. Raises IndexError for an
    empty sequence.

    >>> percentile(SortedList([10, 20, 40]), 0.75)
    30.0
    """
    rank = p * (len(values) - 1)
    first, second = floor(rank), ceil(rank)
    low = float(values[first])
    if first == second:
        return low
    return low + (rank - first) * (float(values[second]) - low)


def group_percentiles(
    kth: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.integer]], counts: npt.NDArray[np.int64], p: float
) -> npt.NDArray[np.float64]:
    """The percentile p of each of g groups, `float64[g]`, equal to `percentile` of its values to the last digit.

    `counts`, `int64[g]`, are their numbers of values, at least one each; `kth` returns the k-th value of each group,
    counted from 0, for k of `int64[g]`.

    >>> tens = np.array([10, 20, 40])
    >>> group_percentiles(lambda k: tens[k], np.array([3, 3, 3]), 0.75)
    array([30., 30., 30.])
    """
    rank = p * (counts - 1)
    first = np.floor(rank)
    low, high = (kth(k.astype(np.int64)).astype(np.float64) for k in (first, np.ceil(rank)))
    found: npt.NDArray[np.float64] = low + (rank - first) * (high - low)
    return found


def percentile_interval(values: Ascending, p: float, level: float) -> ConfidenceInterval | None:
    """Distribution-free confidence interval of the percentile p, 0 to 1, between two order statistics.

    By the binomial distribution of the number of values below the percentile (Conover 1999, 3.2). None if it would need the
    minimum or the maximum, of which few values say little.

    >>> percentile_interval(SortedList(range(1, 21)), 0.5, 0.95)
    ConfidenceInterval(low=6.0, high=15.0, level=0.95)
    """
    count, tail = len(values), (1 - level) / 2
    low = _binomial_quantile(tail, count, p)
    high = _binomial_quantile(1 - tail, count, p) + 1
    if low < 2 or high > count - 1:
        return None
    return ConfidenceInterval(float(values[low - 1]), float(values[high - 1]), level)


def difference_interval(
    first: float, first_interval: ConfidenceInterval, second: float, second_interval: ConfidenceInterval
) -> ConfidenceInterval:
    """Confidence interval of the difference `first - second` of two estimates from independent samples.

    By the method of variance estimates recovery (MOVER): the distances of the estimates from the bounds of their own
    intervals, both of one level, add up like standard errors. The intervals need not be symmetric. Zou and Donner 2008,
    "Construction of confidence limits about effect measures", Statistics in Medicine 27, 1693-1702.

    >>> difference_interval(10, ConfidenceInterval(7, 14, 0.95), 5, ConfidenceInterval(2, 9, 0.95))
    ConfidenceInterval(low=0.0, high=10.0, level=0.95)
    """
    difference = first - second
    below = hypot(first - first_interval.low, second_interval.high - second)
    above = hypot(first_interval.high - first, second - second_interval.low)
    return ConfidenceInterval(difference - below, difference + above, first_interval.level)


def _binomial_quantile(q: float, count: int, p: float) -> int:
    """The smallest k with P(X <= k) >= q for a binomial variable X.

    >>> _binomial_quantile(0.5, 10, 0.5), _binomial_quantile(0.025, 20, 0.5)
    (5, 6)
    """
    k = ceil(bdtrik(q, count, p))  # SciPy inverts the continuous extension, so that k - 1 may be the answer
    return k - 1 if k and bdtr(k - 1, count, p) >= q else k


def weighted_median(
    amounts: npt.ArrayLike, strata: npt.ArrayLike, sizes: npt.ArrayLike, size_errors: npt.ArrayLike, level: float = 0.95
) -> tuple[float, ConfidenceInterval | None]:
    """The median of a population of S strata from a sample of n amounts, with its confidence interval.

    `amounts` are `float64[n]` in any order, `strata` their strata, `int64[n]` from 0 to S - 1, each with two amounts or
    more, `sizes` the sizes of the strata in the population, `float64[S]`, up to a common factor, and `size_errors` the
    standard errors of these. The median is the smallest amount that at least half of the population does not exceed.

    The interval is Woodruff's (1952): that of the share of the population below the median, from the variance within strata
    and of their sizes, mapped to amounts. None if it would need the minimum or maximum. Raises ValueError without amounts.

    >>> weighted_median([10, 20, 30, 40], [0, 0, 1, 1], [30, 10], [0, 0])[0]
    20.0
    """
    values, members = np.asarray(amounts, np.float64), np.asarray(strata, np.int64)
    if not len(values):
        raise ValueError("A median needs at least one amount.")
    shares = np.asarray(sizes, np.float64) / np.sum(sizes)
    counts = np.bincount(members, minlength=len(shares))
    order = np.argsort(values, kind="stable")
    values, members = values[order], members[order]
    cumulative = np.cumsum(shares[members] / counts[members])
    cumulative /= cumulative[-1]
    median = float(values[_reaches(cumulative, 0.5)])
    below = np.bincount(members[values <= median], minlength=len(shares)) / counts
    within = shares**2 * below * (1 - below) / np.maximum(counts - 1, 1)
    of_sizes = (np.asarray(size_errors, np.float64) / np.sum(sizes)) ** 2 * (below - 0.5) ** 2
    reach = NormalDist().inv_cdf((1 + level) / 2) * sqrt(float(np.sum(within + of_sizes)))
    low, high = _reaches(cumulative, 0.5 - reach), _reaches(cumulative, 0.5 + reach)
    if not 0 < low <= high < len(values) - 1:
        return median, None
    return median, ConfidenceInterval(float(values[low]), float(values[high]), level)


def _reaches(cumulative: npt.NDArray[np.float64], share: float) -> int:
    """The first position at which the cumulative share is reached, but for rounding."""
    return int(np.searchsorted(cumulative, share - 1e-12))


def percentile_rank(values: Ascending, amount: float) -> float:
    """The percentage of values below an amount, 0 to 100; values equal to it count half.

    Raises ZeroDivisionError for an empty sequence.

    >>> percentile_rank(SortedList([1, 2, 2, 3]), 2)
    50.0
    """
    below, at_most = values.below(amount), values.at_most(amount)
    return 100 * ((below + at_most) / 2) / len(values)


def rank_interval(rank: float, count: int, level: float = 0.95) -> ConfidenceInterval:
    """Wilson's score interval of a percentile rank, 0 to 100, among `count` values.

    >>> found = rank_interval(50, 100)
    >>> round(found.low, 2), round(found.high, 2)
    (40.38, 59.62)
    """
    found = share_interval(rank / 100, count, level)
    return ConfidenceInterval(100 * found.low, 100 * found.high, level)


def share_interval(share: float, count: int, level: float = 0.95) -> ConfidenceInterval:
    """Wilson's score interval of a proportion, 0 to 1, in a sample of `count` (Wilson 1927).

    >>> found = share_interval(0, 16)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0, 0.1936)
    """
    z = NormalDist().inv_cdf((1 + level) / 2)
    weight = 1 + z * z / count
    centre = (share + z * z / (2 * count)) / weight
    half_width = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / weight
    return ConfidenceInterval(max(0.0, centre - half_width), min(1.0, centre + half_width), level)


def mean_interval(mean: float, standard_deviation: float, count: int, level: float) -> ConfidenceInterval | None:
    """Student's t interval of a mean, from the sample standard deviation with n - 1 degrees of freedom (Student 1908).

    None for a single value and for a standard deviation of 0, which give no estimate of the error.

    >>> found = mean_interval(3.5, 1.2, 16, 0.95)
    >>> round(found.low, 3), round(found.high, 3)
    (2.861, 4.139)
    """
    if count < 2 or standard_deviation == 0:
        return None
    half_width = t_critical_value(count - 1, level) * standard_deviation / sqrt(count)
    return ConfidenceInterval(mean - half_width, mean + half_width, level)


def t_critical_value(degrees_of_freedom: int, level: float) -> float:
    """The half-width of a two-sided Student's t interval in standard errors.

    >>> round(t_critical_value(10, 0.95), 4)
    2.2281
    """
    return float(stdtrit(degrees_of_freedom, (1 + level) / 2))


def log_mad(values: Ascending) -> float:
    """The median absolute deviation of the natural logarithms, scaled to estimate their standard deviation.

    Multiplied by 1.4826, it equals the standard deviation for log-normal values, but a few outliers do not change it. A
    result of 0.1 is about 10% of the median. Values must be above zero; raises ValueError otherwise. Reads O(log n) values.

    >>> round(log_mad(SortedList([80_000, 100_000, 125_000, 9_000_000])), 4)
    0.3308
    """
    count = len(values)
    first, second = (count - 1) // 2, count // 2
    centre = (log(values[first]) + log(values[second])) / 2
    deviations = [_kth_distance(values, centre, k + 1) for k in (first, second)]
    return sum(deviations) / 2 / NormalDist().inv_cdf(0.75)


def _kth_distance(values: Ascending, centre: float, k: int) -> float:
    """The k-th smallest distance of a logarithm from a centre.

    The k nearest values are adjacent. Bisection finds the first of them: as long as it is further from the centre than the
    value after the last one, they begin later.
    """
    low, high = 0, len(values) - k
    while low < high:
        middle = (low + high) // 2
        if centre - log(values[middle]) > log(values[middle + k]) - centre:
            low = middle + 1
        else:
            high = middle
    return max(centre - log(values[low]), log(values[low + k - 1]) - centre)


def distribution(values: Ascending, bins: int) -> Distribution:
    """A histogram with `bins` bins of equal, round width over the whiskers of a box plot (Tukey 1977).

    Whiskers extend 1.5 interquartile ranges beyond P25 and P75. The edges depend on quartiles only, so that a few extreme
    values do not widen the bins.

    >>> found = distribution(SortedList([10, 20, 20, 30, 90]), 5)
    >>> found.bins[2], found.below, found.above
    (Bin(low=20.0, high=30.0, count=2), 0, 1)
    """
    first, third = percentile(values, 0.25), percentile(values, 0.75)
    whisker = 1.5 * (third - first)
    start = max(0.0, first - whisker) if first >= 0 else first - whisker
    span = third + whisker - start if third > first else max(abs(first), 1.0)
    width = _round_up(span / max(bins - 1, 1))  # one bin less, since the first edge moves down to a round number
    start = floor(start / width) * width
    edges = [round(start + i * width, 6) for i in range(bins + 1)]
    ranks = [values.below(edge) for edge in edges]
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
