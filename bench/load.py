"""Load: many connections that each send the next request when the last was answered; the rate, and how long each took."""

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
"""Does something over and over until a time on the clock, and yields after each time."""


@dataclass(frozen=True, slots=True)
class Load:
    """How often a second, and milliseconds that one took: the median and the 99th percentile."""

    rate: float
    p50: float
    p99: float

    @property
    def tail(self) -> float:
        return self.p99 / self.p50


@dataclass(frozen=True, slots=True)
class Case:
    """Requests, each made anew, and what a good answer has in it."""

    request: Callable[[], bytes]
    proof: bytes = b'{"data":{'


def post(query: str, variables: Mapping[str, object] | None = None) -> bytes:
    """A request as it goes over the wire."""
    return framed(orjson.dumps({"query": query, "variables": variables or {}}))


def framed(body: bytes) -> bytes:
    """A body with the head of its request."""
    head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def answered(reader: asyncio.StreamReader) -> bytes:
    """The body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    return await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))


def asking(case: Case, port: int) -> Work:
    async def ask(until: float) -> AsyncIterator[None]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        while perf_counter() < until:
            writer.write(case.request())
            answer = await answered(reader)
            if case.proof not in answer or b'"errors":[' in answer:
                sys.exit(f"Not answered: {answer[:500]!r}")
            yield
        writer.close()

    return ask


def querying(url: str, statement: str, given: Callable[[], tuple[object, ...]]) -> Work:
    """A prepared statement by asyncpg, with arguments made anew each time."""

    async def query(until: float) -> AsyncIterator[None]:
        connection = await asyncpg.connect(url)
        prepared = await connection.prepare(statement)
        while perf_counter() < until:
            await prepared.fetch(*given())
            yield
        await connection.close()

    return query


def load(work: Work, connections: int = CONNECTIONS, seconds: float = SECONDS) -> Load:
    return asyncio.run(_load(work, connections, seconds))


async def _load(work: Work, connections: int, seconds: float) -> Load:
    times: list[float] = []

    async def watch(each: AsyncIterator[None]) -> None:
        last = perf_counter()
        async for _ in each:
            now = perf_counter()
            times.append((now - last) * 1000)
            last = now

    began = perf_counter()
    await asyncio.gather(*(watch(work(began + seconds)) for _ in range(connections)))
    elapsed = perf_counter() - began
    return Load(len(times) / elapsed, median(times), quantiles(times, n=100)[98] if len(times) > 1 else times[0])


def in_processes(pool: ProcessPoolExecutor, processes: int, part: Callable[..., Load], *arguments: object) -> Load:
    """A part of the load in each of some processes, together: what they do in a second, and the longest that one waits."""
    parts = [started.result() for started in [pool.submit(part, *arguments) for _ in range(processes)]]
    return Load(sum(one.rate for one in parts), max(one.p50 for one in parts), max(one.p99 for one in parts))


def alternating(sides: Mapping[str, Callable[[], Load]], rounds: int = ROUNDS) -> dict[str, Load]:
    """Every side once a round, after one to warm up; of each the round with the median rate."""
    for run in sides.values():
        run()
    found: dict[str, list[Load]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            found[name].append(run())
    return {name: sorted(loads, key=lambda one: one.rate)[len(loads) // 2] for name, loads in found.items()}
