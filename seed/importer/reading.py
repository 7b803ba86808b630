"""From bytes to rows: blocks of cells with their line numbers, and what is not a row with the reason why.

Takes files as they come: a byte order mark, any line ends, lines before the header and after the last row, blank lines,
quoted cells over several lines, trailing empty columns. A row with a wrong number of cells, a NUL byte, bytes that are not
text or a quotation mark out of place is refused, and reading goes on behind it.
"""

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from seed.importer.fetching import Content
from seed.importer.mapping import FileFormat
from service.errors import DataError

BLOCK_LINES = 4_000  # few enough that their cells stay in the processor's cache
_LONGEST_CELL = 1 << 20
_SEPARATOR = "\x1f"
_ENDS = ("\n", "\r")
_CUT = "the file is cut off inside this record"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that cannot be a record: its first line (from 1), why, and its cells as far as they could be read."""

    line: int
    reason: str
    cells: list[str]


@dataclass(slots=True)
class Block:
    """Rows in file order, each as wide as the header, with the line that each begins on."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.refused)


class _Lines:
    """The lines of a text; keeps those of the record being read, to show them if it is refused."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines, self.record = iter(lines), list[str]()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.record.append(line)
        return line


class Rows:
    """The rows of a CSV file. `header` is known from the start; `cut` tells, after the last block, whether it broke off."""

    def __init__(self, content: Content, form: FileFormat, name: str) -> None:
        self._content, self._form, self.cut = content, form, False
        encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
        self._text = io.TextIOWrapper(io.BufferedReader(content, 1 << 20), encoding, "surrogateescape", newline="")
        self._footer: deque[str] = deque()  # the last lines so far, which may turn out to be the footer
        self._before = sum(1 for _ in islice(self._text, form.preamble_lines))
        csv.field_size_limit(_LONGEST_CELL)
        self.header = self._header(name)
        self._named = max(number for number, title in enumerate(self.header, 1) if title)

    def _header(self, name: str) -> list[str]:
        reader = csv.reader(self._text, delimiter=self._form.delimiter, strict=True)
        try:
            found = [cell.strip() for cell in next(cells for cells in reader if cells)]
        except StopIteration:
            raise DataError(f"{name} is empty.") from None
        except csv.Error as error:
            raise DataError(f"The header of {name} cannot be read as CSV: {error}.") from error
        if not any(found):
            raise DataError(f"The header of {name} names no column; are there more lines before it?")
        self._before += reader.line_num
        return found

    def blocks(self) -> Iterator[Block]:
        """All rows but the footer's, some thousand at a time."""
        while lines := list(islice(self._text, BLOCK_LINES)):
            lines = [*self._footer, *lines]
            self._footer = deque(lines[len(lines) - self._form.footer_lines :])
            del lines[len(lines) - len(self._footer) :]
            yield _checked(self._plain(lines) or self._careful(lines))
        self.cut = self.cut or self._content.cut

    def _plain(self, lines: list[str]) -> Block | None:
        """The block of lines that are one well-formed row each, as nearly all are; None when they are not."""
        if not lines or not lines[-1].endswith(_ENDS):
            return None
        try:
            rows = list(csv.reader(lines, delimiter=self._form.delimiter, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or set(map(len, rows)) != {len(self.header)}:
            return None
        first = self._before + 1
        self._before += len(lines)
        return Block(list(range(first, first + len(rows))), rows)

    def _careful(self, lines: list[str]) -> Block:
        """The block of any lines, record by record; one that goes on behind the last line is read to its end."""
        block, source = Block(), _Lines(chain(lines, _drained(self._footer), self._text))
        reader = csv.reader(source, delimiter=self._form.delimiter, strict=True)
        while reader.line_num < len(lines):
            source.record.clear()
            line = self._before + reader.line_num + 1
            try:
                self._place(block, line, next(reader), source.record)
            except csv.Error as error:
                block.refused.append(Refused(line, self._complaint(error), ["".join(source.record)]))
        self._before += reader.line_num
        return block

    def _place(self, block: Block, line: int, cells: list[str], raw: list[str]) -> None:
        width = len(self.header)
        if not cells:
            return  # a blank line
        if len(cells) != width and len(cells) >= self._named and not any(cells[self._named :]):
            cells = [*cells[: self._named], *[""] * (width - self._named)]
        if self._breaks_off(cells, raw[-1]):
            self.cut = True
            block.refused.append(Refused(line, _CUT, cells))
        elif len(cells) != width:
            block.refused.append(Refused(line, f"{len(cells)} cells where the header has {self._named}", cells))
        else:
            block.rows.append(cells)
            block.lines.append(line)

    def _breaks_off(self, cells: list[str], last_line: str) -> bool:
        """Whether a record is the last one of a file that ends inside it. That it ends without a line end is no sign yet."""
        return not last_line.endswith(_ENDS) and (self._content.cut or len(cells) < self._named)

    def _complaint(self, error: csv.Error) -> str:
        if "unexpected end of data" in str(error):
            self.cut = True
            return _CUT
        if "field larger than" in str(error):
            return "a quoted cell does not end; the lines that it swallowed are shown here"
        return f"not CSV: {error}"


def _drained(lines: deque[str]) -> Iterator[str]:
    while lines:
        yield lines.popleft()


def _checked(block: Block) -> Block:
    """The block without rows that hold NUL bytes or bytes that are not text."""
    texts = [_SEPARATOR.join(cells) for cells in block.rows]
    whole = "\n".join(texts)
    if "\0" not in whole and _is_text(whole):
        return block
    kept = Block(refused=block.refused)
    for line, cells, text in zip(block.lines, block.rows, texts, strict=True):
        reason = "a NUL byte" if "\0" in text else "" if _is_text(text) else "bytes that are not text in the file's encoding"
        if reason:
            shown = [cell.replace("\0", "\\0").encode(errors="backslashreplace").decode() for cell in cells]
            kept.refused.append(Refused(line, reason, shown))
        else:
            kept.rows.append(cells)
            kept.lines.append(line)
    return kept


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
