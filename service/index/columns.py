"""The columns of an edition: its records as NumPy arrays, row i of each array being the same record.

CodedColumn         one value per record: a factor, the month, a currency
ListColumn          any number of values per record: a multi-valued factor
AmountColumn        an optional integer per record: a measure
ReportedPayColumns  pay in the currencies of the sources
Records             all of these for records in any order
Columns             the records of an edition, sorted by month and then by id
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Generic, NamedTuple, TypeVar, cast
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from service.vocabulary.factors import Factor
from service.vocabulary.measures import REPORTED_COLUMN, REPORTED_COLUMNS, REPORTED_TOTAL, TOTALS, Measure

V = TypeVar("V", int, str)
Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]
Ids = npt.NDArray[np.uint64]
"""Record ids, `uint64[2, n]`: the high halves of the UUIDs, then the low halves."""

Rows = slice | Ints | Sequence[int]
"""Some rows of columns, in any order; ALL_ROWS is all of them."""
ALL_ROWS = slice(None)


@dataclass(frozen=True, slots=True)
class CodedColumn(Generic[V]):
    """One value per record, dictionary-encoded: `categories[code - 1]`, or missing where the code is 0.

    `categories` ascend: ids of factor values, months or texts. `codes` is `uint8[n]`, `uint16[n]` or `uint32[n]`, the
    smallest type that holds `len(categories)`.
    """

    categories: tuple[V, ...]
    codes: Ints

    @classmethod
    def concatenate(cls, parts: "Sequence[CodedColumn[V]]") -> "CodedColumn[V]":
        """The records of several columns, in turn, with the categories of all."""
        categories = tuple(sorted({category for part in parts for category in part.categories}))
        code = dict(zip(categories, range(1, len(categories) + 1), strict=True))
        dtype = np.min_scalar_type(len(categories))
        return cls(categories, np.concatenate([part._codes_by(code).astype(dtype) for part in parts]))

    def _codes_by(self, code: Mapping[V, int]) -> Ints:
        return np.array([0, *map(code.__getitem__, self.categories)], np.uint32)[self.codes]

    def take(self, rows: Ints) -> "CodedColumn[V]":
        """The records of `rows`, in that order, with the same categories."""
        return CodedColumn(self.categories, self.codes[rows])

    def remove_unused(self) -> "CodedColumn[V]":
        """The same records without the categories that none of them has."""
        used = np.zeros(len(self.categories) + 1, np.bool_)
        used[self.codes] = True
        used[0] = False
        categories = tuple(category for category, is_used in zip(self.categories, used[1:].tolist(), strict=True) if is_used)
        dtype = np.min_scalar_type(len(categories))
        return CodedColumn(categories, (np.cumsum(used) * used).astype(dtype)[self.codes])

    def value(self, row: int) -> V | None:
        """The value of one record; None if it is missing."""
        code = self.codes.item(row)
        return self.categories[code - 1] if code else None

    def to_list(self, rows: Sequence[int]) -> list[V | None]:
        """The values of some records, None where missing."""
        return [self.categories[code - 1] if code else None for code in self.codes.take(rows).tolist()]

    def recode(self, values: Iterable[int]) -> npt.NDArray[np.int64]:
        """For each record the entry of `values` for its category, `int64[n]`; 0 where missing.

        `values` has one entry per category, in the same order.
        """
        return np.array([0, *values], np.int64)[self.codes]

    def decode(self) -> npt.NDArray[np.int64]:
        """The value of each record, `int64[n]`; 0 where missing. For columns of integers."""
        return self.recode(cast(Iterable[int], self.categories))


@dataclass(frozen=True, slots=True)
class ListColumn:
    """Any number of values per record: record i has `items[starts[i]:starts[i + 1]]`, in the order it reports them.

    `starts` is `int32[n + 1]`, or `int64` from 2**31 items on; it ascends from 0 to the number of items.
    """

    starts: Ints
    items: CodedColumn[int]

    @classmethod
    def of_lengths(cls, lengths: Ints, items: CodedColumn[int]) -> "ListColumn":
        """A column of records with `lengths[i]` values each, `int[n]`, which follow each other in `items`."""
        return cls(shrink(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])), items)

    @classmethod
    def concatenate(cls, parts: "Sequence[ListColumn]") -> "ListColumn":
        """The records of several columns, in turn."""
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        return cls.of_lengths(lengths, CodedColumn.concatenate([part.items for part in parts]))

    def take(self, rows: Ints) -> "ListColumn":
        """The records of `rows`, in that order."""
        first, lengths = self.starts[rows], self.starts[rows + 1] - self.starts[rows]
        taken = ListColumn.of_lengths(lengths, self.items)
        places = np.repeat(first - taken.starts[:-1], lengths)
        places += np.arange(len(places), dtype=places.dtype)
        return ListColumn(taken.starts, self.items.take(places))

    def remove_unused(self) -> "ListColumn":
        """The same records without the categories that none of them has."""
        return ListColumn(self.starts, self.items.remove_unused())

    @property
    def rows(self) -> npt.NDArray[np.uint32]:
        """The row of the record that each item belongs to, `uint32[len(items)]`, ascending."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.uint32), np.diff(self.starts))

    def value(self, row: int) -> list[int]:
        """The values of one record."""
        codes = self.items.codes[self.starts[row] : self.starts[row + 1]]
        return [self.items.categories[code - 1] for code in codes.tolist()]

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.items.codes.nbytes


