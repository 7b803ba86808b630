"""A worker: the application in one of several processes that `payrank serve` starts. Imports only what serving needs."""

import multiprocessing
import os
import signal
import sys
from threading import Thread

import structlog
from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from service.app import create_app
from service.logs import configure_logs, log_uncaught_exceptions
from service.settings import load_settings

log = structlog.get_logger()


def worker() -> Starlette:
    """The application. The process exits when its parent is gone."""
    configure_logs()
    log_uncaught_exceptions()
    Thread(target=_exit_with_parent, daemon=True).start()
    try:
        settings = load_settings()
        assert settings.database_url
        return create_app(settings, settings.database_url)
    except Exception:  # which multiprocessing would print with its message
        log.exception("startup.failed")
        sys.exit(STARTUP_FAILURE)


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
