"""Compiled execution against graphql-core's own: the same bytes, whatever is asked."""

import asyncio
from collections.abc import Awaitable, Iterator
from typing import Any, cast

import orjson
import pytest
from graphql import GraphQLObjectType
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from strawberry.types.execution import ExecutionResult
from support.databases import clone
from support.query_strategies import queries
from support.sql_oracle import publish_random

from schema.compiled.fields import Run
from schema.context import Context
from schema.errors import labelled
from schema.schema import PayRankSchema, build_schema
from service.limits import Limits
from service.index.refresh import CurrentIndex
from service.stats.suppression import DEFAULT_RULES
from service.store.database import Database

WITHOUT = {"submission", "reviewQueue"}
"""Fields of people with receipts and tokens, which have tests of their own."""
FITTED = {"premiums", "outlook", "adjusted", "adjustedInterval", "adjustedChange", "estimatePay"}
"""Fields of fitted models, which take their time."""
SCHEMA = build_schema()


class World:
    """Not a dataclass, of which hypothesis would print all fields."""

    def __init__(self, schema: PayRankSchema, current: CurrentIndex, runner: asyncio.Runner) -> None:
        self.schema, self.current, self.runner = schema, current, runner

    def run(self, awaited: Awaitable[Any]) -> Any:
        return self.runner.run(cast(Any, awaited))

    def context(self) -> Context:
        return Context(self.current, DEFAULT_RULES, Limits(), *[cast(Any, None)] * (len(Context.__dataclass_fields__) - 3))


@pytest.fixture(scope="module")
def world(server_url: str, empty_template: str) -> Iterator[World]:
    with clone(server_url, empty_template) as url, asyncio.Runner() as runner:
        publish_random(url, 300, 7)

        async def opened() -> tuple[Any, Any]:
            database = Database.open(url, size=4, statement_seconds=5, prepared=True)
            current = CurrentIndex.open(await database.__aenter__(), 3_600)
            return database, (current, await current.__aenter__())

        database, (current, held) = runner.run(opened())
        yield World(SCHEMA, held, runner)
        runner.run(current.__aexit__(None, None, None))
        runner.run(database.__aexit__(None, None, None))


def _told(found: ExecutionResult) -> tuple[bytes, list[bytes]]:
    errors = (orjson.dumps(labelled(error).formatted) for error in found.errors or ())
    return orjson.dumps(found.data), sorted(errors)


def test_the_fields_left_out_are_there() -> None:
    types = (type_ for type_ in SCHEMA._schema.type_map.values() if isinstance(type_, GraphQLObjectType))
    assert {name for type_ in types for name in type_.fields} >= WITHOUT | FITTED


@settings(
    max_examples=150,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a document takes minutes to shrink
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(asked=queries(SCHEMA._schema, WITHOUT | FITTED))
@example(("{ cohort(where: {role: []}) { by(factor: LEVEL) { cohort { stats { percentile(p: 2) } } } } }", {}))
@example(("query ($p: Float!) { cohort { stats { percentile(p: $p) } } }", {}))
@example(("query ($p: Float = 0.5) { cohort { stats { percentile(p: $p) p50 } stats { p50 mean } } }", {}))
@example(("query ($c: Code) { cohort(where: {country: [$c]}) { size label } }", {"c": "us"}))
@example(("{ edition { sources { code } sources { kind } } }", {}))
def test_the_same_bytes_as_graphql_core(world: World, asked: tuple[str, dict[str, Any]]) -> None:
    query, variables = asked
    document = world.schema.documents.get(query)
    assume(not document.errors)
    operation = document.operation(None)
    assert operation
    assert operation.plan
    walked = world.run(world.schema.execute_core(operation, variables, Run(world.context())))
    answered = world.run(world.schema.execute_operation(operation, variables, world.context()))
    data, errors = _told(answered)
    assert data == _told(walked)[0]
    if data != b"null":  # else the first error ends it all, and which is first is a matter of time
        assert errors == _told(walked)[1]
    assert bool(errors) == bool(walked.errors)
    if not walked.errors:
        assert orjson.dumps(world.run(operation.plan.execute(Run(world.context()), variables))) == _told(walked)[0]


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ edition { number @include(if: false) } }",
        "{ edition @skip(if: false) { number } }",
        "query { ... @include(if: true) { edition { number } } }",
        "query ($x: Boolean!) { edition { number @skip(if: $x) records } }",
    ],
)
def test_what_is_not_compiled_is_answered(world: World, query: str) -> None:
    operation = world.schema.documents.get(query).operation(None)
    assert operation
    assert operation.plan is None
    found = world.run(world.schema.execute_operation(operation, {"x": True}, world.context()))
    assert (found.errors, bool(found.data)) == (None, True)


def test_mutations_are_compiled_too() -> None:
    """What is not compiled is answered all the same, but takes twice the time."""
    asked = {
        "submitSalary": "mutation ($i: SalarySubmissionInput!) "
        "{ submitSalary(input: $i) { receipt submission { status } } }",
        "amendSalary": "mutation ($r: String!, $c: SalaryAmendmentInput!) "
        "{ amendSalary(receipt: $r, changes: $c) { userErrors { code } } }",
        "withdrawSalary": "mutation ($r: String!) { withdrawSalary(receipt: $r) { submission { status } } }",
        "flagRecord": 'mutation { flagRecord(id: "x", reason: "Odd") { flagged } }',
        "reviewSubmission": "mutation ($i: ID!) "
        '{ reviewSubmission(id: $i, decision: ACCEPT, note: "Plausible") { userErrors { code } } }',
    }
    mutation = SCHEMA._schema.mutation_type
    assert mutation
    assert set(asked) == set(mutation.fields)
    for query in asked.values():
        operation = SCHEMA.documents.get(query).operation(None)
        assert operation
        assert operation.plan
