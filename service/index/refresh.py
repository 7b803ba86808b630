"""Keeping the index at the current edition: load it, poll the watermark, load the next edition, and swap the indexes.

IndexLoader    loads the index of the current edition: built here if it is small, else from a file of another process
CurrentIndex   holds the index that requests are answered from, and replaces it when a new edition is published
"""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Protocol, TypeVar

import structlog

from service.counts import count_of
from service.errors import DatabaseError, EditionAwaited
from service.index.artifact import IndexStore
from service.index.build import EMPTY_EDITION, build_current_index, build_index, published_edition
from service.index.index import Index, RankIndex
from service.index.order import Order
from service.index.serialization import INDEX_KIND, order_kind
from service.limits import DEFAULT_EDITION_WAIT_SECONDS, DEFAULT_REFRESH_SECONDS
from service.store.bulk import bulk_connection
from service.store.database import READER, Database, Edition
from service.store.editions import fetch_current_edition, read_current_edition
from service.telemetry import span
from service.vocabulary.measures import Adjustment, Basis, Measure

T = TypeVar("T")
log = structlog.get_logger()

MIN_RECORDS_FOR_FILE = 100_000
"""Records from which on an index is loaded from a file: fewer are built in the time that a process takes to start."""

_MAX_CONCURRENT_SUBSCRIBERS = 16
_AWAITED_POLL_SECONDS = 0.05
"""Seconds between two polls of the watermark while a request waits for an edition."""


class RunInProcess(Protocol):
    """Runs a function of a module in another process; calls with equal keys at the same time share one run."""

    async def __call__(
        self, key: Hashable, function: Callable[..., T], arguments: Callable[[], tuple[object, ...]], /
    ) -> T: ...


@dataclass
class IndexLoader:
    """Loads the index of the current edition of the database of a URL.

    A large index is built by another process and mapped from its file: requests are served meanwhile, and all processes
    of a machine share its memory. `min_records` is the size from which on that is done.
    """

    url: str
    store: IndexStore
    run_in_process: RunInProcess
    min_records: int = MIN_RECORDS_FOR_FILE
    former: RankIndex | None = None
    """The index loaded last, from which the next one is updated if it is built here."""

    async def load(self) -> RankIndex:
        """The index of the current edition; raises DatabaseError."""
        edition = await read_current_edition(self.url) or EMPTY_EDITION
        index = None if edition.records < self.min_records else await self._from_file(edition)
        if index is None:
            index = await asyncio.to_thread(build_current_index, self.url, former=self.former)
        await asyncio.to_thread(index.measure_counts, (), Adjustment.NONE)  # finds the carriers of all measures
        self.former = index
        return index

    async def _from_file(self, edition: Edition) -> RankIndex | None:
        """None if no file can be stored."""
        index = await asyncio.to_thread(self.store.find, INDEX_KIND, edition)
        if index is None:
            stored = await self.run_in_process((INDEX_KIND.name, edition), store_index, lambda: (self.url, self.store))
            index = await asyncio.to_thread(self.store.find, INDEX_KIND, stored)
        if index is not None:
            index.load_order = self._load_order
        return index

    async def _load_order(self, index: RankIndex, measure: Measure, basis: Basis) -> Order | None:
        """An order of an index, from a file; None if no file can be stored or the edition is no longer stored."""
        kind = order_kind(index.columns, measure, basis)
        order = await asyncio.to_thread(self.store.find, kind, index.edition)
        if order is None:
            arguments = self.store, index.edition, measure, basis
            await self.run_in_process((kind.name, index.edition), store_order, lambda: arguments)
            order = await asyncio.to_thread(self.store.find, kind, index.edition)
        return order


def store_index(url: str, store: IndexStore) -> Edition:
    """Build and store the index of the current edition unless it is stored already; returns the edition."""
    with bulk_connection(url, READER) as rows:
        edition = published_edition(rows)
        store.get_or_create(INDEX_KIND, edition, lambda: build_index(rows, edition, store.latest(INDEX_KIND)))
        return edition


def store_order(store: IndexStore, edition: Edition, measure: Measure, basis: Basis) -> None:
    """Build and store one more order of a stored index, unless it is stored already."""
    index = store.find(INDEX_KIND, edition)
    if index is not None:
        kind = order_kind(index.columns, measure, basis)
        store.get_or_create(kind, edition, lambda: index.order(measure, basis))


