"""Child processes of `payrank serve`: each runs a subcommand, and exits when `payrank serve` does, even after SIGKILL.

The standard input of a child is a pipe from `payrank serve`, which the operating system closes when that ends; the child
then finishes or stops.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from service.settings import PREFIX, Settings

log = structlog.get_logger()
_POLL_SECONDS, _RESTART_SECONDS, _EXIT_SECONDS = 0.5, 5, 15
"""Seconds between two checks of a child, before it is restarted, and for it to finish when stopped."""
_NOT_STARTED = 71
"""The status of a child that the operating system did not start (EX_OSERR)."""
_FINISH_SECONDS = 10
"""How long a child may take to finish after its standard input has closed."""


@contextmanager
def run_child(settings: Settings, name: str, command: Sequence[str], *, restart: bool = True) -> Iterator[None]:
    """Keep a subcommand running with these settings; without `restart` run it once. It does not lock the embedded server."""
    stopping = Event()
    supervisor = Thread(target=_supervise, args=(settings, name, command, restart, stopping), name=f"{name}-supervisor")
    supervisor.start()
    try:
        yield
    finally:
        stopping.set()
        supervisor.join()


def _supervise(settings: Settings, name: str, command: Sequence[str], restart: bool, stopping: Event) -> None:
    while not stopping.is_set():
        status = _run(settings, command, stopping)
        if stopping.is_set() or (status == 0 and not restart):
            return
        if not restart:
            log.warning(f"{name}.exited", status=status)
            return
        log.warning(f"{name}.exited", status=status, restart_in_seconds=_RESTART_SECONDS)
        stopping.wait(_RESTART_SECONDS)


def _run(settings: Settings, command: Sequence[str], stopping: Event) -> int:
    """Start a child and wait until it exits, by itself or because this process stops; returns its exit status."""
    try:
        process = _start(settings, command)
    except OSError as error:
        log.warning("child.not_started", reason=error.strerror)
        return _NOT_STARTED
    with process:
        while process.poll() is None and not stopping.wait(_POLL_SECONDS):
            pass
        assert process.stdin
        process.stdin.close()
        try:
            return process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _start(settings: Settings, command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (sys.executable, "-P", "-m", "service.cli", *command),
        stdin=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | settings.environment(),
        start_new_session=True,  # so that Ctrl-C in the terminal reaches only this process
    )


def end_of_input() -> Event:
    """Set when standard input closes. The process exits _FINISH_SECONDS later; open transactions are rolled back."""
    closed = Event()

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1_024):
            pass
        closed.set()
        time.sleep(_FINISH_SECONDS)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
    return closed
