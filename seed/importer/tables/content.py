"""The bytes of a data file: opened, decompressed and bounded, as often as a reader needs them."""

import bz2
import gzip
import io
import lzma
import re
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from seed.importer.tables.downloads import Unreachable, download, is_url
from service.errors import DataError
from service.limits import MAX_LINE_BYTES, MAX_UNCOMPRESSED_BYTES

BLOCK_BYTES = 1 << 20
HEAD_BYTES = 1 << 16
_OPENERS: tuple[tuple[re.Pattern[bytes], Any], ...] = (
    (re.compile(rb"\x1f\x8b"), gzip.open),
    (re.compile(rb"BZh[1-9]1AY&SY"), bz2.open),
    (re.compile(rb"\xfd7zXZ\x00"), lzma.open),
)


@contextmanager
def read_errors(name: str) -> Iterator[None]:
    """Raises DataError for the errors of files and decompressors."""
    try:
        yield
    except NotImplementedError as error:
        raise DataError(f"{name} is compressed by a method that cannot be read ({error}); unpack it first.") from error
    except (zlib.error, lzma.LZMAError, BadZipFile, RuntimeError) as error:
        raise DataError(f"{name} is damaged ({error}); download it again.") from error
    except OSError as error:
        if error.errno is None:  # a decompressor's error
            raise DataError(f"{name} is damaged ({error}); download it again.") from error
        raise DataError(f"{name} cannot be opened: {error.strerror}.") from error


class Content(io.RawIOBase):
    """The uncompressed bytes of a file. Compressed data that ends early sets `truncated`.

    With `lines`, data without a line end for longer than any record is refused, as reading it would fill the memory.
    """

    def __init__(self, binary: BinaryIO, name: str, *, packed: bool = False, lines: bool = False) -> None:
        self._name, self.truncated, self._lines = name, False, lines
        self._bytes = cast(io.BufferedReader, binary)
        head = self._read(lambda: self._bytes.peek(16))
        opener = next((opener for magic, opener in _OPENERS if magic.match(head)), None)
        if opener:
            self._bytes = opener(binary)
        self.packed = packed or opener is not None
        self._total = self._line = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self._read(lambda: self._bytes.read1(len(view)))  # not `read`, which discards the data before an early end
        view[: len(data)] = data
        self._check_size(data)
        return len(data)

    def _read(self, read: Callable[[], bytes]) -> bytes:
        with read_errors(self._name):
            try:
                return read()
            except EOFError:
                self.truncated = True
                return b""

    def _check_size(self, data: bytes) -> None:
        self._total += len(data)
        if self.packed and self._total > MAX_UNCOMPRESSED_BYTES:
            raise too_large(self._name)
        if self._lines and data:
            end = max(data.rfind(b"\n"), -1 if b"\n" in data else data.rfind(b"\r"))
            self._line = self._line + len(data) if end < 0 else len(data) - end - 1
            if self._line > MAX_LINE_BYTES:
                raise DataError(f"{self._name} has a line of more than {MAX_LINE_BYTES:,} bytes, so it is not a table.")


def too_large(name: str) -> DataError:
    return DataError(
        f"{name} expands to more than {MAX_UNCOMPRESSED_BYTES:,} bytes; decompress it and import the file that results."
    )


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file on disk, or a member of a zip archive on disk. `name` is what messages call it."""

    path: Path
    name: str
    member: ZipInfo | None = None

    @property
    def title(self) -> str:
        """The name of the member, or else of the file."""
        return self.member.filename if self.member else self.name

    @contextmanager
    def content(self, *, lines: bool = False) -> Iterator[Content]:
        """The uncompressed bytes, from the start. Raises DataError."""
        with read_errors(self.name):
            binary = self._open()
        with binary:
            yield Content(binary, self.name, packed=self.member is not None, lines=lines)

    def _open(self) -> BinaryIO:
        if self.member is None:
            return self.path.open("rb", buffering=BLOCK_BYTES)
        with ZipFile(self.path) as archive:
            return cast(BinaryIO, archive.open(self.member))  # keeps the archive's file open until it is closed itself

    def head(self) -> bytes:
        """The first bytes, uncompressed."""
        with self.content() as content:
            return io.BufferedReader(content, HEAD_BYTES).read(HEAD_BYTES)

    @contextmanager
    def unpacked(self) -> Iterator[Path]:
        """The path of the uncompressed file, for formats that are not read from start to end. Raises DataError."""
        with self.content() as content:
            if not content.packed:
                yield self.path
                return
            with tempfile.NamedTemporaryFile() as stored:
                shutil.copyfileobj(content, stored, BLOCK_BYTES)
                stored.flush()
                if content.truncated:
                    raise DataError(f"{self.name} is incomplete; download it again.")
                yield Path(stored.name)


def _download(url: str, stored: Path, sha256: str | None) -> None:
    try:
        download(url, stored, sha256=sha256)
    except Unreachable as error:
        raise Unreachable(f"{error} Try again, or download the file elsewhere and pass its path.") from error


@contextmanager
def data_file(file: str, *, sha256: str | None = None) -> Iterator[DataFile]:
    """The file at a path or a URL; a URL is downloaded completely first, and its SHA-256 checked. Raises DataError."""
    path = Path(file)
    if not is_url(file) and not path.is_fifo():
        yield DataFile(path, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        stored = Path(folder) / "data"
        if is_url(file):
            _download(file, stored, sha256)
        else:
            with path.open("rb") as pipe, stored.open("wb") as into:
                shutil.copyfileobj(pipe, into, BLOCK_BYTES)
        yield DataFile(stored, file)
