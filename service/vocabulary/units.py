"""Units of values: months and longer periods, counts and bands of counts, spans of pay.

A month is an integer, counted from January of year 0: `year * 12 + month - 1`.
"""

import re
from enum import StrEnum
from functools import lru_cache

from service.counts import count_of
from service.errors import InputError
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

# Periods

FIRST_YEAR, LAST_YEAR = 1990, 2049
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_of(year: int, month: int = 1) -> int:
    """
    >>> month_of(2025, 8)
    24307
    """
    return year * 12 + month - 1


def parse_month(text: str) -> int:
    """Read an ISO 8601 month; raises InputError.

    >>> parse_month("2025-08")
    24307
    """
    found = _MONTH.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise InputError(f"{text[:20]!r} is not a month from {FIRST_YEAR}-01 to {LAST_YEAR}-12; write it as 2025-08.")
    return month_of(int(found[1]), int(found[2]))


@lru_cache(1_024)
def month_text(month: int) -> str:
    """
    >>> month_text(24307)
    '2025-08'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def year_code(month: int) -> str:
    """
    >>> year_code(24307)
    '2025'
    """
    return f"{month // 12:04d}"


def quarter_code(month: int) -> str:
    """
    >>> quarter_code(24307)
    '2025-q3'
    """
    return f"{month // 12:04d}-q{month % 12 // 3 + 1}"


def period_start(code: str) -> int:
    """The first month of a year or quarter.

    >>> month_text(period_start("2025-q3"))
    '2025-07'
    """
    year, _, quarter = code.partition("-q")
    return month_of(int(year), 3 * int(quarter or 1) - 2)


def period_terms() -> list[Term]:
    """All years and quarters that a record can belong to."""
    years = [f"{year:04d}" for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    quarters = [(year, quarter) for year in years for quarter in range(1, 5)]
    return [Term(Factor.YEAR, year, year) for year in years] + [
        Term(Factor.QUARTER, f"{year}-q{quarter}", f"{year} Q{quarter}", (Factor.YEAR, year)) for year, quarter in quarters
    ]


MAX_YEARS, MAX_COMPETING_OFFERS = 60, 20
EXPERIENCE_BANDS = ((0, 1), (2, 3), (4, 6), (7, 9), (10, 14), (15, 19), (20, MAX_YEARS))


def band_code(low: int, high: int) -> str:
    """
    >>> band_code(4, 6), band_code(20, 60)
    ('4-to-6', '20-plus')
    """
    return f"{low}-plus" if high == MAX_YEARS else f"{low}-to-{high}"


def band_of(years: int) -> str:
    """The band that contains a number of years.

    >>> band_of(5)
    '4-to-6'
    """
    return next(band_code(low, high) for low, high in EXPERIENCE_BANDS if low <= years <= high)


def count_range(code: str) -> tuple[int, int]:
    """The smallest and largest number of a count or a band.

    >>> count_range("5"), count_range("4-to-6"), count_range("20-plus")
    ((5, 5), (4, 6), (20, 60))
    """
    if code.endswith("-plus"):
        return int(code.removesuffix("-plus")), MAX_YEARS
    low, _, high = code.partition("-to-")
    return int(low), int(high or low)


def count_terms() -> list[Term]:
    """The values of experience and of competing offers."""
    bands = [
        Term(
            Factor.EXPERIENCE,
            band_code(low, high),
            f"{low} years and more" if high == MAX_YEARS else f"{low} to {high} years",
        )
        for low, high in EXPERIENCE_BANDS
    ]
    years = [
        Term(Factor.EXPERIENCE, str(n), count_of(n, "year"), (Factor.EXPERIENCE, band_of(n))) for n in range(MAX_YEARS + 1)
    ]
    offers = [Term(Factor.COMPETING_OFFERS, str(n), count_of(n, "competing offer")) for n in range(MAX_COMPETING_OFFERS + 1)]
    return bands + years + offers


class PayUnit(StrEnum):
    """The period that a reported amount pays for."""

    YEAR = "year"
    MONTH = "month"
    HALF_MONTH = "half-month"
    TWO_WEEKS = "two-weeks"
    WEEK = "week"
    DAY = "day"
    HOUR = "hour"


FULL_TIME_HOURS, MIN_FULL_TIME_HOURS, MAX_FULL_TIME_HOURS = 40, 35, 48
"""Hours a week: those of pay for full time, the fewest that count as full time (US Bureau of Labor Statistics), and the most
that a source may have as full time (the limit of ILO convention 1)."""
PER_YEAR = {
    PayUnit.YEAR: 1,
    PayUnit.MONTH: 12,
    PayUnit.HALF_MONTH: 24,
    PayUnit.TWO_WEEKS: 26,
    PayUnit.WEEK: 52,
    PayUnit.DAY: 260,
    PayUnit.HOUR: 52 * FULL_TIME_HOURS,
}
"""Periods in a full-time year."""
