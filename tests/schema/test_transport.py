"""Requests that are no good: each gets an error with a code and a sentence, none a 500 or a Python text."""

import pytest

JSON = {"content-type": "application/json"}


EDITION = b'"query": "{ edition { number } }"'
NO_REQUESTS = [
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
    b"{" + EDITION + b', "operationName": 5}',
    b'{"query": "{ cohort { stats { percentile(p: ' + b"9" * 5_000 + b') } } }"}',
    b"{" + EDITION + b', "variables": {"p": NaN}}',
    b'{"variables": {}}',
]


@pytest.mark.parametrize("body", NO_REQUESTS)
def test_bodies_that_are_no_request(client, body):
    response = client.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert len(error["message"]) > 10


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ cohort {", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ cohort(where: {level: [BOSS]}) { size } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ a }" * 600, "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_documents_that_cannot_be_executed(error, query, code):
    assert error(query)["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("Currency", "usd", "upper case"),
        ("Currency", 5, "string"),
        ("Month", "2026-13", "is not a month"),
        ("Month", "0001-01", "is not a month"),
        ("Code", "", "1 to 100"),
        ("Code", "x" * 5_000, "1 to 100"),
        ("Code", "a\u0000b", "1 to 100"),
        ("Code", ["a"], "string"),
    ],
)
def test_scalars_say_how_they_are_written(error, name, value, words):
    queries = {
        "Currency": "query ($v: Currency!) { cohort(currency: $v) { size } }",
        "Month": "query ($v: Month!) { cohort(where: {effective: {from: $v}}) { size } }",
        "Code": "query ($v: Code!) { cohort(where: {metro: [$v]}) { size } }",
    }
    found = error(queries[name], v=value)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


def test_a_get_answers_like_a_post(client):
    query = "{ edition { number } }"
    assert client.get("/graphql", params={"query": query}).json() == client.post("/graphql", json={"query": query}).json()


@pytest.mark.parametrize("path", ["/", "/health/live", "/health/ready"])
def test_plain_pages(client, path):
    assert client.get(path).status_code == 200


def test_strings_that_postgres_refuses_are_no_trouble(ask):
    found = ask(
        'query ($s: String) { factorValues(factor: ROLE, search: $s) { totalCount } node(id: "\\u0000") { id } }',
        s="a\u0000b",
    )
    assert found == {"factorValues": {"totalCount": 0}, "node": None}
