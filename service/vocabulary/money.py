"""Money: pay units to a year, currencies to US dollars, price levels of places."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum

from service.errors import UnknownCode
from service.vocabulary.terms import FxRate


class PayUnit(StrEnum):
    """The span of time that a reported amount pays for."""

    YEAR = "year"
    MONTH = "month"
    TWO_WEEKS = "two-weeks"
    WEEK = "week"
    HOUR = "hour"


PER_YEAR = {PayUnit.YEAR: 1, PayUnit.MONTH: 12, PayUnit.TWO_WEEKS: 26, PayUnit.WEEK: 52, PayUnit.HOUR: 2_080}
"""How many spans a full-time year has."""


class Rates:
    """US dollars for one unit of a currency, by calendar year (mean of the year).

    >>> rates = Rates([FxRate("USD", 2024, 1.0), FxRate("EUR", 2024, 1.0824), FxRate("EUR", 2023, 1.0813)])
    >>> rates.usd("EUR", 2023), rates.usd("EUR", 2031), rates.latest("USD")
    (1.0813, 1.0824, 1.0)
    """

    def __init__(self, rates: Iterable[FxRate]) -> None:
        self._years: dict[str, dict[int, float]] = {}
        for rate in rates:
            self._years.setdefault(rate.currency, {})[rate.year] = rate.usd
        self._found: dict[tuple[str, int], float] = {}

    @property
    def currencies(self) -> list[str]:
        return sorted(self._years)

    def __contains__(self, currency: str) -> bool:
        return currency in self._years

    def usd(self, currency: str, year: int) -> float:
        """The rate of a year, or of the nearest year that has one; raises UnknownCode."""
        key = currency, year
        if key not in self._found:
            years = self._known(currency)
            self._found[key] = years[min(years, key=lambda known: (abs(known - year), known))]
        return self._found[key]

    def latest(self, currency: str) -> float:
        """The rate of the newest year: the one that a reporting currency converts by."""
        years = self._known(currency)
        return years[max(years)]

    def _known(self, currency: str) -> dict[int, float]:
        if currency not in self._years:
            near = get_close_matches(currency.upper(), self.currencies, n=3, cutoff=0.5)
            raise UnknownCode("currency", currency[:20], near)
        return self._years[currency]
