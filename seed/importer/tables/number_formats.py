"""Number formats of workbooks: which show a date, and which add a text to a number, such as a currency."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree.ElementTree import Element

LOCAL = "local currency"
"""What `CellFormats.shown` has for formats that show the currency of the program that opens the workbook."""

_BUILT_IN_LOCAL = ("5", "6", "7", "8", "42", "44")
_BUILT_IN_DATES = frozenset(map(str, (*range(14, 23), 45, 46, 47)))
_SIGNS = "$€£¥₩₹₽₺₪₫₱₦฿₴₡%"
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_FORMAT_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<sign>[^\]-]*)[^\]]*\]'
    rf"|(?P<bare>[{_SIGNS[:-1]} ])|(?P<skipped>\[[A-Z]\w+\]|_.|\*.|[-+()])|(?P<digits>[0#?][0#?,. ]*)|(?P<other>.)"
)
_NO_DATE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hHmMsS]+\])[^\]]*\]|General', re.IGNORECASE)
_DATE = re.compile("[dmyhs]", re.IGNORECASE)


@dataclass(frozen=True)
class CellFormats:
    """By the number of a cell's style: how it shows numbers, as far as it adds a text to them, and which show dates."""

    shown: Mapping[str, str]
    dates: frozenset[str]

    @classmethod
    def of(cls, styles: Element) -> "CellFormats":
        """The formats of the part of an XLSX workbook with its styles."""
        codes = {one.get("numFmtId", ""): one.get("formatCode", "") for one in styles.iterfind(".//{*}numFmt")}
        shown = dict.fromkeys(_BUILT_IN_LOCAL, LOCAL) | {number: shown_by(code) for number, code in codes.items()}
        dates = (_BUILT_IN_DATES - codes.keys()) | {number for number, code in codes.items() if is_date(code)}
        numbers = {str(style): one.get("numFmtId", "") for style, one in enumerate(styles.iterfind("{*}cellXfs/{*}xf"))}
        return cls(
            {style: text for style, number in numbers.items() if (text := shown.get(number, ""))},
            frozenset(style for style, number in numbers.items() if number in dates),
        )


def is_date(number_format: str) -> bool:
    """Whether a format shows a date or a time.

    >>> [is_date(text) for text in ("dd.mm.yyyy", "[h]:mm", 'yyyy"年"', "General", '0 "days"', "[Red]0", "0.00E+00", "@")]
    [True, True, True, False, False, False, False, False]
    """
    section = _SECTION.match(number_format)
    return _DATE.search(_NO_DATE.sub("", section[0] if section else "")) is not None


def shown_by(number_format: str) -> str:
    """How a format shows a positive number; "" if without a text, or not by its value: percentages, dates, thousands.

    >>> [shown_by(text) for text in ('#,##0.00 "zł"', "[$€-407] #,##0", "$#,##0_);($#,##0)", 'General" LPA"', '"A$"0')]
    ['{} zł', '€ {}', '${}', '{} LPA', 'A${}']
    >>> [shown_by(text) for text in ("[$-409]#,##0", "0%", '0.0,"k"', "yyyy-mm-dd", "# ?/?", '[<10]0" K";0', "@")]
    ['', '', '', '', '', '', '']
    """
    section, shown = _SECTION.match(number_format.replace("General", "0")), ""
    for part in _FORMAT_PART.finditer(section[0] if section else ""):
        kind = part.lastgroup or "other"
        if kind == "other" or (kind == "digits" and part[kind].rstrip().endswith(",")):
            return ""
        if kind == "digits":
            shown += ("" if "{}" in shown else "{}") + (" " if part[kind].endswith(" ") else "")
        elif kind != "skipped":
            shown += part[kind]
    return shown.strip() if any(character.isalpha() or character in _SIGNS for character in shown) else ""
