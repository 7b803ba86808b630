"""Pay: reported amounts to whole units of their currency per year, and to whole US dollars at the rate of the year."""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from seed.importer.amounts import FAR_APART, far_apart
from seed.importer.mapped_columns import AmountColumns, PayColumns
from seed.importer.mapping import FileFormat
from seed.importer.pay_cells import ONE_OR_TWO, CellReader, Cells, Floats, Numbers, TextColumns
from seed.importer.pay_terms import CurrencyReader, UnitReader
from seed.importer.refusals import Refusals
from service.vocabulary.currencies import PRESENT_UNIT, Rates
from service.vocabulary.measures import COMPONENTS, MEASURES, REPORTED_COLUMN, REPORTED_TOTAL, TOTALS, Measure, with_totals
from service.vocabulary.units import MIN_FULL_TIME_HOURS, month_text

_BY_UNIT = (Measure.BASE_SALARY, *TOTALS)
"""The measures whose amounts are per `unit` of the mapping, and missing where they are 0; others are per year."""
_RANGE_ENDS = {measure: MEASURES[measure].reported_columns[1:] for measure in COMPONENTS}
"""The columns of both ends of a range; none for measures that cannot be ranges."""
_REPORTED = REPORTED_COLUMN | REPORTED_TOTAL
_NONE = np.array([np.nan])
_BASE_LOW, _BASE_HIGH = _RANGE_ENDS[Measure.BASE_SALARY]
MIN_USUAL_PAY = 2_000
"""US dollars a year that pay is at least, where no other pay is known."""
TOTAL_BELOW_PARTS = "reported total compensation is below the sum of its reported parts"
_WIDE_RATIO = 5
WIDE = f"a range whose ends are more than {_WIDE_RATIO} times apart; check that both are in the same unit"
READ_EARLY = (
    "a point or comma before three digits was read as a separator of thousands, but amounts further down have it before "
    "decimals; set decimal in [file]"
)
HOURS_MISSING = "the hours a week are missing, so the pay was read as for full time"
PART_TIME = (
    f"fewer than {MIN_FULL_TIME_HOURS} hours a week, so pay that is not by the hour was scaled to full time, {{:g}} hours"
)


