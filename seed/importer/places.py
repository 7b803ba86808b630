"""Places of records: from texts of whole places ([place]), or from columns of a metro area, a subdivision and a country.

What the columns of a row say is read together, so that Portland in the state ME is not Portland in Oregon.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from seed.importer.columns import FactorReader
from seed.importer.mapped_columns import FactorColumn, PlaceColumns
from seed.importer.mapping import FileFormat, Mapping
from seed.importer.pay_cells import TextColumns
from seed.importer.titles import Roles, ValueIds
from seed.reference_data import cities
from service.errors import DataError, UnknownCode
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.gazetteer import Gazetteer
from service.vocabulary.places import PlaceReader, PlaceReading
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

_Cells = tuple[Any, ...]
"""What the place columns of a row have: texts, or the numbers of `_PlaceTexts`."""
_Unknown = dict[str, str]
_COUNTIES = ("county", "parish", "borough", "census area", "municipio", "planning region")
PLACE = "place"
"""The name of the texts of [place] in reports."""
NOWHERE = "nowhere"
"""In the map of [place]: a text that names no place, and leaves the country null, even if it is stated elsewhere."""


class Places(ABC):
    """Reads the places of records; each distinct row of cells once."""

    def __init__(self, factors: Sequence[Factor]) -> None:
        self._factors = factors
        self._positions: dict[_Cells, int] = {}
        self._readings: list[tuple[int, ...]] = []
        self._unread: list[_Unknown] = []
        self._unknown: dict[str, Counter[str]] = {factor: Counter() for factor in (PLACE, *PLACES)}
        self.ambiguous: set[str] = set()
        """The texts of `unknown` that may be several places, with these as the reason."""

    def unknown(self) -> dict[str, Counter[str]]:
        """The texts that are not read, or not as a whole, by factor or PLACE, with the reason and the number of records."""
        return self._unknown

    def ids(self, columns: TextColumns, rows: int) -> dict[Factor, ValueIds]:
        """The ids of the places of all rows by factor, 0 for null."""
        cells = self._cells(columns, rows)
        positions = np.fromiter((self._position(row) for row in cells), np.int64, rows)
        for position, count in enumerate(np.bincount(positions, minlength=len(self._readings)).tolist()):
            for factor, text in self._unread[position].items() if count else ():
                self._unknown[factor][text] += count
        found = np.array(self._readings, np.int64).reshape(-1, len(PLACES))[positions]
        return {factor: found[:, number] for number, factor in enumerate(PLACES) if factor in self._factors}

    def _position(self, cells: _Cells) -> int:
        position = self._positions.get(cells)
        if position is None:
            position = self._positions[cells] = len(self._readings)
            reading, unread = self._read(cells)
            values = (reading.metro, reading.subdivision, reading.country)
            self._readings.append(tuple(value.id if value else 0 for value in values))
            self._unread.append(unread)
            if reading.ambiguous:
                self.ambiguous.update(unread.values())
        return position

    @abstractmethod
    def _cells(self, columns: TextColumns, rows: int) -> Sequence[_Cells]: ...

    @abstractmethod
    def _read(self, cells: _Cells) -> tuple[PlaceReading, _Unknown]: ...


def places(mapping: Mapping, taxonomy: Taxonomy, roles: Roles) -> Places | None:
    """The reader of a mapping's places; None if it names none. Raises DataError for unknown codes in the mapping."""
    columns = [column for column in mapping.factors if column.factor in PLACES]
    if not columns and mapping.place is None:
        return None
    named = mapping.place is not None or any(column.factor is Factor.METRO for column in columns)
    reader = PlaceReader(_gazetteer(tuple(value for factor in PLACES for value in taxonomy.values(factor)), named))
    if mapping.place is not None:
        return _PlacesOfTexts(mapping.place, mapping.file, taxonomy, reader)
    return _PlacesOfColumns(columns, mapping.file, taxonomy, roles, reader)


@lru_cache(maxsize=2)
def _gazetteer(values: tuple[FactorValue, ...], with_cities: bool) -> Gazetteer:
    """Built once for a dry run and the import after it: it takes longer than all else of a small file."""
    return Gazetteer(Taxonomy(values), cities() if with_cities else ())


