"""Months, quarters and years. A month is counted from January of year 0: `year * 12 + month - 1`."""

import re
from functools import lru_cache

from service.errors import InputError
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

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
    """The first month of a year or a quarter.

    >>> month_text(period_start("2025-q3"))
    '2025-07'
    """
    year, _, quarter = code.partition("-q")
    return month_of(int(year), 3 * int(quarter or 1) - 2)


def period_terms() -> list[Term]:
    """Every year and quarter that a record can be of."""
    years = [f"{year:04d}" for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    quarters = [(year, quarter) for year in years for quarter in range(1, 5)]
    return [Term(Factor.YEAR, year, year) for year in years] + [
        Term(Factor.QUARTER, f"{year}-q{quarter}", f"{year} Q{quarter}", (Factor.YEAR, year)) for year, quarter in quarters
    ]
