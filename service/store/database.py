"""Connections to PostgreSQL: pools in the roles of the service, and single ones; the editions that they can read."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Self, cast

import asyncpg

from service.errors import DatabaseUnavailable
from service.limits import DEFAULT_POOL_SIZE, Limits
from service.store.hosts import SCHEMA, Hosts, primary_url, shuffle_hosts
from service.store.pooler import ConnectionSettings, require_unprepared, shares_sessions
from service.store.postgres_errors import translate_errors
from service.telemetry import trace_statements
from service.work import Work, count

READER, INTAKE, PUBLISHER = "payrank_reader", "payrank_intake", "payrank_publisher"
EDITION_LOCK, REFERENCE_LOCK, PUBLISHER_LOCK, MIGRATION_LOCK, EMPLOYER_LOCK = range(7_729_726_510, 7_729_726_515)
"""Advisory locks of a database; the first seven digits spell "payrank" on a telephone keypad."""
EDITION_LOCK_TIMEOUT = "1s"
"""How long a moderator's change that must not overtake a release waits for it."""
_CONNECT_TIMEOUT = 3
"""Seconds to wait for a connection before the database counts as overloaded."""
_COMMAND_CONNECT_TIMEOUT = 10
"""The same for commands."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A published state: its number, time of publication and number of records.

    A number alone does not identify an edition: if a standby that lacked the last ones is promoted, their numbers are given
    again, to other records. Whatever is cached, stored or read for an edition has the whole object as its key.
    """

    number: int
    published_at: datetime
    records: int

    def is_newer_than(self, other: "Edition") -> bool:
        """Whether it was published later; the editions of one database are in order of time and of their numbers."""
        return (self.published_at, self.number) > (other.published_at, other.number)

    @property
    def key(self) -> str:
        """Its identity in entity tags: the number, and the microsecond of publication."""
        return f"{self.number}-{self.published_at.timestamp():.6f}"


HAS_EDITION = (
    "SELECT EXISTS (SELECT FROM edition AS e JOIN watermark AS w ON e.number <= w.edition "
    "WHERE e.number = $1 AND e.published_at = $2)"
)
"""Whether a server has published an edition, by its number and time."""


class EditionConnection(asyncpg.Connection):
    """A connection that caches which editions its server has, since a server never loses one.

    Not over a pooler in transaction mode, where the next transaction may be on another server.
    """

    keeps_server = True
    _newest = 0
    _known: Edition | None = None

    async def has_edition(self, edition: Edition) -> bool:
        """Whether the server has an edition: a standby may lag behind it, and a failover may have replaced it."""
        if edition.number and not (self.keeps_server and edition == self._known):
            if not await self.fetchval(HAS_EDITION, edition.number, edition.published_at):
                return False
            self._known = edition
        return True

    async def has_number(self, number: int) -> bool:
        """Whether the server has an edition with a number, or a later one."""
        if not (self.keeps_server and self._newest >= number):
            self._newest = await watermark(self)
        return self._newest >= number

    async def has(self, needed: Edition | int) -> bool:
        return await (self.has_number(needed) if isinstance(needed, int) else self.has_edition(needed))


async def watermark(connection: asyncpg.Connection) -> int:
    """The number of the current edition; 0 before the first."""
    return int(await connection.fetchval("SELECT edition FROM watermark") or 0)


