"""`payrank serve`: the web workers, what keeps their database, and the publishing process beside them."""

import os
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from service.cli.console import say
from service.cli.database import database
from service.cli.keeper import keeper
from service.cli.publisher import publisher
from service.cli.workers import Workers
from service.errors import SettingsError
from service.logs import configure_logs
from service.metrics import FOLDER
from service.settings import Settings, load_settings
from service.store.standby import wait_for_standbys
from service.store.state import state
from service.web.sockets import SOCKETS

_WORKER = "service.worker:worker"
_PATIENCE = 30
"""Seconds that standbys have to come to what the primary has, tables and reference data among it."""
_GRACE = 10
"""Seconds that requests have to end in when the service is told to stop."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the GraphQL API; an empty database gets a sample of made-up records first."""
    settings = load_settings(host=host, port=port)
    configure_logs()
    with database(settings) as url:
        if settings.sample_records and not state(url).edition:
            from service.cli.sample import make_up  # noqa: PLC0415 - only ever needed once

            make_up(url, settings.sample_records, 1)
        if settings.reader_url and (late := wait_for_standbys(url, settings.reader_url, _PATIENCE)):
            say(f"{late} of the servers in PAYRANK_READER_URL cannot be reached or are behind; the others are read from.")
        found = settings.model_copy(update={"database_url": url})
        with keeper(settings), publisher(found):
            if found.workers == 1:
                from service.app import create_app  # noqa: PLC0415 - most of a second, for which workers wait themselves

                uvicorn.run(create_app(found, url), **_options(found))
            else:
                _supervise(found)


def _options(settings: Settings) -> dict[str, Any]:
    """How uvicorn is to run. Forwarded addresses are the application's to judge: it knows how many proxies to trust."""
    return {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": _GRACE,
        **SOCKETS,
        "ws_max_size": settings.message_bytes,
    }


def _supervise(settings: Settings) -> None:
    """Run several workers at one address until told to stop; raises SettingsError when they cannot start."""
    config = uvicorn.Config(_WORKER, factory=True, workers=settings.workers, **_options(settings))
    workers = Workers(config)
    with TemporaryDirectory(prefix="payrank-metrics-") as folder:
        os.environ.update(settings.environment() | {FOLDER: folder})  # all that a worker knows of this process
        workers.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes):
        raise SettingsError("The workers could not start; what they told above says why.")
