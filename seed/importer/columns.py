"""Columns of factors and scores: from the texts of a column to the numbers of values."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import amount, count_code
from seed.importer.employers import Employers
from seed.importer.mapping import FactorColumn, FileFormat, MeasureColumn
from seed.importer.meanings import Meaning, Meanings, Numbers
from seed.importer.titles import Titles
from service.errors import DataError, UnknownCode
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.measures import MEASURES
from service.vocabulary.taxonomy import Taxonomy, fold

_COUNTS = (Factor.EXPERIENCE, Factor.COMPETING_OFFERS)
_NONE = -(10**9)


class FactorReader:
    """Reads the column of one factor. For a many-valued factor the numbers are positions in `lists`, 0 is null; for
    employers they are those of `employers`."""

    def __init__(self, column: FactorColumn, taxonomy: Taxonomy, titles: Titles) -> None:
        self.column, self._taxonomy, self._titles = column, taxonomy, titles
        self._map = {text: self._code(code) for text, code in column.map}
        self._constant = self._code(column.constant) if column.constant else None
        self._silent = {fold(text) for text in (*column.untold, *column.missing)} | {""}
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

    def numbers(self, columns: dict[str, Sequence[str]], rows: int) -> Numbers:
        if self._constant is not None:
            return np.full(rows, self._constant if self.column.factor not in MULTIPLE else self._listed(), np.int64)
        texts: Sequence[object] = columns[self.column.column or ""]
        if self.column.soc_column:
            texts = list(zip(texts, columns[self.column.soc_column], strict=True))
        if self.column.factor not in MULTIPLE:
            return self._meanings.numbers(texts)
        found = self._meanings.positions(texts) + 1
        self.lists = [(), *self._meanings.meant]
        return found

    def _listed(self) -> int:
        self.lists = [(), (self._constant or 0,)]
        return 1

    def levels(self, columns: dict[str, Sequence[str]]) -> Numbers:
        """The levels that titles tell by their words."""
        return self._levels.numbers(columns[self.column.column or ""])

    def _level(self, title: str) -> Meaning:
        level = self._titles.level(title)
        return Meaning((level,) if level else ())

    def _title(self, cells: tuple[str, str]) -> Meaning:
        """A title's role; where it tells none, that of the occupation code beside it."""
        title, soc = cells
        found = self._cell(title)
        occupation = None if found.values else self._titles.occupation(soc)
        return Meaning((occupation,)) if occupation else found

    def _cell(self, text: str) -> Meaning:
        separator = self.column.separator
        words = text.split(separator) if separator else [text]
        told = [word.strip() for word in words if fold(word) not in self._silent]
        known = {word: self._value(word) for word in told}
        values = tuple(sorted({number for number in known.values() if number is not None}))
        unknown = tuple(word for word, number in known.items() if number is None)
        if self.column.factor in MULTIPLE or len(values) < 2:
            return Meaning(values, unknown)
        return Meaning((), (text.strip(),))  # several values of a factor that takes one: none can be chosen

    def _value(self, word: str) -> int | None:
        factor = self.column.factor
        if fold(word) in self._map:
            return self._map[fold(word)]
        if self.employers is not None:
            return self.employers.number(word)
        if factor is Factor.ROLE and self.column.level_words:
            return self._titles.role(word)
        counted = count_code(word) if factor in _COUNTS else None
        found = self._taxonomy.known(factor, counted) if counted else self._taxonomy.resolve(factor, word)
        return found.id if found else None


class ScoreReader:
    """Reads a score or percentage: whole numbers within the bounds of the measure, others are unknown."""

    def __init__(self, column: MeasureColumn, form: FileFormat) -> None:
        self.column, self._form = column, form
        self._meanings = Meanings(self._score)

    @property
    def unknown(self) -> Counter[str]:
        return self._meanings.unknown

    def numbers(self, texts: Sequence[str]) -> NDArray[np.float64]:
        found = self._meanings.numbers(texts, _NONE).astype(np.float64)
        found[found == _NONE] = np.nan
        return found

    def _score(self, text: str) -> Meaning:
        plain, spec = text.strip(), MEASURES[self.column.measure]
        if not plain or plain in self._form.missing:
            return Meaning()
        low, high = amount(plain.removesuffix("%"), self._form.decimal)
        score = low if self.column.scale is None else self._rescaled(low)
        if low != high or not spec.low <= score <= spec.high:
            return Meaning((), (plain,))
        return Meaning((round(score),))

    def _rescaled(self, score: float) -> float:
        spec, (first, last) = MEASURES[self.column.measure], self.column.scale or (0.0, 1.0)
        return spec.low + (score - first) / (last - first) * (spec.high - spec.low)
