"""Groups: a cohort parted by a factor. Each group is a cohort again."""

from dataclasses import dataclass
from enum import StrEnum

from service.errors import InputError
from service.market.cohort import Cohort
from service.market.summary import percentile
from service.vocabulary.conditions import AnyOf, Untold
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.terms import FactorValue

USUAL, MOST_GROUPS = 50, 500


class GroupOrderField(StrEnum):
    VALUE = "value"
    SIZE = "size"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """By the factor's own order, by size, or by the median of a measure; groups without a median come last."""

    field: GroupOrderField
    descending: bool = True
    measure: Measure = Measure.TOTAL_COMPENSATION


@dataclass(frozen=True, slots=True)
class CohortGroup:
    """One group; `value` is None for the records that do not tell the factor. `share` is of the parent cohort's records."""

    value: FactorValue | None
    share: float
    cohort: Cohort


def by(cohort: Cohort, factor: Factor, under: str | None, first: int, order: GroupOrder | None) -> list[CohortGroup]:
    """The groups of a cohort by a factor's top values, or by those below one; none when the cohort is suppressed.

    At most `first` values, and after them the group that does not tell the factor.
    """
    if not 1 <= first <= MOST_GROUPS:
        raise InputError(f"`first` is from 1 to {MOST_GROUPS} groups, not {first}.")
    taxonomy, base = cohort.index.reference.taxonomy, cohort.index.base
    scope, values = cohort, taxonomy.roots(factor)
    if under is not None:
        parent = taxonomy.above(factor, under)
        scope = cohort.narrowed(AnyOf(parent.factor, frozenset({parent.id})))
        values = taxonomy.children_of_factor(parent, factor)
    if cohort.suppressed:
        return []
    counts = base.counts(scope.members, (value.id for value in values))
    groups = [
        CohortGroup(taxonomy[number], count / cohort.size, scope.narrowed(AnyOf(factor, frozenset({number}))))
        for number, count in counts.items()
    ]
    ordered = _sorted(groups, order or _usual(factor))[:first]
    return ordered + _untold(cohort, scope, factor, frozenset(value.id for value in values) if under else frozenset())


def _usual(factor: Factor) -> GroupOrder:
    return GroupOrder(GroupOrderField.VALUE, False) if FACTORS[factor].ordered else GroupOrder(GroupOrderField.SIZE)


def _untold(cohort: Cohort, scope: Cohort, factor: Factor, besides: frozenset[int]) -> list[CohortGroup]:
    rest = scope.narrowed(Untold(factor, besides))
    return [CohortGroup(None, rest.size / cohort.size, rest)] if rest.size else []


def _sorted(groups: list[CohortGroup], order: GroupOrder) -> list[CohortGroup]:
    if order.field is GroupOrderField.MEDIAN:
        return _by_median(groups, order)
    if order.field is GroupOrderField.SIZE:
        return sorted(groups, key=lambda group: group.share, reverse=order.descending)
    return sorted(groups, key=lambda group: group.value.id if group.value else 0, reverse=order.descending)


def _by_median(groups: list[CohortGroup], order: GroupOrder) -> list[CohortGroup]:
    ranked = [(group, group.cohort.ranked(order.measure)) for group in groups]
    enough = [(group, values) for group, values in ranked if len(values) >= group.cohort.rules.minimum]
    medians = [(percentile(values, 0.5), group) for group, values in enough]
    told = [group for _, group in sorted(medians, key=lambda pair: pair[0], reverse=order.descending)]
    return told + [group for group, values in ranked if len(values) < group.cohort.rules.minimum]
