"""Noise against its distribution, OpenDP and intervals computed in other ways."""

import inspect
import random
import secrets
from collections import Counter
from fractions import Fraction
from math import exp, sqrt

import numpy as np
import pytest
from opendp import domains, measurements, metrics
from opendp.mod import enable_features
from scipy import signal, stats

from service.stats.discrete_laplace import count_margin, discrete_laplace, noisy_mean_interval

SCALES = (Fraction(1, 4), Fraction(2, 3), Fraction(5), Fraction(100, 3))
ROUNDING = 1e-9
"""OpenDP computes with floating point and rounds up."""


def probability(x: int, scale: Fraction) -> float:
    ratio = exp(-1 / scale)
    return (1 - ratio) / (1 + ratio) * ratio ** abs(x)


def fit(draws: list[int], scale: Fraction) -> float:
    """The p-value of Pearson's test of draws against the distribution; values expected fewer than ten times are one."""
    counts = Counter(draws)
    edge = next(x for x in range(10_000) if probability(x + 1, scale) * len(draws) < 10)
    inner = range(-edge, edge + 1)
    observed = [counts[x] for x in inner]
    expected = [probability(x, scale) * len(draws) for x in inner]
    rest = len(draws) - sum(expected)
    return float(stats.chisquare([*observed, len(draws) - sum(observed)], [*expected, rest]).pvalue)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_draws_have_the_distribution(scale: Fraction) -> None:
    chance = random.Random(7)
    assert fit([discrete_laplace(scale, chance.randrange) for _ in range(20_000)], scale) > 0.001


def test_noise_comes_from_the_operating_system() -> None:
    assert inspect.signature(discrete_laplace).parameters["random_below"].default is secrets.randbelow
    assert len({discrete_laplace(Fraction(10**12)) for _ in range(100)}) == 100


def test_a_large_scale_has_its_standard_deviation() -> None:
    chance, scale = random.Random(8), Fraction(250_000, 3)
    draws = [discrete_laplace(scale, chance.randrange) for _ in range(20_000)]
    assert np.std(draws) == pytest.approx(sqrt(2) * float(scale), rel=0.03)
    assert np.mean(draws) == pytest.approx(0, abs=4 * sqrt(2) * float(scale) / sqrt(20_000))


@pytest.mark.parametrize("scale", [Fraction(0), Fraction(-1)])
def test_a_scale_is_positive(scale: Fraction) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        discrete_laplace(scale)


@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_opendp_draws_the_same_noise_at_the_same_price(scale: Fraction) -> None:
    enable_features("contrib")
    laplace = measurements.make_laplace(domains.atom_domain(T="i64"), metrics.absolute_distance(T="i64"), scale=float(scale))
    assert fit([laplace(0) for _ in range(4_000)], scale) > 1e-6  # it has no seed
    assert laplace.map(d_in=3) == pytest.approx(float(3 / scale), abs=ROUNDING)


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
def test_the_margin_of_a_count_is_the_smallest_that_covers(scale: Fraction, level: float) -> None:
    margin = count_margin(scale, level)

    def covered(most: int) -> float:
        return sum(probability(x, scale) for x in range(-most, most + 1))

    assert covered(margin) >= level - 1e-12
    assert covered(margin - 1) < level


def outside(width: float, deviation: float, scale: float, other: float) -> float:
    """The probability that a normal variable plus two Laplace variables is further from 0, by convolution on a grid."""
    step = min(deviation, scale, other) / 50
    grid = np.arange(-40 * max(deviation, scale, other), 40 * max(deviation, scale, other) + step, step)
    density = stats.norm(scale=deviation).pdf(grid)
    for laplace in (stats.laplace(scale=scale), stats.laplace(scale=other)):
        density = signal.fftconvolve(density, laplace.pdf(grid) * step, mode="same")
    return float(density[np.abs(grid) > width].sum() * step)


@pytest.mark.parametrize(
    ("mean", "deviation", "scale", "other"),
    [(0.5, 16, 20, 10), (2.0, 8, 20, 10), (1.0, 5, 20, 20), (1.0, 40, 20, 19.999), (0.1, 100, 3, 50)],
)
def test_the_interval_of_a_mean_is_that_of_a_convolution(mean: float, deviation: float, scale: int, other: float) -> None:
    number, other_scale = 400, Fraction(other).limit_denominator(1_000)
    found = noisy_mean_interval(
        round(mean * number), number, deviation**2 / number, total_scale=Fraction(scale), number_scale=other_scale
    )
    assert (found.low + found.high) / 2 == pytest.approx(mean)
    width = (found.high - found.low) / 2 * number
    assert outside(width, deviation, scale, mean * float(other_scale)) == pytest.approx(0.05, abs=1e-3)


def test_the_interval_without_sampling_is_that_of_the_noise() -> None:
    found = noisy_mean_interval(0, 100, 0.0, total_scale=Fraction(7), number_scale=Fraction(50), level=0.9)
    assert found.high == pytest.approx(-7 * np.log(0.1) / 100)
    assert (found.low, found.level) == (-found.high, 0.9)


def test_an_interval_covers_as_often_as_it_says() -> None:
    """Means of normal amounts in noisy sums and numbers, with the arithmetic of the tables."""
    rng, people, mean, deviation = np.random.default_rng(9), 600, 0.4, 2.0
    totals = np.rint(rng.normal(people * mean, deviation * sqrt(people), 5_000) + rng.laplace(0, 30, 5_000))
    numbers = np.rint(people + rng.laplace(0, 25, 5_000))
    found = [
        noisy_mean_interval(int(total), int(number), deviation**2, total_scale=Fraction(30), number_scale=Fraction(25))
        for total, number in zip(totals, numbers, strict=True)
    ]
    covered = np.mean([one.low <= mean <= one.high for one in found])
    assert 0.943 <= covered <= 0.957  # two standard errors


def test_a_mean_needs_somebody() -> None:
    with pytest.raises(ValueError, match="positive number"):
        noisy_mean_interval(1, 0, 1.0, total_scale=Fraction(1), number_scale=Fraction(1))
