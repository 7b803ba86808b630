"""The errors of PostgreSQL and its driver as DatabaseError, with what to do about them."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn asyncpg's errors into DatabaseError."""
    try:
        yield
    except TimeoutError as error:
        raise DatabaseTimeout("The database took too long to answer; it is overloaded or unhealthy. Try again.") from error
    except ssl.SSLError as error:
        raise DatabaseUnavailable(_tls_failure(error)) from error
    except (OSError, asyncpg.InternalClientError, asyncpg.InterfaceError) as error:
        raise unreachable(type(error).__name__) from error
    except asyncpg.PostgresError as error:
        text = str(error.args[0]) if error.args else ""  # without the details, which may have a whole row
        raise database_error(error.sqlstate or "", text, type(error).__name__) from error


def _tls_failure(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"The certificate of the database server was not accepted: {error.verify_message}. In the URL, set "
            "`sslrootcert` to the file of its authority and use the host name in the certificate, or use another sslmode."
        )
    return f"TLS with the database server failed ({error.reason or type(error).__name__}). Check sslmode and its files."


_UNREACHABLE = ("08", "57P", "55000", "53300")
"""SQLSTATEs, or their beginnings, of lost connections and of servers that shut down or accept no more connections."""
_MESSAGES: dict[str, tuple[type[DatabaseError], str]] = {
    "08P01": (
        DatabaseError,
        "The server refused how PayRank connects ({text}). If it is a pooler, see docs/operations.md#connection-poolers.",
    ),
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
    if sqlstate.startswith(_UNREACHABLE) and sqlstate not in _MESSAGES:
        return unreachable(name)
    if sqlstate.startswith("53"):
        return DatabaseUnavailable(
            f"The database is out of disk space, memory or another resource ({name}), and nothing was saved. Try "
            "again later; `payrank doctor` shows operators more."
        )
    if sqlstate.startswith("22") and sqlstate not in _MESSAGES:
        return DatabaseError(f"PostgreSQL refused a value, which is not shown here (SQLSTATE {sqlstate}).")
    kind, message = _MESSAGES.get(sqlstate, (DatabaseError, "PostgreSQL error: {text}."))
    return kind(message.format(text=text))


def unreachable(reason: str) -> DatabaseUnavailable:
    """The error for a database that cannot be reached."""
    return DatabaseUnavailable(
        f"The database cannot be reached ({reason}). Check that it runs and that PAYRANK_DATABASE_URL and "
        "PAYRANK_READER_URL are right."
    )
