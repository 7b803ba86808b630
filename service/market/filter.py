"""Filters: what a caller asks for, in codes, and the conditions that it comes down to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.errors import InputError
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.taxonomy import Taxonomy

MOST_CODES = 100


@dataclass(frozen=True, slots=True)
class SetFilter:
    """A record matches when it has all of `all`, at least one of `any` and none of `none`; an empty part asks nothing."""

    all: Sequence[str] = ()
    any: Sequence[str] = ()
    none: Sequence[str] = ()


Range = tuple[int | None, int | None]
"""Least and most, both included; None leaves an end open."""


@dataclass(frozen=True, slots=True)
class CohortFilter:
    """Every entry narrows; the codes of one entry are alternatives, and an empty list asks nothing."""

    codes: Mapping[Factor, Sequence[str]] = field(default_factory=dict)
    sets: Mapping[Factor, SetFilter] = field(default_factory=dict)
    ranges: Mapping[Factor, Range] = field(default_factory=dict)
    months: Range = (None, None)


def conditions_of(where: CohortFilter, taxonomy: Taxonomy) -> Conditions:
    """Turn codes into numbers; raises InputError, for an unknown code UnknownCode with the nearest ones."""
    return (*_codes(where, taxonomy), *_sets(where, taxonomy), *_ranges(where, taxonomy), *_months(where))


def _numbers(taxonomy: Taxonomy, factor: Factor, codes: Sequence[str]) -> frozenset[int]:
    if len(codes) > MOST_CODES:
        raise InputError(
            f"A filter takes at most {MOST_CODES} codes of one factor; {FACTORS[factor].label} has {len(codes)}."
        )
    return frozenset(taxonomy.find(factor, code).id for code in codes)


def _codes(where: CohortFilter, taxonomy: Taxonomy) -> Iterator[Condition]:
    for factor, codes in where.codes.items():
        if codes:
            yield AnyOf(factor, _numbers(taxonomy, factor, codes))


def _sets(where: CohortFilter, taxonomy: Taxonomy) -> Iterator[Condition]:
    for factor, asked in where.sets.items():
        for number in sorted(_numbers(taxonomy, factor, asked.all)):
            yield AnyOf(factor, frozenset({number}))
        if asked.any:
            yield AnyOf(factor, _numbers(taxonomy, factor, asked.any))
        if asked.none:
            yield NoneOf(factor, _numbers(taxonomy, factor, asked.none))


def _ranges(where: CohortFilter, taxonomy: Taxonomy) -> Iterator[Condition]:
    for factor, (low, high) in where.ranges.items():
        _check_range(FACTORS[factor].label, low, high)
        if low is not None or high is not None:
            yield AnyOf(factor, taxonomy.between(factor, low, high))


def _months(where: CohortFilter) -> Iterator[Condition]:
    first, last = where.months
    _check_range("month", first, last)
    if first is not None or last is not None:
        yield Effective(first, last)


def _check_range(label: str, low: int | None, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        raise InputError(f"The range of {label} is empty: its low end is above its high end. Exchange the two.")
