"""Submissions per second over GraphQL, and single-row inserts of the same row by asyncpg: `python -m bench.submissions`.

One embedded PostgreSQL as durable as in production, two serving processes, 16 connections, without proof of work and rate
limits. The sides take turns; the result of each is its round with the median rate.
"""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from random import randrange
from uuid import uuid4

import asyncpg
from rich.table import Table

from bench.environment import PORT, WORKERS, cache_folder, console, database, serving
from bench.load import CONNECTIONS, Load, RequestCase, alternating, in_processes, load, post, run_statements, send_requests
from seed.sample import load_sample

STATUS = "{ id status }"
BENCHMARK = "{ id status benchmark { rank { rank } compaRatio cohort { label size } } }"
MUTATION = (
    "mutation ($input: SalarySubmissionInput!) {{ submitSalary(input: $input) {{ "
    "submission {fields} receipt userErrors {{ code message field }} }} }}"
)
ANSWERS = {
    "proof": "",
    "role": "machine-learning-engineer",
    "level": "SENIOR",
    "experience": 7,
    "workMode": "HYBRID",
    "country": "us",
    "metro": "san-francisco",
    "industry": "finance",
    "employer": "Acme Analytics",
    "education": "MASTER",
    "skills": ["python", "pytorch", "sql"],
    "currency": "USD",
    "baseSalary": 190_000,
    "bonus": 20_000,
    "equity": 40_000,
    "effective": f"{datetime.now(UTC):%Y-%m}",
}
INSERTS = "asyncpg, one process", "asyncpg, two processes"


def _submission(fields: str) -> bytes:
    """From a network of its own, so that it counts for all of its classes."""
    address = f"2001:{randrange(1 << 16):x}:{randrange(1 << 16):x}::1"
    return post(MUTATION.format(fields=fields), {"input": {**ANSWERS, "idempotencyKey": str(uuid4())}}, address)


CASES = {
    "submitSalary": RequestCase(lambda: _submission(STATUS), b'"receipt":"'),
    "submitSalary with benchmark": RequestCase(lambda: _submission(BENCHMARK), b'"receipt":"'),
}


def _inserts(url: str, row: dict[str, object], connections: int) -> Load:
    """Inserts the same row with a new id as soon as the previous insert is committed."""
    names, places = ", ".join(row), ", ".join(f"${n}" for n in range(2, len(row) + 2))
    insert = f"INSERT INTO submission (id, {names}) VALUES ($1, {places})"
    return load(run_statements(url, insert, lambda: (uuid4(), *row.values())), connections)


async def _submitted_row(url: str) -> dict[str, object]:
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow("SELECT * FROM submission LIMIT 1")
    await connection.close()
    return {name: value for name, value in (row or {}).items() if name != "id"}


def measure(url: str) -> dict[str, Load]:
    """Both sides; the service must be running."""
    load(send_requests(CASES["submitSalary"], PORT), seconds=0.5)  # stores a row to insert
    row = asyncio.run(_submitted_row(url))
    with ProcessPoolExecutor(WORKERS) as pool:
        one, two = INSERTS
        sides: dict[str, Callable[[], Load]] = {
            one: partial(_inserts, url, row, CONNECTIONS),
            two: partial(in_processes, pool, WORKERS, _inserts, url, row, CONNECTIONS // WORKERS),
            **{name: partial(load, send_requests(case, PORT)) for name, case in CASES.items()},
        }
        return alternating(sides)


def best_insert_rate(found: Mapping[str, Load]) -> float:
    """The rate of asyncpg's faster side."""
    return max(found[name].rate for name in INSERTS)


def main() -> None:
    console.rule(f"submissions: {WORKERS} workers, {CONNECTIONS} connections")
    with database() as url, cache_folder() as cache:
        load_sample(url, 20_000, 1, lambda _: None)
        with serving(url, cache):
            found = measure(url)
    table = Table("", "per second", "% of asyncpg's best", "p50 ms", "p99 ms")
    for name, one in found.items():
        table.add_row(
            name, f"{one.rate:,.0f}", f"{one.rate / best_insert_rate(found):.0%}", f"{one.p50:.2f}", f"{one.p99:.2f}"
        )
    console.print(table)


if __name__ == "__main__":
    main()
