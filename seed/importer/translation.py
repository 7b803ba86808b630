"""Translation of blocks of cells to columns of ids and amounts.

Nothing is done row by row: the distinct texts of each column are looked up once, the rest is arithmetic on whole columns.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from operator import eq, itemgetter

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import month
from seed.importer.columns import FactorReader, ScoreReader, Titles, ValueIds
from seed.importer.files import RefusedRow, RowBlock
from seed.importer.identity import SEPARATOR, Keys, content_keys
from seed.importer.mapping import Mapping
from seed.importer.pay import Floats, PayReader, Refusals, TextColumns
from service.errors import DataError
from service.store.reference import Reference
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy, fold
from service.vocabulary.terms import FactorValue

_CONTAINMENTS = ((Factor.METRO, Factor.SUBDIVISION), (Factor.METRO, Factor.COUNTRY), (Factor.SUBDIVISION, Factor.COUNTRY))


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of a block as columns.

    `months` is `int32[n]`, `ids` has `int32[n]` by factor (0 is null), `amounts` has `float64[n]` by name (NaN is null:
    reported pay, its currency and rate, scores), `keys` are content keys, and `repeats` (`bool[n]`) marks rows that equal
    the row above in all but pay.
    """

    months: NDArray[np.int32]
    ids: dict[Factor, NDArray[np.int32]]
    amounts: dict[str, Floats]
    keys: Keys
    repeats: NDArray[np.bool_]


class Header:
    """The names of a file's columns."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._folded = [fold(name) for name in names]

    def __len__(self) -> int:
        return len(self._names)

    def position(self, name: str) -> int:
        """The position of a column. Raises DataError unless the file has exactly one of this name."""
        count = self._folded.count(fold(name))
        if count == 1:
            return self._folded.index(fold(name))
        if count:
            raise DataError(f"The file has {count} columns {name!r}; rename all but one of them.")
        known = ", ".join(name for name in self._names if name)[:500]
        known = "".join(character if character.isprintable() else "?" for character in known)
        raise DataError(f"The file has no column {name!r}, only {known}. Is it the right file for this mapping?")


class Translator:
    """Translates the blocks of one file by a mapping. Raises DataError if the file lacks a column that the mapping names."""

    def __init__(self, mapping: Mapping, names: Sequence[str], reference: Reference, titles: Titles) -> None:
        header, file_format = Header(names), mapping.file
        self._mapping = mapping
        self.readers = [FactorReader(column, reference.taxonomy, titles) for column in mapping.factors]
        self.scores = [ScoreReader(column, file_format) for column in mapping.measures]
        self.pay = PayReader(mapping.pay, file_format, reference.rates)
        self.places = PlaceHierarchy(reference.taxonomy)
        self._positions = {name: header.position(name) for name in _named_columns(mapping)}
        ignored = {header.position(name) for name in file_format.ignore}
        differing = {header.position(name) for name in mapping.pairs.columns} if mapping.pairs else ignored
        self._content = [number for number in range(len(header)) if number not in ignored]
        self._paired_content = [number for number in self._content if number not in differing] if mapping.pairs else []
        self._row_above: str | None = None
        self._months: dict[str, int] = {}

    def translate(self, block: RowBlock) -> tuple[Batch, list[RefusedRow]]:
        """The block's records in file order, and its rows that cannot become records."""
        refusals = Refusals(len(block.rows))
        keys, repeats = content_keys(self._texts(block.rows, self._content), self._mapping.source.code), self._repeats(block)
        cells = list(zip(*block.rows, strict=True)) or [()] * (max(self._positions.values(), default=0) + 1)
        columns: TextColumns = {name: cells[position] for name, position in self._positions.items()}
        months = self._effective(columns, refusals)
        amounts = self.pay.read(columns, months, refusals)
        accepted = refusals.accepted
        if refusals.reasons:
            columns = {name: list(compress(column, accepted)) for name, column in columns.items()}
            repeats[1:] &= accepted[:-1]
            months, keys, repeats = months[accepted], keys[accepted], repeats[accepted]
            amounts = {name: values[accepted] for name, values in amounts.items()}
        amounts |= {reader.column.measure.value: reader.scores(columns[reader.column.column]) for reader in self.scores}
        ids = {factor: found.astype(np.int32) for factor, found in self._ids(columns, len(months)).items()}
        refused = [RefusedRow(block.lines[row], reason, block.rows[row]) for row, reason in refusals.reasons.items()]
        return Batch(months.astype(np.int32), ids, amounts, keys, repeats), refused

    def _texts(self, rows: list[list[str]], positions: list[int]) -> list[str]:
        if len(positions) == len(rows[0] if rows else ()):
            return list(map(SEPARATOR.join, rows))
        if len(positions) == 1:
            return [row[positions[0]] for row in rows]
        return list(map(SEPARATOR.join, map(itemgetter(*positions), rows)))

    def _repeats(self, block: RowBlock) -> NDArray[np.bool_]:
        if not self._paired_content:
            return np.zeros(len(block.rows), bool)
        texts = self._texts(block.rows, self._paired_content)
        above = [self._row_above, *texts[:-1]]
        self._row_above = texts[-1] if texts else self._row_above
        return np.fromiter(map(eq, texts, above), bool, len(texts))

    def _effective(self, columns: TextColumns, refusals: Refusals) -> ValueIds:
        effective = self._mapping.effective
        if effective.column is None:
            return np.full(refusals.rows, effective.constant, np.int64)
        texts = columns[effective.column]
        for text in set(texts) - self._months.keys():
            self._months[text] = month(text, effective.format) or 0
        found = np.fromiter(map(self._months.__getitem__, texts), np.int64, len(texts))
        refusals.refuse(found == 0, lambda row: _invalid_month(effective.column or "", texts[row]))
        return found

    def _ids(self, columns: TextColumns, rows: int) -> dict[Factor, ValueIds]:
        found: dict[Factor, ValueIds] = {}
        for reader in self.readers:
            found[reader.column.factor] = reader.ids(columns, rows)
        for reader in self.readers:
            if reader.column.level_words:
                reported = found.get(Factor.LEVEL, np.zeros(rows, np.int64))
                found[Factor.LEVEL] = np.where(reported == 0, reader.levels(columns), reported)
        self.places.complete(found)
        return found

    def unknown(self) -> dict[Factor | Measure, Counter[str]]:
        """The texts that match no reference value, most frequent first, each with its number of records."""
        counts: dict[Factor | Measure, Counter[str]] = {
            reader.column.factor: Counter(reader.unknown) for reader in self.readers
        }
        counts |= {reader.column.measure: Counter(reader.unknown) for reader in self.scores}
        for factor, contradictions in self.places.contradictions.items():
            counts[factor] = counts.get(factor, Counter()) + contradictions
        return {name: Counter(dict(found.most_common())) for name, found in counts.items() if found}