class AmountColumn(NamedTuple):
    """An optional integer per record: `values[i]` where `reported[i]`, and without meaning elsewhere.

    `values` is `int32[n]`, or `int64[n]` if any of them needs it; `reported` is `bool[n]`.
    """

    values: Ints
    reported: Bools

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.reported.nbytes

    @classmethod
    def concatenate(cls, parts: "Sequence[AmountColumn]") -> "AmountColumn":
        """The records of several columns, in turn."""
        return cls(np.concatenate([part.values for part in parts]), np.concatenate([part.reported for part in parts]))

    def take(self, rows: Ints) -> "AmountColumn":
        """The records of `rows`, in that order."""
        return AmountColumn(shrink(self.values[rows]), self.reported[rows])

    def value(self, row: int) -> int | None:
        """The amount of one record; None if it is missing."""
        return self.values.item(row) if self.reported.item(row) else None

    def to_list(self, rows: Sequence[int]) -> list[int | None]:
        """The amounts of some records, None where missing."""
        pairs = zip(self.values.take(rows).tolist(), self.reported.take(rows).tolist(), strict=True)
        return [value if reported else None for value, reported in pairs]


@dataclass(frozen=True, slots=True)
class ReportedPayColumns:
    """Pay as sources reported it: `amounts` has a column for each of REPORTED_COLUMNS, in whole units of the record's
    currency per year.
    """

    currencies: CodedColumn[str]
    amounts: Mapping[str, AmountColumn]

    @classmethod
    def concatenate(cls, parts: "Sequence[ReportedPayColumns]") -> "ReportedPayColumns":
        """The records of several columns, in turn."""
        amounts = {name: AmountColumn.concatenate([part.amounts[name] for part in parts]) for name in REPORTED_COLUMNS}
        return cls(CodedColumn.concatenate([part.currencies for part in parts]), amounts)

    def take(self, rows: Ints) -> "ReportedPayColumns":
        """The records of `rows`, in that order."""
        amounts = {name: column.take(rows) for name, column in self.amounts.items()}
        return ReportedPayColumns(self.currencies.take(rows).remove_unused(), amounts)

    def currency(self, row: int) -> str:
        """The ISO 4217 code of the currency in which a record was reported."""
        return self.currencies.categories[self.currencies.codes.item(row) - 1]

    def measure(self, measure: Measure, rows: Rows = ALL_ROWS) -> AmountColumn:
        """A measure of pay of some records as reported, `int64[len(rows)]`: for a total the sum of its components, unless
        the total itself was reported."""
        if measure in REPORTED_COLUMN:
            return self._amounts(REPORTED_COLUMN[measure], rows)
        parts = [self._amounts(REPORTED_COLUMN[component], rows) for component in TOTALS[measure]]
        values, reported = np.sum([part.values for part in parts], 0), np.all([part.reported for part in parts], 0)
        total = self._amounts(REPORTED_TOTAL[measure], rows)
        return AmountColumn(np.where(total.reported, total.values, values), total.reported | reported)

    def _amounts(self, name: str, rows: Rows) -> AmountColumn:
        values, reported = self.amounts[name]
        return AmountColumn(values[rows].astype(np.int64), reported[rows])

    @property
    def nbytes(self) -> int:
        return self.currencies.codes.nbytes + sum(column.nbytes for column in self.amounts.values())


@dataclass(frozen=True, slots=True)
class Records:
    """Records in any order.

    `months` counts months as `service.vocabulary.units` does; `one` has the single-valued and derived factors, `many`
    the multi-valued ones; `amounts` has every measure: money in US dollars per year, scores in points.
    """

    ids: Ids
    months: CodedColumn[int]
    one: Mapping[Factor, CodedColumn[int]]
    many: Mapping[Factor, ListColumn]
    amounts: Mapping[Measure, AmountColumn]
    reported_pay: ReportedPayColumns

    @property
    def size(self) -> int:
        """The number of records."""
        return len(self.ids[0])


