"""Submissions a second through GraphQL beside single-row inserts of the same rows by asyncpg: `python -m bench.submissions`.

One embedded PostgreSQL as durable as in production, two serving processes, 16 connections, proof of work and rate limits
off. Rounds alternate; the figure of each side is the median of its rounds.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from urllib.request import urlopen
from uuid import uuid4

import asyncpg
import orjson
from rich.table import Table

from bench.ground import console, database
from seed.sample import load_sample

WORKERS, CONNECTIONS, ROUNDS, SECONDS, PORT = 2, 16, 3, 5.0, 8765
PLAIN = "{ id status }"
STANDING = "{ id status standing { rank { rank } compaRatio cohort { label size } } }"
MUTATION = (
    "mutation ($input: SalarySubmissionInput!) {{ submitSalary(input: $input) {{ "
    "submission {asked} receipt userErrors {{ code message field }} }} }}"
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
    "effective": "2026-03",
}


@dataclass(frozen=True, slots=True)
class Case:
    """Requests, each made anew, and what a good answer has in it."""

    request: Callable[[], bytes]
    proof: bytes


@contextmanager
def serving(url: str) -> Iterator[None]:
    settings = {"DATABASE_URL": url, "PORT": PORT, "WORKERS": WORKERS, "PROOF_COST": 0, "SUBMISSIONS_PER_HOUR": 0}
    settings["QUERIES_PER_MINUTE"] = 0
    environment = {f"PAYRANK_{name}": str(value) for name, value in {**settings, "PUBLISH_SECONDS": 0}.items()}
    command = [sys.executable, "-P", "-m", "service.cli", "serve"]
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.DEVNULL) as server:
        try:
            _await_ready(server)
            yield
        finally:
            server.terminate()


def _await_ready(server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{PORT}/health/ready") as answer:
                answer.read()
            return
        except OSError:
            continue
    sys.exit("The service did not start.")


def _submission(asked: str) -> bytes:
    answers = {**ANSWERS, "idempotencyKey": str(uuid4())}
    return _post({"query": MUTATION.format(asked=asked), "variables": {"input": answers}})


def _post(request: dict[str, object]) -> bytes:
    body = orjson.dumps(request)
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


CASES = {
    "a bare route": Case(lambda: b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n", b"live"),
    "the smallest query": Case(lambda: _post({"query": "{ edition { number } }"}), b'"number":'),
    "submitSalary": Case(lambda: _submission(PLAIN), b'"receipt":"'),
    "submitSalary with standing": Case(lambda: _submission(STANDING), b'"receipt":"'),
}


async def _asking(case: Case, until: float) -> AsyncIterator[None]:
    """One connection that sends the next request when the last was answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
    while perf_counter() < until:
        writer.write(case.request())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if case.proof not in answer:
            sys.exit(f"Not answered: {answer[:500]!r}")
        yield
    writer.close()


async def _inserting(url: str, row: dict[str, object], until: float) -> AsyncIterator[None]:
    """One connection that inserts the same row under a new id as soon as the last is committed."""
    connection = await asyncpg.connect(url)
    names, places = ", ".join(row), ", ".join(f"${n}" for n in range(2, len(row) + 2))
    insert = await connection.prepare(f"INSERT INTO submission (id, {names}) VALUES ($1, {places})")
    values = list(row.values())
    while perf_counter() < until:
        await insert.fetch(uuid4(), *values)
        yield
    await connection.close()


async def _rate(start: Callable[[float], AsyncIterator[None]], connections: int) -> float:
    """Completions a second of so many connections at once."""

    async def count(each: AsyncIterator[None]) -> int:
        return sum([1 async for _ in each])

    began = perf_counter()
    done: list[int] = await asyncio.gather(*(count(start(began + SECONDS)) for _ in range(connections)))
    return sum(done) / (perf_counter() - began)


def _answers(case: Case) -> float:
    return asyncio.run(_rate(lambda until: _asking(case, until), CONNECTIONS))


def _inserts(url: str, row: dict[str, object], connections: int) -> float:
    return asyncio.run(_rate(lambda until: _inserting(url, row, until), connections))


def _inserts_of_all(url: str, row: dict[str, object], pool: ProcessPoolExecutor) -> float:
    each = [pool.submit(_inserts, url, row, CONNECTIONS // WORKERS) for _ in range(WORKERS)]
    return sum(part.result() for part in each)


async def _a_row(url: str) -> dict[str, object]:
    connection = await asyncpg.connect(url)
    row = await connection.fetchrow("SELECT * FROM submission LIMIT 1")
    await connection.close()
    return {name: value for name, value in (row or {}).items() if name != "id"}


def compare(url: str) -> Table:
    """The rates of both sides; the service is started and stopped here."""
    with serving(url), ProcessPoolExecutor(WORKERS) as pool:
        for case in CASES.values():
            _answers(case)  # a first round to warm up, and to have a row to insert
        row = asyncio.run(_a_row(url))
        sides: dict[str, Callable[[], float]] = {
            "asyncpg, one process": lambda: _inserts(url, row, CONNECTIONS),
            "asyncpg, two processes": lambda: _inserts_of_all(url, row, pool),
            **{name: partial(_answers, case) for name, case in CASES.items()},
        }
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(ROUNDS):
            for name, run in sides.items():
                rates[name].append(run())
    table = Table("", "a second", "of asyncpg's best")
    best = max(median(found) for name, found in rates.items() if name.startswith("asyncpg"))
    for name, found in rates.items():
        table.add_row(name, f"{median(found):,.0f}", f"{median(found) / best:.0%}")
    return table


def main() -> None:
    console.rule(f"submissions: {WORKERS} workers, {CONNECTIONS} connections")
    with database() as url:
        load_sample(url, 20_000, 1, lambda _: None)
        console.print(compare(url))


if __name__ == "__main__":
    main()
