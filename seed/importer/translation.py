"""Translation of blocks of cells to columns of ids and amounts.

Nothing is done row by row: the distinct texts of each column are looked up once, the rest is arithmetic on whole columns.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from itertools import accumulate, chain, compress
from operator import eq, itemgetter

import numpy as np
from numpy.typing import NDArray

from seed.importer.cells import month, suggest_date_format, swapped
from seed.importer.columns import FactorReader, ScoreReader, check_codes
from seed.importer.identity import SEPARATOR, Keys, content_keys
from seed.importer.mapped_columns import RowFilter
from seed.importer.mapping import FileFormat, Mapping
from seed.importer.pay import PayReader
from seed.importer.pay_cells import Floats, TextColumns
from seed.importer.places import places
from seed.importer.refusals import Refusals
from seed.importer.tables.kinds import shown
from seed.importer.tables.rows import CELL_ERRORS, CONTROL, NumberText, RefusedRow, RowBlock
from seed.importer.titles import Roles, TitleAttributes, ValueIds
from service.counts import joined
from service.errors import DataError
from service.store.reference import Reference
from service.vocabulary.factors import MULTIPLE, PLACES, Factor
from service.vocabulary.spellings import fold
from service.vocabulary.units import month_of, month_text

_MAX_SHOWN = 500
_DELIMITERS = {";": '";"', "\t": r'"\t"', ",": '","', "|": '"|"'}


@dataclass(frozen=True, slots=True)
class Batch:
    """The records of a block as columns.

    `lines` (`int64[n]`) are the lines on which the rows start, `months` is `int32[n]`, `ids` has `int32[n]` by factor (0 is
    null), `amounts` has `float64[n]` by name (NaN is null: reported pay, its currency and rate, scores), `keys` are content
    keys, and `repeats` (`bool[n]`) marks rows that equal the row above in all but pay.
    """

    lines: NDArray[np.int64]
    months: NDArray[np.int32]
    ids: dict[Factor, NDArray[np.int32]]
    amounts: dict[str, Floats]
    keys: Keys
    repeats: NDArray[np.bool_]


class Translator:
    """Translates the blocks of one file by a mapping. Months after that of `today` are refused.

    Raises DataError if the file lacks a column that the mapping names.
    """

    def __init__(
        self, mapping: Mapping, names: Sequence[str], reference: Reference, occupations: dict[str, str], today: date
    ) -> None:
        header, file_format = Header(names, mapping.file), mapping.file
        self._names = tuple(dict.fromkeys(mapping.named_columns()))
        self._positions = header.positions(self._names)
        self._mapping = mapping = mapping.without({*self._names} - self._positions.keys())
        check_codes(mapping.factors, reference.taxonomy)
        roles = Roles(reference, occupations)
        self.readers = [
            FactorReader(column, file_format, reference.taxonomy, roles)
            for column in mapping.factors
            if column.factor not in PLACES
        ]
        self._title_attributes = TitleAttributes(reference.taxonomy, roles)
        self.scores = [ScoreReader(column, file_format) for column in mapping.measures]
        self.pay = PayReader(mapping.pay, file_format, reference.rates)
        self._places = places(mapping, reference.taxonomy, roles)
        self._filters = RowFilters(mapping.rows, self._positions)
        self._pay = tuple(dict.fromkeys(mapping.pay.named_columns()))
        self._amounts = (*self._pay, *(column.column for column in mapping.measures))
        self._errors = {name: frozenset(CELL_ERRORS).difference(file_format.missing) for name in self._names}
        for column in mapping.factors:
            for name in column.texts:
                meant = chain(column.missing or (), column.no_answer, *(entry.texts for entry in column.mapped))
                self._errors[name] = self._errors[name].difference(meant)
        ignored = set(header.positions(file_format.ignore).values())
        content = [number for number in range(len(header)) if number not in ignored]
        differing = set(header.positions(mapping.pairs.columns).values()) if mapping.pairs else set()
        self._identity = list(header.positions(file_format.identity).values()) or content
        self._paired_content = [number for number in content if number not in differing] if mapping.pairs else []
        self._row_above: str | None = None
        self._months: dict[str, int] = {}
        self._this_month = month_of(today.year, today.month)

    def translate(self, block: RowBlock) -> tuple[Batch, list[RefusedRow]]:
        """The block's records in file order, and its rows that cannot become records."""
        block = self._filters.remaining(block)
        refusals = Refusals(len(block.rows))
        keys = content_keys(self._texts(block.rows, self._identity), self._mapping.source.code)
        repeats = self._repeats(block)
        columns = self._columns(block.rows)
        if block.has_errors:
            self._refuse_errors(columns, refusals)
        months = self._effective(columns, refusals)
        amounts = self.pay.read(columns, months, refusals)
        accepted, lines = refusals.accepted, np.array(block.lines, np.int64)
        if refusals.reasons:
            columns = {name: list(compress(column, accepted)) for name, column in columns.items()}
            repeats[1:] &= accepted[:-1]
            lines, months, keys, repeats = lines[accepted], months[accepted], keys[accepted], repeats[accepted]
            amounts = {name: values[accepted] for name, values in amounts.items()}
        amounts |= {reader.column.measure.value: reader.scores(columns[reader.column.column]) for reader in self.scores}
        ids = {factor: found.astype(np.int32) for factor, found in self._ids(columns, len(months)).items()}
        refused = [RefusedRow(block.lines[row], reason, block.rows[row]) for row, reason in refusals.reasons.items()]
        return Batch(lines, months.astype(np.int32), ids, amounts, keys, repeats), refused

    @property
    def filtered(self) -> int:
        """The number of rows that the mapping's filters left out."""
        return self._filters.filtered

    def _columns(self, rows: list[list[str]]) -> TextColumns:
        """The texts of the columns that the mapping names; those of absent columns are blank."""
        cells, blank = list(zip(*rows, strict=True)), ("",) * len(rows)
        found = {name: cells[self._positions[name]] if rows and name in self._positions else blank for name in self._names}
        return found | {name: _written(found[name], self._mapping.file, shown=name in self._pay) for name in self._amounts}

    def _texts(self, rows: list[list[str]], positions: list[int]) -> list[str]:
        if positions == list(range(len(rows[0]) if rows else 0)):
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

    def _refuse_errors(self, columns: TextColumns, refusals: Refusals) -> None:
        """Refuse rows with an error, such as #REF!, in a column that the mapping names, unless it has a meaning for it, and
        rows with a control character in a column of pay, where it may have been the sign of a currency or a dash."""
        for name, texts in columns.items():
            wrong = np.fromiter((text.strip() in self._errors[name] for text in texts), bool, len(texts))
            for row in np.flatnonzero(wrong).tolist():
                refusals.reasons.setdefault(row, f"{name} is the error {texts[row].strip()}")

        for name in self._pay:
            found = [CONTROL.search(text) for text in columns[name]]
            wrong = np.fromiter((one is not None for one in found), bool, len(found))
            refusals.refuse(wrong, lambda row, found=found, name=name: _control(name, found[row][0]))  # type: ignore[misc]

    def _effective(self, columns: TextColumns, refusals: Refusals) -> ValueIds:
        found = self._reported_months(columns, refusals)
        refusals.refuse(found > self._this_month, lambda row: f"{month_text(int(found[row]))} is in the future")
        return found

    def _reported_months(self, columns: TextColumns, refusals: Refusals) -> ValueIds:
        effective = self._mapping.effective
        if effective.column is None:
            return np.full(refusals.rows, effective.constant, np.int64)
        texts = columns[effective.column]
        for text in (text for text in dict.fromkeys(texts) if text not in self._months):
            months = _months(text, effective.formats)
            self._months[text] = months[0] if len(months) == 1 else 0
        found = np.fromiter(map(self._months.__getitem__, texts), np.int64, len(texts))
        refusals.refuse(found == 0, lambda row: _invalid_month(effective.column or "", texts[row], effective.formats))
        return found

    def check_dates(self) -> None:
        """Raises DataError if the dates read so far fit the formats of the mapping only with day and month swapped: those
        that fit both would have been read wrongly."""
        effective = self._mapping.effective
        others = [swapped(pattern) for pattern in effective.formats]
        unread = (text for text, found in self._months.items() if not found and not _months(text, effective.formats))
        only = next((text for text in unread if _months(text, others)), None)
        if only is None or not all(_months(text, others) for text, found in self._months.items() if found):
            return
        raise DataError(
            f"The dates of {effective.column} have day and month in the other order than {' or '.join(effective.formats)}: "
            f"{only.strip()[:60]!r} fits only {' or '.join(others)}, which fits all other dates too. Set format to that."
        )

    def _ids(self, columns: TextColumns, rows: int) -> dict[Factor, ValueIds]:
        found: dict[Factor, ValueIds] = {}
        for reader in self.readers:
            found[reader.column.factor] = reader.ids(columns, rows)
        for reader in self.readers:
            if reader.column.factor is Factor.ROLE and reader.column.texts:
                self._add_title_attributes(found, reader.titles(columns), reader.mapped)
        return found | (self._places.ids(columns, rows) if self._places else {})

    def _add_title_attributes(self, found: dict[Factor, ValueIds], titles: Sequence[str], mapped: set[str]) -> None:
        """Add the levels, internships and specializations that titles name where no column has a value."""
        for factor, named in self._title_attributes.ids(titles, found[Factor.ROLE], mapped).items():
            if factor in MULTIPLE:
                found.setdefault(factor, named)
            else:
                found[factor] = np.where(found.get(factor, 0) == 0, named, found.get(factor, 0))

    @property
    def notes(self) -> Counter[str]:
        """Uncertain readings, with their numbers of rows."""
        return self.pay.notes + self._title_attributes.notes

    @property
    def lists(self) -> dict[Factor, list[tuple[int, ...]]]:
        """The lists of values by factor, for those of which a record may have several."""
        found = {reader.column.factor: reader.lists for reader in self.readers if reader.column.factor in MULTIPLE}
        return {Factor.SPECIALIZATION: self._title_attributes.specializations} | found

    @property
    def ambiguous(self) -> frozenset[str]:
        """The texts of `unknown` that may be several values."""
        return frozenset(self._places.ambiguous if self._places else ())

    def unknown(self) -> dict[str, Counter[str]]:
        """The texts that match no reference value by factor, measure or "place", most frequent first, with their records."""
        counts: dict[str, Counter[str]] = {reader.column.factor: Counter(reader.unknown) for reader in self.readers}
        counts |= {reader.column.measure: Counter(reader.unknown) for reader in self.scores}
        for factor, texts in (self._places.unknown() if self._places else {}).items():
            counts[factor] = texts
        return {name: Counter(dict(found.most_common())) for name, found in counts.items() if found}


