"""Plausibility of yearly pay: its spread by country, and the rows whose pay is far from the country's median.

An amount can be read exactly as it is written and still be wrong: an hour's pay in a column of yearly pay, or thousands
without a mark. Such rows are doubtful. The median that they are compared with is, by country,

1. that of the current records, if 20 or more are neither of the sample nor of the sources that the file updates: an
   erroneous earlier import of the same data is no evidence for itself;
2. otherwise that of the file's own rows, if there are 20 and their median is plausible by itself, so that a file that is
   wrong in every row is noticed;
3. otherwise there is none, and a fixed band applies.

A bonus, equity or total that is many times the rest of its own row is doubtful too.

Rows without a country are compared with each other (2 or 3): records without a country have nothing in common.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log, log10

import numpy as np
from numpy.typing import NDArray

from seed.importer.pay import MIN_USUAL_PAY, measures
from seed.importer.pay_cells import Floats
from seed.importer.translation import Batch
from service.counts import count_of
from service.stats.percentiles import SortedList, percentile
from service.store.records import MedianPay
from service.store.reference import Reference
from service.vocabulary.currencies import LOCAL_CURRENCY
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMN, REPORTED_TOTAL, TOTALS, Measure
from service.vocabulary.units import PER_YEAR, PayUnit

MIN_RECORDS = 20
"""Fewer records or rows have no median that others could be compared with."""
_MAX_RATIO = 20
_FAR_RATIO = 8
"""Pay that is farther from the median is worth a note: a year's pay in a column of monthly pay is 12 times too high."""
_NOTABLE_RATIO = 5
"""A file whose median differs by more from that of the current records is worth a note."""
_CLOSE_RATIO = 3
"""Another reading of an amount is likely if it comes this close to the median."""

_MAX_OF_BASE = {Measure.BONUS: 5, Measure.EQUITY: 20}
"""The highest plausible ratios of a component and the base salary."""
_MAX_OF_PARTS = 10
"""The highest plausible ratio of a total and the sum of its reported parts, which may lack equity."""

FAR = f"yearly pay is more than {_FAR_RATIO} times the median of the country in this file, or less than 1/{_FAR_RATIO} of it"


@dataclass(frozen=True, slots=True)
class PayBand:
    """Plausible pay in US dollars a year; `basis` names the records of its median, and is empty for the fixed band."""

    low: float
    high: float
    basis: str = ""

    @classmethod
    def around(cls, median: float, basis: str) -> "PayBand":
        return cls(median / _MAX_RATIO, median * _MAX_RATIO, basis)

    @property
    def middle(self) -> float:
        """The geometric middle: the median, of the fixed band 100,000."""
        return float((self.low * self.high) ** 0.5)

    def __contains__(self, pay: float) -> bool:
        return self.low <= pay <= self.high


FIXED_BAND = PayBand(MIN_USUAL_PAY, 5_000_000)


@dataclass(frozen=True, slots=True)
class PaySpread:
    """The yearly pay of a country's rows in US dollars; `doubtful` of the rows are outside `band`."""

    country: str
    rows: int
    p1: float
    median: float
    p99: float
    band: PayBand
    doubtful: int


@dataclass(frozen=True, slots=True)
class Plausibility:
    """The spread by country, most rows first; the reason of each doubtful record, by its number; and notes."""

    spread: tuple[PaySpread, ...]
    doubtful: dict[int, str]
    notes: dict[str, int]


