"""The index of one edition: the protocol of both engines, and the rank index, which holds all records in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from service.errors import NeedsIndex
from service.index.cache import LruCache
from service.index.columns import AmountColumn, Columns, RowChanges, adjust_amounts, count_below
from service.index.fingerprint import Fingerprints
from service.index.order import Order, RankSelection
from service.index.selection import Selection
from service.store.editions import Edition
from service.store.reference import Reference
from service.vocabulary.conditions import Conditions
from service.vocabulary.measures import Adjustment, Measure

OrderKey = tuple[Measure, Adjustment]
RecordLocation = tuple[Columns, int]
"""Columns that have a record, and its row in them."""


class Index(Protocol):
    """One edition and its selections; immutable, and safe to share between threads."""

    edition: Edition
    reference: Reference
    api_objects: dict[Any, Any]
    """API objects that are created once per edition: by the id of a factor value, or by currency."""
    cache: LruCache[Any, Any]
    """Results that hold for the whole edition."""

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """Build what selections by a measure need, off the event loop."""
        ...

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> Selection:
        """The records that meet all conditions and carry a measure, ascending by it; without a measure all, by month."""
        ...

    def records(self, value: int) -> int:
        """The number of records that carry a factor value or a descendant of it."""
        ...

    def record(self, id_: UUID) -> RecordLocation | None:
        """Where the record with an id is; None if the edition has none."""
        ...


@dataclass
class RankIndex:
    """All records of an edition in memory, with an order per measure, each built on first use.

    `base` is the order of all records by month and id.
    """

    edition: Edition
    reference: Reference
    columns: Columns
    base: Order
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    api_objects: dict[Any, Any] = field(default_factory=dict)
    cache: LruCache[Any, Any] = field(default_factory=LruCache)
    load_order: Callable[["RankIndex", Measure, Adjustment], Awaitable[Order | None]] | None = None
    """Has another process build an order and loads it; its result is None if no file can be written."""
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, edition: Edition, reference: Reference, columns: Columns) -> "RankIndex":
        """The index of an edition, with no order but the base yet."""
        return cls(edition, reference, columns, Order.of(columns, reference.taxonomy, _months(columns)))

    def apply_change(self, edition: Edition, reference: Reference, columns: Columns, changes: RowChanges) -> "RankIndex":
        """The index of a later edition, with orders of the same measures: equal to newly built ones, in less time."""
        base = self.base.apply_change(columns, reference.taxonomy, _months(columns), changes)
        index = RankIndex(edition, reference, columns, base)
        for (measure, adjustment), order in list(self.orders.items()):  # other threads may add orders meanwhile
            if adjustment is Adjustment.NONE:  # price levels may have changed
                amounts = adjust_amounts(columns, measure, adjustment, {})
                index.orders[measure, adjustment] = order.apply_change(columns, reference.taxonomy, amounts, changes)
        return index

    async def prepare(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> None:
        """Build an order that is missing, off the event loop: about a second per million records."""
        if (measure, adjustment) in self.orders:
            return
        order = await self.load_order(self, measure, adjustment) if self.load_order else None
        if order is None:
            await asyncio.to_thread(self.order, measure, adjustment)
        else:
            self.orders.setdefault((measure, adjustment), order)

    def order(self, measure: Measure, adjustment: Adjustment = Adjustment.NONE) -> Order:
        """The order of a measure, built by the first call; other threads wait meanwhile."""
        key = measure, adjustment
        if key not in self.orders:
            with self._lock:
                if key not in self.orders:
                    amounts = adjust_amounts(self.columns, measure, adjustment, self.reference.price_levels)
                    self.orders[key] = Order.of(self.columns, self.reference.taxonomy, amounts)
        return self.orders[key]

    def selection(
        self, conditions: Conditions, measure: Measure | None = None, adjustment: Adjustment = Adjustment.NONE
    ) -> RankSelection:
        order = self.order(measure, adjustment) if measure else self.base
        return order.selection(conditions)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self.columns, self.base, self.reference.price_levels)

    def records(self, value: int) -> int:
        return len(self.base.sets.values.get(value, ()))

    def record(self, id_: UUID) -> RecordLocation | None:
        row = self.columns.row(id_)
        return None if row is None else (self.columns, row)

    def row_at(self, month: int, id_: UUID) -> int:
        """The number of records that sort before a month and id: the row of that record if the edition has it."""
        first, last = (count_below(self.base.values, month, inclusive=inclusive) for inclusive in (False, True))
        return first + self.columns.count_smaller_ids(id_, first, last)


def _months(columns: Columns) -> AmountColumn:
    return AmountColumn(columns.months.decode(), np.ones(columns.size, np.bool_))


_NEEDS_INDEX = (
    "This query is not supported with PAYRANK_STATISTICS=sql, since it scans all records. Use a service with "
    "PAYRANK_STATISTICS=index."
)


def require_rank_index(index: Index) -> RankIndex:
    """The rank index, for queries that scan all records; raises NeedsIndex if statistics are computed by SQL."""
    if not isinstance(index, RankIndex):
        raise NeedsIndex(_NEEDS_INDEX)
    return index
