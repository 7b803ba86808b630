"""An import that is killed at any point leaves the last edition unchanged."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, pays

from service.store.bulk import bulk_connection
from service.store.editions import current_edition

IMPORT = """
import sys
from pathlib import Path
from seed.importer.importing import import_file
from seed.importer.mapping import load_mapping
mapping, progress = load_mapping(Path(sys.argv[2])), lambda rows: print(rows, flush=True)
import_file(sys.argv[1], mapping, sys.argv[3], keep_doubtful=True, progress=progress)
"""


@contextmanager
def importing(url: str, mapping: Path, file: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", IMPORT, url, str(mapping), str(file)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


@pytest.fixture
def imported_url(database_url: str, tmp_path: Path) -> str:
    """A database with an edition of three records, and the mapping in a file."""
    import_text(database_url, tmp_path, "pay\n1\n2\n3\n", PLAIN + PAY)
    return database_url


def edition(url: str) -> tuple[int, int] | None:
    with bulk_connection(url) as rows:
        found = current_edition(rows)
    return (found.number, found.records) if found else None


@pytest.mark.slow
def test_killed_while_reading(imported_url: str, tmp_path: Path) -> None:
    """After the first of many blocks."""
    file = tmp_path / "many.csv"
    file.write_text("pay\n" + "".join(f"{number}\n" for number in range(10, 300_000)))
    with importing(imported_url, tmp_path / "mapping.toml", file) as process:
        assert process.stdout
        assert int(process.stdout.readline()) > 0
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
    assert (pays(imported_url), edition(imported_url)) == ([1, 2, 3], (1, 3))
    report = import_text(imported_url, tmp_path, "pay\n2\n3\n4\n", PLAIN + PAY)
    assert (report.imported, report.unchanged, report.retired, pays(imported_url)) == (1, 2, 1, [2, 3, 4])


@pytest.mark.slow
def test_killed_while_writing(imported_url: str, tmp_path: Path) -> None:
    """A lock on the table blocks the import after it has started its edition."""
    file = tmp_path / "more.csv"
    file.write_text("pay\n2\n3\n4\n")
    with bulk_connection(imported_url) as locking:
        locking.execute("LOCK TABLE salary_record IN EXCLUSIVE MODE")
        with importing(imported_url, tmp_path / "mapping.toml", file) as process:
            _wait_for_the_lock(imported_url)
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
    assert (pays(imported_url), edition(imported_url)) == ([1, 2, 3], (1, 3))
    report = import_text(imported_url, tmp_path, "pay\n2\n3\n4\n", PLAIN + PAY)
    assert (report.imported, report.unchanged, report.retired, pays(imported_url)) == (1, 2, 1, [2, 3, 4])
    assert edition(imported_url) == (report.edition, 3)


def _wait_for_the_lock(url: str) -> None:
    """Until another connection waits for the table, for at most a minute."""
    with bulk_connection(url) as rows:
        for _ in range(600):
            if rows.scalar("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'salary_record'::regclass"):
                return
            rows.scalar("SELECT 1 FROM pg_sleep(0.1)")
    pytest.fail("the import did not start to write")
