"""Amounts of pay as they are compared: in US dollars or another currency, and with an adjustment.

Conversion         from the currencies that an edition's records were reported in to one currency
PriceLevels        of the places of an edition's records
BasisAmounts       the pay of some records of an edition on a basis
compared_amounts   a measure of all records of an edition on a basis
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from service.index.bitmaps import Positions
from service.index.columns import ALL_ROWS, AmountColumn, Bools, Columns, Rows
from service.store.reference import Reference
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import PLACES
from service.vocabulary.measures import STORED_CURRENCY, Adjustment, Basis, Measure

Floats = npt.NDArray[np.float64]
RatesByCode = npt.NDArray[np.float64]
"""For each reported currency and month, by their codes, `float64[currencies + 1, months + 1]`."""


class Conversion:
    """Converts the pay of an edition's records to a currency, each from its reported currency at the rates of its own year.

    An amount is multiplied by the rate of its own currency and divided by that of the other, so that records reported in the
    other currency keep their amounts. An amount of which only US dollars are stored, or whose currency has no rates, is
    converted from these. Raises UnknownCode for an unknown currency. `own` are the records' own rates, if they are known
    already.
    """

    def __init__(self, columns: Columns, rates: Rates, currency: str, own: RatesByCode | None = None) -> None:
        self._columns, self._rates, self._currency = columns, rates, currency
        self._own = own_rates(columns, rates) if own is None else own
        by_year = {year: rates.usd(currency, year) for year in {month // 12 for month in columns.months.categories}}
        self._other = np.array([0.0, *(by_year[month // 12] for month in columns.months.categories)])

    def unrounded(self, measure: Measure, rows: Rows = ALL_ROWS) -> Floats:
        """A measure of some records, `float64[len(rows)]`; without meaning where it is not reported."""
        pay, dollars = self._columns.reported_pay, self._columns.amounts[measure].values[rows]
        months, own = self._columns.months.codes[rows], pay.measure(measure, rows)
        rates = self._own[pay.currencies.codes[rows], months]
        found: Floats = np.where(own.reported & (rates > 0), own.values * rates, dollars) / self._other[months]
        return found

    @property
    def rows_at_old_rates(self) -> Positions:
        """The rows of the records that are converted at an old rate, of their own currency or of the other, ascending."""
        rates, currency = self._rates, self._currency
        old = _by_code(self._columns, lambda own, year: own in rates and rates.is_old(own, year, currency))
        codes = self._columns.reported_pay.currencies.codes, self._columns.months.codes
        return np.flatnonzero(old[codes]).astype(np.uint32)


def own_rates(columns: Columns, rates: Rates) -> RatesByCode:
    """US dollars per unit of each reported currency in the year of each month; 0 without rates."""
    return _by_code(columns, lambda own, year: rates.usd(own, year) if own in rates else 0)


def _by_code(columns: Columns, value: Callable[[str, int], float]) -> RatesByCode:
    """A value for each reported currency and year."""
    years = [month // 12 for month in columns.months.categories]
    table = np.zeros((len(columns.reported_pay.currencies.categories) + 1, len(years) + 1))
    for code, currency in enumerate(columns.reported_pay.currencies.categories, 1):
        by_year = {year: value(currency, year) for year in set(years)}
        table[code, 1:] = [by_year[year] for year in years]
    return table


class PriceLevels:
    """The price level of each record of an edition: that of its most specific place that has one (United States = 100).

    Levels are of the record's year, or of the nearest year with a level (the earlier of two).
    """

    def __init__(self, columns: Columns, price_levels: Mapping[tuple[int, int], float]) -> None:
        years = [month // 12 for month in columns.months.categories] or [0]
        self._columns = columns
        self._years = np.array([0, *(year - min(years) for year in years)])
        self._tables = {
            factor: _price_level_table(categories, min(years), max(years), price_levels)
            for factor in reversed(PLACES)  # the most specific place comes last and overrides the others
            if (categories := columns.one[factor].categories)
        }

    def of(self, rows: Rows = ALL_ROWS) -> Floats:
        """Price levels of some records, `float64[len(rows)]`; 0 for a record without a place that has one."""
        years = self._years[self._columns.months.codes[rows]]
        levels = np.zeros(len(years))
        for factor, table in self._tables.items():
            own = table[self._columns.one[factor].codes[rows], years]
            levels = np.where(own > 0, own, levels)
        return levels


class BasisAmounts:
    """Pay of an edition's records as it is compared on a basis.

    Cost of living divides by the price level of the record; one without a price level has no adjusted amount. Raises
    UnknownCode for an unknown currency.
    """

    def __init__(self, columns: Columns, conversion: Conversion | None, levels: PriceLevels | None) -> None:
        self._columns, self._conversion, self._levels = columns, conversion, levels

    @classmethod
    def of_basis(cls, columns: Columns, basis: Basis, reference: Reference) -> "BasisAmounts":
        converts, adjusts = basis.currency != STORED_CURRENCY, basis.adjustment is Adjustment.COST_OF_LIVING
        conversion = Conversion(columns, reference.rates, basis.currency) if converts else None
        return cls(columns, conversion, PriceLevels(columns, reference.price_levels) if adjusts else None)

    def column(self, measure: Measure, rows: Rows = ALL_ROWS) -> AmountColumn:
        """A measure of some records in whole units of the currency, `int64[len(rows)]`, rounded half to even."""
        amounts = self._columns.amounts[measure]
        reported = amounts.reported[rows]
        if self._conversion is None and self._levels is None:
            return AmountColumn(amounts.values[rows].astype(np.int64), reported)
        found = self._conversion.unrounded(measure, rows) if self._conversion else amounts.values[rows].astype(np.float64)
        if self._levels:
            levels = self._levels.of(rows)
            reported = reported & (levels > 0)
            found = found / np.where(reported, levels, 100) * 100
        return AmountColumn(_rounded(found, reported), reported)

    def to_list(self, measure: Measure, rows: Sequence[int]) -> list[int | None]:
        """The amounts of some records, None where missing."""
        values, reported = self.column(measure, np.array(rows, np.intp))
        return [value if known else None for value, known in zip(values.tolist(), reported.tolist(), strict=True)]


def compared_amounts(columns: Columns, measure: Measure, basis: Basis, reference: Reference) -> AmountColumn:
    """A measure of all records as it is compared on a basis, `int64[n]`, rounded half to even."""
    return BasisAmounts.of_basis(columns, basis, reference).column(measure)


def _rounded(amounts: Floats, reported: Bools) -> npt.NDArray[np.int64]:
    return np.rint(np.where(reported, amounts, 0)).astype(np.int64)


def _price_level_table(
    places: tuple[int, ...], first_year: int, last_year: int, price_levels: Mapping[tuple[int, int], float]
) -> npt.NDArray[np.float64]:
    """Price levels by code and year, `float64[len(places) + 1, years]`; 0 where a place has none."""
    by_place: dict[int, dict[int, float]] = {}
    for (place, year), level in price_levels.items():
        by_place.setdefault(place, {})[year] = level
    table = np.zeros((len(places) + 1, last_year - first_year + 1))
    for code, place in enumerate(places, 1):
        levels = by_place.get(place)
        if levels:
            nearest = (
                min(levels, key=lambda known: (abs(known - year), known)) for year in range(first_year, last_year + 1)
            )
            table[code] = [levels[year] for year in nearest]
    return table
