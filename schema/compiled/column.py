"""Columns: fields of objects that are each a row of a table. One is told by a function that is made once for the table."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import strawberry

T = TypeVar("T")

COLUMN = "column"
"""The key of a field's metadata under which its Column stands."""
_MOST = 200


class Table:
    """What objects read from that have it as their `table`, and their place in it as their `row`; it does not change."""

    def __init__(self) -> None:
        self._bound: dict[object, Any] = {}

    def bound(self, asked: object, bind: Callable[["Table"], T]) -> T:
        """What was made of this table for a selection, or is made now."""
        found: T | None = self._bound.get(asked)
        if found is None:
            if len(self._bound) >= _MOST:
                self._bound.clear()
            found = self._bound[asked] = bind(self)
        return found


class Column(NamedTuple):
    """`of_table` makes of a table the function that tells a row's value, and `of_rows` tells those of some rows of a table.

    The function must not hold the table, which would hold itself then and stay long after its edition.
    """

    of_table: Callable[[Any], Callable[[int], Any]]
    of_rows: Callable[[Any, list[int]], list[Any]]


def column(
    of_table: Callable[[Any], Callable[[int], Any]], of_rows: Callable[[Any, list[int]], list[Any]], description: str
) -> Any:
    """A field that is a column."""

    def of_one(self: Any) -> Any:
        return of_table(self.table)(self.row)

    return strawberry.field(resolver=of_one, description=description, metadata={COLUMN: Column(of_table, of_rows)})
