"""The estimator: P25, P50 and P75 of pay by what is told, fitted to records. Pure.

Three gradient-boosted models of log pay, one for each quantile (Friedman 2001; scikit-learn's histogram trees), each moved
by the quantile of what it leaves over on records that it has not seen: conformalised quantile regression (Romano, Patterson
and Candes 2019), with one correction for each end, so that a quarter of the market lies below P25 and a quarter above P75.
Trees take what is not told as it is. Since a record tells more than many a profile, each is learned from as it is and again
with some of its answers left out at random.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from service.vocabulary.factors import FACTORS, Factor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

MOST_CATEGORIES = 250
"""scikit-learn's trees tell up to 255 categories apart; of more the commonest are, and the others by their effect alone."""

MOST_ITEMS, LEAST_CARRIERS = 30, 20
"""Of a factor of several values so many have a column, each carried by at least so many records."""

COMMON = 100
"""From so many records on, what one of them adds to its own value's effect does not matter."""

_SHRUNK, _PASSES, _FOLDS = 10, 4, 5


@dataclass(frozen=True, slots=True)
class Features:
    """Row i of each array is the same record or profile.

    `one` has numbers of values, 0 where nothing is told; `counted` years of experience and the calendar year, nan where
    nothing is told. Item i of `many[factor]` says that row `many[factor][0][i]` carries the number `many[factor][1][i]`.
    """

    size: int
    one: Mapping[Factor, Ints]
    counted: Mapping[Factor, Floats]
    many: Mapping[Factor, tuple[Ints, Ints]]

    def at(self, rows: Ints) -> "Features":
        """Those of some rows, which count anew."""
        place = np.full(self.size, -1, np.int64)
        place[rows] = np.arange(len(rows))
        return Features(
            len(rows),
            {factor: numbers[rows] for factor, numbers in self.one.items()},
            {factor: counts[rows] for factor, counts in self.counted.items()},
            {factor: _placed(place, *items) for factor, items in self.many.items()},
        )


