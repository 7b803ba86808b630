"""The keeper of the embedded PostgreSQL: one that ended by itself, as where memory ran out, is started again."""

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
from service.settings import Settings
from service.store.embedded import embedded_server, server_runs

log = structlog.get_logger()
_TRIES = 4
"""Starts in a row; before each there is twice as long a pause, from a second on."""
_STEADY = 60
"""Seconds after which a server that was started again is as good as any, and longer than any pause."""


@contextmanager
def keeper(settings: Settings) -> Iterator[None]:
    """Have it kept running meanwhile, where it is what the settings name.

    A process that serves is told to stop when that is in vain; then this raises EmbeddedError.
    """
    if settings.database_url:
        yield
        return
    leaving = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="keeper") as threads:
        kept = threads.submit(_keep, settings.data_dir, leaving)
        kept.add_done_callback(lambda _: None if leaving.is_set() else os.kill(os.getpid(), signal.SIGTERM))
        try:
            yield
        finally:
            leaving.set()
            kept.result()


def _keep(data_dir: Path, leaving: Event) -> None:
    tries, since = 0, monotonic()
    while not leaving.wait(2**tries):
        if server_runs(data_dir):
            tries = tries if monotonic() - since < _STEADY else 0
            continue
        if tries == _TRIES:
            raise EmbeddedError(
                f"The embedded PostgreSQL ended by itself, and {_TRIES} starts in a row were in vain. Remove the "
                f"cause, which {data_dir / 'postgres.log'} tells, and start again."
            )
        tries += 1
        log.warning("database.ended", start=tries, of=_TRIES)
        _start_again(data_dir)
        since = monotonic()


def _start_again(data_dir: Path) -> None:
    """Start it as a user who leaves at once: the one that serves stays, and the server with it."""
    try:
        with embedded_server(data_dir, lambda text: log.info("database.starts", step=text)):
            log.info("database.runs")
    except EmbeddedError as error:
        log.warning("database.stays_away", reason=str(error))
