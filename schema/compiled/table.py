"""The table that records are rows of: the columns of an edition, in one currency."""

from collections.abc import Callable
from typing import Any, cast
from weakref import ref

from schema.compiled.column import Table, column
from schema.types.scalars import Currency
from service.index.coded import Coded
from service.index.columns import Columns
from service.index.index import Index
from service.vocabulary.factors import Factor

Tell = Callable[[Index, int | None], Any]
"""What is told of the number of a factor's value, which may be none."""


class RecordTable(Table):
    """Money is told times `scale`, which makes the currency of US dollars.

    It does not keep its index alive, which keeps it.
    """

    def __init__(self, index: Index, columns: Columns, currency: Currency, scale: float) -> None:
        super().__init__()
        self._within, self.columns, self.currency, self.scale = ref(index), columns, currency, scale

    @property
    def index(self) -> Index:
        index = self._within()
        assert index, "whoever answers a question holds its index"
        return index


def table_of(index: Index, columns: Columns, currency: Currency, scale: float) -> RecordTable:
    """The same for all answers of an edition in a currency."""
    known = index.shown.get(currency)
    if known is None or known.columns is not columns:
        known = index.shown[currency] = RecordTable(index, columns, currency, scale)
    return cast(RecordTable, known)


class _Values(dict[int, Any]):
    """What is told of each code of a column, made when it is first asked for."""

    def __init__(self, index: Index, column: Coded[int], tell: Tell) -> None:
        super().__init__()
        self._within, self._numbers, self._tell = ref(index), column.numbers, tell

    def __missing__(self, code: int) -> Any:
        index = self._within()
        assert index, "whoever answers a question holds its index"
        told = self[code] = self._tell(index, self._numbers[code - 1] if code else None)
        return told


def coded(factor: Factor, tell: Tell, description: str) -> Any:
    """A field that tells of a record's value of a factor."""

    def of_table(table: RecordTable) -> Callable[[int], Any]:
        found = table.columns.one[factor]
        values, code = _Values(table.index, found, tell), found.codes.item
        return lambda row: values[code(row)]

    def of_rows(table: RecordTable, rows: list[int]) -> list[Any]:
        numbers = table.columns.one[factor].of(rows)
        told = {number: tell(table.index, number) for number in set(numbers)}
        return [told[number] for number in numbers]

    return column(of_table, of_rows, description)
