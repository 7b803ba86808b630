"""Load: several connections, each of which sends its next request when it has the response to the last."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

import asyncpg
import orjson

CONNECTIONS, ROUNDS, SECONDS = 16, 3, 3.0
Work = Callable[[float], AsyncIterator[None]]
"""Repeats an action until a deadline and yields after each repetition."""


@dataclass(frozen=True, slots=True)
class Load:
    """Repetitions per second, and the median and the 99th percentile of milliseconds per repetition."""

    rate: float
    p50: float
    p99: float

    @property
    def tail(self) -> float:
        return self.p99 / self.p50


@dataclass(frozen=True, slots=True)
class RequestCase:
    """Makes requests; `expected` is part of each correct response."""

    request: Callable[[], bytes]
    expected: bytes = b'{"data":{'


def post(query: str, variables: Mapping[str, object] | None = None, address: str = "") -> bytes:
    """An HTTP request with a GraphQL query, as if a proxy had passed it on from an address."""
    return http_request(orjson.dumps({"query": query, "variables": variables or {}}), address)


def http_request(body: bytes, address: str = "") -> bytes:
    """A body with the HTTP header of its request."""
    passed_on = f"X-Forwarded-For: {address}\r\n" if address else ""
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: x\r\n{passed_on}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    )
    return head.encode() + b"\r\n" + body


async def read_response(reader: asyncio.StreamReader) -> bytes:
    """The body of the next response."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))


def send_requests(case: RequestCase, port: int) -> Work:
    async def send(until: float) -> AsyncIterator[None]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        while perf_counter() < until:
            writer.write(case.request())
            response = await read_response(reader)
            if case.expected not in response or b'"errors":[' in response:
                sys.exit(f"Unexpected response: {response[:500]!r}")
            yield
        writer.close()

    return send


def run_statements(url: str, statement: str, arguments: Callable[[], tuple[object, ...]]) -> Work:
    """Runs a prepared statement by asyncpg, each time with new arguments."""

    async def run(until: float) -> AsyncIterator[None]:
        connection = await asyncpg.connect(url)
        prepared = await connection.prepare(statement)
        while perf_counter() < until:
            await prepared.fetch(*arguments())
            yield
        await connection.close()

    return run


def load(work: Work, connections: int = CONNECTIONS, seconds: float = SECONDS) -> Load:
    return asyncio.run(_load(work, connections, seconds))


async def _load(work: Work, connections: int, seconds: float) -> Load:
    times: list[float] = []

    async def record_times(each: AsyncIterator[None]) -> None:
        last = perf_counter()
        async for _ in each:
            now = perf_counter()
            times.append((now - last) * 1000)
            last = now

    start = perf_counter()
    await asyncio.gather(*(record_times(work(start + seconds)) for _ in range(connections)))
    elapsed = perf_counter() - start
    return Load(len(times) / elapsed, median(times), quantiles(times, n=100)[98] if len(times) > 1 else times[0])


def in_processes(pool: ProcessPoolExecutor, processes: int, part: Callable[..., Load], *arguments: object) -> Load:
    """Part of the load in each of several processes: the sum of their rates, and the longest of their times."""
    parts = [started.result() for started in [pool.submit(part, *arguments) for _ in range(processes)]]
    return Load(sum(one.rate for one in parts), max(one.p50 for one in parts), max(one.p99 for one in parts))


def alternating(sides: Mapping[str, Callable[[], Load]], rounds: int = ROUNDS) -> dict[str, Load]:
    """The sides take turns, with one round to warm up; the round with the median rate of each."""
    for run in sides.values():
        run()
    found: dict[str, list[Load]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            found[name].append(run())
    return {name: sorted(loads, key=lambda one: one.rate)[len(loads) // 2] for name, loads in found.items()}
