"""Keeping the index at the current edition: poll the watermark, build beside the old one, swap whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from service.errors import DatabaseError
from service.rank.build import build
from service.rank.index import Index
from service.store.database import Database
from service.store.editions import watermark

log = structlog.get_logger()


@dataclass
class Current:
    """Holds the index that requests answer from; a request takes it once and so stays within one edition."""

    database: Database
    index: Index

    @classmethod
    @asynccontextmanager
    async def open(cls, database: Database, every_seconds: float = 1.0) -> AsyncIterator["Current"]:
        """Build the first index, then look for a new edition every so often until closed."""
        current = cls(database, await asyncio.to_thread(build, database.url))
        task = asyncio.create_task(current._follow(every_seconds))
        try:
            yield current
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

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
            self.index = await asyncio.to_thread(build, self.database.url)
            log.info("edition.current", number=self.index.edition.number, records=self.index.edition.records)
