"""Limits: operations that exceed one are rejected with its code; those of the documents and the page are not."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse
from starlette.testclient import TestClient
from strawberry.utils.str_converters import to_camel_case
from support.documented_queries import EXAMPLES, PAGE, README
from support.queries import query as query_file
from support.records import record_id
from support.submissions import UNKNOWN_RECEIPT

from schema.compiled.internals import core_schema, strawberry_field
from schema.limits.arguments import EditionSize
from schema.limits.cost import COST, Cost, CostAnalysis
from schema.schema import build_schema
from schema.types.record import global_id
from service.app import create_app
from service.limits import LIMITS as REGISTRY
from service.limits import Limits
from service.settings import load_settings
from service.vocabulary.factors import FACTORS, Factor

DOCUMENTS = build_schema().documents
LIMITS = Limits()
LIMITS_PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()


def nested(levels: int) -> str:
    """Fields nested as deep as that."""
    return "{ cohort { " + "by(factor: LEVEL, first: 1) { cohort { " * (levels // 2 - 1) + "size" + " } }" * (levels // 2)


def chain(count: int, inside: str, on: str = "Query") -> str:
    """Fragments that spread the next one twice each."""
    links = (f"fragment f{n} on {on} {{ ...f{n + 1} ...f{n + 1} }}" for n in range(count))
    return f"{' '.join(links)} fragment f{count} on {on} {{ {inside} }}"


TOO_COMPLEX = {
    "depth": "{ salaryRecords { nodes { role " + "{ parent " * 8 + "{ code }" + " }" * 11,
    "depth in a fragment": "{ ...f } fragment f on Query { " + nested(12)[2:-2] + " }",
    "depth of a fragment that is not used": "{ currencies } fragment f on Query " + nested(12),
    "aliases": "{ " + " ".join(f"a{n}: currencies" for n in range(31)) + " }",
    "aliases of __typename": "{ " + " ".join(f"a{n}: __typename" for n in range(31)) + " }",
    "aliases in a fragment": "{ edition { ...f } } fragment f on Edition { "
    + " ".join(f"a{n}: number" for n in range(31))
    + " }",
    "aliases in a fragment that is spread often": "{ "
    + " ".join(f"a{n}: edition {{ ...f }}" for n in range(20))
    + " } fragment f on Edition { "
    + " ".join(f"a{n}: number" for n in range(10))
    + " ...g } fragment g on Edition { a: sources { "
    + "label: code a: label b: label c: label d: label } }",
    "a repeated field": "{ edition { " + "number " * 990 + "} }",
    "a field repeated in inline fragments": "{ edition { " + "... { number } " * 200 + "} }",
    "aliases by a fragment bomb": "{ ...f0 } " + chain(90, "a: __typename"),
    "depth by a fragment bomb": "{ cohort { ...f0 } } "
    + " ".join(f"fragment f{n} on Cohort {{ trend {{ cohort {{ ...f{n + 1} }} }} }}" for n in range(40))
    + " fragment f40 on Cohort { size }",
    "directives": "{ " + " ".join("currencies @skip(if: true)" for _ in range(21)) + " }",
    "directives at one place": "{ currencies " + "@skip(if: true) " * 100 + "}",
    "directives by a fragment bomb": "{ ...f0 } " + chain(90, "edition { number @skip(if: true) }"),
    "operations": " ".join(f"query q{n} {{ currencies }}" for n in range(11)),
    "a fragment that spreads itself": "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f currencies }",
}
COSTLY = {
    "groups": "{ cohort { by(factor: METRO, first: 500) { cohort { stats { p50 } } } } }",
    "groups of groups": "{ cohort { by(factor: METRO) { cohort { by(factor: ROLE) { share } } } } }",
    "groups of a size that a variable says": "query ($n: Int = 500) { cohort { by(factor: METRO, first: $n) "
    "{ cohort { stats { p50 } } } } }",
    "records": "{ " + " ".join(f"a{n}: salaryRecords(first: 100) {{ totalCount }}" for n in range(10)) + " }",
    "lists within lists": "{ factorValues(factor: ROLE, first: 500) { nodes { children { children { code } } } } }",
    "regressions": "{ cohort { by(factor: ROLE) { cohort { premiums(factor: LEVEL) { records } } } } }",
    "cost by a fragment bomb": "{ cohort { ...f0 } } " + chain(40, "stats { p50 }", "Cohort"),
    "more points than a number holds": "{ cohort { ...f0 } } " + chain(90, "stats { p50 }", "Cohort"),
    "cost by fragments and a variable": "query ($n: Int = 1) { cohort { ...f0 } } "
    + chain(40, "by(factor: METRO, first: $n) { share }", "Cohort"),
    "schemas": "{ " + " ".join(f"a{n}: __schema {{ types {{ fields {{ name }} }} }}" for n in range(15)) + " }",
    "types that lead to types": "{ __schema { types " + "{ fields { type " * 4 + "{ name }" + " } }" * 4 + " } }",
    "types": "{ __schema { types { fields { type { fields { name } } } } } }",
}


@pytest.mark.parametrize("query", TOO_COMPLEX.values(), ids=TOO_COMPLEX)
def test_complex_operation_is_invalid(client: TestClient, query: str) -> None:
    """With a status of 400 for clients that accept the newer media type."""
    accept = {"accept": "application/graphql-response+json"}
    response = client.post("/graphql", json={"query": query}, headers=accept)
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (400, {"code": "GRAPHQL_VALIDATION_FAILED"})
    assert "data" not in response.json()


@pytest.mark.parametrize("query", COSTLY.values(), ids=COSTLY)
def test_costly_operation_is_rejected_with_its_cost(client: TestClient, query: str) -> None:
    found = client.post("/graphql", json={"query": query}).json()
    [error] = found["errors"]
    assert error["extensions"] == {"code": "COST_LIMIT_EXCEEDED"}
    cost = found["extensions"]["cost"]
    assert cost["maximum"] == 1_000 < cost["requested"]
    assert f"{cost['requested']:,} points" in error["message"]
    assert "data" not in found


def test_document_with_too_many_tokens_is_not_parsed(error: Callable[..., dict[str, Any]]) -> None:
    found = error("{ " + "currencies " * 1_000 + "}")
    assert found["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert "1,000 tokens" in found["message"]


@pytest.mark.parametrize(
    ("query", "variables", "requested"),
    [
        ("{ edition { number } }", {}, 1),
        ("{ cohort { size stats { p50 } } }", {}, 1 + 1 + 1),
        ("{ cohort { by(factor: LEVEL) { cohort { stats { p50 } } } } }", {}, 1 + 1 + 1 + 7 * 2),
        ("{ cohort { by(factor: METRO) { cohort { stats { p50 } } } } }", {}, 1 + 1 + 1 + 50 * 2),
        ("{ cohort { by(factor: METRO, first: 3) { cohort { stats { p50 } } } } }", {}, 1 + 1 + 1 + 3 * 2),
        ("query ($n: Int) { cohort { by(factor: METRO, first: $n) { share } } }", {"n": 7}, 1 + 1 + 1 + 7),
        ("query ($n: Int) { cohort { by(factor: METRO, first: $n) { share } } }", {"n": None}, 1 + 1 + 1 + 50),
        ("query ($n: Int = 9) { cohort { by(factor: METRO, first: $n) { share } } }", {}, 1 + 1 + 1 + 9),
        ("query ($f: Factor!) { cohort { by(factor: $f) { share } } }", {"f": "WORK_MODE"}, 1 + 1 + 1 + 4),
        (
            "query ($n: Int) { cohort { ...f ...f } } fragment f on Cohort { records(first: $n) { totalCount } }",
            {"n": 5},
            16,
        ),
        ("{ salaryRecords { nodes { id } } }", {}, 1 + 2 + 50),
        ("{ salaryRecords(last: 100) { nodes { id role { label } pay { baseSalary } } } }", {}, 1 + 2 + 100),
        ("{ edition { sources { code } } }", {}, 1 + 1),
        ("{ __typename }", {}, 1),
    ],
)
def test_response_reports_its_cost(client: TestClient, query: str, variables: dict[str, Any], requested: int) -> None:
    found = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in found
    assert found["extensions"] == {"cost": {"requested": requested, "maximum": 1_000}}


def test_cached_response_reports_its_cost_and_has_the_same_etag(client: TestClient) -> None:
    first, second = (client.get("/graphql", params={"query": "{ cohort { label size } }"}) for _ in range(2))
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]
    assert first.json()["extensions"] == {"cost": {"requested": 2, "maximum": 1_000}}


@pytest.mark.parametrize("first", [10**30, -1, 501, "x", 1.5, True, [3]])
def test_invalid_size_is_bad_user_input_rather_than_costly(error: Callable[..., dict[str, Any]], first: object) -> None:
    found = error("query ($n: Int) { cohort { by(factor: METRO, first: $n) { share } } }", n=first)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"


def test_introspection_query_is_within_the_limits(client: TestClient) -> None:
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True)
    found = client.post("/graphql", json={"query": query}).json()
    assert found["extensions"]["cost"]["requested"] < 1_000
    assert found["data"]["__schema"]["queryType"] == {"name": "Query", "kind": "OBJECT"}


@pytest.mark.parametrize("included", [True, False])
def test_introspection_of_sgqlc_is_within_the_limits(client: TestClient, included: bool) -> None:
    """It has a directive in most selections, and spreads its fragments in several places."""
    variables = {"includeDescription": included, "includeDeprecated": included}
    body = {"query": query_file("introspection_of_sgqlc"), "variables": variables}
    found = client.post("/graphql", json=body).json()
    assert found["data"]["__schema"]["queryType"] == {"name": "Query"}


def test_twenty_records_by_id_are_within_the_limits(client: TestClient) -> None:
    """Each with a fragment, in two currencies."""
    nodes = " ".join(f'r{n}: node(id: "{global_id(record_id(n))}") {{ ...record }}' for n in range(20))
    record = """fragment record on SalaryRecord { id level role { ...value } country { ...value } skills { ...value }
      dollars: pay { baseSalary } euros: pay(currency: "EUR") { baseSalary } }
      fragment value on FactorValue { code name: label }"""
    found = client.post("/graphql", json={"query": f"{{ {nodes} }} {record}"}).json()
    assert "errors" not in found
    assert len({node["id"] for node in found["data"].values()}) == 20


def test_aliases_and_directives_of_a_fragment_count_once() -> None:
    spread = "{ " + " ".join(f"... on Query {{ c{n}: cohort {{ ...f ...f }} }}" for n in range(10)) + " }"
    document = parse(
        f"{spread} fragment f on Cohort {{ a: size b: size label @skip(if: true) ...g }} "
        "fragment g on Cohort { c: size @include(if: true) }"
    )
    analysis = CostAnalysis(core_schema(build_schema()), document)
    [operation] = [part for part in document.definitions if isinstance(part, OperationDefinitionNode)]
    found = analysis.operation(operation)
    assert (found.aliases, found.directives) == (10 + 2 + 1, 2)
    assert (found.expanded_aliases, found.expanded_directives) == (10 + 20 * 3, 20 * 2)


VARIABLES = {"first": 100, "offers": [{}] * 5, "last": None, "interval": "QUARTER"}
"""The largest that the page sends."""


def size(records: int) -> EditionSize:
    """The size of an edition with many employers, of whose records each value selects all."""
    many = {Factor.EMPLOYER: 40_000, Factor.METRO: 400, Factor.COUNTRY: 200, Factor.SKILL: 200}
    numbers = {factor: len(FACTORS[factor].codes) or 50 for factor in Factor} | many
    return EditionSize(records, numbers, numbers, numbers, lambda pair: records)


@pytest.mark.parametrize("query", [*README, *EXAMPLES, *PAGE.values()])
def test_documented_queries_are_within_the_limits_for_a_million_records(query: str) -> None:
    document = DOCUMENTS.get(query)
    assert document.errors == ()
    assert all(
        operation.cost(VARIABLES, lambda: size(1_000_000)) <= LIMITS.cost for operation in document.operations.values()
    )


def test_rate_limit_allows_all_operations_of_the_page_at_once() -> None:
    """Without any cached response, of a million records: several views and a few changes of filters."""
    operations = [operation for query in PAGE.values() for operation in DOCUMENTS.get(query).operations.values()]
    costs = [operation.cost(VARIABLES, lambda: size(1_000_000)) for operation in operations]
    assert len(costs) >= 25
    assert sum(costs) < LIMITS.points_per_minute


def test_api_has_all_limits(client: TestClient) -> None:
    names = re.findall(r"^  (\w+): ", _sdl_of("Limits"), re.MULTILINE)
    found = client.post("/graphql", json={"query": f"{{ limits {{ {' '.join(names)} }} }}"}).json()["data"]["limits"]
    assert found == {to_camel_case(name): limit.default * limit.scale for name, limit in REGISTRY.items()}
    assert len(names) == 24


def _sdl_of(name: str) -> str:
    [found] = re.findall(rf"^type {name} {{$(.*?)^}}$", build_schema().as_str(), re.MULTILINE | re.DOTALL)
    return str(found)


def test_settings_have_the_defaults_of_the_limits() -> None:
    assert load_settings().limits == Limits()


@pytest.fixture(scope="module")
def narrow(url: str) -> Iterator[TestClient]:
    settings = load_settings(
        max_depth=3,
        max_aliases=1,
        max_tokens=60,
        max_characters=700,
        max_values=10,
        max_directives=0,
        max_operations=1,
        max_cost=10,
        max_page=5,
        body_bytes=1_000,
    )
    with TestClient(create_app(settings, url)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("{ cohort { records { nodes { id } } } }", "GRAPHQL_VALIDATION_FAILED", "maximum is 3"),
        ("{ a: currencies b: currencies }", "GRAPHQL_VALIDATION_FAILED", "maximum is 1"),
        ("{ " + "currencies " * 60 + "}", "GRAPHQL_PARSE_FAILED", "more than 60"),
        ("{ currencies }" + " " * 700, "GRAPHQL_PARSE_FAILED", "maximum is 700"),
        ("{ currencies @skip(if: true) }", "GRAPHQL_VALIDATION_FAILED", "maximum is 0"),
        ("query a { currencies } query b { currencies }", "GRAPHQL_VALIDATION_FAILED", "maximum is 1"),
        ("{ cohort { by(factor: METRO) { share } } }", "COST_LIMIT_EXCEEDED", "maximum is 10"),
        ("{ salaryRecords(first: 6) { totalCount } }", "BAD_USER_INPUT", "from 0 to 5"),
    ],
)
def test_setting_changes_the_limit(narrow: TestClient, query: str, code: str, words: str) -> None:
    name = {"operationName": "a"} if query.startswith("query") else {}
    [error] = narrow.post("/graphql", json={"query": query, **name}).json()["errors"]
    assert error["extensions"]["code"] == code
    assert words in error["message"]


def test_setting_changes_the_number_of_values(narrow: TestClient) -> None:
    query = "query ($where: CohortFilter) { cohort(where: $where) { size } }"
    body = {"query": query, "variables": {"where": {"role": ["data-scientist"] * 9}}}
    [error] = narrow.post("/graphql", json=body).json()["errors"]
    assert "maximum is 10" in error["message"]


def test_setting_changes_the_page_size(narrow: TestClient) -> None:
    found = narrow.post("/graphql", json={"query": "{ salaryRecords(first: 5) { nodes { id } } }"}).json()
    assert len(found["data"]["salaryRecords"]["nodes"]) == 5
    assert narrow.post("/graphql", json={"query": " " * 1_000 + "{ currencies }"}).status_code == 413


def test_slow_operation_times_out(url: str) -> None:
    """A submission is read from the database, which takes longer than a ten-thousandth of a second."""
    body = {"query": UNKNOWN_RECEIPT}
    with TestClient(create_app(load_settings(request_seconds=0.0001), url)) as client:
        response = client.post("/graphql", json=body, headers={"accept": "application/graphql-response+json"})
        [error] = response.json()["errors"]
        assert (response.status_code, response.json()["data"]) == (200, None)
        assert error["extensions"] == {"code": "TIMEOUT"}
        assert "0.0001 seconds" in error["message"]
        with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
            socket.send_json({"type": "connection_init"})
            socket.receive_json()
            socket.send_json({"type": "subscribe", "id": "1", "payload": body})
            late = socket.receive_json()
            assert (late["type"], late["payload"]["errors"][0]["extensions"]) == ("next", {"code": "TIMEOUT"})


def test_every_computed_list_multiplies_the_cost_of_its_selection() -> None:
    """Lists that are in memory already are free."""
    assert {name for name, cost in _costs().items() if cost.times != 1} == MULTIPLYING


MULTIPLYING = {
    "Cohort.by",
    "Cohort.records",
    "Cohort.trend",
    "Edition.sources",
    "FactorValue.children",
    "OfferBenchmark.relaxations",
    "Query.compareOffers",
    "Query.employerCandidates",
    "Query.factorValues",
    "Query.nodes",
    "Query.officialWages",
    "Query.privacyLedger",
    "Query.reviewQueue",
    "Query.salaryRecords",
}


def _costs() -> dict[str, Cost]:
    """The costs of fields, by type and name."""
    fields = {
        f"{name}.{field}": strawberry_field(definition)
        for name, type_ in core_schema(build_schema()).type_map.items()
        for field, definition in getattr(type_, "fields", {}).items()
    }
    return {name: field.metadata[COST] for name, field in fields.items() if COST in getattr(field, "metadata", {})}


def test_documented_queries_are_found() -> None:
    assert len(README) >= 15
    assert len(EXAMPLES) >= 10
    assert {"Headline", "CrossTab", "Benchmark", "SubmitSalary", "Premiums"} <= PAGE.keys()


def test_document_has_the_cost_of_every_field() -> None:
    rows = re.findall(r"^\| `(\w+\.\w+)` \| (\d+)", LIMITS_PAGE.split("<!-- costs -->")[1], re.MULTILINE)
    assert {name: int(points) for name, points in rows} == {name: cost.points for name, cost in _costs().items()}


def test_document_has_every_limit_as_it_is_declared() -> None:
    rows = [
        f"| `{to_camel_case(name)}` | {limit.summary[0].upper()}{limit.summary[1:]} | `{limit.variable}` | "
        f"{limit.default:,} | {limit.exceeded} |"
        for name, limit in REGISTRY.items()
    ]
    assert re.findall(r"^\| .* \| `PAYRANK_.* \|$", LIMITS_PAGE, re.MULTILINE) == rows
