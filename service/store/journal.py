"""The journal: what a restored backup must not undo, in a file outside the database, one JSON object a line.

A withdrawal is on disk before it is committed; releases and yearly tables are appended once they are published. The first
line has the journal's id, which the database has too (the secret `journal`) and which is in the file's name: the journal of
another installation is never taken for this one, and several can share a folder. A last line that was not written to its
end, by a kill or on a full disk, is none: readers ignore it, and the next append replaces it.
"""

import asyncio
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from service.errors import DatabaseUnavailable, DataError
from service.store.bulk import NO_SETTINGS, LocalSettings, bulk_connection
from service.store.database import Database, connected
from service.store.file_lock import lock_exclusive, open_lock
from service.store.folder_sync import sync_folder

Entry = Mapping[str, Any]


class Kind(StrEnum):
    """The kinds of entries, by their key `entry`.

    WITHDRAWAL  a submission was withdrawn, or is about to be
    RELEASE     a release was published (`journaled_release`)
    TABLES      the protected tables of a year were drawn (`journaled_tables`)
    ERASURE     a number of withdrawals has left the files of the database
    """

    WITHDRAWAL = "withdrawal"
    RELEASE = "release"
    TABLES = "tables"
    ERASURE = "erasure"


SECRET = "journal"
_ID_BYTES = 16
_NAME = re.compile(r"journal-([0-9a-f]{32})\.jsonl")
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal that exists; any number of processes may append to it at the same time."""

    path: Path

    def append(self, *entries: Entry) -> None:
        """Add entries, on disk when this returns, all or none of them. Raises DatabaseUnavailable if that is impossible."""
        lines = b"".join(orjson.dumps(entry) + b"\n" for entry in entries)
        with _explained("written"), open_lock(self.path) as file:
            lock_exclusive(file)
            end = _end_of_last_line(file)
            os.ftruncate(file, end)
            try:
                _write_all(file, lines, end)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(file, end)
                raise

    async def withdraw(self, submission: UUID) -> None:
        """Append the withdrawal of a submission, to be committed after it; the event loop does not wait for the disk."""
        await asyncio.to_thread(self.append, {"entry": Kind.WITHDRAWAL, "submission": str(submission)})

    def entries(self) -> Iterator[Entry]:
        """All entries in their order. Raises DataError if a line other than the last is damaged."""
        with _explained("read"), self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n") and number > 1:
                    yield _entry(line, self.path, number)

    def size(self) -> int:
        """Its size in bytes, which only grows, but for a line that was not written to its end."""
        with _explained("read"):
            return self.path.stat().st_size

    def withdrawn(self) -> set[UUID]:
        """The submissions that were withdrawn, some of them perhaps without an acknowledgement."""
        return {UUID(entry["submission"]) for entry in self.entries() if entry["entry"] == Kind.WITHDRAWAL}


def _end_of_last_line(file: int) -> int:
    """The size of a file without a last line that has no end."""
    size = os.fstat(file).st_size
    while size:
        start = max(size - _BLOCK, 0)
        if (found := os.pread(file, size - start, start).rfind(b"\n")) >= 0:
            return start + found + 1
        size = start
    return 0


def _write_all(file: int, lines: bytes, position: int) -> None:
    while lines:
        written = os.pwrite(file, lines, position)
        lines, position = lines[written:], position + written
    os.fsync(file)


def _entry(line: bytes, path: Path, number: int) -> Entry:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        entry = None
    if not isinstance(entry, dict):
        raise DataError(f"Line {number:,} of {path} is damaged. Replace the file by its newest undamaged copy.")
    return entry


@contextmanager
def _explained(action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DatabaseUnavailable(
            f"The journal cannot be {action} ({error.strerror or type(error).__name__}), and nothing was changed. Try again "
            "later; operators find its folder by PAYRANK_JOURNAL_DIR."
        ) from error


# Which journal belongs to a database


def existing_journal(folder: Path, id_: bytes) -> Journal:
    """The journal with an id. Raises DataError if the folder does not have it, or has a damaged one."""
    journal = Journal(folder / f"journal-{id_.hex()}.jsonl")
    try:
        with journal.path.open("rb") as file:
            first = file.readline()
    except FileNotFoundError:
        raise DataError(f"{_missing(folder)} It is the file {journal.path.name}.") from None
    except OSError as error:
        raise DataError(f"The journal {journal.path} cannot be read ({error.strerror}). Give the service access.") from error
    if first != _first_line(id_):
        raise DataError(f"{journal.path} is not the journal that its name says. Replace it by its newest undamaged copy.")
    return journal


def _missing(folder: Path) -> str:
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    if any(map(_NAME.fullmatch, names)):
        return f"The folder {folder} has journals of other databases only, not the one of this database."
    return f"The folder {folder} does not have the journal of this database."


async def open_journal(connection: asyncpg.Connection, folder: Path) -> Journal:
    """The journal of a database, created if the database has none yet. Needs the rights of the role intake.

    Raises DataError if the folder cannot be used, or if the database has a journal that is not in it.
    """
    id_ = await connection.fetchval("SELECT value FROM secret WHERE name = $1", SECRET)
    if id_ is None:
        id_ = await _create(connection, folder)
    try:
        return await asyncio.to_thread(existing_journal, folder, bytes(id_))
    except DataError as error:
        raise DataError(
            f"{error} Set PAYRANK_JOURNAL_DIR to the folder that all machines of the service share, or copy the file there. "
            "If it is lost for good, run `payrank journal --new`."
        ) from error


@dataclass
class OpenJournal:
    """The journal of a database, opened when it is needed first."""

    database: Database
    folder: Path
    _journal: Journal | None = None

    async def get(self) -> Journal:
        """The journal; raises DataError if it cannot be used."""
        if self._journal is None:
            async with self.database.write() as connection:
                self._journal = await open_journal(connection, self.folder)
        return self._journal


async def _create(connection: asyncpg.Connection, folder: Path) -> bytes:
    """Begin a journal, unless another process is faster. The file comes first, so that it is there once the database names
    it."""
    id_ = secrets.token_bytes(_ID_BYTES)
    path = await asyncio.to_thread(_create_file, folder, id_)
    await connection.execute("INSERT INTO secret (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", SECRET, id_)
    stored = bytes(await connection.fetchval("SELECT value FROM secret WHERE name = $1", SECRET))
    if stored != id_:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return stored


def _create_file(folder: Path, id_: bytes) -> Path:
    path = folder / f"journal-{id_.hex()}.jsonl"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _write_all(file, _first_line(id_), 0)
        finally:
            os.close(file)
        sync_folder(folder)
    except OSError as error:
        raise DataError(
            f"The journal cannot be created in {folder} ({error.strerror or type(error).__name__}). Give the service "
            "access to that folder, or set PAYRANK_JOURNAL_DIR to one that it may use."
        ) from error
    return path


def _first_line(id_: bytes) -> bytes:
    return orjson.dumps({"journal": id_.hex()}) + b"\n"


def find_journal(url: str, folder: Path, settings: LocalSettings = NO_SETTINGS) -> Journal | None:
    """The journal of the database of a URL; None if it has none yet. Raises DataError if the folder does not have it."""
    with bulk_connection(url, settings=settings) as rows:
        id_ = rows.scalar("SELECT value FROM secret WHERE name = $1", [SECRET])
    return existing_journal(folder, bytes(id_)) if id_ else None


def journal_of(url: str, folder: Path, *, renew: bool = False) -> Journal:
    """The journal of the database of a URL, created if it has none yet; with `renew`, a new one in place of a lost one."""
    return asyncio.run(_journal_of(url, folder, renew))


async def _journal_of(url: str, folder: Path, renew: bool) -> Journal:
    async with connected(url) as connection:
        if renew:
            await connection.execute("DELETE FROM secret WHERE name = $1", SECRET)
        return await open_journal(connection, folder)
