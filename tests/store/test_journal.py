"""The journal's file: complete lines only, whatever interrupted the last writer, and never that of another database."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from support.publishing import execute

from service.errors import DatabaseUnavailable, DataError
from service.store.journal import Journal, existing_journal, journal_of

ID = bytes(range(16))


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    path = tmp_path / f"journal-{ID.hex()}.jsonl"
    path.write_text(json.dumps({"journal": ID.hex()}, separators=(",", ":")) + "\n")
    return existing_journal(tmp_path, ID)


def withdraw(journal: Journal, *submissions: UUID) -> None:
    for one in submissions:
        asyncio.run(journal.withdraw(one))


def test_entries_are_read_in_the_order_of_their_appending(journal: Journal) -> None:
    journal.append({"entry": "one"}, {"entry": "two"})
    journal.append({"entry": "three"})
    assert [entry["entry"] for entry in journal.entries()] == ["one", "two", "three"]


@pytest.mark.parametrize("torn", [b'{"entry":"with', b'{"entry":"withdrawal"}', b"\0" * 100_000, b""])
def test_a_last_line_without_an_end_is_ignored_and_then_replaced(journal: Journal, torn: bytes) -> None:
    first, second = uuid4(), uuid4()
    withdraw(journal, first)
    with journal.path.open("ab") as file:
        file.write(torn)
    assert journal.withdrawn() == {first}
    withdraw(journal, second)
    assert journal.withdrawn() == {first, second}
    assert all(line.startswith(b"{") for line in journal.path.read_bytes().splitlines())


def test_a_damaged_line_elsewhere_is_an_error(journal: Journal) -> None:
    withdraw(journal, uuid4(), uuid4())
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"withdrawal"', b"withdraw", 1))
    with pytest.raises(DataError, match=r"Line 2 of .* is damaged"):
        journal.withdrawn()


FILL = """
import asyncio, resource, signal, sys
from pathlib import Path
from uuid import UUID
from service.errors import DatabaseUnavailable
from service.store.journal import Journal

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
journal = Journal(Path(sys.argv[1]))
limit = journal.size() + 100
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
for number in range(3):
    try:
        asyncio.run(journal.withdraw(UUID(int=number)))
    except DatabaseUnavailable as error:
        print(error)
"""


def test_a_withdrawal_on_a_full_disk_is_refused_and_leaves_no_part_of_it(journal: Journal) -> None:
    """A file size limit fails as a full disk does: the beginning of the line is written, then an error returned."""
    done = subprocess.run([sys.executable, "-c", FILL, journal.path], capture_output=True, text=True, check=True)
    assert done.stdout.count("The journal cannot be written (File too large), and nothing was changed.") == 2
    assert journal.withdrawn() == {UUID(int=0)}
    assert journal.path.read_bytes().endswith(b"\n")


def test_appending_from_many_threads_at_once_loses_nothing(journal: Journal) -> None:
    ids = [UUID(int=number) for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: withdraw(journal, one), ids))
    assert journal.withdrawn() == set(ids)
    assert len(journal.path.read_bytes().splitlines()) == 201


def test_the_first_process_begins_the_journal_and_all_others_find_it(database_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "journal"
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: journal_of(database_url, folder), range(6)))
    assert len(set(found)) == 1
    assert list(folder.iterdir()) == [found[0].path]
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(found[0].path.stat().st_mode)) == (0o700, 0o600)


def test_a_lost_journal_is_not_begun_again_by_itself(database_url: str, tmp_path: Path) -> None:
    first = journal_of(database_url, tmp_path / "one")
    with pytest.raises(DataError, match=r"does not have the journal of this database.*payrank journal --new"):
        journal_of(database_url, tmp_path / "two")
    second = journal_of(database_url, tmp_path / "two", renew=True)
    assert second.path.name != first.path.name
    with pytest.raises(DataError, match="journals of other databases only"):
        journal_of(database_url, tmp_path / "one")


def test_the_journal_of_another_database_in_the_same_folder_is_not_this_one(database_url: str, tmp_path: Path) -> None:
    first = journal_of(database_url, tmp_path)
    withdraw(first, uuid4())
    execute(database_url, "DELETE FROM secret WHERE name = 'journal'")  # as in a new database
    assert journal_of(database_url, tmp_path).withdrawn() == set()


def test_a_renamed_journal_is_not_taken_for_another(journal: Journal, tmp_path: Path) -> None:
    other = bytes(16)
    journal.path.rename(tmp_path / f"journal-{other.hex()}.jsonl")
    with pytest.raises(DataError, match="is not the journal that its name says"):
        existing_journal(tmp_path, other)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_access_is_an_error_with_a_remedy(database_url: str, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataError, match=r"cannot be created.*PAYRANK_JOURNAL_DIR"):
        journal_of(database_url, tmp_path / "journal")


def test_a_journal_that_disappears_refuses_withdrawals(journal: Journal) -> None:
    journal.path.unlink()
    with pytest.raises(DatabaseUnavailable, match="cannot be written"):
        withdraw(journal, uuid4())