class PayReader:
    """Reads the pay columns of one file, block by block.

    `currencies` lists the currencies found so far, by number.
    """

    def __init__(self, pay: PayColumns, file_format: FileFormat, rates: Rates) -> None:
        self._rates, self._cells = rates, CellReader(file_format, rates.currencies)
        self._currency, self._units = CurrencyReader(pay.currency, self._cells, rates), UnitReader(pay, self._cells)
        self._columns = {Measure.BASE_SALARY if key == "base" else Measure(key): value for key, value in pay.amounts.items()}
        self._usd: dict[tuple[int, int], float] = {}
        self._notes, self._thousands = Counter[str](), Counter[str]()
        self._part_time = PART_TIME.format(pay.full_time_hours)

    @property
    def currencies(self) -> list[str]:
        return self._currency.currencies

    @property
    def notes(self) -> Counter[str]:
        """Numbers of rows with an uncertain meaning, by what is uncertain."""
        early = sum(count for separator, count in self._thousands.items() if separator in self._cells.decimals)
        return self._notes + Counter({READ_EARLY: early})

    def read(self, columns: TextColumns, months: Numbers, refusals: Refusals) -> dict[str, Floats]:
        """Reported amounts by name, `float64[n]` with NaN for null, and the `rate` in US dollars of its currency and year.

        Columns without any value are left out. Rows with unusable pay are refused.
        """
        cells = {
            measure: [
                self._cells.cells(measure, name, _closed(columns[name], named), refusals, named.multiplier_of(name))
                for name in named.names
            ]
            for measure, named in self._columns.items()
        }
        every = [one for parts in cells.values() for one in parts]
        self._cells.refuse_mixed(every, refusals)
        currency = self._currency.read(columns, every, refusals)
        self._refuse_earlier_units(currency, months, refusals)
        stated = self._units.stated(columns, refusals)
        full_time, without_hours = self._units.full_time(columns, refusals)
        found = {"currency": currency.astype(np.float64), "rate": self._rate(currency, months)}
        for measure, parts in cells.items():
            unit, rate = stated if measure in _BY_UNIT else None, found["rate"]
            if self._columns[measure].columns:
                low = high = self._sum(
                    measure, [self._yearly(measure, [part], unit, full_time, rate, refusals)[0] for part in parts]
                )
            else:
                low, high = self._yearly(measure, parts, unit, full_time, rate, refusals)
            found |= _reported(measure, np.rint(low), np.rint(high))
        _refuse_unusable(found, refusals)
        wide = far_apart(found.get(_BASE_LOW, _NONE), found.get(_BASE_HIGH, _NONE), _WIDE_RATIO)
        notes = {
            HOURS_MISSING: without_hours,
            self._part_time: full_time > 1,
            TOTAL_BELOW_PARTS: _total_below_parts(found),
            WIDE: np.broadcast_to(wide, refusals.rows),
        }
        self._note(every, notes, refusals.accepted)
        return {name: values for name, values in found.items() if not np.isnan(values).all()}

    def _refuse_earlier_units(self, currency: Numbers, months: Numbers, refusals: Refusals) -> None:
        """Refuse rows from before the month since which their currency has had its present unit."""
        first = np.array([PRESENT_UNIT.get(code, 0) for code in self.currencies] or [0])[currency]
        refusals.refuse(
            months < first,
            lambda row: (
                f"{self.currencies[currency[row]]} has had its present unit since {month_text(int(first[row]))}; there is "
                "no exchange rate of the unit before it: give the pay in another currency"
            ),
        )

    def _rate(self, currency: Numbers, months: Numbers) -> Floats:
        keys = currency * 10_000 + months // 12
        different, where = np.unique(keys, return_inverse=True)
        rates = [self._usd_of(int(key) // 10_000, int(key) % 10_000) for key in different]
        return np.array(rates, np.float64)[where]

    def _usd_of(self, currency: int, year: int) -> float:
        key = currency, year
        if key not in self._usd:
            self._usd[key] = self._rates.usd(self.currencies[currency], year) if currency < len(self.currencies) else 1.0
        return self._usd[key]

    def _yearly(
        self,
        measure: Measure,
        cells: Sequence[Cells],
        stated: Numbers | None,
        full_time: Floats,
        rate: Floats,
        refusals: Refusals,
    ) -> tuple[Floats, Floats]:
        """The ends of the amounts of one column, or of two columns of ends, for a year."""
        factor = self._units.per_year(stated, full_time, cells, refusals)
        for one in cells:  # such as 42 100, a range if 100 is enough for pay
            spaced = self._cells.spaced(one)
            is_range = spaced & (np.where(spaced, one.low, 0) % 1_000 * factor * rate >= MIN_USUAL_PAY)
            refusals.refuse(is_range, lambda row, one=one: f"{one.quoted(row)} {ONE_OR_TWO}")  # type: ignore[misc]
        low, high = self._ends(measure, cells, refusals)
        return low * factor, high * factor

    def _sum(self, measure: Measure, amounts: Sequence[Floats]) -> Floats:
        """The sum of several columns; missing if one of them is, or if all are where one that is missing is 0."""
        parts = np.array(amounts)
        if self._columns[measure].one_missing is None:
            found: Floats = parts.sum(axis=0)
            return found
        return np.where(np.isnan(parts).all(axis=0), np.nan, np.nansum(parts, axis=0))

    def _ends(self, measure: Measure, cells: Sequence[Cells], refusals: Refusals) -> tuple[Floats, Floats]:
        """The ends of the amounts, equal for exact ones. 0 is missing, except for pay that may be 0 and as a low end."""
        low, high = cells[0].low, cells[-1].high
        if len(cells) > 1:
            low, high = _two_columns(cells[0], cells[1], refusals)
            if self._columns[measure].one_end:
                only_low, only_high = np.isnan(high) & cells[0].exact, np.isnan(low) & cells[1].exact
                low, high = np.where(only_high, high, low), np.where(only_low, low, high)
        elif self._columns[measure].one_end:
            low, high = np.where(np.isnan(low), high, low), np.where(np.isnan(high), low, high)
        elif not _RANGE_ENDS.get(measure):
            ranged = cells[0].present & ~cells[0].exact
            refusals.refuse(ranged, lambda _: f"{cells[0].name} is a range; only base pay can be one")
        if measure in _BY_UNIT or self._columns[measure].zero:
            low, high = np.where((low == 0) & ~(high > 0), np.nan, low), np.where(high == 0, np.nan, high)
        return low, high

    def _note(self, cells: Sequence[Cells], rows: dict[str, NDArray[np.bool_]], accepted: NDArray[np.bool_]) -> None:
        """Count the accepted rows with each note, about one cell or about all of the row."""
        for note, where in rows.items():
            if count := int((where & accepted).sum()):
                self._notes[note] += count
        for one in cells:
            numbers = np.bincount(one.statements[accepted], minlength=len(self._cells.statements))
            for number in np.flatnonzero(numbers).tolist():
                statement, count = self._cells.statements[number], int(numbers[number])
                self._notes.update({f"{one.name}: {note}": count for note in statement.notes})
                self._thousands.update(dict.fromkeys(statement.thousands, count))


def _closed(texts: Sequence[str], named: AmountColumns) -> Sequence[str]:
    """The texts, where an amount with one end is exact without the dash before the end that is missing: "90,000 -"."""
    if not named.one_end or not named.column:
        return texts
    return [text.rstrip()[:-1] if text.rstrip().endswith("-") else text for text in texts]  # a number keeps its kind


def _two_columns(first: Cells, second: Cells, refusals: Refusals) -> tuple[Floats, Floats]:
    """The ends of ranges in two columns; an end of 0 is missing."""
    for one, end in ((first, first.low), (second, second.high)):
        other = one.present & (np.isnan(end) | (one.low < one.high))
        refusals.refuse(other, lambda row, one=one: f"{one.quoted(row)} is not one end of a range")  # type: ignore[misc]
    low, high = np.where(first.low == 0, np.nan, first.low), np.where(second.high == 0, np.nan, second.high)
    refusals.refuse(low > high, lambda row: f"the range's low end {low[row]:,.0f} is above its high end {high[row]:,.0f}")
    apart = far_apart(low, high)
    refusals.refuse(apart, lambda row: f"{first.quoted(row)} to {second.quoted(row)} {FAR_APART}")
    return low, high


def _reported(measure: Measure, low: Floats, high: Floats) -> dict[str, Floats]:
    """The columns of a measure per year: an exact amount, or the midpoint and both ends of a range; NaN where unknown."""
    found = {_REPORTED[measure]: np.rint((low + high) / 2)}
    for column, end in zip(_RANGE_ENDS.get(measure, ()), (low, high), strict=False):
        found[column] = np.where(low == high, np.nan, end)
    return found


def measures(pay: dict[str, Floats]) -> dict[Measure, Floats]:
    """The money measures in whole US dollars, rounded half to even, `float64[n]` with NaN for null.

    Total cash is base and bonus, total compensation is total cash and equity; each is null unless all of its parts are
    reported. A total that was itself reported takes precedence over the sum.
    """
    found = {measure: np.rint(pay[name] * pay["rate"]) for measure, name in _REPORTED.items() if name in pay}
    sums = with_totals({measure: values for measure, values in found.items() if measure not in TOTALS})
    return sums | {
        total: np.where(np.isnan(found[total]), sums.get(total, np.nan), found[total]) for total in TOTALS if total in found
    }


def _refuse_unusable(found: dict[str, Floats], refusals: Refusals) -> None:
    """Refuse rows without pay, with pay out of range, or with a total below the base salary."""
    money, nothing = measures(found), np.full(refusals.rows, np.nan)
    base, low, high = (found.get(name, nothing) for name in (_REPORTED[Measure.BASE_SALARY], _BASE_LOW, _BASE_HIGH))
    largest = np.fmax(np.fmax(low, high) * found["rate"], money.get(Measure.BASE_SALARY, nothing))
    required = [largest, *(money[total] for total in TOTALS if total in money)]
    refusals.refuse(np.logical_and.reduce([np.isnan(values) for values in required]), lambda _: "no pay reported")
    for measure, values in (money | {Measure.BASE_SALARY: largest}).items():
        _refuse_out_of_range(measure, values, refusals)
    lowest = np.where(np.isnan(low), base, low)
    for total in TOTALS:
        label, reported = MEASURES[total].label, found.get(_REPORTED[total], nothing)
        refusals.refuse(reported < lowest, _below_base(label, reported, lowest))


def _below_base(label: str, total: Floats, base: Floats) -> Callable[[int], str]:
    return lambda row: f"{label} {total[row]:,.0f} is below base salary {base[row]:,.0f}"


def _total_below_parts(found: dict[str, Floats]) -> NDArray[np.bool_]:
    total = found.get(_REPORTED[Measure.TOTAL_COMPENSATION])
    parts = [np.nan_to_num(found[name]) for name in REPORTED_COLUMN.values() if name in found]
    return np.zeros(len(found["rate"]), bool) if total is None else total < sum(parts)


def _refuse_out_of_range(measure: Measure, values: Floats, refusals: Refusals) -> None:
    spec = MEASURES[measure]
    out_of_range = (values < spec.low) | (values > spec.high)
    refusals.refuse(
        out_of_range,
        lambda row: f"{spec.label} is {values[row]:,.0f} US$ a year, not between {spec.low:,} and {spec.high:,}",
    )
