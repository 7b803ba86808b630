"""Rank correlation with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import atanh, sqrt, tanh
from statistics import NormalDist

from scipy.stats import spearmanr


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's, with its 95% interval, and over how many pairs."""

    rho: float
    low: float
    high: float
    count: int


def correlation(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Spearman's rank correlation of four pairs or more; Fisher's interval with Bonett and Wright's standard error (2000).

    >>> found = correlation([1, 2, 3, 4, 5, 6], [1, 3, 2, 4, 6, 5])
    >>> round(found.rho, 4), round(found.low, 2), round(found.high, 2)
    (0.8857, 0.07, 0.99)
    """
    rho, count = float(spearmanr(first, second).statistic), len(first)
    if abs(rho) > 1 - 1e-12:  # a perfect one has no interval
        return Correlation(round(rho), round(rho), round(rho), count)
    reach = NormalDist().inv_cdf(0.975) * sqrt((1 + rho * rho / 2) / (count - 3))
    return Correlation(rho, tanh(atanh(rho) - reach), tanh(atanh(rho) + reach), count)
