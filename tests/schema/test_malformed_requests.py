"""Malformed requests: the right status, a code, and a message that says what to do."""

import gzip
import json
import re
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

JSON = {"content-type": "application/json"}
QUERY = b'{"query": "{ currencies }"}'
TWO = "query a { currencies } query b { currencies }"
FOLLOW = "subscription { editionPublished { number } }"
PYTHON = re.compile(r"Traceback|Exception|<class|object at 0x|NoneType|\bdict\b|\bstr\b|Errno|codec can't")


def refused(response: Any, status: int, words: str, code: str = "BAD_REQUEST") -> None:
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (status, code), response.text
    assert words in error["message"]
    assert not PYTHON.search(error["message"])
    assert response.headers["content-type"].startswith("application/")
    assert "data" not in response.json()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_method_is_not_allowed(client: TestClient, method: str) -> None:
    response = client.request(method, "/graphql", content=QUERY, headers=JSON)
    refused(response, 405, "Send a POST")
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ({"content-type": "text/plain"}, "text/plain"),
        ({"content-type": "application/x-www-form-urlencoded"}, "application/json"),
        ({"content-type": "multipart/form-data; boundary=x"}, "application/json"),
        ({"content-type": "application/graphql"}, "application/json"),
        ({"content-type": "application/jsonx"}, "application/json"),
        ({"content-type": ""}, "missing"),
        ({"content-type": ";"}, "application/json"),
        ({"content-type": "x" * 5_000}, "application/json"),
        ({**JSON, "content-encoding": "gzip"}, "without Content-Encoding"),
        ({**JSON, "content-encoding": "br, gzip"}, "without Content-Encoding"),
    ],
)
def test_content_type_is_not_supported(client: TestClient, headers: dict[str, str], words: str) -> None:
    body = gzip.compress(QUERY) if "content-encoding" in headers else QUERY
    refused(client.post("/graphql", content=body, headers=headers), 415, words)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON ;x=y"])
def test_content_type_is_supported(client: TestClient, kind: str) -> None:
    assert client.post("/graphql", content=QUERY, headers={"content-type": kind}).status_code == 200


@pytest.mark.parametrize(
    ("query_string", "status", "words"),
    [
        ("", 400, "no query"),
        ("query=", 400, "no query"),
        ("query=%ff%fe", 400, "percent-encoded UTF-8"),
        ("query=%ed%a0%80", 400, "percent-encoded UTF-8"),
        ("&".join(f"p{n}=1" for n in range(30)), 400, "at most 20"),
        ("query={currencies}&variables=5", 400, "`variables`"),
        ("query={currencies}&extensions=[]", 400, "`extensions`"),
        ("query={currencies}&variables={", 400, "JSON objects"),
        ("query={currencies}&operationName=x", 400, "named"),
        ("query=query+a{currencies}query+b{currencies}", 400, "a, b"),
        ("query=mutation{__typename}", 405, "Send a POST"),
        ("query=subscription{editionPublished{number}}", 400, "WebSocket"),
    ],
)
def test_query_string_is_invalid(client: TestClient, query_string: str, status: int, words: str) -> None:
    refused(client.get(f"/graphql?{query_string}"), status, words)


async def test_query_string_that_is_too_long_is_not_read(client: TestClient) -> None:
    """Straight to the application: clients and servers have limits of their own."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/graphql", "headers": [], "query_string": b"query=" + b"x" * 100_000}
    await client.app_state["endpoint"]({**scope, "state": client.app_state}, lambda: None, send)
    assert (sent[0]["status"], orjson.loads(sent[1]["body"])["errors"][0]["extensions"]) == (414, {"code": "BAD_REQUEST"})


@pytest.mark.parametrize(
    ("body", "status", "words", "code"),
    [
        ({"query": TWO}, 400, "a, b", "BAD_REQUEST"),
        ({"query": TWO, "operationName": "c"}, 400, 'named "c"', "BAD_REQUEST"),
        ({"query": "fragment f on Query { currencies }"}, 200, "never used", "GRAPHQL_VALIDATION_FAILED"),
        ({"query": FOLLOW}, 400, "WebSocket", "BAD_REQUEST"),
        ({"query": FOLLOW + " query q { currencies }"}, 200, "anonymous operation", "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{"}, 200, "Syntax Error", "GRAPHQL_PARSE_FAILED"),
        ({"query": "\x00"}, 200, "Syntax Error", "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ currencies @nothing }"}, 200, "Unknown directive", "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "type Query { a: Int }"}, 200, "not executable", "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query ($n: Nothing) { node(id: $n) { id } }"}, 200, "Unknown type", "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ cohort(where: [5]) { size } }"}, 200, "CohortFilter", "GRAPHQL_VALIDATION_FAILED"),
    ],
)
def test_document_cannot_be_executed(client: TestClient, body: dict[str, Any], status: int, words: str, code: str) -> None:
    response = client.post("/graphql", json=body)
    assert response.status_code == status
    error = response.json()["errors"][0]
    assert words in error["message"]
    assert error["extensions"]["code"] == code


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=6,
)
QUERIES = st.sampled_from(
    [
        "{ currencies }",
        "query q($v: CohortFilter) { cohort(where: $v) { size } }",
        "query q($v: Int) { factorValues(factor: ROLE, first: $v) { totalCount } }",
        "query q($v: String) { salaryRecords(after: $v) { totalCount } }",
        "query q($v: ID!) { node(id: $v) { id } }",
        "query q($v: OfferInput!) { benchmarkOffer(offer: $v) { annualized } }",
        "query q($v: Float!) { cohort { percentileRank(amount: $v) { rank } } }",
        "mutation q($v: SalarySubmissionInput!) { submitSalary(input: $v) { receipt } }",
        'mutation q($v: ID!) { flagRecord(id: $v, reason: "odd", proof: "") { flagged } }',
        "subscription q($v: Currency!) { cohort(currency: $v) { size } }",
    ]
)
BODIES = JSON_VALUES | st.fixed_dictionaries(
    {"query": QUERIES},
    optional={
        "variables": JSON_VALUES | st.fixed_dictionaries({"v": JSON_VALUES}),
        "operationName": st.sampled_from(["q", "p", ""]) | JSON_VALUES,
        "extensions": JSON_VALUES,
    },
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES)
def test_any_json_gets_data_or_an_error_with_a_code(client: TestClient, body: object) -> None:
    try:
        text = orjson.dumps(body)
    except (TypeError, ValueError):  # integers that only Python can write
        text = json.dumps(body).encode()
    response = client.post("/graphql", content=text, headers={**JSON, "x-forwarded-for": "192.0.2.1"})
    assert response.status_code in (200, 400, 405)
    for error in response.json().get("errors", ()):
        assert error["extensions"]["code"] in {
            "BAD_REQUEST",
            "BAD_USER_INPUT",
            "GRAPHQL_PARSE_FAILED",
            "GRAPHQL_VALIDATION_FAILED",
            "PERSISTED_QUERY_NOT_FOUND",
        }
        assert not PYTHON.search(error["message"]), error
