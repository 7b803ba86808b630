"""Filters of cohorts: codes as a caller sends them, the conditions they translate to, and labels for conditions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.counts import count_of
from service.errors import InputError, Path, ProblemCode, Problems, collected_problems
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf, NotAll
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_text

MAX_FILTER_CODES = 100
_MAX_LABELLED_VALUES = 3


@dataclass(frozen=True, slots=True)
class SetFilter:
    """Matches records with all of `all`, at least one of `any`, and of those that report the factor the ones with none of
    `none`; an empty part matches every record."""

    all: Sequence[str] = ()
    any: Sequence[str] = ()
    none: Sequence[str] = ()


Range = tuple[int | None, int | None]
"""Minimum and maximum, both included; None leaves an end open."""


@dataclass(frozen=True, slots=True)
class CohortFilter:
    """Matches records that meet every entry. The codes of one entry are alternatives; an empty list matches every record."""

    codes: Mapping[Factor, Sequence[str]] = field(default_factory=dict)
    sets: Mapping[Factor, SetFilter] = field(default_factory=dict)
    ranges: Mapping[Factor, Range] = field(default_factory=dict)
    months: Range = (None, None)
    matches: Sequence[tuple[Factor, SetFilter]] = ()
    """Further filters on any factors, which may repeat."""
    missing: Sequence[Factor] = ()
    """Factors that the records do not report."""


def conditions_of(where: CohortFilter, taxonomy: Taxonomy) -> Conditions:
    """The conditions of a filter.

    Raises InputError with every problem: unknown codes, with the nearest ones, empty ranges, and more than MAX_FILTER_CODES
    codes of a factor.
    """
    with collected_problems() as problems:
        reader = _FilterReader(taxonomy, problems)
        return tuple(reader.conditions(where))


@dataclass(frozen=True, slots=True)
class _FilterReader:
    """Translates the parts of a filter to conditions, and collects what is wrong with them."""

    taxonomy: Taxonomy
    problems: Problems

    def conditions(self, where: CohortFilter) -> Iterator[Condition]:
        for factor, codes in where.codes.items():
            yield from self._any_of(factor, codes, (factor.value,))
        for factor, parts in where.sets.items():
            yield from self._set(factor, parts, (factor.value,))
        for factor, (low, high) in where.ranges.items():
            with self.problems.at(factor.value):
                _check_range(FACTORS[factor].label, low, high)
            if low is not None or high is not None:
                yield AnyOf(factor, self.taxonomy.between(factor, low, high))
        first, last = where.months
        with self.problems.at("effective"):
            _check_range("effective months", first, last)
        if first is not None or last is not None:
            yield Effective(first, last)
        for number, (factor, parts) in enumerate(where.matches):
            yield from self._set(factor, parts, ("match", number))
        yield from (IsMissing(factor) for factor in where.missing)

    def _set(self, factor: Factor, parts: SetFilter, path: Path) -> Iterator[Condition]:
        for number in sorted(self._numbers(factor, parts.all, (*path, "all"))):
            yield AnyOf(factor, frozenset({number}))
        yield from self._any_of(factor, parts.any, (*path, "any"))
        if parts.none:
            yield NoneOf(factor, self._numbers(factor, parts.none, (*path, "none")))

    def _any_of(self, factor: Factor, codes: Sequence[str], path: Path) -> Iterator[Condition]:
        if codes:
            yield AnyOf(factor, self._numbers(factor, codes, path))

    def _numbers(self, factor: Factor, codes: Sequence[str], path: Path) -> frozenset[int]:
        found = set()
        with self.problems.at(*path):
            _check_count(factor, len(codes))
            for position, code in enumerate(codes):
                with self.problems.at(*path, position):
                    found.add(self.taxonomy.find(factor, code, suggests=self.problems.suggests).id)
        return frozenset(found)


def _check_count(factor: Factor, codes: int) -> None:
    if codes > MAX_FILTER_CODES:
        raise InputError(
            f"A filter takes at most {MAX_FILTER_CODES} codes per factor; {FACTORS[factor].label} has {codes}. Remove some.",
            code=ProblemCode.OUT_OF_RANGE,
        )


def _check_range(label: str, low: int | None, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        raise InputError(
            f"The range of {label} is empty: its start is after its end. Swap the two.", code=ProblemCode.CONFLICT
        )


def label_of(conditions: Conditions, taxonomy: Taxonomy) -> str:
    """Conditions in words, such as "Senior Machine Learning Engineers, Remote, United States".

    Names at most three of several alternative values.
    """
    if not conditions:
        return "All records"
    levels = [c for c in conditions if isinstance(c, AnyOf) and c.factor is Factor.LEVEL]
    roles = [c for c in conditions if isinstance(c, AnyOf) and c.factor is Factor.ROLE]
    others = [c for c in conditions if c not in levels and c not in roles]
    level = " and ".join(_names(taxonomy, c.values) for c in levels)
    role = " and ".join(_plurals(taxonomy, c.values) for c in roles) or ("level" if level else "")
    subject = f"{level} {role}".strip()
    joined = ", ".join(text for text in (subject, *(_phrase(taxonomy, c) for c in others)) if text)
    return joined[:1].upper() + joined[1:]


def _phrase(taxonomy: Taxonomy, condition: Condition) -> str:
    match condition:
        case AnyOf(_, values):
            return _names(taxonomy, values)
        case NoneOf(_, values):
            return f"without {_names(taxonomy, values)}"
        case IsMissing(factor, others):
            label = FACTORS[factor].label
            return f"other or unknown {label}" if others else f"unknown {label}"
        case Effective(first, last):
            return " ".join(_span(first, last))
        case NotAll(conditions):
            return f"without {label_of(conditions, taxonomy)}"


def _span(first: int | None, last: int | None) -> Iterator[str]:
    if first is not None:
        yield f"from {month_text(first)}"
    if last is not None:
        yield f"to {month_text(last)}"


def _names(taxonomy: Taxonomy, values: Iterable[int]) -> str:
    return _alternatives([taxonomy[value].label for value in sorted(values)])


def _plurals(taxonomy: Taxonomy, values: Iterable[int]) -> str:
    labels = (taxonomy[value].label for value in sorted(values))
    return _alternatives([f"{label}s" if label.endswith(("r", "t", "n")) else label for label in labels])


def _alternatives(labels: list[str]) -> str:
    """
    >>> _alternatives(["A", "B"]), _alternatives(["A", "B", "C", "D", "E"])
    ('A or B', 'A, B, C or 2 others')
    """
    if not labels:
        return "nothing"
    rest = len(labels) - _MAX_LABELLED_VALUES
    named = labels[:_MAX_LABELLED_VALUES] + ([count_of(rest, "other")] if rest > 0 else [])
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
