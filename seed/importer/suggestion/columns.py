"""The columns of a file as evidence: what their names say, and which of their texts are dates, amounts or values of factors.

The words in names of columns, in several languages, are in header_words.csv. It has a line for each meaning and a column for
each language; words are separated by "|", without case or accents. A word with "*" matches the beginning or the end of a
compound, such as "*gehalt" of "Bruttojahresgehalt". The meanings that begin with "cell" are of texts in cells.
"""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from statistics import median

from seed.importer.cells import month
from seed.importer.columns import COUNTED_FACTORS
from seed.reference_data import cities, terms
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.gazetteer import Gazetteer
from service.vocabulary.places import PlaceReader, PlaceReading
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import MISSING_MARKS, numbered_values
from service.vocabulary.titles import TitleReader

NAMED = 0.6
"""From this score on a name says what a column is; a word in a long question says less."""
_FILE = Path(__file__).with_name("header_words.csv")
_WITH_BLANKS = re.compile(r"[a-zа-я0-9 *]+")
_MIN_SCORE = 0.5
_SEPARATORS = (";", ",", "|", " / ", "\n")
_NUMBER = re.compile(r"\d[\d.,'\u202f\xa0 ]*")
_DATES = (
    "%Y-%m-%d", "%Y-%m", "%Y", "%Y/%m/%d", "%Y/%m", "%Y.%m.%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %Y", "%B %Y", "%m/%Y", "%Y年%m月%d日", "%Y年%m月",
)  # fmt: skip
_TIMES = (
    "", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M", "T%H:%M:%SZ", "T%H:%M:%S.%f", "T%H:%M:%S.%fZ", "T%H:%M:%S%z",
    "T%H:%M:%S.%f%z", " %H:%M:%S.%f", " %H:%M:%S%z", " %H:%M:%S UTC", " %I:%M:%S %p",
)  # fmt: skip
DATE_FORMATS = tuple(date + time for date, time in product(_DATES, _TIMES))
_SWAPPED = {"%m/%d/%Y": "%d/%m/%Y", "%d/%m/%Y": "%m/%d/%Y", "%d-%m-%Y": "%m-%d-%Y", "%m-%d-%Y": "%d-%m-%Y"}
_MIN_DATE_SHARE, _MAX_FORMATS = 0.95, 3
"""The share of texts that date formats must fit, and the number of formats in one column."""
_WITH_YEAR = re.compile(r"^(?!.{45})(?:.*\D)?(?:19|20)\d\d(?!\d)")
_SAMPLE = 300
"""The most frequent texts of a column, which are enough to recognise what it is."""


_terms = cache(terms)


@cache
def file_taxonomy() -> Taxonomy:
    """The values of the reference files, without a database."""
    return Taxonomy(numbered_values(_terms()))


@cache
def _titles() -> TitleReader:
    return TitleReader(file_taxonomy())


@cache
def _places() -> PlaceReader:
    return PlaceReader(Gazetteer(file_taxonomy(), cities()))


@cache
def place_of(text: str) -> PlaceReading:
    """The place that a text names by itself."""
    return _places().read(text)


# What names say


@dataclass(frozen=True, slots=True)
class _Phrase:
    pattern: re.Pattern[str]
    length: int

    @classmethod
    def of(cls, text: str) -> "_Phrase":
        word = re.escape(text).replace(r"\*", r"[^ ]*")
        pattern = rf"(?<![^ ]){word}(?![^ ])" if _WITH_BLANKS.fullmatch(text) else word  # not Japanese, Korean
        return cls(re.compile(pattern), len(text))


