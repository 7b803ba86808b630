"""The file of a year's counting key (`intake.counting`), in a folder outside the database that all machines share.

The first process that needs a year's key creates the file, complete or not at all, and every process then destroys the
files of earlier years. Overwriting a file destroys its contents only where the file system writes in place; snapshots and
backups of the folder are the operator's.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.errors import DataError
from service.store.folder_sync import sync_folder

KEY_BYTES = 32
_OVERWRITTEN = bytes(KEY_BYTES)
_NAME = re.compile(r"counting-key-(\d{4})")


def year_key(folder: Path, year: int) -> tuple[int, bytes]:
    """The year and value of the counting key of a year, by the clock of this machine, created if there is none.

    Around New Year another machine's clock may be ahead: if there is a key of the next year already, it is that one. Raises
    DataError if the folder cannot be used, or has a key that is damaged or of a later year.
    """
    with _explained(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        newest = max((found for found, _ in _keys(folder)), default=year)
        if newest > year + 1:
            raise DataError(
                f"{folder} has the counting key of {newest}, but the clock of this machine says {year}. Correct the clock, "
                f"or delete counting-key-{newest} if another machine's clock was wrong."
            )
        current = max(year, newest)
        path = folder / f"counting-key-{current}"
        if not path.exists():
            _create(path)
        value = path.read_bytes()
        if len(value) != KEY_BYTES or value == _OVERWRITTEN:
            raise DataError(
                f"{path} is damaged. Restore it; if it is lost, delete it: networks can then count once more this year."
            )
        for earlier in [other for found, other in _keys(folder) if found < current]:
            _destroy(earlier)
    return current, value


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(
            f"The folder {folder} cannot be used for the counting key ({error.strerror or type(error).__name__}). Give the "
            "service read and write access to it, or set PAYRANK_JOURNAL_DIR to a folder that it may use."
        ) from error


def _keys(folder: Path) -> list[tuple[int, Path]]:
    return [(int(match[1]), path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]


def _create(path: Path) -> None:
    """Create the file with a new key, unless another process is faster: a link never overwrites, unlike a renaming."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        _write(temporary, secrets.token_bytes(KEY_BYTES), os.O_CREAT | os.O_EXCL)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def _destroy(path: Path) -> None:
    """Overwrite and delete a key; another process may do the same."""
    with suppress(FileNotFoundError):
        _write(path, _OVERWRITTEN, 0)
        path.unlink()
        sync_folder(path.parent)


def _write(path: Path, content: bytes, flags: int) -> None:
    file = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | flags, 0o600)
    try:
        os.write(file, content)
        os.fsync(file)
    finally:
        os.close(file)
