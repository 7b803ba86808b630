"""The currency and the unit of each row of pay, on which the mapping and all cells of the row must agree."""

import re
from collections.abc import Sequence
from math import nan

import numpy as np
from numpy.typing import NDArray

from seed.importer.amount_tokens import CODES_LIKE_WORDS, Unreadable, plain_number
from seed.importer.amounts import MAX_ONE_UNIT_RATIO, ONE_UNIT, Statement, far_apart
from seed.importer.mapped_columns import CELL, ConstantOrColumn, PayColumns
from seed.importer.pay_cells import CellReader, Cells, Floats, Numbers, TextColumns, shown
from seed.importer.refusals import Refusals
from service.errors import DataError
from service.vocabulary.currencies import Rates
from service.vocabulary.spellings import fold
from service.vocabulary.units import MIN_FULL_TIME_HOURS, PER_YEAR, PayUnit

_UNITS = tuple(PayUnit)
_BLANK, _UNKNOWN = -1, -2
_MAX_LISTED = 5
_MAX_HOURS, _MAX_HOURS_A_DAY = 80, 12
_UNREADABLE_HOURS, _AMBIGUOUS_HOURS, _HOURS_A_DAY = -1.0, -2.0, -3.0
_REFUSED_HOURS = {
    _UNREADABLE_HOURS: f"is not a number of hours up to {_MAX_HOURS}",
    _AMBIGUOUS_HOURS: "fits two readings, as hours and as a share; write a share as 80%",
    _HOURS_A_DAY: 'fits two readings, as hours a day and a week; write "8 hours a week", or a share as 20%',
}
_WITHOUT_HOURS = "; to import the pay as full-time, add the text to missing in [file], or leave out hours_per_week"
_MAX_USUAL_HOURS, _MAX_NEAR_FULL_TIME = 60, 50
_HOURS_OR_PERCENT = (
    f"fits two readings, as hours and as per cent, since as many numbers of the column are above {_MAX_USUAL_HOURS} "
    "as near full time; write a share as 80%, or hours as 32h"
)
_WEEKLY = re.compile(r"\s*(?:(?:a|per|each|/)\s*(?:week|wk)|weekly)$", re.IGNORECASE)
_HOURS = re.compile(r"\s*(?:h|hrs?|hours?)\.?$", re.IGNORECASE)


class CurrencyReader:
    """The currency of each row, by its number in `currencies`.

    It is what the mapping or its column says and what the cells of pay say; where these fit no common currency, or several,
    the row is refused.
    """

    def __init__(self, column: ConstantOrColumn, cells: CellReader, rates: Rates) -> None:
        self._column, self._cells, self._rates = column, cells, rates
        self._map = {fold(text): self._known(code) for text, code in column.map.items()}
        self._stated: dict[str, int] = {}
        self._agreed: dict[tuple[int, ...], int] = {}
        constant = None if column.constant in (None, CELL) else self._known(column.constant or "")
        self._constant = cells.number(Statement(frozenset({constant}), constant)) if constant else 0
        self.currencies: list[str] = []

    def _known(self, code: str) -> str:
        if code.upper() not in self._rates:
            raise DataError(
                f"The mapping's currency {code!r} is unknown; seed/reference/fx_rate.csv lists the known currencies."
            )
        return code.upper()

    def read(self, columns: TextColumns, amounts: Sequence[Cells], refusals: Refusals) -> Numbers:
        texts = columns[self._column.column] if self._column.column else None
        stated = np.full(refusals.rows, self._constant) if texts is None else self._texts(texts, refusals)
        numbers = np.column_stack([stated, *(cells.statements for cells in amounts)])
        if (numbers == numbers[:1]).all():  # one currency, and nothing in the cells
            different, where = numbers[:1], np.zeros(refusals.rows, np.int64)
        else:
            different, where = np.unique(numbers, axis=0, return_inverse=True)
        common = np.array([self._common(tuple(row)) for row in different.tolist()], np.int64)
        found: Numbers = common[where.ravel()]
        refusals.refuse(found < 0, lambda row: self._problem(row, numbers[row].tolist(), amounts))
        return np.maximum(found, 0)

    def _texts(self, texts: Sequence[str], refusals: Refusals) -> Numbers:
        for text in set(texts) - self._stated.keys():
            self._stated[text] = self._text(text)
        found = np.fromiter(map(self._stated.__getitem__, texts), np.int64, len(texts))
        refusals.refuse(found == _UNKNOWN, lambda row: f"unknown currency {shown(texts[row])}")
        return np.maximum(found, 0)

    def _text(self, text: str) -> int:
        """The number of the statement of a text of the mapping's column; 0 if it is missing."""
        plain = text.strip()
        word = plain.casefold() in CODES_LIKE_WORDS and not plain.isupper()
        code = self._map.get(fold(text), "" if word else plain.upper())
        if plain in self._cells.missing and fold(text) not in self._map:
            return 0
        statement = Statement(frozenset({code}), code) if code in self._rates else self._cells.reader.currency(plain)
        return self._cells.number(statement) if statement.currencies else _UNKNOWN

    def _common(self, numbers: tuple[int, ...]) -> int:
        """The currency that all statements fit; negative if there is none, or more than one."""
        if numbers not in self._agreed:
            code = common_currency([self._cells.statements[number] for number in numbers])
            code = code if code and code in self._rates else None
            if code and code not in self.currencies:
                self.currencies.append(code)
            self._agreed[numbers] = self.currencies.index(code) if code else _UNKNOWN
        return self._agreed[numbers]

    def _problem(self, row: int, numbers: Sequence[int], amounts: Sequence[Cells]) -> str:
        """Why a row has no currency."""
        statements = [self._cells.statements[number] for number in numbers]
        named = [(place, one) for place, one in enumerate(statements) if one.currencies]
        if not named:
            text = next((cells.quoted(row) for cells in amounts if cells.texts[row].strip() not in self._cells.missing), "")
            if self._column.column:
                return "no currency reported"
            return f"{text} names no currency" if text else "no pay reported"
        first, one = named[0]
        for place, other in named[1:]:
            if not one.currencies & other.currencies:
                mapped = self._column.column or "the mapping"
                subject = amounts[place - 1].quoted(row)
                against = f"{mapped} says" if first == 0 else f"{amounts[first - 1].quoted(row)} is in"
                return f"{subject} is in {_codes(other)}, but {against} {_codes(one)}"
        text = amounts[first - 1].quoted(row) if first else f"the currency of {self._column.column}"
        return f"{text} fits several currencies ({_codes(one)}); name the currency in the mapping"


