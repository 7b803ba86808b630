"""How fast what asks too much is refused, and what others notice of it: `python -m bench.hostile`.

One serving process without rates, so that nothing but the limits stands in the way. Each attack is sent over four
connections as fast as it is answered, while a bystander asks a new question every few milliseconds.
"""

import asyncio
import sys
from statistics import median
from time import perf_counter

import orjson
from rich.table import Table

from bench.ground import console, database
from bench.load import answered, framed
from bench.serving import PORT, cache_folder, serving
from seed.sample import load_sample

ATTACKERS, SECONDS = 4, 3.0


def _bomb(inside: str, on: str = "Query") -> str:
    links = " ".join(f"fragment f{n} on {on} {{ ...f{n + 1} ...f{n + 1} }}" for n in range(90))
    return f"{links} fragment f90 on {on} {{ {inside} }}"


_FILTER = "query ($w: CohortFilter) { cohort(where: $w) { size } }"
ATTACKS: dict[str, dict[str, object]] = {
    "fragments that double 90 times": {"query": "{ ...f0 } " + _bomb("a: __typename")},
    "stats that double 90 times": {"query": "{ cohort { ...f0 } } " + _bomb("stats { p50 }", "Cohort")},
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
    """Each time another text, so that no document is remembered."""
    if name == "variables 900 deep":
        return _DEEP
    attack = ATTACKS[name]
    return orjson.dumps({**attack, "query": f"# {n}\n{attack['query']}"})


def _question(n: int) -> bytes:
    query = "query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }"
    return orjson.dumps({"query": query, "variables": {"a": 100_000 + n / 7}})


class Connection:
    """One connection that asks and waits."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, body: bytes) -> tuple[float, bytes]:
        """Milliseconds, and the answer."""
        began = perf_counter()
        self._writer.write(framed(body))
        answer = await answered(self._reader)
        return 1000 * (perf_counter() - began), answer


async def _connection() -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", PORT))


async def _alone(name: str) -> list[float]:
    connection, times = await _connection(), list[float]()
    for n in range(20):
        took, answer = await connection.ask(_attack(name, n))
        if b'"errors"' not in answer or b'"code"' not in answer:
            sys.exit(f"Not refused: {name}: {answer[:300]!r}")
        times.append(took)
    return times


async def _beside(name: str | None) -> list[float]:
    """What a bystander waits for each of its answers while others attack, or while nobody does."""
    until = perf_counter() + SECONDS

    async def attack(start: int) -> None:
        connection, n = await _connection(), start
        while perf_counter() < until:
            n += 1
            await connection.ask(_attack(str(name), n))

    attackers = [asyncio.create_task(attack(k * 10_000_000)) for k in range(ATTACKERS)] if name else []
    connection, times = await _connection(), list[float]()
    while perf_counter() < until:
        times.append((await connection.ask(_question(len(times) + hash(name) % 1_000_000)))[0])
        await asyncio.sleep(0.005)
    await asyncio.gather(*attackers)
    return sorted(times)


def compare() -> Table:
    table = Table("milliseconds", "refused in, median", "at most", "bystander, median", "99%", "at most")
    calm = asyncio.run(_beside(None))
    table.add_row("nobody attacks", "", "", *_told(calm))
    for name in ATTACKS:
        alone = asyncio.run(_alone(name))
        table.add_row(name, f"{median(alone):.1f}", f"{max(alone):.1f}", *_told(asyncio.run(_beside(name))))
    return table


def _told(times: list[float]) -> tuple[str, str, str]:
    return f"{median(times):.1f}", f"{times[int(len(times) * 0.99)]:.1f}", f"{times[-1]:.1f}"


def main() -> None:
    console.rule(f"hostile input: one process, {ATTACKERS} attackers")
    with database() as url, cache_folder() as cache:
        load_sample(url, 20_000, 1, lambda _: None)
        with serving(url, cache, workers=1):
            console.print(compare())


if __name__ == "__main__":
    main()
