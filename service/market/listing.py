"""Record lists: a cohort's records in a sort order, in pages between cursors (keyset pagination).

A cursor holds the sort key of a record (its amount, month and id) and not its position, so that pages neither repeat nor
skip records when a new edition is published between two requests.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import orjson
from pyroaring import BitMap

from service.errors import InputError, ProblemCode, collected_problems, out_of_range
from service.index.bitmaps import to_positions
from service.index.columns import count_below
from service.index.index import RankIndex, require_rank_index
from service.index.order import Order
from service.limits import LIMITS
from service.market.cohort import Cohort
from service.vocabulary.measures import DOLLARS, Adjustment, Basis, Measure
from service.work import Work, count

MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE = LIMITS["page_size"].maximum, 50


class RecordOrderField(StrEnum):
    EFFECTIVE = "effective"
    BASE_SALARY = "base_salary"
    TOTAL_COMPENSATION = "total_compensation"


_MEASURES = {
    RecordOrderField.BASE_SALARY: Measure.BASE_SALARY,
    RecordOrderField.TOTAL_COMPENSATION: Measure.TOTAL_COMPENSATION,
}


@dataclass(frozen=True, slots=True)
class RecordOrder:
    """Sort order: by month or by an amount, where records without the amount come last in both directions."""

    field: RecordOrderField = RecordOrderField.EFFECTIVE
    descending: bool = True

    def __str__(self) -> str:
        return f"{self.field.name} {'DESC' if self.descending else 'ASC'}"


def measure_of(order: RecordOrder) -> Measure | None:
    """The measure that records are sorted by; None for the month."""
    return _MEASURES.get(order.field)


@dataclass(frozen=True, slots=True)
class PageArguments:
    """Which page to return, as in the Relay specification; `first` and `last` are at most `max_size`."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None
    max_size: int = MAX_PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Page:
    """Records of a page as rows of the index, sorted by amounts on `basis`; `total` counts those of all pages."""

    index: RankIndex
    basis: Basis
    order: RecordOrder
    rows: list[int]
    total: int
    has_next: bool
    has_previous: bool

    def cursor(self, row: int) -> str:
        """The cursor of a record."""
        columns, measure = self.index.columns, measure_of(self.order)
        amount = self._amount(measure, row) if measure else None
        return SortKey(amount, columns.month(row), columns.id(row)).cursor(_list_name(self.order, self.basis))

    def _amount(self, measure: Measure, row: int) -> int | None:
        if self.basis == DOLLARS:
            return self.index.columns.amounts[measure].value(row)
        return self.index.amounts(self.basis).to_list(measure, [row])[0]


@dataclass(frozen=True, slots=True)
class SortKey:
    """The sort key of a record: its amount (None if it has none), month and id."""

    amount: int | None
    month: int
    id: UUID

    def cursor(self, list_name: str) -> str:
        """The cursor in a list with the name of its order."""
        raw = orjson.dumps([self.amount, self.month, list_name])
        return urlsafe_b64encode(self.id.bytes + raw).decode()

    @classmethod
    def from_cursor(cls, cursor: str, list_name: str) -> "SortKey":
        """Raises InputError for anything but a cursor of a list in the same order."""
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii"))
            amount, month, name = orjson.loads(raw[16:])
            if not (isinstance(month, int) and (amount is None or isinstance(amount, int)) and isinstance(name, str)):
                raise ValueError
            key = cls(amount, month, UUID(bytes=raw[:16]))
        except (ValueError, TypeError) as error:
            raise InputError(f"{cursor[:40]!r} is not a cursor of this list. Use one from pageInfo or edges.") from error
        if name != list_name:
            raise InputError(
                f"The cursor is of a list in the order {name[:40]!r}, and this one has the order {list_name!r}. Use the "
                "same `orderBy`, `currency` and `adjust` for all pages, or start without a cursor.",
                code=ProblemCode.CONFLICT,
            )
        return key


def _list_name(order: RecordOrder, basis: Basis) -> str:
    """The order of a list, with what its amounts are compared in.

    >>> _list_name(RecordOrder(), Basis("EUR")), _list_name(RecordOrder(RecordOrderField.BASE_SALARY, False), Basis("EUR"))
    ('EFFECTIVE DESC', 'BASE_SALARY ASC, EUR')
    """
    if measure_of(order) is None:
        return str(order)
    adjusted = ", COST_OF_LIVING" if basis.adjustment is Adjustment.COST_OF_LIVING else ""
    return f"{order}, {basis.currency}{adjusted}"


