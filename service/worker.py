"""A worker: the application in one of several processes that `payrank serve` starts. Imports only what serving needs."""

import multiprocessing
import os
import signal
from threading import Thread

from starlette.applications import Starlette

from service.app import create_app
from service.settings import load_settings


def worker() -> Starlette:
    """The application. The process exits when its parent is gone."""
    Thread(target=_exit_with_parent, daemon=True).start()
    settings = load_settings()
    assert settings.database_url
    return create_app(settings, settings.database_url)


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
