"""What those who are served notice when more comes than can be: `python -m bench.overload`.

One serving process without rates. Its capacity is what it answers to as many connections as it works on at once, each of
which waits for its answer. Then new questions come evenly, so many times that, whether or not those before are answered.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter

from rich.table import Table

from bench.ground import console, database
from bench.load import answered, asking, load
from bench.requests import cases, ground
from bench.serving import PORT, cache_folder, serving
from seed.sample import load_sample
from service.store.bulk import bulk

RECORDS, AT_ONCE, LINES, SECONDS = 20_000, 64, 400, 10.0
"""LINES are the connections that questions come by: more than may be in work and wait together. Each has its turn, since the
service closes those that say nothing for five seconds."""
TIMES = (0.5, 1, 2, 4)
QUESTION = "by level, uncached"
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Offered:
    """Milliseconds that answers took by whether they were served or refused; `unsent` found every connection waiting."""

    seconds: float = 0.0
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    unsent: int = 0

    @property
    def all(self) -> int:
        return len(self.served) + len(self.refused) + self.unsent


async def offer(make: Callable[[], bytes], rate: float, seconds: float) -> Offered:
    """So many requests a second, each by a connection that is free."""
    free = deque([await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 20) for _ in range(LINES)])
    found, coming, began = Offered(), set[asyncio.Task[None]](), perf_counter()
    for number in range(int(rate * seconds)):
        early = began + number / rate - perf_counter()
        await asyncio.sleep(max(early, 0))
        if not free:
            found.unsent += 1
            continue
        task = asyncio.create_task(_ask(free.popleft(), free, make(), found))
        coming.add(task)
        task.add_done_callback(coming.discard)
    found.seconds = perf_counter() - began
    await asyncio.gather(*coming)
    for _, writer in free:
        writer.close()
    return found


async def _ask(by: Connection, free: deque[Connection], request: bytes, found: Offered) -> None:
    began = perf_counter()
    by[1].write(request)
    answer = await answered(by[0])
    took = 1000 * (perf_counter() - began)
    if b'"data":{' in answer:
        found.served.append(took)
    elif b'"OVERLOADED"' in answer:
        found.refused.append(took)
    else:
        sys.exit(f"Neither answered nor told to come again: {answer[:500]!r}")
    free.append(by)


def compare(url: str) -> Table:
    with bulk(url) as rows:
        case = cases(ground(rows))[QUESTION]
    load(asking(case, PORT), AT_ONCE)
    capacity = load(asking(case, PORT), AT_ONCE)
    table = Table("times capacity", "asked a second", "served a second", "p50 ms", "p99 ms", "refused", "in, p50 ms")
    table.add_row("as fast as answered", "", f"{capacity.rate:,.0f}", f"{capacity.p50:.0f}", f"{capacity.p99:.0f}", "", "")
    for times in TIMES:
        found = asyncio.run(offer(case.request, times * capacity.rate, SECONDS))
        table.add_row(f"{times:g}", *_told(found))
    return table


def _told(found: Offered) -> tuple[str, ...]:
    share = (len(found.refused) + found.unsent) / found.all
    return (
        f"{found.all / found.seconds:,.0f}",
        f"{len(found.served) / found.seconds:,.0f}",
        *(f"{_percentile(found.served, part):.0f}" for part in (0.5, 0.99)),
        f"{share:.0%}",
        f"{_percentile(found.refused, 0.5):.1f}" if found.refused else "",
    )


def _percentile(times: list[float], part: float) -> float:
    return sorted(times)[int(len(times) * part)]


def main() -> None:
    console.rule(f"overload: one process, {QUESTION}, {SECONDS:g} seconds each")
    with database() as url, cache_folder() as cache:
        load_sample(url, RECORDS, 1, lambda _: None)
        with serving(url, cache, workers=1):
            console.print(compare(url))


if __name__ == "__main__":
    main()