@cache
def _phrases() -> dict[str, tuple[_Phrase, ...]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = [(row.pop("meaning"), "|".join(row.values()).split("|")) for row in csv.DictReader(file)]
    return {meaning: tuple(_Phrase.of(word) for word in dict.fromkeys(words) if word) for meaning, words in rows}


def plain(name: str) -> str:
    """A name in lower case, without accents and punctuation, split at capitals.

    >>> plain("YearsCodedJob"), plain("WAGE_UNIT_OF_PAY"), plain("¿Cuál es su título?"), plain("Größe (m²)")
    ('years coded job', 'wage unit of pay', 'cual es su titulo', 'grosse m2')
    """
    decomposed = unicodedata.normalize("NFD", spaced(name).casefold())
    letters = "".join(character for character in decomposed if not "\u0300" <= character <= "\u036f")
    return " ".join(re.sub(r"[\W_]+", " ", unicodedata.normalize("NFC", letters)).split())


def spaced(name: str) -> str:
    """A name with blanks between its words, which may be joined by capitals or underscores.

    >>> spaced("SalaryUSD"), spaced("salary_in_usd")
    ('Salary USD', 'salary in usd')
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", " ", unicodedata.normalize("NFKC", name))


def scores(name: str) -> dict[str, float]:
    """How well a name fits each meaning that it has words of, from 0.5 for a word in a long name to 1 for the whole name.

    >>> scores("Job title")["role"], round(scores("Base salary (gross, monthly EUR)")["base"], 2)
    (1.0, 1.0)
    """
    own = name.rpartition("::")[2]  # of a column for one part of a question
    short = plain(re.sub(r"[(（].*?[)）]", " ", own)) or plain(own)
    names = {"other": plain(name)}  # such as the VAT in "Hourly rate (VAT 0%)"
    found = {meaning: _score(names.get(meaning, short), phrases) for meaning, phrases in _phrases().items()}
    return {meaning: score for meaning, score in found.items() if score}


def _score(name: str, phrases: tuple[_Phrase, ...]) -> float:
    lengths = [len(found[0]) for phrase in phrases if (found := phrase.pattern.search(name))]
    return _MIN_SCORE + (1 - _MIN_SCORE) * max(lengths) / len(name) if lengths else 0.0


def has_word(name: str, meaning: str) -> bool:
    """Whether a whole name, what is in parentheses included, has a word of a meaning."""
    written = plain(name)
    return any(phrase.pattern.search(written) for phrase in _phrases()[meaning])


def is_text_of(text: str, meaning: str) -> bool:
    """Whether a text of a cell is one of a meaning, as a whole."""
    written = plain(text)
    return any(phrase.pattern.fullmatch(written) for phrase in _phrases()[meaning])


# What cells say


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the number of cells by their text, without blank cells and marks of missing values.

    `date_formats` has the formats of `strptime` that nearly all texts fit, as few as possible; none if they are no dates.
    """

    name: str
    texts: Counter[str]
    missing: Counter[str]
    scores: dict[str, float]
    date_formats: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, cells: Sequence[str]) -> "Column":
        counts = Counter(cell.strip() for cell in cells)
        missing = Counter({text: count for text, count in counts.items() if fold(text) in MISSING_MARKS})
        texts = Counter({text: count for text, count in counts.items() if text and text not in missing})
        return cls(name, texts, missing, scores(name), _date_formats([text for text, _ in texts.most_common(_SAMPLE)]))

    @property
    def cells(self) -> int:
        """The number of cells with a text."""
        return self.texts.total()

    def named(self, meaning: str) -> float:
        """How well the name fits a meaning; 0 if it hardly does, or if it is about something else, such as former pay."""
        score = self.scores.get(meaning, 0.0)
        return score if score >= NAMED and "other" not in self.scores else 0.0

    def most_common(self, count: int) -> list[str]:
        return [text for text, _ in self.texts.most_common(count)]

    def share(self, found: Counter[str]) -> float:
        return found.total() / self.cells if self.cells else 0.0

    # Amounts

    @property
    def numbers(self) -> list[float]:
        """The first number of each text, with both "." and "," as separators of thousands where three digits follow."""
        found = (_NUMBER.search(text) for text in self.texts)
        return [_value(number[0]) for number in found if number]

    @property
    def middle(self) -> float:
        """The median of the first numbers of all cells other than 0; 0 if there are none."""
        found = ((_NUMBER.search(text), count) for text, count in self.texts.items())
        numbers = [value for number, count in found if number and (value := _value(number[0])) for _ in range(count)]
        return median(numbers or [0.0])

    def is_amount(self, least: float = 10.0) -> bool:
        """Whether most texts have a number, and these are not small."""
        with_digits = Counter({text: count for text, count in self.texts.items() if _NUMBER.search(text)})
        return self.share(with_digits) >= 0.6 and self.middle >= least and self.date_formats in ((), ("%Y",))

    # Dates

    def day_or_month_first(self, form: str) -> tuple[str, str | None]:
        """The format, and the one with day and month swapped if it fits as well; first the one by which the dates lie
        closer together."""
        date = next((date for date in _SWAPPED if form.startswith(date)), None)
        other = form.replace(date, _SWAPPED[date]) if date else form
        months = {one: [month(text, one) for text in self.texts] for one in (form, other)}
        if date is None or None in months[other]:
            return form, None
        spread = {one: len(set(found)) for one, found in months.items()}
        return (form, other) if spread[form] <= spread[other] else (other, form)

    # Factors

    def known(self, factor: Factor, separator: str | None = None) -> Counter[str]:
        """The texts, or their parts, that are values of a factor."""
        found = Counter[str]()
        for text, count in self.texts.items():
            parts = split(text, separator)
            known = sum(is_known(factor, part) for part in parts)
            if parts and known * 2 >= len(parts):
                found[text] = count
        return found

    def unknown(self, factor: Factor, separator: str | None) -> list[str]:
        """The texts, or their parts, that are not values of a factor, most frequent first."""
        found = Counter[str]()
        for text, count in self.texts.items():
            found.update({part: count for part in split(text, separator) if not is_known(factor, part)})
        return [text for text, _ in found.most_common()]

    def separator(self, factor: Factor) -> str | None:
        """The separator of lists that makes the most parts known; None for single values."""
        if factor not in MULTIPLE:
            return None
        sample = self.most_common(_SAMPLE)
        if sum(text.startswith("[") for text in sample) * 2 > len(sample):
            return "list"
        counts = {mark: sum(is_known(factor, part) for text in sample for part in split(text, mark)) for mark in _MARKS}
        best = max(counts, key=lambda mark: counts[mark])
        return best if counts[best] > counts[None] else None

    def places(self) -> Counter[str]:
        """The frequent texts that name a place, with their numbers of cells."""
        read = ((text, place_of(text)) for text in self.most_common(_SAMPLE))
        return Counter({text: self.texts[text] for text, place in read if place.country or place.metro})


