"""Comparison of PayRank with a file: percentiles of both sides, their agreement, and rank correlation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

SHARES = (10, 25, 50, 75, 90)
Key = tuple[str, ...]
TOLERANCE = 0.005
"""US dollars: half a cent, far below the precision of stored amounts and above the rounding errors of interpolation."""


@dataclass(frozen=True, slots=True)
class PaySummary:
    """Base salaries in US dollars a year: their number, and P10, P25, P50, P75, P90; None if suppressed."""

    count: int
    percentiles: tuple[float | None, ...]

    @property
    def median(self) -> float:
        return self.percentiles[2] or 0.0


def summary_of(amounts: npt.ArrayLike) -> PaySummary:
    """The summary of amounts by NumPy, with linear interpolation."""
    values = np.asarray(amounts, np.float64)
    return PaySummary(len(values), tuple(float(found) for found in np.percentile(values, SHARES)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many percentiles of two tables are equal, over the groups with the same number of records on both sides.

    `uneven` are groups that one side lacks or that differ in their number of records; `largest` is the largest difference
    in US dollars.
    """

    groups: int
    uneven: int
    percentiles: int
    equal: int
    largest: float


def agreement(payrank: Mapping[Key, PaySummary], file: Mapping[Key, PaySummary]) -> Agreement:
    """Compare PayRank's summaries with those of a file; percentiles that are suppressed are left out.

    >>> five = PaySummary(5, (None, 1.0, 2.0, 3.0, None))
    >>> agreement({("us",): five}, {("us",): PaySummary(5, (0.0, 1.0, 2.0, 3.5, 9.0)), ("de",): five})
    Agreement(groups=1, uneven=1, percentiles=3, equal=2, largest=0.5)
    """
    even = [key for key in payrank.keys() & file.keys() if payrank[key].count == file[key].count]
    differences = [
        abs(ours - theirs)
        for key in even
        for ours, theirs in zip(payrank[key].percentiles, file[key].percentiles, strict=True)
        if ours is not None and theirs is not None
    ]
    uneven = len(payrank.keys() | file.keys()) - len(even)
    equal = sum(difference < TOLERANCE for difference in differences)
    return Agreement(len(even), uneven, len(differences), equal, max(differences, default=0.0))


def equal_cell(found: Agreement) -> str:
    """The number of equal percentiles, as a cell of a table."""
    return f"{found.equal:,} of {found.percentiles:,}" if found.percentiles else "none to compare"


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation with its 95% confidence interval, and the number of pairs."""

    rho: float
    low: float
    high: float
    count: int


def correlation(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Spearman's rank correlation of at least four pairs.

    The interval is Fisher's, with the standard error of Bonett and Wright (2000).

    >>> found = correlation([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5])
    >>> round(found.rho, 4), round(found.low, 2), round(found.high, 2)
    (0.8857, 0.07, 0.99)
    """
    rho, count = float(spearmanr(first, second).statistic), len(first)
    if abs(rho) > 1 - 1e-12:  # a perfect correlation has no interval
        return Correlation(round(rho), round(rho), round(rho), count)
    margin = NormalDist().inv_cdf(0.975) * sqrt((1 + rho * rho / 2) / (count - 3))
    return Correlation(rho, tanh(atanh(rho) - margin), tanh(atanh(rho) + margin), count)


def correlation_cell(found: Correlation | None) -> str:
    """A correlation with its interval, as a cell of a table."""
    return f"{found.rho:.2f} ({found.low:.2f} to {found.high:.2f})" if found else ""
