"""Stored files: each file of an edition is written to the cache folder once, and all processes send it from there.

    download-<database>-<published>-<edition>-<versions>-<name>-<hash>   a file of an edition; the hash is of its content
    download-<database>.lock                                             locked by the process that writes one

Its length is therefore known before it is sent, and clients can request ranges.
"""

import asyncio
import hashlib
import os
import tempfile
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Event

import structlog

from service.errors import DatabaseUnavailable
from service.index.artifact import IndexStore, versions
from service.index.refresh import CurrentIndex
from service.store.database import Edition
from service.store.file_lock import open_lock, try_lock
from service.store.folder_sync import sync_folder
from service.web.downloads.files import File

log = structlog.get_logger()

_KIND, _UNFINISHED = "download", ".unfinished"
_HASH_BYTES = 12
_WAIT_SECONDS = 20.0
"""How long a request waits for its file to be written; after that it gets 503 with Retry-After."""
_LOCK_POLL_SECONDS = 0.1
_CLEAN_SECONDS = 60.0
"""How long the files of an edition are kept once it has been replaced, for processes that still serve it."""

Chunks = Callable[[], Iterator[bytes]]


class BeingWritten(Exception):
    """The file is still being written; try again later."""


class _Closing(Exception):
    """The process is stopping while it writes a file."""


class StoredFile:
    """A file that can be sent, with an entity tag that depends only on its content.

    All requests share one open file, which can be read even after its path was removed.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.etag = path, f'"{path.name.rpartition("-")[2]}"'
        self._descriptor = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._descriptor)

    def status(self) -> os.stat_result:
        return os.fstat(self._descriptor)

    def read(self, size: int, position: int) -> bytes:
        return os.pread(self._descriptor, size, position)


class StoredFiles:
    """The files of the editions of a database in the folder of a store."""

    def __init__(self, store: IndexStore) -> None:
        self._folder, self._database, self._store = store.folder, store.database, store
        self._writer = ThreadPoolExecutor(1, "download")
        self._writing: dict[tuple[Edition, str], asyncio.Future[StoredFile | None]] = {}
        self._opened: dict[tuple[Edition, str], StoredFile] = {}
        self._closing = Event()

    @asynccontextmanager
    async def opened(self, current: CurrentIndex) -> AsyncIterator["StoredFiles"]:
        """Until its exit, removes the files of editions that were replaced."""
        task = asyncio.create_task(self._keep_clean(current))
        try:
            yield self
        finally:
            self._closing.set()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self._writer.shutdown(wait=False, cancel_futures=True)

    async def get(self, file: File, chunks: Chunks) -> StoredFile | None:
        """A file of an edition, written first if it is not there yet; None if none can be stored here.

        Raises BeingWritten if that takes long, and DatabaseError.
        """
        if not self._store.is_usable:
            return None
        key = file.edition, file.name
        if found := self._opened.get(key):
            return found
        writing = self._writing.get(key)
        if writing is None:
            loop = asyncio.get_running_loop()
            writing = self._writing[key] = loop.run_in_executor(self._writer, self._find_or_write, file, chunks)
            writing.add_done_callback(lambda done: self._forget(key, done))
        try:
            found = await asyncio.wait_for(asyncio.shield(writing), _WAIT_SECONDS)
        except TimeoutError:
            raise BeingWritten from None
        if found:
            self._opened[key] = found
        return found

    def _forget(self, key: tuple[Edition, str], done: "asyncio.Future[StoredFile | None]") -> None:
        del self._writing[key]
        if not done.cancelled():
            done.exception()  # or it would be logged if nobody waits for the file any more

    def _find_or_write(self, file: File, chunks: Chunks) -> StoredFile | None:
        lock = self._folder / f"{_KIND}-{self._database}.lock"
        try:
            lock.touch(0o600)
            with open_lock(lock) as opened:
                self._wait_for(opened)
                return self._find(file) or self._write(file, chunks)
        except OSError as error:
            log.warning("cache.unwritable", folder=str(self._folder), reason=str(error))
            return None
        except _Closing as error:
            raise DatabaseUnavailable("The service is stopping. Try again.") from error

    def _wait_for(self, lock: int) -> None:
        while not try_lock(lock):
            if self._closing.wait(_LOCK_POLL_SECONDS):
                raise _Closing

    def _find(self, file: File) -> StoredFile | None:
        found = (path for path in self._folder.glob(f"{self._stem(file)}-*") if path.suffix != _UNFINISHED)
        return next(map(StoredFile, sorted(found)), None)

    def _stem(self, file: File) -> str:
        return f"{self._prefix(file.edition)}{versions()}-{file.name}"

    def _prefix(self, edition: Edition) -> str:
        return f"{_KIND}-{self._database}-{edition.published_at.timestamp():017.6f}-{edition.number}-"

    def _write(self, file: File, chunks: Chunks) -> StoredFile:
        """Writes a file completely or not at all. This process has the lock: unfinished files are those of killed ones."""
        for left in self._folder.glob(f"{_KIND}-{self._database}-*{_UNFINISHED}"):
            left.unlink(missing_ok=True)
        stem = self._stem(file)
        descriptor, name = tempfile.mkstemp(_UNFINISHED, f"{stem}-", self._folder)
        try:
            path = self._folder / f"{stem}-{self._write_chunks(descriptor, chunks)}"
            os.replace(name, path)  # noqa: PTH105 (a name, not a path)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)  # noqa: PTH108
            raise
        sync_folder(self._folder)
        return StoredFile(path)

    def _write_chunks(self, descriptor: int, chunks: Chunks) -> str:
        """Writes the content to disk and closes the descriptor; returns the content's hash."""
        digest = hashlib.blake2b(digest_size=_HASH_BYTES)
        with os.fdopen(descriptor, "wb") as opened:
            for chunk in chunks():
                if self._closing.is_set():
                    raise _Closing
                digest.update(chunk)
                opened.write(chunk)
            opened.flush()
            os.fsync(opened.fileno())
        return digest.hexdigest()

    async def _keep_clean(self, current: CurrentIndex) -> None:
        """Removes other files once an edition has been the current one for some time."""
        cleaned = former = None
        while True:
            edition = current.index.edition
            if former == edition != cleaned:
                self._opened = {key: stored for key, stored in self._opened.items() if key[0] == edition}
                await asyncio.to_thread(self._remove_others, edition)
                cleaned = edition
            former = edition
            await asyncio.sleep(_CLEAN_SECONDS)

    def _remove_others(self, edition: Edition) -> None:
        stem = self._prefix(edition)
        for path in self._folder.glob(f"{_KIND}-{self._database}-*"):
            if not path.name.startswith(stem):
                with suppress(OSError):
                    path.unlink()
