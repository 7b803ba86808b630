"""The estimator: P25, P50 and P75 of pay by what is told, fitted to records. Pure.

Three gradient-boosted models of log pay, one for each quantile (Friedman 2001; scikit-learn's histogram trees), each moved
by the quantile of what it leaves over on records that it has not seen: conformalised quantile regression (Romano, Patterson
and Candes 2019), with one correction for each end, so that a quarter of the market lies below P25 and a quarter above P75.
Trees take what is not told as it is. Since a record tells more than many a profile, each is learned from as it is and again
with some of its answers left out at random.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.stats.encoding import Answers, Bools, Encoder, Floats, carried_alone, encoder, without
from service.vocabulary.factors import Factor

LEVELS = (0.25, 0.5, 0.75)
LEAST_RECORDS = 200

_SEED = 20_240_229
_CALIBRATED, _LEAST_CALIBRATED = 0.2, 1_000
"""A fifth of the records corrects the others' models; of few records up to half, or the correction would be chance."""

_LEARNED, _MOST_COPIES = 10_000, 8
"""Of few records there are several copies with answers left out, as many as make up so many rows."""

_LEAST_IN_LEAF = 10
"""Of each copy."""

_LEAST_NEWEST = 20


@dataclass(frozen=True, slots=True)
class Estimator:
    """A fitted model. `coverage` is the share of held-out records from P25 to P75; `records` are all that it rests on,
    `calibrated` of them in the corrections. `newest` is the calendar year that profiles are estimated in.
    """

    encoder: Encoder
    models: tuple[Any, ...]
    corrections: Floats
    coverage: float
    records: int
    calibrated: int
    newest: int

    def quantiles(self, matrix: Floats) -> Floats:
        """P25, P50 and P75 in money, a row each; they never cross."""
        medians = self.medians(matrix)
        low, high = self.ends(matrix, medians)
        return np.column_stack([low, medians, high])

    def medians(self, matrix: Floats) -> Floats:
        """P50 in money."""
        return self._predicted(1, matrix)

    def ends(self, matrix: Floats, medians: Floats) -> tuple[Floats, Floats]:
        """P25 and P75 of rows whose P50 is known; it stays, for contributions add up to it."""
        return np.minimum(self._predicted(0, matrix), medians), np.maximum(self._predicted(2, matrix), medians)

    def _predicted(self, level: int, matrix: Floats) -> Floats:
        found: Floats = np.exp(self.models[level].predict(matrix) + self.corrections[level])
        return found


def fit(answers: Answers, logs: Floats, parents: Mapping[int, int], least: int) -> Estimator:
    """Learn from records with the logarithms of their pay: LEAST_RECORDS or more.

    No value of fewer than `least` records is told by itself, and no leaf of a tree rests on fewer. `parents` are as in
    `encoding.encoder`. The same records in the same order give the same estimator.
    """
    rng, size = np.random.default_rng(_SEED), len(logs)
    order = rng.permutation(size)
    held = min(max(int(size * _CALIBRATED), _LEAST_CALIBRATED), size // 2)
    calibrated, learned = np.sort(order[:held]), np.sort(order[held:])
    encoding, matrix = encoder(answers.at(learned), logs[learned], parents, least)
    models = _models(encoding, matrix, logs[learned], least, rng)
    unseen = encoding.matrix(answers.at(calibrated))
    predicted, truth = _predicted(models, unseen), logs[calibrated]
    return Estimator(
        encoder=encoding,
        models=models,
        corrections=corrections(predicted, truth),
        coverage=_coverage(predicted, truth, rng),
        records=size,
        calibrated=held,
        newest=_newest(answers.counted[Factor.YEAR], least),
    )


def _models(encoding: Encoder, matrix: Floats, logs: Floats, least: int, rng: np.random.Generator) -> tuple[Any, ...]:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - only where models are fitted

    copies = min(max(_LEARNED // len(logs), 1), _MOST_COPIES)
    rows = np.vstack([matrix, *(_partly(encoding, matrix, rng) for _ in range(copies))])
    pay = np.tile(logs, copies + 1)
    in_leaf = max(_LEAST_IN_LEAF, least) * (copies + 1)
    return tuple(
        HistGradientBoostingRegressor(
            loss="quantile",
            quantile=level,
            learning_rate=0.1,
            max_iter=100,
            max_leaf_nodes=31,
            min_samples_leaf=in_leaf,
            early_stopping=False,
            random_state=1,
            categorical_features=encoding.categorical if any(encoding.categorical) else None,
        ).fit(rows, pay)
        for level in LEVELS
    )


def _partly(encoding: Encoder, matrix: Floats, rng: np.random.Generator) -> Floats:
    """The rows with some of what they tell left out, from nothing to all of it; the year stays, as a profile has one.

    Half of them tell of several values only what they carry, as a profile does.
    """
    size = len(matrix)
    share = rng.random(size)
    factors = encoding.factors
    kept: dict[Factor, Bools] = {
        factor: rng.random(size) >= share for factor in dict.fromkeys(factors) if factor is not Factor.YEAR
    }
    return carried_alone(encoding, without(matrix, factors, kept), rng.random(size) < 0.5)


def _predicted(models: tuple[Any, ...], matrix: Floats) -> Floats:
    return np.column_stack([model.predict(matrix) for model in models])


def corrections(predicted: Floats, truth: Floats) -> Floats:
    """What to add to each predicted quantile, so that its share of the truth lies below it.

    Of n exchangeable records a new one lies below the k-th smallest with probability k / (n + 1); between two ranks the
    correction is interpolated.

    >>> corrections(np.zeros((3, 3)), np.array([1.0, 2.0, 4.0])).tolist()
    [1.0, 2.0, 4.0]
    """
    left = truth[:, None] - predicted
    levels = zip(left.T, LEVELS, strict=True)
    return np.array([np.quantile(over, level, method="weibull") for over, level in levels])


def covered(predicted: Floats, truth: Floats) -> float:
    """The share of the truth from the first to the last of the predicted quantiles, both included."""
    low, middle, high = predicted.T
    return float(np.mean((np.minimum(low, middle) <= truth) & (truth <= np.maximum(high, middle))))


def _coverage(predicted: Floats, truth: Floats, rng: np.random.Generator) -> float:
    """Of records that neither the models nor the corrections have seen: each half corrected by the other."""
    halves = np.array_split(rng.permutation(len(truth)), 2)
    shares = [
        covered(predicted[mine] + corrections(predicted[other], truth[other]), truth[mine])
        for mine, other in (halves, halves[::-1])
    ]
    return float(np.mean(shares))


def _newest(years: Floats, least: int) -> int:
    """The newest year that enough records are of, or else the newest."""
    found, counts = np.unique(years, return_counts=True)
    enough = found[counts >= max(least, _LEAST_NEWEST)]
    return int((enough if len(enough) else found)[-1])
