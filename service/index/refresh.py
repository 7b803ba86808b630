"""Keeping the index at the current edition: poll the watermark, build beside the old one, swap whole."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic

import structlog

from service.errors import DatabaseError, EditionAwaited
from service.index.build import build
from service.index.index import Index
from service.store.database import Database
from service.store.editions import newest_edition
from service.tracing import span

log = structlog.get_logger()
_AT_ONCE = 16
_SOON = 0.05
"""Seconds between two looks for an edition while somebody waits for one."""


@dataclass
class Current:
    """Holds the index that requests answer from; a request takes it once and so stays within one edition.

    Editions only go on here, whichever standby is asked: an older index never takes the place of a newer one. Who asks for
    an edition by number waits for it at most `patience` seconds.
    """

    database: Database
    index: Index
    _load: Callable[[], Awaitable[Index]]
    patience: float = 5.0
    behind: int = 0
    """Editions that are published and not held yet, as of the last look; `looked` is its moment on the monotonic clock."""
    looked: float = field(default_factory=monotonic)
    _awaited: int = 0
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _swapped: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        database: Database,
        every_seconds: float = 1.0,
        load: Callable[[], Awaitable[Index]] | None = None,
        patience: float = 5.0,
    ) -> AsyncIterator["Current"]:
        """Load the first index, then look for a new edition every so often until closed; by default each is built here."""

        async def build_here() -> Index:
            return await asyncio.to_thread(build, database.reader_url)

        async def told() -> Index:
            with span("load edition"):
                return await (load or build_here)()

        current = cls(database, await told(), told, patience)
        task = asyncio.create_task(current._follow(every_seconds))
        try:
            yield current
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def indexes(self) -> AsyncGenerator[Index, None]:
        """The index held, then each that takes its place; those that come and go while the caller is busy are passed over.

        All callers wait for one event. A few at a time are given the index, and others once these ask for the next: when
        thousands wake at once, requests get in between and the database is not asked by all together.
        """
        while True:
            async with self._turns:
                await asyncio.sleep(0)  # or callers that never wait would all have their turn in one round of the event loop
                swapped = self._swapped
                yield self.index
            await swapped.wait()

    async def reach(self, number: int) -> None:
        """Hold an edition from this number on, which is looked for at once; raises EditionAwaited if none comes in time."""
        if self.index.edition.number >= number:
            return
        self._awaited += 1
        if self._awaited == 1:  # or those who ask for what never comes would have the database asked without a pause
            self._wanted.set()
        try:
            async with asyncio.timeout(self.patience):
                while self.index.edition.number < number:
                    await self._swapped.wait()
        except TimeoutError as error:
            raise EditionAwaited(
                f"Edition {number} has not come here within {self.patience:g} seconds: this process answers from edition "
                f"{self.index.edition.number}. Ask again, or name no minimum to be told what is known now."
            ) from error
        finally:
            self._awaited -= 1

    async def _pause(self, seconds: float) -> None:
        """Until it is time to look again, which is at once when somebody begins to wait for an edition."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wanted.wait(), min(seconds, _SOON) if self._awaited else seconds)
        self._wanted.clear()

    async def _follow(self, every_seconds: float) -> None:
        while True:
            await self._pause(every_seconds)
            try:
                await self.refresh()
            except DatabaseError as error:  # the old edition goes on answering until the database is back
                log.warning("edition.unreachable", reason=str(error))
            except Exception:
                log.exception("edition.failed")

    async def refresh(self) -> None:
        """Take over the current edition if it is newer than the one held."""
        async with self.database.read() as connection:
            found = await newest_edition(connection)
        self.looked = monotonic()
        self.behind = max(found.number - self.index.edition.number, 0) if found else 0
        if found is None or found <= self.index.edition:
            return
        index = await self._load()
        if index.edition > self.index.edition:  # it may have come from a standby that is behind the one asked before
            self.index = index
            self.behind = max(found.number - index.edition.number, 0)
            self._swapped.set()
            self._swapped = asyncio.Event()
            gc.collect()  # requests leave cycles that hold the index they had, and else are looked for very seldom
            log.info("edition.current", number=index.edition.number, records=index.edition.records)
