"""Artifacts: what takes long to make of an edition, kept in files of a folder, so that a machine makes it once.

<kind>-<database>-<published>-<edition>-<versions>.artifact   the CRC-32 of what follows it: a pickle and its large arrays
<kind>-<database>.lock                                        held by whoever makes one of the kind
"""

import hashlib
import os
import pickle
import stat
import struct
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from mmap import ACCESS_READ, mmap
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zlib import crc32

import structlog

from service.store.editions import Edition
from service.store.embedded.filelock import hold, open_lock, try_hold
from service.vocabulary.factors import FACTORS
from service.vocabulary.measures import MEASURES

T = TypeVar("T")
log = structlog.get_logger()

_CHECKSUM, _ALIGNED, _LARGE = 8, 64, 65_536
_A_MOMENT = 0.5
"""Seconds."""
_SUFFIX, _UNFINISHED = ".artifact", ".unfinished"
_MADE_WITH, _FORM = ("payrank", "scikit-learn", "numpy"), "9"
"""A pickle is read only by the versions that wrote it, with the same factors and measures; the form goes up when what is
kept changes in between."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder's artifacts of one database. It can be sent to other processes; where the folder cannot be used, nothing is
    kept and all the rest goes on.

    `database` is what tells it from others in the names of files.
    """

    folder: Path
    database: str

    @classmethod
    def of(cls, folder: Path, url: str) -> "Shelf":
        """The shelf of the database of a URL, of one host or several, whoever logs in to it."""
        parts = urlsplit(url)
        place = f"{parts.netloc.rpartition('@')[2]}{parts.path}?{parts.query}"
        return cls(folder, hashlib.sha256(place.encode()).hexdigest()[:12])

    def latest(self, kind: str) -> Any | None:
        """The artifact of a kind that is of the edition published last; None where there is none that can be read."""
        return _read(names[-1]) if _usable(self.folder) and (names := self._names(kind)) else None

    def find(self, kind: str, edition: Edition) -> Any | None:
        """An edition's artifact of a kind, where a file has it."""
        return _read(self._path(kind, edition)) if _usable(self.folder) else None

    def kept(self, kind: str, edition: Edition, make: Callable[[], T]) -> T:
        """An edition's artifact of a kind, made if no file has it; waits while another process makes one of the kind.

        Older ones of the kind are removed then, and with them its parts: the kinds with its name, a point and more.
        """
        if not _usable(self.folder):
            return make()
        path, lock = self._path(kind, edition), self._lock(kind)
        try:
            lock.touch(0o600)
        except OSError as error:
            log.warning("cache.unwritable", folder=str(self.folder), reason=str(error))
            return make()
        with open_lock(lock) as opened:
            hold(opened)
            found: T | None = _read(path)
            if found is not None:
                return found
            made = make()
            self._keep(kind, path, made)
            return made

    def damaged(self) -> list[Path]:
        """The files of the database that are not what was written; they are passed over, and made anew when asked for."""
        return [path for path in sorted(self.folder.glob(f"*-{self.database}-*{_SUFFIX}")) if not _whole(_mapped(path))]

    def abandoned(self) -> list[Path]:
        """What makers left half written that were killed; the next one of the kind takes it away."""
        found = sorted(self.folder.glob(f"*-{self.database}-*{_UNFINISHED}"))
        return [path for path in found if not self._being_made(path.name.partition(f"-{self.database}-")[0])]

    def unusable(self) -> str:
        """Why nothing can be kept in the folder; empty where it can."""
        return _obstacle(self.folder)

    def _being_made(self, kind: str) -> bool:
        try:
            with open_lock(self._lock(kind)) as opened:
                return not try_hold(opened)
        except OSError:  # nobody has ever made one here
            return False

    def _lock(self, kind: str) -> Path:
        return self.folder / f"{kind}-{self.database}.lock"

    def _keep(self, kind: str, path: Path, made: object) -> None:
        try:
            _write(path, made)
        except OSError as error:
            log.warning("cache.unwritable", folder=str(self.folder), reason=str(error))
            return
        unfinished = self.folder.glob(f"{kind}-{self.database}-*{_UNFINISHED}")  # only who holds the lock has one
        parts = (part for part in self._names(f"{kind}.*") if self._age(part) < self._age(path))
        others = (name for name in self._names(kind) if name != path and self._age(name) <= self._age(path))
        for old in (*others, *parts, *unfinished):
            with suppress(OSError):
                old.unlink()

    def _age(self, path: Path) -> str:
        """When the edition of a file was published, and its number."""
        return path.name.partition(f"-{self.database}-")[2].rpartition("-")[0]

    def _path(self, kind: str, edition: Edition) -> Path:
        """Names of a kind are in the order of publication, also where a new database has taken an old one's place."""
        moment = f"{edition.published_at.timestamp():017.6f}"
        return self.folder / f"{kind}-{self.database}-{moment}-{edition.number}-{_versions()}{_SUFFIX}"

    def _names(self, kind: str) -> list[Path]:
        return sorted(self.folder.glob(f"{kind}-{self.database}-*{_SUFFIX}"))


