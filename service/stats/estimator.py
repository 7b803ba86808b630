"""The estimator: P10, P25, P50, P75 and P90 of pay given the known factors of a profile, fitted to records. Pure.

Five gradient-boosted models of log pay, one per quantile (Friedman 2001; scikit-learn's histogram trees), each corrected by
a quantile of its residuals on held-out records: conformalised quantile regression (Romano, Patterson and Candes 2019) with
one correction per quantile, so that a tenth of the market is below P10 and a quarter above P75. Trees accept missing
values. Since most records report more factors than a profile does, the models learn from each record as it is and from
copies with some of its values removed at random.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from service.vocabulary.factors import FACTORS, Factor

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]

QUANTILES = (0.25, 0.5, 0.75)
TAILS = (0.1, 0.9)
_LEVELS = (*QUANTILES, *TAILS)
"""The quantile of each model."""
MIN_RECORDS = 200

MAX_CATEGORIES = 250
"""scikit-learn's trees distinguish up to 255 categories. The most frequent values are categories; others have their
effect."""

MAX_ITEMS, MIN_ITEM_RECORDS = 30, 20
"""A multi-valued factor has columns for at most MAX_ITEMS values, with at least MIN_ITEM_RECORDS records each."""

MIN_COMMON_RECORDS = 100
"""The number of records from which the contribution of one record to its own value's effect does not matter."""

_SHRINKAGE, _PASSES, _FOLDS = 10, 4, 5

_SEED = 20_240_229
_CALIBRATION_SHARE, _MIN_CALIBRATION_RECORDS = 0.2, 1_000
"""A fifth of the records calibrates the models; of few records up to half, or the corrections would be noise."""

_MIN_TRAINING_ROWS, _MAX_COPIES = 10_000, 8
"""Few records are copied, with values removed, until there are this many rows."""

_MIN_LEAF_RECORDS = 10
"""In each copy."""

_MIN_YEAR_RECORDS = 20


@dataclass(frozen=True, slots=True)
class Features:
    """Factors of n records or profiles; row i of each array is the same one.

    `one` has the value ids of single-valued factors, `int[n]`, 0 if missing. `numeric` has years of experience and the
    calendar year, `float64[n]`, nan if missing. `many` has pairs of arrays `int[m]`: row `rows[k]` has the value id
    `numbers[k]`.
    """

    size: int
    one: Mapping[Factor, Ints]
    numeric: Mapping[Factor, Floats]
    many: Mapping[Factor, tuple[Ints, Ints]]

    def take(self, rows: Ints) -> "Features":
        """The features of some rows, which are renumbered from 0."""
        new_rows = np.full(self.size, -1, np.int64)
        new_rows[rows] = np.arange(len(rows))
        return Features(
            len(rows),
            {factor: numbers[rows] for factor, numbers in self.one.items()},
            {factor: counts[rows] for factor, counts in self.numeric.items()},
            {factor: _renumbered(new_rows, *items) for factor, items in self.many.items()},
        )


def _renumbered(new_rows: npt.NDArray[np.int64], rows: Ints, numbers: Ints) -> tuple[Ints, Ints]:
    selected = new_rows[rows] >= 0
    return new_rows[rows[selected]], numbers[selected]


@dataclass(frozen=True, slots=True)
class ValueEncoding:
    """Target encoding of a single-valued factor, by its values or by their top-level ancestors.

    `codes` maps value ids to codes; code 0 is for missing values and for those without a code. `effects[code]` is the
    value's effect on log pay besides the other factors. `categories[code]` is its category for the trees; None for a closed
    factor.
    """

    factor: Factor
    codes: Mapping[int, int]
    effects: Floats
    categories: Floats | None

    def encode(self, numbers: Ints) -> npt.NDArray[np.int64]:
        """Codes of value ids, `int64[n]`."""
        found, inverse = np.unique(numbers, return_inverse=True)
        return np.array([self.codes.get(number, 0) for number in found.tolist()], np.int64)[inverse]

    def columns(self, numbers: Ints) -> list[Floats]:
        """One or two columns, `float64[n]`: effects, and categories if there are any."""
        codes = self.encode(numbers)
        return [self.effects[codes]] if self.categories is None else [self.effects[codes], self.categories[codes]]


