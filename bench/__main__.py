"""All measurements in one run: `python -m bench [RECORDS ...]`, by default 20,000, 1 M and 10 M made-up records.

Writes docs/performance.md.
"""

import gc
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench import indexing, percentiles, report, requests, submissions
from bench.environment import cache_folder, console, database, serving, timed
from bench.importing import compare_import
from bench.load import Load
from seed.sample import load_sample
from service.index.artifact import IndexStore
from service.index.index import RankIndex
from service.index.serialization import INDEX_KIND
from service.store.bulk import bulk_connection

SIZES = (20_000, 1_000_000, 10_000_000)
IMPORTED_ROWS = 1_000_000


def measure(records: int) -> report.SizeResults:
    console.rule(f"{records:,} made-up records")
    with database() as url:
        loading, _ = timed(lambda: load_sample(url, records, 1, lambda _: None))
        console.print(f"made and loaded in {loading:.1f} s")
        _execute(url, "ANALYZE salary_record")
        with cache_folder() as cache:
            builds = indexing.measure_builds(url, cache)
            console.print(indexing.describe_builds(records, *builds))
            compared = _percentiles(url, cache)
        gc.collect()
        _execute(url, *requests.INDEXES, "ANALYZE salary_record")
        return _served(url, records, builds, compared)


def _execute(url: str, *statements: str) -> None:
    with bulk_connection(url) as rows:
        for statement in statements:
            rows.execute(statement)
        rows.commit()


def _percentiles(url: str, cache: Path) -> Sequence[report.Row]:
    index: RankIndex | None = IndexStore.of(cache, url).latest(INDEX_KIND)
    assert index
    return percentiles.compare(url, index)


def _served(
    url: str, records: int, builds: tuple[indexing.IndexBuild, indexing.IndexBuild], compared: Sequence[report.Row]
) -> report.SizeResults:
    with cache_folder() as cache:
        with serving(url, cache) as service:
            first_start = service.seconds
            requested = _printed(requests.measure(url))
            memory = service.memory()
            submitted = _printed(submissions.measure(url))
        with serving(url, cache) as restarted:
            restart = restarted.seconds
        arrival = indexing.measure_arrival(url, cache)
    console.print(f"ready after {first_start:.1f} s, after a restart {restart:.1f} s; {memory:,.0f} MB per worker")
    return report.SizeResults(records, builds, compared, requested, submitted, first_start, restart, memory, arrival)


def _printed(loads: Mapping[str, Load]) -> Mapping[str, Load]:
    for name, one in loads.items():
        console.print(f"{name:<40} {one.rate:>10,.0f} per second   p50 {one.p50:8.2f} ms   p99 {one.p99:8.2f} ms")
    return loads


def main() -> None:
    run = report.RunResults()
    for records in [int(text) for text in sys.argv[1:]] or SIZES:
        run.sizes.append(measure(records))
        gc.collect()
    console.rule(f"import of a CSV with {IMPORTED_ROWS:,} rows")
    with database() as url:
        run.imported = compare_import(url, IMPORTED_ROWS)
    report.write(run)
    console.print(f"written to {report.PAGE.name}")


if __name__ == "__main__":
    main()
