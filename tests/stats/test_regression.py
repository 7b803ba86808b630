"""The regression against statsmodels with a dense design, and by hand."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from service.stats.regression import (
    MAX_COLUMNS,
    MIN_RECORDS_PER_COLUMN,
    Effects,
    ModelTerm,
    Regression,
    ValuePath,
    build_blocks,
    fit_regression,
)
from service.vocabulary.factors import Factor

Floats = npt.NDArray[np.float64]
MINIMUM = 5


def single(codes: Sequence[int], paths: Sequence[ValuePath] | None = None, *factors: Factor) -> ModelTerm:
    """By default value k has the id k."""
    found = tuple(paths or ((k,) for k in range(1, max(codes) + 1)))
    return ModelTerm(factors or (Factor.LEVEL,), found, np.array(codes))


def multiple(values: Sequence[Sequence[int]], factor: Factor = Factor.SKILL) -> ModelTerm:
    """The values of each record; value k has the id 100 + k."""
    items = [(row, code) for row, codes in enumerate(values) for code in codes]
    highest = max(code for _, code in items)
    rows, codes = np.array(items).T
    return ModelTerm((factor,), tuple((100 + k,) for k in range(1, highest + 1)), codes, rows)


def premium(found: Regression, factor: Factor, of: int, against: int | None = None) -> tuple[float, float] | None:
    """The difference of log pay and its standard error."""
    effects = found.effects[factor]
    other = np.zeros(len(effects.paths)) if against is None else effects.weights(against)
    contrast = effects.contrast(effects.weights(of), other)
    return contrast and (contrast.difference, contrast.standard_error)


def random_terms(rng: np.random.Generator, count: int) -> list[ModelTerm]:
    """A nested term, two single-valued ones with missing values, and a multi-valued one."""
    cells = ((1,), (1, 2), (1, 3), (4,), (4, 5))
    carried = [rng.choice(5, rng.integers(0, 4), replace=False) + 1 for _ in range(count)]
    return [
        single(rng.integers(1, 6, count), cells, Factor.COUNTRY, Factor.METRO),
        single(rng.integers(0, 5, count), None, Factor.LEVEL),
        single(np.where(rng.random(count) < 0.3, 0, rng.choice(4, count, p=[0.6, 0.2, 0.15, 0.05]) + 1), None, Factor.ROLE),
        multiple(carried),
    ]


def test_coefficients_and_covariances_equal_statsmodels() -> None:
    rng = np.random.default_rng(3)
    terms, count = random_terms(rng, 900), 900
    place, level, role, skill = terms
    logs = rng.normal(11, 0.3, count) * (1 + (level.codes == 2)) + 0.1 * (place.codes == 3)
    carried = np.zeros((count, 6))
    assert skill.rows is not None
    carried[skill.rows, skill.codes] = 1
    carried[:, 0] = carried.sum(axis=1) == 0
    columns = {
        "one": np.ones(count),
        **{("place", k): place.codes == k for k in range(2, 6)},
        **{("level", k): level.codes == k for k in range(1, 5)},
        **{("role", k): role.codes == k for k in (0, 2, 3, 4)},
        **{("skill", k): carried[:, k] for k in range(6)},
    }
    table = np.array([np.asarray(column, float) for column in columns.values()]).T
    oracle = sm.OLS(logs, table).fit()
    robust = oracle.get_robustcov_results("HC3")
    place_of = list(columns).index
    found = fit_regression(logs, terms, MINIMUM)
    assert (found.records, found.degrees_of_freedom) == (count, oracle.df_resid)
    assert found.r_squared == pytest.approx(oracle.rsquared, abs=1e-12)

    def expected(of: Sequence[tuple[str, int]], against: Sequence[tuple[str, int]]) -> tuple[float, float]:
        along = np.zeros(len(columns))
        for name in of:
            along[place_of(name)] += 1
        for name in against:
            along[place_of(name)] -= 1
        return float(along @ robust.params), float(np.sqrt(along @ robust.cov_params() @ along))

    for k in (3, 4):
        assert premium(found, Factor.LEVEL, k, 2) == pytest.approx(expected([("level", k)], [("level", 2)]), abs=1e-8)
    for k in (2, 3, 4):
        assert premium(found, Factor.ROLE, k, 1) == pytest.approx(expected([("role", k)], []), abs=1e-8)
    for k in range(1, 6):
        assert premium(found, Factor.SKILL, 100 + k) == pytest.approx(expected([("skill", k)], []), abs=1e-8)
    assert premium(found, Factor.METRO, 5, 3) == pytest.approx(expected([("place", 5)], [("place", 3)]), abs=1e-8)
    # of a value with descendants: their mean by records, together with the rest of the value
    counts = np.bincount(place.codes)
    weights = {("place", k): counts[k] / counts[[1, 2, 3]].sum() for k in (2, 3)} | {
        ("place", k): -counts[k] / counts[[4, 5]].sum() for k in (4, 5)
    }
    along = np.array([weights.get(name, 0.0) for name in columns])  # type: ignore[call-overload]
    wide = float(along @ robust.params), float(np.sqrt(along @ robust.cov_params() @ along))
    assert premium(found, Factor.COUNTRY, 1, 4) == pytest.approx(wide, abs=1e-8)


def test_two_groups_by_hand() -> None:
    """With one factor, HC3 is the sum of the squared residuals over (n - 1)^2 in each group."""
    logs = np.concatenate([np.linspace(0, 1, 30), np.linspace(2, 5, 20)])
    found = fit_regression(logs, [single([1] * 30 + [2] * 20)], MINIMUM)
    error = sum(((part - part.mean()) ** 2).sum() / (len(part) - 1) ** 2 for part in (logs[:30], logs[30:]))
    assert premium(found, Factor.LEVEL, 2, 1) == pytest.approx((3.0, float(np.sqrt(error))))
    effects = found.effects[Factor.LEVEL]
    contrast = effects.contrast(effects.weights(2), effects.weights(1))
    assert contrast is not None
    assert contrast.information == pytest.approx(1 / (1 / 30 + 1 / 20))


def test_rare_values_are_pooled() -> None:
    """In place 1 all but 30 records are pooled as the place itself; place 4 is too rare, with its descendants too."""
    codes = [1] * 5 + [2] * 9 + [3] * 30 + [4] * 4 + [5] * 3 + [6] * 40 + [0] * 15
    paths = [(1,), (1, 2), (1, 3), (4,), (4, 5), (6,)]
    [block] = build_blocks([single(codes, paths, Factor.COUNTRY, Factor.METRO)], len(codes))
    assert dict(zip(block.paths, block.counts.tolist(), strict=True)) == {None: 22, (1,): 14, (1, 3): 30, (6,): 40}
    assert block.records_by_value() == {1: 44, 3: 30, 6: 40}
    assert block.reference == block.paths.index((6,))


def test_values_of_nearly_all_or_few_records_have_no_column() -> None:
    """All but 9 of the reporting records have 102, 9 have 103, half of them have 101."""
    carried = [[1, 2]] * 40 + [[2]] * 31 + [[1]] * 9 + [[2, 3]] * 9 + [[]] * 20
    [block] = build_blocks([multiple(carried)], len(carried))
    assert block.paths == (None, (101,))
    assert block.counts.tolist() == [20, 49]


def test_number_of_columns_is_limited() -> None:
    rng = np.random.default_rng(1)
    terms = [single(rng.integers(1, 100, 5_000), None, factor) for factor in Factor]
    for count in (100, 1_000, 5_000):
        part = [ModelTerm(term.factors, term.paths, term.codes[:count]) for term in terms]
        assert sum(len(block.paths) for block in build_blocks(part, count)) <= min(MAX_COLUMNS, count / 5)


@pytest.mark.parametrize("same", [True, False])
def test_collinear_values_are_confounded(same: bool) -> None:
    """The values 3 of both factors occur in the same records, or in all but one; the other values can be separated."""
    rng = np.random.default_rng(2)
    level, role = rng.integers(1, 3, 400), rng.integers(1, 3, 400)
    level[:50] = role[:50] = 3
    if not same:
        role[0] = 1
    found = fit_regression(rng.normal(size=400), [single(level), single(role, [(11,), (12,), (13,)], Factor.ROLE)], MINIMUM)
    effects = found.effects[Factor.LEVEL]
    assert premium(found, Factor.LEVEL, 2, 1) is not None
    contrast = effects.contrast(effects.weights(3), effects.weights(1))
    assert (contrast is None) is same
    assert contrast is None or contrast.information < 1.01
    assert effects.confounders[effects.paths.index((3,))] == (((Factor.ROLE,), (13,)),)


def test_values_are_comparable_within_a_source() -> None:
    """Levels 1 and 2 occur in one source, 3 and 4 in another: they are comparable within a source, not between them."""
    rng = np.random.default_rng(4)
    source = rng.integers(1, 3, 400)
    level = 2 * source - rng.integers(0, 2, 400)
    found = fit_regression(rng.normal(size=400), [single(level), single(source, [(11,), (12,)], Factor.SOURCE)], MINIMUM)
    comparable = {
        (of, against): premium(found, Factor.LEVEL, of, against) is not None for of, against in ((1, 2), (3, 4), (1, 3))
    }
    assert comparable == {(1, 2): True, (3, 4): True, (1, 3): False}
    assert premium(found, Factor.SOURCE, 11, 12) is None


def test_records_that_fit_exactly_add_no_error() -> None:
    """A single record with a missing level fits exactly; the rest are two groups of 30."""
    logs = np.concatenate([[9.0], np.linspace(0, 1, 30), np.linspace(2, 5, 30)])
    with_record = fit_regression(logs, [single([0] + [1] * 30 + [2] * 30)], MINIMUM)
    without_record = fit_regression(logs[1:], [single([1] * 30 + [2] * 30)], MINIMUM)
    assert premium(with_record, Factor.LEVEL, 2, 1) == pytest.approx(premium(without_record, Factor.LEVEL, 2, 1))


def test_constant_pay_and_constant_factors() -> None:
    found = fit_regression(np.full(60, 11.5), [single([1] * 30 + [2] * 30)], MINIMUM)
    assert (found.r_squared, premium(found, Factor.LEVEL, 2, 1)) == (0, pytest.approx((0, 0)))
    constant = fit_regression(np.linspace(10, 12, 60), [single([1] * 60), multiple([[1]] * 60)], MINIMUM)
    assert (constant.effects, constant.degrees_of_freedom, constant.r_squared) == ({}, 59, 0)


def weighting(effects: Effects) -> list[Floats]:
    return [effects.weights(number) for number in sorted(effects.records)]


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), count=st.integers(60, 300), factor=st.floats(0.01, 100))
def test_properties_of_contrasts(seed: int, count: int, factor: float) -> None:
    """Contrasts are additive and antisymmetric, and do not depend on the unit of pay or the order of records."""
    rng = np.random.default_rng(seed)
    terms, logs = random_terms(rng, count)[:3], rng.normal(11, 0.3, count)
    order = rng.permutation(count)
    shuffled = [ModelTerm(term.factors, term.paths, term.codes[order]) for term in terms]
    found, scaled = fit_regression(logs, terms, MINIMUM), fit_regression(logs[order] + np.log(factor), shuffled, MINIMUM)
    assert 0 <= found.r_squared <= 1
    assert found.effects.keys() == scaled.effects.keys()
    for name, effects in found.effects.items():
        assert min(effects.records.values(), default=MIN_RECORDS_PER_COLUMN) >= MIN_RECORDS_PER_COLUMN
        weights = weighting(effects)
        for of, against, third in zip(weights, weights[1:], weights[2:], strict=False):
            there, back = effects.contrast(of, against), effects.contrast(against, of)
            on, whole = effects.contrast(against, third), effects.contrast(of, third)
            again = scaled.effects[name].contrast(of, against)
            assert (there is None) == (back is None) == (again is None)
            if there and back and again:
                assert there.difference == pytest.approx(-back.difference, abs=1e-9)
                assert (there.standard_error, there.information) == pytest.approx((back.standard_error, back.information))
                assert (again.difference, again.standard_error) == pytest.approx(
                    (there.difference, there.standard_error), abs=1e-8
                )
            if there and on and whole:
                assert there.difference + on.difference == pytest.approx(whole.difference, abs=1e-9)
