"""The report of a run of all measurements: docs/performance.md."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench.environment import WORKERS
from bench.indexing import ARRIVALS, EditionArrival, IndexBuild, describe_builds
from bench.load import CONNECTIONS, Load
from bench.markdown import table
from bench.submissions import best_insert_rate

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
class SizeResults:
    """What was measured at a number of records; times in seconds, memory in megabytes."""

    records: int
    builds: tuple[IndexBuild, IndexBuild]
    percentiles: Sequence[Row]
    requests: Mapping[str, Load]
    submissions: Mapping[str, Load]
    first_start: float
    restart: float
    worker_memory: float
    arrival: EditionArrival


@dataclass
class RunResults:
    """What was measured in one run."""

    sizes: list[SizeResults] = field(default_factory=list)
    imported: Sequence[Row] = ()


def write(run: RunResults) -> None:
    PAGE.write_text("\n".join(_lines(run)) + "\n")


def _lines(run: RunResults) -> Iterator[str]:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    yield "# Performance\n"
    yield (
        f"The output of `make bench` of {datetime.now(UTC):%d %B %Y}: one run on {_machine()}; Python "
        f"{platform.python_version()}, {packages}. The embedded PostgreSQL is as durable as in production. The service has "
        f"{WORKERS} serving processes; one client on the same machine has {CONNECTIONS} connections. The cases take turns: "
        "one round to warm up, then three rounds of three seconds, of which the table has the median. Uncached cases send a "
        "different query each time, cached ones the same one. SQL is the same query by asyncpg in two processes, prepared, "
        "with indexes made for it.\n"
    )
    yield from _targets(next((size for size in run.sizes if size.records == MILLION), run.sizes[-1]), run)
    for size in run.sizes:
        yield from _size(size)
    yield from _growth(run.sizes)
    yield "\n## Import of a CSV\n"
    yield table(("", "seconds", "rows per second"), run.imported)


def _size(size: SizeResults) -> Iterator[str]:
    yield f"\n## {size.records:,} records\n"
    yield table(
        ("case", "per second", "p50 ms", "p99 ms", "rate / SQL"),
        [(name, *_load(one), _ratio(one, size.requests.get(_SQL.get(name, "")))) for name, one in size.requests.items()],
    )
    best = best_insert_rate(size.submissions)
    yield ""
    yield table(
        ("submissions", "per second", "p50 ms", "p99 ms", "% of asyncpg's best"),
        [(name, *_load(one), f"{one.rate / best:.0%}") for name, one in size.submissions.items()],
    )
    yield ""
    yield table(("P10 to P90, in process", "groups", "index, ms", "percentile_cont, ms", "times as fast"), size.percentiles)
    yield f"\n{describe_builds(size.records, *size.builds)}"
    yield (
        f"\nThe service returned its first response {size.first_start:.1f} s after a start that had to build the index, "
        f"and {size.restart:.1f} s after a restart. After all of these measurements a serving process used "
        f"{size.worker_memory:,.0f} MB (its private memory and its share of shared memory). A new edition with 100 records "
        f"more was served {size.arrival.seconds:.1f} s after its publication; meanwhile the event loop paused for at most "
        f"{size.arrival.pause:.0f} ms (the slowest of {ARRIVALS})."
    )


def _growth(sizes: Sequence[SizeResults]) -> Iterator[str]:
    yield "\n## Growth\n\nMilliseconds per request (p50) by number of records.\n"
    names = [name for name in sizes[0].requests if "SQL" not in name]
    rows = [(name, *(f"{size.requests[name].p50:.2f}" for size in sizes)) for name in names]
    yield table(("case", *(f"{size.records:,}" for size in sizes)), rows)


def _targets(size: SizeResults, run: RunResults) -> Iterator[str]:
    yield f"## Targets, at {size.records:,} records\n"
    targets = list(_compared_with_targets(size, run))
    yield table(("", "target", "measured", ""), [(*row, "met" if met else "**missed**") for *row, met in targets])
    for name, *_, met in targets:
        if not met and name in _EXPLANATIONS:
            yield f"\n**{name}.** {_EXPLANATIONS[name]}"


_EXPLANATIONS = {
    "one role and country, uncached": (
        "Two fifths of the time are those of a cached response; the rest is Python between the query and the bitmaps: "
        "arguments are coerced and converted, the selection is looked up, five percentiles are read and serialised, each in "
        "5 to 20 microseconds. PostgreSQL answers from an index of just these columns."
    ),
}
"""Findings of profiles of a serving process under this load (cProfile, py-spy record --native)."""


def _compared_with_targets(size: SizeResults, run: RunResults) -> Iterator[tuple[str, str, str, bool]]:
    found = size.requests

    def ratio(name: str, other: float, minimum: float, of: str) -> tuple[str, str, str, bool]:
        share = found[name].rate / other
        return name, f"at least {minimum:g} x {of}", f"{share:.2f}", share >= minimum

    for name, minimum in (
        ("by level, uncached", 30),
        ("one role and country, uncached", 1),
        ("page of 50, uncached", 0.25),
    ):
        yield ratio(name, found[_SQL[name]].rate, minimum, "SQL")
    yield ratio("page of 50 with its count, uncached", found["page of 50, uncached"].rate, 1, "without count")
    share = size.submissions["submitSalary"].rate / best_insert_rate(size.submissions)
    yield "submissions", "at least 0.3 x asyncpg's inserts", f"{share:.2f}", share >= 0.3
    tail, name = max((one.tail, name) for name, one in found.items() if "SQL" not in name)
    yield "p99 of any case", "under 10 x its median", f"{tail:.1f} ({name})", tail < 10
    yield "restart", "at most 2 s", f"{size.restart:.1f} s", size.restart <= 2
    pause = size.arrival.pause
    yield "pause of the event loop when an edition arrives", "at most 20 ms", f"{pause:.0f} ms", pause <= 20
    largest = max(run.sizes, key=lambda one: one.records)
    if largest.records > size.records:
        growth, name = max((largest.requests[n].p50 / found[n].p50, n) for n in found if "SQL" not in n)
        yield f"any case at {largest.records:,}", "under 10 x its time here", f"{growth:.1f} ({name})", growth < 10


def _load(one: Load) -> Row:
    return f"{one.rate:,.0f}", f"{one.p50:.2f}", f"{one.p99:.2f}"


def _ratio(one: Load, sql: Load | None) -> str:
    return "" if sql is None else f"{one.rate / sql.rate:.2f}" if one.rate < 10 * sql.rate else f"{one.rate / sql.rate:,.0f}"


def _machine() -> str:
    cpu = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {names[0] if names else platform.machine()} with {memory:.0f} GB"
