"""Restarts an embedded PostgreSQL that exited by itself, for example when memory ran out."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic

import structlog

from service.errors import EmbeddedError
from service.store.embedded.server import embedded_server, server_running

log = structlog.get_logger()
_MAX_RESTARTS = 4
"""Restarts in a row; the pause before each is twice as long as the last, starting with a second."""
_STABLE_SECONDS = 60
"""A server that has run this long counts as stable again; longer than any pause."""


@contextmanager
def postgres_supervisor(data_dir: Path) -> Iterator[None]:
    """Keep the folder's server running within the context.

    If it cannot be restarted, this process receives SIGTERM, and the context manager raises EmbeddedError on exit.
    """
    leaving = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="postgres-supervisor") as threads:
        supervision = threads.submit(_supervise, data_dir, leaving)
        supervision.add_done_callback(lambda _: None if leaving.is_set() else os.kill(os.getpid(), signal.SIGTERM))
        try:
            yield
        finally:
            leaving.set()
            supervision.result()


def _supervise(data_dir: Path, leaving: Event) -> None:
    restarts, since = 0, monotonic()
    while not leaving.wait(2**restarts):
        try:
            is_running = server_running(data_dir)
        except EmbeddedError as error:  # too few descriptors, for example: no reason to stop at once
            if restarts == _MAX_RESTARTS:
                raise
            restarts += 1
            log.warning("database.unchecked", reason=str(error))
            continue
        if is_running:
            restarts = restarts if monotonic() - since < _STABLE_SECONDS else 0
            continue
        if restarts == _MAX_RESTARTS:
            raise EmbeddedError(
                f"The embedded PostgreSQL exited, and {_MAX_RESTARTS} restarts in a row failed. See "
                f"{data_dir / 'postgres.log'} for the cause, fix it, and start again."
            )
        restarts += 1
        log.warning("database.exited", restart=restarts, of=_MAX_RESTARTS)
        _restart(data_dir)
        since = monotonic()


def _restart(data_dir: Path) -> None:
    """Start it as a user that leaves at once: the serving process remains a user, so the server stays."""
    try:
        with embedded_server(data_dir, lambda text: log.info("database.starting", step=text)):
            log.info("database.running")
    except EmbeddedError as error:
        log.warning("database.restart_failed", reason=str(error))
