"""Columns of factors and scores: from the texts of a column to the ids of values.

Each distinct text is interpreted once: a column of a million cells has few distinct texts.
"""

import ast
import json
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.importer.amount_tokens import plain_number
from seed.importer.cells import ambiguous_size_reason, count_code, size_code
from seed.importer.mapped_columns import LIST, FactorColumn, MeasureColumn
from seed.importer.mapping import FileFormat
from seed.importer.titles import Roles, ValueIds
from seed.reference_data import naics_industries
from service.errors import DataError, UnknownCode
from service.vocabulary.employers import EmployerName, EmployerRegister, best_label
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.measures import MEASURES
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, Term
from service.vocabulary.titles import Unread

COUNTED_FACTORS = {
    Factor.EXPERIENCE: count_code,
    Factor.COMPETING_OFFERS: count_code,
    Factor.EMPLOYER_SIZE: size_code,
}
_NO = {"no", "n", "false", "0"}
_NO_SCORE = -(10**9)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The ids of the values that a text names, and the words in it that match no value."""

    values: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()


class Meanings(dict[Any, int]):
    """Positions of texts in `interpreted`, the list of their values; `unknown` counts the rows with an unknown word."""

    def __init__(self, read: Callable[[Any], Meaning]) -> None:
        super().__init__()
        self._read = read
        self.interpreted: list[tuple[int, ...]] = []
        self.unknown: Counter[str] = Counter()
        self._unknown_words: dict[int, tuple[str, ...]] = {}

    def __missing__(self, text: Hashable) -> int:
        meaning, position = self._read(text), len(self.interpreted)
        self.interpreted.append(meaning.values)
        if meaning.unknown:
            self._unknown_words[position] = meaning.unknown
        self[text] = position
        return position

    def positions(self, texts: Sequence[Hashable]) -> ValueIds:
        found = np.fromiter(map(self.__getitem__, texts), np.int64, len(texts))
        rows = np.bincount(found, minlength=len(self.interpreted))
        for position, words in self._unknown_words.items():
            if rows[position]:
                self.unknown.update(dict.fromkeys(words, int(rows[position])))
        return found

    def ids(self, texts: Sequence[Hashable], null: int = 0) -> ValueIds:
        """The only value of each text, `null` where it has none."""
        found = self.positions(texts)
        return np.array([values[0] if values else null for values in self.interpreted], np.int64)[found]


class Employers:
    """The employers of a file. Each spelling has a number, from 1 in order of appearance."""

    def __init__(self, register: EmployerRegister) -> None:
        self._register = register
        self._numbers: dict[tuple[str, str], int] = {}

    def number(self, text: str) -> int | None:
        """The number of a spelling; None for a text that names no employer."""
        name = EmployerName(text)
        code = self._register.code(name)
        return self._numbers.setdefault((code, name.label), len(self._numbers) + 1) if code else None

    def terms(self, rows: ValueIds, minimum: int, taxonomy: Taxonomy) -> list[Term]:
        """New values for the employers with at least `minimum` records; `rows` has the number of each record."""
        return [
            Term(Factor.EMPLOYER, code, best_label(labels))
            for code, labels in self._labels(rows).items()
            if labels.total() >= minimum and not taxonomy.lookup(Factor.EMPLOYER, code)
        ]

    def ids(self, rows: ValueIds, minimum: int, taxonomy: Taxonomy) -> ValueIds:
        """The ids of values by number; 0 for employers with fewer than `minimum` records."""
        labels = self._labels(rows)
        found = np.zeros(len(self._numbers) + 1, np.int64)
        for (code, _), number in self._numbers.items():
            if labels[code].total() >= minimum:
                found[number] = taxonomy.find(Factor.EMPLOYER, code).id
        return found

    def _labels(self, rows: ValueIds) -> defaultdict[str, Counter[str]]:
        """The labels of each employer with their numbers of records."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        found: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for (code, label), number in self._numbers.items():
            found[code][label] += int(counts[number])
        return found


def check_codes(columns: Iterable[FactorColumn], taxonomy: Taxonomy) -> None:
    """Raises DataError, which lists all codes of a mapping that the reference data lacks."""
    problems = []
    for column in columns:
        for code, origin in column.codes:
            try:
                taxonomy.find(column.factor, code)
            except UnknownCode as error:
                problems.append(f"- [[factor]] {column.factor}, {origin}: {error}")
    if problems:
        raise DataError("\n".join(["The mapping has codes that the reference data lacks:", *dict.fromkeys(problems)]))


