"""Weighted medians: worked by hand, and intervals by simulation of a population whose median is known."""

import numpy as np
import pytest

from service.stats.percentiles import weighted_median


def test_by_hand() -> None:
    """Strata of 900 and 100: each of three amounts stands for 300 and each of two for 50."""
    amounts, strata = [50.0, 20.0, 10.0, 40.0, 30.0], [0, 1, 0, 1, 0]
    assert weighted_median(amounts, strata, [900, 100], [0, 0]) == (30.0, None)  # 300 + 50 + 300 of 1000
    assert weighted_median([1, 2, 3, 4], [0, 0, 0, 1], [49, 51], [0, 0]) == (4.0, None)
    assert weighted_median([1, 2], [0, 0], [7], [0]) == (1.0, None)


def test_equal_weights_give_the_lower_median() -> None:
    rng = np.random.default_rng(1)
    amounts = rng.normal(size=1_001)
    found, interval = weighted_median(amounts, np.zeros(1_001, np.int64), [1], [0])
    assert found == np.median(amounts)
    assert interval
    assert np.sum((amounts >= interval.low) & (amounts <= interval.high)) == pytest.approx(2 * 1.96 * 1_001**0.5 / 2, abs=3)


def test_nothing_has_no_median() -> None:
    with pytest.raises(ValueError, match="at least one amount"):
        weighted_median([], [], [1], [0])


def test_intervals_cover_the_median_of_the_population() -> None:
    """Nine tenths of a population in a stratum with a third of the sample, whose sizes have noise of a known error."""
    rng = np.random.default_rng(2)
    sizes, counts, error = np.array([900.0, 100.0]), (50, 100), 40.0
    centers = np.array([0.0, 2.0])
    population = np.concatenate([rng.normal(center, 1, 900_000 if n == 0 else 100_000) for n, center in enumerate(centers)])
    truth, covered, runs = float(np.median(population)), 0, 2_000
    for _ in range(runs):
        sample = np.concatenate([rng.normal(center, 1, count) for center, count in zip(centers, counts, strict=True)])
        noisy = sizes + rng.normal(0, error, 2)
        _, interval = weighted_median(sample, np.repeat([0, 1], counts), noisy, [error, error])
        assert interval
        covered += interval.low <= truth <= interval.high
    assert 0.93 < covered / runs < 0.975
