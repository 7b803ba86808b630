"""Listings: the records of a cohort in an order, in pages between cursors.

A cursor holds the place of a record (its amount, month and id), not its number: paging goes on across editions without
repeating or skipping a record.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson
from pyroaring import BitMap

from service.errors import InputError
from service.index.arrays import below
from service.index.index import RankIndex, indexed
from service.index.moving import positions
from service.index.order import Order
from service.market.cohort import Cohort
from service.vocabulary.measures import Measure

MOST, USUAL = 100, 50


class RecordOrderField(StrEnum):
    EFFECTIVE = "effective"
    BASE_SALARY = "base_salary"
    TOTAL_COMPENSATION = "total_compensation"


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """By month or by an amount; records without the amount come last either way."""

    field: RecordOrderField = RecordOrderField.EFFECTIVE
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """Which page: the first or the last so many, up to `most`, after and before a cursor."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    most: int = MOST


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a page, by their rows in the index."""

    index: RankIndex
    order: RecordOrder
    rows: list[int]
    total: int
    has_next: bool
    has_previous: bool

    def cursor(self, row: int) -> str:
        """Leads on from a record."""
        measure, id_ = measure_of(self.order), self.index.columns.id(row)
        if measure is None:
            return Place(None, self.index.columns.month(row), id_).cursor()
        amount = self.index.columns.amounts[measure].amount(row)
        return Place(amount, self.index.columns.month(row), id_).cursor()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands: by its amount (None where it has none), then its month and id."""

    amount: int | None
    month: int
    id: UUID

    def cursor(self) -> str:
        raw = orjson.dumps([self.amount, self.month])
        return urlsafe_b64encode(self.id.bytes + raw).decode()

    @classmethod
    def read(cls, cursor: str) -> "Place":
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii"))
            amount, month = orjson.loads(raw[16:])
            if not (isinstance(month, int) and (amount is None or isinstance(amount, int))):
                raise ValueError
            return cls(amount, month, UUID(bytes=raw[:16]))
        except (ValueError, TypeError) as error:
            raise InputError(f"{cursor[:40]!r} is not a cursor of this list; use one from pageInfo or edges.") from error


@dataclass(frozen=True, slots=True)
class Run:
    """Members of one order, walked up or down."""

    index: RankIndex
    order: Order
    members: BitMap
    descending: bool

    def __len__(self) -> int:
        return len(self.members)

    def taken(self, start: int, stop: int) -> list[int]:
        """The rows of the members from `start` to `stop`, as far as there are so many."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        first, last = (len(self) - stop, len(self) - start) if self.descending else (start, stop)
        rows: list[int] = self.order.rows[positions(self.members[first:last])].tolist()
        return rows[::-1] if self.descending else rows

    def passed(self, amount: int, row: int, *, present: bool, itself: bool) -> int:
        """How many members come before a place; a record that is still `present` counts when `itself` is to."""
        values, rows = self.order.values, self.order.rows
        low, high = (below(values, amount, itself=equal) for equal in (False, True))
        position = low + below(rows[low:high], row)
        here = present and position < high and int(rows[position]) == row and position in self.members
        smaller = int(self.members.rank(position - 1)) if position else 0
        if self.descending:
            return len(self) - smaller - (1 if here and not itself else 0)
        return smaller + (1 if here and itself else 0)


def page(cohort: Cohort, order: RecordOrder, window: Window) -> Page:
    """One page of a cohort's records; raises InputError for a bad window."""
    index = indexed(cohort.index)
    runs = _runs(cohort, order)
    total = sum(len(run) for run in runs)
    start = _passed(index, runs, window.after, itself=True) if window.after else 0
    stop = _passed(index, runs, window.before, itself=False) if window.before else total
    start, stop = _limited(window, start, max(start, stop))
    first, rest = runs[0], len(runs[0])
    rows = first.taken(start, stop) + [row for run in runs[1:] for row in run.taken(max(0, start - rest), stop - rest)]
    return Page(index, order, rows, total, stop < total, start > 0)


def _limited(window: Window, start: int, stop: int) -> tuple[int, int]:
    if window.first is not None and window.last is not None:
        raise InputError("Ask for the first or for the last records, not for both at once.")
    for name, value in (("first", window.first), ("last", window.last)):
        if value is not None and not 0 <= value <= window.most:
            raise InputError(f"`{name}` is from 0 to {window.most} records a page, not {value}; page on with a cursor.")
    if window.last is not None:
        return max(start, stop - window.last), stop
    count = min(USUAL, window.most) if window.first is None else window.first
    return start, min(stop, start + count)


_MEASURES = {
    RecordOrderField.BASE_SALARY: Measure.BASE_SALARY,
    RecordOrderField.TOTAL_COMPENSATION: Measure.TOTAL_COMPENSATION,
}


def measure_of(order: RecordOrder) -> Measure | None:
    """The measure that a listing is ordered by; None for the month."""
    return _MEASURES.get(order.field)


def _runs(cohort: Cohort, order: RecordOrder) -> list[Run]:
    """The records with the amount in its order, then those without it by month."""
    index, measure = indexed(cohort.index), measure_of(order)
    if measure is None:
        return [Run(index, index.base, cohort.members, order.descending)]
    told = index.order(measure)
    carrying = told.select(cohort.conditions)
    rest = cohort.members - told.carriers
    return [Run(index, told, carrying, order.descending), Run(index, index.base, rest, order.descending)]


def _passed(index: RankIndex, runs: list[Run], cursor: str, *, itself: bool) -> int:
    place = Place.read(cursor)
    row = index.row_at(place.month, place.id)
    present = row < index.columns.size and index.columns.id(row) == place.id
    if len(runs) == 1:
        return runs[0].passed(place.month, row, present=present, itself=itself)
    if place.amount is None:
        return len(runs[0]) + runs[1].passed(place.month, row, present=present, itself=itself)
    return runs[0].passed(place.amount, row, present=present, itself=itself)
