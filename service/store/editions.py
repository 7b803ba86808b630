"""Editions: numbered states of the data. Readers use the edition that the watermark names."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

import adbc_driver_manager
import asyncpg
import pyarrow as pa
from sqlalchemy import Executable, bindparam
from sqlmodel import col, delete, func, insert, select

from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import (
    EDITION_LOCK,
    HAS_EDITION,
    READER,
    Edition,
    edition_unavailable,
    transaction_as,
)
from service.store.tables import EditionRow, WatermarkRow, render

_CHUNK = 5_000


_WATERMARK = select(WatermarkRow.edition).scalar_subquery()


def _published(number: object) -> Executable:
    columns = select(EditionRow.number, EditionRow.published_at, EditionRow.records)
    return columns.where(col(EditionRow.number) == number, col(EditionRow.published_at).is_not(None))


_CURRENT = render(_published(_WATERMARK))[0]
_NUMBERED = render(_published(bindparam("number")))[0]

_FIRST, _NEWEST = (
    f"SELECT number, published_at, records FROM edition WHERE published_at IS NOT NULL {rest}"
    for rest in ("ORDER BY number LIMIT 1", "AND number <= $1 ORDER BY number DESC LIMIT $2")
)


def current_edition(rows: BulkConnection) -> Edition | None:
    """The current edition; None before the first."""
    return _first(rows, _published(_WATERMARK))


def find_edition(rows: BulkConnection, number: int) -> Edition | None:
    """A published edition by its number."""
    return _first(rows, _published(number))


def _first(rows: BulkConnection, statement: Executable) -> Edition | None:
    found = rows.query(statement).to_pylist()
    return Edition(**found[0]) if found else None


async def read_current_edition(url: str) -> Edition | None:
    """The current edition, over a new connection."""
    async with transaction_as(url, READER) as connection:
        return await fetch_current_edition(connection)


async def fetch_current_edition(connection: asyncpg.Connection) -> Edition | None:
    """The current edition; None before the first."""
    row = await connection.fetchrow(_CURRENT)
    return Edition(**row) if row else None


async def fetch_edition(connection: asyncpg.Connection, number: int) -> Edition | None:
    """A published edition by its number."""
    row = await connection.fetchrow(_NUMBERED, number)
    return Edition(**row) if row else None


async def fetch_feed(connection: asyncpg.Connection, number: int, count: int) -> tuple[list[Edition], Edition]:
    """The published editions up to a number, newest first, at most `count`; and the first one."""
    newest, [first] = await connection.fetch(_NEWEST, number, count), await connection.fetch(_FIRST)
    return [Edition(**row) for row in newest], Edition(**first)


def require_edition(rows: BulkConnection, edition: Edition) -> None:
    """Raise DatabaseUnavailable if the server, perhaps a standby, does not have an edition yet, or any more."""
    if edition.number and not rows.scalar(HAS_EDITION, [edition.number, edition.published_at]):
        raise edition_unavailable(edition)


async def records_by_source(connection: asyncpg.Connection, edition: int) -> dict[int, int]:
    """The number of records of each source in an edition, by the source's id."""
    found = await connection.fetch(
        f"SELECT source, count(*) AS records FROM salary_record WHERE {edition_condition(edition)} GROUP BY source"
    )
    return {row["source"]: row["records"] for row in found}