@dataclass(frozen=True, slots=True)
class Encoder:
    """Turns features into the columns that trees split on; nan where a factor is missing.

    `items` are the value ids of multi-valued factors that have a column.
    """

    encodings: tuple[ValueEncoding, ...]
    numeric: tuple[Factor, ...]
    items: Mapping[Factor, tuple[int, ...]]

    @property
    def factors(self) -> list[Factor]:
        """The factor of each column."""
        single = [one.factor for one in self.encodings for _ in range(1 if one.categories is None else 2)]
        return [*single, *self.numeric, *(factor for factor, numbers in self.items.items() for _ in numbers)]

    @property
    def categorical(self) -> list[bool]:
        """Whether each column holds categories."""
        single = [flag for one in self.encodings for flag in ((False,) if one.categories is None else (False, True))]
        return [*single, *(False for _ in range(len(self.factors) - len(single)))]

    def matrix(self, features: Features) -> Floats:
        """The features of n rows in k columns, `float64[n, k]`."""
        columns = [column for one in self.encodings for column in one.columns(features.one[one.factor])]
        columns += [features.numeric[factor] for factor in self.numeric]
        blocks = [_item_indicators(features, factor, numbers) for factor, numbers in self.items.items()]
        return np.hstack([np.column_stack(columns) if columns else np.empty((features.size, 0)), *blocks])


def _item_indicators(features: Features, factor: Factor, numbers: Sequence[int]) -> Floats:
    """1 if a row has the value, 0 if it has only others, nan if the factor is missing."""
    rows, items = features.many[factor]
    found = np.full((features.size, len(numbers)), np.nan)
    found[rows] = 0
    for column, number in enumerate(numbers):
        found[rows[items == number], column] = 1
    return found


def zeros_to_missing(encoder: Encoder, matrix: Floats, rows: Bools) -> Floats:
    """The matrix with nan for the values of multi-valued factors that the selected rows, `bool[n]`, do not list.

    In a profile an unlisted value may still apply.
    """
    multi_valued = np.array([factor in encoder.items for factor in encoder.factors], np.bool_)
    return np.where(rows[:, None] & multi_valued & (matrix == 0), np.nan, matrix)


def mask_factors(matrix: Floats, factors: Sequence[Factor], known: Mapping[Factor, Bools]) -> Floats:
    """A copy of the matrix with nan in a factor's columns for rows where `known[factor]`, `bool[n]`, is False.

    `factors` are those of the columns. Factors without an entry in `known` are not changed.
    """
    masked = matrix.copy()
    for column, factor in enumerate(factors):
        if factor in known:
            masked[~known[factor], column] = np.nan
    return masked


def fit_encoder(features: Features, logs: Floats, parents: Mapping[int, int], min_records: int) -> tuple[Encoder, Floats]:
    """An encoder fitted to n records with log pay `float64[n]`, and their matrix `float64[n, k]`.

    `parents` maps each value id to its parent in the same factor, 0 for top-level values. A value of fewer than
    `min_records` records is encoded as its nearest frequent ancestor. For values below MIN_COMMON_RECORDS the matrix has
    cross-fitted effects, computed from the other four of five folds; otherwise trees would see each record's own pay in its
    employer's effect.
    """
    single = [
        _value_encoding(factor, features.one[factor], parents, min_records, top_level)
        for factor in features.one
        for top_level in (False, True)
    ]
    encodings = [one for one in single if one is not None]
    codes = [one.encode(features.one[one.factor]) for one in encodings]
    sizes = [len(one.effects) for one in encodings]
    effects = _backfit(logs, codes, sizes)
    encodings = [replace(one, effects=_missing_first(found)) for one, found in zip(encodings, effects, strict=True)]
    numeric = tuple(factor for factor, counts in features.numeric.items() if np.isfinite(counts).sum() >= min_records)
    items = {factor: _items(numbers, max(min_records, MIN_ITEM_RECORDS)) for factor, (_, numbers) in features.many.items()}
    encoder = Encoder(tuple(encodings), numeric, {factor: numbers for factor, numbers in items.items() if numbers})
    matrix = encoder.matrix(features)
    _cross_fit(matrix, encoder, logs, codes, sizes)
    return encoder, matrix


