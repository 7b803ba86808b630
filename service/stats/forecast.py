"""Forecasts of a quarterly series of log medians by a damped trend, averaged over its unknown variances. Pure.

The state-space form of exponential smoothing with a damped trend (Gardner and McKenzie 1985; Durbin and Koopman 2012, 3.2),
where the sampling variance of each median is known. On the logarithms of pay, in quarters:

    observed = level + sampling error of the median + irregular
    level    = previous level + previous slope + shock
    slope    = DAMPING x previous slope + shock

A few dozen quarters are too few to estimate the variances of shocks and irregular, and intervals that treat the maximum
likelihood estimates as known are too narrow. Instead, every combination on a grid is filtered and weighted by its likelihood
and an exponential prior that favours small standard deviations (penalised complexity; Simpson and others 2017).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

DAMPING = 0.9
"""The share of a trend that remains after a quarter, less than half after two years. Too few quarters to estimate it."""

LEVEL_DEVIATIONS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08)
SLOPE_DEVIATIONS = (0.0, 0.005, 0.01, 0.02)
IRREGULAR_DEVIATIONS = (0.0, 0.01, 0.03, 0.1)
"""The grid of standard deviations, on the log scale (0.01 is about 1%): of the shocks of the level, of the slope in the long
run, and of the irregular component, which moves single quarters beyond their sampling error."""

MIN_HISTORY, MAX_HELD_OUT = 6, 8
"""Minimum number of observed quarters before the first that is held out in the backtest, and maximum number held out."""

_PRIOR_MEAN = 0.03
"""The mean of the exponential prior of a standard deviation: one of 8% has a fifteenth of the prior density of 0."""

_ROUNDING = 0.001
"""Pay is reported to about three digits, so the standard error of a log median is at least this."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A predictive distribution of log pay: a mixture of k normal distributions.

    `weights`, `means` and `deviations` are `float64[k]`; the weights add up to 1.
    """

    weights: Floats
    means: Floats
    deviations: Floats

    def quantile(self, p: float) -> float:
        """The p-quantile, 0 < p < 1, by bisection.

        >>> round(Mixture(np.array([0.5, 0.5]), np.array([0.0, 0.0]), np.array([1.0, 1.0])).quantile(0.975), 4)
        1.96
        """
        low, high = float((self.means - 40 * self.deviations).min()), float((self.means + 40 * self.deviations).max())
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.cdf(middle) < p else (low, middle)
        return (low + high) / 2

    def cdf(self, value: float) -> float:
        """The probability of a value of at most `value`."""
        return float(self.weights @ ndtr((value - self.means) / self.deviations))

    def with_added_variance(self, variance: float) -> "Mixture":
        """The distribution with an independent normal error added."""
        return Mixture(self.weights, self.means, np.sqrt(self.deviations**2 + variance))


@dataclass(frozen=True, slots=True)
class Forecast:
    """Predictive distributions of the next quarters, and mean absolute percentage errors in a backtest.

    `naive_error` is the error of repeating the last observed value, for the same held-out quarters.
    """

    steps: tuple[Mixture, ...]
    backtest_error: float
    naive_error: float


@dataclass(frozen=True, slots=True)
class _Filtered:
    """Kalman filter results for the c combinations of the grid and the n quarters.

    After the first k quarters, `log_weights[:, k]` are the unnormalised log posterior weights, `float64[c, n + 1]`;
    `states[:, k]` and `covariances[:, k]` are of the predicted level and slope, `float64[c, n + 1, 2]` and
    `float64[c, n + 1, 2, 2]`. `shocks` is `float64[c, 2, 2]`, `irregulars` is `float64[c]`.
    """

    log_weights: Floats
    states: Floats
    covariances: Floats
    shocks: Floats
    irregulars: Floats

    def weights(self, k: int) -> Floats:
        found: Floats = np.exp(self.log_weights[:, k] - self.log_weights[:, k].max())
        return found / float(found.sum())


def forecast(values: Floats, variances: Floats, ahead: int) -> Forecast:
    """Predictive distributions of the next `ahead` quarters of a series of log medians.

    `values` is `float64[n]`, in consecutive quarters, nan where a quarter is missing; the last one is observed, and more
    than MIN_HISTORY are. `variances`, `float64[n]`, are the squared standard errors of the values. The distribution of a
    step is that of a median of as many records as the last four have on average. Raises IndexError for too few observed
    values.
    """
    observed = np.isfinite(values)
    known = np.maximum(np.where(observed, variances, 0), _ROUNDING**2)
    found = _filtered(values, known)
    latest = float(known[observed][-4:].mean())
    steps = tuple(_steps(found, len(values), ahead, latest))
    return Forecast(steps, *_backtest(found, values, ahead))


def _filtered(values: Floats, variances: Floats) -> _Filtered:
    from statsmodels.tsa.statespace.initialization import Initialization  # noqa: PLC0415 - only where models are fitted
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter  # noqa: PLC0415

    grid = np.array(list(product(LEVEL_DEVIATIONS, SLOPE_DEVIATIONS, IRREGULAR_DEVIATIONS)))
    kalman = KalmanFilter(k_endog=1, k_states=2, design=[[1, 0]], transition=_TRANSITION, selection=np.eye(2))
    kalman.bind(values[:, None].copy())
    shocks = np.zeros((len(grid), 2, 2))
    results = []
    for shock, (level, slope, irregular) in zip(shocks, grid, strict=True):
        shock[:] = np.diag([level**2, slope**2 * (1 - DAMPING**2)])
        start = Initialization(2)
        start.set((0, 1), "diffuse")
        start.set((1, 2), "known", constant=[0], stationary_cov=[[slope**2]])
        kalman.initialization = start
        kalman["state_cov"], kalman["obs_cov"] = shock, (variances + irregular**2)[None, None]
        results.append(kalman.filter())
    log_likelihoods = np.array([np.r_[0, np.cumsum(result.llf_obs)] for result in results])
    return _Filtered(
        log_likelihoods - grid.sum(axis=1, keepdims=True) / _PRIOR_MEAN,
        np.array([result.predicted_state.T for result in results]),
        np.array([result.predicted_state_cov.transpose(2, 0, 1) for result in results]),
        shocks,
        grid[:, 2],
    )


_TRANSITION = np.array([[1, 1], [0, DAMPING]])


def _steps(found: _Filtered, k: int, ahead: int, sampling_variance: float) -> Iterator[Mixture]:
    """The quarters after the first k."""
    states, covariances = found.states[:, k], found.covariances[:, k]
    for _ in range(ahead):
        variances = covariances[:, 0, 0] + found.irregulars**2 + sampling_variance
        yield Mixture(found.weights(k), states[:, 0], np.sqrt(variances))
        states = states @ _TRANSITION.T
        covariances = _TRANSITION @ covariances @ _TRANSITION.T + found.shocks


def _backtest(found: _Filtered, values: Floats, ahead: int) -> tuple[float, float]:
    """Mean absolute percentage errors of forecasts made in each of the last quarters, and of naive forecasts."""
    observed = np.flatnonzero(np.isfinite(values))
    first = max(int(observed[MIN_HISTORY - 1]) + 1, len(values) - MAX_HELD_OUT)
    errors = []
    for k in range(first, len(values)):
        last = values[observed[observed < k][-1]]
        for step, actual in zip(_steps(found, k, ahead, 0.0), values[k:], strict=False):
            predicted = float(step.weights @ step.means)
            errors.append((abs(np.expm1(predicted - actual)), abs(np.expm1(last - actual))))
    error, naive = 100 * np.nanmean(errors, axis=0)
    return float(error), float(naive)
