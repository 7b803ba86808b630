"""Columns: the records of an edition as compact arrays, in the order of their month and then their id."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from service.rank.arrays import Amounts, Bools, Ints, nullable
from service.rank.reported import Reported, reported_of
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Adjustment, Measure
from service.vocabulary.periods import month_of, quarter_code, year_code
from service.vocabulary.taxonomy import Taxonomy

_EPOCH = month_of(1970)


@dataclass(frozen=True, slots=True)
class Coded:
    """One value for each record: `numbers[code - 1]`, or nothing told where the code is 0. Codes take 1, 2 or 4 bytes."""

    numbers: tuple[int, ...]
    codes: Ints

    def number(self, row: int) -> int | None:
        """What one record tells."""
        code = self.codes.item(row)
        return self.numbers[code - 1] if code else None

    def of(self, rows: Sequence[int]) -> list[int | None]:
        """What some records tell."""
        return [self.numbers[code - 1] if code else None for code in self.codes.take(rows).tolist()]

    def exchanged(self, values: Iterable[int]) -> Ints:
        """For each record the value that stands where its number stands in `numbers`; 0 where nothing is told."""
        return np.array([0, *values], np.int64)[self.codes]


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values for each record: item i says that record `rows[i]` carries `items.numbers[items.codes[i] - 1]`.

    `rows` ascend, and the items of one record are in the order that it has them.
    """

    rows: Ints
    items: Coded

    def of(self, row: int) -> list[int]:
        """What one record tells."""
        place = self.rows.dtype.type(row)  # or NumPy would convert all of them to the type of `row`
        first, last = self.rows.searchsorted(place), self.rows.searchsorted(place, "right")
        return [self.items.numbers[code - 1] for code in self.items.codes[first:last].tolist()]


@dataclass(frozen=True, slots=True)
class Columns:
    """All records of an edition; row i of each array is the same record.

    `ids` has the first halves of all ids, then the second ones, as 64-bit numbers; `by_id` has the rows in the order of
    their first halves, which `firsts` has in that order. `amounts` holds each measure. `months` are codes like any factor's;
    their numbers are months.
    """

    ids: npt.NDArray[np.uint64]
    by_id: npt.NDArray[np.uint32]
    firsts: npt.NDArray[np.uint64]
    months: Coded
    one: Mapping[Factor, Coded]
    many: Mapping[Factor, Listed]
    amounts: Mapping[Measure, Amounts]
    reported: Reported

    @property
    def size(self) -> int:
        return len(self.by_id)

    def month(self, row: int) -> int:
        return cast(int, self.months.number(row))

    def id(self, row: int) -> UUID:
        return UUID(self.id_text(row))

    def id_text(self, row: int) -> str:
        """The id as it is written."""
        return _written(f"{self.ids.item(0, row):016x}{self.ids.item(1, row):016x}")

    def id_texts(self, rows: Sequence[int]) -> list[str]:
        """Ids as they are written."""
        digits = self.ids.take(rows, 1).T.astype(">u8").tobytes().hex()
        return [_written(digits[start : start + 32]) for start in range(0, len(digits), 32)]

    def row(self, id_: UUID) -> int | None:
        """The row of a record; None where there is none with the id."""
        first, second = _halves(id_)
        at = int(self.firsts.searchsorted(np.uint64(first)))
        while at < self.size and self.firsts.item(at) == first:
            row: int = self.by_id.item(at)
            if self.ids.item(1, row) == second:
                return row
            at += 1
        return None

    def place(self, id_: UUID, start: int, end: int) -> int:
        """How many of the rows from `start` to `end`, which are of one month, have a smaller id."""
        first, second = map(np.uint64, _halves(id_))
        left, right = (int(np.searchsorted(self.ids[0][start:end], first, side)) for side in ("left", "right"))
        return left + int(np.searchsorted(self.ids[1][start + left : start + right], second))

    @property
    def nbytes(self) -> int:
        """Bytes that the arrays take."""
        coded = [self.months, *self.one.values(), *(listed.items for listed in self.many.values())]
        amounts = sum(amounts.nbytes for amounts in self.amounts.values())
        rows = sum(listed.rows.nbytes for listed in self.many.values())
        codes = sum(column.codes.nbytes for column in coded)
        return self.ids.nbytes + self.by_id.nbytes + self.firsts.nbytes + amounts + rows + codes + self.reported.nbytes


