"""`payrank serve`: the web workers, the embedded PostgreSQL if one is used, and the publisher."""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import UTC, datetime
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import structlog
import typer
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from service.cli.child_process import run_child
from service.cli.console import announce, say
from service.cli.database import check_connections, database
from service.counts import count_of
from service.errors import SettingsError
from service.logs import configure_logs
from service.settings import Settings, load_settings
from service.store.counting_key import year_key
from service.store.data_loading import DataLoading, DataLoadingState, read_loading, write_loading
from service.store.embedded.supervisor import postgres_supervisor
from service.store.health import read_state, wait_for_standbys
from service.store.journal import journal_of
from service.telemetry import METRICS_FOLDER, drop_gauges
from service.web.connections import max_connections, raise_descriptor_limit
from service.web.server import uvicorn_options

log = structlog.get_logger()
_WORKER = "service.worker:worker"
_PUBLISHER = ("publish", "--repeat", "--until-eof")
_FEW_CONNECTIONS = 1_000
_STANDBY_SECONDS = 30
"""How long standbys may take to catch up with the primary, including its tables and reference data."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the GraphQL API and the page. An empty database is filled with open pay data, as PAYRANK_START says."""
    settings = load_settings(host=host, port=port)
    configure_logs()
    for found in _bound_sockets(settings.host, settings.port):  # raise an error now, before anything is started
        found.close()
    _allow_connections(settings)
    with database(settings, create=True) as url:
        year_key(settings.journal_dir, datetime.now(UTC).year)  # raise an error now, rather than with the first submission
        journal_of(url, settings.journal_dir)
        is_empty = not read_state(url).edition
        if settings.start == "sample" and settings.sample_records and is_empty:
            from service.cli.importing import generate_sample  # noqa: PLC0415 - only needed for the first start

            generate_sample(url, settings.sample_records, 1)
        check_connections(settings, url)
        if settings.reader_url and (behind := wait_for_standbys(url, settings.reader_url, _STANDBY_SECONDS)):
            servers = count_of(behind, "server of PAYRANK_READER_URL is", "servers of PAYRANK_READER_URL are")
            say(f"{servers} unreachable or behind. Reading from the others.")
        running = settings.model_copy(update={"database_url": url})
        supervisor = nullcontext() if settings.database_url else postgres_supervisor(settings.data_dir)
        with supervisor, run_child(running, "publisher", _PUBLISHER), _first_start(running, is_empty):
            if settings.statistics == "index":
                _warn_of_unusable_cache(settings, url)
                say("Preparing the index")
            if settings.workers == 1:
                _serve_in_process(running, url)
            else:
                _serve_in_workers(running)


def _first_start(settings: Settings, is_empty: bool) -> AbstractContextManager[None]:
    """Load open pay data beside the service into an empty database, or go on where an earlier start was stopped."""
    found = read_loading(settings.journal_dir)
    stopped_before = found is not None and found.state is DataLoadingState.LOADING
    if settings.start != "open" or not (is_empty or stopped_before):
        return nullcontext()
    write_loading(settings.journal_dir, DataLoading(DataLoadingState.LOADING, "Connecting."))
    return run_child(settings, "first-start", ("first-start",), restart=False)


def _warn_of_unusable_cache(settings: Settings, url: str) -> None:
    from service.index.artifact import IndexStore  # noqa: PLC0415 - only needed where statistics come from an index

    if reason := IndexStore.of(settings.cache_dir, url).unusable_reason():
        say(
            f"Every start takes longer without a cache, and {settings.cache_dir} cannot be used: {reason}. "
            "Set PAYRANK_CACHE_DIR to another folder."
        )


def _allow_connections(settings: Settings) -> None:
    """Raises the limit of open files, and says so if it allows only a few connections."""
    raise_descriptor_limit()
    most = max_connections(settings.limits)
    if most < min(_FEW_CONNECTIONS, settings.connections or _FEW_CONNECTIONS):
        say(f"The limit of open files allows only {most:,} connections to a process. Raise it (`ulimit -n`).")