def check_plausibility(
    batch: Batch, currencies: Sequence[str], reference: Reference, current: Mapping[int, MedianPay]
) -> Plausibility:
    """Compare the pay of all records of a file with the `current` medians, by the country's id, and with each other."""
    exact, pay = _yearly_pay(batch.amounts)
    countries = batch.ids.get(Factor.COUNTRY, np.zeros(len(pay), np.int32))
    spreads: list[PaySpread] = []
    doubtful: dict[int, str] = {}
    notes: dict[str, int] = {}
    readings = _Readings(batch, currencies, reference)
    far: list[int] = []
    for country, rows in _groups(countries):
        label = reference.taxonomy[country].label if country else "unknown"
        values = SortedList(np.sort(exact[rows][~np.isnan(exact[rows])]).tolist())
        band = _band(values, current.get(country) if country else None)
        outside = rows[(pay[rows] < band.low) | (pay[rows] > band.high)]
        for row in outside.tolist():
            likely = readings.likely(row, float(pay[row]), band.middle)
            doubtful[row] = f"{_comparison(float(pay[row]), band, label)}{f'; perhaps {likely}' if likely else ''}"
        if values:
            p1, median, p99 = (percentile(values, p) for p in (0.01, 0.5, 0.99))
            spreads.append(PaySpread(label, len(values), p1, median, p99, band, len(outside)))
            notes |= _note(spreads[-1], current.get(country))
            far += _far(rows[~np.isin(rows, outside)], pay, spreads[-1])
    if far:
        notes[f"{FAR}, first in line {batch.lines[min(far)]}; check the unit"] = len(far)
    doubtful = _far_from_base(batch.amounts) | doubtful
    ordered = sorted(spreads, key=lambda spread: (-spread.rows, spread.country))
    return Plausibility(tuple(ordered), dict(sorted(doubtful.items())), notes)