class _PlacesOfTexts(Places):
    """The places of [place]: texts of whole places, with a country that all or each of them lie in."""

    def __init__(self, column: PlaceColumns, file_format: FileFormat, taxonomy: Taxonomy, reader: PlaceReader) -> None:
        super().__init__(PLACES)
        self._names = column.columns or (column.column or "",)
        self._taxonomy, self._reader = taxonomy, reader
        self._map = {fold(text): self._value(code) for text, code in column.map.items()}
        missing = file_format.missing if column.missing is None else column.missing
        self._ignored = {fold(text) for text in (*column.no_answer, *missing)} | {""}
        country = column.country
        self._country_column = country.column if country else None
        self._country = self._found(Factor.COUNTRY, country.constant, "country") if country and country.constant else None
        named = country.map if country else {}
        self._countries = {fold(text): self._found(Factor.COUNTRY, code, "country") for text, code in named.items()}

    def _value(self, name: str) -> FactorValue | None:
        if name == NOWHERE:
            return None
        factor, _, code = name.partition(":")
        if factor not in PLACES:
            example = 'write "metro:", "subdivision:" or "country:" before the code, or "nowhere" for no place.'
            raise DataError(f'The mapping cannot be used: map of [place] has "{name}"; {example}')
        return self._found(Factor(factor), code, "map")

    def _found(self, factor: Factor, code: str, key: str) -> FactorValue:
        try:
            return self._taxonomy.find(factor, code)
        except UnknownCode as error:
            raise DataError(f"The mapping cannot be used: {error} ({key} of [place]).") from error

    def _cells(self, columns: TextColumns, rows: int) -> Sequence[_Cells]:
        names = (*self._names, *((self._country_column,) if self._country_column else ()))
        return list(zip(*(columns[name] for name in names), strict=True))

    def _read(self, cells: _Cells) -> tuple[PlaceReading, _Unknown]:
        text = ", ".join(cell.strip() for cell in cells[: len(self._names)] if fold(cell) not in self._ignored)
        country, unread = self._country_of(cells[-1]) if self._country_column else (self._country, {})
        if fold(text) in self._map:
            value = self._map[fold(text)]
            reading = self._reader.read_columns({value.factor: value}) if value else PlaceReading()
        elif fold(text) in self._ignored:
            reading = self._reader.read("", country)
        else:
            reading = self._reader.read(text, country)
        return reading, unread | ({} if reading.problem is None else {PLACE: _described(text, reading.problem)})

    def _country_of(self, text: str) -> tuple[FactorValue | None, _Unknown]:
        """The country that a column names, or the part of a country that it names instead, such as England."""
        if fold(text) in self._ignored:
            return None, {}
        if country := self._countries.get(fold(text)):
            return country, {}
        reading = self._reader.read_columns({Factor.COUNTRY: text})
        country = reading.subdivision or reading.country
        return country, {} if country else {Factor.COUNTRY: text.strip()}


class _PlacesOfColumns(Places):
    """The places of [[factor]] entries for a metro area, a subdivision and a country."""

    def __init__(
        self,
        columns: Sequence[FactorColumn],
        file_format: FileFormat,
        taxonomy: Taxonomy,
        roles: Roles,
        reader: PlaceReader,
    ) -> None:
        super().__init__(PLACES[min(PLACES.index(column.factor) for column in columns) :])
        self._taxonomy, self._reader = taxonomy, reader
        self._columns = [_PlaceTexts(column, file_format, taxonomy, roles) for column in columns]
        self._county = next((column.county_column for column in columns if column.county_column), None)

    def _cells(self, columns: TextColumns, rows: int) -> Sequence[_Cells]:
        found = [column.ids(columns, rows).tolist() for column in self._columns]
        return list(zip(*found, *([columns[self._county]] if self._county else []), strict=True))

    def _read(self, cells: _Cells) -> tuple[PlaceReading, _Unknown]:
        reading, unread = self._read_columns(cells[: len(self._columns)])
        if self._county and reading.metro is None and cells[-1].strip():
            return self._with_county(cells[-1], reading, unread)
        return reading, unread

    def _with_county(self, county: str, reading: PlaceReading, unread: _Unknown) -> tuple[PlaceReading, _Unknown]:
        """The reading of a place whose city is in no metro area, or unknown, with the metro area of its county."""
        if reading.subdivision is None:
            return reading, unread
        name = county.strip()
        names = (name,) if fold(name).endswith(_COUNTIES) else (f"{name} County", f"{name} Parish")
        state = {Factor.SUBDIVISION: reading.subdivision}
        read = (self._reader.read_columns({Factor.METRO: spelling, **state}) for spelling in names)
        found = next((one for one in read if one.metro), None)
        return (found, {}) if found else (reading, unread)

    def _read_columns(self, cells: _Cells) -> tuple[PlaceReading, _Unknown]:
        texts = {
            column.column.factor: self._taxonomy[number] if number > 0 else column.texts[-number]
            for column, number in zip(self._columns, cells, strict=True)
            if number
        }
        reading = self._reader.read_columns(texts)
        labels = {factor: text if isinstance(text, str) else text.label for factor, text in texts.items()}
        return reading, {factor: _described(labels[factor], reading.problem or "") for factor in reading.unread}

    def unknown(self) -> dict[str, Counter[str]]:
        lists: dict[str, Counter[str]] = {column.column.factor: column.unknown for column in self._columns}
        return {factor: counts + lists.get(factor, Counter()) for factor, counts in self._unknown.items()}


class _PlaceTexts(FactorReader):
    """The texts of a place's column: ids of values for texts that are mapped, minus positions in `texts` for others."""

    def __init__(self, column: FactorColumn, file_format: FileFormat, taxonomy: Taxonomy, roles: Roles) -> None:
        super().__init__(column, file_format, taxonomy, roles)
        self.texts = [""]

    def _value(self, word: str) -> int | None:
        if (fold(word),) in self._map:
            return self._map[fold(word),]
        self.texts.append(word)
        return 1 - len(self.texts)


def _described(text: str, problem: str) -> str:
    return f"{text.strip()} ({problem})" if problem else text.strip()
