"""The embedded PostgreSQL server: started by its first user, shared by all of the user's processes, stopped by the last.

File locks decide who starts and stops it (`data_folder` lists them). A user holds the starting lock while it makes sure that
a server runs, and shares the users lock until it leaves; a leaving user that then gets the users lock exclusively was the
last, and stops the server. The operating system releases the locks of a process that dies, so a kill needs no cleanup.

Whether a server is alive is also decided by a lock, which its processes inherit, and not by process ids: those are reused,
mean nothing in another container, and stay behind as zombies.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from service.errors import EmbeddedError
from service.store.embedded.cluster import (
    DATABASE,
    ROLE,
    check_version,
    clean_environment,
    create_cluster,
    failure_message,
    installed_binaries,
    reachable_binaries,
    read_password,
    remove_leftovers,
)
from service.store.embedded.data_folder import PORT, DataFolder, cluster_of, prepare_folder, socket_dir
from service.store.file_lock import lock_exclusive, lock_shared, open_lock, try_lock, unlock

Progress = Callable[[str], None]
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
POLL_SECONDS = 0.02
MAX_LOG_BYTES = 10_000_000
# Messages of a server that recovers after it was not shut down cleanly.
RECOVERY_MARKS = ("automatic recovery", "redo ", "syncing data directory", "resetting unlogged relations")

_children: dict[Path, "subprocess.Popen[bytes]"] = {}  # by data folder: the servers that this process started and must reap


@contextmanager
def embedded_server(data_dir: Path, progress: Progress, settings: Mapping[str, str] = NO_SETTINGS) -> Iterator[str]:
    """Yield a libpq URL of a running PostgreSQL: postgresql://payrank:PASSWORD@/payrank?host=SOCKETDIR&port=5432.

    The server is started if none runs and stopped when its last user leaves; threads and processes share it. It listens on a
    Unix socket only. `settings` are additional server settings, used if this call starts the server. `progress` receives a
    sentence for each step that takes time; crash recovery may take as long as it needs.

    If the last user is killed, the server keeps running unused until the next user leaves. Committed data is never lost,
    whether the server is killed too or not.

    The folder must be PayRank's own: only its owner gets access, and under root the unprivileged account that the server
    runs as becomes its owner. Raises EmbeddedError, which says what to do, if the server cannot run.
    """
    with _translate_system_errors(data_dir):
        folder = prepare_folder(data_dir)
    with open_lock(folder.starting_lock) as starting, open_lock(folder.users_lock) as users:
        with _translate_system_errors(data_dir):
            url = _enter(folder, starting, users, settings, progress)
        try:
            yield url
        finally:
            with _starting_lock_held(starting, progress):
                _leave(folder, users)


def server_running(data_dir: Path) -> bool:
    """Whether the folder's server runs, or a process is starting or stopping it."""
    with _translate_system_errors(data_dir):
        folder = prepare_folder(data_dir)
        with open_lock(folder.starting_lock) as starting:
            return not try_lock(starting) or _server_alive(folder)


def cluster_exists(data_dir: Path) -> bool:
    """Whether the folder has a database; nothing is created."""
    with _translate_system_errors(data_dir):
        return cluster_of(data_dir).exists()


def _enter(folder: DataFolder, starting: int, users: int, settings: Mapping[str, str], progress: Progress) -> str:
    """Become a user of the server, starting it if necessary; returns its URL."""
    with _starting_lock_held(starting, progress):
        lock_shared(users)
        try:
            state = _wait_until_ready(folder, _log_size(folder), progress) or _start(folder, starting, settings, progress)
            host = quote(str(state.socket_dir))
            return f"postgresql://{ROLE}:{read_password(folder)}@/{DATABASE}?host={host}&port={PORT}"
        except BaseException:
            _leave(folder, users)
            raise


def _leave(folder: DataFolder, users: int) -> None:
    """Stop being a user of the server, and stop it if that was the last; call it with the starting lock held."""
    if try_lock(users):
        _stop_server(folder)
    unlock(users)


