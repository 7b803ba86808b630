"""Linear regression of log pay on factors, with heteroscedasticity-consistent standard errors. Pure.

Every value with enough records is a dummy variable. The columns of 20,000 records would take 80 MB as dense numbers and are
94% zeros, so the normal equations are summed from a sparse matrix; its entries are integers, so the sums are exact and
linearly dependent columns show as zero pivots. statsmodels has no sparse least squares and takes 10 seconds and 500 MB for
20,000 records where this takes a fraction of a second; the tests compare both.

Standard errors are HC3 (MacKinnon and White 1985), which approximates the jackknife. HC0 and HC1 are too small for a value
with 10 or 20 records, because those pull the estimate towards themselves; HC3 is not (Long and Ervin 2000). Its known
weakness, records that determine a column on their own, is avoided by the design: the only columns with fewer than
MIN_RECORDS_PER_COLUMN records are those for missing values, and a record that is fitted exactly adds nothing to the
covariance.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, sqrt

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg import lapack, solve_triangular

from service.vocabulary.factors import Factor

Floats = npt.NDArray[np.float64]
ValuePath = tuple[int, ...]
"""The ids of a value and all its ancestors, the most general first: of a metro area its continent, country and state."""

DesignColumn = tuple[tuple[Factor, ...], ValuePath | None]
"""A column of the design matrix: its factors and its path, None for records where these are missing."""

MIN_RECORDS_PER_COLUMN = 10
"""The number of records from which a value has a column."""

MAX_COLUMNS, RECORDS_PER_COLUMN = 600, 5
"""A design matrix has at most MAX_COLUMNS columns and at most one for each RECORDS_PER_COLUMN records. With fewer records
per column single records decide the estimates, and HC3 standard errors grow: at five records per column by up to a tenth."""

_TOLERANCE = 1e-6
"""A column is dependent if its squared norm, orthogonal to the others, is below this; one record contributes about 1."""

_MAX_CONFOUNDERS = 3
_CHUNK_ROWS = 4096


@dataclass(frozen=True, slots=True)
class ModelTerm:
    """The values of one factor, or of several nested factors such as country, subdivision and metro area.

    `codes` is `int[m]`: code k means `paths[k - 1]`, 0 for missing. Without `rows` entry i of `codes` is the value of
    record i. With `rows`, `int[m]`, it is a value of record `rows[i]`, which may have several. Codes have a small integer
    type, so that a term is cheap to send to another process.
    """

    factors: tuple[Factor, ...]
    paths: tuple[ValuePath, ...]
    codes: npt.NDArray[np.integer]
    rows: npt.NDArray[np.integer] | None = None

    def pool_rare(self, min_records: int) -> dict[ValuePath, ValuePath]:
        """For each path the one whose column it uses: itself or an ancestor; () is the pool of all that remains.

        Bottom-up, values of fewer than `min_records` records are merged into their parents.
        """
        found = np.bincount(self.codes, minlength=len(self.paths) + 1)[1:]
        counts: Counter[ValuePath] = Counter()
        for path, count in zip(self.paths, found.tolist(), strict=True):
            counts[path] += count
        merged: dict[ValuePath, ValuePath] = {}
        for depth in range(max(map(len, self.paths), default=0), 0, -1):
            for path in [path for path, count in counts.items() if len(path) == depth and count < min_records]:
                merged[path] = path[:-1]
                counts[path[:-1]] += counts.pop(path)
        return {path: _follow(merged, path) for path in self.paths}


def _follow(merged: Mapping[ValuePath, ValuePath], path: ValuePath) -> ValuePath:
    while path in merged:
        path = merged[path]
    return path


def pool_rare_values(
    terms: Sequence[ModelTerm], records: int, max_columns: int, min_records: int
) -> tuple[list[dict[ValuePath, ValuePath]], int]:
    """`pool_rare` of each term, with the smallest minimum that gives at most `max_columns` columns; and that minimum.

    The minimum starts at `min_records` and is doubled as often as necessary, up to the number of `records`.
    """
    pooled = [term.pool_rare(min_records) for term in terms]
    while sum(len(set(paths.values())) for paths in pooled) > max_columns and min_records < records:
        min_records *= 2
        pooled = [term.pool_rare(min_records) for term in terms]
    return pooled, min_records


def generalise(terms: Sequence[ModelTerm], records: int, max_columns: int) -> list[ModelTerm]:
    """The terms with rare values replaced by their ancestors, so that they have at most `max_columns` columns together."""
    pooled, _ = pool_rare_values(terms, records, max_columns, MIN_RECORDS_PER_COLUMN)
    return [
        replace(term, paths=tuple(paths[path] for path in term.paths)) for term, paths in zip(terms, pooled, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Block:
    """The columns of a term: an indicator matrix with a row per record and a column per path, None for missing values.

    In a single-valued term each record has one column, and the most frequent one, `reference`, is left out of the design.
    """

    factors: tuple[Factor, ...]
    paths: tuple[ValuePath | None, ...]
    indicators: sparse.csr_array
    reference: int | None

    @property
    def counts(self) -> npt.NDArray[np.int64]:
        """Records of each column."""
        return np.asarray(self.indicators.sum(axis=0)).astype(np.int64)

    @property
    def designed(self) -> list[int]:
        """The columns that are part of the design."""
        return [column for column in range(len(self.paths)) if column != self.reference]

    def records_by_value(self) -> dict[int, int]:
        """How many records have each value or a descendant of it, by id, for values with a column or such a descendant."""
        numbers = sorted({number for path in self.paths for number in path or ()})
        place = {number: column for column, number in enumerate(numbers)}
        pairs = [(row, place[number]) for row, path in enumerate(self.paths) for number in path or ()]
        rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
        ancestors = _indicator_matrix(rows, columns, (len(self.paths), len(numbers)))
        return dict(zip(numbers, np.diff((self.indicators @ ancestors).tocsc().indptr).tolist(), strict=True))


def build_blocks(terms: Sequence[ModelTerm], records: int, min_records: int = MIN_RECORDS_PER_COLUMN) -> list[Block]:
    """The design columns of terms: values of at least `min_records` have one each, rarer ones share their ancestor's.

    The minimum is doubled until the columns are few enough. Terms without any variation have no block.
    """
    max_columns = min(MAX_COLUMNS, records // RECORDS_PER_COLUMN)
    pooled, min_records = pool_rare_values(terms, records, max_columns, min_records)
    blocks = (_block(term, paths, records, min_records) for term, paths in zip(terms, pooled, strict=True))
    return [block for block in blocks if block.designed]


def _block(term: ModelTerm, pooled: Mapping[ValuePath, ValuePath], records: int, min_records: int) -> Block:
    paths: list[ValuePath | None] = [None, *sorted(set(pooled.values()))]
    place = {path: column for column, path in enumerate(paths)}
    table = np.array([0, *(place[pooled[path]] for path in term.paths)])
    columns = table[term.codes]
    rows = np.arange(records) if term.rows is None else term.rows
    indicators = _indicator_matrix(rows, columns, (records, len(paths)))
    if term.rows is None:
        return _single_valued_block(term, paths, indicators, min_records)
    return _multi_valued_block(term, paths, indicators, min_records)


def _indicator_matrix(
    rows: npt.NDArray[np.integer], columns: npt.NDArray[np.integer], shape: tuple[int, int]
) -> sparse.csr_array:
    indicators = sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape)
    indicators.sum_duplicates()
    indicators.data[:] = 1
    return indicators


def _single_valued_block(
    term: ModelTerm, paths: list[ValuePath | None], indicators: sparse.csr_array, min_records: int
) -> Block:
    """If the pool of rare values is too small, it is merged with the missing values."""
    counts = np.asarray(indicators.sum(axis=0))
    if () in paths and counts[paths.index(())] < min_records:
        pool = paths.index(())
        columns = np.where(indicators.indices == pool, 0, indicators.indices)
        indicators = _indicator_matrix(np.arange(indicators.shape[0]), columns, indicators.shape)
        counts = np.asarray(indicators.sum(axis=0))
    used = np.flatnonzero(counts)
    reference = int(np.argmax(counts[used])) if len(used) else None
    return Block(term.factors, tuple(paths[column] for column in used), indicators[:, used], reference)


def _multi_valued_block(
    term: ModelTerm, paths: list[ValuePath | None], indicators: sparse.csr_array, min_records: int
) -> Block:
    """Columns for values that enough records have and enough reporting records lack; the first is for missing values."""
    is_missing = np.diff(indicators.indptr) == 0
    counts, reported = np.asarray(indicators.sum(axis=0)), int((~is_missing).sum())
    used = [column for column in range(1, len(paths)) if min_records <= counts[column] <= reported - min_records]
    columns = indicators[:, used]
    missing = sparse.csr_array(is_missing.astype(float)[:, None])
    if used and is_missing.any():
        return Block(term.factors, (None, *(paths[column] for column in used)), _hstack([missing, columns]), None)
    return Block(term.factors, tuple(paths[column] for column in used), columns, None)


def _hstack(parts: Sequence[sparse.csr_array]) -> sparse.csr_array:
    return sparse.hstack(parts, format="csr")  # type: ignore[no-any-return]


def _design_matrix(blocks: Sequence[Block], records: int) -> sparse.csr_array:
    """A column of ones, and then the designed columns of each block."""
    ones = sparse.csr_array(np.ones((records, 1)))
    return _hstack([ones, *(block.indicators[:, block.designed] for block in blocks)])


def _column_ranges(blocks: Sequence[Block]) -> Iterator[tuple[Block, npt.NDArray[np.int64]]]:
    """Each block with the positions of its designed columns in the design matrix."""
    start = 1
    for block in blocks:
        end = start + len(block.designed)
        yield block, np.arange(start, end)
        start = end


@dataclass(frozen=True, slots=True)
class Contrast:
    """A difference of log pay with its standard error.

    `information` is an effective sample size: 1 / the variance of the difference if residuals had variance 1. Two groups of
    10 records that are equal in everything else have 5.
    """

    difference: float
    standard_error: float
    information: float


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of a term's values on log pay; row i of each array belongs to `paths[i]`, None for missing values.

    Only differences of `coefficients`, `float64[k]`, have a meaning; `covariance` (HC3) and `bread` (the inverse of X'X) are
    `float64[k, k]`, and the columns of `null_space` span the combinations that the records do not determine. `records` is
    the number of records of each value by id; values that are too rare for a column are not in it. `confounders` names the
    columns of other terms that a path is hard to separate from.
    """

    factors: tuple[Factor, ...]
    multi_valued: bool
    paths: tuple[ValuePath | None, ...]
    counts: npt.NDArray[np.int64]
    records: Mapping[int, int]
    coefficients: Floats
    covariance: Floats
    bread: Floats
    null_space: Floats
    confounders: Mapping[int, tuple[DesignColumn, ...]]

    def weights(self, number: int) -> Floats:
        """A value as weights of the paths, `float64[k]`: the mean over its records.

        The effect of a country is thus that of its metro areas and of the rest of it, weighted by their records.
        """
        inside = np.array([path is not None and number in path for path in self.paths])
        return np.where(inside, self.counts / max(self.records.get(number, 0), 1), 0.0)

    def contrast(self, weights: Floats, baseline: Floats) -> Contrast | None:
        """The difference of log pay between two weightings of the paths; None if the records do not determine it."""
        along = weights - baseline
        if np.abs(along @ self.null_space).max(initial=0) > _TOLERANCE:
            return None
        spread, variance = float(along @ self.bread @ along), float(along @ self.covariance @ along)
        return Contrast(float(along @ self.coefficients), sqrt(max(variance, 0)), 1 / spread if spread > 0 else inf)


