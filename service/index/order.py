"""An order: the records that carry a measure, ascending, with the positions of every factor value as a Roaring bitmap.

A cohort is an intersection of unions of such sets; its k-th member, the rank of an amount and the size of a group are
operations on them. All answers are exact.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.index.arrays import Bools, Ints, below, narrow
from service.index.cache import LruCache
from service.index.columns import Change, Columns
from service.index.moving import GONE, Move, Positions, bitmap, nbytes, positions
from service.index.sets import Sets, moved, sets_of
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf, Untold
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

_REMEMBERED, _LEAST_REMEMBERED = 16, 4_000_000
"""Bytes of selections that are remembered: for each record, and of small orders in all."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A selection of an order: a sequence that finds its k-th member and the rank of an amount without a scan."""

    order: "Order"
    values: Ints
    members: BitMap

    def __len__(self) -> int:
        return len(self.members)

    def __getitem__(self, k: int) -> int:
        return self.values.item(self.members[k])

    def below(self, amount: float) -> int:
        """How many values are less than an amount."""
        return self._rank(below(self.values, amount))

    def at_most(self, amount: float) -> int:
        """How many values are an amount or less."""
        return self._rank(below(self.values, amount, itself=True))

    def _rank(self, position: int) -> int:
        return int(self.members.rank(position - 1)) if position else 0

    def array(self) -> Ints:
        """All values, ascending; costs time in proportion to their number."""
        return self.values[positions(self.members)]

    @property
    def total(self) -> int:
        return int(self.array().sum(dtype=np.int64))

    @property
    def deviation(self) -> float:
        return float(np.std(self.array(), ddof=1))

    def within(self, condition: Condition) -> "Ranked":
        return Ranked(self.order, self.values, self.order.narrowed(self.members, condition))

    def counts(self, values: Iterable[int]) -> dict[int, int]:
        return self.order.counts(self.members, values)

    def telling(self, factor: Factor) -> int:
        return int(self.order.sets.told[factor].intersection_cardinality(self.members))

    def sizes(self, factor: Factor) -> tuple[int, ...]:
        counts = self.order.tally(self.members, factor)[1:]
        return tuple(int(count) for count in counts[counts > 0])


class Order:
    """The records of `columns` that carry a measure, ascending by it and then by row; `carriers` are their rows."""

    def __init__(self, columns: Columns, rows: Positions, values: Ints, sets: Sets) -> None:
        self.columns, self.rows, self.values, self.sets = columns, rows, values, sets
        self.carriers = bitmap(np.sort(rows))
        self._selections: LruCache[Any, BitMap] = LruCache(max(_LEAST_REMEMBERED, _REMEMBERED * len(rows)), nbytes)

    @classmethod
    def of(cls, columns: Columns, taxonomy: Taxonomy, values: Ints, told: Bools) -> "Order":
        """Made from the value of each record and whether it tells one."""
        rows = _ascending(values, told)
        here = np.arange(len(rows), dtype=np.uint32)
        return cls(columns, rows, narrow(values[rows]), sets_of(columns, taxonomy, rows, here))

    def later(self, columns: Columns, taxonomy: Taxonomy, values: Ints, told: Bools, change: Change) -> "Order":
        """The same order in an edition that came of this one by some changes: what `of` would make, in less time."""
        rows = _ascending(values, told)
        position = np.full(columns.size + 1, GONE)
        position[rows] = np.arange(len(rows), dtype=np.uint32)
        here = np.sort(position[change.fresh])
        here = here[: len(here) - np.count_nonzero(here == GONE)]
        fresh = sets_of(columns, taxonomy, rows[here], here)
        return Order(columns, rows, narrow(values[rows]), moved(self.sets, Move(position[change.to[self.rows]]), fresh))

    def __getstate__(self) -> dict[str, object]:
        """Without the columns, which the index has that the order is of."""
        return {**self.__dict__, "columns": None}

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, conditions: Conditions) -> BitMap:
        """The positions of the records that meet all conditions. Beginnings of a list of conditions are remembered."""
        if not conditions:
            return self.sets.everyone
        return self._selections.get_or_create(
            conditions, lambda: self.narrowed(self.select(conditions[:-1]), conditions[-1])
        )

    def clear_cache(self) -> None:
        """Forget the cached selections, for measurements of uncached queries."""
        self._selections.clear()

    def ranked(self, conditions: Conditions) -> Ranked:
        return Ranked(self, self.values, self.select(conditions))

    def narrowed(self, members: BitMap, condition: Condition) -> BitMap:
        """Those of some positions whose records meet a condition; not remembered."""
        match condition:
            case AnyOf(_, values):
                found = self._union(values)
                return found if members is self.sets.everyone else members & found
            case NoneOf(_, values):
                return members - self._union(values)
            case Untold(factor, besides):
                return members - (self._union(besides) if besides else self.sets.told[factor])
            case Effective():
                return members & self._selections.get_or_create(condition, lambda: self._of_months(condition))

    def _of_months(self, asked: Effective) -> BitMap:
        first, last = asked.first, asked.last
        months = (m for m in self.sets.months if (first is None or m >= first) and (last is None or m <= last))
        return BitMap.union(BitMap(), *(self.sets.months[month] for month in months))

    def _union(self, values: Iterable[int]) -> BitMap:
        sets = self.sets.values
        found = [sets[value] for value in values if value in sets]
        return found[0] if len(found) == 1 else BitMap.union(BitMap(), *found)

    def counts(self, members: BitMap, values: Iterable[int]) -> dict[int, int]:
        """How many of the members carry each value or a descendant of it; values that none carries are left out."""
        sets = self.sets.values
        counted = ((value, members.intersection_cardinality(sets[value])) for value in values if value in sets)
        return {value: count for value, count in counted if count}

    def tally(self, members: BitMap, factor: Factor) -> npt.NDArray[np.int64]:
        """How many of the members carry each single value of a factor, in one pass over the members; not told is first."""
        coded = self.columns.one[factor]
        return np.bincount(coded.codes[self.rows[positions(members)]], minlength=len(coded.numbers) + 1)

    @property
    def nbytes(self) -> int:
        """Bytes that the order takes: values, rows and the serialized size of its bitmaps."""
        return self.values.nbytes + self.rows.nbytes + self.sets.nbytes


def _ascending(values: Ints, told: Bools) -> Positions:
    carrying = np.flatnonzero(told).astype(np.uint32)
    return carrying[np.argsort(values[carrying], kind="stable")]
