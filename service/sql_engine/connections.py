"""The threads of the SQL engine: they may block on PostgreSQL, so that one query does not delay other requests."""

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
from service.store.bulk import BulkConnection, bulk_connection, statement_timeout, translate_bulk_errors
from service.store.database import READER, Database, Edition
from service.store.editions import require_edition

T = TypeVar("T")
Work = Callable[[Database], Coroutine[Any, Any, Any]]
Job = tuple[Work, Future[Any], Context]
"""With the context of the caller, which carries its request id and span."""
_NOT_ATTACHED = "Not supported in subscriptions with PAYRANK_STATISTICS=sql. Use a service with PAYRANK_STATISTICS=index."


class _ThreadState(local):
    """The state of one thread: `edition` is one that its server is known to have."""

    attached = False
    rows: BulkConnection | None = None
    edition: Edition | None = None
    opened: ExitStack


@dataclass
class SqlThreadPool:
    """Threads that each have an event loop, a database handle, and a connection for statistics that they block on."""

    url: str = field(repr=False)
    statement_seconds: float
    _jobs: "SimpleQueue[Job | None]" = field(default_factory=SimpleQueue)
    _state: _ThreadState = field(default_factory=_ThreadState)

    @classmethod
    @asynccontextmanager
    async def open(
        cls, handle: Callable[[], AbstractAsyncContextManager[Database]], url: str, statement_seconds: float, count: int
    ) -> AsyncIterator["SqlThreadPool"]:
        """Start `count` threads, each with a handle that it opens, that read statistics from the database of a URL."""
        pool = cls(url, statement_seconds)
        threads = [Thread(target=pool._work, args=(handle,), name=f"sql-{number}") for number in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield pool
        finally:
            for _ in threads:
                pool._jobs.put(None)
            for thread in threads:
                await asyncio.to_thread(thread.join)

    async def run(self, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        """The result of some work, run by the next free thread with its own handle."""
        result: Future[T] = Future()
        self._jobs.put((work, result, copy_context()))
        return await asyncio.wrap_future(result)

    @contextmanager
    def attached_thread(self) -> Iterator[None]:
        """Let the calling thread run statistics, over its own connection, which is closed at the end."""
        self._state.attached = True
        try:
            yield
        finally:
            self._state.attached = False
            self._disconnect()

    def query(self, sql: str, edition: Edition) -> pa.Table:
        """The rows of a statement about an edition, in a thread of the pool.

        Raises NeedsIndex in any other thread, which must not block, and DatabaseError.
        """
        if not self._state.attached:
            raise NeedsIndex(_NOT_ATTACHED)
        try:
            with translate_bulk_errors():
                return self._query(sql, edition)
        except DatabaseError:
            self._disconnect()
            raise

    def _query(self, sql: str, edition: Edition) -> pa.Table:
        state = self._state
        if state.rows is None:
            state.opened = ExitStack()
            opened = bulk_connection(self.url, READER, statement_timeout(self.statement_seconds))
            state.rows, state.edition = state.opened.enter_context(opened), None
        if state.edition != edition:
            require_edition(state.rows, edition)
            state.edition = edition
        found = state.rows.query(sql)
        state.rows.commit()
        return found

    def _disconnect(self) -> None:
        if self._state.rows is not None:
            self._state.rows = None
            self._state.opened.close()

    def _work(self, handle: Callable[[], AbstractAsyncContextManager[Database]]) -> None:
        with self.attached_thread(), asyncio.Runner() as runner:
            opened = handle()
            database = runner.run(opened.__aenter__())
            try:
                while (job := self._jobs.get()) is not None:
                    _run(runner, job, database)
            finally:
                runner.run(opened.__aexit__(None, None, None))


def _run(runner: asyncio.Runner, job: Job, database: Database) -> None:
    work, result, context = job
    if not result.set_running_or_notify_cancel():  # the caller has given up
        return
    try:
        result.set_result(runner.run(work(database), context=context))
    except BaseException as error:
        result.set_exception(error)
