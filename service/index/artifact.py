"""Artifacts: indexes and models of an edition, stored in files of a cache folder, so that each machine builds them once.

    <kind>-<database>-<published>-<edition>-<versions>.artifact   a 64-byte header, then an Arrow IPC file of one row
    <kind>-<database>.lock                                        locked by the process that builds one of the kind

The header is the CRC-32 of everything after its first 8 bytes, then zeros. Readers map a file, so that all processes of a
machine share its memory; a file that is truncated, damaged or of another version is ignored and built again.
"""

import hashlib
import os
import stat
import struct
import tempfile
import weakref
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from io import RawIOBase
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Timer
from typing import BinaryIO, Generic, TypeVar
from urllib.parse import urlsplit
from zlib import crc32

import pyarrow as pa
import structlog

from service.store.database import Edition
from service.store.file_lock import lock_exclusive, open_lock, try_lock
from service.store.folder_sync import sync_folder
from service.vocabulary.factors import FACTORS
from service.vocabulary.measures import MEASURES

T = TypeVar("T")
log = structlog.get_logger()

_CHECKSUM_BYTES, _HEADER_BYTES = 8, 64
_CLOSE_DELAY_SECONDS = 0.5
_SUFFIX, _UNFINISHED = ".artifact", ".unfinished"
_VERSIONED_PACKAGES, _FORMAT_VERSION = ("payrank", "scikit-learn", "numpy"), "13"
"""A file is read only by the versions that wrote it, with the same factors and measures. Increase the format version when
the content of a kind changes within one version of PayRank."""


@dataclass(frozen=True, slots=True)
class ArtifactGroup:
    """Kinds whose names start with a prefix, and the number of their files that are kept: those stored last."""

    prefix: str
    max_files: int


@dataclass(frozen=True, slots=True)
class ArtifactKind(Generic[T]):
    """A kind of artifact: its name in file names, and its conversion to and from an Arrow record batch of one row.

    `decode` may keep views of the batch, which is mapped memory. A kind named `<other>.<part>` is a part of another kind.
    """

    name: str
    encode: Callable[[T], pa.RecordBatch]
    decode: Callable[[pa.RecordBatch], T]
    group: ArtifactGroup | None = None


@dataclass(frozen=True, slots=True)
class IndexStore:
    """The artifacts of one database in a folder. Can be sent to other processes.

    Where the folder cannot be used, nothing is stored and everything is built by each process. `database` identifies the
    database in file names.
    """

    folder: Path
    database: str

    @classmethod
    def of(cls, folder: Path, url: str) -> "IndexStore":
        """The store of the database of a URL, regardless of the user that connects to it."""
        parts = urlsplit(url)
        address = f"{parts.netloc.rpartition('@')[2]}{parts.path}?{parts.query}"
        return cls(folder, hashlib.sha256(address.encode()).hexdigest()[:12])

    def latest(self, kind: ArtifactKind[T]) -> T | None:
        """The artifact of the edition published last; None if there is none that can be read."""
        return _read(names[-1], kind) if _usable(self.folder) and (names := self._names(kind.name)) else None

    def find(self, kind: ArtifactKind[T], edition: Edition) -> T | None:
        """The artifact of an edition; None if there is none that can be read."""
        return _read(self._path(kind.name, edition), kind) if _usable(self.folder) else None

    def get_or_create(self, kind: ArtifactKind[T], edition: Edition, create: Callable[[], T]) -> T:
        """The artifact of an edition, created and stored if there is none; waits while another process creates one.

        Removes the artifacts of earlier editions, and with them their parts.
        """
        if not _usable(self.folder):
            return create()
        path, lock = self._path(kind.name, edition), self._lock(kind.name)
        try:
            lock.touch(0o600)
        except OSError as error:
            log.warning("cache.unwritable", folder=str(self.folder), reason=str(error))
            return create()
        with open_lock(lock) as opened:
            lock_exclusive(opened)
            found = _read(path, kind)
            if found is None:
                found = create()
                self._store(kind, path, found)
            return found

    def damaged(self) -> list[Path]:
        """The files of the database that have changed since they were written."""
        return [path for path in sorted(self.folder.glob(f"*-{self.database}-*{_SUFFIX}")) if not _intact(_map(path))]

    def abandoned(self) -> list[Path]:
        """The half-written files of killed processes; the next process that stores one of the kind removes them."""
        found = sorted(self.folder.glob(f"*-{self.database}-*{_UNFINISHED}"))
        return [path for path in found if not self._is_locked(path.name.partition(f"-{self.database}-")[0])]

    @property
    def is_usable(self) -> bool:
        """Whether files can be stored in the folder, as found when it was first used."""
        return _usable(self.folder)

    def unusable_reason(self) -> str:
        """Why nothing can be stored in the folder; empty if it can be used."""
        return _unusable_reason(self.folder)

    def _is_locked(self, kind: str) -> bool:
        try:
            with open_lock(self._lock(kind)) as opened:
                return not try_lock(opened)
        except OSError:  # no process has ever created one of the kind here
            return False

    def _lock(self, kind: str) -> Path:
        return self.folder / f"{kind}-{self.database}.lock"

    def _store(self, kind: ArtifactKind[T], path: Path, artifact: T) -> None:
        try:
            _write(path, kind.encode(artifact))
        except OSError as error:
            log.warning("cache.unwritable", folder=str(self.folder), reason=str(error))
            return
        # This process has the lock, so unfinished files are those of killed processes.
        unfinished = self.folder.glob(f"{kind.name}-{self.database}-*{_UNFINISHED}")
        parts = (part for part in self._names(f"{kind.name}.*") if self._age(part) < self._age(path))
        earlier = (name for name in self._names(kind.name) if name != path and self._age(name) <= self._age(path))
        for old in (*earlier, *parts, *unfinished, *self._superfluous(kind)):
            with suppress(OSError):
                old.unlink()

    def _superfluous(self, kind: ArtifactKind[T]) -> list[Path]:
        """The files of the kind's group that are too many, the oldest ones. Processes that have mapped one keep it."""
        if kind.group is None:
            return []
        return sorted(self._names(f"{kind.group.prefix}*"), key=_modified)[: -kind.group.max_files]

    def _age(self, path: Path) -> str:
        """When the edition of a file was published, and its number; sorts by time."""
        return path.name.partition(f"-{self.database}-")[2].rpartition("-")[0]

    def _path(self, kind: str, edition: Edition) -> Path:
        """Names of one kind sort by publication, even if a new database has replaced an old one at the same address."""
        published = f"{edition.published_at.timestamp():017.6f}"
        return self.folder / f"{kind}-{self.database}-{published}-{edition.number}-{versions()}{_SUFFIX}"

    def _names(self, kind: str) -> list[Path]:
        return sorted(self.folder.glob(f"{kind}-{self.database}-*{_SUFFIX}"))


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # removed by another process
        return 0.0