def _written(texts: Sequence[str], file_format: FileFormat, *, shown: bool) -> Sequence[str]:
    """The texts, of which numbers that the file stores as such have the decimal separator of the mapping, and, if `shown`,
    the text that their format shows them with. Those that mean missing are left as they are."""
    if not any(issubclass(kind, NumberText) for kind in set(map(type, texts))):
        return texts
    decimal, missing = file_format.decimal, file_format.missing
    found = list(texts)
    for row, text in enumerate(texts):
        if isinstance(text, NumberText) and text not in missing:
            found[row] = text.as_shown(decimal) if shown else text.written(decimal)
    return found


def _control(column: str, character: str) -> str:
    return (
        f"{column} has the control character U+{ord(character):04X}; perhaps the file is in Windows-1252: "
        'set encoding = "cp1252" in [file]'
    )


def _months(text: str, formats: Sequence[str]) -> list[int]:
    """The months that a text is in some formats."""
    return sorted({found for pattern in formats if (found := month(text, pattern)) is not None})


def _invalid_month(column: str, text: str, formats: Sequence[str]) -> str:
    plain, found = text.strip()[:60], _months(text, formats)
    if found:
        return f"{column} {plain!r} is {' or '.join(map(month_text, found))} by the formats of the mapping"
    if not plain:
        return f"no {column} reported"
    advice = suggest_date_format(text)
    invalid = f"{column} {plain!r} is not a valid month by the format {' or '.join(formats)}"
    return f"{invalid}; {advice}" if advice else invalid


