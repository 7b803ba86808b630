"""Memory of each process of the service under load: `python -m bench.soak [MINUTES]`.

Uncached queries, pages and submissions, and every ten seconds an edition in which a thousandth of the records are replaced.
Exits with status 1 if the memory of a process grows in the second half by more than the response cache explains.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import perf_counter

import psutil
from rich.table import Table

from bench.environment import PORT, WORKERS, cache_folder, console, database, serving
from bench.load import RequestCase, send_requests
from bench.requests import cases, query_arguments
from bench.submissions import CASES as SUBMISSIONS
from schema.transport.cache import MAX_BYTES
from seed.sample import load_sample
from service.store.bulk import bulk_connection
from service.store.editions import draft

RECORDS, MINUTES, EDITION_SECONDS, SAMPLES = 100_000, 10.0, 10.0, 20
CASES = "by level, uncached", "one role and country, uncached", "page of 50, uncached", "by id"


@dataclass
class MemoryHistory:
    """Private memory of each process of the service, in megabytes, sampled over time."""

    service: psutil.Process
    samples: dict[str, list[float]] = field(default_factory=dict)

    def sample(self) -> None:
        for process in (self.service, *self.service.children(recursive=True)):
            name = f"{_kind(process)} {process.pid}"
            self.samples.setdefault(name, []).append(process.memory_full_info().uss / 1e6)

    def table(self) -> Table:
        table = Table("process", "first, MB", "halfway", "last", "maximum")
        for name, sizes in self.samples.items():
            row = sizes[0], sizes[len(sizes) // 2], sizes[-1], max(sizes)
            table.add_row(name, *(f"{size:,.0f}" for size in row))
        return table

    def grown(self) -> list[str]:
        """The processes whose last sample exceeds the one halfway by more than the limit of the response cache."""
        return [name for name, sizes in self.samples.items() if sizes[-1] - sizes[len(sizes) // 2] > MAX_BYTES / 1e6]


def _kind(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    kinds = {"publish": "publisher", "resource_tracker": "tracker", "spawn_main": "worker", "serve": "service"}
    return next((kind for word, kind in kinds.items() if word in words), "other")


def publish_edition(url: str) -> None:
    with draft(url) as edition:
        changed = f"SELECT * FROM salary_record WHERE removed_in IS NULL LIMIT {RECORDS // 1_000}"
        edition.rows.execute(f"CREATE TEMPORARY TABLE moved ON COMMIT DROP AS {changed}")
        edition.rows.execute(
            f"UPDATE salary_record SET removed_in = {edition.number} FROM moved WHERE salary_record.id = moved.id"
        )
        edition.rows.execute(f"UPDATE moved SET id = gen_random_uuid(), added_in = {edition.number}")
        edition.rows.execute("INSERT INTO salary_record SELECT * FROM moved")


def _cases(url: str) -> Sequence[RequestCase]:
    with bulk_connection(url) as rows:
        found = cases(query_arguments(rows))
    return [*(found[name] for name in CASES), SUBMISSIONS["submitSalary"]]


async def _send_all(requests: Sequence[RequestCase], until: float) -> int:
    async def count(case: RequestCase) -> int:
        return sum([1 async for _ in send_requests(case, PORT)(until)])

    return sum(await asyncio.gather(*(count(case) for case in requests)))


@contextmanager
def _repeating(work: Callable[[], None], seconds: float) -> Iterator[None]:
    """Repeat an action in a thread, with `seconds` between repetitions."""
    stopped = Event()

    def repeat() -> None:
        while not stopped.wait(seconds):
            work()

    thread = Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def soak(url: str, service: psutil.Process, minutes: float) -> MemoryHistory:
    requests, memory = _cases(url), MemoryHistory(service)
    with _repeating(lambda: publish_edition(url), EDITION_SECONDS), _repeating(memory.sample, 60 * minutes / SAMPLES):
        responses = asyncio.run(_send_all(requests, perf_counter() + 60 * minutes))
    console.print(f"{responses:,} responses")
    return memory


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    console.rule(f"soak: {RECORDS:,} records, {WORKERS} serving processes, {minutes:g} minutes")
    with database() as url, cache_folder() as cache:
        load_sample(url, RECORDS, 1, lambda _: None)
        with serving(url, cache) as service:
            memory = soak(url, psutil.Process(service.process.pid), minutes)
    console.print(memory.table())
    if grown := memory.grown():
        sys.exit(f"The memory of these processes keeps growing: {', '.join(grown)}.")


if __name__ == "__main__":
    main()
