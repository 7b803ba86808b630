"""The process beside the web workers that publishes what was contributed: it lives as long as the one that serves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import structlog

from service.settings import Settings

log = structlog.get_logger()
_COMMAND = (sys.executable, "-P", "-m", "service.cli", "publish", "--until-eof", "--every")
_LOOK, _PAUSE, _GRACE = 0.5, 5, 15
"""Seconds: between two looks at it, before it is started again, and for an edition to be finished at the end."""


@contextmanager
def publisher(settings: Settings) -> Iterator[None]:
    """Have contributed pay published meanwhile, into the database that the settings name.

    The other process holds no lock of the embedded server. Its standard input is a pipe from here: it ends when that
    closes, and the operating system closes it even after kill -9. One that dies by itself is started again.
    """
    if not settings.publish_seconds:
        yield
        return
    leaving = Event()
    keeper = Thread(target=_keep, args=(settings, leaving), name="publisher")
    keeper.start()
    try:
        yield
    finally:
        leaving.set()
        keeper.join()


def _keep(settings: Settings, leaving: Event) -> None:
    while not leaving.is_set():
        status = _run(settings, leaving)
        if not leaving.is_set():
            log.warning("publisher.ended", status=status, again_in_seconds=_PAUSE)
            leaving.wait(_PAUSE)


def _run(settings: Settings, leaving: Event) -> int:
    """Start it and wait until it has ended: by itself, or because it is time to leave. Its exit status."""
    process = subprocess.Popen(
        [*_COMMAND, str(settings.publish_seconds)],
        stdin=subprocess.PIPE,
        env=os.environ | settings.environment(),
        start_new_session=True,  # so that Ctrl-C in the terminal comes here alone
    )
    with process:
        while process.poll() is None and not leaving.wait(_LOOK):
            pass
        assert process.stdin
        process.stdin.close()
        try:
            return process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
