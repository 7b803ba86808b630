"""Columns: the records of an edition as compact arrays, in the order of their month and then their id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

import numpy as np
import numpy.typing as npt

from service.index.arrays import Amounts
from service.index.coded import Coded, Listed
from service.index.reported import Reported
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Ids = npt.NDArray[np.uint64]
"""The first halves of all ids, then the second ones, as 64-bit numbers."""


@dataclass(frozen=True, slots=True)
class Records:
    """Some records, in any order; row i of each array is the same one.

    `months` are codes like any factor's; their numbers are months. `amounts` holds each measure.
    """

    ids: Ids
    months: Coded[int]
    one: Mapping[Factor, Coded[int]]
    many: Mapping[Factor, Listed]
    amounts: Mapping[Measure, Amounts]
    reported: Reported

    @property
    def size(self) -> int:
        return len(self.ids[0])


@dataclass(frozen=True, slots=True)
class Columns(Records):
    """All records of an edition, in their order; `by_id` has the rows in the order of the first halves of their ids, which
    `firsts` has in that order."""

    by_id: npt.NDArray[np.uint32]
    firsts: npt.NDArray[np.uint64]

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
        return self._row(*_halves(id_))

    def rows_of(self, ids: Ids) -> list[int]:
        """The rows of those records that there are."""
        found = (self._row(first, second) for first, second in zip(*ids.tolist(), strict=True))
        return [row for row in found if row is not None]

    def _row(self, first: int, second: int) -> int | None:
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
        codes = sum(coded.codes.nbytes for coded in (self.months, *self.one.values()))
        listed = sum(listed.nbytes for listed in self.many.values())
        amounts = sum(amounts.nbytes for amounts in self.amounts.values())
        return self.ids.nbytes + self.by_id.nbytes + self.firsts.nbytes + codes + listed + amounts + self.reported.nbytes


@dataclass(frozen=True, slots=True)
class Change:
    """What has become of the rows of an earlier edition: row i has come to row `to[i]`, or to none where that is the number
    of all rows; `fresh` are those that were not there."""

    to: npt.NDArray[np.uint32]
    fresh: npt.NDArray[np.uint32]


def _written(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _halves(id_: UUID) -> tuple[int, int]:
    return divmod(id_.int, 2**64)
