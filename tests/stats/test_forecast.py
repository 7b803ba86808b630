"""Forecasts against a dense computation of the same model, against refits, and over many simulated series."""

from itertools import pairwise, product

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.stats.forecast import (
    DAMPING,
    IRREGULAR_DEVIATIONS,
    LEVEL_DEVIATIONS,
    MIN_HISTORY,
    SLOPE_DEVIATIONS,
    Forecast,
    forecast,
)

Floats = npt.NDArray[np.float64]
PRIOR_MEAN, ROUNDING = 0.03, 0.001


def series(seed: int, length: int, gaps: float = 0.0) -> tuple[Floats, Floats]:
    """A random walk with drift of log medians with their variances; the first and the last are observed."""
    rng = np.random.default_rng(seed)
    variances = 0.2 / rng.integers(20, 200, length)
    values = 12 + np.cumsum(rng.normal(0.005, 0.02, length)) + rng.normal(size=length) * np.sqrt(variances)
    missing = rng.random(length) < gaps
    missing[[0, -1, *range(1, MIN_HISTORY)]] = False
    return np.where(missing, np.nan, values), np.where(missing, np.nan, variances)


def covariance(level: float, slope: float, length: int) -> Floats:
    """The covariance of the levels of quarters by definition: the effect of one shock on each, summed over all shocks."""
    effects = np.zeros((length, 2 * length))
    for quarter in range(length):
        for shock in range(quarter):
            effects[quarter, shock] = level
            ahead = quarter - shock - 1  # a shock of the slope moves the levels after the next one
            effects[quarter, length + shock] = slope * np.sqrt(1 - DAMPING**2) * (1 - DAMPING**ahead) / (1 - DAMPING)
    first = slope * (1 - DAMPING ** np.arange(length)) / (1 - DAMPING)
    return np.asarray(effects @ effects.T + np.outer(first, first))


def dense(values: Floats, variances: Floats, ahead: int) -> tuple[Floats, Floats, Floats]:
    """Weights, and means and variances by combination and step, by generalised least squares with a free level."""
    observed = np.flatnonzero(np.isfinite(values))
    future = np.arange(len(values), len(values) + ahead)
    known = np.maximum(variances[observed], ROUNDING**2)
    y, ones = values[observed], np.ones(len(observed))
    weights, means, spreads = [], [], []
    for level, slope, irregular in product(LEVEL_DEVIATIONS, SLOPE_DEVIATIONS, IRREGULAR_DEVIATIONS):
        whole = covariance(level, slope, len(values) + ahead)
        inverse = np.linalg.inv(whole[np.ix_(observed, observed)] + np.diag(known + irregular**2))
        information = ones @ inverse @ ones
        middle = (ones @ inverse @ y) / information
        residual = y - middle
        likelihood = np.linalg.slogdet(inverse)[1] / 2 - np.log(information) / 2 - residual @ inverse @ residual / 2
        weights.append(likelihood - (level + slope + irregular) / PRIOR_MEAN)
        across = whole[np.ix_(future, observed)] @ inverse
        means.append(middle + across @ residual)
        left = 1 - across @ ones
        spread = np.diag(whole)[future] - np.sum(across * whole[np.ix_(future, observed)], axis=1) + left**2 / information
        spreads.append(spread + irregular**2 + known[-4:].mean())
    relative = np.exp(np.array(weights) - max(weights))
    return relative / relative.sum(), np.array(means), np.array(spreads)


@pytest.mark.parametrize(("seed", "length", "gaps"), [(1, 8, 0.0), (2, 14, 0.4), (3, 28, 0.2)])
def test_steps_equal_generalised_least_squares(seed: int, length: int, gaps: float) -> None:
    values, variances = series(seed, length, gaps)
    weights, means, spreads = dense(values, variances, 4)
    for step, mean, spread in zip(forecast(values, variances, 4).steps, means.T, spreads.T, strict=True):
        assert step.weights == pytest.approx(weights, abs=1e-6)
        assert step.means == pytest.approx(mean, abs=1e-6)
        assert step.deviations**2 == pytest.approx(spread, rel=1e-4)


