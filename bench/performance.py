"""The page that a run of all measurements writes: docs/performance.md."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.arrival import TIMES, Arrival
from bench.building import Built, told
from bench.load import CONNECTIONS, Load
from bench.serving import WORKERS
from bench.submissions import best_insert

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MILLION = 1_000_000
_PACKAGES = ("strawberry-graphql", "graphql-core", "starlette", "uvicorn", "uvloop", "asyncpg", "numpy", "pyroaring")
_SQL = {
    "by level, uncached": "by level, SQL",
    "one role and country, uncached": "one role and country, SQL",
    "page of 50, uncached": "page of 50, SQL",
    "page of 50 with its count, uncached": "page of 50, SQL",
    "by id": "by id, SQL",
}
Row = Sequence[str]


@dataclass(frozen=True)
class Size:
    """What was measured at a number of records; times in seconds, memory in megabytes."""

    records: int
    built: tuple[Built, Built]
    figures: Sequence[Row]
    requests: Mapping[str, Load]
    submissions: Mapping[str, Load]
    first_start: float
    restart: float
    worker: float
    arrival: Arrival


@dataclass
class Run:
    """What was measured in one run."""

    sizes: list[Size] = field(default_factory=list)
    imported: Sequence[Row] = ()


def write(run: Run) -> None:
    PAGE.write_text("\n".join(_lines(run)) + "\n")


def _lines(run: Run) -> Iterator[str]:
    told = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield "# Performance\n"
    yield (
        f"The output of `make bench` of {datetime.now(UTC):%d %B %Y}: one run on {_machine()}; Python "
        f"{platform.python_version()}, {told}. The embedded PostgreSQL is as durable as in production. {WORKERS} serving "
        f"processes, {CONNECTIONS} connections of one client on the same machine; every case in turn, three rounds of three "
        "seconds after one to warm up, of which the median is told. Uncached asks another question each time, cached the "
        "same. SQL is the same question by asyncpg in two processes, prepared, with indexes made for it. The bare route is "
        "Starlette's JSONResponse of a constant.\n"
    )
    yield from _bars(next((size for size in run.sizes if size.records == MILLION), run.sizes[-1]), run)
    for size in run.sizes:
        yield from _size(size)
    yield from _growth(run.sizes)
    yield "\n## Import of a CSV\n"
    yield from _table(("", "seconds", "rows a second"), run.imported)


def _size(size: Size) -> Iterator[str]:
    bare = size.requests["a bare route"].rate
    yield f"\n## {size.records:,} records\n"
    yield from _table(
        ("case", "a second", "p50 ms", "p99 ms", "of its SQL", "of the bare route"),
        [
            (name, *_load(one), _share(one, size.requests.get(_SQL.get(name, ""))), f"{one.rate / bare:.0%}")
            for name, one in size.requests.items()
        ],
    )
    best = best_insert(dict(size.submissions))
    yield ""
    yield from _table(
        ("submissions", "a second", "p50 ms", "p99 ms", "of asyncpg's best"),
        [(name, *_load(one), f"{one.rate / best:.0%}") for name, one in size.submissions.items()],
    )
    yield ""
    yield from _table(
        ("P10 to P90, in process", "groups", "index, ms", "percentile_cont, ms", "times as fast"), size.figures
    )
    yield f"\n{told(size.records, *size.built)}"
    yield (
        f"\nFrom its start to its first answer the service took {size.first_start:.1f} s when the index had to be built, "
        f"and {size.restart:.1f} s the next time. A serving process took {size.worker:,.0f} MB after all of this (its own, "
        "and its part of what is shared). An edition with a hundred records more was answered from "
        f"{size.arrival.seconds:.1f} s after its publication, and while it came in nobody waited longer than "
        f"{size.arrival.waited:.0f} ms for the event loop (the slowest of {TIMES})."
    )


def _growth(sizes: Sequence[Size]) -> Iterator[str]:
    yield "\n## Growth\n\nMilliseconds that one takes (p50).\n"
    names = [name for name in sizes[0].requests if "SQL" not in name]
    rows = [(name, *(f"{size.requests[name].p50:.2f}" for size in sizes)) for name in names]
    yield from _table(("case", *(f"{size.records:,}" for size in sizes)), rows)


def _bars(size: Size, run: Run) -> Iterator[str]:
    yield f"## What was aimed at, at {size.records:,} records\n"
    yield from _table(
        ("", "aimed at", "measured", ""), [(*bar, "met" if met else "**missed**") for *bar, met in _aims(size, run)]
    )
    missed = [bar[0] for *bar, met in _aims(size, run) if not met]
    reasons = dict.fromkeys(_WHY[name] for name in missed if name in _WHY)
    for reason in reasons:
        yield f"\n**{' and '.join(name for name in missed if _WHY.get(name) is reason)}.** {reason}"
    yield ""


_KEPT = (
    "A bare route that reads the same question and sends the same headers and as many bytes comes to about as much (its row "
    "is below): what is missing is mostly uvicorn's work on fourteen headers and on the question. The rest is the request's "
    "id, its metrics, the limits and the look-up. Next: headers that are written once, which takes a server that sends them "
    "as they are."
)
_WHY = {
    "by level, cached": _KEPT,
    "one role and country, cached": _KEPT,
    "one role and country, uncached": (
        "Two fifths of the time are those of a kept answer; the rest is Python between the question and the bitmaps: "
        "arguments are coerced and converted, the selection is looked up, five percentiles are read and told, each in 5 to "
        "20 microseconds. PostgreSQL answers from an index of just these columns."
    ),
    "by id": (
        "Half of it is that of a kept one; telling 22 fields takes a quarter, reading the id and finding its row a tenth; "
        "the rest is what any answer takes that was not there: its turn, its deadline, its cost, its place among those that "
        "are kept. No function takes more than a twentieth any more. Next: headers that are written once (uvicorn looks "
        "through each of our thirteen with two regular expressions), which takes a server that sends them as they are."
    ),
}
"""What profiles of a serving process under this load show (cProfile, py-spy record --native), and what would be next."""


def _aims(size: Size, run: Run) -> Iterator[tuple[str, str, str, bool]]:
    found = size.requests
    bare = found["a bare route"].rate

    def against(name: str, other: float, least: float, of: str) -> tuple[str, str, str, bool]:
        share = found[name].rate / other
        return name, f"{least:g} of {of}", f"{share:.2f}", share >= least

    for name, least in (("by level, uncached", 30), ("one role and country, uncached", 1), ("page of 50, uncached", 0.25)):
        yield against(name, found[_SQL[name]].rate, least, "its SQL")
    yield against("page of 50 with its count, uncached", found["page of 50, uncached"].rate, 1, "without it")
    for name, least in (("by level, cached", 0.6), ("one role and country, cached", 0.6), ("by id", 0.4)):
        yield against(name, bare, least, "the bare route")
    share = size.submissions["submitSalary"].rate / best_insert(dict(size.submissions))
    yield "submissions", "0.3 of asyncpg's inserts", f"{share:.2f}", share >= 0.3
    tail, widest = max((one.tail, name) for name, one in found.items() if "SQL" not in name)
    yield "p99 of any case", "under 10 times its median", f"{tail:.1f} ({widest})", tail < 10
    yield "a restart", "2 s", f"{size.restart:.1f} s", size.restart <= 2
    waited = size.arrival.waited
    yield "the event loop while an edition comes in", "no wait over 20 ms", f"{waited:.0f} ms", waited <= 20
    largest = max(run.sizes, key=lambda one: one.records)
    if largest.records > size.records:
        ratio, name = max((largest.requests[n].p50 / found[n].p50, n) for n in found if "SQL" not in n)
        yield f"any case at {largest.records:,}", "under 10 times its time here", f"{ratio:.1f} ({name})", ratio < 10


def _load(one: Load) -> Row:
    return f"{one.rate:,.0f}", f"{one.p50:.2f}", f"{one.p99:.2f}"


def _share(one: Load, sql: Load | None) -> str:
    return "" if sql is None else f"{one.rate / sql.rate:.2f}" if one.rate < 10 * sql.rate else f"{one.rate / sql.rate:,.0f}"


def _table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| --- |{' ---: |' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _machine() -> str:
    cpu = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()} with {memory:.0f} GB"
