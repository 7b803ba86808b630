"""Exact discrete Laplace noise on integers, and intervals of noisy numbers that include it. Pure.

A vector of integers that one person can change by at most `sensitivity` in total (the L1 norm) is epsilon-differentially
private with noise of the scale `sensitivity` / epsilon added to each.

| function | returns | method |
| --- | --- | --- |
| `discrete_laplace` | a draw of the noise | rejection sampling with integers (Canonne, Kamath and Steinke 2020) |
| `count_margin` | half the width of a noisy count's interval | quantile of the discrete Laplace distribution |
| `noisy_mean_interval` | the interval of a noisy sum divided by a noisy count | inversion of a pivot, as Fieller (1954) |

The draws use whole numbers from the operating system's random generator alone: with floating point, the low bits of a noisy
number can give the exact one away (Mironov 2012). Intervals only read what is published, so they may use floating point.
"""

import secrets
from collections.abc import Callable
from fractions import Fraction
from math import ceil, exp, log, sqrt

from scipy.special import log_ndtr, ndtr

from service.stats.percentiles import ConfidenceInterval

RandomBelow = Callable[[int], int]
"""A uniform whole number from 0 to below its argument."""


def discrete_laplace(scale: Fraction, random_below: RandomBelow = secrets.randbelow) -> int:
    """A whole number x with a probability proportional to exp(-abs(x) / scale), exactly.

    Algorithm 2 of Canonne, Kamath and Steinke (2020), "The Discrete Gaussian for Differential Privacy". The variance is
    about 2 `scale`**2. Raises ValueError for a scale that is not positive.
    """
    if scale <= 0:
        raise ValueError(f"The scale of noise must be positive, not {scale}.")
    while True:
        magnitude = _geometric(scale, random_below)
        negative = random_below(2)
        if magnitude or not negative:  # otherwise 0 would be drawn twice as often
            return -magnitude if negative else magnitude


def _geometric(scale: Fraction, random_below: RandomBelow) -> int:
    """A whole number x, 0 or more, with a probability proportional to exp(-x / scale)."""
    rest = random_below(scale.numerator)
    while not _happens(rest, scale.numerator, random_below):
        rest = random_below(scale.numerator)
    whole = 0
    while _happens(1, 1, random_below):
        whole += 1
    return (whole * scale.numerator + rest) // scale.denominator


def _happens(numerator: int, denominator: int, random_below: RandomBelow) -> bool:
    """True with probability exp(-numerator / denominator), for a fraction from 0 to 1 (von Neumann 1951)."""
    trials = 1
    while random_below(denominator * trials) < numerator:
        trials += 1
    return trials % 2 == 1


def count_margin(scale: Fraction, level: float = 0.95) -> int:
    """The smallest whole number that noise of a scale exceeds in absolute value with a probability of at most 1 - level.

    >>> count_margin(Fraction(5)), count_margin(Fraction(1, 10))
    (15, 0)
    """
    ratio = exp(-1 / scale)
    return max(0, ceil(log((1 - level) * (1 + ratio) / 2) / log(ratio)) - 1)


def noisy_mean_interval(
    total: int, number: int, variance: float, *, total_scale: Fraction, number_scale: Fraction, level: float = 0.95
) -> ConfidenceInterval:
    """Interval of a mean from the noisy sum of `number` amounts, itself noisy: of the noise, and of the sampling of people.

    `variance` is that of one amount; scales are those of the noise; all in the unit of the sum. At the true mean m,
    total - m number is a normal variable (the sum of independent deviations from m) plus Laplace noise of `total_scale`
    minus m times Laplace noise of `number_scale`; the interval holds the means for which it is not too large. The observed
    mean takes the place of m in its distribution. Raises ValueError without a positive number.

    >>> found = noisy_mean_interval(100, 1_000, 0.25, total_scale=Fraction(20), number_scale=Fraction(100))
    >>> round(found.low, 3), round(found.high, 3)
    (0.028, 0.172)
    """
    if number <= 0:
        raise ValueError(f"A mean needs a positive number of values, not {number}.")
    mean = total / number
    deviation = sqrt(max(variance, 0.0) * number)
    half_width = _quantile(deviation, float(total_scale), abs(mean) * float(number_scale), level) / number
    return ConfidenceInterval(mean - half_width, mean + half_width, level)


_NEARLY_EQUAL = 1e-4
"""Scales that differ by less are taken to differ by this, where the formula for different scales loses digits."""


def _quantile(deviation: float, scale: float, other: float, level: float) -> float:
    """The number that a normal variable plus two Laplace variables exceed with probability (1 - level) / 2, by bisection."""
    low, high = 0.0, 20 * sqrt(deviation**2 + 2 * scale**2 + 2 * other**2)
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if _tail(middle, deviation, scale, other) > (1 - level) / 2:
            low = middle
        else:
            high = middle
    return high


def _tail(x: float, deviation: float, scale: float, other: float) -> float:
    """P(X > x), x positive, for a normal variable plus two Laplace variables, of which the second may be zero.

    By partial fractions of the product of their characteristic functions, 1 / (1 + scale**2 t**2) each.
    """
    if other == 0:
        return _normal_laplace_tail(x, deviation, scale)
    if abs(scale - other) < _NEARLY_EQUAL * scale:
        other = scale * (1 - _NEARLY_EQUAL)
    weight = scale**2 / (scale**2 - other**2)
    return weight * _normal_laplace_tail(x, deviation, scale) + (1 - weight) * _normal_laplace_tail(x, deviation, other)


def _normal_laplace_tail(x: float, deviation: float, scale: float) -> float:
    """P(X > x), x positive, for a normal variable plus a Laplace variable (Reed and Jorgensen 2004)."""
    if deviation == 0:
        return exp(-x / scale) / 2
    z, ratio = x / deviation, deviation / scale
    near = exp(ratio**2 / 2 - x / scale + log_ndtr(z - ratio))
    far = exp(ratio**2 / 2 + x / scale + log_ndtr(-z - ratio))
    return float(ndtr(-z)) + (near - far) / 2
