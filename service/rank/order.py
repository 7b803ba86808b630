"""An order: the records that carry a measure, ascending, with the positions of every factor value as a Roaring bitmap.

A cohort is an intersection of unions of such sets; its k-th member, the rank of an amount and the size of a group are
operations on them. All answers are exact.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.rank.arrays import Ints, below, narrow
from service.rank.bitmaps import Bitmaps
from service.rank.columns import Coded, Columns, Listed
from service.rank.memory import Memory
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf, Untold
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy


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


def positions(members: BitMap) -> npt.NDArray[np.uint32]:
    return np.frombuffer(members.to_array(), np.uint32) if members else np.empty(0, np.uint32)


def bitmap(ascending: npt.NDArray[np.uint32]) -> BitMap:
    found = BitMap(array("I", ascending.tobytes()))  # pyroaring's only way in that takes a buffer as a whole
    found.run_optimize()
    return found


def _split(coded: Coded, where: npt.NDArray[np.uint32]) -> Iterator[tuple[int, npt.NDArray[np.uint32]]]:
    """For each number that occurs, the positions that carry it; `where[i]` is the position of code i."""
    by_code = np.argsort(coded.codes, kind="stable")
    ends = np.cumsum(np.bincount(coded.codes, minlength=len(coded.numbers) + 1))
    for code, number in enumerate(coded.numbers, 1):
        if ends[code] > ends[code - 1]:
            yield number, where[by_code[ends[code - 1] : ends[code]]]


@dataclass(frozen=True)
class Sets:
    """Bitmaps by factor value (closed over descendants) and by month; `told` has who tells anything of a factor."""

    values: Mapping[int, BitMap]
    told: Mapping[Factor, BitMap]
    months: Mapping[int, BitMap]
    everyone: BitMap


class Order:
    """The records of `columns` that carry a measure, ascending by it and then by row."""

    def __init__(self, columns: Columns, taxonomy: Taxonomy, values: Ints, told: npt.NDArray[np.bool_]) -> None:
        carrying = np.flatnonzero(told).astype(np.uint32)
        ascending = np.argsort(values[carrying], kind="stable")
        self.rows: npt.NDArray[np.uint32] = carrying[ascending]
        self.values: Ints = narrow(values[self.rows])
        self.columns = columns
        self.sets = _sets(columns, taxonomy, self.rows)
        self._memory = Memory()

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, conditions: Conditions) -> BitMap:
        """The positions of the records that meet all conditions. Beginnings of a list of conditions are remembered."""
        if not conditions:
            return self.sets.everyone
        return self._memory.recalled(conditions, lambda: self.narrowed(self.select(conditions[:-1]), conditions[-1]))

    def forget(self) -> None:
        """Drop the remembered selections, as a measurement of fresh questions wants."""
        self._memory.forget()

    def ranked(self, conditions: Conditions) -> Ranked:
        return Ranked(self, self.values, self.select(conditions))

    def narrowed(self, members: BitMap, condition: Condition) -> BitMap:
        """Those of some positions whose records meet a condition; not remembered."""
        match condition:
            case AnyOf(_, values):
                return members & self._union(values)
            case NoneOf(_, values):
                return members - self._union(values)
            case Untold(factor, besides):
                return members - (self._union(besides) if besides else self.sets.told[factor])
            case Effective():
                return members & self._memory.recalled(condition, lambda: self._of_months(condition))

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
        sized = ((value, self.sets.values.get(value)) for value in values)
        counted = ((value, members.intersection_cardinality(found)) for value, found in sized if found)
        return {value: count for value, count in counted if count}

    def tally(self, members: BitMap, factor: Factor) -> npt.NDArray[np.int64]:
        """How many of the members carry each single value of a factor, in one pass over the members; not told is first."""
        coded = self.columns.one[factor]
        return np.bincount(coded.codes[self.rows[positions(members)]], minlength=len(coded.numbers) + 1)

    @property
    def nbytes(self) -> int:
        """Bytes that the order takes: values, rows and the serialized size of its bitmaps."""
        sets = [*self.sets.values.values(), *self.sets.told.values(), *self.sets.months.values()]
        return int(self.values.nbytes + self.rows.nbytes + sum(len(found.serialize()) for found in sets))


def _sets(columns: Columns, taxonomy: Taxonomy, rows: npt.NDArray[np.uint32]) -> Sets:
    size = len(rows)
    here = np.arange(size, dtype=np.uint32)
    everyone = BitMap(range(size))
    months = {month: bitmap(found) for month, found in _split(_taken(columns.months, rows), here)}
    values: dict[int, BitMap] = {}
    told: dict[Factor, BitMap] = {}
    for factor, coded in columns.one.items():
        taken = _taken(coded, rows)
        values |= _closed(taxonomy, {number: bitmap(found) for number, found in _split(taken, here)})
        told[factor] = bitmap(here[taken.codes > 0])
    place = np.full(columns.size, size, np.uint32)  # `size` stands for records outside this order
    place[rows] = here
    for factor, listed in columns.many.items():
        own = _listed_sets(listed, place, size)
        values |= _closed(taxonomy, own)
        told[factor] = BitMap.union(BitMap(), *own.values())
    return Sets(Bitmaps(values), Bitmaps(told), Bitmaps(months), everyone)


def _taken(coded: Coded, rows: npt.NDArray[np.uint32]) -> Coded:
    return Coded(coded.numbers, coded.codes[rows])


def _listed_sets(listed: Listed, place: npt.NDArray[np.uint32], size: int) -> dict[int, BitMap]:
    where = place[listed.rows]
    inside = where < size
    items = Coded(listed.items.numbers, listed.items.codes[inside])
    return {number: bitmap(np.sort(found)) for number, found in _split(items, where[inside])}


def _closed(taxonomy: Taxonomy, own: dict[int, BitMap]) -> dict[int, BitMap]:
    """Add to each value the records of its descendants within the same factor."""

    def add(sets: dict[int, BitMap], number: int) -> dict[int, BitMap]:
        value = taxonomy[number]
        parent = taxonomy.parent(value)
        while parent and parent.factor is value.factor:
            sets[parent.id] = sets.get(parent.id, BitMap()) | own[number]
            parent = taxonomy.parent(parent)
        return sets

    return reduce(add, own, dict(own))