def common_currency(statements: Sequence[Statement]) -> str | None:
    """The only currency that all statements fit, or the one that they mean if they fit several; None if there is none."""
    named = [one for one in statements if one.currencies]
    common = frozenset.intersection(*(one.currencies for one in named)) if named else frozenset()
    if len(common) == 1:
        return next(iter(common))
    usual = {one.usual for one in named if one.usual in common}
    return next(iter(usual)) if len(usual) == 1 else None


def _codes(statement: Statement) -> str:
    codes = sorted(statement.currencies)
    if statement.usual:
        return statement.usual
    return ", ".join(codes) if len(codes) <= _MAX_LISTED else f"{', '.join(codes[:_MAX_LISTED])} and more"


class UnitReader:
    """Periods in a year of the amounts of each row, by what the mapping or its column says and by what the cells say.

    Where these are different units the row is refused. Amounts without a unit are per year. Part-time pay is scaled to full
    time, except hourly pay.
    """

    def __init__(self, pay: PayColumns, cells: CellReader) -> None:
        self._pay, self._cells = pay, cells
        self._map = {fold(text): PayUnit(unit) for text, unit in (pay.unit.map if pay.unit else {}).items()}
        self._numbers: dict[str, int] = {}
        self._reasons: dict[str, str] = {}
        self._factors: dict[str, float] = {}
        self._above_hours = self._near_full_time = 0

    def stated(self, columns: TextColumns, refusals: Refusals) -> Numbers:
        """The units that the mapping or its column says, `int64[n]`; negative for none."""
        unit = self._pay.unit
        if unit is None or unit.column is None:
            return np.full(refusals.rows, _UNITS.index(PayUnit(unit.constant)) if unit and unit.constant else _BLANK)
        texts = columns[unit.column]
        for text in set(texts) - self._numbers.keys():
            self._numbers[text] = self._number(text)
        found = np.fromiter(map(self._numbers.__getitem__, texts), np.int64, len(texts))
        refusals.refuse(found == _UNKNOWN, lambda row: f"pay unit {shown(texts[row])} {self._reasons[texts[row]]}")
        return found

    def _number(self, text: str) -> int:
        if text.strip() in self._cells.missing and fold(text) not in self._map:
            return _BLANK
        try:
            return _UNITS.index(self._map.get(fold(text)) or self._cells.reader.unit(text))
        except Unreadable as error:
            self._reasons[text] = f"{error}; give it a meaning in pay.unit.map"
            return _UNKNOWN

    def per_year(self, stated: Numbers | None, full_time: Floats, columns: Sequence[Cells], refusals: Refusals) -> Floats:
        """What the amounts of some columns are multiplied by. Without `stated` only the cells say their unit."""
        first = np.full(refusals.rows, _BLANK) if stated is None else stated
        units = first
        for cells in columns:
            own = self._own(cells)
            differ = (own >= 0) & (units >= 0) & (own != units) & ~self._are_paid_months(cells, units)
            refusals.refuse(differ, lambda row, cells=cells: self._contradiction(row, first, cells, columns[0]))  # type: ignore[misc]
            units = np.where(own >= 0, own, units)
        if len(columns) == 2:
            self._refuse_one_unit(first, columns[0], columns[1], refusals)
        if stated is not None and self._pay.unit and self._pay.unit.column:
            present = np.logical_or.reduce([cells.present for cells in columns])
            refusals.refuse((units < 0) & present, lambda _: "no pay unit reported")
        units = np.where(units < 0, _UNITS.index(PayUnit.YEAR), units)
        periods = PER_YEAR | {PayUnit.HOUR: 52 * self._pay.full_time_hours}
        if stated is not None:
            periods |= {PayUnit.MONTH: self._pay.months, PayUnit.HALF_MONTH: 2 * self._pay.months}
        by_hour = units == _UNITS.index(PayUnit.HOUR)
        return np.array([periods[unit] for unit in _UNITS], np.float64)[units] * np.where(by_hour, 1.0, full_time)

    def _refuse_one_unit(self, stated: Numbers, low: Cells, high: Cells, refusals: Refusals) -> None:
        """Refuse ranges in two columns of which only one names a unit that can hardly be that of the other."""
        one = (stated < 0) & ((self._own(low) >= 0) != (self._own(high) >= 0))
        apart = far_apart(low.low, high.high, MAX_ONE_UNIT_RATIO)
        refusals.refuse(one & apart, lambda row: f"{low.quoted(row)} to {high.quoted(row)} {ONE_UNIT}")

    def _are_paid_months(self, cells: Cells, units: Numbers) -> NDArray[np.bool_]:
        """Whether cells have months with their payments, such as 2,000 x 14, in rows of monthly pay."""
        paid = np.array([one.paid_months for one in self._cells.statements])[cells.statements]
        found: NDArray[np.bool_] = paid & (units == _UNITS.index(PayUnit.MONTH))
        return found

    def _own(self, cells: Cells) -> Numbers:
        units = [_UNITS.index(one.unit) if one.unit else _BLANK for one in self._cells.statements]
        return np.array(units)[cells.statements]

    def _contradiction(self, row: int, stated: Numbers, cells: Cells, other: Cells) -> str:
        own, against = _UNITS[self._own(cells)[row]], f"{other.quoted(row)} is per {_UNITS[self._own(other)[row]]}"
        if stated[row] >= 0:
            against = f"{(self._pay.unit and self._pay.unit.column) or 'the mapping'} says per {_UNITS[stated[row]]}"
        return f"{cells.quoted(row)} is per {own}, but {against}"

    def full_time(self, columns: TextColumns, refusals: Refusals) -> tuple[Floats, NDArray[np.bool_]]:
        """What pay for the hours of each row is multiplied by to be for full time, and the rows whose hours are missing."""
        hours = self._pay.hours_per_week
        if hours is None or hours.column is None:
            constant = hours.constant if hours and hours.constant else self._pay.full_time_hours
            return np.full(refusals.rows, self._full_time(constant)), np.zeros(refusals.rows, bool)
        name, texts = hours.column, columns[hours.column]
        for text in set(texts) - self._factors.keys():
            self._factors[text] = self._factor(text)
        found = np.fromiter(map(self._factors.__getitem__, texts), np.float64, len(texts))
        self._refuse_percentages(name, texts, refusals)
        for kind, reason in _REFUSED_HOURS.items():
            refusals.refuse(
                found == kind,
                lambda row, reason=reason: f"{name} {shown(texts[row])} {reason}{_WITHOUT_HOURS}",  # type: ignore[misc]
            )
        missing = np.isnan(found)
        return np.where(missing, 1.0, found), missing

    def _refuse_percentages(self, name: str, texts: Sequence[str], refusals: Refusals) -> None:
        """Refuse plain numbers of a column that may be all per cent: as many of it are above 60 as near full time."""
        plain = {text: plain_number(text, self._cells.decimal) or 0.0 for text in set(texts)}
        numbers = np.fromiter(map(plain.__getitem__, texts), np.float64, len(texts))
        self._above_hours += int((numbers > _MAX_USUAL_HOURS).sum())
        self._near_full_time += int(((numbers >= MIN_FULL_TIME_HOURS) & (numbers <= _MAX_NEAR_FULL_TIME)).sum())
        if self._above_hours and self._above_hours >= self._near_full_time:
            where = (numbers > 1) & (numbers <= 100)
            refusals.refuse(where, lambda row: f"{name} {shown(texts[row])} {_HOURS_OR_PERCENT}")

    def _factor(self, text: str) -> float:
        """The factor of hours, or of a share of full time such as 80%; NaN if they are missing, negative if they are
        unreadable."""
        plain = text.strip()
        if plain in self._cells.missing:
            return nan
        weekly = _WEEKLY.sub("", plain)
        number = plain_number(_HOURS.sub("", weekly.removesuffix("%")), self._cells.decimal)
        if number is None or number <= 0:
            return _UNREADABLE_HOURS
        if plain.endswith("%"):
            return 100 / number if number <= 100 else _UNREADABLE_HOURS
        if number <= 1:
            return _AMBIGUOUS_HOURS
        if number <= _MAX_HOURS_A_DAY and weekly == plain:
            return _HOURS_A_DAY
        return self._full_time(number) if number <= _MAX_HOURS else _UNREADABLE_HOURS

    def _full_time(self, hours: float) -> float:
        return self._pay.full_time_hours / hours if hours < MIN_FULL_TIME_HOURS else 1.0