class FactorReader:
    """Reads the columns of one factor.

    For a factor with several values per record the ids are positions in `lists` (0 is null), for employers they are the
    numbers of `employers`. The cells of a row are a text, or a tuple of texts where the factor has several columns.
    """

    def __init__(self, column: FactorColumn, file_format: FileFormat, taxonomy: Taxonomy, roles: Roles) -> None:
        self.column, self._taxonomy, self._roles = column, taxonomy, roles
        self._map = {entry.key: self._id(entry.code) for entry in column.mapped}
        self._needs_all = any(len(key) > 1 for key in self._map)
        self._yes = [(name, self._id(code)) for name, code in column.yes.items()]
        self._constant = self._id(column.constant) if column.constant else None
        self._ignored = column.ignored(file_format.missing)
        self._yes_texts = set(map(fold, column.yes_values))
        self._codes = [name for name in (column.soc_column, column.naics_column) if name]
        self._industries = naics_industries() if column.naics_column else {}
        self._names = [*column.texts, *self._codes, *column.yes]
        self._meanings = Meanings(self._row if len(self._names) > 1 or self._yes or self._codes else self._cell)
        self.employers = Employers(EmployerRegister(taxonomy)) if column.factor is Factor.EMPLOYER else None
        self.lists: list[tuple[int, ...]] = [()]

    def _id(self, code: str) -> int:
        return self._taxonomy.find(self.column.factor, code).id

    @property
    def unknown(self) -> Counter[str]:
        return self._meanings.unknown

    @property
    def mapped(self) -> set[str]:
        """The texts of single columns that the mapping has a code for, folded."""
        return {key[0] for key in self._map if len(key) == 1}

    def ids(self, columns: dict[str, Sequence[str]], rows: int) -> ValueIds:
        if self._constant is not None:
            return np.full(rows, self._constant if self.column.factor not in MULTIPLE else self._constant_list(), np.int64)
        cells = self._cells(columns, self._names)
        if self.column.factor not in MULTIPLE:
            return self._meanings.ids(cells)
        found = self._meanings.positions(cells) + 1
        self.lists = [(), *self._meanings.interpreted]
        return found

    def _cells(self, columns: dict[str, Sequence[str]], names: Sequence[str]) -> Sequence[Hashable]:
        if len(names) == 1 and not self._yes and not self._codes:
            return columns[names[0]]
        return list(zip(*(columns[name] for name in names), strict=True))

    def _constant_list(self) -> int:
        self.lists = [(), (self._constant or 0,)]
        return 1

    def titles(self, columns: dict[str, Sequence[str]]) -> list[str]:
        """The texts of the column, blank for lists of several and for missing marks."""
        cells = self._cells(columns, self.column.texts)
        return [self._title(cell if isinstance(cell, tuple) else (cell,)) for cell in cells]

    def _title(self, cells: tuple[str, ...]) -> str:
        text = self._joined(cells)
        return text if len(self._words(text)) == 1 else ""

    def _row(self, cells: tuple[str, ...]) -> Meaning:
        """The meaning of a row of texts, of a standard code after them, and of columns that say yes or no."""
        count = len(self.column.texts)
        found = self._combined(cells[:count]) if count else Meaning()
        if self._codes and not found.values:
            value = self._standard_code(cells[count])
            found = Meaning((value.id,)) if value else found
        answers = [self._answer(*answer) for answer in zip(self._yes, cells[len(cells) - len(self._yes) :], strict=True)]
        values = {value for meaning in (found, *answers) for value in meaning.values}
        return Meaning(tuple(sorted(values)), tuple(word for meaning in (found, *answers) for word in meaning.unknown))

    def _standard_code(self, text: str) -> FactorValue | None:
        """The value of an occupation code (SOC) or of an industry code (NAICS)."""
        if self.column.soc_column:
            return self._roles.of_occupation(text)
        digits = text.strip().partition(".")[0]
        known = (self._industries.get(digits[:length]) for length in range(6, 1, -1))
        code = next((code for code in known if code), None) if digits.isdecimal() else None
        return self._taxonomy.find(Factor.INDUSTRY, code) if code else None

    def _combined(self, texts: tuple[str, ...]) -> Meaning:
        """The meaning of the texts of several columns: of all of them in the map, or else of the joined text."""
        value = self._map.get(tuple(map(fold, texts)))
        if value is not None and len(texts) > 1:
            return Meaning((value,))
        if self._needs_all and any(fold(text) in self._ignored for text in texts):
            return Meaning()
        return self._cell(self._joined(texts))

    def _joined(self, texts: Iterable[str]) -> str:
        return self.column.join.join(text.strip() for text in texts if fold(text) not in self._ignored)

    def _answer(self, column: tuple[str, int], text: str) -> Meaning:
        name, value = column
        if fold(text) in self._yes_texts or fold(text) == fold(name):
            return Meaning((value,))
        return Meaning() if fold(text) in self._ignored | _NO else Meaning((), (f"{name}: {text.strip()}",))

    def _cell(self, text: str) -> Meaning:
        words = self._words(text)
        reported = [word.strip() for word in words if fold(word) not in self._ignored]
        known = {word: self._value(word) for word in reported}
        values = tuple(sorted({value for value in known.values() if value is not None}))
        unknown = tuple(self._described(word) for word, value in known.items() if value is None)
        if self.column.factor in MULTIPLE or len(values) < 2:
            return Meaning(values, unknown)
        return Meaning((), (text.strip(),))  # several values of a factor that takes one: ambiguous

    def _described(self, word: str) -> str:
        """A text without a value, with the reason if it is known."""
        problem = ""
        if self.column.factor is Factor.EMPLOYER_SIZE:
            problem = ambiguous_size_reason(word)
        elif self.column.factor is Factor.ROLE:
            unread = self._roles.reading(word).unread
            problem = "" if unread in (None, Unread.UNKNOWN) else unread.value
        return f"{word} ({problem})" if problem else word

    def _words(self, text: str) -> Sequence[str]:
        separator = self.column.separator
        if separator is None or fold(text) in self._ignored:
            return [text]
        return list_items(text) if separator == LIST else split_list(text, separator)

    def _value(self, word: str) -> int | None:
        factor = self.column.factor
        if (fold(word),) in self._map:
            return self._map[fold(word),]
        if self.employers is not None:
            return self.employers.number(word)
        counted = COUNTED_FACTORS[factor](word) if factor in COUNTED_FACTORS else None
        found = self._taxonomy.lookup(factor, counted) if counted else self._taxonomy.resolve(factor, word)
        if found is None and factor is Factor.ROLE:
            found = self._roles.of_title(word)
        return found.id if found else None


