"""What an index takes to make: anew from PostgreSQL, and of an earlier edition's with a hundred records more.

`python -m bench.building [RECORDS]`, by default a million.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from bench.ground import console, database, peak_memory, published_more, timed
from bench.serving import cache_folder
from seed.sample import load_sample
from service.index.artifact import Shelf
from service.index.loading import keep


@dataclass(frozen=True, slots=True)
class Built:
    """Seconds, the most memory in GB that the process had meanwhile (with its part of files), and the size of the file."""

    seconds: float
    peak: float
    file: float


def measured(url: str, folder: Path) -> tuple[Built, Built]:
    """Anew and from an earlier edition's, each in a process of its own; the folder has the index then."""
    shelf = Shelf.of(folder, url)
    anew = _another(shelf, url)
    published_more(url, 999)
    return anew, _another(shelf, url)


def _another(shelf: Shelf, url: str) -> Built:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        seconds, peak = pool.submit(_kept, url, shelf).result()
    [file] = shelf.folder.glob("index-*.artifact")
    return Built(seconds, peak, file.stat().st_size / 1e9)


def _kept(url: str, shelf: Shelf) -> tuple[float, float]:
    seconds, _ = timed(lambda: keep(url, shelf))
    return seconds, peak_memory()


def told(records: int, anew: Built, later: Built) -> str:
    return (
        f"The index was made in {anew.seconds:.1f} s by one process with {anew.peak:.1f} GB of memory at most, as a file of "
        f"{1e9 * anew.file / records:.0f} bytes a record: its columns, and the orders by month, base salary and total "
        f"compensation. With a hundred records more it was made of the one before in {later.seconds:.1f} s with "
        f"{later.peak:.1f} GB, {anew.file:.2f} GB of them the file of the one before."
    )


def main() -> None:
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database() as url, cache_folder() as cache:
        load_sample(url, records, 1, lambda _: None)
        console.print(told(records, *measured(url, cache)))


if __name__ == "__main__":
    main()
