"""Points against time: what queries cost, the points of the work that is counted, and how long they take and hold the loop.

`python -m bench.work [RECORDS [EMPLOYERS]]`, by default a million records of 40,000 employers. Each query is sent four times
to an application in this process, each time with another variable, so that no response is cached, and without cached
selections. The first time is left out: it may parse the query, and build orders and models that later ones share.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import uvloop
from graphql import get_introspection_query

from bench.environment import cache_folder, console, database, measured_pauses
from bench.markdown import table
from schema.transport.endpoint import Endpoint
from seed.sample.records import add_sample_employers, sample_batches
from service.app import create_app
from service.index.artifact import IndexStore
from service.index.index import RankIndex, require_rank_index
from service.index.refresh import CurrentIndex, store_index
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.editions import draft
from service.store.reference import add_terms, load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term
from service.work import counted, points

ROUNDS, TICK = 3, 0.0005
_WORDS = (
    "acme",
    "global",
    "data",
    "systems",
    "labs",
    "analytics",
    "cloud",
    "robotics",
    "health",
    "bank",
    "capital",
    "neural",
)
_RECORD = "id level role { code label } country { label } employer { label } skills { code } pay { baseSalary bonus equity }"
_PROFILE = '{role: "data-scientist", country: "us", level: SENIOR, metro: "san-francisco", skills: ["python"]}'
_YEARS = f"{{factor: YEAR, none: {[str(year) for year in range(2018, 2027)]}}}".replace("'", '"')
_OFFER = f"{{profile: {_PROFILE}, baseSalary: 150000}}"


def _repeated(number: int, field: str) -> str:
    return f"{{ {' '.join(f'a{n}: {field}' for n in range(number))} }}"


_MEDIAN = "cohort { stats { p50 } }"
QUERIES: Mapping[str, str] = {
    "median": "{ cohort { stats { p50 } } }",
    "median of a filter": '{ cohort(where: {country: ["us"], level: [SENIOR]}) { size stats { p50 } } }',
    "filter by 180 codes": f"{{ cohort(where: {{match: [{', '.join([_YEARS] * 20)}]}}) {{ stats {{ p50 }} }} }}",
    "mean and deviation": "{ cohort { stats { mean standardDeviation } } }",
    "cautions": "{ cohort { stats { cautions { code } } } }",
    "number of employers": "{ cohort { employers } }",
    "histogram": "{ cohort { distribution(bins: 100) { below } } }",
    "rank": "{ cohort { percentileRank(amount: 123456) { rank } } }",
    "by level": "{ cohort { by(factor: LEVEL) { cohort { stats { p25 p50 p75 } } } } }",
    "by level, with cautions": "{ cohort { by(factor: LEVEL) { cohort { stats { p50 cautions { code } } } } } }",
    "by metro": "{ cohort { by(factor: METRO, first: 100) { cohort { stats { p50 } } } } }",
    "one metro of all, by median": "{ cohort { by(factor: METRO, first: 1, orderBy: {field: MEDIAN}) { share } } }",
    "one employer of all, by size": "{ cohort { by(factor: EMPLOYER, first: 1) { share } } }",
    "one employer of all, by median": "{ cohort { by(factor: EMPLOYER, first: 1, orderBy: {field: MEDIAN}) { share } } }",
    "one employer of all, by mean": "{ cohort { by(factor: EMPLOYER, first: 1, orderBy: {field: MEAN}) { share } } }",
    "450 employers": "{ cohort { by(factor: EMPLOYER, first: 450) { cohort { stats { p50 } } } } }",
    "metro x level": f"{{ cohort {{ by(factor: METRO, first: 60) {{ cohort {{ by(factor: LEVEL) {{ {_MEDIAN} }} }} }} }} }}",
    "trend": "{ cohort { trend { stats { p50 } change } } }",
    "trends of 8 metros": "{ cohort { by(factor: METRO, first: 8) { cohort { trend { stats { p50 } } } } } }",
    "comparison": "{ compareCohorts(a: {level: [SENIOR]}, b: {level: [MID]}) { p50 { amount } cautions { code } } }",
    "100 records": f"{{ salaryRecords(first: 100) {{ nodes {{ {_RECORD} }} }} }}",
    "100 records by graphql-core": f"{{ salaryRecords(first: 100) @include(if: true) {{ nodes {{ {_RECORD} }} }} }}",
    "benchmark": f"{{ benchmarkOffer(offer: {_OFFER}) {{ rank {{ rank }} relaxations {{ cohort {{ size }} }} }} }}",
    "premiums, fitted before": "{ cohort { premiums(factor: LEVEL) { rows { percent } } } }",
    "outlook, fitted before": "{ cohort { outlook { points { median } } } }",
    "500 factor values": "{ factorValues(factor: EMPLOYER, first: 500) { nodes { code label records } } }",
    "search": '{ factorValues(factor: EMPLOYER, search: "lab") { totalCount } }',
    "20 searches": _repeated(20, 'factorValues(factor: EMPLOYER, search: "nothing") { totalCount }'),
    "unknown code": '{ cohort(where: {employer: ["acme-globl-dta-7"]}) { size } }',
    "3 unknown codes": '{ cohort(where: {employer: ["acme-globl-dta-7", "neural-bnk-visio", "clod-system"]}) { size } }',
    "30 titles": _repeated(30, 'readTitle(title: "Senior ML Engineer, Computer Vision (m/f/d)") { certainty }'),
    "9 long titles": _repeated(9, f'readTitle(title: "{"x, " * 65}") {{ certainty }}'),
    "introspection": get_introspection_query(),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """Points that a query costs and those of its counted work; milliseconds of its fastest round and its longest pause."""

    requested: int
    counted: int
    milliseconds: float
    pause: float

    @property
    def cells(self) -> tuple[str, ...]:
        microseconds = 1_000 * self.milliseconds / self.requested
        return (
            f"{self.requested:,}",
            f"{self.counted:,}",
            f"{self.milliseconds:.1f}",
            f"{microseconds:.0f}",
            f"{self.pause:.1f}",
        )


def publish(url: str, records: int, employers: int) -> None:
    """Publish a sample whose records have many employers, the n-th of them in proportion to 1 / n."""
    with bulk_connection(url) as rows:
        add_sample_employers(rows)
        names = [f"{_WORDS[n % 12]} {_WORDS[n // 12 % 12]} {_WORDS[n // 144 % 12]} {n}" for n in range(employers)]
        add_terms(rows, [Term(Factor.EMPLOYER, name.replace(" ", "-"), name.title()) for name in names])
        rows.commit()
        reference = load_reference(rows)
    ids = np.array([value.id for value in reference.taxonomy.values(Factor.EMPLOYER)], np.int32)
    weights, rng = 1 / np.arange(1, len(ids) + 1), np.random.default_rng(1)
    with draft(url) as edition:
        for batch in sample_batches(reference, records, 1):
            drawn = pa.array(rng.choice(ids, batch.num_rows, p=weights / weights.sum()), pa.int32())
            place = batch.schema.get_field_index(Factor.EMPLOYER.value)
            columns = [drawn if number == place else column for number, column in enumerate(batch.columns)]
            edition.add(pa.record_batch(columns, schema=batch.schema))


async def measure(url: str, cache: Path) -> dict[str, Measured]:
    app = create_app(load_settings(cache_dir=cache, queries_per_minute=0, request_seconds=600), url)
    async with app.router.lifespan_context(app) as state:
        assert state
        client = _Client(state["endpoint"], state)
        return {name: await client.measure(query) for name, query in QUERIES.items()}


class _Client:
    """Sends queries to the endpoint of an application in this process."""

    def __init__(self, endpoint: Endpoint, state: Mapping[str, Any]) -> None:
        self._endpoint, self._state, self._unique = endpoint, state, count()

    async def measure(self, query: str) -> Measured:
        rounds: list[tuple[float, float, float]] = []
        cost: dict[str, int] = {}
        for _ in range(1 + ROUNDS):
            self._clear()
            async with measured_pauses(TICK) as pauses:
                with counted() as work:
                    start = perf_counter()
                    cost = await self._post(query)
                    took = perf_counter() - start
            rounds.append((1_000 * took, 1_000 * max(pauses, default=0), points(work)))
        fastest, longest = min(took for took, _, _ in rounds[1:]), median(pause for _, pause, _ in rounds[1:])
        return Measured(cost["requested"], round(max(worth for _, _, worth in rounds[1:])), fastest, max(0, longest))

    def _clear(self) -> None:
        current: CurrentIndex = self._state["current"]
        index: RankIndex = require_rank_index(current.index)
        for order in (index.base, *index.orders.values()):
            order.clear_cache()

    async def _post(self, query: str) -> dict[str, int]:
        """The cost in the response."""
        body = orjson.dumps({"query": query, "variables": {"unique": next(self._unique)}})
        messages, sent = [{"type": "http.request", "body": body}], list[Any]()

        async def receive() -> Any:
            return messages.pop() if messages else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
        await self._endpoint({**scope, "client": ("127.0.0.1", 1), "state": self._state}, receive, send)
        found: dict[str, Any] = orjson.loads(sent[-1]["body"])
        cost: dict[str, int] = found["extensions"]["cost"]
        return cost


def main() -> None:
    records, employers = (int(text) for text in (*sys.argv[1:], *("1000000", "40000")[len(sys.argv) - 1 :]))
    with database() as url, cache_folder() as cache:
        publish(url, records, employers)
        store_index(url, IndexStore.of(cache, url))
        rows = [(name, *found.cells) for name, found in uvloop.run(measure(url, cache)).items()]
    header = ("", "points", "counted", "ms", "µs per point", "longest pause, ms")
    console.print(f"{records:,} records, {employers:,} employers", highlight=False)
    console.print(table(header, rows), soft_wrap=True, highlight=False)


if __name__ == "__main__":
    main()
