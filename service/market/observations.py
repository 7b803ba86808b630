"""Observations: a cohort's records as arrays, and as the inputs that models are fitted to.

`logs_and_terms` prepares them for `stats.regression`, `record_features` and `profile_features` for `stats.estimator`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.errors import InputError
from service.index.bitmaps import Positions, to_positions
from service.index.columns import CodedColumn, ListColumn
from service.index.order import Order
from service.market.cohort import Cohort
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile
from service.stats.estimator import Features, Ints
from service.stats.regression import ModelTerm, ValuePath
from service.vocabulary.conditions import NoneOf
from service.vocabulary.factors import FACTORS, MULTIPLE, PARENT_FACTORS, SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import count_range

Floats = npt.NDArray[np.float64]
_SEED = 20_240_229


def check_pay(measure: Measure) -> None:
    """Raise InputError for a measure that is not pay."""
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR:
        pay = ", ".join(one.name for one, spec in MEASURES.items() if spec.unit is Unit.MONEY_PER_YEAR)
        raise InputError(f"{measure.name} is not a measure of pay. Use one of {pay}.", ("measure",))


def source_kinds(order: Order, members: BitMap, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Codes of the kinds of source that these members of an order come from."""
    kinds = [taxonomy.find(Factor.SOURCE_KIND, code).id for code in SOURCE_KINDS]
    return tuple(taxonomy[number].code for number in order.counts(members, kinds))


@dataclass(frozen=True, slots=True)
class Observations:
    """Records with a measure; row i of each array is the same record, out of n.

    `amounts` is `float64[n]`, on the cohort's basis or in the unit of the measure. `months` is
    `int64[n]`, counted from year 0. `one` and `many` hold ids of factor values, 0 where missing. `population` is the number
    of the cohort's records with the measure, which is more than n if these are a random sample.
    """

    amounts: Floats
    months: npt.NDArray[np.int64]
    one: Mapping[Factor, CodedColumn[int]]
    many: Mapping[Factor, ListColumn]
    population: int

    def __len__(self) -> int:
        return len(self.amounts)


def observations(cohort: Cohort, measure: Measure, max_records: int, about: Factor | None = None) -> Observations:
    """The cohort's records with a measure, ascending by it; a random sample if they are more than `max_records`.

    Into a sample for a model `about` a factor come first the records that report it, and others only if these are too few:
    of a factor that one source in ten reports, nine in ten records say nothing. What is selected does not depend on pay, so
    that least squares stay unbiased. The same cohort gives the same sample each time. The order of the measure must be
    prepared.
    """
    ranked, order = cohort.ranked(measure), cohort.order(measure)
    members = to_positions(ranked.members)
    if len(members) > max_records:
        reporting = ranked.within(NoneOf(about, frozenset())).members if about else BitMap()
        members = _sample(to_positions(reporting), to_positions(ranked.members - reporting), max_records)
    rows, columns = order.rows[members], order.columns
    return Observations(
        amounts=ranked.values[members].astype(np.float64),
        months=columns.months.decode().astype(np.int64)[rows],
        one={factor: column.take(rows) for factor, column in columns.one.items()},
        many={factor: column.take(rows) for factor, column in columns.many.items()},
        population=len(ranked),
    )


def _sample(preferred: Positions, others: Positions, size: int) -> Positions:
    """A random sample without replacement, ascending, with as many as possible of those that are preferred."""
    random = np.random.default_rng(_SEED)
    first = random.choice(preferred, min(size, len(preferred)), replace=False)
    rest = random.choice(others, size - len(first), replace=False)
    return np.sort(np.concatenate([first, rest]))


SINGLE_VALUED_TERMS = tuple(
    (*reversed(PARENT_FACTORS.get(factor, ())), factor)
    for factor in FACTORS
    if factor not in MULTIPLE and not any(factor in parents for parents in PARENT_FACTORS.values())
)
"""Single-valued factors; those whose values are nested form one term, the most general factor first."""

_EMPLOYER_ATTRIBUTES = (Factor.INDUSTRY, Factor.EMPLOYER_SIZE, Factor.EMPLOYER_TYPE)


def logs_and_terms(
    found: Observations, taxonomy: Taxonomy, excluded: Collection[Factor] = ()
) -> tuple[Floats, list[ModelTerm]]:
    """Natural logarithms of the m amounts above zero, `float64[m]`, and the regression terms of their records.

    There is a term for each factor, or chain of nested factors, that is not `excluded`.
    """
    paid = found.amounts > 0
    return np.log(found.amounts[paid]), [_select(term, paid) for term in _terms(found, taxonomy, excluded)]


def _terms(found: Observations, taxonomy: Taxonomy, excluded: Collection[Factor]) -> Iterator[ModelTerm]:
    one = {**found.one, **{factor: _imputed(found.one, factor) for factor in _EMPLOYER_ATTRIBUTES}}
    for nested in SINGLE_VALUED_TERMS:
        factors = tuple(factor for factor in nested if factor not in excluded)
        if factors:
            yield _nested_term(factors, [one[factor] for factor in factors], taxonomy)
    for factor, column in found.many.items():
        if factor not in excluded:
            paths = tuple(_path(taxonomy, number) for number in column.items.categories)
            yield ModelTerm((factor,), paths, column.items.codes, column.rows.astype(np.int32))


