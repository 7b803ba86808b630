"""Editions: numbered states of the data. Readers answer from the one that the watermark names."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg
import pyarrow as pa

from service.store.bulk import Bulk, bulk
from service.store.database import READER, behind, plain_errors
from service.store.hosts import Hosts

_LOCK = 7_729_726_510  # "payrank" on a telephone's keys: whoever holds it may write an edition
_CHUNK = 5_000
_PATIENCE = 10
"""Seconds to be connected in."""


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """A published state: its number, instant and number of records. Of two the one with the higher number is newer; of two
    with the same, as where a server that had not got the first took its primary's place, the one published later."""

    number: int
    published_at: datetime
    records: int


def current_edition(rows: Bulk) -> Edition | None:
    """The edition of the watermark; None before the first."""
    return edition_of(rows, "(SELECT edition FROM watermark)")


def edition_of(rows: Bulk, number: int | str) -> Edition | None:
    """A published edition by its number, or by SQL that comes to it."""
    found = rows.rows(
        f"SELECT number, published_at, records FROM edition WHERE number = {number} AND published_at IS NOT NULL"
    ).to_pylist()
    return Edition(**found[0]) if found else None


async def published(url: str) -> Edition | None:
    """The edition of the watermark, by a connection of its own."""
    with plain_errors():
        connection = await Hosts.of(url).connect(timeout=_PATIENCE, server_settings={"role": READER})
        try:
            return await newest_edition(connection)
        finally:
            connection.terminate()


async def newest_edition(connection: asyncpg.Connection) -> Edition | None:
    """The edition of the watermark; None before the first."""
    row = await connection.fetchrow(
        "SELECT number, published_at, records FROM edition WHERE number = (SELECT edition FROM watermark)"
    )
    return Edition(**row) if row else None


def require(rows: Bulk, edition: int) -> None:
    """Raise DatabaseUnavailable where a server, a standby perhaps, has not got to an edition yet."""
    if int(rows.one("SELECT edition FROM watermark") or 0) < edition:
        raise behind(edition)


async def past_edition(connection: asyncpg.Connection, number: int) -> Edition | None:
    """A published edition by its number."""
    row = await connection.fetchrow(
        "SELECT number, published_at, records FROM edition WHERE number = $1 AND published_at IS NOT NULL", number
    )
    return Edition(**row) if row else None


async def records_by_source(connection: asyncpg.Connection, edition: int) -> dict[int, int]:
    """How many records each source has in an edition."""
    found = await connection.fetch(
        f"SELECT source, count(*) AS records FROM salary_record WHERE {published_sql(edition)} GROUP BY source"
    )
    return {row["source"]: row["records"] for row in found}


@dataclass(frozen=True, slots=True)
class Draft:
    """An edition being written: nobody sees its changes before it is published, and never a part of them."""

    rows: Bulk
    number: int

    def add(self, records: pa.Table | pa.RecordBatch) -> int:
        """Append records (the columns of `salary_record` without its editions); returns how many."""
        added_in = pa.repeat(pa.scalar(self.number, pa.int32()), records.num_rows)
        return self.rows.append("salary_record", records.append_column("added_in", added_in))

    def current_ids(self, sources: Iterable[int]) -> pa.Array:
        """The ids, 16 bytes each, of the current records of some sources."""
        listed = ", ".join(str(int(source)) for source in sources)
        sql = f"SELECT uuid_send(id) AS id FROM salary_record WHERE removed_in IS NULL AND source IN ({listed})"
        return self.rows.rows(sql).column("id").cast(pa.binary(16)).combine_chunks()

    def retire(self, ids: pa.Array) -> int:
        """Leave records out of this edition and the later ones; returns how many."""
        for start in range(0, len(ids), _CHUNK):
            listed = ",".join(str(UUID(bytes=id_.as_py())) for id_ in ids[start : start + _CHUNK])
            self._retire(f"id = ANY('{{{listed}}}'::uuid[])")
        return len(ids)

    def retire_source(self, source: int) -> int:
        """Leave a whole source out; returns the number of its records."""
        count = int(self.rows.one("SELECT count(*) FROM salary_record WHERE removed_in IS NULL AND source = $1", [source]))
        self._retire(f"source = {int(source)}")
        return count

    def _retire(self, condition: str) -> None:
        self.rows.execute(f"UPDATE salary_record SET removed_in = {self.number} WHERE removed_in IS NULL AND {condition}")


@contextmanager
def draft(url: str, role: str | None = None) -> Iterator[Draft]:
    """Write the next edition; it is published on leaving, unless by an error or with `Unchanged` raised inside.

    Waits for another writer. The rows commit first and the watermark after them, since a reader on a cluster of
    databases could otherwise see the number before the rows.
    """
    with bulk(url, role) as rows:
        rows.execute("SELECT pg_advisory_lock($1)", [_LOCK])
        _discard_unfinished(rows)
        number = int(rows.one("SELECT coalesce(max(number), 0) + 1 FROM edition"))
        rows.execute("INSERT INTO edition (number, started_at) VALUES ($1, now())", [number])
        rows.commit()
        try:
            yield Draft(rows, number)
        except Unchanged:
            rows.connection.rollback()
            rows.execute("DELETE FROM edition WHERE number = $1", [number])
            rows.commit()
            return
        rows.commit()
        _publish(rows, number)


class Unchanged(Exception):
    """Raised inside a draft that turned out to change nothing: the current edition stays."""


def _discard_unfinished(rows: Bulk) -> None:
    """Undo what a writer that died left behind: rows of an edition that was never published, and links to them."""
    current = int(rows.one("SELECT edition FROM watermark") or 0)
    if not rows.one("SELECT count(*) FROM edition WHERE number > $1", [current]):
        return
    rows.execute("DELETE FROM salary_record WHERE added_in > $1", [current])
    rows.execute("UPDATE salary_record SET removed_in = NULL WHERE removed_in > $1", [current])
    rows.execute(
        "UPDATE submission SET status = 'accepted', record = NULL, published_in = NULL WHERE published_in > $1", [current]
    )
    rows.execute("DELETE FROM edition WHERE number > $1", [current])
    rows.commit()


def _publish(rows: Bulk, number: int) -> None:
    """Editions follow each other in time, even where the server's clock was set back since the last one."""
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


def published_sql(edition: int) -> str:
    """The condition that picks the records of an edition."""
    return f"added_in <= {edition} AND (removed_in IS NULL OR removed_in > {edition})"
