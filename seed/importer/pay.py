"""Pay: amounts as a file tells them to whole units of its currency a year, and to whole US dollars of the year."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import UNREADABLE, UNTOLD, Range, amount
from seed.importer.mapping import Amount, Choice, FileFormat, Pay
from service.errors import DataError
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.money import PER_YEAR, PayUnit, Rates
from service.vocabulary.taxonomy import fold

Floats = NDArray[np.float64]
Columns = dict[str, Sequence[str]]
_MOST_TEXTS = 500_000


@dataclass(slots=True)
class Verdict:
    """Which rows of a block are no records, and why; the first reason found stands."""

    rows: int
    reasons: dict[int, str] = field(default_factory=dict)

    def refuse(self, where: NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        for row in np.flatnonzero(where).tolist():
            if row not in self.reasons:
                self.reasons[row] = reason(row)

    @property
    def kept(self) -> NDArray[np.bool_]:
        found = np.ones(self.rows, bool)
        found[list(self.reasons)] = False
        return found


class _Memo(dict[str, Range]):
    """Amounts by their text; forgets all when there are too many different ones to be worth keeping."""

    def __init__(self, form: FileFormat) -> None:
        super().__init__()
        self._decimal, self._missing = form.decimal, frozenset(form.missing)

    def __missing__(self, text: str) -> Range:
        plain = text.strip()
        if plain.isdecimal() and plain.isascii():  # nearly all are, and reading anything else takes ten times as long
            self[text] = float(plain), float(plain)
            return self[text]
        found = UNTOLD if not plain or plain in self._missing else amount(text, self._decimal)
        self[text] = found
        return found

    def ranges(self, texts: Sequence[str]) -> Floats:
        """Low and high end of each text, two columns."""
        if len(self) > _MOST_TEXTS:
            self.clear()
        ends = chain.from_iterable(map(self.__getitem__, texts))
        return np.fromiter(ends, np.float64, 2 * len(texts)).reshape(-1, 2)


class PayReader:
    """Reads the pay columns of one file, block by block. `currencies` lists the currencies met, by their number."""

    def __init__(self, pay: Pay, form: FileFormat, rates: Rates) -> None:
        self._pay, self._rates, self._amounts = pay, rates, _Memo(form)
        self._missing = frozenset(form.missing)
        self.currencies: list[str] = []
        self._numbers: dict[str, int] = {}
        self._usd: dict[tuple[int, int], float] = {}

    def read(self, columns: Columns, months: NDArray[np.int64], verdict: Verdict) -> dict[str, Floats]:
        """What was reported, as floats with NaN for null, without columns that the mapping does not name; and the `rate` of
        US dollars for the row's currency and year. Rows with unusable pay are refused."""
        currency = self._currency(columns, verdict)
        factor, rate = self._units(columns, verdict), self._rate(currency, months)
        found = {"currency": currency.astype(np.float64), "rate": rate} | self._base(columns, factor, verdict)
        for name, unit in (("bonus", None), ("equity", None), ("total_compensation", factor)):
            found |= self._yearly(name, columns, unit, verdict)
        told = measures(found)
        nothing = [np.isnan(values) for values in (told.get(name) for name in _PAID) if values is not None]
        verdict.refuse(np.logical_and.reduce(nothing), lambda _: "no pay told")
        for measure, values in told.items():
            _refuse_beyond(measure, values, verdict)
        return {name: values for name, values in found.items() if not np.isnan(values).all()}

    def _choice(self, choice: Choice, columns: Columns) -> Sequence[str] | None:
        return columns[choice.column] if choice.column else None

    def _currency(self, columns: Columns, verdict: Verdict) -> NDArray[np.int64]:
        texts = self._choice(self._pay.currency, columns)
        if texts is None:
            return np.full(verdict.rows, self._constant_currency(self._pay.currency.constant or ""), np.int64)
        found = np.fromiter(map(self._known_currency, texts), np.int64, len(texts))
        verdict.refuse(found < 0, lambda row: _unknown("currency", texts[row]))
        return np.maximum(found, 0)

    def _constant_currency(self, code: str) -> int:
        if self._known_currency(code) < 0:
            raise DataError(
                f"The mapping's currency {code!r} is not known; see seed/reference/fx_rate.csv for those that are."
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

    def _units(self, columns: Columns, verdict: Verdict) -> Floats:
        unit = self._pay.unit
        texts = self._choice(unit, columns)
        if texts is None:
            return np.full(verdict.rows, float(PER_YEAR[PayUnit(unit.constant or PayUnit.YEAR)]))
        known = {text: float(PER_YEAR[PayUnit(code)]) for text, code in unit.map}
        per_year = {text: known.get(fold(text), 0.0) for text in set(texts)}
        found = np.fromiter(map(per_year.__getitem__, texts), np.float64, len(texts))
        verdict.refuse(found == 0, lambda row: _unknown("pay unit", texts[row]))
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

    def _base(self, columns: Columns, factor: Floats, verdict: Verdict) -> dict[str, Floats]:
        """Reported base pay a year; a range keeps both ends and counts by its midpoint, an end of 0 is not told."""
        if self._pay.base is None:
            return {}
        low, high = self._ends(self._pay.base, columns, verdict)
        ranged = ~np.isnan(low) & ~np.isnan(high) & (low != high)
        verdict.refuse(ranged & (low > high), lambda row: f"the range's low end {low[row]:,.0f} is above its high end")
        low, high = np.where(np.isnan(low), high, low), np.where(np.isnan(high), low, high)
        low, high = np.rint(low * factor), np.rint(high * factor)
        return {
            "base_reported": np.rint((low + high) / 2),
            "base_low": np.where(ranged, low, np.nan),
            "base_high": np.where(ranged, high, np.nan),
        }

    def _ends(self, told: Amount, columns: Columns, verdict: Verdict) -> tuple[Floats, Floats]:
        ranges = [self._ranges(name, columns, verdict) for name in (told.columns[0], told.columns[-1])]
        low, high = ranges[0][:, 0], ranges[1][:, 1]
        return np.where(low == 0, np.nan, low), np.where(high == 0, np.nan, high)

    def _ranges(self, name: str, columns: Columns, verdict: Verdict) -> Floats:
        found = self._amounts.ranges(columns[name])
        unreadable = found[:, 0] == UNREADABLE[0]
        verdict.refuse(unreadable, lambda row: f"{name} {columns[name][row].strip()[:60]!r} is not an amount")
        found[unreadable] = np.nan
        return found

    def _yearly(self, name: str, columns: Columns, factor: Floats | None, verdict: Verdict) -> dict[str, Floats]:
        """Another part of pay a year; only of total compensation is 0 not told."""
        told: Amount | None = getattr(self._pay, name)
        if told is None:
            return {}
        column = told.columns[0]
        ranges = self._ranges(column, columns, verdict)
        verdict.refuse(ranges[:, 0] < ranges[:, 1], lambda _: f"{column} is a range; only base pay can be one")
        found = np.rint(ranges[:, 0] * (1.0 if factor is None else factor))
        return {f"{name}_reported": np.where(found == 0, np.nan, found) if factor is not None else found}


_PAID = (Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION)


def measures(pay: dict[str, Floats]) -> dict[Measure, Floats]:
    """The money measures that can be told, in whole US dollars, rounded half to even; NaN is null.

    Total cash is base and bonus, total compensation that and equity, each told only where all of its parts are; total
    compensation that was reported as such stands.
    """
    found: dict[Measure, Floats] = {}
    for name, measure in _REPORTED.items():
        if name in pay:
            found[measure] = np.rint(pay[name] * pay["rate"])
    if Measure.BASE_SALARY in found and Measure.BONUS in found:
        found[Measure.TOTAL_CASH] = found[Measure.BASE_SALARY] + found[Measure.BONUS]
    if Measure.TOTAL_CASH in found and Measure.EQUITY in found:
        total = found[Measure.TOTAL_CASH] + found[Measure.EQUITY]
        told = found.get(Measure.TOTAL_COMPENSATION, total)
        found[Measure.TOTAL_COMPENSATION] = np.where(np.isnan(told), total, told)
    return found


_REPORTED = {
    "base_reported": Measure.BASE_SALARY,
    "bonus_reported": Measure.BONUS,
    "equity_reported": Measure.EQUITY,
    "total_compensation_reported": Measure.TOTAL_COMPENSATION,
}


def _refuse_beyond(measure: Measure, values: Floats, verdict: Verdict) -> None:
    spec = MEASURES[measure]
    beyond = (values < spec.low) | (values > spec.high)
    verdict.refuse(
        beyond,
        lambda row: f"{spec.label} comes to {values[row]:,.0f} US$ a year, not between {spec.low:,} and {spec.high:,}",
    )


def _unknown(kind: str, text: str) -> str:
    plain = text.strip()[:60]
    return f"unknown {kind} {plain!r}" if plain else f"no {kind} told"
