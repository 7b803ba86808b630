"""From bytes to rows: blocks of cells with their line numbers, and what is not a row with the reason why.

Takes files as they come: a byte order mark, any line ends, lines before the header and after the last row, blank lines,
quoted cells over several lines, trailing empty columns. A row with a wrong number of cells, a NUL byte, bytes that are not
text or a quotation mark out of place is refused, and reading goes on behind it.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from seed.fetching import Content
from seed.mapping import FileFormat
from service.errors import DataError

BLOCK_ROWS = 50_000
_LONGEST_CELL = 1 << 20
_SEPARATOR = "\x1f"
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

    def __init__(self, text: io.TextIOWrapper, before: int) -> None:
        self._text, self.before, self.record = text, before, list[str]()

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.record.append(line)
        return line


class Rows:
    """The rows of a CSV file. `header` is known from the start; `cut` tells, after the last block, whether it broke off."""

    def __init__(self, content: Content, form: FileFormat, name: str) -> None:
        self._content, self._form = content, form
        encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
        text = io.TextIOWrapper(io.BufferedReader(content, 1 << 20), encoding, "surrogateescape", newline="")
        before = sum(1 for _ in islice(text, form.preamble_lines))
        self._lines = _Lines(text, before)
        csv.field_size_limit(_LONGEST_CELL)
        self._reader = csv.reader(self._lines, delimiter=form.delimiter, strict=True)
        self.header = self._header(name)
        self._named = max(number for number, title in enumerate(self.header, 1) if title)
        self.cut = False

    def _header(self, name: str) -> list[str]:
        try:
            found = [cell.strip() for cell in next(cells for cells in self._reader if cells)]
        except StopIteration:
            raise DataError(f"{name} is empty.") from None
        except csv.Error as error:
            raise DataError(f"The header of {name} cannot be read as CSV: {error}.") from error
        if not any(found):
            raise DataError(f"The header of {name} names no column; are there more lines before it?")
        return found

    def blocks(self) -> Iterator[Block]:
        """All rows but the footer's, some ten thousand at a time."""
        block = Block()
        records = self._records()
        footer = deque(islice(records, self._form.footer_lines))
        for record in records:
            footer.append(record)
            self._place(block, footer.popleft())
            if len(block) == BLOCK_ROWS:
                yield _checked(block)
                block = Block()
        yield _checked(block)

    def _records(self) -> Iterator[Refused]:
        """Every record with the line that it begins on; an empty reason means none is known yet to refuse it."""
        while True:
            self._lines.record.clear()
            line = self._lines.before + self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                self.cut = self.cut or self._content.cut
                return
            except csv.Error as error:
                yield Refused(line, self._complaint(error), ["".join(self._lines.record)])
                continue
            if cells:
                yield Refused(line, _CUT if self._breaks_off(cells) else "", cells)

    def _breaks_off(self, cells: list[str]) -> bool:
        """Whether a record is the last one of a file that ends inside it; a footer may be as short as it likes."""
        if self._lines.record[-1].endswith(("\n", "\r")) or self._form.footer_lines:
            return False
        cut = self._content.cut or len(cells) < self._named
        self.cut = self.cut or cut
        return cut

    def _complaint(self, error: csv.Error) -> str:
        if "unexpected end of data" in str(error):
            self.cut = True
            return _CUT
        if "field larger than" in str(error):
            return "a quoted cell does not end; the rows that it swallowed are shown here"
        return f"not CSV: {error}"

    def _place(self, block: Block, record: Refused) -> None:
        cells, width = record.cells, len(self.header)
        if record.reason:
            block.refused.append(record)
            return
        if len(cells) != width and len(cells) >= self._named and not any(cells[self._named :]):
            cells = [*cells[: self._named], *[""] * (width - self._named)]
        if len(cells) != width:
            block.refused.append(Refused(record.line, f"{len(cells)} cells where the header has {self._named}", cells))
            return
        block.rows.append(cells)
        block.lines.append(record.line)


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
