"""Compiled execution against graphql-core: the same bytes for any operation."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from graphql import GraphQLObjectType
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from starlette.testclient import TestClient
from strawberry.types.execution import ExecutionResult
from support.databases import clone
from support.direct_execution import FITTED, WITHOUT, World, opened
from support.query_strategies import queries
from support.sql_oracle import publish_random

from schema.compiled.fields import Run
from schema.compiled.internals import core_schema
from schema.compiled.operation import Plan
from schema.errors import labelled
from schema.schema import build_schema
from service.app import create_app
from service.settings import load_settings

SCHEMA = build_schema()
CORE = core_schema(SCHEMA)


@pytest.fixture(scope="module")
def world(server_url: str, empty_template: str) -> Iterator[World]:
    with clone(server_url, empty_template) as url:
        publish_random(url, 300, 7)
        with opened(url, SCHEMA) as world:
            yield world


def _serialized(result: ExecutionResult) -> tuple[bytes, list[bytes]]:
    errors = (orjson.dumps(labelled(error).formatted) for error in result.errors or ())
    return orjson.dumps(result.data), sorted(errors)


def test_excluded_fields_exist() -> None:
    types = (type_ for type_ in CORE.type_map.values() if isinstance(type_, GraphQLObjectType))
    assert {name for type_ in types for name in type_.fields} >= WITHOUT | FITTED


@pytest.mark.slow
@settings(
    max_examples=150,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a document takes minutes to shrink
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(request=queries(CORE, WITHOUT | FITTED))
@example(("{ cohort(where: {role: []}) { by(factor: LEVEL) { cohort { stats { percentile(p: 2) } } } } }", {}))
@example(("query ($p: Float!) { cohort { stats { percentile(p: $p) } } }", {}))
@example(("query ($p: Float = 0.5) { cohort { stats { percentile(p: $p) p50 } stats { p50 mean } } }", {}))
@example(("query ($c: Code) { cohort(where: {country: [$c]}) { size label } }", {"c": "us"}))
@example(("{ edition { sources { code } sources { kind } } }", {}))
def test_result_is_the_same_bytes_as_from_graphql_core(world: World, request: tuple[str, dict[str, Any]]) -> None:
    query, variables = request
    document = world.schema.documents.get(query)
    assume(not document.errors)
    operation = document.operation(None)
    assert operation
    assert operation.plan
    expected = world.run(world.schema.execute_core(operation, variables, Run(world.context())))
    found = world.run(world.schema.execute_operation(operation, variables, world.context()))
    data, errors = _serialized(found)
    assert data == _serialized(expected)[0]
    if data != b"null":  # else the first error ends the execution, and which is first depends on timing
        assert errors == _serialized(expected)[1]
    assert bool(errors) == bool(expected.errors)
    if not expected.errors:
        assert orjson.dumps(world.run(operation.plan.execute(Run(world.context()), variables))) == _serialized(expected)[0]


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
def test_operation_that_cannot_be_compiled_is_executed(world: World, query: str) -> None:
    operation = world.schema.documents.get(query).operation(None)
    assert operation
    assert operation.plan is None
    found = world.run(world.schema.execute_operation(operation, {"x": True}, world.context()))
    assert (found.errors, bool(found.data)) == (None, True)


def test_mutations_are_compiled() -> None:
    """graphql-core would execute them too, in twice the time."""
    mutations = {
        "submitSalary": "mutation ($i: SalarySubmissionInput!) "
        "{ submitSalary(input: $i) { receipt submission { status } } }",
        "amendSalary": "mutation ($r: String!, $c: SalaryAmendmentInput!) "
        '{ amendSalary(receipt: $r, proof: "", changes: $c) { userErrors { code } } }',
        "withdrawSalary": "mutation ($r: String!) { withdrawSalary(receipt: $r) { submission { status } } }",
        "flagRecord": 'mutation { flagRecord(id: "x", reason: "Odd", proof: "") { flagged } }',
        "reviewSubmission": "mutation ($i: ID!) "
        '{ reviewSubmission(id: $i, decision: ACCEPT, note: "Plausible") { userErrors { code } } }',
        "reviewEmployer": 'mutation { reviewEmployer(name: "Acme", decision: ACCEPT, note: "Known") { employer { code } } }',
    }
    mutation = CORE.mutation_type
    assert mutation
    assert set(mutations) == set(mutation.fields)
    for query in mutations.values():
        operation = SCHEMA.documents.get(query).operation(None)
        assert operation
        assert operation.plan


def test_switch_turns_compiled_execution_off(url_of_seven: str) -> None:
    """Nothing but time changes."""
    query = {"query": "query ($r: [Code!]) { cohort(where: {role: $r}) { size records { nodes { id level } } } }"}

    def responses(compiled: bool) -> list[bytes]:
        app = create_app(load_settings(compiled_execution=compiled), url_of_seven)
        with TestClient(app) as client:
            bodies = [query, query | {"variables": {"r": ["data-scientist"]}}, query | {"variables": {"r": 5.5}}]
            return [client.post("/graphql", json=body).content for body in bodies]

    with patch.object(Plan, "execute", side_effect=AssertionError) as execute:
        without = responses(False)
        assert execute.call_count == 0
    assert responses(True) == without
