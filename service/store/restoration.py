"""Finishing a restore: what was withdrawn since the backup is withdrawn, and what was published is published again.

The releases made since the backup come back as they were, from the journal. Others in their place would publish the same
contributions in other batches, from which single records follow by subtraction. So do the protected tables of a year, whose
noise would shrink if it was drawn twice. Without the journal nothing shows what may
stay, so all contributions are deleted. Each step can be repeated: a kill at any point leaves the database marked as not
finished (`restoration_mark`), and finishing it again continues.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from service.errors import DatabaseUnavailable, DataError
from service.store.backup import BackupContents
from service.store.batches import CONTRIBUTORS
from service.store.bulk import BulkConnection, bulk_connection
from service.store.editions import draft, remove_source
from service.store.erasure import rewrite
from service.store.journal import SECRET, Entry, Journal, Kind, existing_journal
from service.store.journaled_release import due_at, is_unchanged, remake, remake_unchanged
from service.store.journaled_tables import remake_tables, years_in_ledger
from service.store.restoration_mark import unmark
from service.store.submissions import WITHDRAW

_CHUNK = 5_000
_REMEDY = (
    "Name the folder of its newest copy with --journal, or restore with --without-contributions, which deletes everything "
    "that was contributed."
)


@dataclass(frozen=True, slots=True)
class Finished:
    """What was applied to a restored database: withdrawals that the backup did not have, releases made since, and the number
    of `years` whose tables were published since."""

    withdrawals: int = 0
    releases: int = 0
    years: int = 0


def check_journal(backup: BackupContents, folder: Path) -> None:
    """Raise DataError unless a folder has the journal that a backup needs."""
    journal = _journal(backup.journal, folder, required=backup.has_contributions)
    if journal is None:
        return
    released = {due_at(entry) for entry in journal.entries() if entry["entry"] == Kind.RELEASE}
    missing = {"withdrawals": backup.withdrawn - journal.withdrawn(), "releases": backup.releases - released}
    lacking = " and ".join(f"{len(found):,} of the backup's {what}" for what, found in missing.items() if found)
    if lacking:
        raise DataError(f"The journal in {folder} is older than this backup: it lacks {lacking}. {_REMEDY}")


def _journal(id_: bytes | None, folder: Path, *, required: bool) -> Journal | None:
    """The journal with an id in a folder; None if there is none and it is not required."""
    if id_ is None and not required:
        return None
    if id_ is None:
        raise DataError(
            "This backup has contributions but is older than the journal, so nothing shows which of its answers were "
            "withdrawn since. Restore it with --without-contributions, which deletes everything that was contributed."
        )
    try:
        return existing_journal(folder, id_)
    except DataError as error:
        if not required:
            return None
        raise DataError(f"{error} A backup with contributions needs it, for what was withdrawn since. {_REMEDY}") from error


def finish(url: str, folder: Path) -> Finished:
    """Apply the journal in a folder to a restored database with the tables of this version, which may then be used.

    Raises DataError without the journal that the database needs.
    """
    with bulk_connection(url) as rows:
        id_ = rows.scalar("SELECT value FROM secret WHERE name = $1", [SECRET])
        required = rows.scalar("SELECT EXISTS (SELECT FROM submission) OR EXISTS (SELECT FROM batch)")
        journal = _journal(id_, folder, required=required)
        if journal is None:  # a new one is begun by the first process that serves
            rows.execute("DELETE FROM secret WHERE name = $1", [SECRET])
            rows.commit()
        withdrawals = _withdraw(rows, sorted(journal.withdrawn())) if journal else 0
    releases, years = _remake(url, journal) if journal else (0, 0)
    _rewrite_submissions(url)
    unmark(url)
    return Finished(withdrawals, releases, years)


def _withdraw(rows: BulkConnection, submissions: list[UUID]) -> int:
    """Withdraw submissions that are not withdrawn in this database; commits and returns their number."""
    withdrawn = 0
    for start in range(0, len(submissions), _CHUNK):
        listed = ",".join(map(str, submissions[start : start + _CHUNK]))
        condition = f"id = ANY('{{{listed}}}'::uuid[]) AND status <> 'withdrawn'"
        withdrawn += rows.query(f"{WITHDRAW.format(condition)} RETURNING submission.id::text").num_rows
    rows.commit()
    return withdrawn


def _remake(url: str, journal: Journal) -> tuple[int, int]:
    """Make the releases again that the database does not have, each with the tables that its edition published.

    Returns the numbers of releases and of years whose tables were missing.
    """
    with bulk_connection(url) as rows:
        tables = _missing_tables(rows, journal)
        years = sum(map(len, tables.values()))
        made = set(rows.query("SELECT due_at FROM release").column(0).to_pylist())
        missing = (entry for entry in journal.entries() if entry["entry"] == Kind.RELEASE and due_at(entry) not in made)
        number = 0
        for number, entry in enumerate(missing, 1):  # noqa: B007 - counts them
            published = tables.pop(entry["edition"], [])
            if is_unchanged(entry) and not published:
                remake_unchanged(rows, entry)
            else:
                _remake_edition(url, entry, published)
        for published in tables.values():  # of editions that were no releases
            _remake_edition(url, None, published)
        return number, years


def _missing_tables(rows: BulkConnection, journal: Journal) -> dict[int, list[Entry]]:
    """The entries of the years whose tables the database does not have, by the edition that published them."""
    drawn = years_in_ledger(rows)
    missing: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in journal.entries():
        if entry["entry"] == Kind.TABLES and entry["year"] not in drawn:
            missing[entry["edition"]].append(entry)
            drawn.add(entry["year"])
    return missing


def _remake_edition(url: str, release: Entry | None, tables: Iterable[Entry]) -> None:
    with draft(url) as edition:
        if release:
            remake(edition, release)
        for entry in tables:
            remake_tables(edition, entry)


def _rewrite_submissions(url: str) -> None:
    if not rewrite(url, "submission"):
        raise DatabaseUnavailable(
            "Another process uses the submissions of this database. Stop it, and run `payrank restore` without a file to "
            "finish."
        )


def finish_without_contributions(url: str) -> None:
    """Delete everything that was contributed from a restored database, which may then be used, with a new journal."""
    with bulk_connection(url) as rows:
        source = rows.scalar(f"SELECT {CONTRIBUTORS}")
        contributed = "(SELECT id FROM salary_record WHERE source = $1)"
        rows.execute(f"DELETE FROM flag WHERE record IN {contributed}", [source])
        rows.execute("DELETE FROM secret WHERE name = $1", [SECRET])
        rows.execute("TRUNCATE submission, review, spent_proof, withdrawn_record, counting_mark")
        rows.commit()
    remove_source(url, source)
    with bulk_connection(url) as rows:
        rows.execute("DELETE FROM batch_record USING batch WHERE batch.id = batch AND source = $1", [source])
        _delete_source(rows, ("batch", "salary_record"), source)
        rows.commit()
    unmark(url)


def _delete_source(rows: BulkConnection, tables: Iterable[str], source: int) -> None:
    for table in tables:
        rows.execute(f"DELETE FROM {table} WHERE source = $1", [source])
