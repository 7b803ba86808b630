"""The server process of the embedded PostgreSQL: start it, wait for it however long it recovers, stop it.

Whether a server lives is told by a lock that its processes inherit, not by process ids: those are reused, mean nothing
in another container, and stay behind as zombies. The functions here are called by the holder of the starting lock.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from service.errors import EmbeddedError
from service.store.embedded.binaries import clean_environment, installed_binaries, telling_line
from service.store.embedded.datafolder import PORT, DataFolder
from service.store.embedded.filelock import open_lock, try_hold

POLL_SECONDS = 0.02
LOG_BYTES = 10_000_000
# What a server says while it makes its data whole again after it was not stopped in good order.
RECOVERY_MARKS = ("automatic recovery", "redo ", "syncing data directory", "resetting unlogged relations")

_children: dict[Path, "subprocess.Popen[bytes]"] = {}  # by data folder: what this process started and must collect


@dataclass(frozen=True, slots=True)
class ServerState:
    """What a server writes of itself into postmaster.pid; a server that was killed leaves its last words there."""

    pid: int
    socket_dir: Path
    ready: bool


def server_lives(folder: DataFolder) -> bool:
    """Whether any process of the server lives."""
    with open_lock(folder.server_lock) as lock:
        return not try_hold(lock)


def spawn_server(folder: DataFolder, binaries: Path, sockets: Path, settings: Mapping[str, str]) -> None:
    """Start the server process, out of reach of the terminal's Ctrl-C, and do not wait for it."""
    _collect_child(folder)
    _forget_dead_server(folder, sockets)
    options = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{sockets}"',
        "log_startup_progress_interval": "2s",
    } | dict(settings)
    command: list[str | Path] = [binaries / "postgres", "-D", folder.cluster]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    server_lock = os.open(folder.server_lock, os.O_RDWR | os.O_NOFOLLOW)
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        folder.account.own(folder.log)
        try_hold(server_lock)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.root,
            env=clean_environment(),
            pass_fds=[server_lock],
            umask=0o077,
            start_new_session=True,
            **folder.account.popen_arguments(),
        )
    finally:
        os.close(log)
        os.close(server_lock)  # closed, not released: the server goes on holding it
    _children[folder.root] = child


def wait_until_ready(folder: DataFolder, log_from: int, progress: Callable[[str], None]) -> ServerState | None:
    """Wait as long as the server lives; its state once it takes connections, None when it ended instead.

    A server without its socket (something cleared the temporary folder) can serve nobody anew and is stopped.
    """
    told = log_from
    while server_lives(folder):
        told = _tell_recovery(folder.log, told, progress)
        state = read_state(folder)
        if state is not None and state.ready:
            if _takes_connections(state):
                return state
            if not (state.socket_dir / f".s.PGSQL.{PORT}").exists():
                _signal(state)
        time.sleep(POLL_SECONDS)
    return None


def stop_server(folder: DataFolder) -> None:
    """End the server in good order, with whatever connections are left, and wait until its last process is gone."""
    state = read_state(folder)
    while server_lives(folder):
        # Asked again each time, as a server just started may not have told its process id yet; once is enough for it.
        _signal(read_state(folder))
        time.sleep(POLL_SECONDS)
    _collect_child(folder)
    if state is not None and state.socket_dir.parent != folder.root:
        with suppress(OSError):
            state.socket_dir.rmdir()


def start_failure(folder: DataFolder, log_from: int) -> EmbeddedError:
    """Why the server ended while it started, from what it wrote to its log since `log_from`."""
    _collect_child(folder)
    free = shutil.disk_usage(folder.root).free // 1_000_000
    return EmbeddedError(
        f"The embedded PostgreSQL stopped while it started: {telling_line(_read_log(folder.log, log_from))}. "
        f"Remove that cause ({free:,} MB are free on its disk) and start again; the whole log is {folder.log}."
    )


def log_size(folder: DataFolder) -> int:
    """Size of the log in bytes, which is where the next message begins."""
    return folder.log.stat().st_size if folder.log.exists() else 0


def rotate_log(folder: DataFolder) -> None:
    """Put a long log aside; call it while no server runs."""
    if log_size(folder) > LOG_BYTES:
        folder.log.replace(folder.log.with_suffix(".log.1"))


def read_state(folder: DataFolder) -> ServerState | None:
    """What postmaster.pid tells, None when there is none or the server has not finished writing it.

    Its lines: process id, data directory, start time, port, socket directory, address, shared memory, status.
    """
    try:
        lines = (folder.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return ServerState(int(lines[0]), Path(lines[4]), ready=len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _takes_connections(state: ServerState) -> bool:
    command: list[str | Path] = [
        installed_binaries() / "pg_isready",
        "--quiet",
        "--host",
        state.socket_dir,
        "--port",
        str(PORT),
    ]
    return subprocess.run(command, check=False, env=clean_environment(), capture_output=True).returncode == 0


def _signal(state: ServerState | None) -> None:
    """Ask for a fast shutdown: sessions are ended, what was committed is kept."""
    if state is not None:
        with suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGINT)


def _collect_child(folder: DataFolder) -> None:
    """Let go of the folder's server if this process started it; call it when the server has ended."""
    child = _children.pop(folder.root, None)
    if child is not None:
        child.wait()


def _forget_dead_server(folder: DataFolder, sockets: Path) -> None:
    """Remove what a killed server left, as its process id may belong to an unrelated process by now.

    PostgreSQL would take that process for its own predecessor and refuse to start; in containers, where ids repeat from
    one start to the next, for good. A server of this cluster that someone runs by hand works in it, and is left alone.
    """
    for left in sockets.glob(".s.PGSQL.*"):
        left.unlink()
    state = read_state(folder)
    if state is not None and not _may_run_in(state.pid, folder.cluster):
        (folder.cluster / "postmaster.pid").unlink()


def _may_run_in(pid: int, cluster: Path) -> bool:
    """Whether the process works in the cluster, or PostgreSQL has to find out since we cannot see it."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except FileNotFoundError:  # no such process, or a zombie, which PostgreSQL would take for alive
        return not Path("/proc/self").exists()
    except PermissionError:
        return True


def _tell_recovery(log: Path, told: int, progress: Callable[[str], None]) -> int:
    """Pass on the whole lines of the log after `told` bytes that speak of recovery; how far it was read."""
    text = _read_log(log, told)
    whole = text[: text.rfind("\n") + 1]
    for line in whole.splitlines():
        if any(mark in line for mark in RECOVERY_MARKS):
            progress(f"Recovering the database: {line.partition('LOG:')[2].strip() or line}")
    return told + len(whole.encode(errors="surrogateescape"))


def _read_log(log: Path, start: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as opened:
        opened.seek(start)
        return opened.read().decode(errors="surrogateescape")