def _bound_sockets(host: str, port: int, *, shared: bool = False) -> list[socket.socket]:
    """A socket for each address of the host; `::` has one for both families. Raises SettingsError."""
    bound: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in found:
            try:
                bound.append(_bound_socket(family, address, shared=shared))
            except OSError as error:  # localhost names ::1 too where IPv6 is turned off
                if error.errno not in _NOT_OF_THIS_MACHINE or len(found) == 1:
                    raise
    except OSError as error:
        for one in bound:
            one.close()
        raise SettingsError(f"Cannot listen on {host}:{port}: {error.strerror or error}. {_remedy(error, port)}") from error
    return bound


_NOT_OF_THIS_MACHINE = (EADDRNOTAVAIL, EAFNOSUPPORT)


def _bound_socket(family: int, address: tuple[Any, ...], *, shared: bool) -> socket.socket:
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, address[0] != "::")
        found.bind(address)
    except OSError:
        found.close()
        raise
    return found


def _remedy(error: OSError, port: int) -> str:
    other = 9000 if port != 9000 else 8000
    if error.errno == EADDRINUSE:
        return (
            f"Stop the process that uses it, or choose another port: `PORT={other} make serve`, "
            f"`payrank serve --port {other}` or PAYRANK_PORT={other}."
        )
    if error.errno == EACCES:
        return f"Ports below 1024 need privileges: set PAYRANK_PORT to another, such as {other}."
    return "Set PAYRANK_HOST to an address of this machine, or to :: for all of them."


def _config(app: object, settings: Settings) -> Config:
    return Config(app, factory=isinstance(app, str), workers=settings.workers, **uvicorn_options(settings))  # type: ignore[arg-type]


def _serve_in_process(settings: Settings, url: str) -> None:
    from service.app import create_app  # noqa: PLC0415 - takes most of a second, which only workers need otherwise

    server = _Server(_config(create_app(settings, url), settings), lambda: announce(f"PayRank is ready: {settings.address}"))
    with suppress(KeyboardInterrupt):  # raised again by uvicorn after a graceful shutdown
        server.run(_bound_sockets(settings.host, settings.port))
    if not server.started:
        sys.exit(STARTUP_FAILURE)


class _Server(Server):
    """Calls `on_ready` once the application has started and its socket accepts connections."""

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()


def _serve_in_workers(settings: Settings) -> None:
    """Run several workers at one address until stopped; raises SettingsError if they cannot start."""
    workers = Workers(_config(_WORKER, settings), lambda: announce(f"PayRank is ready: {settings.address}"))
    with TemporaryDirectory(prefix="payrank-metrics-") as folder:
        os.environ.update(settings.environment() | {METRICS_FOLDER: folder})  # how workers get their settings
        workers.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes):
        raise SettingsError("The workers could not start. The cause is logged above.")


class Workers(Multiprocess):
    """Several processes at one address; calls `on_ready` once all of them accept connections.

    Each has its own socket, and the kernel distributes connections among these. With one shared socket every connection
    goes to the worker that accepts it first, so that one worker could get all long-lived connections of a load balancer.
    """

    def __init__(self, config: Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config, [])
        self._on_ready: Callable[[], None] | None = on_ready

    @property
    def sockets(self) -> list[socket.socket]:
        """New sockets for the worker that is about to start. This process keeps none, so they close with the worker."""
        return _bound_sockets(self.config.host, self.config.port, shared=True)

    @sockets.setter
    def sockets(self, _: list[socket.socket]) -> None:
        """Ignored: no socket is shared."""

    def keep_subprocess_alive(self) -> None:
        """Called every half second: also removes the gauges of workers that were killed, and announces readiness."""
        before = self._pids()
        super().keep_subprocess_alive()
        for pid in before - self._pids():
            drop_gauges(pid)
        if self._on_ready and not self.should_exit.is_set() and all(worker.is_ready() for worker in self.processes):
            self._on_ready()
            self._on_ready = None

    def _pids(self) -> set[int]:
        return {process.pid for process in self.processes if process.pid is not None}
