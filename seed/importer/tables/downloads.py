"""Where a data file is: a path, a URL or a pipe, as a path that can be read more than once."""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from seed.importer.tables.content import BLOCK_BYTES, DataFile
from service.errors import DataError

_TIMEOUT_SECONDS = 60


def is_url(file: str) -> bool:
    return file.startswith(("http://", "https://"))


@contextmanager
def data_file(file: str) -> Iterator[DataFile]:
    """The file at a path or a URL; a URL is downloaded completely first. Raises DataError."""
    path = Path(file)
    if is_url(file) or path.is_fifo():
        with tempfile.NamedTemporaryFile() as stored:
            _fetch(file, stored) if is_url(file) else _copy(path, stored)
            stored.flush()
            yield DataFile(Path(stored.name), file)
        return
    yield DataFile(path, file)


@contextmanager
def upstream_file(url: str, sha256: str) -> Iterator[DataFile]:
    """The file that a mapping names, downloaded and checked by the SHA-256 of its uncompressed content. Raises DataError."""
    with data_file(url) as found:
        checksum = hashlib.sha256()
        with found.content() as content:
            while block := content.read(BLOCK_BYTES):
                checksum.update(block)
        if checksum.hexdigest() != sha256:
            raise DataError(
                f"{url} is not the file that this mapping was written for (its SHA-256 is {checksum.hexdigest()}, not "
                f"{sha256}). Nothing was imported. To import it anyway, download it and pass its path."
            )
        yield found


def _fetch(url: str, into: IO[bytes]) -> None:
    try:
        with urlopen(url, timeout=_TIMEOUT_SECONDS) as response:
            shutil.copyfileobj(response, into, BLOCK_BYTES)
            expected = response.headers.get("Content-Length")
    except HTTPError as error:
        error.close()
        raise DataError(f"{url} returned {error.code} {error.reason}; check the URL.") from error
    except (URLError, OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise DataError(f"{url} cannot be downloaded ({reason}); try again, or download it and pass its path.") from error
    if expected is not None and into.tell() != int(expected):
        raise DataError(f"{url} ended after {into.tell():,} of {int(expected):,} bytes; try again.")


def _copy(pipe: Path, into: IO[bytes]) -> None:
    with pipe.open("rb") as source:
        shutil.copyfileobj(source, into, BLOCK_BYTES)