def _value_encoding(
    factor: Factor, numbers: Ints, parents: Mapping[int, int], min_records: int, top_level: bool
) -> ValueEncoding | None:
    """Without effects yet. None if there are not two frequent values, or if the values are top-level themselves."""
    of_factor = {number for number in np.unique(numbers).tolist() if number}
    lineages = {number: _lineage(number, parents) for number in (*of_factor, *_relatives(of_factor, parents))}
    if top_level and all(len(lineages[number]) == 1 for number in of_factor):
        return None
    counts: dict[int, int] = {}
    for number, count in zip(*(part.tolist() for part in np.unique(numbers, return_counts=True)), strict=True):
        if number:
            counted = lineages[number][-1 if top_level else 0]
            counts[counted] = counts.get(counted, 0) + count
    frequent = sorted(number for number, count in counts.items() if count >= min_records)
    code = {number: place for place, number in enumerate(frequent, 1)}
    candidates = {number: lineage[-1:] if top_level else lineage for number, lineage in lineages.items()}
    codes = {number: next((code[part] for part in lineage if part in code), 0) for number, lineage in candidates.items()}
    if len(frequent) < 2:
        return None
    closed = top_level or FACTORS[factor].codes
    categories = None if closed else _categories([counts[number] for number in frequent])
    return ValueEncoding(factor, codes, np.zeros(len(frequent) + 1), categories)


def _lineage(number: int, parents: Mapping[int, int]) -> tuple[int, ...]:
    """A value and its ancestors, the most specific first."""
    parent = parents.get(number, 0)
    return (number, *_lineage(parent, parents)) if parent else (number,)


def _relatives(numbers: set[int], parents: Mapping[int, int]) -> list[int]:
    """Other values with the same top-level ancestors, which a profile may have although no record does."""
    top = {_lineage(number, parents)[-1] for number in numbers}
    return [number for number in parents if number not in numbers and _lineage(number, parents)[-1] in top]


def _categories(counts: list[int]) -> Floats:
    """Categories by code; all but the most frequent values share one."""
    found = np.full(len(counts) + 1, float(MAX_CATEGORIES))
    found[0] = np.nan
    for category, code in enumerate(np.argsort(-np.array(counts), kind="stable")[:MAX_CATEGORIES].tolist()):
        found[code + 1] = category
    return found


def _items(numbers: Ints, min_records: int) -> tuple[int, ...]:
    found, counts = np.unique(numbers, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_ITEMS]
    return tuple(found[order][counts[order] >= min_records].tolist())


def _backfit(logs: Floats, codes: Sequence[Ints], sizes: Sequence[int]) -> list[Floats]:
    """Additive effects on log pay by code, shrunk towards 0 as if each value had ten more records without effect.

    Each factor in turn is fitted to the residuals of the others (backfitting; Hastie and Tibshirani 1986).
    """
    effects = [np.zeros(size) for size in sizes]
    residuals = logs - logs.mean()
    for _ in range(_PASSES):
        for column, (code, size) in enumerate(zip(codes, sizes, strict=True)):
            residuals += effects[column][code]
            effects[column] = np.bincount(code, residuals, size) / (np.bincount(code, minlength=size) + _SHRINKAGE)
            residuals -= effects[column][code]
    return effects