class Header:
    """The names of a file's columns, compared without case and repeated blanks."""

    def __init__(self, names: Sequence[str], file_format: FileFormat) -> None:
        self._names = names
        self._folded = [fold(name) for name in names]
        self._optional = frozenset(map(fold, file_format.optional))
        self._synonyms = {fold(name): others for name, others in file_format.synonyms.items()}

    def __len__(self) -> int:
        return len(self._names)

    def positions(self, names: Iterable[str]) -> dict[str, int]:
        """The positions of columns; optional ones that the file lacks are left out.

        Raises DataError, which lists all columns that the file lacks, or one whose name several columns have.
        """
        found = {name: self._position(name) for name in names}
        lacking = [name for name, position in found.items() if position is None and fold(name) not in self._optional]
        if lacking:
            raise DataError(self._lacks(lacking))
        return {name: position for name, position in found.items() if position is not None}

    def _position(self, name: str) -> int | None:
        for spelling in (name, *self._synonyms.get(fold(name), ())):
            count = self._folded.count(fold(spelling))
            if count > 1:
                raise DataError(f"The file has {count} columns {spelling!r}; rename all but one of them.")
            if count:
                return self._folded.index(fold(spelling))
        return None

    def _lacks(self, names: list[str]) -> str:
        listed = joined(list(map(repr, names)), "and")
        near = {name: get_close_matches(fold(name), self._folded, n=1, cutoff=0.8) for name in names}
        hints = [f"{self._names[self._folded.index(found[0])]!r} for {name!r}" for name, found in near.items() if found]
        hint = f"Did you mean {joined(hints, 'and')}?" if hints else "Is it the right file for this mapping?"
        hint = self._delimiter_hint(names) or hint
        return f"The file has no column{'' if len(names) == 1 else 's'} {listed}, only {self._listed()}. {hint}"

    def _listed(self) -> str:
        """The names of the columns, as many names as fit."""
        known = [shown(name) for name in self._names if name]
        lengths = accumulate(len(name) + 2 for name in known)
        listed = known[: max(1, sum(length <= _MAX_SHOWN for length in lengths))]
        return ", ".join(listed) + (f" and {len(known) - len(listed)} more" if len(listed) < len(known) else "")

    def _delimiter_hint(self, lacking: list[str]) -> str:
        """What to set if the names of the lacking columns are there, but not as columns of their own."""
        for delimiter, written in _DELIMITERS.items():
            parts = {fold(part.strip(' "')) for name in self._names for part in name.split(delimiter)}
            if parts.issuperset(map(fold, lacking)):
                return f"Its cells seem to be separated by {written}: set file.delimiter = {written} in the mapping."
        return ""


