"""What measurements stand on: a database as durable as in production, a clock, a console."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TypeVar

from rich.console import Console

from seed.loading import load_reference_data
from service.store.embedded import embedded_server
from service.store.migration import migrate

T = TypeVar("T")
console = Console()


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what the work returned."""
    start = perf_counter()
    answer = work()
    return perf_counter() - start, answer


@contextmanager
def database() -> Iterator[str]:
    """A new embedded PostgreSQL in a temporary folder, as durable as in production."""
    with tempfile.TemporaryDirectory(prefix="payrank-bench-") as folder:
        Path(folder).chmod(0o755)
        with embedded_server(Path(folder) / "data", lambda _: None) as url:
            migrate(url)
            load_reference_data(url)
            yield url
