"""The life cycle of the embedded PostgreSQL, with real processes that are killed."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from support.postgres_processes import (
    AS_ROOT,
    FAST,
    PSQL,
    USER,
    Start,
    Watch,
    host,
    kill_all,
    kill_server,
    mode,
    quiet,
    server_pid,
    sql,
)

from service.store.embedded import embedded_server, server_running

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watches processes through Linux's /proc")


async def test_first_start_creates_a_private_database(place: Path, watch: Callable[[Path], Watch]) -> None:
    steps: list[str] = []
    with embedded_server(place / "data", steps.append) as url:
        server = watch(place / "data")
        connection = await asyncpg.connect(url)
        row = await connection.fetchrow(
            "SELECT current_user, rolsuper, current_database(), pg_encoding_to_char(encoding), datcollate, "
            "current_setting('listen_addresses'), current_setting('fsync'), current_setting('password_encryption') "
            "FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()"
        )
        await connection.close()
        assert row is not None
        assert tuple(row) == ("payrank", True, "payrank", "UTF8", "C", "", "on", "scram-sha-256")
        assert urlsplit(url).hostname is None
        assert host(url) == place / "data" / "socket"
        assert mode(place / "data") == mode(place / "data" / "pgdata") == mode(host(url)) == 0o700
        assert mode(place / "data" / "password") == 0o600
    assert [text.split()[0] for text in steps] == ["Creating", "Starting"]
    assert server.ended()
    assert not (place / "data" / "pgdata" / "postmaster.pid").exists()


@pytest.mark.slow
def test_restart_keeps_data_and_password(place: Path) -> None:
    with embedded_server(place / "data", quiet, FAST) as first:
        sql(first, "CREATE TABLE survivor (n int); INSERT INTO survivor VALUES (7)")
    with embedded_server(place / "data", quiet, FAST) as again:
        assert sql(again, "SELECT n FROM survivor") == "7"
    assert again == first


def test_connections_without_the_password_are_refused(data_dir: Path) -> None:
    with embedded_server(data_dir, quiet, FAST) as url:
        password = urlsplit(url).password
        assert password is not None
        assert len(password) >= 32
        for wrong, refusal in (("", "no password supplied"), (":guess", "password authentication failed")):
            attempt: list[str | Path] = [PSQL, "-wX", "-c", "SELECT 1", url.replace(f":{password}", wrong)]
            done = subprocess.run(attempt, capture_output=True, text=True, check=False, timeout=60)
            assert done.returncode != 0
            assert refusal in done.stderr


def test_environment_variables_of_postgresql_are_ignored(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PGPORT", "6000"), ("PGHOST", "nowhere.invalid"), ("PGDATA", "/nowhere"), ("LC_ALL", "xx_YY")):
        monkeypatch.setenv(name, value)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT current_database()") == "payrank"


def test_an_exception_of_the_user_propagates_and_stops_the_server(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    servers: list[Watch] = []

    def fail() -> None:
        with embedded_server(data_dir, quiet, FAST):
            servers.append(watch(data_dir))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert servers[0].ended()


def test_open_connections_do_not_prevent_the_shutdown(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    with embedded_server(data_dir, quiet, FAST) as url:
        server = watch(data_dir)
        session = subprocess.Popen([PSQL, "-wXq", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write("SELECT 'connected';\n")
        session.stdin.flush()
        assert any("connected" in line for line in session.stdout)
    assert server.ended()
    session.communicate(timeout=60)


def test_the_server_of_a_killed_owner_is_reused(data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]) -> None:
    owner = start_user(data_dir)
    url = owner.answer()
    sql(url, "CREATE TABLE survivor (n int); INSERT INTO survivor VALUES (7)")
    server = watch(data_dir)
    owner.kill()
    assert not server.ended(within=0)
    steps: list[str] = []
    with embedded_server(data_dir, steps.append, FAST) as mine:
        assert server_pid(data_dir) == server.pid
        assert sql(mine, "SELECT n FROM survivor") == "7"
    assert steps == []
    assert server.ended()


def test_committed_data_survives_a_kill_of_owner_and_server(
    data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    owner = start_user(data_dir, USER.replace(', {"fsync": "off"}', ""))
    sql(owner.answer(), "CREATE TABLE survivor AS SELECT n FROM generate_series(1, 100000) n")
    server = watch(data_dir)
    owner.kill()
    kill_server(data_dir)
    assert server.ended()
    steps: list[str] = []
    with embedded_server(data_dir, steps.append) as url:
        assert sql(url, "SELECT sum(n) FROM survivor") == "5000050000"
        assert server_pid(data_dir) != server.pid
    assert steps[0].startswith("Starting PostgreSQL")
    assert any(text.startswith("Recovering the database: ") and "redo done" in text for text in steps)


def test_the_process_id_of_a_killed_server_may_be_reused(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    """As in containers, where process ids repeat from one start to the next."""
    with embedded_server(data_dir, quiet, FAST) as url:
        pidfile, socket_lock = data_dir / "pgdata" / "postmaster.pid", host(url) / ".s.PGSQL.5432.lock"
        words = {file: file.read_text().split("\n", 1)[1] for file in (pidfile, socket_lock)}
        owner = pidfile.stat()
    switch: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if AS_ROOT else {}
    other = subprocess.Popen(["cat"], stdin=subprocess.PIPE, **switch)
    try:
        for file, rest in words.items():
            file.write_text(f"{other.pid}\n{rest}")
            os.chown(file, owner.st_uid, owner.st_gid)
            file.chmod(0o600)
        with embedded_server(data_dir, quiet, FAST) as url:
            assert sql(url, "SELECT 1") == "1"
        assert other.poll() is None
    finally:
        other.communicate(timeout=60)


def test_a_crashed_server_is_detected_and_restarted_by_the_next_user(data_dir: Path) -> None:
    """The earlier user can use it again too."""
    with embedded_server(data_dir, quiet, FAST) as url:
        assert server_running(data_dir)
        kill_all(data_dir)
        assert not server_running(data_dir)
        with embedded_server(data_dir, quiet, FAST):
            pass
        assert server_running(data_dir)
        assert sql(url, "SELECT 1") == "1"
    assert not server_running(data_dir)


@pytest.mark.slow
def test_processes_share_one_server_and_the_last_stops_it(
    place: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    users = [start_user(place / "data") for _ in range(3)]
    url, *others = [user.answer() for user in users]
    assert others == [url, url]
    server = watch(place / "data")
    for user in users[:2]:
        assert user.leave() == 0
        assert sql(url, "SELECT 1") == "1"
    assert server_pid(place / "data") == server.pid
    assert users[2].leave() == 0
    assert server.ended()
    assert (place / "data" / "postgres.log").read_text().count("starting PostgreSQL") == 1


def test_threads_share_one_server_and_the_last_stops_it(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    meeting = Barrier(3)

    def use(_: int) -> Watch:
        with embedded_server(data_dir, quiet, FAST) as url:
            meeting.wait(60)
            assert sql(url, "SELECT 1") == "1"
            return watch(data_dir)

    with ThreadPoolExecutor(3) as pool:
        servers = list(pool.map(use, range(3)))
    assert len({server.pid for server in servers}) == 1
    assert servers[0].ended()


def test_interrupting_the_starter_does_not_stop_the_server_of_others(
    data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    starter = start_user(data_dir, stderr=subprocess.DEVNULL)
    url = starter.answer()
    server = watch(data_dir)
    with embedded_server(data_dir, quiet, FAST):
        os.killpg(starter.process.pid, signal.SIGINT)  # as Ctrl-C in its terminal does
        starter.process.wait(60)
        assert sql(url, "SELECT 1") == "1"
    assert server.ended()


@pytest.mark.slow
def test_an_owner_killed_during_creation_leaves_nothing_behind(place: Path, start_user: Start) -> None:
    owner = start_user(place / "data")
    assert owner.line().startswith("... Creating the database")
    while not (staging := list((place / "data").glob("pgdata.new-*/base"))):
        assert owner.process.poll() is None
    owner.kill()
    assert staging[0].parent.exists()
    assert not (place / "data" / "pgdata").exists()
    with embedded_server(place / "data", quiet, FAST) as url:
        assert sql(url, "SELECT current_database()") == "payrank"
    assert not list((place / "data").glob("pgdata.new-*"))