def _missing_first(effects: Floats) -> Floats:
    return np.array([np.nan, *effects[1:]])


def _cross_fit(matrix: Floats, encoder: Encoder, logs: Floats, codes: Sequence[Ints], sizes: Sequence[int]) -> None:
    """Replace the effects of rare values in place. Frequent values keep one effect for all folds, or trees could identify
    the folds by it."""
    rare = [np.bincount(code, minlength=size)[code] < MIN_COMMON_RECORDS for code, size in zip(codes, sizes, strict=True)]
    folds = np.arange(len(logs)) % _FOLDS
    columns = np.cumsum([0, *(1 if one.categories is None else 2 for one in encoder.encodings)])
    for fold in range(_FOLDS):
        others = folds != fold
        effects = _backfit(logs[others], [code[others] for code in codes], sizes)
        for place, (code, found) in enumerate(zip(codes, effects, strict=True)):
            rows = ~others & rare[place]
            matrix[rows, columns[place]] = _missing_first(found)[code[rows]]


@dataclass(frozen=True, slots=True)
class Estimator:
    """A fitted model.

    `models` has one for each of QUANTILES and TAILS; `corrections`, `float64[5]`, are added to their predictions. `coverage`
    is the share of held-out records between P25 and P75. `records` is the sample size, of which `calibration_records` were
    used for the corrections. `newest_year` is the calendar year that profiles are estimated for.
    """

    encoder: Encoder
    models: tuple[Any, ...]
    corrections: Floats
    coverage: float
    records: int
    calibration_records: int
    newest_year: int

    def quantiles(self, matrix: Floats) -> Floats:
        """P25, P50 and P75 of each row in US dollars, `float64[n, 3]`, ascending in each row."""
        medians = self.medians(matrix)
        low, high = self.outer_quantiles(matrix, medians)
        return np.column_stack([low, medians, high])

    def medians(self, matrix: Floats) -> Floats:
        """P50 of each row in US dollars, `float64[n]`."""
        return self._predict(1, matrix)

    def outer_quantiles(self, matrix: Floats, medians: Floats) -> tuple[Floats, Floats]:
        """P25 and P75 of rows with known P50. If quantiles cross, P50 stays, since contributions add up to it."""
        return np.minimum(self._predict(0, matrix), medians), np.maximum(self._predict(2, matrix), medians)

    def tails(self, matrix: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """P10 and P90 of rows with known P25 and P75; these if quantiles cross."""
        return np.minimum(self._predict(3, matrix), low), np.maximum(self._predict(4, matrix), high)

    def _predict(self, level: int, matrix: Floats) -> Floats:
        found: Floats = np.exp(self.models[level].predict(matrix) + self.corrections[level])
        return found


def fit_estimator(features: Features, logs: Floats, parents: Mapping[int, int], min_records: int) -> Estimator:
    """An estimator fitted to n records, at least MIN_RECORDS, with log pay `float64[n]`.

    Values of fewer than `min_records` records have no separate effect, and no leaf of a tree has fewer records. `parents`
    is as in `fit_encoder`. The result is the same for the same records in the same order.
    """
    rng, size = np.random.default_rng(_SEED), len(logs)
    order = rng.permutation(size)
    held_out = min(max(int(size * _CALIBRATION_SHARE), _MIN_CALIBRATION_RECORDS), size // 2)
    calibration, training = np.sort(order[:held_out]), np.sort(order[held_out:])
    encoder, matrix = fit_encoder(features.take(training), logs[training], parents, min_records)
    models = _models(encoder, matrix, logs[training], min_records, rng)
    predicted, observed = _predict_all(models, encoder.matrix(features.take(calibration))), logs[calibration]
    return Estimator(
        encoder=encoder,
        models=models,
        corrections=corrections(predicted, observed),
        coverage=_coverage(predicted[:, : len(QUANTILES)], observed, rng),
        records=size,
        calibration_records=held_out,
        newest_year=_newest_year(features.numeric[Factor.YEAR], min_records),
    )


def _models(encoder: Encoder, matrix: Floats, logs: Floats, min_records: int, rng: np.random.Generator) -> tuple[Any, ...]:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - only where models are fitted

    copies = min(max(_MIN_TRAINING_ROWS // len(logs), 1), _MAX_COPIES)
    rows = np.vstack([matrix, *(_randomly_masked(encoder, matrix, rng) for _ in range(copies))])
    pay = np.tile(logs, copies + 1)
    min_leaf_rows = max(_MIN_LEAF_RECORDS, min_records) * (copies + 1)
    return tuple(
        HistGradientBoostingRegressor(
            loss="quantile",
            quantile=level,
            learning_rate=0.1,
            max_iter=100,
            max_leaf_nodes=31,
            min_samples_leaf=min_leaf_rows,
            early_stopping=False,
            random_state=1,
            categorical_features=encoder.categorical if any(encoder.categorical) else None,
        ).fit(rows, pay)
        for level in _LEVELS
    )


def _randomly_masked(encoder: Encoder, matrix: Floats, rng: np.random.Generator) -> Floats:
    """The rows with a random share of their factors removed, but never the year, which every profile has.

    Half of the rows keep only the listed values of multi-valued factors, like a profile.
    """
    size = len(matrix)
    share = rng.random(size)
    factors = encoder.factors
    known: dict[Factor, Bools] = {
        factor: rng.random(size) >= share for factor in dict.fromkeys(factors) if factor is not Factor.YEAR
    }
    return zeros_to_missing(encoder, mask_factors(matrix, factors, known), rng.random(size) < 0.5)


def _predict_all(models: tuple[Any, ...], matrix: Floats) -> Floats:
    return np.column_stack([model.predict(matrix) for model in models])


def corrections(predicted: Floats, observed: Floats) -> Floats:
    """The amounts to add to predicted quantiles, `float64[k]`, so that their shares of observed values are below them.

    `predicted` is `float64[n, k]`, of the first k of QUANTILES and TAILS; `observed` is `float64[n]`. Among n exchangeable
    records a new one is below the k-th smallest with probability k / (n + 1); between two ranks the correction is
    interpolated (Hyndman and Fan 1996, type 6).

    >>> corrections(np.zeros((3, 3)), np.array([1.0, 2.0, 4.0])).tolist()
    [1.0, 2.0, 4.0]
    """
    residuals = observed[:, None] - predicted
    columns = zip(residuals.T, _LEVELS[: residuals.shape[1]], strict=True)
    return np.array([np.quantile(column, level, method="weibull") for column, level in columns])


def empirical_coverage(predicted: Floats, observed: Floats) -> float:
    """The share of `observed`, `float64[n]`, within the first and last of three quantiles, `float64[n, 3]`, inclusive."""
    low, middle, high = predicted.T
    return float(np.mean((np.minimum(low, middle) <= observed) & (observed <= np.maximum(high, middle))))


def _coverage(predicted: Floats, observed: Floats, rng: np.random.Generator) -> float:
    """The coverage of records that neither models nor corrections were fitted to: each half is corrected by the other."""
    halves = np.array_split(rng.permutation(len(observed)), 2)
    shares = [
        empirical_coverage(predicted[half] + corrections(predicted[other], observed[other]), observed[half])
        for half, other in (halves, halves[::-1])
    ]
    return float(np.mean(shares))


def _newest_year(years: Floats, min_records: int) -> int:
    """The newest year with enough records, or else the newest."""
    found, counts = np.unique(years, return_counts=True)
    frequent = found[counts >= max(min_records, _MIN_YEAR_RECORDS)]
    return int((frequent if len(frequent) else found)[-1])