@dataclass(frozen=True, slots=True)
class Regression:
    """A fit: effects by factor, the number of records, the residual degrees of freedom, the mean of log pay, R squared."""

    effects: Mapping[Factor, Effects]
    records: int
    degrees_of_freedom: int
    mean_log: float
    r_squared: float


def fit_regression(logs: Floats, terms: Sequence[ModelTerm], min_records: int) -> Regression:
    """Ordinary least squares of log pay, `float64[n]`, on terms of the same n records, with HC3 covariances.

    A value has a column from `min_records` records on, or MIN_RECORDS_PER_COLUMN if that is more. Contrasts with less
    information than two groups of `min_records` have (min_records / 2) are listed in `Effects.confounders`.
    """
    blocks = build_blocks(terms, len(logs), max(MIN_RECORDS_PER_COLUMN, min_records))
    design = _design_matrix(blocks, len(logs))
    centred = logs - logs.mean()
    solution = _solve(design, centred)
    residuals = centred - design @ solution.coefficients
    covariance = solution.bread @ _meat(design, solution.bread, residuals) @ solution.bread
    confounders = _confounders(blocks, solution, min_records / 2)
    effects = (_effects(block, columns, solution, covariance, confounders) for block, columns in _column_ranges(blocks))
    return Regression(
        effects={factor: found for found in effects for factor in found.factors},
        records=len(logs),
        degrees_of_freedom=len(logs) - solution.rank,
        mean_log=float(logs.mean()),
        r_squared=max(0.0, 1 - float(residuals @ residuals / (centred @ centred))) if np.ptp(logs) else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Solution:
    """`gram` is X'X, `bread` its inverse for the independent columns and 0 elsewhere, `null_space` what it does not
    cover."""

    gram: Floats
    bread: Floats
    null_space: Floats
    rank: int
    coefficients: Floats


def _solve(design: sparse.csr_array, values: Floats) -> _Solution:
    """By pivoted Cholesky decomposition (LAPACK's dpstrf), with one step of iterative refinement."""
    gram = (design.T @ design).toarray()
    size = len(gram)
    factor, pivots, rank, _ = lapack.dpstrf(gram, tol=_TOLERANCE, lower=1)
    independent, dependent = pivots[:rank] - 1, pivots[rank:] - 1
    lower = np.tril(factor[:rank, :rank])
    inverse = solve_triangular(lower, np.eye(rank), lower=True)
    bread = np.zeros((size, size))
    bread[np.ix_(independent, independent)] = inverse.T @ inverse
    null_space = np.zeros((size, size - rank))
    null_space[dependent] = np.eye(size - rank)
    null_space[independent] = -inverse.T @ factor[rank:, :rank].T
    coefficients = bread @ (design.T @ values)
    coefficients += bread @ (design.T @ (values - design @ coefficients))
    return _Solution(gram, bread, null_space, int(rank), coefficients)


def _meat(design: sparse.csr_array, bread: Floats, residuals: Floats) -> Floats:
    """X' diag(u^2) X with leave-one-out residuals u."""
    slack = 1 - _leverages(design, bread)
    left_out = np.where(slack > _TOLERANCE, residuals / np.maximum(slack, _TOLERANCE), 0)
    weighted = design.copy()
    weighted.data *= np.repeat(left_out, np.diff(design.indptr))
    return (weighted.T @ weighted).toarray()  # type: ignore[no-any-return]


def _leverages(design: sparse.csr_array, bread: Floats) -> Floats:
    """The diagonal of the hat matrix, in chunks of rows, since the whole product would not fit in memory."""
    chunks = (design[start : start + _CHUNK_ROWS] for start in range(0, design.shape[0], _CHUNK_ROWS))
    return np.concatenate([np.asarray(chunk.multiply(chunk @ bread).sum(axis=1)) for chunk in chunks])


def _effects(
    block: Block,
    columns: npt.NDArray[np.int64],
    solution: _Solution,
    covariance: Floats,
    confounders: Mapping[int, tuple[DesignColumn, ...]],
) -> Effects:
    """The reference has no column; its effect is 0."""
    designed, size = block.designed, len(block.paths)
    coefficients, null_space = np.zeros(size), np.zeros((size, solution.null_space.shape[1]))
    coefficients[designed], null_space[designed] = solution.coefficients[columns], solution.null_space[columns]
    rows = zip(designed, columns.tolist(), strict=True)
    return Effects(
        factors=block.factors,
        multi_valued=block.reference is None,
        paths=block.paths,
        counts=block.counts,
        records=block.records_by_value(),
        coefficients=coefficients,
        covariance=_submatrix(covariance, columns, designed, size),
        bread=_submatrix(solution.bread, columns, designed, size),
        null_space=null_space[:, np.abs(null_space).max(axis=0, initial=0) > _TOLERANCE],
        confounders={row: confounders[column] for row, column in rows if column in confounders},
    )


def _submatrix(square: Floats, columns: npt.NDArray[np.int64], designed: list[int], size: int) -> Floats:
    found = np.zeros((size, size))
    found[np.ix_(designed, designed)] = square[np.ix_(columns, columns)]
    return found


def _confounders(
    blocks: Sequence[Block], solution: _Solution, min_information: float
) -> dict[int, tuple[DesignColumn, ...]]:
    """For each column that depends on others, or nearly so, up to three of those, the strongest first.

    A ridge on the diagonal makes the solution for a column point along the combination that leaves the fit unchanged.
    """
    named: list[tuple[int, DesignColumn]] = [(0, ((), None))]
    for number, block in enumerate(blocks, 1):
        named += [(number, (block.factors, block.paths[column])) for column in block.designed]
    dependent = np.abs(solution.null_space).max(axis=1, initial=0) > _TOLERANCE
    variances = np.diag(solution.bread)
    weak = np.flatnonzero(dependent | (variances * min_information > 1))
    if not len(weak):
        return {}
    ridge = solution.gram + 1e-4 * np.eye(len(variances))
    directions = np.abs(np.linalg.solve(ridge, np.eye(len(variances))[:, weak]))
    single = {number for number, block in enumerate(blocks, 1) if block.reference is not None}
    found = {}
    for column, moves in zip(weak.tolist(), directions.T, strict=True):
        own = named[column][0]
        others = [k for k, (term, _) in enumerate(named) if k and k != column and not (term == own and term in single)]
        largest = max((moves[k] for k in others), default=0)
        ranked = sorted((k for k in others if moves[k] > largest / 2), key=lambda k: -moves[k])
        found[column] = tuple(named[k][1] for k in ranked[:_MAX_CONFOUNDERS])
    return found
