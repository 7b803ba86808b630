"""The handle to PostgreSQL that the service holds: a pool of read-only connections in the reader's role."""

import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from service.errors import DatabaseError, DatabaseUnavailable

READER = "payrank_reader"
_UNREACHABLE = (
    OSError,
    TimeoutError,
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
        raise DatabaseUnavailable("The database took too long for this question; narrow the filter or ask again.") from error
    except _UNREACHABLE as error:
        raise DatabaseUnavailable(
            f"The database cannot be reached ({type(error).__name__}); "
            "see that it runs and that PAYRANK_DATABASE_URL is right."
        ) from error
    except asyncpg.UndefinedTableError as error:
        raise DatabaseError("The database has no PayRank tables yet; run `payrank migrate`.") from error
    except asyncpg.InvalidParameterValueError as error:
        raise DatabaseError(f"The database refused the connection's settings ({error}); run `payrank migrate`.") from error
    except asyncpg.PostgresError as error:
        raise DatabaseError(f"PostgreSQL refused: {error}.") from error


def shuffled(url: str) -> str:
    """The same URL with its hosts in random order: asyncpg always takes the first that answers."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if "," in parts.netloc:
        login, at, hosts = parts.netloc.rpartition("@")
        parts = parts._replace(netloc=f"{login}{at}{_shuffle(hosts)}")
    elif "," in query.get("host", "") and "port" not in query:
        parts = parts._replace(query=urlencode(query | {"host": _shuffle(query["host"])}))
    return urlunsplit(parts)


def _shuffle(hosts: str) -> str:
    names = hosts.split(",")
    random.shuffle(names)
    return ",".join(names)


@dataclass(frozen=True)
class Database:
    """Connections for reading. Resolvers hold this, never a session: each call opens a short one of its own."""

    url: str = field(repr=False)  # holds a password
    readers: asyncpg.Pool

    @classmethod
    @asynccontextmanager
    async def open(
        cls, url: str, *, size: int = 8, statement_seconds: float = 5, prepared: bool = True
    ) -> AsyncIterator[Self]:
        """Connect lazily to one or several hosts; `prepared=False` suits a transaction pooler."""
        pool = asyncpg.create_pool(
            shuffled(url),
            min_size=0,
            max_size=size,
            command_timeout=statement_seconds + 1,
            timeout=5,
            statement_cache_size=100 if prepared else 0,
            server_settings={
                "application_name": "payrank",
                "role": READER,
                "default_transaction_read_only": "on",
                "statement_timeout": str(int(statement_seconds * 1000)),
            },
        )
        with plain_errors():
            await pool
        try:
            yield cls(url, pool)
        finally:
            pool.terminate()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[asyncpg.Connection]:
        """A read-only connection; raises DatabaseUnavailable when none can be had within five seconds."""
        with plain_errors():
            async with self.readers.acquire(timeout=5) as connection:
                yield connection  # type: ignore[misc]