def check_page(
    order: RecordOrder, arguments: PageArguments, basis: Basis = DOLLARS
) -> tuple[SortKey | None, SortKey | None]:
    """The keys after and before which a page lies. Raises InputError with every problem of its arguments."""
    name, keys = _list_name(order, basis), dict[str, SortKey]()
    with collected_problems() as problems:
        with problems.at():
            _check_sizes(arguments)
        for argument, cursor in (("after", arguments.after), ("before", arguments.before)):
            if cursor:
                with problems.at(argument):
                    keys[argument] = SortKey.from_cursor(cursor, name)
    return keys.get("after"), keys.get("before")


def _check_sizes(arguments: PageArguments) -> None:
    if arguments.first is not None and arguments.last is not None:
        raise InputError("Pass either `first` or `last`, not both.", ("last",), ProblemCode.CONFLICT)
    for name, value in (("first", arguments.first), ("last", arguments.last)):
        if value is not None and not 0 <= value <= arguments.max_size:
            raise out_of_range(name, f"from 0 to {arguments.max_size}, got {value}. Use a cursor to get further pages.")


@dataclass(frozen=True, slots=True)
class _SortedRecords:
    """Some records of an index order, ascending or descending."""

    order: Order
    members: BitMap
    descending: bool

    def __len__(self) -> int:
        return len(self.members)

    def rows(self, start: int, stop: int) -> list[int]:
        """Rows of the records from `start` up to `stop`, which may lie beyond the last one."""
        stop = min(stop, len(self))
        if start >= stop:
            return []
        first, last = (len(self) - stop, len(self) - start) if self.descending else (start, stop)
        rows: list[int] = self.order.rows[to_positions(self.members[first:last])].tolist()
        return rows[::-1] if self.descending else rows

    def count_before(self, amount: int, row: int, *, present: bool, inclusive: bool) -> int:
        """How many records come before a sort key.

        `present` is whether the record of the key still exists, `inclusive` whether it counts too.
        """
        values, rows = self.order.values, self.order.rows
        low, high = (count_below(values, amount, inclusive=equal) for equal in (False, True))
        position = low + count_below(rows[low:high], row)
        here = present and position < high and int(rows[position]) == row and position in self.members
        smaller = int(self.members.rank(position - 1)) if position else 0
        if self.descending:
            return len(self) - smaller - (1 if here and not inclusive else 0)
        return smaller + (1 if here and inclusive else 0)


def page(cohort: Cohort, order: RecordOrder, arguments: PageArguments) -> Page:
    """One page of a cohort's records; raises InputError for an invalid cursor or page size."""
    index, basis = require_rank_index(cohort.index), Basis(cohort.currency, cohort.adjustment)
    after, before = check_page(order, arguments, basis)
    lists = _sorted_lists(cohort, order)
    total = sum(len(records) for records in lists)
    start = _count_before(index, lists, after, inclusive=True) if after else 0
    stop = _count_before(index, lists, before, inclusive=False) if before else total
    start, stop = _page_bounds(arguments, start, max(start, stop))
    first, offset = lists[0], len(lists[0])
    rows = first.rows(start, stop)
    rows += [row for records in lists[1:] for row in records.rows(max(0, start - offset), stop - offset)]
    count(Work.ROWS, len(rows))
    return Page(index, basis, order, rows, total, stop < total, start > 0)


def _page_bounds(arguments: PageArguments, start: int, stop: int) -> tuple[int, int]:
    if arguments.last is not None:
        return max(start, stop - arguments.last), stop
    count = min(DEFAULT_PAGE_SIZE, arguments.max_size) if arguments.first is None else arguments.first
    return start, min(stop, start + count)


def _sorted_lists(cohort: Cohort, order: RecordOrder) -> list[_SortedRecords]:
    """The records with the amount in its order, on the cohort's basis, then the others by month."""
    index, measure = require_rank_index(cohort.index), measure_of(order)
    if measure is None:
        return [_SortedRecords(index.base, cohort.members, order.descending)]
    by_amount = cohort.order(measure)
    with_amount = by_amount.select(cohort.conditions)
    rest = cohort.members - by_amount.carriers
    return [
        _SortedRecords(by_amount, with_amount, order.descending),
        _SortedRecords(index.base, rest, order.descending),
    ]


def _count_before(index: RankIndex, lists: list[_SortedRecords], key: SortKey, *, inclusive: bool) -> int:
    row = index.row_at(key.month, key.id)
    present = row < index.columns.size and index.columns.id(row) == key.id
    if len(lists) == 1:
        return lists[0].count_before(key.month, row, present=present, inclusive=inclusive)
    if key.amount is None:
        return len(lists[0]) + lists[1].count_before(key.month, row, present=present, inclusive=inclusive)
    return lists[0].count_before(key.amount, row, present=present, inclusive=inclusive)
