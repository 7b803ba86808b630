"""Parsing the text of one cell: an amount or a range of pay, a number of years, a month."""

import re
from datetime import datetime
from math import inf, nan

from service.vocabulary.units import EXPERIENCE_BANDS, FIRST_YEAR, LAST_YEAR, MAX_YEARS, band_code, month_of

AmountRange = tuple[float, float]
"""The two ends of a range; equal for a single amount."""

MISSING: AmountRange = (nan, nan)
UNREADABLE: AmountRange = (-inf, -inf)

_CURRENCY_SIGNS = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\b")
_NUMBER = re.compile(r"([+-]?)(\d+(?:\.\d*)?|\.\d+|\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?)(e[+-]?\d{1,3})?([km]?)")
_RANGE = re.compile(r"(.+?)\s*(?:-|–|—|\bto\b|\.\.)\s*(.+)")
_MULTIPLIERS = {"": 1.0, "k": 1e3, "m": 1e6}
_SWAPPED = str.maketrans(",.", ".,")


def amount(text: str, decimal: str = ".") -> AmountRange:
    """Low and high end of an amount or a range of pay; `UNREADABLE` for other texts.

    >>> amount("12e4"), amount(" $120,000 "), amount("1.234,50", ","), amount("100-120k"), amount("12,5")
    ((120000.0, 120000.0), (120000.0, 120000.0), (1234.5, 1234.5), (100000.0, 120000.0), (-inf, -inf))
    """
    plain = _CURRENCY_SIGNS.sub("", text).replace("\xa0", " ").strip().lower()
    if decimal == ",":
        plain = plain.translate(_SWAPPED)
    single = _number(plain)
    if single:
        return single[0], single[0]
    ends = _RANGE.fullmatch(plain)
    low, high = (_number(ends[1]), _number(ends[2])) if ends else (None, None)
    if not low or not high:
        return UNREADABLE
    shared = _MULTIPLIERS[high[1]] if not low[1] and low[0] < 1000 else 1.0
    return low[0] * shared, high[0]


def _number(text: str) -> tuple[float, str] | None:
    """A number with its suffix k or m applied, and that suffix."""
    found = _NUMBER.fullmatch(re.sub(r"(?<=\d)[' ](?=\d{3})", "", text).replace(" ", ""))
    if not found:
        return None
    multiplier = _MULTIPLIERS[found[4]]
    return float(f"{found[1]}{found[2].replace(',', '')}{found[3] or ''}") * multiplier, found[4]


_COUNT = re.compile(r"(\d{1,3})(?:\.\d*)?(?: (?:years?|yrs?|offers?))?")
_COUNT_RANGE = re.compile(r"(\d{1,3})(?: (?:years?|yrs?))? ?(?:-|–|—|to) ?(\d{1,3})(?: (?:years?|yrs?))?")
_MINIMUM_COUNT = re.compile(
    r"(?:over |more than |at least |>=? ?)?(\d{1,3})(?:\+| ?\+? ?(?:years? )?(?:or|and) more)?(?: (?:years?|yrs?))?"
)


def count_code(text: str) -> str | None:
    """The code of a number of years or offers; None for other texts and for ranges wider than any band.

    Two consecutive numbers are one span of time ("5 to 6 years" is five years and some months, so 5). A wider range is the
    band that includes it, if there is one.

    >>> count_code("14.0"), count_code("5 to 6 years"), count_code("Less than a year"), count_code("20 or more years")
    ('14', '5', '0', '20-plus')
    >>> count_code("4-6"), count_code("3-12"), count_code("99")
    ('4-to-6', None, None)
    """
    plain = " ".join(text.casefold().split())
    if plain in ("less than a year", "less than 1 year", "under 1 year", "<1", "< 1", "<1 year", "< 1 year", "none"):
        return "0"
    if found := _COUNT.fullmatch(plain):
        return str(int(found[1])) if int(found[1]) <= MAX_YEARS else None
    if found := _COUNT_RANGE.fullmatch(plain):
        return _span(int(found[1]), int(found[2]))
    if found := _MINIMUM_COUNT.fullmatch(plain):
        return _span(int(found[1]), MAX_YEARS)
    return None


def _span(low: int, high: int) -> str | None:
    if high == low + 1 <= MAX_YEARS:
        return str(low)
    return next((band_code(*band) for band in EXPERIENCE_BANDS if band[0] <= low < high <= band[1]), None)


def month(text: str, pattern: str) -> int | None:
    """The month of a text in a format of `strptime`; None for a text in another format or a year out of range.

    >>> month("2025", "%Y"), month("2025.0", "%Y"), month("31/12/2024", "%d/%m/%Y"), month("1066", "%Y")
    (24300, 24300, 24299, None)
    """
    plain = text.strip()
    try:
        found = datetime.strptime(plain.removesuffix(".0") if pattern == "%Y" else plain, pattern)  # noqa: DTZ007 - a month
    except ValueError:
        return None
    return month_of(found.year, found.month) if FIRST_YEAR <= found.year <= LAST_YEAR else None
