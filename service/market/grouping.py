"""Groups: a cohort parted by a factor. Each group is a cohort again."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.errors import InputError
from service.market.cohort import Cohort, Stats, check_level
from service.stats.percentiles import ConfidenceInterval, share_interval
from service.vocabulary.conditions import AnyOf, Untold
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.terms import FactorValue

USUAL, MOST_GROUPS = 50, 500


class GroupOrderField(StrEnum):
    VALUE = "value"
    SIZE = "size"
    MEDIAN = "median"
    MEAN = "mean"

    @property
    def of_measure(self) -> bool:
        return self in (GroupOrderField.MEDIAN, GroupOrderField.MEAN)


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """By the factor's own order, by size, or by the median or mean of a measure; groups that tell none come last."""

    field: GroupOrderField
    descending: bool = True
    measure: Measure = Measure.TOTAL_COMPENSATION


@dataclass(frozen=True, slots=True)
class CohortGroup:
    """One group; `value` is None for the records that do not tell the factor. `share` is of the parent cohort's records.

    `told` is how many of the parent cohort's records tell the factor at all, whatever its value.
    """

    value: FactorValue | None
    share: float
    cohort: Cohort
    told: int

    @property
    def share_of_reported(self) -> float | None:
        """Of the records that tell the factor; None for those that do not, or not below the value that was grouped."""
        return self.cohort.size / self.told if self.value else None

    def interval_of_reported(self, level: float) -> ConfidenceInterval | None:
        check_level(level)
        return share_interval(self.cohort.size / self.told, self.told, level) if self.value else None


def by(cohort: Cohort, factor: Factor, under: str | None, first: int, order: GroupOrder | None) -> list[CohortGroup]:
    """The groups of a cohort by a factor's top values, or by those below one; none when the cohort is suppressed.

    At most `first` values, and after them the group that does not tell the factor.
    """
    if not 1 <= first <= MOST_GROUPS:
        raise InputError(f"`first` is from 1 to {MOST_GROUPS} groups, not {first}.")
    taxonomy = cohort.index.reference.taxonomy
    scope, values = cohort, taxonomy.roots(factor)
    if under is not None:
        parent = taxonomy.above(factor, under)
        scope = cohort.narrowed(AnyOf(parent.factor, frozenset({parent.id})))
        values = taxonomy.children_of_factor(parent, factor)
    if cohort.suppressed:
        return []
    counts = scope.records.counts(value.id for value in values)
    told, order = cohort.records.telling(factor), order or _usual(factor)
    numbers = list(counts) if order.field.of_measure else _sorted(counts, order)[:first]
    groups = [
        CohortGroup(taxonomy[one], counts[one] / cohort.size, scope.part(AnyOf(factor, frozenset({one})), counts[one]), told)
        for one in numbers
    ]
    if order.field.of_measure:
        groups = _by_figure(groups, order)[:first]
    rest = (
        cohort.part(Untold(factor), cohort.size - told)
        if under is None
        else scope.narrowed(Untold(factor, frozenset(value.id for value in values)))
    )
    return [*groups, CohortGroup(None, rest.size / cohort.size, rest, told)] if rest.size else groups


def _usual(factor: Factor) -> GroupOrder:
    return GroupOrder(GroupOrderField.VALUE, False) if FACTORS[factor].ordered else GroupOrder(GroupOrderField.SIZE)


def _sorted(counts: Mapping[int, int], order: GroupOrder) -> list[int]:
    return sorted(counts, key=counts.__getitem__ if order.field is GroupOrderField.SIZE else None, reverse=order.descending)


def _by_figure(groups: list[CohortGroup], order: GroupOrder) -> list[CohortGroup]:
    asked = [(group, group.cohort.stats(order.measure)) for group in groups]
    figures = [(_figure(order.field, stats), group) for group, stats in asked if stats]
    told = [group for _, group in sorted(figures, key=lambda pair: pair[0], reverse=order.descending)]
    return told + [group for group, stats in asked if not stats]


def _figure(field: GroupOrderField, stats: Stats) -> float:
    return stats.mean if field is GroupOrderField.MEAN else stats.quartile(0.5)
