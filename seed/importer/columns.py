"""Columns of factors and scores: from the texts of a column to the ids of values.

Each distinct text is interpreted once: a column of a million cells has few distinct texts.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import amount, count_code
from seed.importer.mapping import FactorColumn, FileFormat, MeasureColumn
from service.errors import DataError, UnknownCode
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.measures import MEASURES
from service.vocabulary.taxonomy import Taxonomy, fold
from service.vocabulary.terms import Term, employer_label, employer_slug

ValueIds = NDArray[np.int64]

_COUNTED_FACTORS = (Factor.EXPERIENCE, Factor.COMPETING_OFFERS)
_NO_SCORE = -(10**9)
_PUNCTUATION = " ,;:-–—()/&."


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


class Titles:
    """Reads role and level from job titles. `levels` maps words in titles to levels, `occupations` SOC codes to roles."""

    def __init__(self, taxonomy: Taxonomy, levels: Mapping[str, str], occupations: Mapping[str, str]) -> None:
        self._taxonomy, self._levels, self._occupations = taxonomy, levels, occupations
        words = "|".join(re.escape(word) for word in sorted(levels, key=len, reverse=True))
        self._prefix = re.compile(rf"({words})(?=$|[\s,;:()/–—-])[{re.escape(_PUNCTUATION)}]*")
        self._suffix = re.compile(rf"[{re.escape(_PUNCTUATION)}]*(?:(?<=[\s,;:()/–—-])|^)({words})[\s)]*$")

    def role(self, title: str) -> int | None:
        """The role of the whole title, or else of the title without its level words."""
        known = self._taxonomy.resolve(Factor.ROLE, title) or self._taxonomy.resolve(Factor.ROLE, self._split(title)[0])
        return known.id if known else None

    def level(self, title: str) -> int | None:
        """The level named by the first or last words of a title."""
        level = self._split(title)[1]
        return self._taxonomy.find(Factor.LEVEL, level).id if level else None

    def occupation(self, soc: str) -> int | None:
        """The role of an occupation code. A code with an unknown suffix is looked up by its first seven characters."""
        code = soc.strip()
        role = self._occupations.get(code) or self._occupations.get(code[:7])
        known = self._taxonomy.lookup(Factor.ROLE, role) if role else None
        return known.id if known else None

    def _split(self, title: str) -> tuple[str, str | None]:
        """A title without its level words, and the level that they name. A prefix takes precedence over a suffix.

        "Senior Software Engineer II" is senior by its prefix and mid-level by its suffix, so it is senior.
        """
        rest, level = fold(title), None
        if found := self._suffix.search(rest):
            rest, level = rest[: found.start()], self._levels[found[1]]
        if found := self._prefix.match(rest):
            rest, level = rest[found.end() :], self._levels[found[1]]
        return rest.strip(_PUNCTUATION), level


class Employers:
    """The employers of a file, numbered from 1 in order of appearance; spellings of one name share a number.

    The label of an employer is the most frequent spelling.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[str, Counter[str]] = defaultdict(Counter)

    def number(self, name: str) -> int | None:
        """The number of a name's employer; None for a name without a letter or digit."""
        code = employer_slug(name)
        if not code:
            return None
        self._names[code][employer_label(name)] += 1
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def terms(self, rows: ValueIds, minimum: int, taxonomy: Taxonomy) -> list[Term]:
        """New values for the employers with at least `minimum` records; `rows` has the employer number of each record."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        wanted = [code for code, number in self._numbers.items() if counts[number] >= minimum]
        return [
            Term(Factor.EMPLOYER, code, self._label(code)) for code in wanted if not taxonomy.lookup(Factor.EMPLOYER, code)
        ]

    def ids(self, rows: ValueIds, minimum: int, taxonomy: Taxonomy) -> ValueIds:
        """The ids of values by employer number; 0 for employers with fewer than `minimum` records."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        found = np.zeros(len(counts), np.int64)
        for code, number in self._numbers.items():
            if counts[number] >= minimum:
                found[number] = taxonomy.find(Factor.EMPLOYER, code).id
        return found

    def _label(self, code: str) -> str:
        names = self._names[code]
        return min(names, key=lambda name: (-names[name], name.isupper(), name))


