"""The rank index of one edition: its columns and the orders made of them, each on first use; and what is asked of either way
to answer."""

import asyncio
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np
from pyroaring import BitMap

from service.errors import NeedsIndex
from service.rank.arrays import below
from service.rank.columns import Columns, adjusted
from service.rank.fingerprint import Fingerprints
from service.rank.memory import Memory
from service.rank.order import Order, Ranked, bitmap
from service.rank.selection import Index, Located
from service.store.editions import Edition
from service.store.reference import Reference
from service.vocabulary.conditions import Conditions
from service.vocabulary.measures import Adjustment, Measure

__all__ = ["Index", "RankIndex", "indexed"]

Key = tuple[Measure, Adjustment]


@dataclass
class RankIndex:
    """All of an edition, in memory.

    `base` is the order by month and id that every record is in, whatever it carries.
    """

    edition: Edition
    reference: Reference
    columns: Columns
    base: Order
    shown: dict[Any, Any] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    _orders: dict[Key, Order] = field(default_factory=dict)
    _carrying: dict[Measure, BitMap] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __getstate__(self) -> dict[str, object]:
        """What was built, for another process or a file."""
        return {**self.__dict__, "shown": {}, "_lock": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _lock=Lock())

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """Make an order that is not there yet, off the event loop: a second or so for each million records."""
        if (measure, adjustment) not in self._orders:
            await asyncio.to_thread(self.order, measure, adjustment)

    def order(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> Order:
        key = measure, adjustment
        if key not in self._orders:
            with self._lock:
                if key not in self._orders:
                    self._orders[key] = self._build(measure, adjustment)
        return self._orders[key]

    def _build(self, measure: Measure, adjustment: Adjustment) -> Order:
        values, told = adjusted(self.columns, measure, adjustment, self.reference.price_levels)
        return Order(self.columns, self.reference.taxonomy, values, told)

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> Ranked:
        order = self.order(measure, adjustment) if measure else self.base
        return order.ranked(conditions)

    def carrying(self, measure: Measure) -> BitMap:
        """The rows of the base order that carry a measure."""
        if measure not in self._carrying:
            self._carrying[measure] = bitmap(np.flatnonzero(self.columns.amounts[measure][1]).astype(np.uint32))
        return self._carrying[measure]

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self.columns, self.base, self.reference.price_levels)

    def records(self, value: int) -> int:
        """How many records carry a factor value or a descendant of it."""
        return len(self.base.sets.values.get(value, ()))

    def record(self, id_: UUID) -> Located | None:
        row = self.columns.row(id_)
        return None if row is None else (self.columns, row)

    def row_at(self, month: int, id_: UUID) -> int:
        """How many records come before a month and id in the base order: the record's own row, or where it would stand."""
        first, last = (below(self.base.values, month, itself=itself) for itself in (False, True))
        return first + self.columns.place(id_, first, last)


def indexed(index: Index) -> RankIndex:
    """The rank index, for questions that go through all records of an edition; raises NeedsIndex where there is none."""
    if not isinstance(index, RankIndex):
        raise NeedsIndex("This goes through all records, which takes the rank index: serve with PAYRANK_STATISTICS=index.")
    return index