def _date_formats(sample: list[str]) -> tuple[str, ...]:
    found, left = list[str](), sample
    if sum(_WITH_YEAR.search(text) is not None for text in sample) < _MIN_DATE_SHARE * len(sample):
        return ()
    while left and len(found) < _MAX_FORMATS:
        forms = [form for form in DATE_FORMATS if any(month(text, form) is not None for text in left[:3])]
        read = [text for text in sample if text not in left]
        counts = {form: sum(month(text, form) is not None for text in left) for form in forms}
        counts = {form: count for form, count in counts.items() if not any(month(text, form) for text in read)}
        best = max(counts, key=lambda form: counts[form], default=None)
        if best is None:
            break
        found.append(best)
        left = [text for text in left if month(text, best) is None]
    return tuple(found) if len(left) <= (1 - _MIN_DATE_SHARE) * len(sample) else ()


_MARKS: tuple[str | None, ...] = (None, *_SEPARATORS)


def split(text: str, separator: str | None) -> list[str]:
    parts = re.split(r"[\[\],'\"]+", text) if separator == "list" else text.split(separator) if separator else [text]
    return [part.strip() for part in parts if part.strip()]


@cache
def _spellings(factor: Factor) -> list[tuple[str, str]]:
    """The spellings of the values of a factor and their codes, the longest first."""
    found = {fold(text): one.code for one in _terms() if one.factor is factor for text in (one.label, *one.aliases)}
    return sorted(((text, code) for text, code in found.items() if len(text) > 2), key=lambda pair: -len(pair[0]))


@cache
def likely_code(factor: Factor, text: str) -> str:
    """The code of the only value whose spelling is part of a text; empty if there is none, or several.

    >>> likely_code(Factor.EDUCATION, "Master’s degree – university (FM, KTM, DI, etc.)")
    'master'
    """
    rest, codes = fold(text), set[str]()
    for spelling, code in _spellings(factor):
        shorter = re.sub(rf"(?<!\w){re.escape(spelling)}(?!\w)", " ", rest) if spelling in rest else rest
        if shorter != rest:
            codes.add(code)
            rest = shorter
    return codes.pop() if len(codes) == 1 else ""


@cache
def is_known(factor: Factor, text: str) -> bool:
    """Whether a text is a value of a factor, as the importer reads it without a map."""
    counted = COUNTED_FACTORS.get(factor)
    if counted and counted(text) is not None:
        return True
    if factor is Factor.ROLE:
        return _titles().read(text).role is not None
    return file_taxonomy().resolve(factor, fold(text)) is not None


def _value(text: str) -> float:
    plain = re.sub(r"[.,'\s](?=\d{3}(?!\d))", "", text.strip(" .,'\xa0\u202f")).replace(",", ".")
    try:
        return float(re.sub(r"[^\d.]", "", plain))
    except ValueError:
        return 0.0


def columns_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[Column]:
    """The columns with a name that appears once, since a mapping can name no others."""
    repeated = Counter(map(fold, header))
    for position, name in enumerate(header):
        if name and repeated[fold(name)] == 1:
            yield Column.of(name, [row[position] for row in rows])
