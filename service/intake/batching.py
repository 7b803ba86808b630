"""Batches: submissions that come at the same time share a transaction, and each waits until it has committed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from service.errors import DatabaseError, DatabaseUnavailable
from service.store.database import Database
from service.store.submissions import Proof, Submission, take

MOST = 64
_ROUNDS = 5
"""Rounds of the event loop before a batch is closed: a submission that has come over the network takes four to get here, so
those that came together go together, and commits are half as many."""
Waiting = tuple[Submission, Proof | None, asyncio.Future[datetime | None]]


@dataclass
class Batches:
    """One transaction at a time for each process: what comes while it runs makes up the next."""

    database: Database
    _waiting: list[Waiting] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def take(self, submission: Submission, proof: Proof | None) -> datetime | None:
        """Keep a submission; when, if it was new for sure. Where this is None it may be there, from now or from before.

        Raises DatabaseError when it could not be kept, or cannot be said to be.
        """
        kept: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, proof, kept))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await kept

    async def _write(self) -> None:
        while self._waiting:
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self._together(batch)
            except BaseException as error:
                _fail(batch, error)
                if not isinstance(error, Exception):
                    raise

    async def _together(self, batch: list[Waiting]) -> None:
        try:
            when = await take(self.database, [(submission, proof) for submission, proof, _ in batch])
        except DatabaseUnavailable:
            raise
        except DatabaseError:  # one of them is more than PostgreSQL takes: the others must not suffer for it
            await self._each(batch)
            return
        for _, _, kept in batch:
            _settle(kept, when)

    async def _each(self, batch: list[Waiting]) -> None:
        for submission, proof, kept in batch:
            try:
                _settle(kept, await take(self.database, [(submission, proof)]))
            except DatabaseError as error:
                _fail([(submission, proof, kept)], error)


def _settle(kept: asyncio.Future[datetime | None], when: datetime | None) -> None:
    if not kept.done():  # whoever asked may be gone
        kept.set_result(when)


def _fail(batch: list[Waiting], error: BaseException) -> None:
    for _, _, kept in batch:
        if not kept.done():
            kept.set_exception(error if isinstance(error, Exception) else DatabaseUnavailable("The service is stopping."))
