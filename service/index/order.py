"""An order: the records that carry a measure, ascending by it, with the positions of every factor value as a Roaring bitmap.

A cohort is an intersection of unions of such sets; its k-th member, the rank of an amount and the size of a group are
operations on them. All results are exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.index.bitmaps import DROPPED, Positions, PositionSets, RowMapping, bitmap_nbytes, to_bitmap, to_positions
from service.index.cache import LruCache
from service.index.columns import AmountColumn, Bools, Columns, Ints, RowChanges, count_below, shrink
from service.index.groups import Counts, GroupedValues, Partition
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf, NotAll
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.work import Work, count

_CACHE_BYTES_PER_RECORD, _MIN_CACHE_BYTES = 16, 4_000_000
PASSES_OF_GROUPING = 3
"""Passes over records in whose time their values are sorted by group."""


@dataclass(frozen=True, slots=True)
class RankSelection:
    """A selection of an order: its k-th value and the rank of an amount take no scan.

    `values` are those of the whole order, ascending; `members` the selected positions.
    """

    order: "Order"
    values: Ints
    members: BitMap

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, k: int) -> int:
        count(Work.RANKS)
        return self.values.item(self.members[k])

    def below(self, amount: float) -> int:
        return self._rank(count_below(self.values, amount))

    def at_most(self, amount: float) -> int:
        return self._rank(count_below(self.values, amount, inclusive=True))

    def _rank(self, position: int) -> int:
        count(Work.RANKS)
        return int(self.members.rank(position - 1)) if position else 0

    def array(self) -> Ints:
        """All values, `int[len(self)]`, ascending; takes time in proportion to their number."""
        count(Work.RECORDS, len(self))
        return self.values[to_positions(self.members)]

    @property
    def total(self) -> int:
        return int(self.array().sum(dtype=np.int64))

    @property
    def deviation(self) -> float:
        return float(np.std(self.array(), ddof=1))

    def within(self, condition: Condition) -> "RankSelection":
        return RankSelection(self.order, self.values, self.order.narrow(self.members, condition))

    def counts(self, values: Iterable[int]) -> dict[int, int]:
        return self.order.counts(self.members, values)

    def count_reported(self, factor: Factor) -> int:
        count(Work.SETS)
        return int(self.order.sets.reported[factor].intersection_cardinality(self.members))

    def group_sizes(self, factor: Factor) -> dict[int, int]:
        counts = self.order.value_counts(self.members, factor)[1:]
        categories, present = self.order.columns.one[factor].categories, np.flatnonzero(counts)
        return dict(zip((categories[code] for code in present.tolist()), counts[present].tolist(), strict=True))

    def sizes_of(self, partition: Partition) -> Counts:
        """The number of records in each group, `int64[g]`."""
        count(Work.RECORDS, len(self))
        return partition.sizes(partition.groups(self.order.rows.take(to_positions(self.members))))

    def grouped(self, partition: Partition) -> GroupedValues:
        """The values of each group."""
        count(Work.RECORDS, PASSES_OF_GROUPING * len(self))
        positions = to_positions(self.members)
        return GroupedValues.of(self.values, positions, partition.groups(self.order.rows.take(positions)), partition)


class Order:
    """The records of `columns` that carry a measure, ascending by it and then by row.

    A record's position is its rank: position i is row `rows[i]`, `uint32[n]`, and has the value `values[i]`, `int32[n]` or
    `int64[n]`, in the unit of the measure. `carriers` is the bitmap of these rows.
    """

    def __init__(
        self, columns: Columns, rows: Positions, values: Ints, sets: PositionSets, carriers: BitMap | None = None
    ) -> None:
        self.columns, self.rows, self.values, self.sets = columns, rows, values, sets
        self.carriers = to_bitmap(np.sort(rows)) if carriers is None else carriers
        cache_bytes = max(_MIN_CACHE_BYTES, _CACHE_BYTES_PER_RECORD * len(rows))
        self._selections: LruCache[Conditions | Condition, BitMap] = LruCache(cache_bytes, bitmap_nbytes)

    @classmethod
    def of(cls, columns: Columns, taxonomy: Taxonomy, amounts: AmountColumn) -> "Order":
        """The order of the records by their amounts; those without one are not in it."""
        rows = _sorted_rows(*amounts)
        positions = np.arange(len(rows), dtype=np.uint32)
        sets = PositionSets.of(columns, taxonomy, rows, positions)
        return cls(columns, rows, shrink(amounts.values[rows]), sets)

    def apply_change(self, columns: Columns, taxonomy: Taxonomy, amounts: AmountColumn, changes: RowChanges) -> "Order":
        """The same order in a later edition: equal to `of` with the same arguments, in less time."""
        rows = _sorted_rows(*amounts)
        position_of = np.full(columns.size + 1, DROPPED)
        position_of[rows] = np.arange(len(rows), dtype=np.uint32)
        added = np.sort(position_of[changes.added])
        added = added[: len(added) - np.count_nonzero(added == DROPPED)]
        mapping = RowMapping(position_of[changes.new_rows[self.rows]])
        sets = self.sets.apply_change(mapping, PositionSets.of(columns, taxonomy, rows[added], added))
        return Order(columns, rows, shrink(amounts.values[rows]), sets)

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, conditions: Conditions) -> BitMap:
        """The positions of the records that meet all conditions. Cached, and so is each beginning of the conditions."""
        if not conditions:
            return self.sets.everyone
        return self._selections.get_or_create(conditions, lambda: self.narrow(self.select(conditions[:-1]), conditions[-1]))

    def clear_cache(self) -> None:
        """Forget the cached selections, for measurements of uncached queries."""
        self._selections.clear()

    def selection(self, conditions: Conditions) -> RankSelection:
        """The records that meet all conditions."""
        return RankSelection(self, self.values, self.select(conditions))

    def narrow(self, members: BitMap, condition: Condition) -> BitMap:
        """Those of some positions whose records meet a condition; not cached."""
        count(Work.SETS)
        match condition:
            case AnyOf(_, values):
                found = self._union(values)
                return found if members is self.sets.everyone else members & found
            case NoneOf(factor, values):
                return (members & self.sets.reported[factor]) - self._union(values)
            case IsMissing(factor, besides):
                return members - (self._union(besides) if besides else self.sets.reported[factor])
            case Effective():
                return members & self._selections.get_or_create(condition, lambda: self._of_months(condition))
            case NotAll(conditions):
                return members - self.select(conditions)

    def _of_months(self, condition: Effective) -> BitMap:
        first, last = condition.first, condition.last
        months = [m for m in self.sets.months if (first is None or m >= first) and (last is None or m <= last)]
        count(Work.SETS, len(months))
        return BitMap.union(BitMap(), *(self.sets.months[month] for month in months))

    def _union(self, values: Iterable[int]) -> BitMap:
        sets = self.sets.values
        found = [sets[value] for value in values if value in sets]
        count(Work.SETS, len(found))
        return found[0] if len(found) == 1 else BitMap.union(BitMap(), *found)

    def counts(self, members: BitMap, values: Iterable[int]) -> dict[int, int]:
        """The number of members that carry each factor value or a descendant of it, by id; values without any are absent."""
        sets = self.sets.values
        found = [value for value in values if value in sets]
        count(Work.SETS, len(found))
        return {value: size for value in found if (size := members.intersection_cardinality(sets[value]))}

    def value_counts(self, members: BitMap, factor: Factor) -> npt.NDArray[np.int64]:
        """The number of members by code of a single-valued factor, `int64[categories + 1]`, in one pass.

        Entry 0 counts those that do not report the factor; descendants are not included in their ancestors.
        """
        count(Work.RECORDS, len(members))
        column = self.columns.one[factor]
        return np.bincount(column.codes.take(self.rows.take(to_positions(members))), minlength=len(column.categories) + 1)

    @property
    def nbytes(self) -> int:
        """The size in bytes: values, rows and the serialized bitmaps by key."""
        return self.values.nbytes + self.rows.nbytes + self.sets.nbytes


def _sorted_rows(values: Ints, reported: Bools) -> Positions:
    rows = np.flatnonzero(reported).astype(np.uint32)
    return rows[np.argsort(values[rows], kind="stable")]
