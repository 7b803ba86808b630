"""Invalid HTTP requests: each gets an error with a code, none a status of 500 or the text of a Python exception."""

import http.client
import json

import pytest
from starlette.types import Message
from support.uvicorn_server import listener, served

from schema.transport.endpoint import Endpoint
from service.app import create_app
from service.limits import Limits
from service.settings import load_settings

MAX_BODY_BYTES = Limits().body_bytes
JSON = {"content-type": "application/json"}


EDITION = b'"query": "{ edition { number } }"'
INVALID_BODIES = [
    b"",
    b"null",
    b"1",
    b'"text"',
    b"true",
    b"[]",
    b"[{" + EDITION + b"}]",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"query": 5}',
    b"{" + EDITION + b', "variables": 5}',
    b"{" + EDITION + b', "variables": []}',
    b"{" + EDITION + b', "variables": "{}"}',
    b"{" + EDITION + b', "operationName": 5}',
    b"{" + EDITION + b', "operationName": ["x"]}',
    b"{" + EDITION + b', "operationName": "Nothing"}',
    b"{" + EDITION + b', "extensions": 5}',
    b'{"query": ["x"]}',
    b'{"query": {}}',
    b'{"query": null}',
    b'{"query": ""}',
    b'{"query": "\\ud800"}',
    b'{"query": "\xed\xa0\x80"}',
    b'{"query": "\x00"}',
    b"\x00",
    b"Infinity",
    b"9" * 5_000,
    b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    b"{" + EDITION + b', "variables": {"n": ' + b"9" * 5_000 + b"}}",
    b'{"query": "{ cohort { stats { percentile(p: ' + b"9" * 5_000 + b') } } }"}',
    b"{" + EDITION + b', "variables": {"p": NaN}}',
    b'{"variables": {}}',
]


@pytest.mark.parametrize("body", INVALID_BODIES)
def test_invalid_body_is_a_bad_request(client, body):
    response = client.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert len(error["message"]) > 10


@pytest.mark.parametrize(
    "variables",
    [
        {"n": 10**18},
        {"n": 10**19},
        {"n": 1e308},
        {"n": True},
        {"n": "\u0000"},
        {"n": [[[[[1]]]]]},
        {"n": {"n": {"n": None}}},
        {"n": json.loads("[" * 900 + "]" * 900)},
        {"m": 1},
    ],
)
def test_invalid_variable_is_bad_user_input(client, variables):
    query = "query ($n: Int!) { factorValues(factor: ROLE, first: $n) { totalCount } }"
    response = client.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("name", ["variables", "extensions"])
@pytest.mark.parametrize("text", ["{", "5", "[]", "[" * 5_000, '{"a": NaN}', '"\\ud800"'])
def test_invalid_json_parameter_is_a_bad_request(client, name, text):
    response = client.get("/graphql", params={"query": "{ edition { number } }", name: text})
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def test_mutation_by_get_is_not_allowed(client):
    response = client.get("/graphql", params={"query": "mutation { __typename }"})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


def _padded(size: int) -> bytes:
    start = b"{" + EDITION + b', "variables": {"s": "'
    return start + b"x" * (size - len(start) - 3) + b'"}}'


def test_body_of_the_maximum_size_is_read(client):
    response = client.post("/graphql", content=_padded(MAX_BODY_BYTES), headers=JSON)
    assert response.json()["data"] == {"edition": {"number": 1}}


def _is_refused_for_size(status: int, body: bytes) -> bool:
    [error] = json.loads(body)["errors"]
    return status == 413 and error["extensions"] == {"code": "BAD_REQUEST"} and "100,000 bytes" in error["message"]


@pytest.mark.parametrize("size", [MAX_BODY_BYTES + 1, 10_000_000])
def test_body_that_is_too_large_is_refused(client, size):
    response = client.post("/graphql", content=_padded(size), headers=JSON)
    assert _is_refused_for_size(response.status_code, response.content)


def test_content_length_of_thousands_of_digits_is_refused(client):
    response = client.post("/graphql", content=b"{}", headers={**JSON, "content-length": "9" * 5_000})
    assert _is_refused_for_size(response.status_code, response.content)


async def test_chunked_body_is_read_no_further_than_the_limit():
    """It never ends."""
    received, sent = [], []

    async def receive() -> Message:
        received.append(10_000)
        return {"type": "http.request", "body": b"x" * received[-1], "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/graphql", "headers": [(b"content-type", b"application/json")]}
    await Endpoint(lambda *_: None)({**scope, "query_string": b""}, receive, send)
    assert _is_refused_for_size(sent[0]["status"], sent[1]["body"])
    assert sum(received) == MAX_BODY_BYTES + 10_000


def test_server_refuses_large_bodies_early_and_serves_the_next_request(url):
    """By Content-Length before the first byte, and chunked after the maximum."""
    with listener() as listening, served(create_app(load_settings(), url), listening):
        connection = http.client.HTTPConnection(*listening.getsockname(), timeout=60)
        connection.putrequest("POST", "/graphql")
        connection.putheader("content-type", "application/json")
        connection.putheader("content-length", "10000000")
        connection.endheaders()
        refused = connection.getresponse()
        assert _is_refused_for_size(refused.status, refused.read())
        connection.close()
        for headers in (JSON, {**JSON, "transfer-encoding": "chunked"}):
            chunks = (b"x" * 100_000 for _ in range(100))
            body = b"x" * 10_000_000 if headers is JSON else chunks
            connection.request("POST", "/graphql", body, headers, encode_chunked=True)
            refused = connection.getresponse()
            assert _is_refused_for_size(refused.status, refused.read())
        connection.request("POST", "/graphql", b"{" + EDITION + b"}", JSON)
        assert json.load(connection.getresponse())["data"] == {"edition": {"number": 1}}
        connection.close()


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ cohort {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ cohort(where: {level: [BOSS]}) { size } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a }" * 600, "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_invalid_document_has_a_code(error, query, code):
    assert error(query)["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Currency", "usd", "upper case"),
        ("Currency", 5, "string"),
        ("Month", "2026-13", "month"),
        ("Month", "0001-01", "month"),
        ("Code", "", "1 to 100"),
        ("Code", "x" * 5_000, "1 to 100"),
        ("Code", "a\u0000b", "1 to 100"),
        ("Code", ["a"], "string"),
    ],
)
def test_invalid_scalar_says_how_it_is_written(error, name, value, words):
    queries = {
        "Currency": "query ($v: Currency!) { cohort(currency: $v) { size } }",
        "Month": "query ($v: Month!) { cohort(where: {effective: {from: $v}}) { size } }",
        "Code": "query ($v: Code!) { cohort(where: {metro: [$v]}) { size } }",
    }
    found = error(queries[name], v=value)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


def test_get_and_post_have_the_same_response(client):
    query = "{ edition { number } }"
    assert client.get("/graphql", params={"query": query}).json() == client.post("/graphql", json={"query": query}).json()


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready"])
def test_other_paths_respond(client, path):
    assert client.get(path).status_code == 200


def test_strings_that_postgresql_refuses_are_accepted(execute):
    found = execute(
        'query ($s: String) { factorValues(factor: ROLE, search: $s) { totalCount } node(id: "\\u0000") { id } }',
        s="a\u0000b",
    )
    assert found == {"factorValues": {"totalCount": 0}, "node": None}


def test_a_batch_is_refused_as_such(client):
    response = client.post("/graphql", json=[{"query": "{ currencies }"}] * 2)
    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_REQUEST")
    assert error["message"].startswith("The request is a batch")
