"""Rows of delimited text: CSV, TSV and the like.

Accepts any line ends, lines before the header and after the last row, blank lines, quoted cells over several lines and
trailing empty columns. A row with a wrong number of cells, a NUL byte, undecodable bytes or a misplaced quotation mark is
refused, and reading continues after it.
"""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TextIO

from seed.importer.mapping import FileFormat
from seed.importer.tables.content import Content, DataFile
from seed.importer.tables.encoding import invalid_bytes
from seed.importer.tables.kinds import data_suffix
from seed.importer.tables.rows import (
    BLOCK_ROWS,
    MAX_PREAMBLE_LINES,
    TRUNCATED,
    RefusedRow,
    RowBlock,
    RowCheck,
    has_name,
    two_line_header,
    without_header,
    without_name,
)
from service.counts import count_of
from service.errors import DataError

_MAX_CELL_LENGTH = 1 << 20
_LINE_ENDS = ("\n", "\r")
_TABBED_SUFFIXES = (".tsv", ".tab")


class _Lines:
    """The lines of a text; retains those of the current record, to show them if it is refused."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.record = iter(lines), list[str]()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.record.append(line)
        return line


class DelimitedTable:
    """The rows of a delimited text. `content` and `text` are the same file, which is named `file` in messages."""

    def __init__(self, file: DataFile, content: Content, text: TextIO, file_format: FileFormat) -> None:
        self._content, self._text, self._format, self.truncated = content, text, file_format, False
        self._delimiter = delimiter_of(file, file_format.delimiter)
        self._footer: deque[str] = deque()  # the last lines so far, which may be the footer
        self._before = sum(1 for _ in islice(text, file_format.preamble_lines))
        self._rest: Iterator[str] = text  # the lines below the header
        csv.field_size_limit(_MAX_CELL_LENGTH)
        self._check = RowCheck(lambda: invalid_bytes(file, text.encoding))
        self.notes = self._check.notes
        self.header = self._header(file.name)
        self._named = max(number for number, title in enumerate(self.header, 1) if title)

    def _header(self, name: str) -> list[str]:
        lines = _Lines(self._text)
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        try:
            found = self._first_header(reader, name)
            self._before += reader.line_num
            lines.record.clear()
            if self._format.second_header:
                found = self._with_second_header(found, reader, lines)
        except StopIteration:
            raise without_header(name, self._before, self._format.preamble_lines) from None
        except csv.Error as error:
            reason = f"{error}; check file.delimiter in the mapping"
            raise DataError(f"The header of {name} cannot be read as CSV: {reason}.") from error
        return self._check.header(found, name)

    def _first_header(self, reader: Iterator[list[str]], name: str) -> list[str]:
        """The first line, or among the first lines that with a name which is known to be in the header."""
        found = next(cells for cells in reader if cells)
        if not has_name(found, self._format.header):
            below = (cells for cells in islice(reader, MAX_PREAMBLE_LINES) if has_name(cells, self._format.header))
            found = next(below, [])
        if not found:
            raise without_name(name, self._format.header)
        return [cell.strip() for cell in found]

    def _with_second_header(self, found: list[str], reader: Any, lines: _Lines) -> list[str]:
        """The header with its second line, if the next line is one; otherwise that is the first row."""
        first, second = reader.line_num, list[str](next(reader, ()))
        if has_name(second, self._format.second_header):
            self._before += reader.line_num - first
            return two_line_header(found, second, self._format.second_header or "")
        self._rest = chain(lines.record, self._text)
        return found

    def blocks(self) -> Iterator[RowBlock]:
        """All rows before the footer, in blocks of a few thousand."""
        while lines := list(islice(self._rest, BLOCK_ROWS)):
            lines = [*self._footer, *lines]
            self._footer = deque(lines[len(lines) - self._format.footer_lines :])
            del lines[len(lines) - len(self._footer) :]
            yield self._check.checked(self._simple_block(lines) or self._any_block(lines))
        self.truncated = self.truncated or self._content.truncated

    def _simple_block(self, lines: list[str]) -> RowBlock | None:
        """The block if each line is one well-formed row, as in nearly all files, otherwise None."""
        if not lines or not lines[-1].endswith(_LINE_ENDS):
            return None
        try:
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or set(map(len, rows)) != {len(self.header)}:
            return None
        first = self._before + 1
        self._before += len(lines)
        return RowBlock(list(range(first, first + len(rows))), rows)

    def _any_block(self, lines: list[str]) -> RowBlock:
        """The block of any lines, record by record. A record that continues after the last line is read to its end."""
        block, source = RowBlock(), _Lines(chain(lines, _popped(self._footer), self._rest))
        reader = csv.reader(source, delimiter=self._delimiter, strict=True)
        while reader.line_num < len(lines):
            source.record.clear()
            line = self._before + reader.line_num + 1
            try:
                self._add_record(block, line, next(reader), source.record)
            except csv.Error as error:
                raw = ["".join(source.record)]
                block.refused.append(RefusedRow(line, self._reason(error, source.record), raw))
        self._before += reader.line_num
        return block

    def _add_record(self, block: RowBlock, line: int, cells: list[str], raw: list[str]) -> None:
        width = len(self.header)
        if not cells:
            return  # a blank line
        if len(cells) != width and len(cells) >= self._named and not any(cells[self._named :]):
            cells = [*cells[: self._named], *[""] * (width - self._named)]
        if self._is_truncated(cells, raw[-1]):
            self.truncated = True
            block.refused.append(RefusedRow(line, TRUNCATED, cells))
        elif len(cells) != width:
            block.refused.append(
                RefusedRow(line, f"{count_of(len(cells), 'cell')}, but the header has {self._named}", cells)
            )
        else:
            block.rows.append(cells)
            block.lines.append(line)

    def _is_truncated(self, cells: list[str], last_line: str) -> bool:
        """Whether the file ends inside this record. A missing last line end alone is not a sign of that."""
        return not last_line.endswith(_LINE_ENDS) and (self._content.truncated or len(cells) < self._named)

    def _reason(self, error: csv.Error, record: list[str]) -> str:
        if "unexpected end of data" in str(error):
            self.truncated = True
            return TRUNCATED
        if "field larger than" in str(error):
            size = f"a cell has more than {_MAX_CELL_LENGTH:,} characters"
            return (
                size if len(record) == 1 else f"{size}, perhaps since a quoted one is not closed; its lines are shown here"
            )
        return f"invalid CSV: {error}"


def _popped(lines: deque[str]) -> Iterator[str]:
    while lines:
        yield lines.popleft()


def delimiter_of(file: DataFile, declared: str | None) -> str:
    """The declared delimiter, or the one that the name of the file implies."""
    return declared or ("\t" if data_suffix(file.title) in _TABBED_SUFFIXES else ",")