class FactorReader:
    """Reads the column of one factor.

    For a factor with several values per record the ids are positions in `lists` (0 is null), for employers they are the
    numbers of `employers`.
    """

    def __init__(self, column: FactorColumn, taxonomy: Taxonomy, titles: Titles) -> None:
        self.column, self._taxonomy, self._titles = column, taxonomy, titles
        self._map = {text: self._code(code) for text, code in column.map}
        self._constant = self._code(column.constant) if column.constant else None
        self._ignored = {fold(text) for text in (*column.no_answer, *column.missing)} | {""}
        self._meanings = Meanings(self._title if column.soc_column else self._cell)
        self._levels = Meanings(self._level)
        self.employers = Employers() if column.factor is Factor.EMPLOYER else None
        self.lists: list[tuple[int, ...]] = [()]

    def _code(self, code: str) -> int:
        try:
            return self._taxonomy.find(self.column.factor, code).id
        except UnknownCode as error:
            raise DataError(f"The mapping cannot be used: {error}") from error

    @property
    def unknown(self) -> Counter[str]:
        return self._meanings.unknown

    def ids(self, columns: dict[str, Sequence[str]], rows: int) -> ValueIds:
        if self._constant is not None:
            return np.full(rows, self._constant if self.column.factor not in MULTIPLE else self._constant_list(), np.int64)
        texts: Sequence[object] = columns[self.column.column or ""]
        if self.column.soc_column:
            texts = list(zip(texts, columns[self.column.soc_column], strict=True))
        if self.column.factor not in MULTIPLE:
            return self._meanings.ids(texts)
        found = self._meanings.positions(texts) + 1
        self.lists = [(), *self._meanings.interpreted]
        return found

    def _constant_list(self) -> int:
        self.lists = [(), (self._constant or 0,)]
        return 1

    def levels(self, columns: dict[str, Sequence[str]]) -> ValueIds:
        """The levels named by words in titles."""
        return self._levels.ids(columns[self.column.column or ""])

    def _level(self, title: str) -> Meaning:
        level = self._titles.level(title)
        return Meaning((level,) if level else ())

    def _title(self, cells: tuple[str, str]) -> Meaning:
        """The role of a title, or else of the occupation code in the same row."""
        title, soc = cells
        found = self._cell(title)
        occupation = None if found.values else self._titles.occupation(soc)
        return Meaning((occupation,)) if occupation else found

    def _cell(self, text: str) -> Meaning:
        separator = self.column.separator
        words = text.split(separator) if separator else [text]
        reported = [word.strip() for word in words if fold(word) not in self._ignored]
        known = {word: self._value(word) for word in reported}
        values = tuple(sorted({value for value in known.values() if value is not None}))
        unknown = tuple(word for word, value in known.items() if value is None)
        if self.column.factor in MULTIPLE or len(values) < 2:
            return Meaning(values, unknown)
        return Meaning((), (text.strip(),))  # several values of a factor that takes one: ambiguous

    def _value(self, word: str) -> int | None:
        factor = self.column.factor
        if fold(word) in self._map:
            return self._map[fold(word)]
        if self.employers is not None:
            return self.employers.number(word)
        if factor is Factor.ROLE and self.column.level_words:
            return self._titles.role(word)
        counted = count_code(word) if factor in _COUNTED_FACTORS else None
        found = self._taxonomy.lookup(factor, counted) if counted else self._taxonomy.resolve(factor, word)
        return found.id if found else None


class ScoreReader:
    """Reads a score or percentage as whole numbers; other texts, and numbers outside the bounds, are unknown."""

    def __init__(self, column: MeasureColumn, file_format: FileFormat) -> None:
        self.column, self._format = column, file_format
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
        low, high = amount(plain.removesuffix("%"), self._format.decimal)
        score = low if self.column.scale is None else self._rescaled(low)
        if low != high or not spec.low <= score <= spec.high:
            return Meaning((), (plain,))
        return Meaning((round(score),))

    def _rescaled(self, score: float) -> float:
        spec, (first, last) = MEASURES[self.column.measure], self.column.scale or (0.0, 1.0)
        return spec.low + (score - first) / (last - first) * (spec.high - spec.low)
