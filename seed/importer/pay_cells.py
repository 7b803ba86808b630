"""The cells of pay of a block as arrays, each text read once."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from math import inf, nan

import numpy as np
from numpy.typing import NDArray

from seed.importer.amount_tokens import Unreadable
from seed.importer.amounts import NOTHING, AmountReader, Statement
from seed.importer.mapping import FileFormat
from seed.importer.refusals import Refusals
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.units import PER_YEAR

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
TextColumns = dict[str, Sequence[str]]

ONE_OR_TWO = "fits two readings, as one amount and as a range; write it without the blank, or with its currency"
_MISSING, _UNREADABLE = (nan, nan, 0), (-inf, -inf, 0)
_MIXED = (
    "fits two readings, as thousands and as decimals, since other amounts of the file have decimals, such as {}; "
    'set decimal = "." or "," in [file]'
)
_STRAY = (
    "has a decimal separator that nearly all other amounts of the file have before three digits, as one of thousands; "
    'correct it, or set decimal = "." or "," in [file]'
)
_MAX_STRAYS, _MAX_STRAY_SHARE = 5, 0.01
"""Maximum number of amounts with another decimal separator that are refused individually, and maximum share of those with
thousands separators."""
_MIN_WITH_UNIT = 100
_NUMBER_OF_UNITS = "fits two readings, as an amount and as so many months' or weeks' pay; write the amount with its currency"
_MULTIPLES: tuple[int, ...] = tuple(10**zeros for zeros in range(9, 2, -1))
_PAYMENTS = frozenset({1, *PER_YEAR.values()})
_MAX_CACHED_TEXTS = 500_000
_MAX_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Cells:
    """One column of amounts: low and high ends, `float64[n]` (NaN is missing), and the numbers of their statements."""

    name: str
    texts: Sequence[str]
    low: Floats
    high: Floats
    statements: Numbers

    @property
    def present(self) -> NDArray[np.bool_]:
        return ~(np.isnan(self.low) & np.isnan(self.high))

    @property
    def exact(self) -> NDArray[np.bool_]:
        return np.equal(self.low, self.high)

    def quoted(self, row: int) -> str:
        return f"{self.name} {shown(self.texts[row])}"


def shown(text: str) -> str:
    return repr(text.strip()[:_MAX_SHOWN])


def payments_in(multiplier: int) -> int:
    """The payments a year in a multiplier, without thousands or lakhs.

    >>> [payments_in(one) for one in (12, 1_000, 12_000, 100_000, 2_080_000, 4, 4_000)]
    [12, 1, 12, 1, 2080, 4, 4]
    """
    for scale in _MULTIPLES:
        payments, rest = divmod(multiplier, scale)
        if not rest and payments in _PAYMENTS:
            return payments
    while multiplier % 1_000 == 0:
        multiplier //= 1_000
    return multiplier


class CellReader(dict[str, tuple[float, float, int]]):
    """Low end, high end and number of the statement of each text; cleared when it has too many texts to be worth its memory.

    `statements` has the statements by number; the first states nothing. `decimals` has the separators that were decimal
    in an amount of the file so far, each with the first such amount.
    """

    def __init__(self, file_format: FileFormat, currencies: Collection[str]) -> None:
        super().__init__()
        self.decimal = file_format.decimal
        self.reader = AmountReader(currencies, self.decimal)
        self.missing = frozenset(file_format.missing) | {""}
        self.statements: list[Statement] = []
        self._numbers: dict[Statement, int] = {}
        self._reasons: dict[str, str] = {}
        self.decimals: dict[str, str] = {}
        self._counts = {"decimal": Counter[str](), "thousands": Counter[str]()}
        self.number(NOTHING)

    def __missing__(self, text: str) -> tuple[float, float, int]:
        plain = text.strip()
        if plain.isdecimal() and plain.isascii():  # nearly all are, and reading other texts takes thirty times as long
            found: tuple[float, float, int] = float(plain), float(plain), 0
        else:
            found = _MISSING if plain in self.missing else self._read(text)
        self[text] = found
        return found

    def _read(self, text: str) -> tuple[float, float, int]:
        try:
            reading = self.reader.read(text)
        except Unreadable as error:
            self._reasons[text] = str(error)
            return _UNREADABLE
        return reading.low, reading.high, self.number(reading.statement)

    def number(self, statement: Statement) -> int:
        if statement not in self._numbers:
            self._numbers[statement] = len(self.statements)
            self.statements.append(statement)
        return self._numbers[statement]

    def cells(self, measure: Measure, name: str, texts: Sequence[str], refusals: Refusals, multiplier: float = 1.0) -> Cells:
        """The cells of a column, whose amounts are multiplied by `multiplier`: those with a multiplier of their own only by
        the payments a year that it has, those with a unit of their own only by the rest.

        Rows with a text that is not an amount, or that names another kind of pay, are refused.
        """
        if len(self) > _MAX_CACHED_TEXTS:
            self.clear()
            self._reasons.clear()
        found = np.fromiter(chain.from_iterable(map(self.__getitem__, texts)), np.float64, 3 * len(texts)).reshape(-1, 3)
        cells = Cells(name, texts, found[:, 0], found[:, 1], found[:, 2].astype(np.int64))
        unreadable = cells.low == -inf
        refusals.refuse(unreadable, lambda row: f"{cells.quoted(row)} {self._reasons[texts[row]]}")
        found[unreadable] = nan
        if measure in (Measure.BONUS, Measure.EQUITY):
            timed = np.array([one.unit is not None and not one.currencies for one in self.statements])[cells.statements]
            few = timed & (np.fmax(cells.low, cells.high) < _MIN_WITH_UNIT)
            refusals.refuse(few, lambda row: f"{cells.quoted(row)} {_NUMBER_OF_UNITS}")
        if multiplier != 1:
            payments = payments_in(int(multiplier))
            factors = [
                (1 if one.multiplied else multiplier // payments) * (1 if one.unit else payments) for one in self.statements
            ]
            found[:, :2] *= np.array(factors)[cells.statements, np.newaxis]
            refusals.refuse(self.spaced(cells), lambda row: f"{cells.quoted(row)} {ONE_OR_TWO}")
        others = np.array([one.part not in (None, measure) for one in self.statements])[cells.statements]
        refusals.refuse(
            others, lambda row: f"{cells.quoted(row)} is {self._part(cells, row)}, not {MEASURES[measure].label}"
        )
        return cells

    def spaced(self, cells: Cells) -> NDArray[np.bool_]:
        """Which cells are two numbers, unless the blank between them groups the digits of one."""
        found: NDArray[np.bool_] = np.array([one.spaced for one in self.statements])[cells.statements]
        return found

    def refuse_mixed(self, cells: Sequence[Cells], refusals: Refusals) -> None:
        """Refuse rows with a separator read as one of thousands that other amounts of the file have as their decimal one,
        or the others instead, if they are a few strays."""
        accepted = refusals.accepted
        with_decimal = [self._with(one, "decimal", accepted) for one in cells]
        for one in cells:
            self._with(one, "thousands", accepted)
        for one, found in zip(cells, with_decimal, strict=True):
            for separator, where in found.items():
                if self._is_stray(separator):
                    refusals.refuse(where, lambda row, one=one: f"{one.quoted(row)} {_STRAY}")  # type: ignore[misc]
                elif separator not in self.decimals:
                    self.decimals[separator] = shown(one.texts[int(np.flatnonzero(where)[0])])
        for one in cells:
            mixed = np.array([bool(self.decimals.keys() & statement.thousands) for statement in self.statements])
            refusals.refuse(mixed[one.statements], lambda row, one=one: self._mixed(one, row))  # type: ignore[misc]

    def _with(self, cells: Cells, kind: str, accepted: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
        """The accepted rows with each separator of a kind, which are counted."""
        found: dict[str, NDArray[np.bool_]] = {}
        for separator in set().union(*(getattr(self.statements[number], kind) for number in np.unique(cells.statements))):
            has = np.array([separator in getattr(statement, kind) for statement in self.statements])
            where = has[cells.statements] & accepted
            if count := int(where.sum()):
                found[separator] = where
                self._counts[kind][separator] += count
        return found

    def _is_stray(self, separator: str) -> bool:
        strays, thousands = self._counts["decimal"][separator], self._counts["thousands"][separator]
        return separator not in self.decimals and strays <= min(_MAX_STRAYS, _MAX_STRAY_SHARE * thousands)

    def _mixed(self, cells: Cells, row: int) -> str:
        separators = self.statements[cells.statements[row]].thousands & self.decimals.keys()
        return f"{cells.quoted(row)} {_MIXED.format(self.decimals[min(separators)])}"

    def _part(self, cells: Cells, row: int) -> str:
        part = self.statements[cells.statements[row]].part
        return MEASURES[part].label if part else ""
