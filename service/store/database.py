"""Connections to PostgreSQL in the roles of the service, over one or several hosts, and their errors as DatabaseError."""

import random
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any, Self, cast
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from service.limits import DEFAULT_POOL_SIZE, Limits
from service.telemetry import trace_statements

READER, INTAKE, PUBLISHER = "payrank_reader", "payrank_intake", "payrank_publisher"
EDITION_LOCK, REFERENCE_LOCK, PUBLISHER_LOCK, MIGRATION_LOCK, EMPLOYER_LOCK = range(7_729_726_510, 7_729_726_515)
"""Advisory locks of a database; the first seven digits spell "payrank" on a telephone keypad."""
EDITION_LOCK_TIMEOUT = "1s"
"""How long a moderator's change that must not overtake a release waits for it."""
_CONNECT_TIMEOUT = 3
"""Seconds to wait for a connection before the database counts as overloaded."""


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
    """A connection that caches which editions its server has, since a server never loses one."""

    _newest = 0
    _known: Edition | None = None

    async def has_edition(self, edition: Edition) -> bool:
        """Whether the server has an edition: a standby may lag behind it, and a failover may have replaced it."""
        if edition.number and edition != self._known:
            if not await self.fetchval(HAS_EDITION, edition.number, edition.published_at):
                return False
            self._known = edition
        return True

    async def has_number(self, number: int) -> bool:
        """Whether the server has an edition with a number, or a later one."""
        if self._newest < number:
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

    `url` is used for writing and `reader_url` for reading: the same, or standbys in the order in which this process tries
    them.
    """

    url: str = field(repr=False)  # contains a password
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
        size: int = DEFAULT_POOL_SIZE,
        statement_seconds: float = Limits.statement_seconds,
        prepared: bool = True,
    ) -> AsyncIterator[Self]:
        """Open pools that connect on first use; `prepared=False` is for a transaction pooler such as PgBouncer."""

        def pool(url: str, role: str, **settings: str) -> asyncpg.Pool:
            return asyncpg.create_pool(
                connect=cast(Any, Hosts.from_url(url).connect),
                connection_class=EditionConnection,
                min_size=0,
                max_size=size,
                command_timeout=statement_seconds + 1,
                timeout=_CONNECT_TIMEOUT,
                statement_cache_size=100 if prepared else 0,
                init=_trace_connection,
                reset=_reset_connection,
                server_settings={
                    "application_name": "payrank",
                    "role": role,
                    "statement_timeout": str(int(statement_seconds * 1000)),
                    **settings,
                },
            )

        read_url = shuffle_hosts(reader_url) if reader_url else primary_url(url, "primary")
        readers = pool(read_url, READER, default_transaction_read_only="on")
        writers = pool(primary_url(url), INTAKE)
        with translate_errors():
            await readers
            await writers
        try:
            yield cls(url, read_url, readers, writers)
        finally:
            readers.terminate()
            writers.terminate()

    @asynccontextmanager
    async def read(self, edition: Edition | int = 0) -> AsyncIterator[asyncpg.Connection]:
        """A read-only connection to a server that has an edition, or at least one with a number; if a standby lags behind
        it, to the primary.

        Raises DatabaseUnavailable if there is none within a few seconds.
        """
        with translate_errors():
            async with self.readers.acquire(timeout=_CONNECT_TIMEOUT) as connection:
                if await connection.has(edition):  # type: ignore[attr-defined]
                    yield connection  # type: ignore[misc]
                    return
            async with self.writers.acquire(timeout=_CONNECT_TIMEOUT) as connection, connection.transaction(readonly=True):
                if not await connection.has(edition):  # type: ignore[attr-defined]
                    raise edition_unavailable(edition)
                yield connection  # type: ignore[misc]

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
async def publisher_transaction(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A transaction in the role publisher, which sees all contributions: for the command line, never for the service."""
    with translate_errors():
        connection = await Hosts.from_url(url).connect(
            timeout=_CONNECT_TIMEOUT, server_settings={"application_name": "payrank", "role": PUBLISHER}
        )
        try:
            async with connection.transaction():
                yield connection
        finally:
            await connection.close(timeout=_CONNECT_TIMEOUT)


async def _trace_connection(connection: asyncpg.Connection) -> None:
    trace_statements(connection)


