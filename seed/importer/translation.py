"""Translation: blocks of cells to columns of numbers, ready to become records.

Nothing is done row by row: each column's different texts are looked up once, the rest is arithmetic on whole columns.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from operator import eq, itemgetter

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import month
from seed.importer.columns import FactorReader, ScoreReader
from seed.importer.identity import SEPARATOR, Keys, content_keys
from seed.importer.mapping import Mapping
from seed.importer.pay import Columns, Floats, PayReader, Verdict
from seed.importer.places import Places
from seed.importer.reading import Block, Refused
from seed.importer.titles import Titles
from service.errors import DataError
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import fold

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of a block: codes by factor (0 is null), what was reported and scores as floats (NaN is null), content
    keys, and whether a row equals the one right above it in all but pay."""

    months: NDArray[np.int32]
    codes: dict[Factor, NDArray[np.int32]]
    numbers: dict[str, Floats]
    keys: Keys
    repeats: NDArray[np.bool_]


class Header:
    """Where the columns of a file are."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._folded = [fold(name) for name in names]

    def __len__(self) -> int:
        return len(self._names)

    def position(self, name: str) -> int:
        """Raises DataError when there is no such column, or more than one."""
        count = self._folded.count(fold(name))
        if count == 1:
            return self._folded.index(fold(name))
        if count:
            raise DataError(f"The file has {count} columns {name!r}; rename all but one of them.")
        known = ", ".join(name for name in self._names if name)
        raise DataError(f"The file has no column {name!r}, only {known[:500]}. Is it the right file for this mapping?")


class Translator:
    """Reads the blocks of one file by a mapping; raises DataError when the file lacks a column that the mapping names."""

    def __init__(self, mapping: Mapping, names: Sequence[str], reference: Reference, titles: Titles) -> None:
        header, form = Header(names), mapping.file
        self._mapping = mapping
        self.readers = [FactorReader(column, reference.taxonomy, titles) for column in mapping.factors]
        self.scores = [ScoreReader(column, form) for column in mapping.measures]
        self.pay = PayReader(mapping.pay, form, reference.rates)
        self.places = Places(reference.taxonomy)
        self._wanted = {name: header.position(name) for name in _named_columns(mapping)}
        ignored = {header.position(name) for name in form.ignore}
        differing = {header.position(name) for name in mapping.pairs.columns} if mapping.pairs else ignored
        self._content = [number for number in range(len(header)) if number not in ignored]
        self._frame = [number for number in self._content if number not in differing] if mapping.pairs else []
        self._above: str | None = None
        self._months: dict[str, int] = {}

    def translate(self, block: Block) -> tuple[Batch, list[Refused]]:
        """The block's records in the order of the file, and its rows that cannot be records."""
        verdict = Verdict(len(block.rows))
        keys, repeats = content_keys(self._texts(block.rows, self._content), self._mapping.source.code), self._repeats(block)
        cells = list(zip(*block.rows, strict=True)) or [()] * (max(self._wanted.values(), default=0) + 1)
        columns: Columns = {name: cells[position] for name, position in self._wanted.items()}
        months = self._effective(columns, verdict)
        numbers = self.pay.read(columns, months, verdict)
        kept = verdict.kept
        if verdict.reasons:
            columns = {name: list(compress(column, kept)) for name, column in columns.items()}
            repeats[1:] &= kept[:-1]
            months, keys, repeats = months[kept], keys[kept], repeats[kept]
            numbers = {name: values[kept] for name, values in numbers.items()}
        numbers |= {reader.column.measure.value: reader.numbers(columns[reader.column.column]) for reader in self.scores}
        codes = {factor: found.astype(np.int32) for factor, found in self._codes(columns, len(months)).items()}
        refused = [Refused(block.lines[row], reason, block.rows[row]) for row, reason in verdict.reasons.items()]
        return Batch(months.astype(np.int32), codes, numbers, keys, repeats), refused

    def _texts(self, rows: list[list[str]], positions: list[int]) -> list[str]:
        if len(positions) == len(rows[0] if rows else ()):
            return list(map(SEPARATOR.join, rows))
        if len(positions) == 1:
            return [row[positions[0]] for row in rows]
        return list(map(SEPARATOR.join, map(itemgetter(*positions), rows)))

    def _repeats(self, block: Block) -> NDArray[np.bool_]:
        if not self._frame:
            return np.zeros(len(block.rows), bool)
        frames = self._texts(block.rows, self._frame)
        above = [self._above, *frames[:-1]]
        self._above = frames[-1] if frames else self._above
        return np.fromiter(map(eq, frames, above), bool, len(frames))

    def _effective(self, columns: Columns, verdict: Verdict) -> Codes:
        when = self._mapping.effective
        if when.column is None:
            return np.full(verdict.rows, when.constant, np.int64)
        texts = columns[when.column]
        for text in set(texts) - self._months.keys():
            self._months[text] = month(text, when.format) or 0
        found = np.fromiter(map(self._months.__getitem__, texts), np.int64, len(texts))
        verdict.refuse(found == 0, lambda row: _not_a_time(when.column or "", texts[row]))
        return found

    def _codes(self, columns: Columns, rows: int) -> dict[Factor, Codes]:
        found: dict[Factor, Codes] = {}
        for reader in self.readers:
            found[reader.column.factor] = reader.numbers(columns, rows)
        for reader in self.readers:
            if reader.column.level_words:
                told = found.get(Factor.LEVEL, np.zeros(rows, np.int64))
                found[Factor.LEVEL] = np.where(told == 0, reader.levels(columns), told)
        self.places.close(found)
        return found

    def unknown(self) -> dict[Factor | Measure, Counter[str]]:
        """The values that no reference knows, with the number of records that told them; the commonest first."""
        counts: dict[Factor | Measure, Counter[str]] = {
            reader.column.factor: Counter(reader.unknown) for reader in self.readers
        }
        counts |= {reader.column.measure: Counter(reader.unknown) for reader in self.scores}
        for factor, contradictions in self.places.contradictions.items():
            counts[factor] = counts.get(factor, Counter()) + contradictions
        return {name: Counter(dict(found.most_common())) for name, found in counts.items() if found}


def _not_a_time(column: str, text: str) -> str:
    plain = text.strip()[:60]
    return f"{column} {plain!r} is not a possible time" if plain else f"no {column} told"


def _named_columns(mapping: Mapping) -> list[str]:
    pay = mapping.pay
    amounts = (amount for amount in (pay.base, pay.bonus, pay.equity, pay.total_compensation) if amount)
    names = [mapping.effective.column, pay.currency.column, pay.unit.column]
    names += [name for amount in amounts for name in amount.columns]
    names += [name for factor in mapping.factors for name in (factor.column, factor.soc_column)]
    names += [measure.column for measure in mapping.measures]
    return [name for name in names if name]
