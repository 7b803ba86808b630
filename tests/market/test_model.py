"""The pay model: what records tell as terms, and whether its intervals hold the effects that the sample was made with."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import t as student
from support.sample_tables import numbered

from seed.sample import sample_batches
from seed.sample.model import EFFECTS
from service.index.build import sort_columns
from service.index.columns import CodedColumn
from service.market.premium import logs_and_terms
from service.market.observations import Observations
from service.stats.regression import Path, Term
from service.stats.regression import Effects, Regression, fit_regression
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
SAMPLES, RECORDS = 12, 4_000


@pytest.fixture(scope="module")
def reference() -> Reference:
    return numbered(1)


def sampled(reference: Reference, count: int, seed: int, measure: Measure = Measure.BASE_SALARY) -> Observations:
    """A made-up sample without a database; an amount that is not told is 0."""
    columns = sort_columns(sample_batches(reference, count, seed), reference.taxonomy)
    amounts, told = columns.amounts[measure]
    months = columns.months.decode()
    return Observations(np.where(told, amounts, 0).astype(float), months, columns.one, columns.many, count)


def terms_by_factor(reference: Reference, found: Observations) -> dict[Factor, Term]:
    return {term.factors[-1]: term for term in logs_and_terms(found, reference.taxonomy)[1]}


def test_places_periods_and_sources_are_one_term_each(reference: Reference) -> None:
    _, terms = logs_and_terms(sampled(reference, 500, 1), reference.taxonomy)
    together = {term.factors for term in terms if len(term.factors) > 1}
    assert together == {
        (Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO),
        (Factor.YEAR, Factor.QUARTER),
        (Factor.SOURCE_KIND, Factor.SOURCE),
    }
    assert {factor for term in terms for factor in term.factors} == set(Factor)


def test_paths_tell_what_columns_tell(reference: Reference) -> None:
    """A metro area's path has its country and that one's continent, whatever else the reference data say."""
    found, taxonomy = sampled(reference, 800, 2), reference.taxonomy
    term = terms_by_factor(reference, found)[Factor.METRO]
    told = [found.one[factor].decode() for factor in term.factors]
    for row in range(800):
        path = term.paths[term.codes[row] - 1] if term.codes[row] else ()
        country = int(told[0][row])
        continent = [taxonomy[country].parent] if country else []
        assert list(path) == [*continent, *(int(column[row]) for column in told if column[row])]


def test_what_an_employer_is_follows_from_its_other_records(reference: Reference) -> None:
    """Employer 1 is told to be small, employer 2 both small and large; the last record tells no employer."""
    found, taxonomy = sampled(reference, 7, 3), reference.taxonomy
    employers = tuple(value.id for value in taxonomy.values(Factor.EMPLOYER)[:2])
    small, large = (taxonomy.find(Factor.EMPLOYER_SIZE, code).id for code in ("small", "large"))
    one = {
        **found.one,
        Factor.EMPLOYER: CodedColumn(employers, np.array([1, 1, 1, 2, 2, 2, 0])),
        Factor.EMPLOYER_SIZE: CodedColumn((small, large), np.array([1, 0, 1, 1, 2, 0, 0])),
    }
    term = terms_by_factor(reference, replace(found, one=one))[Factor.EMPLOYER_SIZE]
    told = [term.paths[code - 1][-1] if code else 0 for code in term.codes.tolist()]
    assert told == [small, small, small, small, large, 0, 0]


def test_pay_of_zero_is_left_out_of_every_term(reference: Reference) -> None:
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


def test_factors_can_be_left_out(reference: Reference) -> None:
    without = {Factor.METRO, Factor.SKILL, Factor.LEVEL}
    _, terms = logs_and_terms(sampled(reference, 300, 5), reference.taxonomy, without)
    assert {factor for term in terms for factor in term.factors} == set(Factor) - without


def true_effect(reference: Reference, path: Path) -> float:
    """Of a record: places add up, and of one factor the narrowest value counts."""
    narrowest = {reference.taxonomy[number].factor: reference.taxonomy[number].code for number in path}
    return sum(EFFECTS.get(factor, {}).get(code, 0.0) for factor, code in narrowest.items())


def truths(reference: Reference, term: Term, effects: Effects) -> Floats:
    """For each path the mean true effect of the records that count to it; nan where a path is of several mixed values."""
    counts = np.bincount(term.codes, minlength=len(term.paths) + 1)[1:]
    inside = defaultdict(list)
    for path, count in zip(term.paths, counts.tolist(), strict=True):
        ends = [end for end in effects.paths if end is not None and path[: len(end)] == end]
        if ends:
            inside[max(ends, key=len)].append((true_effect(reference, path), count))
    if effects.multi_valued:  # a record may carry several rare values, which no single effect is true of
        inside = defaultdict(list, {path: found for path, found in inside.items() if len(found) == 1})
    means = {
        path: sum(effect * count for effect, count in found) / sum(count for _, count in found)
        for path, found in inside.items()
    }
    return np.array([np.nan if path is None else means.get(path, np.nan) for path in effects.paths])


def held(reference: Reference, found: Regression, terms: dict[Factor, Term]) -> Iterator[tuple[Factor, bool]]:
    """Whether each value's interval holds its true effect, against the commonest value of its factor."""
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
                yield factor, abs(contrast.difference - along) <= student.ppf(0.975, found.degrees_of_freedom) * contrast.standard_error


@pytest.mark.slow
def test_intervals_hold_the_effects_that_the_sample_was_made_with(reference: Reference) -> None:
    """In 93 to 97% of all values; of single factors, whose values share a baseline and samples, in 85% and more."""
    outcomes = defaultdict(list)
    for seed in range(SAMPLES):
        found = sampled(reference, RECORDS, 100 + seed)
        logs, terms = logs_and_terms(found, reference.taxonomy)
        for factor, inside in held(reference, fit_regression(logs, terms, 5), {term.factors[-1]: term for term in terms}):
            outcomes[factor].append(inside)
    assert set(outcomes) == set(Factor) - {Factor.SOURCE, Factor.SOURCE_KIND}
    every = [inside for found in outcomes.values() for inside in found]
    assert len(every) > 5_000
    assert 0.93 <= np.mean(every) <= 0.97
    assert not {factor: np.mean(found) for factor, found in outcomes.items() if np.mean(found) < 0.85}
