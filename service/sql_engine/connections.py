"""Clerks: threads that may wait for PostgreSQL, so that a question of statistics does not keep other requests waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue
from threading import Thread, local
from typing import Any, TypeVar

import pyarrow as pa

from service.errors import DatabaseError, NeedsIndex
from service.store.bulk import Bulk, bulk, told_plainly
from service.store.database import READER, Database
from service.store.editions import require

T = TypeVar("T")
Work = Callable[[Database], Coroutine[Any, Any, Any]]
Job = tuple[Work, Future[Any], Context]
"""With the context of whoever asks: ids and spans go with it."""
_ELSEWHERE = "Figures made by SQL are told by queries, not by subscriptions: those take PAYRANK_STATISTICS=index."


class _Own(local):
    """What one clerk holds: `seen` is the newest edition that the server it is connected to was seen to have."""

    clerk = False
    rows: Bulk | None = None
    seen = 0
    opened: ExitStack


@dataclass
class Clerks:
    """Each has an event loop and a handle to the database of its own, and a connection for statistics that it waits for."""

    url: str = field(repr=False)
    statement_seconds: float
    _jobs: "SimpleQueue[Job | None]" = field(default_factory=SimpleQueue)
    _own: _Own = field(default_factory=_Own)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, handle: Callable[[], AbstractAsyncContextManager[Database]], url: str, statement_seconds: float, count: int
    ) -> AsyncIterator["Clerks"]:
        """So many clerks, each with a handle that it opens, who read statistics from a URL."""
        clerks = cls(url, statement_seconds)
        threads = [Thread(target=clerks._work, args=(handle,), name=f"clerk-{number}") for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield clerks
        finally:
            for _ in threads:
                clerks._jobs.put(None)
            for thread in threads:
                await asyncio.to_thread(thread.join)

    async def run(self, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        """What comes of some work once a clerk has done it, with the handle that is its own."""
        done: Future[T] = Future()
        self._jobs.put((work, done, copy_context()))
        return await asyncio.wrap_future(done)

    @contextmanager
    def here(self) -> Iterator[None]:
        """Let this thread wait for statistics, over a connection of its own, until it leaves."""
        self._own.clerk = True
        try:
            yield
        finally:
            self._own.clerk = False
            self._hang_up()

    def rows(self, sql: str, edition: int) -> pa.Table:
        """Ask and wait, in a clerk's thread; raises NeedsIndex in any other, which has others to attend to."""
        if not self._own.clerk:
            raise NeedsIndex(_ELSEWHERE)
        try:
            with told_plainly():
                return self._asked(sql, edition)
        except DatabaseError:
            self._hang_up()
            raise

    def _asked(self, sql: str, edition: int) -> pa.Table:
        own = self._own
        if own.rows is None:
            own.opened = ExitStack()
            own.rows, own.seen = own.opened.enter_context(bulk(self.url, READER)), 0
            own.rows.execute(f"SET statement_timeout = {int(self.statement_seconds * 1000)}")
            own.rows.commit()
        if own.seen < edition:
            require(own.rows, edition)
            own.seen = edition
        found = own.rows.rows(sql)
        own.rows.commit()
        return found

    def _hang_up(self) -> None:
        if self._own.rows is not None:
            self._own.rows = None
            self._own.opened.close()

    def _work(self, handle: Callable[[], AbstractAsyncContextManager[Database]]) -> None:
        with self.here(), asyncio.Runner() as runner:
            opened = handle()
            database = runner.run(opened.__aenter__())
            try:
                while (job := self._jobs.get()) is not None:
                    _do(runner, job, database)
            finally:
                runner.run(opened.__aexit__(None, None, None))


def _do(runner: asyncio.Runner, job: Job, database: Database) -> None:
    work, done, context = job
    if not done.set_running_or_notify_cancel():  # whoever asked has left
        return
    try:
        done.set_result(runner.run(work(database), context=context))
    except BaseException as error:
        done.set_exception(error)