def _written(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _halves(id_: UUID) -> tuple[int, int]:
    return divmod(id_.int, 2**64)


def encode(values: Ints, told: Bools | None = None) -> Coded:
    """Number the distinct values from 1 on, in ascending order, in as few bytes as they need."""
    known = values if told is None else values[told]
    if not len(known):
        return Coded((), np.zeros(len(values), np.uint8))
    present = np.zeros(int(known.max()) + 1, np.bool_)
    present[known] = True
    numbers = np.flatnonzero(present)
    table = np.zeros(len(present), np.min_scalar_type(len(numbers)))
    table[numbers] = np.arange(1, len(numbers) + 1)
    codes = table[values if told is None else np.where(told, values, 0)]
    if told is not None:
        codes[~told] = 0
    return Coded(tuple(numbers.tolist()), codes)


def _months(column: pa.ChunkedArray) -> Ints:
    days = np.asarray(column.combine_chunks().cast(pa.int32())).astype("datetime64[D]")
    return cast(Ints, days.astype("datetime64[M]").astype(np.int32) + _EPOCH)


def _ids(column: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    array = column.combine_chunks()
    raw = np.frombuffer(array.buffers()[1], np.uint8)[array.offset * 16 : (array.offset + len(array)) * 16]
    return raw.view(">u8").reshape(-1, 2).T.astype(np.uint64)


def _listed(column: pa.ChunkedArray, place: Ints) -> Listed:
    """`place[i]` is the row that the i-th loaded record has come to stand in."""
    array = column.combine_chunks()
    lengths = np.diff(np.asarray(array.offsets))
    rows = np.repeat(place, lengths)
    ascending = np.argsort(rows, kind="stable")
    return Listed(rows[ascending], encode(np.asarray(array.flatten())[ascending]))


def _through(coded: Coded, wholes: list[int]) -> Coded:
    """A derived factor: each number of `coded` exchanged for the number of what it belongs to."""
    return encode(coded.exchanged(wholes), coded.codes > 0)


def _derived(taxonomy: Taxonomy, months: Coded, source: Coded) -> dict[Factor, Coded]:
    years = [taxonomy.find(Factor.YEAR, year_code(month)).id for month in months.numbers]
    quarters = [taxonomy.find(Factor.QUARTER, quarter_code(month)).id for month in months.numbers]
    kinds = [cast(int, taxonomy[number].parent) for number in source.numbers]
    return {
        Factor.YEAR: _through(months, years),
        Factor.QUARTER: _through(months, quarters),
        Factor.SOURCE_KIND: _through(source, kinds),
    }


def columns_of(table: pa.Table, taxonomy: Taxonomy) -> Columns:
    """Arrange what `store.records.load_columns` returned."""
    ids, months = _ids(table.column("id")), _months(table.column("effective"))
    order = np.lexsort((ids[1], ids[0], months))
    place = np.empty(len(order), np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    one = {}
    for factor in SINGLE:
        values, told = nullable(table.column(factor.value))
        one[factor] = encode(values[order], told[order])
    amounts = {}
    for measure in MEASURES:
        values, told = nullable(table.column(measure.value))
        amounts[measure] = Amounts(values[order], told[order])
    coded_months = encode(months[order])
    ids = np.ascontiguousarray(ids[:, order])
    by_id = np.argsort(ids[0], kind="stable").astype(np.uint32)
    return Columns(
        ids=ids,
        by_id=by_id,
        firsts=ids[0][by_id],
        months=coded_months,
        one=one | _derived(taxonomy, coded_months, one[Factor.SOURCE]),
        many={factor: _listed(table.column(factor.value), place) for factor in MULTIPLE},
        amounts=amounts,
        reported=reported_of(table, order),
    )


def adjusted(
    columns: Columns, measure: Measure, adjustment: Adjustment, levels: Mapping[tuple[int, int], float]
) -> tuple[npt.NDArray[np.int64], Bools]:
    """A measure's values and who carries it; cost of living divides by the price level and rounds half to even.

    A record takes the level of the narrowest of its places that has one, of its year or the nearest year that is known.
    """
    values, told = columns.amounts[measure]
    if adjustment is Adjustment.NONE:
        return values.astype(np.int64), told
    level = _levels(columns, levels)
    placed = told & (level > 0)
    return np.rint(values / np.where(placed, level, 100) * 100).astype(np.int64), placed


def _levels(columns: Columns, levels: Mapping[tuple[int, int], float]) -> npt.NDArray[np.float64]:
    years = columns.months.exchanged(month // 12 for month in columns.months.numbers)
    found = np.zeros(columns.size)
    for factor in (Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO):  # a narrower place overrides a wider one
        coded = columns.one[factor]
        if coded.numbers and columns.size:
            table = _level_table(coded.numbers, int(years.min()), int(years.max()), levels)
            here = table[coded.codes, years - years.min()]
            found = np.where(here > 0, here, found)
    return found


def _level_table(
    places: tuple[int, ...], first: int, last: int, levels: Mapping[tuple[int, int], float]
) -> npt.NDArray[np.float64]:
    """Levels by code and year; 0 where a place has none at all."""
    known: dict[int, dict[int, float]] = {}
    for (place, year), level in levels.items():
        known.setdefault(place, {})[year] = level
    table = np.zeros((len(places) + 1, last - first + 1))
    for code, place in enumerate(places, 1):
        years = known.get(place)
        if years:
            table[code] = [years[min(years, key=lambda k: (abs(k - year), k))] for year in range(first, last + 1)]
    return table
