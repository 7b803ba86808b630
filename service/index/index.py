"""The rank index of one edition: its columns and the orders made of them, each on first use; and what is asked of either way
to answer."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any
from uuid import UUID

import numpy as np

from service.errors import NeedsIndex
from service.index.adjusted import adjusted
from service.index.arrays import Bools, Ints, below
from service.index.cache import LruCache
from service.index.columns import Change, Columns
from service.index.fingerprint import Fingerprints
from service.index.order import Order, Ranked
from service.index.selection import Index, Located
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
    cache: LruCache[Any, Any] = field(default_factory=LruCache)
    elsewhere: Callable[[Measure, Adjustment], Awaitable[Order | None]] | None = None
    """Has an order made by another process; none comes of it where nothing can be kept."""
    _orders: dict[Key, Order] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, edition: Edition, reference: Reference, columns: Columns) -> "RankIndex":
        """An edition's, without orders yet but the base."""
        return cls(edition, reference, columns, Order.of(columns, reference.taxonomy, *_by_month(columns)))

    def later(self, edition: Edition, reference: Reference, columns: Columns, change: Change) -> "RankIndex":
        """A later edition's, with orders of the same measures, in less time than anew."""
        base = self.base.later(columns, reference.taxonomy, *_by_month(columns), change)
        index = RankIndex(edition, reference, columns, base)
        for (measure, adjustment), order in list(self._orders.items()):  # requests may have others made meanwhile
            if adjustment is Adjustment.NONE:  # price levels may be others now
                values = adjusted(columns, measure, adjustment, {})
                index._orders[measure, adjustment] = order.later(columns, reference.taxonomy, *values, change)
        return index

    def __getstate__(self) -> dict[str, object]:
        """What was built, for another process or a file."""
        return {**self.__dict__, "shown": {}, "elsewhere": None, "_lock": None}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _lock=Lock())
        for order in (self.base, *self._orders.values()):
            order.columns = self.columns

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """Have an order that is not there yet made, off the event loop: a second or so for each million records."""
        if (measure, adjustment) in self._orders:
            return
        order = await self.elsewhere(measure, adjustment) if self.elsewhere else None
        if order is None:
            await asyncio.to_thread(self.order, measure, adjustment)
        else:
            order.columns = self.columns
            self._orders.setdefault((measure, adjustment), order)

    def order(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> Order:
        key = measure, adjustment
        if key not in self._orders:
            with self._lock:
                if key not in self._orders:
                    self._orders[key] = self._build(measure, adjustment)
        return self._orders[key]

    def _build(self, measure: Measure, adjustment: Adjustment) -> Order:
        values, told = adjusted(self.columns, measure, adjustment, self.reference.price_levels)
        return Order.of(self.columns, self.reference.taxonomy, values, told)

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> Ranked:
        order = self.order(measure, adjustment) if measure else self.base
        return order.ranked(conditions)

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


def _by_month(columns: Columns) -> tuple[Ints, Bools]:
    return columns.months.exchanged(columns.months.numbers), np.ones(columns.size, np.bool_)


def indexed(index: Index) -> RankIndex:
    """The rank index, for questions that go through all records of an edition; raises NeedsIndex where there is none."""
    if not isinstance(index, RankIndex):
        raise NeedsIndex("This goes through all records, which takes the rank index: serve with PAYRANK_STATISTICS=index.")
    return index
