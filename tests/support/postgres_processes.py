"""Processes that use an embedded server, and the server's processes: started, watched and killed."""

import os
import pwd
import select
import signal
import stat
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from service.store.embedded.cluster import installed_binaries

FAST = {"fsync": "off"}
PSQL = installed_binaries() / "psql"
PACKAGE = PSQL.parents[2]
AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
needs_root = pytest.mark.skipif(not AS_ROOT, reason="needs root")

# Uses the server until its standard input is closed; prints the progress, then the URL or the error.
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
    """The same code without root's privileges, dropped after the imports: other users may not read root's Python."""
    if not AS_ROOT:
        return code
    drop = f"import os; os.setgroups([]); os.setgid({NOBODY.pw_gid}); os.setuid({NOBODY.pw_uid})"
    return f"import service.store.embedded\n{drop}\n{code}"


@dataclass
class User:
    """A process that uses the server."""

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
        self.process.communicate(timeout=60)
        return self.process.returncode

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


@dataclass
class Watch:
    """A server process, watched by a handle that remains valid if the process id is reused."""

    pid: int
    handle: int

    def ended(self, within: float = 20) -> bool:
        return bool(select.select([self.handle], [], [], within)[0])


Start = Callable[..., User]


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "pgdata" / "postmaster.pid").read_text().split()[0])


def kill_server(data_dir: Path) -> None:
    """kill -9 of the main server process of this folder."""
    pid = server_pid(data_dir)
    try:
        if Path(f"/proc/{pid}/cwd").samefile(data_dir / "pgdata"):
            os.kill(pid, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):
        pass


def server_processes(data_dir: Path) -> list[int]:
    """The server and its child processes, in the order in which they must be signalled."""
    server = server_pid(data_dir)
    return [server, *map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split())]


def kill_all(data_dir: Path) -> None:
    """kill -9 of the server of this folder and all its processes; returns when they have exited.

    A backend may still answer for a moment if only the main process is killed.
    """
    os.kill(server_pid(data_dir), signal.SIGSTOP)  # so that it starts no further processes
    handles = {pid: os.pidfd_open(pid) for pid in server_processes(data_dir)}
    for pid, handle in handles.items():
        signal.pidfd_send_signal(handle, signal.SIGKILL)
        assert Watch(pid, handle).ended()
        os.close(handle)


def sql(url: str, statement: str) -> str:
    command = [PSQL, "-wXAtq", "-c", statement, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def host(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


def quiet(_: str) -> None:
    pass
