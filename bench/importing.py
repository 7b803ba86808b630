"""The importer, and a plain COPY of the same rows into the same table on the same machine.

`python -m bench.importing [ROWS]`, by default a million, prints the peak memory too.
"""

import csv
import random
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from bench.environment import console, database, peak_memory
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from service.store.bulk import bulk_connection

HEADER = (
    "work_year,experience_level,employment_type,job_title,salary,salary_currency,salary_in_usd,"
    "employee_residence,remote_ratio,company_location,company_size"
)
TITLES = (
    "Data Scientist",
    "Data Engineer",
    "Machine Learning Engineer",
    "Research Scientist",
    "Analytics Engineer",
    "Manager",
)


def write_csv(path: Path, rows: int) -> None:
    """Made-up rows in the format of the ai-jobs file."""
    rng = random.Random(1)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        for _ in range(rows):
            pay = rng.randrange(40_000, 400_000)
            country = rng.choice(("US", "US", "US", "CA", "GB", "DE", "IN"))
            ends = (rng.choice((0, 50, 100)), country, rng.choice("SML"))
            level = rng.choice(("EN", "MI", "SE", "SE", "EX"))
            writer.writerow((rng.randrange(2020, 2026), level, "FT", rng.choice(TITLES), pay, "USD", pay, country, *ends))


def compare_import(url: str, rows: int) -> list[tuple[str, str, str]]:
    """Import a CSV of `rows` rows, then COPY the stored records into a second table with the same constraints and key."""
    with tempfile.TemporaryDirectory(prefix="payrank-bench-") as folder:
        path = Path(folder) / "rows.csv"
        write_csv(path, rows)
        start = perf_counter()
        report = import_file(url, builtin_mapping("aijobs"), str(path), pair_ranges=False, progress=lambda _: None)
        importing = perf_counter() - start
        console.print(f"{report.imported:,} rows imported with at most {peak_memory():.1f} GB of memory")
    copying = _copy(url)
    return [
        ("import", f"{importing:.1f}", f"{report.imported / importing:,.0f}"),
        ("plain COPY of the same rows", f"{copying:.1f}", f"{report.imported / copying:,.0f}"),
    ]


def _copy(url: str) -> float:
    with bulk_connection(url) as rows:
        rows.execute("CREATE TABLE copied (LIKE salary_record INCLUDING ALL)")
        stored = rows.query("SELECT * FROM salary_record")
        rows.commit()
        start = perf_counter()
        rows.append("copied", stored)
        rows.commit()
        return perf_counter() - start


def main() -> None:
    with database() as url:
        for row in compare_import(url, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000):
            console.print(*row, sep="   ")


if __name__ == "__main__":
    main()