async def _reset_connection(_: asyncpg.Connection) -> None:
    """Nothing to reset when a connection returns to the pool: settings are local to transactions, and no locks or cursors
    outlive one.

    The driver's own reset takes a round trip for each use. It rolls an open transaction back before it calls this.
    """


@asynccontextmanager
async def _confirmed(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Raise DatabaseUnavailable if a commit was not confirmed by a synchronous standby.

    PostgreSQL only warns when it stops waiting for the standby: the row may be lost with this server.
    """
    warnings: list[str] = []

    def on_message(_: object, message: asyncpg.PostgresLogMessage) -> None:
        if "synchronous replication" in str(getattr(message, "message", "")):
            warnings.append(str(message))

    connection.add_log_listener(on_message)
    try:
        yield
    finally:
        if not connection.is_closed():
            connection.remove_log_listener(on_message)
    if warnings:
        raise DatabaseUnavailable("A standby did not confirm the write; send the same request again.")


# Errors


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn asyncpg's errors into DatabaseError."""
    try:
        yield
    except TimeoutError as error:
        raise DatabaseTimeout("The database took too long to answer; it is overloaded or unhealthy. Try again.") from error
    except (OSError, asyncpg.InternalClientError, asyncpg.InterfaceError) as error:
        raise unreachable(type(error).__name__) from error
    except asyncpg.PostgresError as error:
        raise database_error(error.sqlstate or "", str(error), type(error).__name__) from error


_UNREACHABLE = ("08", "57P", "55000", "53300")
"""SQLSTATEs, or their beginnings, of lost connections and of servers that shut down or accept no more connections."""
_MESSAGES: dict[str, tuple[type[DatabaseError], str]] = {
    "22023": (DatabaseError, "The database rejected the connection's settings ({text}). Run `payrank migrate`."),
    "25006": (
        DatabaseUnavailable,
        "This server is read-only ({text}). Name the primary in PAYRANK_DATABASE_URL, or all servers including it.",
    ),
    "40001": (DatabaseUnavailable, "The query conflicted with replication on the standby. Try again."),
    "42501": (DatabaseError, "The database user lacks a permission ({text}). Use the user that ran `payrank migrate`."),
    "42P01": (DatabaseError, "The database has no PayRank tables yet. Run `payrank migrate`."),
    "55P03": (
        DatabaseUnavailable,
        "Another process, such as a release, holds a needed lock ({text}). Try again in a minute.",
    ),
    "57014": (DatabaseTimeout, "The database took too long for this query. Narrow the filter, or try again later."),
}


def database_error(sqlstate: str, text: str, name: str) -> DatabaseError:
    """The error for a SQLSTATE with the server's text; `name` is used where the text may contain addresses or paths."""
    if sqlstate.startswith(_UNREACHABLE):
        return unreachable(name)
    if sqlstate.startswith("53"):
        return DatabaseUnavailable(
            f"The database is out of disk space, memory or another resource ({name}), and nothing was saved. Try "
            "again later; `payrank doctor` shows operators more."
        )
    kind, message = _MESSAGES.get(sqlstate, (DatabaseError, "PostgreSQL error: {text}."))
    return kind(message.format(text=text))


def unreachable(reason: str) -> DatabaseUnavailable:
    """The error for a database that cannot be reached."""
    return DatabaseUnavailable(
        f"The database cannot be reached ({reason}). Check that it runs and that PAYRANK_DATABASE_URL and "
        "PAYRANK_READER_URL are right."
    )


def edition_unavailable(edition: Edition | int) -> DatabaseUnavailable:
    """The error for an edition that no reachable server has yet, or any more."""
    number = edition if isinstance(edition, int) else edition.number
    return DatabaseUnavailable(
        f"The reachable servers are behind edition {number}, or a failover has replaced it; try again in a moment."
    )


# Several hosts in one URL, such as postgresql://user@one:5432,two:5432/payrank

_TRY_NEXT_HOST = (
    OSError,  # includes TimeoutError: a machine without power does not even refuse the connection
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TargetServerAttributeNotMatched,
)
"""Errors of one host after which the next is tried."""


@dataclass
class Hosts:
    """The hosts of a URL in the order in which they are tried; the one that answered last comes first."""

    urls: Sequence[str]

    @classmethod
    def from_url(cls, url: str) -> "Hosts":
        return cls(split_hosts(url))

    async def connect(self, _: object = None, *, timeout: float, **settings: Any) -> asyncpg.Connection:  # noqa: ASYNC109
        """Connect to the first suitable host. Each gets an equal share of the timeout, so that one cannot use it up."""
        share = timeout / len(self.urls)
        failure: Exception | None = None
        for url in self.urls:
            try:
                connection: asyncpg.Connection = await asyncpg.connect(url, timeout=share, **settings)
            except _TRY_NEXT_HOST as error:
                failure = error
                continue
            self.urls = [url, *(other for other in self.urls if other != url)]
            return connection
        assert failure
        raise failure


def split_hosts(url: str) -> list[str]:
    """One URL for each host.

    >>> split_hosts("postgresql://u@a:1,b:2/db")
    ['postgresql://u@a:1/db', 'postgresql://u@b:2/db']
    >>> split_hosts("postgresql://u@/db?host=/a,/b&port=1")
    ['postgresql://u@/db?host=%2Fa&port=1', 'postgresql://u@/db?host=%2Fb&port=1']
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        return [urlunsplit(parts._replace(netloc=f"{login}{at}{host}")) for host in hosts.split(",")]
    if "," in query.get("host", ""):
        ports = query.get("port", "5432").split(",")
        pairs = zip(query["host"].split(","), cycle(ports), strict=False)
        return [urlunsplit(parts._replace(query=_encode(query | {"host": h, "port": p}))) for h, p in pairs]
    return [url]


def shuffle_hosts(url: str) -> str:
    """The same URL with its hosts in random order, which spreads processes over them: the first that answers is used."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{login}{at}{_shuffle(hosts)}")
    elif "," in query.get("host", "") and "port" not in query:
        parts = parts._replace(query=_encode(query | {"host": _shuffle(query["host"])}))
    return urlunsplit(parts)


