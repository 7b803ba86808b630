"""`python -m bench.agents`: asks the questions of questions.toml of a service over 20,000 sample records."""

import asyncio
import sys

from bench.agents.comparison import compare
from bench.environment import PORT, cache_folder, console, database, serving
from bench.markdown import table
from seed.sample import load_sample

RECORDS = 20_000


def main() -> None:
    with database() as url, cache_folder() as cache:
        load_sample(url, RECORDS, 1, lambda _: None)
        with serving(url, cache):
            rows = asyncio.run(compare(url, f"http://127.0.0.1:{PORT}/mcp"))
    header = ("tool", "questions", "figures", "unequal to SQL", "refused", "median bytes", "most bytes")
    console.print(table(header, [(tool, *(f"{number:,}" for number in numbers)) for tool, numbers in rows]))
    sys.exit(any(numbers[2] for _, numbers in rows))


main()
