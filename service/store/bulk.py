"""Whole tables in and out of PostgreSQL as Arrow data, by binary COPY: for imports and for building the rank index."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import adbc_driver_manager
import pyarrow as pa

from service.errors import DatabaseError, DatabaseTimeout, DatabaseUnavailable
from service.store.hosts import not_waiting_long
from service.tracing import statement

_PATIENCE = 3
"""Seconds for each of several hosts to answer in."""


def _plain(error: adbc_driver_manager.Error) -> DatabaseError:
    text = str(error).split("ERROR:")[-1].split("\n")[0].strip()
    if error.status_code == adbc_driver_manager.AdbcStatusCode.IO and not error.sqlstate:
        return _unreachable(text)
    return _refused(error.sqlstate or "", text)


def _unreachable(text: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        "The database cannot be reached; see that it runs and that PAYRANK_DATABASE_URL and PAYRANK_READER_URL are right "
        f"({text})."
    )


_SENTENCES: dict[str, tuple[type[DatabaseError], str]] = {
    "40001": (DatabaseUnavailable, "The standby had to go on with what the primary does; ask again."),
    "25006": (DatabaseUnavailable, "This server can only be read ({text}); name the primary in PAYRANK_DATABASE_URL."),
    "57014": (DatabaseTimeout, "The database took too long for this; it is busy or unwell. Try again."),
    "42P01": (DatabaseError, "The database has no PayRank tables yet; run `payrank migrate`."),
    "42501": (DatabaseError, "The database user may not do this ({text}); use the user that ran `payrank migrate`."),
}


def _refused(sqlstate: str, text: str) -> DatabaseError:
    if sqlstate.startswith(("08", "57P")):  # the connection was lost, or its server is going
        return _unreachable(text)
    if sqlstate.startswith("53"):
        return DatabaseUnavailable(f"The database has run out of room ({text}); free some and run this again.")
    kind, sentence = _SENTENCES.get(sqlstate, (DatabaseError, "PostgreSQL refused: {text}."))
    return kind(sentence.format(text=text))


@dataclass(frozen=True, slots=True)
class Bulk:
    """One connection in one transaction after another; `commit` ends each."""

    connection: Any

    def rows(self, sql: str, values: Sequence[Any] = ()) -> pa.Table:
        with statement(sql), self.connection.cursor() as cursor:
            cursor.execute(sql, list(values) or None)
            return cursor.fetch_arrow_table()

    def batches(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The rows piece by piece, as they come."""
        with statement(sql), self.connection.cursor() as cursor:
            cursor.execute(sql)
            yield from cursor.fetch_record_batch()

    def one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first column of the only row; None when there is no row."""
        column = self.rows(sql, values).column(0)
        return column[0].as_py() if len(column) else None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        with statement(sql), self.connection.cursor() as cursor:
            cursor.execute(sql, list(values) or None)

    def append(self, table: str, data: pa.Table | pa.RecordBatch | pa.RecordBatchReader) -> int:
        """Add rows by COPY; columns are matched by name, those not given stay null. Returns the number of rows."""
        with self.connection.cursor() as cursor:
            return int(cursor.adbc_ingest(table, data, mode="append"))

    def commit(self) -> None:
        self.connection.commit()


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the driver's errors into DatabaseError."""
    try:
        yield
    except adbc_driver_manager.Error as error:
        raise _plain(error) from error


@contextmanager
def bulk(url: str, role: str | None = None) -> Iterator[Bulk]:
    """Connect, and take on a role; what was not committed is undone on leaving. The driver's errors become DatabaseError."""
    from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - it brings pandas, which web workers need not wait for

    with told_plainly(), dbapi.connect(not_waiting_long(url, _PATIENCE)) as connection:
        rows = Bulk(connection)
        if role:
            rows.execute(f"SET ROLE {role}")
            rows.commit()
        yield rows