def _shuffle(hosts: str) -> str:
    names = hosts.split(",")
    random.shuffle(names)
    return ",".join(names)


def primary_url(url: str, attribute: str = "read-write") -> str:
    """The same URL, restricted to the primary if it has several hosts: any of them may become a standby.

    >>> primary_url("postgresql://u@a,b/db"), primary_url("postgresql://u@a/db")
    ('postgresql://u@a,b/db?target_session_attrs=read-write', 'postgresql://u@a/db')
    """
    return _with_option(url, "target_session_attrs", attribute)


def without_password(url: str) -> str:
    """The same URL for people to read.

    >>> without_password("postgresql://ann:se%40cret@a:1,b:2/db?sslmode=require&password=secret")
    'postgresql://ann@a:1,b:2/db?sslmode=require'
    """
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in _PASSWORDS]
    shown = parts._replace(netloc=f"{login.partition(':')[0]}{at}{hosts}", query=urlencode(options, safe="/"))
    return urlunsplit(shown)


_PASSWORDS = ("password", "sslpassword")


def with_connect_timeout(url: str, seconds: int) -> str:
    """The same URL for libpq, which then moves on from a host that does not answer if there are several."""
    return _with_option(url, "connect_timeout", str(seconds))


def _with_option(url: str, name: str, value: str) -> str:
    """Add a connection option to a URL of several hosts that does not have it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if len(split_hosts(url)) == 1 or name in query:
        return url
    return urlunsplit(parts._replace(query=_encode(query | {name: value})))


def with_timeouts(url: str, *, lock_seconds: int, statement_seconds: int) -> str:
    """The same URL, whose connections wait for a lock, and run a statement, only for so long.

    >>> with_timeouts("postgresql://u@a/db?options=-c%20geqo%3Doff", lock_seconds=5, statement_seconds=60)
    'postgresql://u@a/db?options=-c%20geqo%3Doff%20-c%20lock_timeout%3D5s%20-c%20statement_timeout%3D60s'
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    timeouts = f"-c lock_timeout={lock_seconds}s -c statement_timeout={statement_seconds}s"
    return urlunsplit(parts._replace(query=_encode(query | {"options": f"{query.get('options', '')} {timeouts}".strip()})))


def _encode(query: Mapping[str, str]) -> str:
    """The options of a URL; libpq reads a plus sign as one."""
    return urlencode(query, quote_via=quote)
