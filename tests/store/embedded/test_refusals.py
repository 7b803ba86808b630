"""Causes that prevent the embedded PostgreSQL from starting, and their messages."""

import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.postgres_processes import FAST, Start, Watch, host, mode, needs_root, quiet, sql

from service.errors import EmbeddedError
from service.store.embedded import embedded_server

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watches processes through Linux's /proc")


def test_data_of_another_major_version_is_refused_with_remedies(data_dir: Path) -> None:
    version = data_dir / "pgdata" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    with pytest.raises(EmbeddedError) as refused, embedded_server(data_dir, quiet, FAST):
        pass
    text = str(refused.value)
    assert f"was written by PostgreSQL 14, but PayRank includes PostgreSQL {ours.strip()}" in text
    for remedy in ("pg_dump", "PAYRANK_DATA_DIR", "PAYRANK_DATABASE_URL"):
        assert remedy in text
    version.write_text(ours)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


@needs_root
def test_full_disk_at_first_start(place: Path, start_user: Start) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        pytest.skip("this root may not mount a small disk; the test with a file size limit covers it")
    try:
        with pytest.raises(EmbeddedError) as refused, embedded_server(disk / "data", quiet, FAST):
            pass
        left = sorted(path.name for path in (disk / "data").iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)
    assert "No space left on device" in str(refused.value)
    assert "its disk has 8 MB free: free some space or set PAYRANK_DATA_DIR" in str(refused.value)
    assert left == ["password", "server.lock", "starting.lock", "users.lock"]


@pytest.mark.slow
def test_a_failed_creation_is_reported_and_can_be_repeated(place: Path, start_user: Start) -> None:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    answer = start_user(place / "data", preexec_fn=limit_files).answer()
    assert answer.startswith(f"error: The database could not be created in {place}/data: ")
    assert "Nothing incomplete was left behind" in answer
    assert not list((place / "data").glob("pgdata*"))
    with embedded_server(place / "data", quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


def test_a_server_that_fails_to_start_is_reported_with_its_reason(data_dir: Path) -> None:
    broken = FAST | {"shared_buffers": "plenty"}
    with pytest.raises(EmbeddedError) as refused, embedded_server(data_dir, quiet, broken):
        pass
    assert 'invalid value for parameter "shared_buffers": "plenty"' in str(refused.value)
    assert f"The full log is {data_dir}/postgres.log" in str(refused.value)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


def test_a_missing_password_is_reported(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    (data_dir / "password").unlink()
    with pytest.raises(EmbeddedError, match=r"with the password of the database is missing\. Restore it"):
        embedded_server(data_dir, quiet, FAST).__enter__()
    assert not (data_dir / "pgdata" / "postmaster.pid").exists()


def test_the_socket_of_a_long_path_is_in_a_private_temporary_folder(
    place: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    data_dir = place / ("deep" * 30)
    owner = start_user(data_dir)
    url = owner.answer()
    sockets, first = host(url), watch(data_dir)
    assert sockets.parent == Path(tempfile.gettempdir()).resolve()
    assert mode(sockets) == 0o700
    assert sql(url, "SELECT 1") == "1"
    owner.kill()
    (sockets / ".s.PGSQL.5432").unlink()  # as a cleanup of temporary files does
    with embedded_server(data_dir, quiet, FAST) as again:
        assert first.ended()
        assert sql(again, "SELECT 1") == "1"
    assert not sockets.exists()


def test_a_folder_with_other_files_is_not_touched(place: Path) -> None:
    (place / "thesis.txt").write_text("chapter one")
    before = place.stat()
    with pytest.raises(EmbeddedError, match=r"already holds other files\. Set PAYRANK_DATA_DIR"):
        embedded_server(place, quiet, FAST).__enter__()
    assert [path.name for path in place.iterdir()] == ["thesis.txt"]
    assert (place.stat().st_mode, place.stat().st_uid) == (before.st_mode, before.st_uid)


def test_a_long_log_is_rotated(data_dir: Path) -> None:
    log = data_dir / "postgres.log"
    log.write_bytes(b"old line\n" * 1_200_000)
    with embedded_server(data_dir, quiet, FAST):
        pass
    assert log.read_text().count("starting PostgreSQL") == 1
    assert log.with_suffix(".log.1").read_bytes() == b"old line\n" * 1_200_000