@pytest.mark.parametrize(("length", "ahead"), [(8, 8), (12, 1), (20, 3)])
def test_backtest_uses_earlier_quarters_only(length: int, ahead: int) -> None:
    values, variances = series(5, length, 0.2)
    errors, naive = [], []
    for k in range(max(MIN_HISTORY, length - 8), length):
        observed = np.flatnonzero(np.isfinite(values[:k]))
        weights, means, _ = dense(
            values[: observed[-1] + 1], variances[: observed[-1] + 1], ahead + k - int(observed[-1]) - 1
        )
        for h in range(min(ahead, length - k)):
            errors.append(abs(np.exp(weights @ means[:, h + k - observed[-1] - 1] - values[k + h]) - 1))
            naive.append(abs(np.exp(values[observed[-1]] - values[k + h]) - 1))
    found = forecast(values, variances, ahead)
    assert (found.backtest_error, found.naive_error) == pytest.approx(
        (100 * np.nanmean(errors), 100 * np.nanmean(naive)), rel=1e-5
    )


def widths(found: Forecast, level: float) -> list[float]:
    return [step.quantile((1 + level) / 2) - step.quantile((1 - level) / 2) for step in found.steps]


@given(st.integers(0, 10_000), st.integers(8, 16), st.sampled_from([0.0, 0.3]))
@settings(max_examples=6)
def test_properties_of_forecasts(seed: int, length: int, gaps: float) -> None:
    values, variances = series(seed, length, gaps)
    found = forecast(values, variances, 8)
    for level in (0.5, 0.8, 0.95):
        assert widths(found, level) == sorted(widths(found, level))
    assert np.all(np.array(widths(found, 0.95)) > np.array(widths(found, 0.8)))
    assert min(found.backtest_error, found.naive_error) >= 0
    doubled = forecast(values + np.log(2), variances, 8)
    for step, other in zip(found.steps, doubled.steps, strict=True):
        assert other.quantile(0.3) == pytest.approx(step.quantile(0.3) + np.log(2), abs=1e-6)


def test_constant_pay() -> None:
    found = forecast(np.full(10, 12.0), np.zeros(10), 4)
    assert (found.backtest_error, found.naive_error) == (pytest.approx(0, abs=1e-9), 0)
    assert [step.quantile(0.5) for step in found.steps] == pytest.approx([12.0] * 4, abs=1e-9)


def test_trends_are_damped() -> None:
    found = forecast(12 + 0.02 * np.arange(16), np.full(16, 1e-4), 8)
    steps = np.diff([step.quantile(0.5) for step in found.steps])
    assert all(0 < later < earlier < 0.02 for earlier, later in pairwise(steps))
    assert found.backtest_error < found.naive_error


def simulated(kind: str, rng: np.random.Generator, length: int) -> Floats:
    """Levels of quarters that the model does not assume: raises each January, a damped trend, and none at all."""
    quarters = np.arange(length)
    if kind == "raises":
        return np.cumsum(np.where((quarters + rng.integers(4)) % 4 == 0, rng.uniform(0, 0.08, length), 0))
    if kind == "walk":
        return np.cumsum(rng.normal(0.004, 0.015, length))
    return rng.normal(0, 0.015, length)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["raises", "walk", "none"])
def test_coverage_of_intervals(kind: str) -> None:
    """Of 24 series of 8, 16 and 24 quarters, forecast for the next 8."""
    rng, inside = np.random.default_rng(11), []
    for number in range(24):
        length = (8, 16, 24)[number % 3]
        counts = rng.integers(20, 200, length + 8)
        counts[length:] = counts[length - 4 : length].mean()
        variances = np.pi / 2 * 0.35**2 / counts
        observed = simulated(kind, rng, length + 8) + rng.normal(size=length + 8) * np.sqrt(variances)
        for step, later in zip(forecast(observed[:length], variances[:length], 8).steps, observed[length:], strict=True):
            inside.append([abs(step.cdf(later) - 0.5) <= p / 2 for p in (0.8, 0.95)])
    narrow, wide = np.mean(inside, axis=0)
    assert 0.74 <= narrow <= 0.93
    assert 0.91 <= wide <= 1