@cache
def _versions() -> str:
    registries = repr(FACTORS), repr(MEASURES)
    return hashlib.sha256(" ".join((_FORM, *registries, *map(_version, _MADE_WITH))).encode()).hexdigest()[:8]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # payrank itself, run from its folder
        return ""


@cache
def _usable(folder: Path) -> bool:
    reason = _obstacle(folder)
    if reason:
        log.warning("cache.unused", folder=str(folder), reason=reason)
    return not reason


def _obstacle(folder: Path) -> str:
    """Make the folder for its owner alone. A pickle can run anything, so one that others may write to is never read."""
    try:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        found = folder.stat()
        mine = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return str(error)
    return "" if mine else "it must belong to the user of this process alone (chmod 700)"


def _read(path: Path) -> Any | None:
    """None where there is no file, or not the one that was written. Its arrays stay in the file, mapped, for all processes
    to share."""
    content = _mapped(path)
    if not _whole(content) or _versions() not in path.name:
        return None
    try:
        head, *buffers = _parts(content)
        return pickle.loads(head, buffers=buffers)
    except Exception as error:  # written by a development version that has moved on
        log.warning("cache.unreadable", file=str(path), reason=f"{type(error).__name__}: {error}")
        return None


def _mapped(path: Path) -> memoryview:
    try:
        with path.open("rb") as file:
            mapped = mmap(file.fileno(), 0, access=ACCESS_READ)
            weakref.finalize(mapped, _let_go, os.dup(file.fileno())).atexit = False
            return memoryview(mapped)
    except (OSError, ValueError):  # none there, or an empty one
        return memoryview(b"")


def _let_go(number: int) -> None:
    """Close a file after its mapping has gone, in a thread: whoever is the last to hold a removed file waits until the file
    system has taken it back, 70 ms for a million records, and Python unmaps without letting others go on."""
    closing = Timer(_A_MOMENT, os.close, (number,))
    closing.daemon = True
    closing.start()


def _whole(content: memoryview) -> bool:
    """Against torn and spoilt files; whoever could forge one may run anything as it is."""
    return len(content) > _CHECKSUM and _packed(crc32(content[_CHECKSUM:])) == content[:_CHECKSUM]


def _packed(checksum: int) -> bytes:
    return struct.pack("<q", checksum)


def _parts(content: memoryview) -> Iterator[memoryview]:
    """The pickle and its buffers: after their number and lengths, each from a multiple of _ALIGNED on."""
    [count] = struct.unpack_from("<q", content, _CHECKSUM)
    lengths = struct.unpack_from(f"<{count}q", content, _CHECKSUM + 8)
    place = _CHECKSUM + 8 + 8 * count
    for length in lengths:
        place = -(-place // _ALIGNED) * _ALIGNED
        yield content[place : place + length]
        place += length


def _laid_out(parts: Sequence[memoryview]) -> Iterator[bytes | memoryview]:
    """What `_parts` reads, but for the checksum."""
    start = struct.pack(f"<{1 + len(parts)}q", len(parts), *(part.nbytes for part in parts))
    yield start
    place = _CHECKSUM + len(start)
    for part in parts:
        yield bytes(-place % _ALIGNED)
        yield part
        place += -place % _ALIGNED + part.nbytes


def _write(path: Path, made: object) -> None:
    """All of it or nothing, whatever stops the process or the machine meanwhile."""
    buffers: list[memoryview] = []

    def in_line(buffer: pickle.PickleBuffer) -> bool:
        """Whether a buffer is small enough to be a part of the pickle; others are only pointed at."""
        raw = buffer.raw()
        if raw.nbytes >= _LARGE:
            buffers.append(raw)
        return raw.nbytes < _LARGE

    head = memoryview(pickle.dumps(made, 5, buffer_callback=in_line))
    number, name = tempfile.mkstemp(_UNFINISHED, f"{path.name}-", path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(bytes(_CHECKSUM))
            checksum = 0
            for part in _laid_out([head, *buffers]):
                checksum = crc32(part, checksum)
                file.write(part)
            file.seek(0)
            file.write(_packed(checksum))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 (a name, not a path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
