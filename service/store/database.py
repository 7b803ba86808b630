"""The handle to PostgreSQL that the service holds: connections that read, and connections that take submissions in."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, cast

import asyncpg

from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from service.store.hosts import Hosts, of_primary, shuffled
from service.tracing import listen

READER, INTAKE, PUBLISHER = "payrank_reader", "payrank_intake", "payrank_publisher"
_PATIENCE = 3
"""Seconds to wait for a connection before the database counts as too busy."""
_UNREACHABLE = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InternalClientError,
    asyncpg.InterfaceError,
)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn the driver's errors into sentences for whoever asked or runs the service."""
    try:
        yield
    except asyncpg.QueryCanceledError as error:
        raise DatabaseTimeout("The database took too long for this question; narrow the filter or ask again.") from error
    except TimeoutError as error:
        raise DatabaseTimeout("The database took too long to answer; it is busy or unwell. Try again.") from error
    except _UNREACHABLE as error:
        raise DatabaseUnavailable(
            f"The database cannot be reached ({type(error).__name__}); "
            "see that it runs and that PAYRANK_DATABASE_URL and PAYRANK_READER_URL are right."
        ) from error
    except asyncpg.InsufficientResourcesError as error:
        raise DatabaseUnavailable(
            f"The database has run out of room ({type(error).__name__}), and nothing of this was kept. Try again later; "
            "whoever runs the service learns more from `payrank doctor`."
        ) from error
    except asyncpg.ReadOnlySQLTransactionError as error:
        raise DatabaseUnavailable(
            f"This server can only be read ({error}); name the primary in PAYRANK_DATABASE_URL, or all servers of which "
            "one is it."
        ) from error
    except asyncpg.SerializationError as error:
        raise DatabaseUnavailable("The standby had to go on with what the primary does; ask again.") from error
    except asyncpg.UndefinedTableError as error:
        raise DatabaseError("The database has no PayRank tables yet; run `payrank migrate`.") from error
    except asyncpg.InvalidParameterValueError as error:
        raise DatabaseError(f"The database refused the connection's settings ({error}); run `payrank migrate`.") from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(f"PostgreSQL refused: {error}.") from error


async def watermark(connection: asyncpg.Connection) -> int:
    """The number of the current edition; 0 before the first."""
    return int(await connection.fetchval("SELECT edition FROM watermark") or 0)


class Following(asyncpg.Connection):
    """A connection that remembers the newest edition its server was seen to have: no server goes back behind one."""

    _seen = 0

    async def has(self, edition: int) -> bool:
        """Whether the server has an edition; a standby may be behind the one that the index was built from."""
        if self._seen < edition:
            self._seen = await watermark(self)
        return self._seen >= edition


@dataclass(frozen=True)
class Database:
    """Connections in the two roles that the service holds. Callers hold this, never a session: each call has its own.

    `url` is where is written, `reader_url` where is read: the same, or standbys in the order that this process tries them.
    """

    url: str = field(repr=False)  # holds a password
    reader_url: str = field(repr=False)
    readers: asyncpg.Pool
    writers: asyncpg.Pool

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        reader_url: str | None = None,
        *,
        size: int = 8,
        statement_seconds: float = 5,
        prepared: bool = True,
    ) -> AsyncIterator[Self]:
        """Connect lazily to one or several hosts; `prepared=False` suits a transaction pooler."""

        def pool(url: str, role: str, **settings: str) -> asyncpg.Pool:
            return asyncpg.create_pool(
                connect=cast(Any, Hosts.of(url).connect),
                connection_class=Following,
                min_size=0,
                max_size=size,
                command_timeout=statement_seconds + 1,
                timeout=_PATIENCE,
                statement_cache_size=100 if prepared else 0,
                init=_listened_to,
                reset=_as_it_was,
                server_settings={
                    "application_name": "payrank",
                    "role": role,
                    "statement_timeout": str(int(statement_seconds * 1000)),
                    **settings,
                },
            )

        to_read = shuffled(reader_url) if reader_url else of_primary(url, "primary")
        readers = pool(to_read, READER, default_transaction_read_only="on")
        writers = pool(of_primary(url), INTAKE)
        with plain_errors():
            await readers
            await writers
        try:
            yield cls(url, to_read, readers, writers)
        finally:
            readers.terminate()
            writers.terminate()

    @asynccontextmanager
    async def read(self, edition: int = 0) -> AsyncIterator[asyncpg.Connection]:
        """A read-only connection to a server that has an edition: where a standby is behind it, to the primary.

        Raises DatabaseUnavailable when none can be had within a few seconds.
        """
        with plain_errors():
            async with self.readers.acquire(timeout=_PATIENCE) as connection:
                if await connection.has(edition):  # type: ignore[attr-defined]
                    yield connection  # type: ignore[misc]
                    return
            async with self.writers.acquire(timeout=_PATIENCE) as connection, connection.transaction(readonly=True):
                if not await connection.has(edition):  # type: ignore[attr-defined]
                    raise behind(edition)
                yield connection  # type: ignore[misc]

    @asynccontextmanager
    async def write(self) -> AsyncIterator[asyncpg.Connection]:
        """A connection that takes submissions in; what it wrote is kept once this has ended without an error.

        Raises DatabaseUnavailable when none can be had within a few seconds, or when a synchronous standby did not confirm.
        """
        with plain_errors():
            async with self.writers.acquire(timeout=_PATIENCE) as connection, _confirmed(connection):  # type: ignore[arg-type]
                yield connection  # type: ignore[misc]

    @asynccontextmanager
    async def entrusted(self, **with_what: str) -> AsyncIterator[asyncpg.Connection]:
        """A transaction that names what entitles it to rows: `receipt`, `submission`, or `token` and `token_hash`.

        Row-level security (migration 0003) compares these; they are gone when the transaction ends.
        """
        async with self.write() as connection, connection.transaction():
            for name, value in with_what.items():
                await connection.execute("SELECT set_config($1, $2, true)", f"payrank.{name}", value)
            yield connection


def behind(edition: int) -> DatabaseUnavailable:
    """That no server at hand has an edition which others have told of."""
    return DatabaseUnavailable(f"The servers that can be reached are behind edition {edition}; ask again in a moment.")


@asynccontextmanager
async def publishing(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction in the role publisher, which sees all that was contributed: for the terminal, never for the service."""
    with plain_errors():
        connection = await Hosts.of(url).connect(
            timeout=_PATIENCE, server_settings={"application_name": "payrank", "role": PUBLISHER}
        )
        try:
            async with connection.transaction():
                yield connection
        finally:
            await connection.close(timeout=_PATIENCE)


async def _listened_to(connection: asyncpg.Connection) -> None:
    listen(connection)


async def _as_it_was(_: asyncpg.Connection) -> None:
    """Nothing to undo when a connection goes back: settings are made for a transaction, locks and cursors not at all.

    The driver's own way is a round trip for each use. An open transaction it rolls back before it comes here.
    """


@asynccontextmanager
async def _confirmed(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """PostgreSQL only warns when it gives up waiting for a standby: the row may be lost with this server."""
    doubts: list[str] = []

    def listen(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if "synchronous replication" in str(getattr(message, "message", "")):
            doubts.append(str(message))

    connection.add_log_listener(listen)
    try:
        yield
    finally:
        if not connection.is_closed():
            connection.remove_log_listener(listen)
    if doubts:
        raise DatabaseUnavailable("A standby did not confirm what was written; send the same request again.")
