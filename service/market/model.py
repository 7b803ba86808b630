"""The pay model of a cohort: log pay on all that its records tell, fitted once for every question that rests on it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from service.errors import InputError
from service.index.coded import Coded
from service.market.cohort import Cohort
from service.market.model_pool import Workshop
from service.market.observations import Observations, observations
from service.stats.design import Path, Term
from service.stats.regression import Floats, Regression, fit
from service.vocabulary.factors import FACTORS, MULTIPLE, SOURCE_KINDS, WIDER, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.taxonomy import Taxonomy

MOST_RECORDS, LEAST_RECORDS = 20_000, 50
"""A fit to 20,000 records takes half a second; of more, so many at random are taken. More would only make intervals narrower
than what they leave out: who does not tell a factor is not held equal in it. Of the made-up sample, where 1 to 12% do not
tell each, intervals of 95% hold 95.8% of the true effects at 4,000 records, 94.0% at 20,000 and 91.4% at 50,000."""

SINGLE_TERMS = tuple(
    (*reversed(WIDER.get(factor, ())), factor)
    for factor in FACTORS
    if factor not in MULTIPLE and not any(factor in wider for wider in WIDER.values())
)
"""Single-valued factors, those together whose values lie in each other: the widest first."""

_OF_EMPLOYER = (Factor.INDUSTRY, Factor.EMPLOYER_SIZE, Factor.EMPLOYER_TYPE)


@dataclass(frozen=True, slots=True)
class PayModel:
    """`regression` is None where the records are too few. `records` carry the measure above zero, `zeros` tell zero.

    `kinds` are the codes of the kinds of source of all that carry the measure.
    """

    measure: Measure
    regression: Regression | None
    records: int
    zeros: int
    kinds: tuple[str, ...]

    @property
    def method(self) -> str:
        """One paragraph on what was fitted to what."""
        label = MEASURES[self.measure].label
        if not self.regression:
            return f"Least squares of the logarithm of {label} on all factors at once."
        some = f"{self.regression.records:,} at random of " if self.regression.records < self.records else ""
        factors = ", ".join(FACTORS[factor].label for factor in self.regression.effects)
        zeros = f" Another {self.zeros:,} tell a {label} of 0 and are left out." if self.zeros else ""
        return (
            f"Least squares of the logarithm of {label} on all factors that these records tell apart, at once ({factors}), "
            f"with robust standard errors (HC3), on {some}{self.records:,} records from these kinds of source: "
            f"{', '.join(self.kinds)}. Records that do not tell a factor are a group of their own in it, and so are those "
            f"with rare values.{zeros}"
        )


async def pay_model(cohort: Cohort, measure: Measure, workshop: Workshop, without: Collection[Factor] = ()) -> PayModel:
    """Fit the cohort's pay to all factors but some; prepares the measure. Raises InputError for measures other than pay."""
    check_pay(measure)
    await cohort.prepare(measure)
    ranked = cohort.ranked(measure)
    zeros = ranked.at_most(0)
    records, kinds = len(ranked) - zeros, _kinds(cohort, measure)
    if records < max(LEAST_RECORDS, cohort.rules.minimum):
        return PayModel(measure, None, records, zeros, kinds)
    left_out = frozenset(without)
    key = ("pay model", left_out, *cohort.identity(measure))
    regression = await workshop.fit(key, fit, lambda: (*_told(cohort, measure, left_out), cohort.rules.minimum))
    return PayModel(measure, regression, records, zeros, kinds)


def check_pay(measure: Measure) -> None:
    """Raise InputError for a measure that is not pay."""
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR:
        pay = ", ".join(one.name for one, spec in MEASURES.items() if spec.unit is Unit.MONEY_PER_YEAR)
        raise InputError(f"Effects are percents of pay, and {measure.name} is none; ask for one of {pay}.")


def _kinds(cohort: Cohort, measure: Measure) -> tuple[str, ...]:
    taxonomy = cohort.index.reference.taxonomy
    numbers = [taxonomy.find(Factor.SOURCE_KIND, code).id for code in SOURCE_KINDS]
    return tuple(taxonomy[number].code for number in cohort.order(measure).counts(cohort.ranked(measure).members, numbers))