@contextmanager
def _starting_lock_held(starting: int, progress: Progress) -> Iterator[None]:
    """Hold the starting lock, so that nobody else starts or stops the server meanwhile."""
    if not try_lock(starting):
        progress("Waiting for another process that is starting or stopping the database")
        lock_exclusive(starting)
    try:
        yield
    finally:
        unlock(starting)


@contextmanager
def _translate_system_errors(data_dir: Path) -> Iterator[None]:
    """Turn errors of the operating system into EmbeddedError with a sentence that says what to do."""
    try:
        yield
    except OSError as error:
        reason = f"{error.strerror} ({error.filename})" if error.filename else str(error.strerror)
        raise EmbeddedError(
            f"The embedded database cannot use the folder {data_dir}: {reason}. Make it writable for this user and check "
            "that its disk has free space, or set PAYRANK_DATA_DIR to another folder."
        ) from error


# The server process. These functions are called with the starting lock held.


@dataclass(frozen=True, slots=True)
class ServerState:
    """The contents of postmaster.pid; a server that was killed leaves the file behind."""

    pid: int
    socket_dir: Path
    ready: bool


def _start(folder: DataFolder, starting: int, settings: Mapping[str, str], progress: Progress) -> ServerState:
    """Start the server, creating its cluster first if there is none."""
    remove_leftovers(folder)
    binaries = reachable_binaries(folder, progress)
    if not folder.cluster.exists():
        create_cluster(folder, binaries, starting, settings, progress)
    check_version(folder, binaries)
    _rotate_log(folder)
    log_from = _log_size(folder)
    progress(f"Starting PostgreSQL in {folder.root}")
    _spawn_server(folder, binaries, socket_dir(folder), settings)
    state = _wait_until_ready(folder, log_from, progress)
    if state is None:
        raise _start_failure(folder, log_from)
    return state


def _server_alive(folder: DataFolder) -> bool:
    """Whether any process of the server is alive."""
    with open_lock(folder.server_lock) as lock:
        return not try_lock(lock)


