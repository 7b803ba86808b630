"""Parsing the text of one cell: a number of years, offers or people, a month."""

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache

from service.vocabulary.spellings import fold
from service.vocabulary.units import EXPERIENCE_BANDS, FIRST_YEAR, LAST_YEAR, MAX_YEARS, band_code, month_of

_PHRASES = {
    "Y": "year|years|yr|yrs|y|jahr|jahre|jahren|año|años|ano|anos|an|ans|année|années|anno|anni|jaar|år|vuosi|vuotta|vuoden"
    "|rok|lata|lat|год|года|лет|वर्ष|offer|offers",
    "P": "people|persons|employee|employees|staff|workers|mitarbeiter|mitarbeitende|mitarbeitenden|beschäftigte"
    "|empleados|personas|employés|salariés|dipendenti|funcionários|henkilöä|сотрудников",
    "M": "month|months|mth|mths|mo|mos|monat|monate|monaten|mes|meses|mês|mois|mese|mesi|maanden|kuukausi|kuukautta"
    "|месяц|месяца|месяцев",
    "<": "less than|fewer than|under|below|weniger als|unter|menos de|moins de|moins d'|moins d'un|meno di|alle|менее",
    ">": "over|more than|at least|minimum|from|>=|≥|mehr als|über|mindestens|von|más de|mas de|mais de|desde|plus de|oltre"
    "|yli|более|свыше|от",
    "≤": "up to|at most|<=|bis zu|hasta|jusqu'à|até|до",
    "+": "or more|and more|and above|und mehr|oder mehr|o más|o mas|y más|ou mais|et plus|ou plus|o più|tai enemmän|и более",
    "-": "to|bis|a|à|til|tot|~|〜",
    "1": "one|ein|eine|einem|einer|un|una|uno|um|uma",
    "0": "none|no experience",
}
_UNSPACED_PHRASES = {"Y": "年|년", "P": "人|名|명", "M": "か月|ヶ月|カ月|个月|個月|개월", "<": "未満|미만", "+": "以上|이상"}
_SYMBOLS = {
    fold(phrase): symbol
    for phrases in (_PHRASES, _UNSPACED_PHRASES)
    for symbol, alternatives in phrases.items()
    for phrase in alternatives.split("|")
}
"""The phrases of counts: Y for years and offers, M for months, P for people, the others for limits and numbers."""


def _any_of(phrases: dict[str, str]) -> str:
    """A pattern for the phrases, the longest first."""
    folded = (fold(phrase) for alternatives in phrases.values() for phrase in alternatives.split("|"))
    return "|".join(map(re.escape, sorted(folded, key=len, reverse=True)))