def split_list(text: str, separator: str) -> list[str]:
    """The parts of a text between separators, except separators in parentheses.

    >>> split_list("CI/CD (GitHub, Jenkins), AWS", ","), split_list("a (b, c", ",")
    (['CI/CD (GitHub, Jenkins)', ' AWS'], ['a (b', ' c'])
    """
    parts, groups, depth = text.split(separator), list[list[str]](), 0
    for part in parts:
        if depth:
            groups[-1].append(part)
        else:
            groups.append([part])
        depth = max(depth + part.count("(") - part.count(")"), 0)
    return parts if depth else list(map(separator.join, groups))


def list_items(text: str) -> list[str]:
    """The items of a list in the notation of JSON or Python; the whole text if it is not a list.

    >>> list_items("['python', 'c++']"), list_items('["sql", 3]'), list_items("[]"), list_items("['sql'")
    (['python', 'c++'], ['sql', '3'], [], ["['sql'"])
    """
    for read in (json.loads, _python_literal):
        try:
            found = read(text.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        if isinstance(found, list | tuple) and all(isinstance(item, str | int | float) for item in found):
            return [str(item) for item in found]
    return [text]


def _python_literal(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes such as "\d", which Python reads as they are written
        return ast.literal_eval(text)


class ScoreReader:
    """Reads a score or percentage as whole numbers; other texts, and numbers outside the bounds, are unknown."""

    def __init__(self, column: MeasureColumn, file_format: FileFormat) -> None:
        self.column, self._format = column, file_format
        self._map = {fold(text): score for text, score in column.map.items()}
        self._meanings = Meanings(self._score)

    @property
    def unknown(self) -> Counter[str]:
        return self._meanings.unknown

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """`float64[n]`, NaN for null."""
        found = self._meanings.ids(texts, _NO_SCORE).astype(np.float64)
        found[found == _NO_SCORE] = np.nan
        return found

    def _score(self, text: str) -> Meaning:
        plain, spec = text.strip(), MEASURES[self.column.measure]
        if not plain or plain in self._format.missing:
            return Meaning()
        if (mapped := self._map.get(fold(plain))) is not None:
            return Meaning((mapped,))
        number = plain_number(plain.removesuffix("%"), self._format.decimal or ".")
        score = number if number is None or self.column.scale is None else self._rescaled(number)
        if score is None or not spec.low <= score <= spec.high:
            return Meaning((), (plain,))
        return Meaning((round(score),))

    def _rescaled(self, score: float) -> float:
        spec, (first, last) = MEASURES[self.column.measure], self.column.scale or (0.0, 1.0)
        return spec.low + (score - first) / (last - first) * (spec.high - spec.low)
