"""One run of all measurements: `python -m bench [RECORDS ...]`, by default 20,000, 1 M and 10 M made-up records.

What it measures goes to docs/performance.md.
"""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bench import arrival, building, performance, requests, submissions
from bench.cases import CASES, ask_index, ask_postgres, sql
from bench.ground import console, database, timed
from bench.importing import compare_import
from bench.load import Load
from bench.serving import bare_route, cache_folder, serving
from seed.sample import load_sample
from service.index.artifact import Shelf
from service.index.index import RankIndex
from service.index.loading import KIND
from service.store.bulk import bulk

SIZES = (20_000, 1_000_000, 10_000_000)
IMPORTED = 1_000_000


def measure(records: int) -> performance.Size:
    console.rule(f"{records:,} made-up records")
    with database() as url:
        loading, _ = timed(lambda: load_sample(url, records, 1, lambda _: None))
        console.print(f"made and loaded in {loading:.1f} s")
        with bulk(url) as rows:
            rows.execute("ANALYZE salary_record")
            rows.commit()
        with cache_folder() as cache:
            built = building.measured(url, cache)
            console.print(building.told(records, *built))
            figures = _figures(url, cache)
        gc.collect()
        with bulk(url) as rows:
            for index in requests.INDEXES:
                rows.execute(index)
            rows.execute("ANALYZE salary_record")
            rows.commit()
        return _served(url, records, built, figures)


def _figures(url: str, cache: Path) -> Sequence[performance.Row]:
    index: RankIndex | None = Shelf.of(cache, url).latest(KIND)
    assert index
    return _compare(url, index)


def _compare(url: str, index: RankIndex) -> Sequence[performance.Row]:
    table: list[performance.Row] = []
    with bulk(url) as rows:
        for case in CASES:
            statement = sql(case, index)
            expected = ask_postgres(statement, rows)  # a first time, so that both sides are warm
            ours: list[float] = []
            theirs: list[float] = []
            for _ in range(3):
                theirs.append(timed(lambda: ask_postgres(statement, rows))[0])  # noqa: B023 (called at once)
                for _ in range(5):
                    seconds, answer = timed(lambda: ask_index(case, index))  # noqa: B023
                    ours.append(seconds)
            if answer != expected:
                sys.exit(f"{case.label}: the index and PostgreSQL disagree; a benchmark of wrong answers is worth nothing.")
            fast, slow = median(ours) * 1000, median(theirs) * 1000
            table.append((case.label, str(len(expected)), f"{fast:.2f}", f"{slow:.0f}", f"{slow / fast:.0f}"))
    return table


def _served(
    url: str, records: int, built: tuple[building.Built, building.Built], figures: Sequence[performance.Row]
) -> performance.Size:
    with cache_folder() as cache:
        with serving(url, cache) as service, bare_route():
            first = service.seconds
            asked = _told(requests.measured(url))
            worker = service.memory()
            sent = _told(submissions.measured(url))
        with serving(url, cache) as again:
            restart = again.seconds
        arrived = arrival.measured(url, cache)
    console.print(f"ready after {first:.1f} s, again after {restart:.1f} s; {worker:,.0f} MB a worker")
    return performance.Size(records, built, figures, asked, sent, first, restart, worker, arrived)


def _told(found: dict[str, Load]) -> dict[str, Load]:
    for name, one in found.items():
        console.print(f"{name:<40} {one.rate:>10,.0f} a second   p50 {one.p50:8.2f} ms   p99 {one.p99:8.2f} ms")
    return found


def main() -> None:
    run = performance.Run()
    for records in [int(text) for text in sys.argv[1:]] or SIZES:
        run.sizes.append(measure(records))
        gc.collect()
    console.rule(f"import of a CSV with {IMPORTED:,} rows")
    with database() as url:
        run.imported = compare_import(url, IMPORTED)
    performance.write(run)
    console.print(f"written to {performance.PAGE.name}")


if __name__ == "__main__":
    main()
