"""Arrays: what columns are made of."""

from collections.abc import Sequence
from math import ceil, floor
from typing import NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.integer]
Bools = npt.NDArray[np.bool_]


class Amounts(NamedTuple):
    """An amount for each record where `told`; elsewhere the value means nothing."""

    values: Ints
    told: Bools

    @property
    def nbytes(self) -> int:
        return self.values.nbytes + self.told.nbytes

    def amount(self, row: int) -> int | None:
        """What one record tells."""
        return self.values.item(row) if self.told.item(row) else None

    def of(self, rows: Sequence[int]) -> list[int | None]:
        """What some records tell."""
        found = zip(self.values.take(rows).tolist(), self.told.take(rows).tolist(), strict=True)
        return [value if told else None for value, told in found]


def below(ascending: Ints, amount: float, *, itself: bool = False) -> int:
    """How many values are less than an amount, or with `itself` no more than it.

    The amount is looked for as one of their type: NumPy would convert all of them to its type each time.
    """
    kind = np.iinfo(ascending.dtype)
    if not kind.min <= amount <= kind.max:
        return len(ascending) if amount > kind.max else 0
    whole = ascending.dtype.type(floor(amount) if itself else ceil(amount))
    return int(np.searchsorted(ascending, whole, "right" if itself else "left"))


def nullable(column: pa.ChunkedArray) -> tuple[Ints, Bools]:
    """A nullable column of numbers as values (0 where null) and a mask of what is told."""
    array = column.combine_chunks()
    told = np.asarray(array.is_valid())
    return np.asarray(array.fill_null(0)), cast(Bools, told)


def narrow(values: Ints) -> Ints:
    """In four bytes each where that is enough for all."""
    fits = not len(values) or int(values.max()) <= np.iinfo(np.int32).max
    return values.astype(np.int32) if fits else values