def _placed(place: npt.NDArray[np.int64], rows: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    here = place[rows] >= 0
    return place[rows[here]], numbers[here]


@dataclass(frozen=True, slots=True)
class Values:
    """A single-valued factor by its values, or `widely` by the topmost ones that include them.

    `codes` has the code of each number; 0, which is nothing told, goes for those without one. `effects[code]` is what the
    value adds to log pay beside the other factors. `categories[code]` names the value itself; of closed factors it is None.
    """

    factor: Factor
    codes: Mapping[int, int]
    effects: Floats
    categories: Floats | None

    def coded(self, numbers: Ints) -> npt.NDArray[np.int64]:
        found, back = np.unique(numbers, return_inverse=True)
        return np.array([self.codes.get(number, 0) for number in found.tolist()], np.int64)[back]

    def columns(self, numbers: Ints) -> list[Floats]:
        codes = self.coded(numbers)
        return [self.effects[codes]] if self.categories is None else [self.effects[codes], self.categories[codes]]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns answers into a matrix. `factors` has the factor of each column, `categorical` which of them name categories."""

    values: tuple[Values, ...]
    counted: tuple[Factor, ...]
    items: Mapping[Factor, tuple[int, ...]]

    @property
    def factors(self) -> list[Factor]:
        single = [one.factor for one in self.values for _ in range(1 if one.categories is None else 2)]
        return [*single, *self.counted, *(factor for factor, numbers in self.items.items() for _ in numbers)]

    @property
    def categorical(self) -> list[bool]:
        single = [flag for one in self.values for flag in ((False,) if one.categories is None else (False, True))]
        return [*single, *(False for _ in range(len(self.factors) - len(single)))]

    def matrix(self, answers: Features) -> Floats:
        columns = [column for one in self.values for column in one.columns(answers.one[one.factor])]
        columns += [answers.counted[factor] for factor in self.counted]
        blocks = [_carried(answers, factor, numbers) for factor, numbers in self.items.items()]
        return np.hstack([np.column_stack(columns) if columns else np.empty((answers.size, 0)), *blocks])


def _carried(answers: Features, factor: Factor, numbers: Sequence[int]) -> Floats:
    """1 for what a row carries and 0 for what it does not, where it tells any of the factor."""
    rows, carried = answers.many[factor]
    found = np.full((answers.size, len(numbers)), np.nan)
    found[rows] = 0
    for column, number in enumerate(numbers):
        found[rows[carried == number], column] = 1
    return found


def zeros_to_missing(encoder: Encoder, matrix: Floats, rows: Bools) -> Floats:
    """The matrix where some rows tell of several values only what they carry: what they do not list may still be so."""
    listed = np.array([factor in encoder.items for factor in encoder.factors], np.bool_)
    return np.where(rows[:, None] & listed & (matrix == 0), np.nan, matrix)


def mask_factors(matrix: Floats, factors: Sequence[Factor], kept: Mapping[Factor, Bools]) -> Floats:
    """The matrix with a factor's columns silenced in the rows that do not keep it."""
    silenced = matrix.copy()
    for column, factor in enumerate(factors):
        if factor in kept:
            silenced[~kept[factor], column] = np.nan
    return silenced


def fit_encoder(answers: Features, logs: Floats, parents: Mapping[int, int], least: int) -> tuple[Encoder, Floats]:
    """An encoder learned from records, and their matrix.

    `parents` has each number's parent in the same factor, 0 at the top. A value of fewer than `least` records is never told
    by itself: it counts to what it lies in. In the matrix the effect of a value below COMMON records is that of the other
    four fifths of the records, or trees would take each record's own pay for its employer's.
    """
    single = [_values(factor, answers.one[factor], parents, least, widely) for factor in answers.one for widely in (0, 1)]
    values = [one for one in single if one is not None]
    codes = [one.coded(answers.one[one.factor]) for one in values]
    sizes = [len(one.effects) for one in values]
    every = _effects(logs, codes, sizes)
    values = [
        Values(one.factor, one.codes, _told(effects), one.categories) for one, effects in zip(values, every, strict=True)
    ]
    counted = tuple(factor for factor, counts in answers.counted.items() if np.isfinite(counts).sum() >= least)
    items = {factor: _items(numbers, max(least, LEAST_CARRIERS)) for factor, (_, numbers) in answers.many.items()}
    learned = Encoder(tuple(values), counted, {factor: numbers for factor, numbers in items.items() if numbers})
    matrix = learned.matrix(answers)
    _leave_out_own(matrix, learned, logs, codes, sizes)
    return learned, matrix


def _values(factor: Factor, numbers: Ints, parents: Mapping[int, int], least: int, widely: int) -> Values | None:
    """Without effects yet. None where it tells nothing but who tells it, or the topmost values are the values themselves."""
    of_factor = {number for number in np.unique(numbers).tolist() if number}
    family = {number: _path(number, parents) for number in (*of_factor, *_below(of_factor, parents))}
    if widely and all(len(family[number]) == 1 for number in of_factor):
        return None
    counts: dict[int, int] = {}
    for number, count in zip(*(part.tolist() for part in np.unique(numbers, return_counts=True)), strict=True):
        for part in (family[number][-1:] if widely else family[number][:1]) if number else ():
            counts[part] = counts.get(part, 0) + count
    seen = sorted(number for number, count in counts.items() if count >= least)
    code = {number: place for place, number in enumerate(seen, 1)}
    paths = {number: path[-1:] if widely else path for number, path in family.items()}
    codes = {number: next((code[part] for part in path if part in code), 0) for number, path in paths.items()}
    if len(seen) < 2:
        return None
    closed = widely or FACTORS[factor].codes
    return Values(factor, codes, np.zeros(len(seen) + 1), None if closed else _categories([counts[n] for n in seen]))


def _path(number: int, parents: Mapping[int, int]) -> tuple[int, ...]:
    """A number and all that it lies in, the narrowest first."""
    above = parents.get(number, 0)
    return (number, *_path(above, parents)) if above else (number,)


def _below(numbers: set[int], parents: Mapping[int, int]) -> list[int]:
    """The numbers that share a topmost value with some others, which a profile may tell though no record does."""
    top = {_path(number, parents)[-1] for number in numbers}
    return [number for number in parents if number not in numbers and _path(number, parents)[-1] in top]


def _categories(counts: list[int]) -> Floats:
    """By code; all but the commonest share one."""
    found = np.full(len(counts) + 1, float(MOST_CATEGORIES))
    found[0] = np.nan
    for category, code in enumerate(np.argsort(-np.array(counts), kind="stable")[:MOST_CATEGORIES].tolist()):
        found[code + 1] = category
    return found


def _items(numbers: Ints, least: int) -> tuple[int, ...]:
    found, counts = np.unique(numbers, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_ITEMS]
    return tuple(found[order][counts[order] >= least].tolist())


def _effects(logs: Floats, codes: Sequence[Ints], sizes: Sequence[int]) -> list[Floats]:
    """What each value adds to log pay, shrunk towards 0 as if it had ten more records of no effect.

    Fitted in turns, each factor to what the others leave over (backfitting; Hastie and Tibshirani 1986).
    """
    effects = [np.zeros(size) for size in sizes]
    left = logs - logs.mean()
    for _ in range(_PASSES):
        for column, (code, size) in enumerate(zip(codes, sizes, strict=True)):
            left += effects[column][code]
            effects[column] = np.bincount(code, left, size) / (np.bincount(code, minlength=size) + _SHRUNK)
            left -= effects[column][code]
    return effects


def _told(effects: Floats) -> Floats:
    return np.array([np.nan, *effects[1:]])


def _leave_out_own(matrix: Floats, learned: Encoder, logs: Floats, codes: Sequence[Ints], sizes: Sequence[int]) -> None:
    """In place. Of common values the same effect for all: else trees could tell the folds, and so the pay, by it."""
    rare = [np.bincount(code, minlength=size)[code] < COMMON for code, size in zip(codes, sizes, strict=True)]
    folds = np.arange(len(logs)) % _FOLDS
    places = np.cumsum([0, *(1 if one.categories is None else 2 for one in learned.values)])
    for fold in range(_FOLDS):
        others = folds != fold
        effects = _effects(logs[others], [code[others] for code in codes], sizes)
        for column, (code, found) in enumerate(zip(codes, effects, strict=True)):
            rows = ~others & rare[column]
            matrix[rows, places[column]] = _told(found)[code[rows]]


LEVELS = (0.25, 0.5, 0.75)
MIN_RECORDS = 200

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


def fit_estimator(answers: Features, logs: Floats, parents: Mapping[int, int], least: int) -> Estimator:
    """Learn from records with the logarithms of their pay: LEAST_RECORDS or more.

    No value of fewer than `least` records is told by itself, and no leaf of a tree rests on fewer. `parents` are as in
    `encoding.encoder`. The same records in the same order give the same estimator.
    """
    rng, size = np.random.default_rng(_SEED), len(logs)
    order = rng.permutation(size)
    held = min(max(int(size * _CALIBRATED), _LEAST_CALIBRATED), size // 2)
    calibrated, learned = np.sort(order[:held]), np.sort(order[held:])
    encoding, matrix = fit_encoder(answers.at(learned), logs[learned], parents, least)
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
    return zeros_to_missing(encoding, mask_factors(matrix, factors, kept), rng.random(size) < 0.5)


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
