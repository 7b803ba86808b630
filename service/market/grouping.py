"""Grouping: a cohort divided by the values of a factor. Each group is a cohort too."""

from dataclasses import dataclass
from enum import StrEnum

from service.errors import out_of_range, problems_at
from service.market.cohort import Cohort, Stats, check_level
from service.stats.percentiles import ConfidenceInterval, share_interval
from service.vocabulary.conditions import AnyOf, IsMissing
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.terms import FactorValue

DEFAULT_GROUPS, MAX_GROUPS = 50, 500


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
    """Sort order: the factor's own order, size, or median or mean of a measure, where groups without the figure come
    last."""

    field: GroupOrderField
    descending: bool = True
    measure: Measure = Measure.TOTAL_COMPENSATION


@dataclass(frozen=True, slots=True)
class CohortGroup:
    """The records of a cohort with one value of a factor; `value` is None for the records where the factor is missing.

    `share` is a proportion of the cohort's records, 0 to 1. `reported` is how many of the cohort's records report the
    factor, with any value.
    """

    value: FactorValue | None
    share: float
    cohort: Cohort
    reported: int

    @property
    def share_of_reported(self) -> float | None:
        """Proportion of the records that report the factor, 0 to 1; None for the group where it is missing."""
        return self.cohort.size / self.reported if self.value else None

    def share_of_reported_interval(self, level: float = 0.95) -> ConfidenceInterval | None:
        """Wilson's score interval of `share_of_reported`. Raises InputError for an invalid confidence level."""
        check_level(level)
        return share_interval(self.cohort.size / self.reported, self.reported, level) if self.value else None


def group_by(cohort: Cohort, factor: Factor, under: str | None, first: int, order: GroupOrder | None) -> list[CohortGroup]:
    """Groups by a factor's top-level values, or by the children of the value `under`; empty if the cohort is suppressed.

    At most `first` values; the group of records where the factor is missing follows in addition. Raises InputError if
    `first` is outside 1 to MAX_GROUPS, and UnknownCode.
    """
    if not 1 <= first <= MAX_GROUPS:
        raise out_of_range("first", f"from 1 to {MAX_GROUPS}, got {first}.")
    taxonomy = cohort.index.reference.taxonomy
    scope, values = cohort, taxonomy.roots(factor)
    if under is not None:
        with problems_at("under"):
            parent = taxonomy.find_wider(factor, under)
        scope = cohort.narrowed(AnyOf(parent.factor, frozenset({parent.id})))
        values = taxonomy.children_of_factor(parent, factor)
    if cohort.suppressed:
        return []
    counts = scope.records.counts(value.id for value in values)
    reported, order = cohort.records.count_reported(factor), order or _default_order(factor)
    sort_key = counts.__getitem__ if order.field is GroupOrderField.SIZE else taxonomy.rank
    numbers = list(counts) if order.field.of_measure else sorted(counts, key=sort_key, reverse=order.descending)[:first]
    parts = ((one, scope.narrowed_to_size(AnyOf(factor, frozenset({one})), counts[one])) for one in numbers)
    groups = [CohortGroup(taxonomy[one], part.size / cohort.size, part, reported) for one, part in parts]
    if order.field.of_measure:
        groups = _sorted_by_figure(groups, order)[:first]
    if under is None:
        rest = cohort.narrowed_to_size(IsMissing(factor), cohort.size - reported)
    else:
        rest = scope.narrowed(IsMissing(factor, frozenset(value.id for value in values)))
    return [*groups, CohortGroup(None, rest.size / cohort.size, rest, reported)] if rest.size else groups


def _default_order(factor: Factor) -> GroupOrder:
    return GroupOrder(GroupOrderField.VALUE, False) if FACTORS[factor].ordered else GroupOrder(GroupOrderField.SIZE)


def _sorted_by_figure(groups: list[CohortGroup], order: GroupOrder) -> list[CohortGroup]:
    found = [(group, group.cohort.stats(order.measure)) for group in groups]
    figures = [(_figure(order.field, stats), group) for group, stats in found if stats]
    ranked = [group for _, group in sorted(figures, key=lambda pair: pair[0], reverse=order.descending)]
    return ranked + [group for group, stats in found if not stats]


def _figure(field: GroupOrderField, stats: Stats) -> float:
    return stats.mean if field is GroupOrderField.MEAN else stats.quartile(0.5)