_PHRASE = re.compile(rf"(?<![^\W\d])(?:{_any_of(_PHRASES)})(?![^\W\d])|{_any_of(_UNSPACED_PHRASES)}")
_THOUSANDS = re.compile(r"(?<=\d)[,.' ](?=\d{3}(?!\d))")
_WHOLE = r"(\d{1,7})(?:\.\d*|,\d{1,2})?"
_UNLIMITED = 10**8
_SPANS: tuple[tuple[re.Pattern[str], Callable[[int, int], tuple[int, int]]], ...] = (
    (re.compile(rf"{_WHOLE}U?(?:(?<=U)(\d\d?)T)?"), lambda years, months: (years + months // 12,) * 2),
    (re.compile(rf"{_WHOLE}T()"), lambda months, _: (months // 12,) * 2),
    (re.compile(rf">?{_WHOLE}U?[-≤]{_WHOLE}U?"), lambda low, high: (low, high)),
    (re.compile(rf">{_WHOLE}\+?U?|>?{_WHOLE}(?:\+U?|U\+)"), lambda one, other: (one + other, _UNLIMITED)),
    (re.compile(rf"<{_WHOLE}U?|{_WHOLE}U?<"), lambda one, other: (0, one + other - 1)),
    (re.compile(rf"≤{_WHOLE}U?()"), lambda high, _: (0, high)),
)
"""The forms of counts in symbols, where U is the unit and T are months, and what the numbers of each mean."""
_YEARS, _PEOPLE = str.maketrans("YM", "UT"), str.maketrans("P", "U")


def count_code(text: str) -> str | None:
    """The code of a number of years or offers; None for other texts and for spans over several bands.

    A span is the band that contains it: "5 to 6 years" is from 4 to 6, while "6 to 7 years" lies in two bands and stays
    unknown. Years are completed years, so 2.5 are 2 and 18 months are 1.

    >>> count_code("14.0"), count_code("10 Jahre"), count_code("18 months"), count_code("Less than a year")
    ('14', '10', '1', '0')
    >>> count_code("5 to 6 years"), count_code("20 or more years"), count_code("6 to 7 years"), count_code("10+")
    ('4-to-6', '20-plus', None, None)
    """
    low, high = _count_span(fold(text), _YEARS)
    high = MAX_YEARS if high == _UNLIMITED else high
    if low == high <= MAX_YEARS:
        return str(low)
    return next((band_code(*band) for band in EXPERIENCE_BANDS if band[0] <= low <= high <= band[1]), None)


_SIZES = (
    ("from-10000", 10_000, _UNLIMITED),
    ("from-5000-to-9999", 5_000, 9_999),
    ("from-1000-to-4999", 1_000, 4_999),
    ("from-500-to-999", 500, 999),
    ("enterprise", 1_000, _UNLIMITED),
    ("medium", 50, 249),
    ("small", 0, 49),
    ("large", 250, _UNLIMITED),
    ("from-20-to-99", 20, 99),
    ("from-100-to-499", 100, 499),
)


def size_code(text: str) -> str | None:
    """The code of the size of an employer with a number of people, or with one in a span that lies in one size.

    >>> size_code("1,200"), size_code("51-100"), size_code("501-1000"), size_code("10.000+ Mitarbeiter"), size_code("11-50")
    ('from-1000-to-4999', 'medium', 'large', 'from-10000', None)
    """
    low, high = _count_span(_THOUSANDS.sub("", fold(text)), _PEOPLE)
    return next((code for code, first, last in _SIZES if first <= low <= high <= last and high), None)


def ambiguous_size_reason(text: str) -> str:
    """Why a span of numbers of people has no size; empty for other texts.

    >>> ambiguous_size_reason("11-50"), ambiguous_size_reason("51-100"), ambiguous_size_reason("many")
    ('lies in several sizes', '', '')
    """
    low, high = _count_span(_THOUSANDS.sub("", fold(text)), _PEOPLE)
    return "lies in several sizes" if low < high and size_code(text) is None else ""


def _count_span(folded: str, units: dict[int, int]) -> tuple[int, int]:
    """The smallest and the largest number that a text can mean; an empty span from 1 to 0 for other texts."""
    symbols = _PHRASE.sub(lambda found: _SYMBOLS[found[0]], folded).translate(units)
    plain = re.sub(r" (?!\d)|(?<!\d) |\.$", "", symbols)
    plain = re.sub("^([<>≤])[-U]*$", r"\g<1>1U", plain)  # less than a year
    for form, span in _SPANS:
        if found := form.fullmatch(plain):
            return span(*(int(number or 0) for number in found.groups()))
    return 1, 0


_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]|$)")
_SUGGESTED_FORMATS = (
    "%Y-%m-%d",
    *("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y/%m", "%Y.%m", "%Y%m%d", "%m/%Y", "%m.%Y"),
    *("%b %Y", "%B %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b-%y", "%Y年%m月", "%Y年%m月%d日", "%Y년 %m월"),
    *("%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y"),
)
_OTHER_DATES = (
    (
        re.compile(r"[3-5]\d{4}(?:\.\d+)?"),
        "it seems to be a date as a number of days: format the column as a date in the spreadsheet and export it again",
    ),
    (
        re.compile(r"(?i)fy *'?\d{2}(?:\d{2})?(?:[/-]\d{2,4})?"),
        "a fiscal year has no month: replace it by one, such as 2023-06",
    ),
    (
        re.compile(r"(?i)\d{4}[ -/]*q[1-4]|q[1-4][ -/]*\d{4}"),
        "a quarter has no month: replace it by its middle one, such as 2023-05 for the second",
    ),
)
"""Texts that are no month, with what to do."""


def month(text: str, pattern: str) -> int | None:
    """The month of a text in a format of `strptime`; None for a text in another format or a year out of range.

    A text with an ISO 8601 date is read by any format that begins like one, whether it has a time or not.

    >>> month("2025", "%Y"), month("2025.0", "%Y"), month("31/12/2024", "%d/%m/%Y"), month("1066", "%Y")
    (24300, 24300, 24299, None)
    >>> month("2025-01-31T23:59:59.5+02:00", "%Y-%m"), month("2025-01-31", "%Y-%d-%m")
    (24300, None)
    """
    plain = text.strip()
    found = _date(plain.removesuffix(".0") if pattern == "%Y" else plain, pattern)
    if found is None and pattern.startswith("%Y-%m"):
        found = _iso_date(plain)
    return month_of(found.year, found.month) if found and FIRST_YEAR <= found.year <= LAST_YEAR else None


_WIDTHS = {"%Y": 4, **dict.fromkeys(("%m", "%d", "%y", "%H", "%M", "%S"), 2)}
_JOINED = re.compile(f"(?:{'|'.join(_WIDTHS)}){{2,}}")


@cache
def _joined_widths(pattern: str) -> tuple[int, ...]:
    """The numbers of digits of the parts of a format that have no separator between them: of %Y%m%d 8."""
    return tuple(sum(_WIDTHS[part] for part in re.findall("%.", joined[0])) for joined in _JOINED.finditer(pattern))


def swapped(pattern: str) -> str:
    """A format with day and month in the other order.

    >>> swapped("%m/%d/%Y"), swapped("%b %Y")
    ('%d/%m/%Y', '%b %Y')
    """
    if "%m" not in pattern or "%d" not in pattern:
        return pattern
    return re.sub("%[md]", lambda found: "%d" if found[0] == "%m" else "%m", pattern)


def _date(text: str, pattern: str) -> datetime | None:
    widths = [len(digits) for digits in re.findall(r"\d+", text)] if _joined_widths(pattern) else []
    if not set(widths).issuperset(_joined_widths(pattern)):
        return None  # 2024111 is in January or in November
    try:
        return datetime.strptime(text, pattern)  # noqa: DTZ007 - a month
    except ValueError:
        return None


def _iso_date(text: str) -> datetime | None:
    """The date of a text in ISO 8601 with hyphens, with or without a time; its month is that of its own time zone."""
    try:
        return datetime.fromisoformat(text) if _ISO_DATE.match(text) else None
    except ValueError:
        return None


def suggest_date_format(text: str) -> str:
    """What a text that is in no format of the mapping seems to be, and what to do; empty if it is unknown.

    >>> suggest_date_format("01/02/2024")
    'its day and its month fit two readings: set format = %d/%m/%Y or %m/%d/%Y'
    >>> suggest_date_format("Mar 2024"), suggest_date_format("2024年3月"), suggest_date_format("soon")
    ('set format = %b %Y', 'set format = %Y年%m月', '')
    """
    plain = " ".join(text.split())
    fitting = [pattern for pattern in _SUGGESTED_FORMATS if month(plain, pattern) is not None]
    if len(fitting) > 1 and fitting[0].startswith("%d"):
        return f"its day and its month fit two readings: set format = {fitting[0]} or {fitting[1]}"
    if fitting:
        return f"set format = {fitting[0]}"
    return next((advice for form, advice in _OTHER_DATES if form.fullmatch(plain)), "")
