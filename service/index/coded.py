"""Coded columns: what each record tells of a factor, as small numbers that stand for the values that occur."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from service.index.arrays import Bools, Ints, narrow

V = TypeVar("V", int, str)


@dataclass(frozen=True, slots=True)
class Coded(Generic[V]):
    """One value for each record: `numbers[code - 1]`, or nothing told where the code is 0. Codes take 1, 2 or 4 bytes.

    `numbers` are those of factor values, of months, or what else a record tells one of; they ascend.
    """

    numbers: tuple[V, ...]
    codes: Ints

    @classmethod
    def joined(cls, parts: "Sequence[Coded[V]]") -> "Coded[V]":
        """The records of some columns, one after the other."""
        numbers = tuple(sorted({number for part in parts for number in part.numbers}))
        code = dict(zip(numbers, range(1, len(numbers) + 1), strict=True))
        kind = np.min_scalar_type(len(numbers))
        return cls(numbers, np.concatenate([part._coded_by(code).astype(kind) for part in parts]))

    def _coded_by(self, code: Mapping[V, int]) -> Ints:
        return np.array([0, *map(code.__getitem__, self.numbers)], np.uint32)[self.codes]

    def taken(self, rows: Ints) -> "Coded[V]":
        """Some records, in the order given."""
        return Coded(self.numbers, self.codes[rows])

    def present(self) -> "Coded[V]":
        """Without numbers that no record has."""
        found = np.zeros(len(self.numbers) + 1, np.bool_)
        found[self.codes] = True
        found[0] = False
        numbers = tuple(number for number, there in zip(self.numbers, found[1:].tolist(), strict=True) if there)
        kind = np.min_scalar_type(len(numbers))
        return Coded(numbers, (np.cumsum(found) * found).astype(kind)[self.codes])

    def number(self, row: int) -> V | None:
        """What one record tells."""
        code = self.codes.item(row)
        return self.numbers[code - 1] if code else None

    def of(self, rows: Sequence[int]) -> list[V | None]:
        """What some records tell."""
        return [self.numbers[code - 1] if code else None for code in self.codes.take(rows).tolist()]

    def exchanged(self, values: Iterable[int]) -> Ints:
        """For each record the value that stands where its number stands in `numbers`; 0 where nothing is told."""
        return np.array([0, *values], np.int64)[self.codes]


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values for each record, in the order that it has them: those of `items` from `starts[row]` to before
    `starts[row + 1]`."""

    starts: Ints
    items: Coded[int]

    @classmethod
    def of_lengths(cls, lengths: Ints, items: Coded[int]) -> "Listed":
        """How many values each record has, and all of them."""
        return cls(narrow(np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])), items)

    @classmethod
    def joined(cls, parts: "Sequence[Listed]") -> "Listed":
        """The records of some columns, one after the other."""
        lengths = np.concatenate([np.diff(part.starts) for part in parts])
        return cls.of_lengths(lengths, Coded.joined([part.items for part in parts]))

    def taken(self, rows: Ints) -> "Listed":
        """Some records, in the order given."""
        first, lengths = self.starts[rows], np.diff(self.starts)[rows]
        found = Listed.of_lengths(lengths, self.items)
        where = np.repeat(first - found.starts[:-1], lengths)
        where += np.arange(len(where), dtype=where.dtype)
        return Listed(found.starts, self.items.taken(where))

    def present(self) -> "Listed":
        """Without numbers that no record has."""
        return Listed(self.starts, self.items.present())

    @property
    def rows(self) -> npt.NDArray[np.uint32]:
        """For each item the record that has it."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.uint32), np.diff(self.starts))

    def of(self, row: int) -> list[int]:
        """What one record tells."""
        codes = self.items.codes[self.starts[row] : self.starts[row + 1]]
        return [self.items.numbers[code - 1] for code in codes.tolist()]

    @property
    def nbytes(self) -> int:
        return self.starts.nbytes + self.items.codes.nbytes


def encode(values: Ints, told: Bools | None = None) -> Coded[int]:
    """Number the distinct values from 1 on, in ascending order, in as few bytes as they need."""
    known = values if told is None else values[told]
    if not len(known):
        return Coded((), np.zeros(len(values), np.uint8))
    found = np.zeros(int(known.max()) + 1, np.bool_)
    found[known] = True
    numbers = np.flatnonzero(found)
    table = np.zeros(len(found), np.min_scalar_type(len(numbers)))
    table[numbers] = np.arange(1, len(numbers) + 1)
    codes = table[values if told is None else np.where(told, values, 0)]
    if told is not None:
        codes[~told] = 0
    return Coded(tuple(numbers.tolist()), codes)