@cache
def versions() -> str:
    """Identifies what the content of files depends on besides the edition."""
    registries = repr(FACTORS), repr(MEASURES)
    parts = " ".join((_FORMAT_VERSION, *registries, *map(_version, _VERSIONED_PACKAGES)))
    return hashlib.sha256(parts.encode()).hexdigest()[:8]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:  # PayRank itself, run from its source folder
        return ""


@cache
def _usable(folder: Path) -> bool:
    reason = _unusable_reason(folder)
    if reason:
        log.warning("cache.unused", folder=str(folder), reason=reason)
    return not reason


def _unusable_reason(folder: Path) -> str:
    """Create the folder for its owner alone. Fitted models are pickles, so a folder that others can write to is not read."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        found = folder.stat()
        private = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return error.strerror or str(error)
    return "" if private else "it must belong to the user of this process alone (chmod 700)"


def _read(path: Path, kind: ArtifactKind[T]) -> T | None:
    content = _map(path)
    if not _intact(content) or versions() not in path.name:
        return None
    try:
        with pa.ipc.open_file(pa.py_buffer(content[_HEADER_BYTES:])) as file:
            return kind.decode(file.get_batch(0))
    except Exception as error:  # written by a development version whose format differs
        log.warning("cache.unreadable", file=str(path), reason=f"{type(error).__name__}: {error}")
        return None


def _map(path: Path) -> memoryview:
    """The content of a file as mapped memory; empty if there is no file."""
    try:
        with path.open("rb") as file:
            mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
            weakref.finalize(mapped, _close_later, os.dup(file.fileno())).atexit = False
            return memoryview(mapped)
    except (OSError, ValueError):  # absent or empty
        return memoryview(b"")


def _close_later(descriptor: int) -> None:
    """Close a file some time after it is unmapped, in a thread.

    Closing the last descriptor of a removed file waits until the file system has freed it, 70 ms for a million records; and
    Python unmaps while it holds the interpreter lock.
    """
    timer = Timer(_CLOSE_DELAY_SECONDS, os.close, (descriptor,))
    timer.daemon = True
    timer.start()


def _intact(content: memoryview) -> bool:
    """Whether a file has the content that was written; detects truncated and damaged files, but not forged ones."""
    return len(content) > _HEADER_BYTES and _packed(crc32(content[_CHECKSUM_BYTES:])) == content[:_CHECKSUM_BYTES]


def _packed(checksum: int) -> bytes:
    return struct.pack("<q", checksum)


class _ChecksumWriter(RawIOBase):
    """Writes to a file after its header, and computes the checksum of what it writes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        padding = bytes(_HEADER_BYTES - _CHECKSUM_BYTES)
        self._file.write(bytes(_CHECKSUM_BYTES) + padding)
        self.checksum = crc32(padding)

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | memoryview) -> int:  # type: ignore[override]
        self.checksum = crc32(data, self.checksum)
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell() - _HEADER_BYTES


def _write(path: Path, batch: pa.RecordBatch) -> None:
    """Write a file completely or not at all, even if the process or the machine stops meanwhile."""
    descriptor, name = tempfile.mkstemp(_UNFINISHED, f"{path.name}-", path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            writer = _ChecksumWriter(file)
            with pa.ipc.new_file(pa.PythonFile(writer, "w"), batch.schema) as stream:
                stream.write_batch(batch)
            file.seek(0)
            file.write(_packed(writer.checksum))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 (a name, not a path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    sync_folder(path.parent)
