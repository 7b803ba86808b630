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

    @classmethod
    def joined(cls, parts: "Sequence[Amounts]") -> "Amounts":
        """The records of some columns, one after the other."""
        return cls(np.concatenate([part.values for part in parts]), np.concatenate([part.told for part in parts]))

    def taken(self, rows: Ints) -> "Amounts":
        """Some records, in the order given."""
        return Amounts(narrow(self.values[rows]), self.told[rows])

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


def nullable(array: pa.Array) -> Amounts:
    """A nullable column of numbers as values (0 where null) and a mask of what is told."""
    told = np.asarray(array.is_valid())
    return Amounts(narrow(np.asarray(array.fill_null(0))), cast(Bools, told))


def narrow(values: Ints) -> Ints:
    """In four bytes each where that is enough for all."""
    fits = not len(values) or int(values.max()) <= np.iinfo(np.int32).max
    return values.astype(np.int32, copy=False) if fits else values