def _spawn_server(folder: DataFolder, binaries: Path, sockets: Path, settings: Mapping[str, str]) -> None:
    """Start the server process in a new session, so that Ctrl-C does not reach it, and do not wait for it."""
    _reap_child(folder)
    _remove_stale_files(folder, sockets)
    options = {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": f'"{sockets}"',
        "log_startup_progress_interval": "2s",
        "log_min_messages": "log",  # errors of statements, and their texts, may contain a contributor's answers
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",  # without a detail such as the statement that a crashed process ran
        "wal_recycle": "off",  # or withdrawn answers would stay in old segments of the log until these are overwritten
    } | dict(settings)
    command: list[str | Path] = [binaries / "postgres", "-D", folder.cluster]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    server_lock = os.open(folder.server_lock, os.O_RDWR | os.O_NOFOLLOW)
    log = os.open(folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        folder.account.own(folder.log)
        try_lock(server_lock)
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
        os.close(server_lock)  # closed but not unlocked: the server inherited it and keeps the lock
    _children[folder.root] = child


def _wait_until_ready(folder: DataFolder, log_from: int, progress: Callable[[str], None]) -> ServerState | None:
    """Wait while the server is alive; its state once it accepts connections, None if it exited.

    A server whose socket was removed (by a cleanup of temporary files) cannot be reached any more and is stopped.
    """
    reported = log_from
    while _server_alive(folder):
        reported = _report_recovery(folder.log, reported, progress)
        state = _read_state(folder)
        if state is not None and state.ready:
            if _accepts_connections(state):
                return state
            if not (state.socket_dir / f".s.PGSQL.{PORT}").exists():
                _request_shutdown(state)
        time.sleep(POLL_SECONDS)
    return None


def _stop_server(folder: DataFolder) -> None:
    """Shut the server down, closing the remaining connections, and wait until its last process has exited."""
    state = _read_state(folder)
    while _server_alive(folder):
        # Signalled repeatedly: a server that has just started may not have written its process id yet. Repeats do no harm.
        _request_shutdown(_read_state(folder))
        time.sleep(POLL_SECONDS)
    _reap_child(folder)
    if state is not None and state.socket_dir.parent != folder.root:
        with suppress(OSError):
            state.socket_dir.rmdir()


def _start_failure(folder: DataFolder, log_from: int) -> EmbeddedError:
    """Why the server exited during startup, from what it logged after `log_from`."""
    _reap_child(folder)
    free = shutil.disk_usage(folder.root).free // 1_000_000
    return EmbeddedError(
        f"The embedded PostgreSQL failed to start: {failure_message(_read_log(folder.log, log_from))}. "
        f"Fix the cause ({free:,} MB are free on its disk) and start again. The full log is {folder.log}."
    )


def _log_size(folder: DataFolder) -> int:
    """Size of the log in bytes: the offset of the next message."""
    return folder.log.stat().st_size if folder.log.exists() else 0


def _rotate_log(folder: DataFolder) -> None:
    """Move a long log aside; call it while no server runs."""
    if _log_size(folder) > MAX_LOG_BYTES:
        folder.log.replace(folder.log.with_suffix(".log.1"))


def _read_state(folder: DataFolder) -> ServerState | None:
    """The contents of postmaster.pid; None if it does not exist or is not complete yet.

    Its lines: process id, data directory, start time, port, socket directory, address, shared memory, status.
    """
    try:
        lines = (folder.cluster / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return ServerState(int(lines[0]), Path(lines[4]), ready=len(lines) > 7 and lines[7].strip() == "ready")
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _accepts_connections(state: ServerState) -> bool:
    command: list[str | Path] = [
        installed_binaries() / "pg_isready",
        "--quiet",
        "--host",
        state.socket_dir,
        "--port",
        str(PORT),
        "--username",
        ROLE,  # or it looks for the name of this process's user, who may have none
    ]
    return subprocess.run(command, check=False, env=clean_environment(), capture_output=True).returncode == 0


def _request_shutdown(state: ServerState | None) -> None:
    """Request a fast shutdown: sessions are terminated, committed data is not lost."""
    if state is not None:
        with suppress(ProcessLookupError):
            os.kill(state.pid, signal.SIGINT)


def _reap_child(folder: DataFolder) -> None:
    """Reap the folder's server if this process started it; call it after the server has exited."""
    child = _children.pop(folder.root, None)
    if child is not None:
        child.wait()


def _remove_stale_files(folder: DataFolder, sockets: Path) -> None:
    """Remove the files of a killed server, since an unrelated process may have its process id by now.

    PostgreSQL would take that process for the old server and refuse to start; in containers, where ids repeat from one start
    to the next, permanently. If somebody runs a server on this cluster by hand, its files are left alone.
    """
    for stale in sockets.glob(".s.PGSQL.*"):
        stale.unlink()
    state = _read_state(folder)
    if state is not None and not _may_run_in(state.pid, folder.cluster):
        (folder.cluster / "postmaster.pid").unlink()


def _may_run_in(pid: int, cluster: Path) -> bool:
    """Whether the process has the cluster as its working directory; true if that cannot be seen, for PostgreSQL to check."""
    try:
        return Path(f"/proc/{pid}/cwd").samefile(cluster)
    except FileNotFoundError:  # no such process, or a zombie, which PostgreSQL would take for alive
        return not Path("/proc/self").exists()
    except PermissionError:
        return True


def _report_recovery(log: Path, start: int, progress: Callable[[str], None]) -> int:
    """Report the complete log lines after byte `start` that concern recovery; returns the offset of the next unread byte."""
    text = _read_log(log, start)
    complete = text[: text.rfind("\n") + 1]
    for line in complete.splitlines():
        if any(mark in line for mark in RECOVERY_MARKS):
            progress(f"Recovering the database: {line.partition('LOG:')[2].strip() or line}")
    return start + len(complete.encode(errors="surrogateescape"))


def _read_log(log: Path, start: int) -> str:
    if not log.exists():
        return ""
    with log.open("rb") as opened:
        opened.seek(start)
        return opened.read().decode(errors="surrogateescape")