@dataclass
class CurrentIndex:
    """The index that requests are answered from; a request takes it once and so stays within one edition.

    An older index never replaces a newer one, whichever standby the poll reads, unless the primary does not have the newer
    one: then a failover has lost it. Requests that need a minimum edition wait for it at most `max_wait_seconds`.
    """

    database: Database
    index: Index
    _load: Callable[[], Awaitable[Index]]
    max_wait_seconds: float
    editions_behind: int = 0
    """Editions that were published and not loaded at the last poll, which was at `checked_at` on the monotonic clock."""
    checked_at: float = field(default_factory=monotonic)
    _waiting: int = 0
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _swapped: asyncio.Event = field(default_factory=asyncio.Event)
    _subscribers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_MAX_CONCURRENT_SUBSCRIBERS))

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        database: Database,
        poll_seconds: float = DEFAULT_REFRESH_SECONDS,
        load: Callable[[], Awaitable[Index]] | None = None,
        max_wait_seconds: float = DEFAULT_EDITION_WAIT_SECONDS,
    ) -> AsyncIterator["CurrentIndex"]:
        """Load the first index and poll for new editions until closed; by default each index is built in this process."""

        async def build_here() -> Index:
            return await asyncio.to_thread(build_current_index, database.reader_url)

        async def load_traced() -> Index:
            with span("load edition"):
                index = await (load or build_here)()
                await asyncio.to_thread(index.warm)
                return index

        current = cls(database, await load_traced(), load_traced, max_wait_seconds)
        task = asyncio.create_task(current._follow(poll_seconds))
        try:
            yield current
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def indexes(self) -> AsyncGenerator[Index, None]:
        """The current index, then each that replaces it; indexes that were replaced while the caller was busy are skipped.

        All callers wait for one event. A few at a time get the index, and others when these wait for the next: if thousands
        wake at once, requests are served in between and the database does not get all their queries at the same time.
        """
        while True:
            async with self._subscribers:
                await asyncio.sleep(0)  # or callers that never wait would all run in one iteration of the event loop
                swapped = self._swapped
                yield self.index
            await swapped.wait()

    async def wait_for_edition(self, number: int) -> None:
        """Return once the edition with a number, or a later one, is loaded; raises EditionAwaited after the maximum wait."""
        if self.index.edition.number >= number:
            return
        self._waiting += 1
        if self._waiting == 1:  # or requests for an edition that never comes would keep the database polled without a pause
            self._wake.set()
        try:
            async with asyncio.timeout(self.max_wait_seconds):
                while self.index.edition.number < number:
                    await self._swapped.wait()
        except TimeoutError as error:
            raise EditionAwaited(
                f"Edition {number} was not loaded within {count_of(self.max_wait_seconds, 'second')}; the current edition "
                f"is {self.index.edition.number}. Retry, or remove the minimum edition."
            ) from error
        finally:
            self._waiting -= 1

    async def _pause(self, seconds: float) -> None:
        """Sleep until the next poll, which is due at once when a request starts to wait for an edition."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), min(seconds, _AWAITED_POLL_SECONDS) if self._waiting else seconds)
        self._wake.clear()

    async def _follow(self, poll_seconds: float) -> None:
        while True:
            await self._pause(poll_seconds)
            try:
                await self.refresh()
            except DatabaseError as error:  # the old edition is served until the database is available again
                log.warning("edition.unreachable", reason=str(error))
            except Exception:
                log.exception("edition.failed")

    async def refresh(self) -> None:
        """Load the published edition if it is newer than the current one, or if that was lost; raises DatabaseError."""
        async with self.database.read() as connection:
            published = await fetch_current_edition(connection) or EMPTY_EDITION
        self.checked_at = monotonic()
        self.editions_behind = max(published.number - self.index.edition.number, 0)
        if not await self._is_replaced_by(published):
            return
        index = await self._load()
        if await self._is_replaced_by(index.edition):  # it may come from a standby that is behind the one polled before
            self.index = index
            self.editions_behind = max(published.number - index.edition.number, 0)
            self._swapped.set()
            self._swapped = asyncio.Event()
            gc.collect()  # requests leave reference cycles that hold the old index, and full collections are rare
            log.info("edition.current", number=index.edition.number, records=index.edition.records)

    async def _is_replaced_by(self, edition: Edition) -> bool:
        """Whether an edition is newer than the current one, or older since a failover has lost the current one."""
        if edition == self.index.edition:
            return False
        return edition.is_newer_than(self.index.edition) or await self.database.has_lost(self.index.edition)
