"""Overload: response times when more requests arrive than can be served: `python -m bench.overload`.

One serving process without rate limits. Its capacity is its rate with as many connections as it has concurrent requests,
each of which waits for its response. Then new requests arrive evenly at multiples of that rate, whether or not earlier ones
have been answered.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from rich.table import Table

from bench.environment import PORT, cache_folder, console, database, serving
from bench.load import load, read_response, send_requests
from bench.requests import cases, query_arguments
from seed.sample import load_sample
from service.store.bulk import bulk_connection

RECORDS, CONCURRENT, CONNECTIONS, SECONDS = 20_000, 64, 400, 10.0
"""CONNECTIONS exceed what the service works on and queues together. They take turns, since the service closes connections
that are idle for five seconds."""
MULTIPLES = (0.5, 1, 2, 4)
CASE = "by level, uncached"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Offered:
    """Milliseconds of responses, served or refused; `unsent` requests found every connection in use."""

    seconds: float = 0.0
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    unsent: int = 0

    @property
    def total(self) -> int:
        return len(self.served) + len(self.refused) + self.unsent


async def offer(make: Callable[[], bytes], rate: float, seconds: float) -> Offered:
    """Send `rate` requests per second, each over an idle connection."""
    free = deque([await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 20) for _ in range(CONNECTIONS)])
    found, pending, start = Offered(), set[asyncio.Task[None]](), perf_counter()
    for number in range(int(rate * seconds)):
        early = start + number / rate - perf_counter()
        await asyncio.sleep(max(early, 0))
        if not free:
            found.unsent += 1
            continue
        task = asyncio.create_task(_send(free.popleft(), free, make(), found))
        pending.add(task)
        task.add_done_callback(pending.discard)
    found.seconds = perf_counter() - start
    await asyncio.gather(*pending)
    for _, writer in free:
        writer.close()
    return found


async def _send(connection: Connection, free: deque[Connection], request: bytes, found: Offered) -> None:
    start = perf_counter()
    connection[1].write(request)
    response = await read_response(connection[0])
    took = 1000 * (perf_counter() - start)
    if b'"data":{' in response:
        found.served.append(took)
    elif b'"OVERLOADED"' in response:
        found.refused.append(took)
    else:
        sys.exit(f"Neither served nor refused as overload: {response[:500]!r}")
    free.append(connection)


def compare(url: str) -> Table:
    with bulk_connection(url) as rows:
        case = cases(query_arguments(rows))[CASE]
    load(send_requests(case, PORT), CONCURRENT)
    capacity = load(send_requests(case, PORT), CONCURRENT)
    table = Table(
        "times capacity", "offered per second", "served per second", "p50 ms", "p99 ms", "refused", "refused in, p50 ms"
    )
    table.add_row("closed loop", "", f"{capacity.rate:,.0f}", f"{capacity.p50:.0f}", f"{capacity.p99:.0f}", "", "")
    for multiple in MULTIPLES:
        found = asyncio.run(offer(case.request, multiple * capacity.rate, SECONDS))
        table.add_row(f"{multiple:g}", *_cells(found))
    return table


def _cells(found: Offered) -> tuple[str, ...]:
    share = (len(found.refused) + found.unsent) / found.total
    return (
        f"{found.total / found.seconds:,.0f}",
        f"{len(found.served) / found.seconds:,.0f}",
        *(f"{_percentile(found.served, part):.0f}" for part in (0.5, 0.99)),
        f"{share:.0%}",
        f"{_percentile(found.refused, 0.5):.1f}" if found.refused else "",
    )


def _percentile(times: list[float], part: float) -> float:
    return sorted(times)[int(len(times) * part)]


def main() -> None:
    console.rule(f"overload: one process, {CASE}, {SECONDS:g} seconds each")
    with database() as url, cache_folder() as cache:
        load_sample(url, RECORDS, 1, lambda _: None)
        with serving(url, cache, workers=1):
            console.print(compare(url))


if __name__ == "__main__":
    main()
