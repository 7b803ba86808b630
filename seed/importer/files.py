"""Data files: opened from a path or a URL, plain or gzipped, and read as blocks of CSV rows.

Accepts a byte order mark, any line ends, lines before the header and after the last row, blank lines, quoted cells over
several lines and trailing empty columns. A row with a wrong number of cells, a NUL byte, undecodable bytes or a misplaced
quotation mark is refused, and reading continues after it.
"""

import csv
import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from seed.importer.mapping import FileFormat, Upstream
from service.errors import DataError

_TIMEOUT_SECONDS = 60
_GZIP = b"\x1f\x8b"
_BLOCK_BYTES = 1 << 20
BLOCK_LINES = 4_000  # few enough that their cells stay in the processor's cache
_MAX_CELL_LENGTH = 1 << 20
_SEPARATOR = "\x1f"
_LINE_ENDS = ("\n", "\r")
_TRUNCATED = "the file ends inside this record"
Buffered = io.BufferedReader | io.BufferedRandom


class Content(io.RawIOBase):
    """The uncompressed bytes of a file. Compressed data that ends early sets `truncated`."""

    def __init__(self, binary: Buffered, name: str) -> None:
        self._name, self.truncated = name, False
        self._bytes = gzip.GzipFile(fileobj=binary) if binary.peek(2)[:2] == _GZIP else binary

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self._block(len(view))
        view[: len(data)] = data
        return len(data)

    def _block(self, size: int) -> bytes:
        try:
            return self._bytes.read1(size)  # the data so far, which a whole `read` would discard if the stream ends early
        except EOFError:
            self.truncated = True
            return b""
        except (zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{self._name} is damaged ({error}); download it again.") from error
        except OSError as error:
            raise DataError(f"{self._name} cannot be read: {error.strerror or error}.") from error


def is_url(file: str) -> bool:
    return file.startswith(("http://", "https://"))


@contextmanager
def open_content(file: str) -> Iterator[Content]:
    """The content of a path or a URL; a URL is downloaded completely first. Raises DataError."""
    if is_url(file):
        with tempfile.TemporaryFile() as stored:
            _fetch(file, stored)
            stored.seek(0)
            yield Content(cast(Buffered, stored), file)
        return
    try:
        binary = Path(file).open("rb", buffering=_BLOCK_BYTES)  # noqa: SIM115 - closed below
    except OSError as error:
        raise DataError(f"{file} cannot be opened: {error.strerror}.") from error
    with binary:
        yield Content(cast(Buffered, binary), file)


@contextmanager
def open_upstream(upstream: Upstream) -> Iterator[Content]:
    """The file that a mapping names, downloaded and checked by its SHA-256. Raises DataError."""
    with tempfile.TemporaryFile() as stored:
        _fetch(upstream.url, stored)
        stored.seek(0)
        found = _sha256(Content(cast(Buffered, stored), upstream.url))
        if found != upstream.sha256:
            raise DataError(
                f"{upstream.url} is not the file that this mapping was written for (its SHA-256 is {found}, not "
                f"{upstream.sha256}). Nothing was imported. To import it anyway, download it and pass its path."
            )
        stored.seek(0)
        yield Content(cast(Buffered, stored), upstream.url)


def _sha256(content: Content) -> str:
    found = hashlib.sha256()
    while block := content.read(_BLOCK_BYTES):
        found.update(block)
    return found.hexdigest()


def _fetch(url: str, into: BinaryIO) -> None:
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            shutil.copyfileobj(response, into, _BLOCK_BYTES)
            expected = response.headers.get("Content-Length")
    except HTTPError as error:
        error.close()
        raise DataError(f"{url} returned {error.code} {error.reason}; check the URL.") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{url} cannot be downloaded ({reason}); try again, or download it and pass its path.") from error
    if expected is not None and into.tell() != int(expected):
        raise DataError(f"{url} ended after {into.tell():,} of {int(expected):,} bytes; try again.")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot become a record: its first line (from 1), the reason, and its cells as far as they could be read."""

    line: int
    reason: str
    cells: list[str]


@dataclass(slots=True)
class RowBlock:
    """Rows in file order, each as wide as the header, with the line that each starts on."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.refused)


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


class CsvReader:
    """Reads the rows of a CSV file. After the last block, `truncated` says whether the file ended inside a record."""

    def __init__(self, content: Content, file_format: FileFormat, name: str) -> None:
        self._content, self._format, self.truncated = content, file_format, False
        encoding = "utf-8-sig" if file_format.encoding == "utf-8" else file_format.encoding
        self._text = io.TextIOWrapper(io.BufferedReader(content, 1 << 20), encoding, "surrogateescape", newline="")
        self._footer: deque[str] = deque()  # the last lines so far, which may be the footer
        self._before = sum(1 for _ in islice(self._text, file_format.preamble_lines))
        csv.field_size_limit(_MAX_CELL_LENGTH)
        self.header = self._header(name)
        self._named = max(number for number, title in enumerate(self.header, 1) if title)

    def _header(self, name: str) -> list[str]:
        reader = csv.reader(self._text, delimiter=self._format.delimiter, strict=True)
        try:
            found = [cell.strip() for cell in next(cells for cells in reader if cells)]
        except StopIteration:
            raise DataError(f"{name} is empty.") from None
        except csv.Error as error:
            raise DataError(f"The header of {name} cannot be read as CSV: {error}.") from error
        if not any(found):
            raise DataError(f"The header of {name} has no column names; check file.preamble_lines in the mapping.")
        self._before += reader.line_num
        return found

    def blocks(self) -> Iterator[RowBlock]:
        """All rows before the footer, in blocks of a few thousand."""
        while lines := list(islice(self._text, BLOCK_LINES)):
            lines = [*self._footer, *lines]
            self._footer = deque(lines[len(lines) - self._format.footer_lines :])
            del lines[len(lines) - len(self._footer) :]
            yield _without_invalid_text(self._simple_block(lines) or self._any_block(lines))
        self.truncated = self.truncated or self._content.truncated

    def _simple_block(self, lines: list[str]) -> RowBlock | None:
        """The block if each line is one well-formed row, as in nearly all files, otherwise None."""
        if not lines or not lines[-1].endswith(_LINE_ENDS):
            return None
        try:
            rows = list(csv.reader(lines, delimiter=self._format.delimiter, strict=True))
        except csv.Error:
            return None
        if len(rows) != len(lines) or set(map(len, rows)) != {len(self.header)}:
            return None
        first = self._before + 1
        self._before += len(lines)
        return RowBlock(list(range(first, first + len(rows))), rows)

    def _any_block(self, lines: list[str]) -> RowBlock:
        """The block of any lines, record by record. A record that continues after the last line is read to its end."""
        block, source = RowBlock(), _Lines(chain(lines, _popped(self._footer), self._text))
        reader = csv.reader(source, delimiter=self._format.delimiter, strict=True)
        while reader.line_num < len(lines):
            source.record.clear()
            line = self._before + reader.line_num + 1
            try:
                self._add_record(block, line, next(reader), source.record)
            except csv.Error as error:
                block.refused.append(RefusedRow(line, self._reason(error), ["".join(source.record)]))
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
            block.refused.append(RefusedRow(line, _TRUNCATED, cells))
        elif len(cells) != width:
            block.refused.append(RefusedRow(line, f"{len(cells)} cells, but the header has {self._named}", cells))
        else:
            block.rows.append(cells)
            block.lines.append(line)

    def _is_truncated(self, cells: list[str], last_line: str) -> bool:
        """Whether the file ends inside this record. A missing last line end alone is not a sign of that."""
        return not last_line.endswith(_LINE_ENDS) and (self._content.truncated or len(cells) < self._named)

    def _reason(self, error: csv.Error) -> str:
        if "unexpected end of data" in str(error):
            self.truncated = True
            return _TRUNCATED
        if "field larger than" in str(error):
            return "a quoted cell is not closed; the lines it contains are shown here"
        return f"invalid CSV: {error}"


def _popped(lines: deque[str]) -> Iterator[str]:
    while lines:
        yield lines.popleft()


def _without_invalid_text(block: RowBlock) -> RowBlock:
    """The block without rows that contain NUL bytes or undecodable bytes."""
    texts = [_SEPARATOR.join(cells) for cells in block.rows]
    whole = "\n".join(texts)
    if "\0" not in whole and _is_text(whole):
        return block
    checked = RowBlock(refused=block.refused)
    for line, cells, text in zip(block.lines, block.rows, texts, strict=True):
        reason = "a NUL byte" if "\0" in text else "" if _is_text(text) else "bytes that are invalid in the file's encoding"
        if reason:
            shown = [cell.replace("\0", "\\0").encode(errors="backslashreplace").decode() for cell in cells]
            checked.refused.append(RefusedRow(line, reason, shown))
        else:
            checked.rows.append(cells)
            checked.lines.append(line)
    return checked


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
