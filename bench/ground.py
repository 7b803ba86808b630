"""What measurements stand on: a database as durable as in production, a clock, a console."""

import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from rich.console import Console

from seed.loading import load_reference_data
from seed.sample import sample_batches
from service.store.bulk import bulk
from service.store.editions import draft
from service.store.embedded import embedded_server
from service.store.migrate import migrate
from service.store.reference import load_reference

T = TypeVar("T")
console = Console()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what the work returned."""
    start = perf_counter()
    answer = work()
    return perf_counter() - start, answer


def published_more(url: str, seed: int, records: int = 100) -> None:
    """An edition with some records more."""
    with bulk(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        for batch in sample_batches(reference, records, seed):
            edition.add(batch)


def peak_memory() -> float:
    """Gigabytes that this process has had at most, with its part of files."""
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
