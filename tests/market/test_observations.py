"""Records as regression terms, and the coverage of the effects that the sample was generated with."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import t as student
from support.sample_tables import numbered_reference

from seed.sample import sample_batches
from seed.sample.model import EFFECTS
from service.index.build import sort_columns
from service.index.columns import CodedColumn
from service.market.observations import Observations, logs_and_terms
from service.stats.regression import Effects, ModelTerm, Regression, ValuePath, fit_regression
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
SAMPLES, RECORDS = 12, 4_000


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered_reference(1)


def sampled(reference: Reference, count: int, seed: int, measure: Measure = Measure.BASE_SALARY) -> Observations:
    """A generated sample without a database; missing amounts are 0."""
    columns = sort_columns(sample_batches(reference, count, seed), reference.taxonomy)
    amounts, reported = columns.amounts[measure]
    months = columns.months.decode()
    return Observations(np.where(reported, amounts, 0).astype(float), months, columns.one, columns.many, count)


def terms_by_factor(reference: Reference, found: Observations) -> dict[Factor, ModelTerm]:
    return {term.factors[-1]: term for term in logs_and_terms(found, reference.taxonomy)[1]}


def test_nested_factors_form_one_term(reference: Reference) -> None:
    _, terms = logs_and_terms(sampled(reference, 500, 1), reference.taxonomy)
    nested = {term.factors for term in terms if len(term.factors) > 1}
    assert nested == {
        (Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO),
        (Factor.YEAR, Factor.QUARTER),
        (Factor.SOURCE_KIND, Factor.SOURCE),
    }
    assert {factor for term in terms for factor in term.factors} == set(Factor)


def test_paths_agree_with_columns(reference: Reference) -> None:
    """The path of a metro area contains its country and continent."""
    found, taxonomy = sampled(reference, 800, 2), reference.taxonomy
    term = terms_by_factor(reference, found)[Factor.METRO]
    columns = [found.one[factor].decode() for factor in term.factors]
    for row in range(800):
        path = term.paths[term.codes[row] - 1] if term.codes[row] else ()
        country = int(columns[0][row])
        continent = [taxonomy[country].parent] if country else []
        assert list(path) == [*continent, *(int(column[row]) for column in columns if column[row])]


def test_employer_attributes_are_imputed_from_agreeing_records(reference: Reference) -> None:
    """Employer 1 is reported as small, employer 2 as small and as large; the last record has no employer."""
    found, taxonomy = sampled(reference, 7, 3), reference.taxonomy
    employers = tuple(value.id for value in taxonomy.values(Factor.EMPLOYER)[:2])
    small, large = (taxonomy.find(Factor.EMPLOYER_SIZE, code).id for code in ("small", "large"))
    one = {
        **found.one,
        Factor.EMPLOYER: CodedColumn(employers, np.array([1, 1, 1, 2, 2, 2, 0])),
        Factor.EMPLOYER_SIZE: CodedColumn((small, large), np.array([1, 0, 1, 1, 2, 0, 0])),
    }
    term = terms_by_factor(reference, replace(found, one=one))[Factor.EMPLOYER_SIZE]
    sizes = [term.paths[code - 1][-1] if code else 0 for code in term.codes.tolist()]
    assert sizes == [small, small, small, small, large, 0, 0]


def test_records_with_zero_are_excluded_from_every_term(reference: Reference) -> None:
    found = sampled(reference, 2_000, 4, Measure.BONUS)
    paid = found.amounts > 0
    logs, terms = logs_and_terms(found, reference.taxonomy)
    assert 0 < len(logs) == paid.sum() < 2_000
    assert np.array_equal(np.exp(logs).round(), found.amounts[paid])
    for term in terms:
        if term.rows is None:
            assert len(term.codes) == len(logs)
    term, listed = next(term for term in terms if term.factors == (Factor.SKILL,)), found.many[Factor.SKILL]
    assert term.rows is not None
    expected = np.bincount(listed.rows, minlength=2_000)[paid]
    assert np.array_equal(np.bincount(term.rows, minlength=len(logs)), expected)


def test_factors_can_be_excluded(reference: Reference) -> None:
    excluded = {Factor.METRO, Factor.SKILL, Factor.LEVEL}
    _, terms = logs_and_terms(sampled(reference, 300, 5), reference.taxonomy, excluded)
    assert {factor for term in terms for factor in term.factors} == set(Factor) - excluded


def true_effect(reference: Reference, path: ValuePath) -> float:
    """Of a record: effects of nested places add up; in one factor the most specific value has the effect."""
    narrowest = {reference.taxonomy[number].factor: reference.taxonomy[number].code for number in path}
    return sum(EFFECTS.get(factor, {}).get(code, 0.0) for factor, code in narrowest.items())


def truths(reference: Reference, term: ModelTerm, effects: Effects) -> Floats:
    """The mean true effect of each path's records; nan for paths that mix several values."""
    counts = np.bincount(term.codes, minlength=len(term.paths) + 1)[1:]
    inside = defaultdict(list)
    for path, count in zip(term.paths, counts.tolist(), strict=True):
        ends = [end for end in effects.paths if end is not None and path[: len(end)] == end]
        if ends:
            inside[max(ends, key=len)].append((true_effect(reference, path), count))
    if effects.multi_valued:  # a record may have several rare values, so that there is no single true effect
        inside = defaultdict(list, {path: found for path, found in inside.items() if len(found) == 1})
    means = {
        path: sum(effect * count for effect, count in found) / sum(count for _, count in found)
        for path, found in inside.items()
    }
    return np.array([np.nan if path is None else means.get(path, np.nan) for path in effects.paths])


def covered(reference: Reference, found: Regression, terms: dict[Factor, ModelTerm]) -> Iterator[tuple[Factor, bool]]:
    """Whether each value's interval contains its true effect relative to the most frequent value of its factor."""
    for factor, effects in found.effects.items():
        truth = truths(reference, terms[effects.factors[-1]], effects)
        numbers = [number for number in effects.records if reference.taxonomy[number].factor is factor]
        common = max(numbers, key=lambda number: effects.records[number], default=0)
        against = np.zeros(len(effects.paths)) if effects.multi_valued else effects.weights(common)
        for number in numbers:
            of = effects.weights(number)
            contrast = effects.contrast(of, against)
            along = (of - against) @ np.where(of - against, truth, 0)
            if contrast and contrast.information >= 2.5 and np.isfinite(along) and not np.array_equal(of, against):
                yield (
                    factor,
                    abs(contrast.difference - along)
                    <= student.ppf(0.975, found.degrees_of_freedom) * contrast.standard_error,
                )


@pytest.mark.slow
def test_coverage_of_the_effects_of_the_sample(reference: Reference) -> None:
    """93 to 97% of all values; at least 85% of the values of each factor, which share a baseline and samples."""
    outcomes = defaultdict(list)
    for seed in range(SAMPLES):
        found = sampled(reference, RECORDS, 100 + seed)
        logs, terms = logs_and_terms(found, reference.taxonomy)
        for factor, inside in covered(reference, fit_regression(logs, terms, 5), {term.factors[-1]: term for term in terms}):
            outcomes[factor].append(inside)
    assert set(outcomes) == set(Factor) - {Factor.SOURCE, Factor.SOURCE_KIND}
    every = [inside for found in outcomes.values() for inside in found]
    assert len(every) > 5_000
    assert 0.93 <= np.mean(every) <= 0.97
    assert not {factor: np.mean(found) for factor, found in outcomes.items() if np.mean(found) < 0.85}