class PlaceHierarchy:
    """Fills in the places that contain a record's place and removes contradictions, which `contradictions` counts.

    A record with a metro area gets its subdivision and country too.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self.contradictions: dict[Factor, Counter[str]] = {Factor.METRO: Counter(), Factor.SUBDIVISION: Counter()}
        self._outer = {pair: self._outer_places(*pair) for pair in _CONTAINMENTS}
        self._continent = self._by_id({value.id: value.parent or 0 for value in taxonomy.values(Factor.COUNTRY)})

    def _outer_places(self, inner: Factor, outer: Factor) -> ValueIds:
        parents = {value.id: self._taxonomy.place_parents(value) for value in self._taxonomy.values(inner)}
        return self._by_id({number: found.get(outer, 0) for number, found in parents.items()})

    def _by_id(self, values: dict[int, int]) -> ValueIds:
        largest = max((value.id for factor in PLACES for value in self._taxonomy.values(factor)), default=0)
        found = np.zeros(largest + 1, np.int64)
        found[list(values)] = list(values.values())
        return found

    def complete(self, ids: dict[Factor, ValueIds]) -> None:
        """Fill in the wider places in `ids`. A narrower place outside the reported wider one is dropped."""
        for pair in _CONTAINMENTS:
            self._complete_outer(ids, *pair)

    def _complete_outer(self, ids: dict[Factor, ValueIds], inner: Factor, outer: Factor) -> None:
        if inner not in ids:
            return
        implied = self._outer[inner, outer][ids[inner]]
        reported = ids.get(outer, np.zeros_like(implied))
        wrong = (implied > 0) & (reported > 0) & (reported != implied) & (reported != self._continent[implied])
        self._drop(ids, inner, reported, wrong)
        ids[outer] = np.where(wrong | (implied == 0), reported, implied)

    def _drop(self, ids: dict[Factor, ValueIds], inner: Factor, reported: ValueIds, wrong: NDArray[np.bool_]) -> None:
        for place, elsewhere in zip(ids[inner][wrong].tolist(), reported[wrong].tolist(), strict=True):
            self.contradictions[inner][f"{self._label(place)} (reported as in {self._label(elsewhere)})"] += 1
        ids[inner] = np.where(wrong, 0, ids[inner])

    def _label(self, number: int) -> str:
        value: FactorValue = self._taxonomy[number]
        return value.label


def _invalid_month(column: str, text: str) -> str:
    plain = text.strip()[:60]
    return f"{column} {plain!r} is not a valid month" if plain else f"no {column} reported"


def _named_columns(mapping: Mapping) -> list[str]:
    pay = mapping.pay
    amounts = (amount for amount in (pay.base, pay.bonus, pay.equity, pay.total_compensation) if amount)
    names = [mapping.effective.column, pay.currency.column, pay.unit.column]
    names += [name for amount in amounts for name in amount.columns]
    names += [name for factor in mapping.factors for name in (factor.column, factor.soc_column)]
    names += [measure.column for measure in mapping.measures]
    return [name for name in names if name]
