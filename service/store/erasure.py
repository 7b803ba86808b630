"""Erasure: what was withdrawn or retired leaves the database's files, after what was published has reached the journal.

PostgreSQL keeps the bytes of deleted rows in the pages of a table, even after a plain VACUUM. Withdrawn answers therefore
need VACUUM FULL, which rewrites `submission`; it is a small table. Retired records are deleted and left to the plain
VACUUM: they hold what was public, and nothing links them to anybody.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import asyncpg
import structlog

from service.store.batches import CONTRIBUTORS
from service.store.bulk import BulkConnection
from service.store.database import Edition, connected
from service.store.editions import find_edition
from service.store.journal import Journal, Kind, journal_of
from service.store.journaled_release import due_at, unwritten_releases
from service.store.journaled_tables import unwritten_tables
from service.store.publication import publisher_lock

log = structlog.get_logger()
ERASURE_INTERVAL = timedelta(hours=1)
"""The shortest time between two rewritings of the table of submissions, which no submission can be stored during."""
_READERS_LAG = "interval '1 day'"
"""How long a service may still need the records that an edition removed; if it is later, it loads all records."""
_LOCK_SECONDS = 2
"""How long a rewriting waits for its lock, and submissions behind it: a running backup prevents it until the next run."""
_PURGED_TABLES = ("salary_record", "batch_record", "batch")


@dataclass(frozen=True, slots=True)
class _Journaled:
    """What the journal says: the dates of its releases, the years of its tables, and the numbers of withdrawals and of those
    erased at a time."""

    size: int
    releases: frozenset[datetime] = frozenset()
    years: frozenset[int] = frozenset()
    withdrawals: int = 0
    erased: int = 0
    erased_at: datetime | None = None

    @classmethod
    def read(cls, journal: Journal) -> "_Journaled":
        size, entries = journal.size(), list(journal.entries())
        of_kind = {kind: [entry for entry in entries if entry["entry"] == kind] for kind in Kind}
        last = of_kind[Kind.ERASURE][-1] if of_kind[Kind.ERASURE] else None
        return cls(
            size,
            frozenset(map(due_at, of_kind[Kind.RELEASE])),
            frozenset(entry["year"] for entry in of_kind[Kind.TABLES]),
            len(of_kind[Kind.WITHDRAWAL]),
            last["withdrawals"] if last else 0,
            datetime.fromisoformat(last["at"]) if last else None,
        )


@dataclass
class Erasure:
    """The regular work of the process that publishes, besides publishing."""

    url: str
    journal_dir: Path
    _journaled: _Journaled | None = None
    _purged: Edition | None = None

    def run(self, now: datetime) -> None:
        """Append new tables and releases to the journal, delete retired records, and rewrite the table of submissions if
        somebody has withdrawn since it was last rewritten, and that was not just now.

        Does nothing while another process publishes. Raises DatabaseError, or DataError for a missing or damaged journal.
        """
        with publisher_lock(self.url) as rows:
            if rows is None:
                return
            journal = journal_of(self.url, self.journal_dir)
            journaled = self._read(journal)
            unwritten = unwritten_tables(rows, journaled.years), unwritten_releases(rows, journaled.releases)
            for entry in chain(*unwritten):  # a release without its tables would have their noise drawn again
                journal.append(entry)
            self._purge(rows)
            rows.commit()  # or the locks of what it has read would keep the table from being rewritten
            self._erase(journal, journaled, now)

    def _read(self, journal: Journal) -> _Journaled:
        if self._journaled is None or self._journaled.size != journal.size():
            self._journaled = _Journaled.read(journal)
        return self._journaled

    def _purge(self, rows: BulkConnection) -> None:
        edition = _replaced_edition(rows)
        if edition and edition != self._purged:
            deleted = purge(rows, edition.number)
            rows.commit()
            if deleted:
                vacuum(self.url, _PURGED_TABLES)
        self._purged = edition

    def _erase(self, journal: Journal, journaled: _Journaled, now: datetime) -> None:
        if journaled.withdrawals == journaled.erased:
            return
        if journaled.erased_at and journaled.erased_at <= now < journaled.erased_at + ERASURE_INTERVAL:
            return
        if rewrite(self.url, "submission"):
            done = {"entry": Kind.ERASURE, "at": now.astimezone(UTC).isoformat(), "withdrawals": journaled.withdrawals}
            journal.append(done)


def _replaced_edition(rows: BulkConnection) -> Edition | None:
    """The newest edition that every reader has loaded by now; None before the first."""
    loaded = f"number <= (SELECT edition FROM watermark) AND published_at < now() - {_READERS_LAG}"
    return find_edition(rows, rows.scalar(f"SELECT max(number) FROM edition WHERE {loaded}") or 0)


def purge(rows: BulkConnection, edition: int) -> int:
    """Delete the contributed records that are no longer published in an edition, and batches without any; their number.

    Batches of protected imports stay, since they say when the next version may be published.

    Does not commit. An index of an earlier edition cannot be updated any more: its records would be more than the new
    edition's, so that all of them are loaded.
    """
    deleted = rows.scalar(
        "WITH gone AS (DELETE FROM salary_record WHERE removed_in <= $1 "
        f"AND (source IN (SELECT source FROM batch) OR source = {CONTRIBUTORS}) RETURNING id), "
        "unlisted AS (DELETE FROM batch_record USING gone WHERE record = gone.id) SELECT count(*) FROM gone",
        [edition],
    )
    rows.execute(
        "DELETE FROM batch WHERE edition <= $1 AND NOT EXISTS (SELECT FROM batch_record WHERE batch = batch.id) "
        f"AND source = {CONTRIBUTORS}",
        [edition],
    )
    return int(deleted)


# Vacuum cannot run in a transaction, and only the tables' owner may run it


def vacuum(url: str, tables: Sequence[str]) -> None:
    """Make the space of deleted rows available; raises DatabaseError."""
    asyncio.run(_run(url, f"VACUUM {', '.join(tables)}"))


def rewrite(url: str, table: str) -> bool:
    """Write a table to new files without its deleted rows, and delete the old ones.

    False if the table is locked, or if a transaction can still see deleted rows, such as a running backup: they remain.
    """
    remaining = asyncio.run(_run(url, f"VACUUM (FULL, VERBOSE) {table}", _SWITCH_LOG))
    if remaining:
        log.info("erasure.postponed", table=table, reason=remaining[0])
    return not remaining


_SWITCH_LOG = "SELECT pg_switch_wal() WHERE has_function_privilege(current_user, 'pg_switch_wal()', 'EXECUTE')"
"""Begin a new segment of the write-ahead log, so that the next checkpoint deletes those with the deleted rows."""


async def _run(url: str, *statements: str) -> list[str]:
    """Run statements, each in a transaction; returns what PostgreSQL said about rows that it did not remove."""
    messages: list[asyncpg.PostgresLogMessage] = []
    async with connected(url) as connection:
        connection.add_log_listener(lambda _, message: messages.append(message))
        try:
            await connection.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")  # VACUUM runs in no transaction
            for statement in statements:
                await connection.execute(statement)
            await asyncio.sleep(0)  # listeners are called by the event loop
        except asyncpg.LockNotAvailableError:
            return ["The table is in use."]
    return [text for message in messages if (text := _remaining(message))]


def _remaining(message: asyncpg.PostgresLogMessage) -> str:
    """The first number in the detail of VERBOSE is that of dead rows that cannot be removed yet; a warning is a refusal."""
    detail = str(getattr(message, "detail", None) or "")
    if getattr(message, "severity_en", "") == "WARNING":
        return str(getattr(message, "message", ""))
    dead = re.search(r"\d+", detail)
    return detail.split("\n", maxsplit=1)[0] if dead and int(dead[0]) else ""