@dataclass(frozen=True, slots=True)
class Columns(Records):
    """All records of an edition, sorted by month and then by id.

    `rows_by_id`, `uint32[n]`, has the rows sorted by the high halves of their ids, which `sorted_high_halves`, `uint64[n]`,
    has in that order.
    """

    rows_by_id: npt.NDArray[np.uint32]
    sorted_high_halves: npt.NDArray[np.uint64]

    def month(self, row: int) -> int:
        """The month of a record."""
        return cast(int, self.months.value(row))

    def id(self, row: int) -> UUID:
        """The id of a record."""
        return UUID(self.id_text(row))

    def id_text(self, row: int) -> str:
        """The id of a record in the canonical form of a UUID."""
        return _canonical(f"{self.ids.item(0, row):016x}{self.ids.item(1, row):016x}")

    def id_texts(self, rows: Sequence[int]) -> list[str]:
        """The ids of some records in the canonical form of a UUID."""
        digits = self.ids.take(rows, 1).T.astype(">u8").tobytes().hex()
        return [_canonical(digits[start : start + 32]) for start in range(0, len(digits), 32)]

    def row(self, id_: UUID) -> int | None:
        """The row of the record with an id; None if the edition has none."""
        return self._row(*_halves(id_))

    def rows_of(self, ids: Ids) -> list[int]:
        """The rows of the records with some ids, in the order of `ids`; ids that the edition does not have are skipped."""
        rows = (self._row(high, low) for high, low in zip(*ids.tolist(), strict=True))
        return [row for row in rows if row is not None]

    def _row(self, high: int, low: int) -> int | None:
        place = int(self.sorted_high_halves.searchsorted(np.uint64(high)))
        while place < self.size and self.sorted_high_halves.item(place) == high:
            row: int = self.rows_by_id.item(place)
            if self.ids.item(1, row) == low:
                return row
            place += 1
        return None

    def count_smaller_ids(self, id_: UUID, start: int, end: int) -> int:
        """The number of rows in `range(start, end)`, all of one month, with an id smaller than `id_`."""
        high, low = map(np.uint64, _halves(id_))
        left, right = (int(np.searchsorted(self.ids[0][start:end], high, side)) for side in ("left", "right"))
        return left + int(np.searchsorted(self.ids[1][start + left : start + right], low))

    @property
    def nbytes(self) -> int:
        """The size of all arrays in bytes."""
        codes = sum(column.codes.nbytes for column in (self.months, *self.one.values()))
        lists = sum(column.nbytes for column in self.many.values())
        amounts = sum(column.nbytes for column in self.amounts.values())
        ids = self.ids.nbytes + self.rows_by_id.nbytes + self.sorted_high_halves.nbytes
        return ids + codes + lists + amounts + self.reported_pay.nbytes


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How the rows of an edition follow from those of an earlier one.

    `new_rows`, `uint32[n_before]`, has the new row of each earlier row, or the number of new rows if the record is dropped;
    `added`, `uint32[m]` ascending, has the new rows of records that the earlier edition did not have.
    """

    new_rows: npt.NDArray[np.uint32]
    added: npt.NDArray[np.uint32]


def encode(values: Ints, reported: Bools | None = None) -> CodedColumn[int]:
    """Dictionary-encode non-negative integers, `int[n]`; missing where `reported`, `bool[n]`, is false."""
    known = values if reported is None else values[reported]
    if not len(known):
        return CodedColumn((), np.zeros(len(values), np.uint8))
    used = np.zeros(int(known.max()) + 1, np.bool_)
    used[known] = True
    categories = np.flatnonzero(used)
    table = np.zeros(len(used), np.min_scalar_type(len(categories)))
    table[categories] = np.arange(1, len(categories) + 1)
    codes = table[values if reported is None else np.where(reported, values, 0)]
    if reported is not None:
        codes[~reported] = 0
    return CodedColumn(tuple(categories.tolist()), codes)


def encode_texts(array: pa.Array) -> CodedColumn[str]:
    """Dictionary-encode an Arrow array of strings without nulls."""
    encoded = array.cast(pa.string()).dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    code = {text: number for number, text in enumerate(sorted(texts), 1)}
    table = np.array([code[text] for text in texts], np.min_scalar_type(len(texts)))
    return CodedColumn(tuple(sorted(texts)), table[np.asarray(encoded.indices)])


def amounts_of(array: pa.Array) -> AmountColumn:
    """A nullable Arrow array of integers as values, 0 where null, and a mask."""
    return AmountColumn(shrink(np.asarray(array.fill_null(0))), cast(Bools, np.asarray(array.is_valid())))


def shrink(values: Ints) -> Ints:
    """The values as `int32` if all of them fit, else as they are."""
    fits = not len(values) or int(values.max()) <= np.iinfo(np.int32).max
    return values.astype(np.int32, copy=False) if fits else values


def count_below(ascending: Ints, amount: float, *, inclusive: bool = False) -> int:
    """The number of values less than an amount, or with `inclusive` at most that amount, by binary search.

    The amount is cast to the dtype of the array, since NumPy would otherwise convert the whole array for each search.
    """
    limits = np.iinfo(ascending.dtype)
    if not limits.min <= amount <= limits.max:
        return len(ascending) if amount > limits.max else 0
    whole = ascending.dtype.type(floor(amount) if inclusive else ceil(amount))
    return int(np.searchsorted(ascending, whole, "right" if inclusive else "left"))


def _canonical(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _halves(id_: UUID) -> tuple[int, int]:
    return divmod(id_.int, 2**64)
