"""Grouping: a cohort divided by the values of a factor. Each group is a cohort too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.errors import InputError, collected_problems, out_of_range, problems_at
from service.market.cohort import Cohort, check_level
from service.market.population import source_cautions
from service.stats.percentiles import ConfidenceInterval, share_interval
from service.stats.suppression import Caution
from service.vocabulary.conditions import AnyOf, IsMissing
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

DEFAULT_GROUPS, MAX_GROUPS = 50, 500


class GroupOrderField(StrEnum):
    VALUE = "value"
    SIZE = "size"
    MEDIAN = "median"
    MEAN = "mean"
    P10 = "p10"
    P90 = "p90"

    @property
    def of_measure(self) -> bool:
        return self not in (GroupOrderField.VALUE, GroupOrderField.SIZE)


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """Sort order: the factor's own order, size, or a figure of a measure, where groups without the figure come last."""

    field: GroupOrderField
    descending: bool = True
    measure: Measure = Measure.TOTAL_COMPENSATION


@dataclass(frozen=True, slots=True)
class CohortGroup:
    """The records of a cohort with one value of a factor; `value` is None for the records where the factor is missing.

    `whole` is the cohort that is divided, `share` a proportion of its records, 0 to 1, and `reported` how many of them
    report the factor, with any value.
    """

    value: FactorValue | None
    whole: Cohort
    cohort: Cohort
    reported: int

    @property
    def share(self) -> float:
        return self.cohort.size / self.whole.size

    @property
    def share_of_reported(self) -> float | None:
        """Proportion of the records that report the factor, 0 to 1; None for the group where it is missing."""
        return self.cohort.size / self.reported if self.value else None

    def share_of_reported_interval(self, level: float = 0.95) -> ConfidenceInterval | None:
        """Wilson's score interval of `share_of_reported`. Raises InputError for an invalid confidence level."""
        check_level(level)
        return share_interval(self.cohort.size / self.reported, self.reported, level) if self.value else None

    def cautions(self, measure: Measure) -> list[Caution]:
        """Cautions about comparing the group with others by a measure; its own are in its statistics."""
        part, whole = self.cohort.stats(measure), self.whole.stats(measure)
        if part is None or whole is None or (self.value and self.value.factor in _SOURCES):
            return []
        finding = "The group comes mostly from other data sets than the cohort, which may explain how it differs."
        samples = {"Group": part.values, "Cohort": whole.values}
        return source_cautions(finding, samples, self.whole.index.reference.taxonomy)


_SOURCES = (Factor.SOURCE, Factor.SOURCE_KIND)


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Which groups to return: at most `first` of those with `minimum_size` records, after the one of the value `after`."""

    first: int = DEFAULT_GROUPS
    after: str | None = None
    minimum_size: int = 1

    def check(self) -> None:
        """Raises InputError with every number that is out of range."""
        with collected_problems() as problems:
            with problems.at():
                if not 1 <= self.first <= MAX_GROUPS:
                    raise out_of_range("first", f"from 1 to {MAX_GROUPS}, got {self.first}.")
            with problems.at():
                if self.minimum_size < 1:
                    raise out_of_range("minimumSize", f"at least 1, got {self.minimum_size}.")


def group_by(
    cohort: Cohort, factor: Factor, under: str | None, page: GroupPage, order: GroupOrder | None
) -> list[CohortGroup]:
    """Groups by a factor's top-level values, or by the children of the value `under`; empty if the cohort is suppressed.

    The first page also has the group of records where the factor is missing, as its last. Raises InputError for invalid
    numbers, unknown codes, and for an `after` that is none of the groups.
    """
    taxonomy = cohort.index.reference.taxonomy
    scope, values = cohort, taxonomy.roots(factor)
    with collected_problems() as problems:
        with problems.at():
            page.check()
        with problems.at("under"):
            if under is not None:
                parent = taxonomy.find_wider(factor, under)
                scope = cohort.narrowed(AnyOf(parent.factor, frozenset({parent.id})))
                values = taxonomy.children_of_factor(parent, factor)
    if cohort.suppressed:
        return []
    sizes = scope.records.counts(value.id for value in values)
    counts = {number: size for number, size in sizes.items() if size >= page.minimum_size}
    numbers = _sorted_numbers(scope, factor, counts, order or _default_order(factor))
    start = _position_after(numbers, taxonomy, factor, page.after) if page.after is not None else 0
    reported = cohort.records.count_reported(factor)
    groups = [
        CohortGroup(taxonomy[one], cohort, _group(scope, factor, one, counts[one]), reported)
        for one in numbers[start : start + page.first]
    ]
    if page.after is not None:
        return groups
    if under is None:
        rest = cohort.narrowed_to_size(IsMissing(factor), cohort.size - reported)
    else:
        rest = scope.narrowed(IsMissing(factor, frozenset(value.id for value in values)))
    shown = rest.size >= page.minimum_size
    return [*groups, CohortGroup(None, cohort, rest, reported)] if shown else groups


def _group(scope: Cohort, factor: Factor, value: int, size: int) -> Cohort:
    return scope.narrowed_to_size(AnyOf(factor, frozenset({value})), size)


def _sorted_numbers(scope: Cohort, factor: Factor, counts: Mapping[int, int], order: GroupOrder) -> list[int]:
    """The ids of the values with groups, sorted."""
    if order.field is GroupOrderField.SIZE:
        return sorted(counts, key=counts.__getitem__, reverse=order.descending)
    if order.field is GroupOrderField.VALUE:
        return sorted(counts, key=scope.index.reference.taxonomy.rank, reverse=order.descending)
    found = {one: _figure(order, _group(scope, factor, one, size)) for one, size in counts.items()}
    figures = [(figure, one) for one, figure in found.items() if figure is not None]
    ranked = [one for _, one in sorted(figures, key=lambda pair: pair[0], reverse=order.descending)]
    return ranked + [one for one, figure in found.items() if figure is None]


def _position_after(numbers: Sequence[int], taxonomy: Taxonomy, factor: Factor, after: str) -> int:
    with problems_at("after"):
        value = taxonomy.find(factor, after)
        if value.id not in numbers:
            raise InputError(f"{after!r} is none of the groups. Use the code of the last group of the previous page.")
    return numbers.index(value.id) + 1


def _default_order(factor: Factor) -> GroupOrder:
    return GroupOrder(GroupOrderField.VALUE, False) if FACTORS[factor].ordered else GroupOrder(GroupOrderField.SIZE)


def _figure(order: GroupOrder, group: Cohort) -> float | None:
    """The figure that a group is sorted by; None if it may not be shown."""
    stats = group.stats(order.measure)
    if stats is None:
        return None
    return stats.mean if order.field is GroupOrderField.MEAN else stats.percentile(_PERCENTILES[order.field])


_PERCENTILES = {GroupOrderField.P10: 0.1, GroupOrderField.MEDIAN: 0.5, GroupOrderField.P90: 0.9}
