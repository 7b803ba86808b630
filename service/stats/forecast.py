"""Forecasts: a quarterly series of medians goes on by a damped trend whose unknown variances are averaged over. Pure.

The state-space form of exponential smoothing with a damped trend (Gardner and McKenzie 1985; Durbin and Koopman 2012, 3.2),
with one thing known beforehand: how exact each median is. On the logarithms of pay, in quarters:

    told  = level + noise of the median + irregular
    level = level before + slope before + shock
    slope = DAMPING x slope before + shock

A few dozen quarters do not tell the variances of shocks and irregular, and intervals that take the likeliest ones for the
true ones are too narrow. So every combination of some is tried, and each counts by its likelihood and by what is likely
beforehand: small ones, exponentially (penalised complexity: Simpson and others 2017).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Floats = npt.NDArray[np.float64]

DAMPING = 0.9
"""What is left of a trend after a quarter: after two years less than half. Too few quarters tell it to be fitted."""

LEVELS = (0.0, 0.0025, 0.005, 0.01, 0.02, 0.04, 0.08)
SLOPES = (0.0, 0.005, 0.01, 0.02)
IRREGULARS = (0.0, 0.01, 0.03, 0.1)
"""Standard deviations that are tried, as ratios (0.01 is about 1%): of the shocks of the level, of the slope in the long
run, and of what moves single quarters beyond the chance of who is in them."""

MIN_HISTORY, MAX_HELD_OUT = 6, 8
"""Told quarters before the first one that is held out, and the most quarters that are."""

_USUAL = 0.03
"""The mean of such a deviation beforehand: one of 8% is a fifteenth as likely as none, until the quarters say otherwise."""

_ROUNDING = 0.001
"""Pay is told to about three digits, so no median is more exact than that."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A distribution of log pay: normal ones, each with a weight; all weights add up to 1."""

    weights: Floats
    means: Floats
    deviations: Floats

    def quantile(self, p: float) -> float:
        """Where a share p of the distribution lies below, by bisection.

        >>> round(Mixture(np.array([0.5, 0.5]), np.array([0.0, 0.0]), np.array([1.0, 1.0])).quantile(0.975), 4)
        1.96
        """
        low, high = float((self.means - 40 * self.deviations).min()), float((self.means + 40 * self.deviations).max())
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.below(middle) < p else (low, middle)
        return (low + high) / 2

    def below(self, value: float) -> float:
        """The share of the distribution below a value."""
        return float(self.weights @ ndtr((value - self.means) / self.deviations))

    def blurred(self, variance: float) -> "Mixture":
        """With an independent error of some variance on top."""
        return Mixture(self.weights, self.means, np.sqrt(self.deviations**2 + variance))


@dataclass(frozen=True, slots=True)
class Forecast:
    """`steps` from the quarter after the last one on; the mean absolute errors of held-out quarters are in percent.

    `naive_error` is that of the last told value going on, in the same quarters from the same ones before.
    """

    steps: tuple[Mixture, ...]
    error: float
    naive_error: float


@dataclass(frozen=True, slots=True)
class _Filtered:
    """What each combination of variances makes of the series; the first axis is the combination.

    After the first k quarters `likelihoods[:, k]` are the logarithms of what each counts, and `states[:, k]` and
    `covariances[:, k]` are of the level and slope of the next quarter.
    """

    likelihoods: Floats
    states: Floats
    covariances: Floats
    shocks: Floats
    irregulars: Floats

    def weights(self, k: int) -> Floats:
        found: Floats = np.exp(self.likelihoods[:, k] - self.likelihoods[:, k].max())
        return found / float(found.sum())


def forecast(values: Floats, variances: Floats, ahead: int) -> Forecast:
    """How log medians go on for some quarters; `values` are nan where nothing is told, and end with a told one.

    `variances` tell how exact each of `values` is. A step's distribution is that of the median to be told by as many
    records as of late. There must be more than LEAST_BEFORE told values.
    """
    told = np.isfinite(values)
    known = np.maximum(np.where(told, variances, 0), _ROUNDING**2)
    found = _filtered(values, known)
    latest = float(known[told][-4:].mean())
    steps = tuple(_steps(found, len(values), ahead, latest))
    return Forecast(steps, *_backtest(found, values, ahead))


def _filtered(values: Floats, variances: Floats) -> _Filtered:
    from statsmodels.tsa.statespace.initialization import Initialization  # noqa: PLC0415 - only where models are fitted
    from statsmodels.tsa.statespace.kalman_filter import KalmanFilter  # noqa: PLC0415

    grid = np.array(list(product(LEVELS, SLOPES, IRREGULARS)))
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
    return _Filtered(
        np.array([np.r_[0, np.cumsum(result.llf_obs)] for result in results]) - grid.sum(axis=1, keepdims=True) / _USUAL,
        np.array([result.predicted_state.T for result in results]),
        np.array([result.predicted_state_cov.transpose(2, 0, 1) for result in results]),
        shocks,
        grid[:, 2],
    )


_TRANSITION = np.array([[1, 1], [0, DAMPING]])


def _steps(found: _Filtered, k: int, ahead: int, noise: float) -> Iterator[Mixture]:
    """The next quarters after the first k."""
    states, covariances = found.states[:, k], found.covariances[:, k]
    for _ in range(ahead):
        variances = covariances[:, 0, 0] + found.irregulars**2 + noise
        yield Mixture(found.weights(k), states[:, 0], np.sqrt(variances))
        states = states @ _TRANSITION.T
        covariances = _TRANSITION @ covariances @ _TRANSITION.T + found.shocks


def _backtest(found: _Filtered, values: Floats, ahead: int) -> tuple[float, float]:
    """Errors of the forecasts for the last quarters from each one before them on, and of the naive ones, in percent."""
    told = np.flatnonzero(np.isfinite(values))
    first = max(int(told[MIN_HISTORY - 1]) + 1, len(values) - MAX_HELD_OUT)
    errors = []
    for k in range(first, len(values)):
        last = values[told[told < k][-1]]
        for step, actual in zip(_steps(found, k, ahead, 0.0), values[k:], strict=False):
            middle = float(step.weights @ step.means)
            errors.append((abs(np.expm1(middle - actual)), abs(np.expm1(last - actual))))
    error, naive = 100 * np.nanmean(errors, axis=0)
    return float(error), float(naive)
