"""Grouping: a cohort divided by the values of a factor. Each group is a cohort too."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import nan

import numpy as np
import numpy.typing as npt

from service.errors import InputError, collected_problems, out_of_range, problems_at
from service.index.groups import Partition
from service.index.index import RECORDS_PER_GROUP, require_rank_index
from service.index.order import PASSES_OF_GROUPING
from service.market.cohort import Cohort, check_level
from service.market.population import source_cautions
from service.stats.percentiles import ConfidenceInterval, group_percentiles, share_interval
from service.stats.suppression import Caution
from service.vocabulary.conditions import AnyOf, IsMissing
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue
from service.work import Work, count, points

DEFAULT_GROUPS, MAX_GROUPS = 50, 500
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


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
    scope, parent = cohort, None
    with collected_problems() as problems:
        with problems.at():
            page.check()
        with problems.at("under"):
            if under is not None:
                parent = taxonomy.find_wider(factor, under)
                scope = cohort.narrowed(AnyOf(parent.factor, frozenset({parent.id})))
    if cohort.suppressed:
        return []
    found = _groups(scope, factor, parent, page.minimum_size)
    found = found.take(_sorted(found, scope, factor, order or _default_order(factor)))
    start = _position_after(found, taxonomy, factor, page.after) if page.after is not None else 0
    reported = cohort.records.count_reported(factor)
    pairs = found.pairs(start, start + page.first)
    groups = [CohortGroup(taxonomy[one], cohort, _group(scope, factor, one, size), reported) for one, size in pairs]
    count(Work.GROUPS, len(groups))
    if page.after is not None:
        return groups
    if under is None:
        rest = cohort.narrowed_to_size(IsMissing(factor), cohort.size - reported)
    else:
        rest = scope.narrowed(IsMissing(factor, frozenset(value.id for value in taxonomy.groups(factor, parent))))
    shown = rest.size >= page.minimum_size
    return [*groups, CohortGroup(None, cohort, rest, reported)] if shown else groups


@dataclass(frozen=True, slots=True)
class _Groups:
    """The g groups that have records.

    `numbers`, `int64[g]`, are the ids of their values and `sizes`, `int64[g]`, their numbers of records. `places`,
    `int64[g]`, are their places in `partition`, which is None if they are made one by one.
    """

    numbers: Ints
    sizes: Ints
    places: Ints
    partition: Partition | None

    def take(self, some: npt.NDArray[np.intp]) -> "_Groups":
        return _Groups(self.numbers[some], self.sizes[some], self.places[some], self.partition)

    def pairs(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """The ids and sizes of some groups."""
        return zip(self.numbers[start:stop].tolist(), self.sizes[start:stop].tolist(), strict=True)


def _groups(scope: Cohort, factor: Factor, parent: FactorValue | None, minimum: int) -> _Groups:
    """The groups of at least `minimum` records, in the order of the reference data."""
    partition = scope.index.partition(factor, parent, scope.size)
    if partition is None:
        values = scope.index.reference.taxonomy.groups(factor, parent)
        counts = scope.records.counts(value.id for value in values)
        numbers, sizes = (np.array(list(found), np.int64) for found in (counts, counts.values()))
    else:
        numbers = partition.numbers
        sizes = require_rank_index(scope.index).selection(scope.conditions).sizes_of(partition)
    found = _Groups(numbers, sizes, np.arange(len(numbers)), partition)
    return found.take(np.flatnonzero(found.sizes >= minimum))


def _group(scope: Cohort, factor: Factor, value: int, size: int) -> Cohort:
    return scope.narrowed_to_size(AnyOf(factor, frozenset({value})), size)


def _sorted(found: _Groups, scope: Cohort, factor: Factor, order: GroupOrder) -> npt.NDArray[np.intp]:
    """The places of the groups in a sort order, `int64[g]`; equal ones remain in their order."""
    keys: Ints | Floats
    if order.field is GroupOrderField.SIZE:
        keys = found.sizes
    elif order.field is GroupOrderField.VALUE:
        keys = _ranks(found, scope.index.reference.taxonomy)
    elif found.partition is None:
        groups = (_group(scope, factor, *pair) for pair in found.pairs(0, len(found.numbers)))
        keys = np.array([_figure(order, group) for group in groups], np.float64)
    else:
        keys = _figures_in_one_pass(found, found.partition, scope, order)
    return np.argsort(-keys if order.descending else keys, kind="stable")


def _ranks(found: _Groups, taxonomy: Taxonomy) -> Ints:
    """The places of the groups in the order of their factor."""
    if found.partition is not None:
        return found.partition.ranks[found.places]
    ranks = np.empty(len(found.numbers), np.int64)
    in_order = sorted(range(len(ranks)), key=lambda place: taxonomy.rank(int(found.numbers[place])))
    ranks[in_order] = np.arange(len(ranks))
    return ranks


def _position_after(found: _Groups, taxonomy: Taxonomy, factor: Factor, after: str) -> int:
    with problems_at("after"):
        places = np.flatnonzero(found.numbers == taxonomy.find(factor, after).id)
        if not len(places):
            raise InputError(f"{after!r} is none of the groups. Use the code of the last group of the previous page.")
    return int(places[0]) + 1


def _default_order(factor: Factor) -> GroupOrder:
    return GroupOrder(GroupOrderField.VALUE, False) if FACTORS[factor].ordered else GroupOrder(GroupOrderField.SIZE)


def _figure(order: GroupOrder, group: Cohort) -> float:
    """The figure that a group is sorted by; nan if it may not be shown."""
    stats = group.stats(order.measure)
    if stats is None:
        return nan
    found = stats.mean if order.field is GroupOrderField.MEAN else stats.percentile(_PERCENTILES[order.field])
    return nan if found is None else found


def _figures_in_one_pass(found: _Groups, partition: Partition, scope: Cohort, order: GroupOrder) -> Floats:
    """The same for all groups, `float64[g]`."""
    values, places, rules = scope.ranked(order.measure).grouped(partition), found.places, scope.rules
    p = _PERCENTILES.get(order.field)
    counts, inverse = np.unique(values.counts[places], return_inverse=True)
    shown = [
        rules.suppression(count) is None and (p is None or rules.allows_percentile(p, count)) for count in counts.tolist()
    ]
    some = np.flatnonzero(np.array(shown, np.bool_)[inverse])
    figures, groups = np.full(len(inverse), nan), places[some]
    if p is None:
        pairs = zip(values.totals(groups), values.counts[groups].tolist(), strict=True)
        figures[some] = [total / count for total, count in pairs]
    else:
        figures[some] = group_percentiles(lambda k: values.kth(groups, k), values.counts[groups], p)
    return figures


def points_of_grouping(values: int, groups: int, records: float, by_figure: bool) -> float:
    """The points of finding the groups of some records by so many values, and of sorting them by a figure.

    As `group_by` does it: the groups one by one, or all of them in passes over the records.
    """
    if RECORDS_PER_GROUP * values < records:
        return groups * points({Work.SETS: 3, Work.RANKS: 2} if by_figure else {Work.SETS: 1})
    return records * points({Work.RECORDS: 1 + PASSES_OF_GROUPING if by_figure else 1})


_PERCENTILES = {GroupOrderField.P10: 0.1, GroupOrderField.MEDIAN: 0.5, GroupOrderField.P90: 0.9}