@dataclass(frozen=True)
class Database:
    """Connection pools in the two roles of the service. Callers hold this, never a session: each call acquires a connection.

    `url` is that of the database, `intake_url` is used for writing and `reader_url` for reading: the same, or standbys in
    the order in which this process tries them. Without `prepared` each transaction may be in another session.
    """

    url: str = field(repr=False)  # contains a password
    reader_url: str = field(repr=False)
    intake_url: str = field(repr=False)
    readers: asyncpg.Pool
    writers: asyncpg.Pool
    prepared: bool = True

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        reader_url: str | None = None,
        intake_url: str | None = None,
        *,
        size: int = DEFAULT_POOL_SIZE,
        statement_seconds: float = Limits.statement_seconds,
        prepared: bool = True,
    ) -> AsyncIterator[Self]:
        """Open pools that connect on first use; `prepared=False` is for a transaction pooler such as PgBouncer.

        Each new connection must have the settings of its pool, or DatabaseError is raised where it is used.
        """

        def pool(url: str, settings: ConnectionSettings) -> asyncpg.Pool:
            return asyncpg.create_pool(
                connect=cast(Any, Hosts.from_url(url).connect),
                connection_class=EditionConnection,
                min_size=0,
                max_size=size,
                command_timeout=statement_seconds + 1,
                timeout=_CONNECT_TIMEOUT,
                statement_cache_size=100 if prepared else 0,
                init=cast(Any, partial(_prepare_connection, settings, prepared)),
                reset=_reset_connection,
                server_settings={"application_name": "payrank", **settings.startup_parameters},
            )

        read_url = shuffle_hosts(reader_url) if reader_url else primary_url(url, "primary")
        write_url = primary_url(intake_url or url)
        readers = pool(read_url, ConnectionSettings("PAYRANK_READER_URL", READER, statement_seconds, read_only=True))
        writers = pool(write_url, ConnectionSettings("PAYRANK_INTAKE_URL", INTAKE, statement_seconds))
        with translate_errors():
            await readers
            await writers
        try:
            yield cls(url, read_url, write_url, readers, writers, prepared)
        finally:
            readers.terminate()
            writers.terminate()

    async def check(self) -> None:
        """Raise DatabaseError if connections lack the settings of their pools, or must not use prepared statements."""
        urls = {"PAYRANK_READER_URL": self.reader_url, "PAYRANK_INTAKE_URL": self.intake_url}
        with translate_errors():
            for pool in (self.readers, self.writers):
                async with pool.acquire(timeout=_CONNECT_TIMEOUT):
                    pass
            for variable, url in urls.items():
                if self.prepared and await shares_sessions(url):
                    raise require_unprepared(variable)

    @asynccontextmanager
    async def read(self, edition: Edition | int = 0) -> AsyncIterator[asyncpg.Connection]:
        """A read-only connection to a server that has an edition, or at least one with a number; if a standby lags behind
        it, to the primary.

        Raises DatabaseUnavailable if there is none within a few seconds.
        """
        count(Work.READS)
        with translate_errors():
            async with self.readers.acquire(timeout=_CONNECT_TIMEOUT) as connection, self._one_server(connection):  # type: ignore[arg-type]
                if await connection.has(edition):  # type: ignore[attr-defined]
                    yield connection  # type: ignore[misc]
                    return
            async with self.writers.acquire(timeout=_CONNECT_TIMEOUT) as connection, connection.transaction(readonly=True):
                if not await connection.has(edition):  # type: ignore[attr-defined]
                    raise edition_unavailable(edition)
                yield connection  # type: ignore[misc]

    def _one_server(self, connection: asyncpg.Connection) -> AbstractAsyncContextManager[object]:
        """A transaction where each statement could otherwise be run by another server."""
        return nullcontext() if self.prepared else connection.transaction(readonly=True)

    async def has_lost(self, edition: Edition) -> bool:
        """Whether the primary does not have an edition: then no server has it any more. Raises DatabaseError."""
        with translate_errors():
            async with self.writers.acquire(timeout=_CONNECT_TIMEOUT) as connection:
                found = await connection.fetchval(HAS_EDITION, edition.number, edition.published_at)
        return bool(edition.number) and not found

    @asynccontextmanager
    async def write(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection of the role intake; its writes are durable once this exits without an error.

        Raises DatabaseUnavailable if there is none within a few seconds, or if no synchronous standby confirmed the write.
        """
        with translate_errors():
            async with self.writers.acquire(timeout=_CONNECT_TIMEOUT) as connection, _confirmed(connection):  # type: ignore[arg-type]
                yield connection  # type: ignore[misc]

    @asynccontextmanager
    async def authorised_transaction(self, **credentials: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction with credentials for rows: `receipt`, `submission`, or `token` and `token_hash`.

        Row-level security (migration 0003) compares them; they apply to this transaction only.
        """
        async with self.write() as connection, connection.transaction():
            for name, value in credentials.items():
                await connection.execute("SELECT set_config($1, $2, true)", f"payrank.{name}", value)
            yield connection


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the login of a URL, closed at the end; its errors are DatabaseError.

    Not for the service, which must not have the rights of the login.
    """
    async with _connection(url) as connection:
        await connection.execute(f"SET search_path = {SCHEMA}")
        yield connection


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    with translate_errors():
        connection = await Hosts.from_url(url).connect(
            timeout=_COMMAND_CONNECT_TIMEOUT, server_settings={"application_name": "payrank"}
        )
        try:
            yield connection
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT)


@asynccontextmanager
async def transaction_as(url: str, role: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction in a role, over a new connection."""
    async with _connection(url) as connection, connection.transaction():
        await connection.execute(f"SET LOCAL ROLE {role}; SET LOCAL search_path = {SCHEMA}")
        yield connection


async def _prepare_connection(settings: ConnectionSettings, prepared: bool, connection: EditionConnection) -> None:
    connection.keeps_server = prepared
    await settings.check(connection)
    trace_statements(connection)


async def _reset_connection(_: asyncpg.Connection) -> None:
    """Nothing to reset when a connection returns to the pool: settings are local to transactions, and no locks or cursors
    outlive one.

    The driver's own reset takes a round trip for each use. It rolls an open transaction back before it calls this.
    """


_UNCONFIRMED = ("01000", "57P01")
"""The SQLSTATEs of the warning that a wait for a standby was cancelled, or ended with the connection."""


@asynccontextmanager
async def _confirmed(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Raise DatabaseUnavailable if a commit was not confirmed by a synchronous standby.

    PostgreSQL only warns when it stops waiting for the standby: the row may be lost with this server. It says so in the
    language of the server, with a SQLSTATE that no other warning about these statements has.
    """
    warnings: list[str] = []

    def on_message(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if message.severity_en == "WARNING" and message.sqlstate in _UNCONFIRMED:
            warnings.append(str(message))

    connection.add_log_listener(on_message)
    try:
        yield
    finally:
        if not connection.is_closed():
            connection.remove_log_listener(on_message)
    if warnings:
        raise DatabaseUnavailable("A standby did not confirm the write; send the same request again.")


def edition_unavailable(edition: Edition | int) -> DatabaseUnavailable:
    """The error for an edition that no reachable server has yet, or any more."""
    number = edition if isinstance(edition, int) else edition.number
    return DatabaseUnavailable(
        f"The reachable servers are behind edition {number}, or a failover has replaced it; try again in a moment."
    )
