"""One run of all measurements: `python -m bench [RECORDS ...]`, by default 20,000, 1 M and 10 M made-up records."""

import gc
import os
import platform
import resource
import sys
from statistics import median

from rich.table import Table

from bench import submissions
from bench.cases import CASES, ask_index, ask_postgres, sql
from bench.ground import console, database, timed
from bench.importing import compare_import
from seed.sample import load_sample
from service.rank.build import build
from service.rank.index import RankIndex
from service.store.bulk import bulk
from service.vocabulary.measures import Measure

SIZES = (20_000, 1_000_000, 10_000_000)
IMPORTED = 1_000_000


def measure(records: int) -> None:
    console.rule(f"{records:,} made-up records")
    with database() as url:
        loading, _ = timed(lambda: load_sample(url, records, 1, lambda _: None))
        with bulk(url) as rows:
            rows.execute("ANALYZE salary_record")
            rows.commit()
        building, index = timed(lambda: build(url, (Measure.TOTAL_COMPENSATION,)))
        order = index.order(Measure.TOTAL_COMPENSATION)
        console.print(f"made and loaded in {loading:.1f} s, index of one measure built in {building:.2f} s")
        console.print(
            f"bytes a record: {order.nbytes / len(order):.1f} for the order of a measure with all its sets, "
            f"{index.columns.nbytes / records:.1f} for the columns; peak memory of this process so far {_peak():.1f} GB"
        )
        console.print(_compare(url, index))


def _compare(url: str, index: RankIndex) -> Table:
    table = Table("P10 to P90", "groups", "index, ms", "percentile_cont, ms", "times as fast")
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
            table.add_row(case.label, str(len(expected)), f"{fast:.2f}", f"{slow:.0f}", f"{slow / fast:.0f}")
    return table


def _peak() -> float:
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kilobytes / (1 << 30 if sys.platform == "darwin" else 1 << 20)


def main() -> None:
    sizes = [int(text) for text in sys.argv[1:]] or SIZES
    console.print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}")
    for records in sizes:
        measure(records)
        gc.collect()
    console.rule(f"import of a CSV with {IMPORTED:,} rows")
    with database() as url:
        console.print(compare_import(url, IMPORTED))
    submissions.main()


if __name__ == "__main__":
    main()