def _imputed(one: Mapping[Factor, CodedColumn[int]], factor: Factor) -> CodedColumn[int]:
    """An attribute of employers, where missing taken from the same employer's other records if these all agree.

    Otherwise records of one employer that differ only in whether they report its size would say that size adds nothing.
    """
    employer, column = one[Factor.EMPLOYER], one[factor]
    known = (employer.codes > 0) & (column.codes > 0)
    lowest = np.full(len(employer.categories) + 1, len(column.categories) + 1)
    highest = np.zeros(len(employer.categories) + 1, np.int64)
    np.minimum.at(lowest, employer.codes[known], column.codes[known])
    np.maximum.at(highest, employer.codes[known], column.codes[known])
    agreed = np.where(lowest == highest, highest, 0)
    codes = np.where(column.codes > 0, column.codes, agreed[employer.codes])
    return replace(column, codes=codes.astype(column.codes.dtype))


def _nested_term(factors: tuple[Factor, ...], columns: list[CodedColumn[int]], taxonomy: Taxonomy) -> ModelTerm:
    """A term with a path for each combination of values that occurs; code 0 is for records where all are missing."""
    cells = columns[0].codes.astype(np.int64)
    for column in columns[1:]:
        cells = cells * (len(column.categories) + 1) + column.codes
    found, first, codes = np.unique(cells, return_index=True, return_inverse=True)
    some_missing = len(found) > 0 and found[0] == 0
    numbers = [(0, *column.categories) for column in columns]
    combinations = (
        [known[column.codes[row]] for known, column in zip(numbers, columns, strict=True)]
        for row in first[int(some_missing) :]
    )
    paths = [tuple(part for number in values if number for part in _path(taxonomy, number)) for values in combinations]
    return ModelTerm(factors, tuple(paths), (codes + (not some_missing)).astype(np.min_scalar_type(len(paths) + 1)))


def _path(taxonomy: Taxonomy, number: int) -> ValuePath:
    """A value and its ancestors in the same factor, the most general first."""
    value = taxonomy[number]
    parent = taxonomy.parent(value)
    return (*_path(taxonomy, parent.id), number) if parent and parent.factor is value.factor else (number,)


def _select(term: ModelTerm, selected: npt.NDArray[np.bool_]) -> ModelTerm:
    """The term of the selected records, which are renumbered from 0."""
    if selected.all():
        return term
    if term.rows is None:
        return replace(term, codes=term.codes[selected])
    new_row, inside = np.cumsum(selected) - 1, selected[term.rows]
    return replace(term, codes=term.codes[inside], rows=new_row[term.rows[inside]])


_OPEN_BAND_YEARS = 10
"""The width at which an open band of years of experience, such as 20 and more, is cut off."""


def record_features(found: Observations, taxonomy: Taxonomy) -> Features:
    """The features of n records: the factors that profiles have, and the calendar year."""
    experience = found.one[Factor.EXPERIENCE]
    years = np.array([np.nan, *(_mid_years(taxonomy[number].code) for number in experience.categories)])
    return Features(
        size=len(found),
        one={factor: found.one[factor].decode() for factor in SINGLE_VALUED},
        numeric={Factor.EXPERIENCE: years[experience.codes], Factor.YEAR: (found.months // 12).astype(np.float64)},
        many={factor: _row_items(found.many[factor]) for factor in MULTI_VALUED},
    )


def _row_items(column: ListColumn) -> tuple[Ints, Ints]:
    return column.rows.astype(np.int64), column.items.decode()


def _mid_years(code: str) -> float:
    low, high = count_range(code)
    return (low + min(high, low + _OPEN_BAND_YEARS)) / 2


def profile_features(profile: Profile, taxonomy: Taxonomy, year: int) -> Features:
    """The features of a profile in a calendar year, as one row."""
    factors = (*SINGLE_VALUED, *MULTI_VALUED)
    ids = {
        factor: np.array([taxonomy.find(factor, code).id for code in profile.codes(factor)], np.int64) for factor in factors
    }
    experience = np.nan if profile.experience is None else float(profile.experience)
    return Features(
        size=1,
        one={factor: ids[factor] if len(ids[factor]) else np.zeros(1, np.int64) for factor in SINGLE_VALUED},
        numeric={Factor.EXPERIENCE: np.array([experience]), Factor.YEAR: np.array([float(year)])},
        many={factor: (np.zeros(len(ids[factor]), np.int64), ids[factor]) for factor in MULTI_VALUED},
    )


def parents_of(taxonomy: Taxonomy) -> dict[int, int]:
    """The parent of each value of a single-valued profile factor in the same factor, by id; 0 for top-level values."""
    values = (value for factor in SINGLE_VALUED for value in taxonomy.values(factor))
    return {
        value.id: parent.id if (parent := taxonomy.parent(value)) and parent.factor is value.factor else 0
        for value in values
    }
