"""Maps from texts of one or more columns to codes: written in a mapping, or read from a CSV file beside it."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seed.importer.toml_model import Contradictions
from service.counts import count_of
from service.vocabulary.spellings import fold

CODE = "code"


@dataclass(frozen=True, slots=True)
class MappedText:
    """The code of a text, or of texts in several columns. `origin` names the place that says so, `listed` says that it is
    written as a list, which has a text for each column."""

    texts: tuple[str, ...]
    code: str
    origin: str
    listed: bool = False

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(map(fold, self.texts))


@dataclass(frozen=True, slots=True)
class MapFile:
    """A map file: its rows by line number, whose last column is that of the codes."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]

    def mapped(self, columns: tuple[str, ...]) -> Iterator[MappedText]:
        """The rows, with the texts in the order of these columns."""
        places = [self.header.index(fold(column)) for column in columns]
        code = max(place for place, name in enumerate(self.header) if name == CODE)  # the last: a column may be named code
        for line, cells in self.rows:
            yield MappedText(tuple(cells[place] for place in places), cells[code], f"{self.name}, line {line}")

    def header_problem(self, columns: tuple[str, ...]) -> str | None:
        wanted = (*columns, CODE)
        if sorted(map(fold, wanted)) == sorted(self.header):
            return None
        return f"is {self.name}, whose header must be {','.join(wanted)}; it is {','.join(self.header)[:200]}."


def read_map(value: Any) -> tuple[MappedText, ...]:
    """The entries of a table of texts and codes, or of a list of lists that end with a code. Raises ValueError."""
    listed = isinstance(value, list)
    entries = value if listed or not isinstance(value, dict) else [[text, code] for text, code in value.items()]
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise ValueError(
            'must be a table of strings, such as {EN = "entry"}, or lists of them, such as [["A", "L5", "senior"]].'
        )
    return tuple(MappedText(tuple(entry[:-1]), entry[-1], "map", listed) for entry in entries)


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, list) and len(entry) > 1 and all(isinstance(text, str) for text in entry)


def read_map_file(path: Path) -> MapFile:
    """Read a CSV file of texts and codes. Raises Contradictions."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            rows = [(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader if any(cells)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Contradictions([((), f"is {path.name}, which cannot be read as a CSV file: {reason}.")]) from error
    if len(rows) < 2:
        raise Contradictions([((), f"is {path.name}, which has no rows; its header is the columns and {CODE}.")])
    (_, header), *entries = rows
    if problems := list(_problems(path.name, len(header), entries)):
        raise Contradictions(((), problem) for problem in problems)
    return MapFile(path.name, tuple(map(fold, header)), tuple(entries))


def _problems(name: str, width: int, rows: Iterable[tuple[int, tuple[str, ...]]]) -> Iterator[str]:
    for line, cells in rows:
        if len(cells) != width:
            yield f"is {name}, whose line {line} has {count_of(len(cells), 'cell')}; the header has {width}."
        elif not all(cells):
            yield f"is {name}, whose line {line} has a blank cell."


def contradiction(mapped: Iterable[MappedText]) -> str | None:
    """What is wrong with a map that gives one text two codes."""
    known: dict[tuple[str, ...], MappedText] = {}
    for entry in mapped:
        before = known.setdefault(entry.key, entry)
        if before.code != entry.code:
            text = ", ".join(entry.texts)
            return f"has two codes for {text!r}: {before.code} ({before.origin}) and {entry.code} ({entry.origin})."
    return None
