"""Keeping the index at the current edition: poll the watermark, build beside the old one, swap whole."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from service.errors import DatabaseError
from service.rank.build import build
from service.rank.index import Index
from service.store.database import Database
from service.store.editions import watermark

log = structlog.get_logger()
_AT_ONCE = 16


@dataclass
class Current:
    """Holds the index that requests answer from; a request takes it once and so stays within one edition."""

    database: Database
    index: Index
    _load: Callable[[], Awaitable[Index]]
    _swapped: asyncio.Event = field(default_factory=asyncio.Event)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @classmethod
    @asynccontextmanager
    async def open(
        cls, database: Database, every_seconds: float = 1.0, load: Callable[[], Awaitable[Index]] | None = None
    ) -> AsyncIterator["Current"]:
        """Load the first index, then look for a new edition every so often until closed; by default each is built here."""

        async def build_here() -> Index:
            return await asyncio.to_thread(build, database.url)

        current = cls(database, await (load or build_here)(), load or build_here)
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

    async def _follow(self, every_seconds: float) -> None:
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.refresh()
            except DatabaseError as error:  # the old edition goes on answering until the database is back
                log.warning("edition.unreachable", reason=str(error))
            except Exception:
                log.exception("edition.failed")

    async def refresh(self) -> None:
        """Take over the current edition if it is another than the one held."""
        async with self.database.read() as connection:
            number = await watermark(connection)
        if number != self.index.edition.number:
            self.index = await self._load()
            self._swapped.set()
            self._swapped = asyncio.Event()
            log.info("edition.current", number=self.index.edition.number, records=self.index.edition.records)
