"""Pay: reported amounts to whole units of their currency per year, and to whole US dollars at the rate of the year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import MISSING, UNREADABLE, AmountRange, amount
from seed.importer.mapping import AmountColumns, ConstantOrColumn, FileFormat, PayColumns
from service.errors import DataError
from service.vocabulary.measures import MEASURES, REPORTED_COLUMN, Measure, with_totals
from service.vocabulary.taxonomy import fold
from service.vocabulary.units import PER_YEAR, PayUnit, Rates

Floats = NDArray[np.float64]
TextColumns = dict[str, Sequence[str]]
_MAX_CACHED_TEXTS = 500_000


@dataclass(slots=True)
class Refusals:
    """The rows of a block that cannot become records, each with the first reason found."""

    rows: int
    reasons: dict[int, str] = field(default_factory=dict)

    def refuse(self, where: NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        for row in np.flatnonzero(where).tolist():
            if row not in self.reasons:
                self.reasons[row] = reason(row)

    @property
    def accepted(self) -> NDArray[np.bool_]:
        found = np.ones(self.rows, bool)
        found[list(self.reasons)] = False
        return found


class _AmountCache(dict[str, AmountRange]):
    """Amounts by their text. Cleared when it has too many texts to be worth its memory."""

    def __init__(self, file_format: FileFormat) -> None:
        super().__init__()
        self._decimal, self._missing = file_format.decimal, frozenset(file_format.missing)

    def __missing__(self, text: str) -> AmountRange:
        plain = text.strip()
        if plain.isdecimal() and plain.isascii():  # nearly all are, and parsing other texts takes ten times as long
            self[text] = float(plain), float(plain)
            return self[text]
        found = MISSING if not plain or plain in self._missing else amount(text, self._decimal)
        self[text] = found
        return found

    def ranges(self, texts: Sequence[str]) -> Floats:
        """Low and high end of each text, `float64[n, 2]`."""
        if len(self) > _MAX_CACHED_TEXTS:
            self.clear()
        ends = chain.from_iterable(map(self.__getitem__, texts))
        return np.fromiter(ends, np.float64, 2 * len(texts)).reshape(-1, 2)


class PayReader:
    """Reads the pay columns of one file, block by block. `currencies` lists the currencies found so far, by number."""

    def __init__(self, pay: PayColumns, file_format: FileFormat, rates: Rates) -> None:
        self._pay, self._rates, self._amounts = pay, rates, _AmountCache(file_format)
        self._missing = frozenset(file_format.missing)
        self.currencies: list[str] = []
        self._numbers: dict[str, int] = {}
        self._usd: dict[tuple[int, int], float] = {}

    def read(self, columns: TextColumns, months: NDArray[np.int64], refusals: Refusals) -> dict[str, Floats]:
        """Reported amounts by name, `float64[n]` with NaN for null, and the `rate` in US dollars of its currency and year.

        Columns without any value are left out. Rows with unusable pay are refused.
        """
        currency = self._currency(columns, refusals)
        per_year, rate = self._units(columns, refusals), self._rate(currency, months)
        found = {"currency": currency.astype(np.float64), "rate": rate} | self._base(columns, per_year, refusals)
        for name, unit in (("bonus", None), ("equity", None), ("total_compensation", per_year)):
            found |= self._yearly(name, columns, unit, refusals)
        money = measures(found)
        missing = [np.isnan(values) for values in (money.get(name) for name in _REQUIRED) if values is not None]
        refusals.refuse(np.logical_and.reduce(missing), lambda _: "no pay reported")
        for measure, values in money.items():
            _refuse_out_of_range(measure, values, refusals)
        return {name: values for name, values in found.items() if not np.isnan(values).all()}

    def _texts(self, column: ConstantOrColumn, columns: TextColumns) -> Sequence[str] | None:
        return columns[column.column] if column.column else None

    def _currency(self, columns: TextColumns, refusals: Refusals) -> NDArray[np.int64]:
        texts = self._texts(self._pay.currency, columns)
        if texts is None:
            return np.full(refusals.rows, self._constant_currency(self._pay.currency.constant or ""), np.int64)
        found = np.fromiter(map(self._known_currency, texts), np.int64, len(texts))
        refusals.refuse(found < 0, lambda row: _unknown("currency", texts[row]))
        return np.maximum(found, 0)

    def _constant_currency(self, code: str) -> int:
        if self._known_currency(code) < 0:
            raise DataError(
                f"The mapping's currency {code!r} is unknown; seed/reference/fx_rate.csv lists the known currencies."
            )
        return self._known_currency(code)

    def _known_currency(self, text: str) -> int:
        if text not in self._numbers:
            code = dict(self._pay.currency.map).get(fold(text), text.strip().upper())
            known = code in self._rates and text.strip() not in self._missing
            if known and code not in self.currencies:
                self.currencies.append(code)
            self._numbers[text] = self.currencies.index(code) if known else -1
        return self._numbers[text]

    def _units(self, columns: TextColumns, refusals: Refusals) -> Floats:
        unit = self._pay.unit
        texts = self._texts(unit, columns)
        if texts is None:
            return np.full(refusals.rows, float(PER_YEAR[PayUnit(unit.constant or PayUnit.YEAR)]))
        known = {text: float(PER_YEAR[PayUnit(code)]) for text, code in unit.map}
        per_year = {text: known.get(fold(text), 0.0) for text in set(texts)}
        found = np.fromiter(map(per_year.__getitem__, texts), np.float64, len(texts))
        refusals.refuse(found == 0, lambda row: _unknown("pay unit", texts[row]))
        return found

    def _rate(self, currency: NDArray[np.int64], months: NDArray[np.int64]) -> Floats:
        keys = currency * 10_000 + months // 12
        different, where = np.unique(keys, return_inverse=True)
        rates = [self._usd_of(int(key) // 10_000, int(key) % 10_000) for key in different]
        return np.array(rates, np.float64)[where]

    def _usd_of(self, currency: int, year: int) -> float:
        key = currency, year
        if key not in self._usd:
            self._usd[key] = self._rates.usd(self.currencies[currency], year) if currency < len(self.currencies) else 1.0
        return self._usd[key]

    def _base(self, columns: TextColumns, per_year: Floats, refusals: Refusals) -> dict[str, Floats]:
        """Reported base pay per year: of a range its midpoint, and both of its ends; an end of 0 is missing."""
        if self._pay.base is None:
            return {}
        low, high = self._ends(self._pay.base, columns, refusals)
        ranged = ~np.isnan(low) & ~np.isnan(high) & (low != high)
        refusals.refuse(ranged & (low > high), lambda row: f"the range's low end {low[row]:,.0f} is above its high end")
        low, high = np.where(np.isnan(low), high, low), np.where(np.isnan(high), low, high)
        low, high = np.rint(low * per_year), np.rint(high * per_year)
        return {
            "base_reported": np.rint((low + high) / 2),
            "base_low": np.where(ranged, low, np.nan),
            "base_high": np.where(ranged, high, np.nan),
        }

    def _ends(self, amount_columns: AmountColumns, columns: TextColumns, refusals: Refusals) -> tuple[Floats, Floats]:
        ranges = [self._ranges(name, columns, refusals) for name in (amount_columns.columns[0], amount_columns.columns[-1])]
        low, high = ranges[0][:, 0], ranges[1][:, 1]
        return np.where(low == 0, np.nan, low), np.where(high == 0, np.nan, high)

    def _ranges(self, name: str, columns: TextColumns, refusals: Refusals) -> Floats:
        found = self._amounts.ranges(columns[name])
        unreadable = found[:, 0] == UNREADABLE[0]
        refusals.refuse(unreadable, lambda row: f"{name} {columns[name][row].strip()[:60]!r} is not an amount")
        found[unreadable] = np.nan
        return found

    def _yearly(self, name: str, columns: TextColumns, per_year: Floats | None, refusals: Refusals) -> dict[str, Floats]:
        """Another part of pay per year. 0 means missing for total compensation, and no pay for bonus and equity."""
        named: AmountColumns | None = getattr(self._pay, name)
        if named is None:
            return {}
        column = named.columns[0]
        ranges = self._ranges(column, columns, refusals)
        refusals.refuse(ranges[:, 0] < ranges[:, 1], lambda _: f"{column} is a range; only base pay can be one")
        found = np.rint(ranges[:, 0] * (1.0 if per_year is None else per_year))
        return {f"{name}_reported": np.where(found == 0, np.nan, found) if per_year is not None else found}


_REQUIRED = (Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION)


def measures(pay: dict[str, Floats]) -> dict[Measure, Floats]:
    """The money measures in whole US dollars, rounded half to even, `float64[n]` with NaN for null.

    Total cash is base and bonus, total compensation is total cash and equity; each is null unless all of its parts are
    reported. Total compensation that was itself reported takes precedence over the sum.
    """
    found: dict[Measure, Floats] = {}
    for measure, name in {**REPORTED_COLUMN, Measure.TOTAL_COMPENSATION: "total_compensation_reported"}.items():
        if name in pay:
            found[measure] = np.rint(pay[name] * pay["rate"])
    reported = found.pop(Measure.TOTAL_COMPENSATION, None)
    found = with_totals(found)
    if reported is not None:
        total = found.get(Measure.TOTAL_COMPENSATION, reported)
        found[Measure.TOTAL_COMPENSATION] = np.where(np.isnan(reported), total, reported)
    return found


def _refuse_out_of_range(measure: Measure, values: Floats, refusals: Refusals) -> None:
    spec = MEASURES[measure]
    out_of_range = (values < spec.low) | (values > spec.high)
    refusals.refuse(
        out_of_range,
        lambda row: f"{spec.label} is {values[row]:,.0f} US$ a year, not between {spec.low:,} and {spec.high:,}",
    )


def _unknown(kind: str, text: str) -> str:
    plain = text.strip()[:60]
    return f"unknown {kind} {plain!r}" if plain else f"no {kind} reported"
