"""The service as it is measured: one or more serving processes, without proof of work, rate limits or publication.

`python -m bench.serving [RECORDS]`, by default a million, tells how long it takes to its first answer.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, sleep
from urllib.request import urlopen

import psutil

from bench.ground import console, database
from seed.sample import load_sample

WORKERS, PORT, BARE_PORT = 2, 8765, 8766
_SETTINGS = {"PROOF_COST": 0, "SUBMISSIONS_PER_HOUR": 0, "QUERIES_PER_MINUTE": 0, "PUBLISH_SECONDS": 0}


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: seconds from its start to its first answer."""

    process: subprocess.Popen[bytes]
    seconds: float

    def memory(self) -> float:
        """Megabytes of its largest worker: what is its own, and its part of what it shares."""
        workers = psutil.Process(self.process.pid).children()
        return float(max(one.memory_full_info().pss for one in workers)) / 1e6


@contextmanager
def cache_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="payrank-bench-cache-") as folder:
        yield Path(folder)


@contextmanager
def serving(url: str, cache: Path, workers: int = WORKERS) -> Iterator[Service]:
    settings = {**_SETTINGS, "DATABASE_URL": url, "PORT": PORT, "CACHE_DIR": cache, "WORKERS": workers}
    environment = {f"PAYRANK_{name}": str(value) for name, value in settings.items()}
    with _running((sys.executable, "-P", "-m", "service.cli", "serve"), environment, PORT, "/health/ready") as service:
        yield service


@contextmanager
def bare_route() -> Iterator[None]:
    command = (sys.executable, "-m", "uvicorn", "bench.bare:app", "--workers", str(WORKERS), "--port", str(BARE_PORT))
    with _running((*command, "--no-access-log"), {}, BARE_PORT, "/graphql"):
        yield


@contextmanager
def _running(command: Sequence[str], environment: dict[str, str], port: int, path: str) -> Iterator[Service]:
    start = perf_counter()
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL) as process:
        try:
            _await_answer(process, f"http://127.0.0.1:{port}{path}")
            yield Service(process, perf_counter() - start)
        finally:
            process.terminate()


def _await_answer(process: subprocess.Popen[bytes], address: str) -> None:
    while process.poll() is None:
        try:
            with urlopen(address) as answer:
                answer.read()
            return
        except OSError:
            sleep(0.005)  # or asking would take the processor from what is to start
    sys.exit(f"What should answer at {address} did not start.")


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database() as url, cache_folder() as cache:
        load_sample(url, records, 1, lambda _: None)
        for start in ("with the index to be made", *["again"] * 3):
            with serving(url, cache) as service:
                console.print(f"{records:,} records, {start}: answers {service.seconds:.1f} s after its start")


if __name__ == "__main__":
    main()
