"""Opening a data file: a path or an http(s) address, plain or gzipped, with its hash checked where one is known."""

import gzip
import hashlib
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from seed.importer.mapping import Upstream
from service.errors import DataError

_SECONDS = 60
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 20
Buffered = io.BufferedReader | io.BufferedRandom


class Content(io.RawIOBase):
    """The uncompressed bytes of a file. Compressed data that stops early ends the file and sets `cut`."""

    def __init__(self, binary: Buffered, name: str) -> None:
        self._name, self.cut = name, False
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
            return self._bytes.read1(size)  # what there is so far: a whole `read` loses it when the data stops early
        except EOFError:
            self.cut = True
            return b""
        except (zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{self._name} is damaged ({error}); fetch it again.") from error
        except OSError as error:
            raise DataError(f"{self._name} cannot be read: {error.strerror or error}.") from error


def is_address(file: str) -> bool:
    return file.startswith(("http://", "https://"))


@contextmanager
def open_content(file: str) -> Iterator[Content]:
    """The content of a path or an address; an address is fetched whole first. Raises DataError."""
    if is_address(file):
        with tempfile.TemporaryFile() as stored:
            _fetch(file, stored)
            stored.seek(0)
            yield Content(cast(Buffered, stored), file)
        return
    try:
        binary = Path(file).open("rb", buffering=_BLOCK)  # noqa: SIM115 - closed below
    except OSError as error:
        raise DataError(f"{file} cannot be opened: {error.strerror}.") from error
    with binary:
        yield Content(cast(Buffered, binary), file)


@contextmanager
def open_upstream(upstream: Upstream) -> Iterator[Content]:
    """The file that a mapping names, fetched and found to hash to what the mapping says; raises DataError."""
    with tempfile.TemporaryFile() as stored:
        _fetch(upstream.url, stored)
        stored.seek(0)
        found = _sha256(Content(cast(Buffered, stored), upstream.url))
        if found != upstream.sha256:
            raise DataError(
                f"{upstream.url} is not the file that this mapping was written for (its SHA-256 is {found}, not "
                f"{upstream.sha256}). Nothing was imported; to import it all the same, fetch it and name the file."
            )
        stored.seek(0)
        yield Content(cast(Buffered, stored), upstream.url)


def _sha256(content: Content) -> str:
    found = hashlib.sha256()
    while block := content.read(_BLOCK):
        found.update(block)
    return found.hexdigest()


def _fetch(url: str, into: BinaryIO) -> None:
    try:
        with urlopen(url, timeout=_SECONDS) as answer:
            shutil.copyfileobj(answer, into, _BLOCK)
            told = answer.headers.get("Content-Length")
    except HTTPError as error:
        error.close()
        raise DataError(f"{url} answers {error.code} {error.reason}; see that the address is right.") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{url} cannot be fetched ({reason}); try again, or fetch it and name the file.") from error
    if told is not None and into.tell() != int(told):
        raise DataError(f"{url} broke off after {into.tell():,} of {int(told):,} bytes; try again.")