def _yearly_pay(amounts: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Base salary, or else total compensation, in US dollars a year; and the same with the end of a one-sided range, which
    is not exact, where there is neither."""
    money, nulls = measures(amounts), np.full(len(amounts["rate"]), np.nan)
    exact = _first(money.get(Measure.BASE_SALARY, nulls), money.get(Measure.TOTAL_COMPENSATION, nulls))
    ends = [amounts.get(name, nulls) * amounts["rate"] for name in ("base_low", "base_high")]
    return exact, _first(exact, *ends)


def _first(*columns: Floats) -> Floats:
    found = columns[0]
    for column in columns[1:]:
        found = np.where(np.isnan(found), column, found)
    return found


def _far_from_base(amounts: dict[str, Floats]) -> dict[int, str]:
    """The reasons of rows with a bonus, equity or a total that is implausible beside their base salary."""
    nulls = np.full(len(amounts["rate"]), np.nan)
    base, low, high = (amounts.get(name, nulls) for name in MEASURES[Measure.BASE_SALARY].reported_columns)
    highest = _first(base, high, low)
    parts = highest + sum(np.nan_to_num(amounts.get(REPORTED_COLUMN[measure], nulls)) for measure in _MAX_OF_BASE)
    found: dict[int, str] = {}
    compared = [(measure, REPORTED_COLUMN[measure], highest, most) for measure, most in _MAX_OF_BASE.items()]
    compared += [(total, REPORTED_TOTAL[total], parts, _MAX_OF_PARTS) for total in TOTALS]
    for measure, name, against, most in compared:
        ratios = amounts.get(name, nulls) / np.where(against > 0, against, np.nan)
        for row in np.flatnonzero(ratios > most).tolist():
            ratio, whose = float(ratios[row]), "base salary" if against is highest else "the sum of its parts"
            perhaps = _period(ratio) if measure in TOTALS else ""
            found.setdefault(row, f"{MEASURES[measure].label} is {_two_digits(ratio):,} times {whose}{perhaps}")
    return found


def _period(ratio: float) -> str:
    """The reading of a total that was multiplied as the base salary was, although it is for a year; empty if unlikely."""
    for unit, name in _NAMES.items():
        if 1 <= ratio / float(PER_YEAR[unit]) <= _CLOSE_RATIO:
            return f"; perhaps a year's pay that was read as {name}"
    return ""


def _groups(ids: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each id with the numbers of its rows, ascending."""
    order = np.argsort(ids, kind="stable")
    different, starts = np.unique(ids[order], return_index=True)
    yield from zip(different.tolist(), np.split(order, starts[1:]), strict=True)


def _band(values: SortedList, current: MedianPay | None) -> PayBand:
    """The band of a country with this pay in the file."""
    if current:
        return PayBand.around(current.usd, f"{current.records:,} current records")
    if len(values) < MIN_RECORDS:
        return FIXED_BAND
    median = percentile(values, 0.5)
    return PayBand.around(median, f"{count_of(len(values), 'row')} of this file") if median in FIXED_BAND else FIXED_BAND


def _comparison(pay: float, band: PayBand, country: str) -> str:
    if not band.basis:
        return f"{pay:,.0f} US$ a year is not between {band.low:,.0f} and {band.high:,.0f}"
    whose = f"in {country}" if country != "unknown" else "without a country"
    return f"{pay:,.0f} US$ a year is {_multiple(pay, band.middle)} the median of {band.middle:,.0f} {whose} ({band.basis})"


def _multiple(pay: float, median: float) -> str:
    return f"{_two_digits(pay / median):,} times" if pay >= median else f"1/{_two_digits(median / pay):,} of"


def _two_digits(ratio: float) -> int | float:
    """
    >>> _two_digits(1_717.3), _two_digits(23.4), _two_digits(5.26)
    (1700, 23, 5.3)
    """
    found = round(ratio, 1 - floor(log10(ratio)))
    return found if ratio < 10 else int(found)


def _far(rows: NDArray[np.int64], pay: Floats, spread: PaySpread) -> list[int]:
    """The rows that are far from the median of their country in the file."""
    if spread.rows < MIN_RECORDS:
        return []
    low, high = spread.median / _FAR_RATIO, spread.median * _FAR_RATIO
    found: list[int] = rows[(pay[rows] < low) | (pay[rows] > high)].tolist()
    return found


def _note(spread: PaySpread, current: MedianPay | None) -> dict[str, int]:
    """A note if the country's rows as a whole differ from the current records."""
    if current is None or spread.rows < MIN_RECORDS:
        return {}
    if 1 / _NOTABLE_RATIO <= spread.median / current.usd <= _NOTABLE_RATIO:
        return {}
    multiple = _multiple(spread.median, current.usd)
    text = f"the median of {spread.country} is {multiple} that of the current records; check the unit and the currency"
    return {text: spread.rows}


_NAMES = {
    PayUnit.MONTH: "a month's pay",
    PayUnit.TWO_WEEKS: "two weeks' pay",
    PayUnit.WEEK: "a week's pay",
    PayUnit.DAY: "a day's pay",
    PayUnit.HOUR: "an hour's pay",
}
_FACTORS = {name: float(PER_YEAR[unit]) for unit, name in _NAMES.items()} | {"an amount in thousands": 1_000.0}
_PENALTIES = {_NAMES[unit]: log(2) for unit in (PayUnit.TWO_WEEKS, PayUnit.WEEK, PayUnit.DAY)}
"""Pay is rarely reported by these periods, so that another reading may be half as close and still be likelier."""


class _Readings:
    """Other readings of an amount: of another period, in thousands, or in another currency."""

    def __init__(self, batch: Batch, currencies: Sequence[str], reference: Reference) -> None:
        self._batch, self._currencies, self._reference = batch, currencies, reference

    def likely(self, row: int, pay: float, median: float) -> str:
        """The reading that brings the pay closest to the median; empty if none comes close."""
        factors = _FACTORS | self._currency_factors(row)
        distances = {name: abs(log(pay * factor / median)) for name, factor in factors.items()}
        close = [name for name, distance in distances.items() if distance <= log(_CLOSE_RATIO)]
        return min(close, key=lambda name: distances[name] + _PENALTIES.get(name, 0), default="")

    def _currency_factors(self, row: int) -> dict[str, float]:
        """By what the amount would change in the currency of the record's country, or in US dollars."""
        reported = self._currencies[int(self._batch.amounts["currency"][row])]
        number = int(self._batch.ids[Factor.COUNTRY][row]) if Factor.COUNTRY in self._batch.ids else 0
        local = LOCAL_CURRENCY.get(self._reference.taxonomy[number].code) if number else None
        year, rates = int(self._batch.months[row]) // 12, self._reference.rates
        others = {currency for currency in (local, "USD") if currency and currency != reported}
        rate = float(self._batch.amounts["rate"][row])
        return {f"an amount in {currency}": rates.usd(currency, year) / rate for currency in sorted(others)}
