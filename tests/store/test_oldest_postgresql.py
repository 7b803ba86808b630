"""The tests of what depends on PostgreSQL, on the oldest version that is supported, where that is installed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.databases import server_folder

from service.store.embedded.data_folder import Account, server_account
from service.store.migrate import MIN_VERSION

PROGRAMS = Path(f"/usr/lib/postgresql/{MIN_VERSION}/bin")  # as Debian installs it
TESTS = Path(__file__).parents[1]
DEPENDENT = (
    "store/test_migration.py",
    "store/test_roles.py",
    "store/test_editions.py",
    "store/test_erasure.py",
    "cli/test_backup.py",
    "intake/test_publication.py",
    "schema/test_review.py",
)


@pytest.fixture
def oldest_server() -> Iterator[str]:
    """The URL of a server of that version."""
    if not PROGRAMS.is_dir():
        pytest.skip(f"PostgreSQL {MIN_VERSION} is not here: apt-get install postgresql-{MIN_VERSION}")
    with server_folder() as folder:
        account = server_account(folder / "data")
        account.own(folder)
        _run(account, folder, "initdb", "--username=payrank", "--auth=trust", "--no-sync", "--encoding=UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        _run(account, folder, "pg_ctl", "start", "--wait", f"--log={folder}/log", f"--options={options}")
        try:
            yield f"postgresql://payrank@/postgres?host={folder}"
        finally:
            _run(account, folder, "pg_ctl", "stop", "--mode=immediate")


def _run(account: Account, folder: Path, program: str, *arguments: str) -> None:
    command = [PROGRAMS / program, *arguments, f"--pgdata={folder}/data"]
    subprocess.run(
        command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=60, umask=0o077, **account.popen_arguments()
    )


@pytest.mark.slow
def test_the_oldest_supported_version_passes_the_tests_of_what_depends_on_it(oldest_server: str) -> None:
    files = [str(TESTS / one) for one in DEPENDENT]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *files],
        env=os.environ | {"PAYRANK_TEST_DATABASE_URL": oldest_server},
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stdout