class RowFilters:
    """Leaves out the rows that a mapping's filters exclude; `filtered` counts them. Filters of absent columns do nothing."""

    def __init__(self, filters: Sequence[RowFilter], positions: dict[str, int]) -> None:
        self.filtered = 0
        self._filters = [(positions[rule.column], rule) for rule in filters if rule.column in positions]
        self._verdicts: list[dict[str, bool]] = [{} for _ in self._filters]

    def remaining(self, block: RowBlock) -> RowBlock:
        """The block without the rows that are left out."""
        for (position, rule), verdicts in zip(self._filters, self._verdicts, strict=True):
            texts = [row[position] for row in block.rows]
            for text in set(texts) - verdicts.keys():
                verdicts[text] = _passes(text, rule)
            wanted = [verdicts[text] for text in texts]
            self.filtered += len(wanted) - sum(wanted)
            block = replace(block, lines=list(compress(block.lines, wanted)), rows=list(compress(block.rows, wanted)))
        return block


def _passes(text: str, rule: RowFilter) -> bool:
    if rule.included is not None:
        return fold(text) in map(fold, rule.included)
    if rule.unlike is not None:
        return not any(_is_like(fold(text), fold(pattern)) for pattern in rule.unlike)
    return fold(text) not in map(fold, rule.excluded or ())


def _is_like(text: str, pattern: str) -> bool:
    """Whether a text has a pattern, in which `*` is any characters.

    >>> _is_like("via austin, tx - geebo", "via *geebo"), _is_like("via geebo", "via *geebo"), _is_like("geebo.", "*geebo")
    (True, True, False)
    """
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None
