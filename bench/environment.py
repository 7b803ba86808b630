"""The environment of measurements: a database as durable as in production, the service, a clock and a console."""

import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from typing import TypeVar
from urllib.request import urlopen

import psutil
from rich.console import Console

from seed.reference_data import load_reference_data
from service.store.embedded import embedded_server
from service.store.migrate import migrate

WORKERS, PORT = 2, 8765
_SETTINGS = {
    "PROOF_COST": 0,
    "SUBMISSIONS_PER_HOUR": 0,
    "QUERIES_PER_MINUTE": 0,
    "CONNECTIONS_PER_NETWORK": 0,
    "RELEASE_DAYS": 0,
    "PROXY_HOPS": 1,
}
_START_SECONDS = 600.0

T = TypeVar("T")
console = Console()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what the work returned."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def peak_memory() -> float:
    """Maximum resident memory of this process in gigabytes, mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e9


@contextmanager
def database() -> Iterator[str]:
    """A new embedded PostgreSQL in a temporary folder, as durable as in production."""
    with tempfile.TemporaryDirectory(prefix="payrank-bench-") as folder:
        Path(folder).chmod(0o755)
        with embedded_server(Path(folder) / "data", lambda _: None) as url:
            migrate(url)
            load_reference_data(url)
            yield url


@contextmanager
def cache_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="payrank-bench-cache-") as folder:
        yield Path(folder)


@asynccontextmanager
async def measured_pauses(tick: float) -> AsyncIterator[list[float]]:
    """Seconds by which a task that wakes at each tick was late, because the event loop was busy."""
    pauses: list[float] = []

    async def wake() -> None:
        last = perf_counter()
        while True:
            await asyncio.sleep(tick)
            now = perf_counter()
            pauses.append(max(0.0, now - last - tick))
            last = now

    task = asyncio.create_task(wake())
    await asyncio.sleep(10 * tick)
    pauses.clear()
    try:
        yield pauses
        await asyncio.sleep(2 * tick)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@dataclass(frozen=True, slots=True)
class Service:
    """A running service; `seconds` from its start to its first response."""

    process: subprocess.Popen[bytes]
    seconds: float

    def memory(self) -> float:
        """Megabytes of its largest worker: its private memory and its share of shared memory."""
        workers = psutil.Process(self.process.pid).children()
        return float(max(one.memory_full_info().pss for one in workers)) / 1e6


@contextmanager
def serving(url: str, cache: Path, workers: int = WORKERS, **more: object) -> Iterator[Service]:
    """The service over a database, without proof of work, rate limits and publication unless `more` settings say so."""
    settings = {**_SETTINGS, **more, "DATABASE_URL": url, "PORT": PORT, "CACHE_DIR": cache, "WORKERS": workers}
    settings |= {"JOURNAL_DIR": cache / "journal"}
    environment = os.environ | {f"PAYRANK_{name}": str(value) for name, value in settings.items()}
    command = (sys.executable, "-P", "-m", "service.cli", "serve")
    start = perf_counter()
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_until_ready(process, start + _START_SECONDS)
            yield Service(process, perf_counter() - start)
        finally:
            process.terminate()


def _wait_until_ready(process: subprocess.Popen[bytes], deadline: float) -> None:
    address = f"http://127.0.0.1:{PORT}/health/ready"
    while process.poll() is None and perf_counter() < deadline:
        try:
            with urlopen(address, timeout=10) as response:
                response.read()
            return
        except OSError:
            sleep(0.005)  # leaves the processor to the service that is starting
    sys.exit(f"The service at {address} did not start.")