def edition_condition(edition: int) -> str:
    """The SQL condition for the records of an edition."""
    return f"added_in <= {edition} AND (removed_in IS NULL OR removed_in > {edition})"


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition that is being written; readers see none of its changes until it is published, then all of them."""

    rows: BulkConnection
    number: int

    def add(self, records: pa.Table | pa.RecordBatch) -> int:
        """Append records (the columns of `salary_record` except its editions); returns their number."""
        added_in = pa.repeat(pa.scalar(self.number, pa.int32()), records.num_rows)
        return self.rows.append("salary_record", records.append_column("added_in", added_in))

    def current_ids(self, sources: Iterable[int]) -> pa.Array:
        """The ids of the current records of some sources, as 16 bytes each."""
        listed = ", ".join(str(int(source)) for source in sources)
        sql = f"SELECT uuid_send(id) AS id FROM salary_record WHERE removed_in IS NULL AND source IN ({listed})"
        return self.rows.query(sql).column("id").cast(pa.binary(16)).combine_chunks()

    def retire(self, ids: pa.Array) -> int:
        """Remove records from this edition and later ones; returns their number."""
        for start in range(0, len(ids), _CHUNK):
            listed = ",".join(str(UUID(bytes=id_.as_py())) for id_ in ids[start : start + _CHUNK])
            self._retire(f"id = ANY('{{{listed}}}'::uuid[])")
        return len(ids)

    def retire_source(self, source: int) -> int:
        """Remove all records of a source; returns their number."""
        count = int(
            self.rows.scalar("SELECT count(*) FROM salary_record WHERE removed_in IS NULL AND source = $1", [source])
        )
        self._retire(f"source = {int(source)}")
        return count

    def _retire(self, condition: str) -> None:
        self.rows.execute(f"UPDATE salary_record SET removed_in = {self.number} WHERE removed_in IS NULL AND {condition}")


class _DryRunDraft(Draft):
    """A draft whose records are not even written."""

    def add(self, records: pa.Table | pa.RecordBatch) -> int:
        return int(records.num_rows)

    def _retire(self, condition: str) -> None:
        pass


class DiscardDraft(Exception):
    """Raised inside `draft` or `dry_run_draft` to discard it, because nothing changed: the current edition remains."""


@contextmanager
def dry_run_draft(url: str) -> Iterator[Draft]:
    """A draft that is never published: everything written in it is rolled back, and other writers need not wait."""
    with bulk_connection(url) as rows, suppress(DiscardDraft):
        yield _DryRunDraft(rows, _watermark(rows) + 1)


@contextmanager
def draft(url: str, role: str | None = None) -> Iterator[Draft]:
    """Write the next edition; it is published at the end, unless an error or `DiscardDraft` is raised inside.

    Waits for other writers. The rows are committed first and the watermark after them: a reader on a cluster could otherwise
    see the new number before the rows.
    """
    with bulk_connection(url, role) as rows:
        rows.execute("SELECT pg_advisory_lock($1)", [EDITION_LOCK])
        _discard_unfinished(rows)
        number = int(rows.scalar(select(func.coalesce(func.max(EditionRow.number), 0) + 1)))
        rows.execute(insert(EditionRow).values(number=number, started_at=func.now()))
        rows.commit()
        try:
            yield Draft(rows, number)
        except DiscardDraft:
            rows.rollback()
            _discard_unfinished(rows)
            return
        except Exception:
            with suppress(adbc_driver_manager.Error):  # the connection may be what failed; the next writer then discards it
                rows.rollback()
                _discard_unfinished(rows)
            raise
        rows.commit()
        _publish(rows, number)


def count_by_source(rows: BulkConnection) -> dict[int, int]:
    """The number of current records of each source that has any."""
    sql = "SELECT source, count(*) AS records FROM salary_record WHERE removed_in IS NULL GROUP BY source"
    return {int(row["source"]): int(row["records"]) for row in rows.query(sql).to_pylist()}


def remove_source(url: str, source: int) -> int:
    """Publish an edition without the records of a source, if it has any; returns their number."""
    removed = 0
    with draft(url) as edition:
        removed = edition.retire_source(source)
        if not removed:
            raise DiscardDraft
    return removed


def discard_unfinished(rows: BulkConnection) -> None:
    """Undo what a writer that died left behind, unless another one is at work."""
    if not rows.scalar("SELECT pg_try_advisory_lock($1)", [EDITION_LOCK]):
        return
    _discard_unfinished(rows)
    rows.query("SELECT pg_advisory_unlock($1)", [EDITION_LOCK])
    rows.commit()


def _discard_unfinished(rows: BulkConnection) -> None:
    """Undo what a writer that died left behind: the rows of an edition that was never published, and links to them."""
    current = _watermark(rows)
    if not rows.scalar(select(func.count()).where(col(EditionRow.number) > current)):
        return
    rows.execute("DELETE FROM salary_record WHERE added_in > $1", [current])
    rows.execute("UPDATE salary_record SET removed_in = NULL WHERE removed_in > $1", [current])
    _discard_batches(rows, current)
    rows.execute(delete(EditionRow).where(col(EditionRow.number) > current))
    rows.commit()


def _discard_batches(rows: BulkConnection, current: int) -> None:
    """Undo a release of contributed pay that was not published."""
    discarded = "(SELECT record FROM batch_record JOIN batch ON batch.id = batch WHERE edition > $1)"
    for column in ("base_record", "total_record"):
        rows.execute(f"UPDATE submission SET {column} = NULL WHERE {column} IN {discarded}", [current])
    rows.execute(
        "UPDATE submission SET status = CASE status WHEN 'published' THEN 'accepted' ELSE status END, published_in = NULL "
        "WHERE published_in > $1",
        [current],
    )
    rows.execute("UPDATE batch SET replaced_in = NULL WHERE replaced_in > $1", [current])
    rows.execute("DELETE FROM batch_record USING batch WHERE batch.id = batch AND edition > $1", [current])
    for table in ("batch", "release"):
        rows.execute(f"DELETE FROM {table} WHERE edition > $1", [current])


def _publish(rows: BulkConnection, number: int) -> None:
    """Publish after the previous edition in time, even if the server's clock was set back since then."""
    rows.execute(
        "UPDATE edition SET published_at = "
        "greatest(now(), (SELECT max(published_at) + interval '1 microsecond' FROM edition)), "
        "records = (SELECT count(*) FROM salary_record WHERE removed_in IS NULL) WHERE number = $1",
        [number],
    )
    rows.execute("UPDATE watermark SET edition = $1", [number])
    rows.commit()
    rows.execute("SELECT pg_notify('payrank_edition', $1)", [str(number)])
    rows.commit()


def _watermark(rows: BulkConnection) -> int:
    return int(rows.scalar("SELECT edition FROM watermark") or 0)