def _told(cohort: Cohort, measure: Measure, without: Collection[Factor]) -> tuple[Floats, list[Term]]:
    found = observations(cohort, measure, MOST_RECORDS)
    return logs_and_terms(found, cohort.index.reference.taxonomy, without)


def logs_and_terms(found: Observations, taxonomy: Taxonomy, without: Collection[Factor] = ()) -> tuple[Floats, list[Term]]:
    """The logarithms of the amounts above zero, and what their records tell of each factor that is not left out."""
    paid = found.amounts > 0
    return np.log(found.amounts[paid]), [_where(term, paid) for term in _terms(found, taxonomy, without)]


def _terms(found: Observations, taxonomy: Taxonomy, without: Collection[Factor]) -> Iterator[Term]:
    one = {**found.one, **{factor: _as_employed(found.one, factor) for factor in _OF_EMPLOYER}}
    for together in SINGLE_TERMS:
        factors = tuple(factor for factor in together if factor not in without)
        if factors:
            yield _single(factors, [one[factor] for factor in factors], taxonomy)
    for factor, listed in found.many.items():
        if factor not in without:
            paths = tuple(_path(taxonomy, number) for number in listed.items.numbers)
            yield Term((factor,), paths, listed.items.codes, listed.rows.astype(np.int32))


def _as_employed(one: Mapping[Factor, Coded[int]], factor: Factor) -> Coded[int]:
    """What is not told of an employer is as its other records tell it, where these all tell the same.

    Without this, records of one employer that differ in nothing but whether they tell its size would say that size adds
    nothing.
    """
    employer, told = one[Factor.EMPLOYER], one[factor]
    known = (employer.codes > 0) & (told.codes > 0)
    least, most = np.full(len(employer.numbers) + 1, len(told.numbers) + 1), np.zeros(len(employer.numbers) + 1, np.int64)
    np.minimum.at(least, employer.codes[known], told.codes[known])
    np.maximum.at(most, employer.codes[known], told.codes[known])
    same = np.where(least == most, most, 0)
    return replace(told, codes=np.where(told.codes > 0, told.codes, same[employer.codes]).astype(told.codes.dtype))


def _single(factors: tuple[Factor, ...], told: list[Coded[int]], taxonomy: Taxonomy) -> Term:
    """Each combination of values that occurs is a path; the one of nothing is told by code 0."""
    cells = told[0].codes.astype(np.int64)
    for coded in told[1:]:
        cells = cells * (len(coded.numbers) + 1) + coded.codes
    found, first, codes = np.unique(cells, return_index=True, return_inverse=True)
    silent = len(found) > 0 and found[0] == 0
    numbers = [(0, *coded.numbers) for coded in told]
    cases = ([known[coded.codes[row]] for known, coded in zip(numbers, told, strict=True)] for row in first[int(silent) :])
    paths = [_joined(taxonomy, case) for case in cases]
    return Term(factors, tuple(paths), (codes + (not silent)).astype(np.min_scalar_type(len(paths) + 1)))


def _joined(taxonomy: Taxonomy, numbers: list[int]) -> Path:
    """The paths of some numbers one behind the other; 0 is for what is not told."""
    return tuple(part for number in numbers if number for part in _path(taxonomy, number))


def _path(taxonomy: Taxonomy, number: int) -> Path:
    """A value and all that it lies in of the same factor, the widest first."""
    value = taxonomy[number]
    parent = taxonomy.parent(value)
    return (*_path(taxonomy, parent.id), number) if parent and parent.factor is value.factor else (number,)


def _where(term: Term, kept: npt.NDArray[np.bool_]) -> Term:
    """The term of some records alone, which count anew."""
    if kept.all():
        return term
    if term.rows is None:
        return replace(term, codes=term.codes[kept])
    place, inside = np.cumsum(kept) - 1, kept[term.rows]
    return replace(term, codes=term.codes[inside], rows=place[term.rows[inside]])
