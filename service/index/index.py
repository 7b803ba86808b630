"""The index of one edition: the protocol of both engines, and the rank index, which holds all records in memory."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import cached_property, partial
from threading import Lock
from typing import Any, Protocol, TypeVar
from uuid import UUID

import numpy as np
from pyroaring import BitMap

from service.errors import NeedsIndex
from service.index.amounts import BasisAmounts, Conversion, PriceLevels, RatesByCode, compared_amounts, own_rates
from service.index.bitmaps import to_bitmap
from service.index.cache import LruCache
from service.index.columns import AmountColumn, Columns, RowChanges, count_below
from service.index.fingerprint import Fingerprints
from service.index.groups import Partition
from service.index.order import Order, RankSelection
from service.index.selection import Selection
from service.store.database import Edition
from service.store.protected_tables import ContributorNumbers
from service.store.reference import Reference
from service.vocabulary.conditions import Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, PAY, STORED_CURRENCY, Adjustment, Basis, Measure
from service.vocabulary.terms import FactorValue
from service.work import Work, count

T = TypeVar("T")
OrderKey = tuple[Measure, Basis]
RecordLocation = tuple[Columns, int]
"""Columns that have a record, and its row in them."""

MAX_CURRENCY_ORDERS = 16
"""Orders in other currencies than the stored one that are kept, of about 35 bytes per record each."""

RECORDS_PER_GROUP = 300
"""Records that a pass goes over in the time that a selection takes to be narrowed to one group."""

MIN_THREADED_RECORDS = 50_000
"""Scans of this many records, which take about a millisecond, run in another thread so that the event loop goes on."""
_SCANS = ThreadPoolExecutor(2, "scan")


class Index(Protocol):
    """One edition and its selections; immutable, and safe to share between threads."""

    edition: Edition
    reference: Reference
    api_objects: dict[Any, Any]
    """API objects that are created once per edition: factor values by their id, and the table of records."""
    cache: LruCache[Any, Any]
    """Results that hold for the whole edition."""
    contributors: ContributorNumbers | None
    """The latest published numbers of contributors; None before the first."""

    @property
    def group_counts(self) -> Mapping[Factor, int]:
        """The number of top-level values of each factor that records may have."""
        ...

    async def prepare(self, measure: Measure, basis: Basis = DOLLARS) -> None:
        """Build what selections by a measure need, off the event loop."""
        ...

    async def compute(self, function: Callable[[], T], records: int) -> T:
        """The result of a function that scans a number of records or spellings, from another thread if they are many."""
        ...

    def warm(self) -> None:
        """Build what the first queries would otherwise build while they hold the event loop."""
        ...

    def selection(self, conditions: Conditions, measure: Measure | None = None, basis: Basis = DOLLARS) -> Selection:
        """The records that meet all conditions and carry a measure, ascending by it; without a measure all, by month."""
        ...

    def count(self, conditions: Conditions, measure: Measure, basis: Basis = DOLLARS) -> int:
        """The number of records that meet all conditions and carry a measure, without `prepare`."""
        ...

    def measure_counts(self, conditions: Conditions, adjustment: Adjustment) -> Mapping[Measure, int]:
        """The number of records that meet all conditions and carry each measure, pay with an adjustment; 0 if none do."""
        ...

    def count_at_old_rates(self, conditions: Conditions, measure: Measure, basis: Basis) -> int:
        """The number of records as in `count` that are converted to the currency at an old rate."""
        ...

    def partition(self, factor: Factor, under: FactorValue | None, records: int) -> Partition | None:
        """The groups of some records by a factor's top-level values, or by its values below one, for a single pass.

        None if it is faster to make them one by one, or the only way.
        """
        ...

    def records(self, value: int) -> int:
        """The number of records that carry a factor value or a descendant of it."""
        ...

    def record(self, id_: UUID) -> RecordLocation | None:
        """Where the record with an id is; None if the edition has none."""
        ...


@dataclass
class RankIndex:
    """All records of an edition in memory, with an order per measure and basis, each built on first use.

    `base` is the order of all records by month and id. `currency_orders` has the orders in other currencies that were used
    last, `orders` all others.
    """

    edition: Edition
    reference: Reference
    columns: Columns
    base: Order
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    currency_orders: LruCache[OrderKey, Order] = field(default_factory=lambda: LruCache(MAX_CURRENCY_ORDERS))
    api_objects: dict[Any, Any] = field(default_factory=dict)
    cache: LruCache[Any, Any] = field(default_factory=LruCache)
    contributors: ContributorNumbers | None = None
    load_order: Callable[["RankIndex", Measure, Basis], Awaitable[Order | None]] | None = None
    """Has another process build an order and loads it; its result is None if no file can be written."""
    min_threaded_records: int = MIN_THREADED_RECORDS
    _lock: Lock = field(default_factory=Lock)

    @classmethod
    def of(cls, edition: Edition, reference: Reference, columns: Columns) -> "RankIndex":
        """The index of an edition, with no order but the base yet."""
        return cls(edition, reference, columns, Order.of(columns, reference.taxonomy, _months(columns)))

    def apply_change(self, edition: Edition, reference: Reference, columns: Columns, changes: RowChanges) -> "RankIndex":
        """The index of a later edition, with the orders by stored values: equal to newly built ones, in less time."""
        base = self.base.apply_change(columns, reference.taxonomy, _months(columns), changes)
        index = RankIndex(edition, reference, columns, base)
        for (measure, basis), order in list(self.orders.items()):  # other threads may add orders meanwhile
            if basis == DOLLARS:  # price levels may have changed
                amounts = compared_amounts(columns, measure, basis, reference)
                index.orders[measure, basis] = order.apply_change(columns, reference.taxonomy, amounts, changes)
        return index

    async def prepare(self, measure: Measure, basis: Basis = DOLLARS) -> None:
        """Build an order that is missing, off the event loop: about a second per million records."""
        key = measure, basis
        if self._known_order(key):
            return
        if basis.currency != STORED_CURRENCY:
            await asyncio.to_thread(self._rows_at_old_rates, basis.currency)
        order = await self.load_order(self, measure, basis) if self.load_order else None
        if order is None:
            count(Work.FITS)
            await asyncio.to_thread(self.order, measure, basis)
        else:
            self._keep(key, order)

    async def compute(self, function: Callable[[], T], records: int) -> T:
        if records < self.min_threaded_records:
            return function()
        run = partial(copy_context().run, function)
        return await asyncio.get_running_loop().run_in_executor(_SCANS, run)

    def warm(self) -> None:
        self.reference.prepare()
        for factor in self.columns.one:
            self.partition(factor, None, 0)
        for measure in Measure:
            self._carriers(measure, DOLLARS)
        _ = self._rows_with_level, self._own_rates, self.group_counts

    @cached_property
    def group_counts(self) -> Mapping[Factor, int]:
        taxonomy, present = self.reference.taxonomy, self.base.sets.values
        return {factor: sum(value.id in present for value in taxonomy.roots(factor)) for factor in Factor}

    def order(self, measure: Measure, basis: Basis = DOLLARS) -> Order:
        """The order of a measure, built by the first call; other threads wait meanwhile."""
        key = measure, basis
        found = self._known_order(key)
        if found is None:
            with self._lock:
                found = self._known_order(key)
                if found is None:
                    amounts = compared_amounts(self.columns, measure, basis, self.reference)
                    found = Order.of(self.columns, self.reference.taxonomy, amounts)
                    self._keep(key, found)
        return found

    def _known_order(self, key: OrderKey) -> Order | None:
        return self.orders.get(key) if key[1].currency == STORED_CURRENCY else self.currency_orders.get(key)

    def _keep(self, key: OrderKey, order: Order) -> None:
        if key[1].currency == STORED_CURRENCY:
            self.orders.setdefault(key, order)
        else:
            self.currency_orders.put(key, order)

    def selection(self, conditions: Conditions, measure: Measure | None = None, basis: Basis = DOLLARS) -> RankSelection:
        order = self.order(measure, basis) if measure else self.base
        return order.selection(conditions)

    def conversion(self, currency: str) -> Conversion:
        """The conversion of the edition's records to a currency; raises UnknownCode."""
        key = "conversion", currency
        found: Conversion = self.cache.get_or_create(key, lambda: self._new_conversion(currency))
        return found

    def _new_conversion(self, currency: str) -> Conversion:
        return Conversion(self.columns, self.reference.rates, currency, self._own_rates)

    @cached_property
    def _own_rates(self) -> RatesByCode:
        return own_rates(self.columns, self.reference.rates)

    def amounts(self, basis: Basis) -> BasisAmounts:
        """Pay of single records on a basis; raises UnknownCode for an unknown currency."""
        conversion = None if basis.currency == STORED_CURRENCY else self.conversion(basis.currency)
        levels = self._price_levels if basis.adjustment is Adjustment.COST_OF_LIVING else None
        return BasisAmounts(self.columns, conversion, levels)

    @cached_property
    def _price_levels(self) -> PriceLevels:
        return PriceLevels(self.columns, self.reference.price_levels)

    def count(self, conditions: Conditions, measure: Measure, basis: Basis = DOLLARS) -> int:
        count(Work.SETS)
        return self._carriers(measure, basis).intersection_cardinality(self.base.select(conditions))

    def measure_counts(self, conditions: Conditions, adjustment: Adjustment) -> dict[Measure, int]:
        adjusted = Basis(adjustment=adjustment)
        return {measure: self.count(conditions, measure, adjusted if measure in PAY else DOLLARS) for measure in Measure}

    def count_at_old_rates(self, conditions: Conditions, measure: Measure, basis: Basis) -> int:
        old = self._rows_at_old_rates(basis.currency)
        count(Work.SETS)
        found = old & self.base.select(conditions) if old else old
        return found.intersection_cardinality(self._carriers(measure, basis)) if found else 0

    def _rows_at_old_rates(self, currency: str) -> BitMap:
        key = "at old rates", currency
        found: BitMap = self.cache.get_or_create(key, lambda: to_bitmap(self.conversion(currency).rows_at_old_rates))
        return found

    def _carriers(self, measure: Measure, basis: Basis) -> BitMap:
        """The rows of the records that carry a measure on a basis."""
        order = self._known_order((measure, basis))
        if order:
            return order.carriers
        if basis.adjustment is not Adjustment.NONE:
            return self._carriers(measure, DOLLARS) & self._rows_with_level

        def find() -> BitMap:
            return to_bitmap(np.flatnonzero(self.columns.amounts[measure].reported).astype(np.uint32))

        found: BitMap = self.cache.get_or_create(("carriers", measure), find)
        return found

    @cached_property
    def _rows_with_level(self) -> BitMap:
        return to_bitmap(np.flatnonzero(self._price_levels.of() > 0).astype(np.uint32))

    def partition(self, factor: Factor, under: FactorValue | None, records: int) -> Partition | None:
        column, values = self.columns.one.get(factor), self.reference.taxonomy.groups(factor, under)
        if column is None or RECORDS_PER_GROUP * len(values) < records:
            return None
        found: Partition = self.cache.get_or_create(
            ("partition", factor, under and under.id), lambda: Partition.of(column, values, self.reference.taxonomy)
        )
        return found

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self.columns, self.base, self.reference)

    def records(self, value: int) -> int:
        return len(self.base.sets.values.get(value, ()))

    def record(self, id_: UUID) -> RecordLocation | None:
        count(Work.ROWS)
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
