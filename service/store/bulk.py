"""Whole tables in and out of PostgreSQL as Arrow data by binary COPY: for imports, publication and building the index."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import adbc_driver_manager
import pyarrow as pa
from sqlalchemy import Executable

from service.errors import DatabaseError
from service.store.hosts import SCHEMA, with_connect_timeout
from service.store.postgres_errors import database_error, unreachable
from service.store.tables import render
from service.telemetry import statement_span

_CONNECT_TIMEOUT = 3
"""Seconds for each of several hosts to answer."""
LocalSettings = Mapping[str, str]
NO_SETTINGS: LocalSettings = MappingProxyType({})


@dataclass(slots=True)
class BulkConnection:
    """A connection that is always in a transaction; `commit` and `rollback` end it and start the next.

    `settings` of PostgreSQL, such as the role, hold in each transaction and not beyond: over a pooler, the next client may
    get the same session.
    """

    connection: Any
    settings: LocalSettings = field(default_factory=dict)
    _is_new: bool = True
    """Whether the settings were not made yet in this transaction."""

    def query(self, sql: str | Executable, values: Sequence[Any] = ()) -> pa.Table:
        """The rows of a query, written as SQL or with the classes of `tables`."""
        text, values = (sql, values) if isinstance(sql, str) else render(sql)
        with statement_span(text), self._cursor() as cursor:
            cursor.execute(text, list(values) or None)
            return cursor.fetch_arrow_table()

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, as they arrive."""
        with statement_span(sql), self._cursor() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    def scalar(self, sql: str | Executable, values: Sequence[Any] = ()) -> Any:
        """The first column of the only row; None if there is no row."""
        column = self.query(sql, values).column(0)
        return column[0].as_py() if len(column) else None

    def execute(self, sql: str | Executable, values: Sequence[Any] = ()) -> None:
        """Run a statement, written as SQL or with the classes of `tables`."""
        text, values = (sql, values) if isinstance(sql, str) else render(sql)
        with statement_span(text), self._cursor() as cursor:
            cursor.execute(text, list(values) or None)

    def append(self, table: str, data: pa.Table | pa.RecordBatch | pa.RecordBatchReader) -> int:
        """Add rows by COPY; columns are matched by name, missing ones become null. Returns the number of rows."""
        with self._cursor() as cursor:
            return int(cursor.adbc_ingest(table, data, mode="append"))

    def commit(self) -> None:
        self.connection.commit()
        self._is_new = True

    def rollback(self) -> None:
        self.connection.rollback()
        self._is_new = True

    def _cursor(self) -> Any:
        if self._is_new and self.settings:
            made = (f"set_config('{name}', '{value}', true)" for name, value in self.settings.items())
            with self.connection.cursor() as cursor:
                cursor.execute(f"SELECT {', '.join(made)}")
        self._is_new = False
        return self.connection.cursor()


class _Database(adbc_driver_manager.AdbcDatabase):
    """Type information shared by all connections; closing a connection does not close it."""

    def close(self) -> None:
        """Do nothing: the next connection needs it."""

    def __del__(self) -> None:
        super().close()


@lru_cache(maxsize=4)
def _database(url: str) -> _Database:
    """The driver reads all types of a database first, which takes ten times as long as to connect. PayRank adds none."""
    import adbc_driver_postgresql  # noqa: PLC0415 - as above

    return _Database(driver=adbc_driver_postgresql._driver_path(), uri=url)


@contextmanager
def bulk_connection(url: str, role: str | None = None, settings: LocalSettings = NO_SETTINGS) -> Iterator[BulkConnection]:
    """Connect, optionally in a role and with other settings; uncommitted changes are rolled back at the end.

    Raises DatabaseError.
    """
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - it imports pandas, which web workers do not need

    with translate_bulk_errors():
        database = _database(with_connect_timeout(url, _CONNECT_TIMEOUT))
        connection = dbapi.Connection(database, adbc_driver_manager.AdbcConnection(database))
    with translate_bulk_errors(), connection:
        own = {"search_path": SCHEMA} | ({"role": role} if role else {})
        yield BulkConnection(connection, {**own, **settings})


def statement_timeout(seconds: float) -> LocalSettings:
    """The setting that ends a statement after a number of seconds."""
    return {"statement_timeout": f"{max(1, int(seconds * 1000))}ms"}


@contextmanager
def translate_bulk_errors() -> Iterator[None]:
    """Turn the ADBC driver's errors into DatabaseError."""
    try:
        yield
    except adbc_driver_manager.Error as error:
        raise _translated(error) from error


def _translated(error: adbc_driver_manager.Error) -> DatabaseError:
    details: Mapping[object, bytes] = dict(error.details)
    primary = details.get(b"PG_DIAG_MESSAGE_PRIMARY")
    text = (primary.decode() if primary else str(error)).split("\n")[0].strip()
    if error.status_code == adbc_driver_manager.AdbcStatusCode.IO and not error.sqlstate:
        return unreachable(text)
    return database_error(error.sqlstate or "", text, text)
