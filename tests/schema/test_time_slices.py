"""Operations in time slices: every long one lets the event loop go on, and ends at its deadline or if its client leaves.

The clock says that each slice is used, so that an operation pauses wherever it can.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from itertools import count
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, get_introspection_query
from starlette.requests import HTTPConnection
from strawberry.types.execution import ExecutionResult
from support.databases import clone
from support.serve_process import SUBMIT, nth_input
from support.sql_oracle import publish_random

from schema.compiled.internals import core_schema, method_resolver, strawberry_field
from schema.errors import is_timeout
from schema.limits.cost import COST
from schema.schema import build_schema
from schema.transport.endpoint import Endpoint
from service.app import AppState, create_app
from service.index.index import RankIndex
from service.settings import load_settings
from service.time_slices import TimeSlices
from service.work import Work, counted

GROUPS = "by(factor: METRO) { cohort { stats { p50 } } }"
RECORDS = "salaryRecords { nodes { id level role { code } pay { baseSalary } } }"
LONG = {
    "compiled": f"{{ cohort {{ {GROUPS} }} }}",
    "with a directive": f"{{ cohort @include(if: true) {{ {GROUPS} }} }}",
    "with a field that fails": f'{{ cohort {{ {GROUPS} }} nothing: cohort(where: {{role: ["nothing"]}}) {{ size }} }}',
    "records with a directive": f"{{ {RECORDS.replace('{', '@include(if: true) {', 1)} }}",
    "introspection": get_introspection_query(),
}
SCANS = (
    "{ cohort { stats { mean } } }",
    "{ cohort { stats { standardDeviation } } }",
    "{ cohort { stats { meanInterval { low } } } }",
    "{ cohort { stats { cautions { code } } } }",
    "{ cohort { stats { contributed { records } } } }",
    "{ cohort { employers } }",
    "{ cohort { unavailable(factor: EMPLOYER) { code } } }",
    "{ cohort { by(factor: EMPLOYER, first: 1, orderBy: {field: MEDIAN}) { share } } }",
    "{ cohort { trend { period } } }",
    '{ factorValues(factor: ROLE, search: "engineer") { totalCount } }',
    '{ benchmarkOffer(offer: {profile: {role: "data-scientist", country: "us"}, baseSalary: 150000}) { annualized } }',
)
FEW_SETTINGS: dict[str, Any] = {"proof_cost": 0, "submissions_per_hour": 0, "queries_per_minute": 0}


class World:
    """An application without a server: requests are made of its endpoint."""

    def __init__(self, endpoint: Endpoint, state: AppState) -> None:
        self.endpoint, self.state = endpoint, state
        self._unique = count()

    async def post(self, query: str, variables: Any = None, leaves: bool = False) -> tuple[int, dict[str, Any]]:
        """The status and the body of a response, to a client that waits for it or `leaves` once it has sent its request."""
        body = orjson.dumps({"query": query, "variables": {**(variables or {}), "unique": next(self._unique)}})
        messages = [{"type": "http.request", "body": body}, *([{"type": "http.disconnect"}] if leaves else [])]
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0) if messages else await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
            "client": ("203.0.113.9", 9),
            "state": self.state,
        }
        await self.endpoint(scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])


@asynccontextmanager
async def opened(url: str, **settings: Any) -> AsyncIterator[World]:
    app = create_app(load_settings(**FEW_SETTINGS, **settings), url)
    async with app.router.lifespan_context(app) as state:
        assert state
        yield World(state["endpoint"], state)


def always_used() -> Callable[[], float]:
    """A clock by which every slice is used at once."""
    return count().__next__


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, 300, 5)
        yield found


async def iterations_during(awaited: Any) -> tuple[int, Any]:
    """Iterations of the event loop while something runs, and its result."""
    task, iterations = asyncio.ensure_future(awaited), 0
    while not task.done():
        iterations += 1
        await asyncio.sleep(0)
    return iterations, task.result()


@pytest.mark.parametrize("query", LONG.values(), ids=LONG)
async def test_event_loop_goes_on_between_the_fields_of_a_long_operation(url: str, query: str) -> None:
    """At least once for each group, record or type, and the response is the same."""
    async with opened(url) as world:
        expected = await world.post(query)
        found = expected[1]["data"]
        items = found["cohort"]["by"] if "cohort" in found else next(iter(found.values()))
        number = len(
            items if isinstance(items, list) else next(iter(items.values())) if "nodes" in items else items["types"]
        )
        assert number >= 6
        usual, response = await iterations_during(world.post(query))
        world.endpoint._slices = TimeSlices(always_used())
        paused, paused_response = await iterations_during(world.post(query))
    assert response == paused_response == expected
    assert paused >= usual + number


@pytest.mark.parametrize("query", SCANS)
async def test_event_loop_goes_on_during_a_scan_of_many_records(url: str, query: str) -> None:
    async with opened(url) as world:
        index = world.state["current"].index
        assert isinstance(index, RankIndex)
        world.endpoint._slices = TimeSlices(lambda: 0)
        expected = await world.post(query)
        alone, _ = await iterations_during(world.post(query))
        world.state["current"].index = replace(index, min_threaded_records=1)
        beside, found = await iterations_during(world.post(query))
    assert found == expected
    assert beside > alone


async def event_of(world: World, query: str) -> ExecutionResult:
    """The result of the first event of a subscription."""
    endpoint = world.endpoint
    operation = endpoint._schema.documents.get(f"subscription {query}").operation(None)
    assert operation
    context = endpoint.context_of(HTTPConnection({"type": "websocket", "headers": [], "state": world.state}), {})
    async with aclosing(endpoint._schema.events(operation, {}, context)) as events:
        return await endpoint.execute_event(await anext(events))


async def test_event_loop_goes_on_during_an_event_of_a_subscription(url: str) -> None:
    async with opened(url) as world:
        _, response = await world.post(LONG["compiled"])
        world.endpoint._slices = TimeSlices(lambda: 0)
        usual, _ = await iterations_during(event_of(world, LONG["compiled"]))
        world.endpoint._slices = TimeSlices(always_used())
        paused, result = await iterations_during(event_of(world, LONG["compiled"]))
    assert result.data == response["data"]
    assert paused >= usual + len(response["data"]["cohort"]["by"])


async def test_event_of_a_subscription_stops_at_its_deadline(url: str) -> None:
    async with opened(url, request_seconds=1e-6) as world:
        world.endpoint._slices = TimeSlices(always_used())
        result = await event_of(world, LONG["compiled"])
    [error] = result.errors or ()
    assert is_timeout(error)
    assert result.data is None


async def test_operation_stops_at_its_deadline(url: str) -> None:
    async with opened(url, request_seconds=1e-6) as world:
        world.endpoint._slices = TimeSlices(always_used())
        with counted() as work:
            status, found = await world.post(LONG["compiled"])
    [error] = found["errors"]
    assert (status, error["extensions"]["code"], found["data"]) == (200, "TIMEOUT", None)
    assert work[Work.RANKS] < 3


@pytest.mark.parametrize("query", LONG.values(), ids=LONG)
async def test_operation_stops_if_its_client_leaves(url: str, query: str) -> None:
    async with opened(url) as world:
        with counted() as whole:
            await world.post(query)
        world.endpoint._slices = TimeSlices(always_used())
        with counted() as work:
            status, found = await world.post(query, leaves=True)
        assert (status, found["errors"][0]["extensions"]["code"]) == (499, "CLIENT_CLOSED_REQUEST")
        assert work.total() < max(whole.total(), 1)
        assert not world.endpoint._concurrency._semaphore.locked()


async def test_equal_request_of_another_client_is_still_executed(url: str) -> None:
    async with opened(url) as world:
        expected = await world.post(LONG["compiled"])
        world.endpoint._slices = TimeSlices(always_used())
        world._unique = iter([7, 7])  # type: ignore[assignment]
        leaving, staying = await asyncio.gather(world.post(LONG["compiled"], leaves=True), world.post(LONG["compiled"]))
    assert leaving[0] == 499
    assert staying == expected


async def test_mutation_is_carried_out_even_if_its_client_leaves(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        async with opened(url) as world:
            world.endpoint._slices = TimeSlices(always_used())
            status, found = await world.post(SUBMIT, {"input": nth_input(1)}, leaves=True)
    assert status == 200
    assert found["data"]["submitSalary"]["receipt"]


QUICK = {"FactorValue.children", "OfferBenchmark.relaxations"}
"""Fields with a cost that return what is in memory; what they cost is their selections."""


def test_every_field_that_computes_is_asynchronous() -> None:
    """So that its operation can pause before it."""
    core, found = core_schema(build_schema()), set()
    for type_ in core.type_map.values():
        for name, field in type_.fields.items() if isinstance(type_, GraphQLObjectType) else ():
            definition = strawberry_field(field)
            if definition and COST in definition.metadata:
                resolver = method_resolver(definition)
                if not (resolver and asyncio.iscoroutinefunction(resolver.function)):
                    found.add(f"{type_.name}.{name}")
    assert found == QUICK
