"""What each process of a service holds while it is asked and editions come in: `python -m bench.soak [MINUTES]`.

Questions that were never asked, pages, submissions, and every ten seconds an edition in which a thousandth of the records
are others. Ends with status 1 where a process holds more in the second half than the answers that it may keep explain.
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

from bench.environment import console, database
from bench.load import Case, asking
from bench.requests import cases, ground
from bench.environment import PORT, WORKERS, cache_folder, serving
from bench.submissions import CASES as SUBMISSIONS
from schema.transport.cache import MAX_BYTES
from seed.sample import load_sample
from service.store.bulk import bulk_connection
from service.store.editions import draft

RECORDS, MINUTES, EVERY, LOOKS = 100_000, 10.0, 10.0, 20
"""EVERY so many seconds there is an edition; LOOKS at the memory are spread over the time."""
ASKED = "by level, uncached", "one role and country, uncached", "page of 50, uncached", "by id"


@dataclass
class Looks:
    """Megabytes of their own that the processes of a service have, by what they are, at one moment after another."""

    service: psutil.Process
    seen: dict[str, list[float]] = field(default_factory=dict)

    def look(self) -> None:
        for one in (self.service, *self.service.children(recursive=True)):
            with_number = f"{_part(one)} {one.pid}"
            self.seen.setdefault(with_number, []).append(one.memory_full_info().uss / 1e6)

    def table(self) -> Table:
        table = Table("process", "at first, MB", "halfway", "in the end", "most")
        for name, told in self.seen.items():
            figures = told[0], told[len(told) // 2], told[-1], max(told)
            table.add_row(name, *(f"{figure:,.0f}" for figure in figures))
        return table

    def grown(self) -> list[str]:
        """Those that have more in the end than halfway, by more than the answers that one may keep."""
        return [name for name, told in self.seen.items() if told[-1] - told[len(told) // 2] > MAX_BYTES / 1e6]


def _part(one: psutil.Process) -> str:
    words = " ".join(one.cmdline())
    parts = {"publish": "publisher", "resource_tracker": "tracker", "spawn_main": "worker", "serve": "service"}
    return next((part for word, part in parts.items() if word in words), "other")


def new_edition(url: str) -> None:
    with draft(url) as edition:
        changed = f"SELECT * FROM salary_record WHERE removed_in IS NULL LIMIT {RECORDS // 1_000}"
        edition.rows.execute(f"CREATE TEMPORARY TABLE moved ON COMMIT DROP AS {changed}")
        edition.rows.execute(
            f"UPDATE salary_record SET removed_in = {edition.number} FROM moved WHERE salary_record.id = moved.id"
        )
        edition.rows.execute(f"UPDATE moved SET id = gen_random_uuid(), added_in = {edition.number}")
        edition.rows.execute("INSERT INTO salary_record SELECT * FROM moved")


def _questions(url: str) -> Sequence[Case]:
    with bulk_connection(url) as rows:
        found = cases(ground(rows))
    return [*(found[name] for name in ASKED), SUBMISSIONS["submitSalary"]]


async def _ask_all(questions: Sequence[Case], until: float) -> int:
    async def count(case: Case) -> int:
        return sum([1 async for _ in asking(case, PORT)(until)])

    return sum(await asyncio.gather(*(count(case) for case in questions)))


@contextmanager
def _repeating(work: Callable[[], None], seconds: float) -> Iterator[None]:
    """Do something every so many seconds meanwhile, beside whatever else is done."""
    leaving = Event()

    def repeat() -> None:
        while not leaving.wait(seconds):
            work()

    thread = Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        leaving.set()
        thread.join()


def soak(url: str, service: psutil.Process, minutes: float) -> Looks:
    questions, looks = _questions(url), Looks(service)
    with _repeating(lambda: new_edition(url), EVERY), _repeating(looks.look, 60 * minutes / LOOKS):
        answers = asyncio.run(_ask_all(questions, perf_counter() + 60 * minutes))
    console.print(f"{answers:,} answers")
    return looks


def main() -> None:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else MINUTES
    console.rule(f"soak: {RECORDS:,} records, {WORKERS} serving processes, {minutes:g} minutes")
    with database() as url, cache_folder() as cache:
        load_sample(url, RECORDS, 1, lambda _: None)
        with serving(url, cache) as service:
            looks = soak(url, psutil.Process(service.process.pid), minutes)
    console.print(looks.table())
    if grown := looks.grown():
        sys.exit(f"These hold more and more: {', '.join(grown)}.")


if __name__ == "__main__":
    main()
