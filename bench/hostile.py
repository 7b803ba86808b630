"""Hostile requests: how fast they are refused, and how long other clients wait meanwhile: `python -m bench.hostile`.

One serving process without rate limits, so that only the other limits apply. Each attack is sent over four connections, as
fast as responses arrive, while a bystander sends a new query every few milliseconds.
"""

import asyncio
import sys
from statistics import median
from time import perf_counter

import orjson
from rich.table import Table

from bench.environment import PORT, cache_folder, console, database, serving
from bench.load import http_request, read_response
from seed.sample import load_sample

ATTACKERS, SECONDS = 4, 3.0


def _fragment_bomb(inside: str, on: str = "Query") -> str:
    links = " ".join(f"fragment f{n} on {on} {{ ...f{n + 1} ...f{n + 1} }}" for n in range(90))
    return f"{links} fragment f90 on {on} {{ {inside} }}"


_FILTER = "query ($w: CohortFilter) { cohort(where: $w) { size } }"
ATTACKS: dict[str, dict[str, object]] = {
    "fragments that double 90 times": {"query": "{ ...f0 } " + _fragment_bomb("a: __typename")},
    "stats that double 90 times": {"query": "{ cohort { ...f0 } } " + _fragment_bomb("stats { p50 }", "Cohort")},
    "320 aliases": {"query": "{ " + " ".join(f"a{n}: __typename" for n in range(320)) + " }"},
    "990 times the same field": {"query": "{ edition { " + "number " * 990 + "} }"},
    "160 directives": {"query": "{ currencies " + "@skip(if: true) " * 160 + "}"},
    "900 unknown fields": {"query": "{ " + " ".join(f"cohor{n}" for n in range(900)) + " }"},
    "190 operations": {"query": " ".join(f"query q{n} {{ currencies }}" for n in range(190)), "operationName": "q1"},
    "lists 480 deep": {"query": "{ cohort(where: {role: " + "[" * 480 + "]" * 480 + "}) { size } }"},
    "types that lead to types": {
        "query": "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    },
    "500 groups of 50": {
        "query": "{ cohort { by(factor: METRO, first: 500) { cohort { by(factor: ROLE, first: 500) { share } } } } }"
    },
    "19,000 codes": {"query": _FILTER, "variables": {"w": {"role": ["us"] * 19_000}}},
    "45,000 wrong values": {"query": _FILTER, "variables": {"w": {"role": [1] * 45_000}}},
    "variables 900 deep": {"query": _FILTER, "variables": {"w": None}},
    "99,000 commas": {"query": "{ currencies " + "," * 99_000 + " }"},
    "a name of 99,000 letters": {"query": "{ " + "a" * 99_000 + " }"},
}
_DEEP = b'{"query": "' + _FILTER.encode() + b'", "variables": {"w": ' + b"[" * 900 + b"]" * 900 + b"}}"


def _attack(name: str, n: int) -> bytes:
    """A different text each time, so that no document is cached."""
    if name == "variables 900 deep":
        return _DEEP
    attack = ATTACKS[name]
    return orjson.dumps({**attack, "query": f"# {n}\n{attack['query']}"})


def _query(n: int) -> bytes:
    query = "query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }"
    return orjson.dumps({"query": query, "variables": {"a": 100_000 + n / 7}})


class Connection:
    """One connection, which waits for each response."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def send(self, body: bytes) -> tuple[float, bytes]:
        """Milliseconds, and the response."""
        start = perf_counter()
        self._writer.write(http_request(body))
        response = await read_response(self._reader)
        return 1000 * (perf_counter() - start), response


async def _connection() -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", PORT))


async def _refusal_times(name: str) -> list[float]:
    connection, times = await _connection(), list[float]()
    for n in range(20):
        took, response = await connection.send(_attack(name, n))
        if b'"errors"' not in response or b'"code"' not in response:
            sys.exit(f"Not refused: {name}: {response[:300]!r}")
        times.append(took)
    return times


async def _bystander_times(name: str | None) -> list[float]:
    """Response times of a bystander during an attack, or without one; milliseconds, ascending."""
    until = perf_counter() + SECONDS

    async def attack(first: int) -> None:
        connection, n = await _connection(), first
        while perf_counter() < until:
            n += 1
            await connection.send(_attack(str(name), n))

    attackers = [asyncio.create_task(attack(k * 10_000_000)) for k in range(ATTACKERS)] if name else []
    connection, times = await _connection(), list[float]()
    while perf_counter() < until:
        times.append((await connection.send(_query(len(times) + hash(name) % 1_000_000)))[0])
        await asyncio.sleep(0.005)
    await asyncio.gather(*attackers)
    return sorted(times)


def compare() -> Table:
    table = Table("milliseconds", "refused in, median", "maximum", "bystander, median", "p99", "maximum")
    undisturbed = asyncio.run(_bystander_times(None))
    table.add_row("no attack", "", "", *_cells(undisturbed))
    for name in ATTACKS:
        refused = asyncio.run(_refusal_times(name))
        table.add_row(name, f"{median(refused):.1f}", f"{max(refused):.1f}", *_cells(asyncio.run(_bystander_times(name))))
    return table


def _cells(times: list[float]) -> tuple[str, str, str]:
    return f"{median(times):.1f}", f"{times[int(len(times) * 0.99)]:.1f}", f"{times[-1]:.1f}"


def main() -> None:
    console.rule(f"hostile input: one process, {ATTACKERS} attackers")
    with database() as url, cache_folder() as cache:
        load_sample(url, 20_000, 1, lambda _: None)
        with serving(url, cache, workers=1):
            console.print(compare())


if __name__ == "__main__":
    main()
