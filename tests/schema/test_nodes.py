"""Objects by their ids: every type that is a Node, in any order, and submissions for moderators only."""

from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator

import pytest
from graphql import GraphQLInterfaceType
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from support.databases import clone
from support.moderators import STATES, bad_token, execute, good_token, submission
from support.records import publish, record_id
from support.transports import Json, by_get, by_post

from schema.compiled.internals import core_schema
from schema.schema import build_schema
from schema.types.node import MAX_IDS, node_id, parse_id
from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings

NODES = """query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on SalaryRecord { effective }
  ... on FactorValue { factor code records } ... on Source { kind records } ... on Edition { number records } } }"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
SUBMISSION = "query ($id: ID!) { node(id: $id) { id ... on Submission { submittedAt } } }"


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, [{"base_salary": 100_000 + n, "role": "data-scientist", "country": "us"} for n in range(6)])
        publish(found, [{"base_salary": 90_000, "role": "data-engineer"}], first=100)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(statistics=request.param), url)) as opened:
        yield opened


@pytest.fixture(autouse=True)
async def database_url(url: str) -> AsyncIterator[str]:
    yield url
    for table in ("submission", "api_token"):
        await execute(url, f"DELETE FROM {table}")


def data(answer: Json) -> Json:
    assert "errors" not in answer, answer["errors"]
    return answer["data"]  # type: ignore[no-any-return]


def id_of(type_: str, key: str) -> str:
    return urlsafe_b64encode(f"{type_}:{key}".encode()).decode()


def test_objects_are_found_by_their_ids_in_the_order_of_the_ids(client: TestClient) -> None:
    """The ids are stable: these texts must never change."""
    objects = {
        "RmFjdG9yVmFsdWU6cm9sZS9kYXRhLXNjaWVudGlzdA==": {
            "__typename": "FactorValue",
            "factor": "ROLE",
            "code": "data-scientist",
            "records": 6,
        },
        "RWRpdGlvbjox": {"__typename": "Edition", "number": 1, "records": 6},
        "RWRpdGlvbjoy": {"__typename": "Edition", "number": 2, "records": 7},
        "U291cmNlOmxjYQ==": {"__typename": "Source", "kind": "GOVERNMENT_FILING", "records": 7},
        "U2FsYXJ5UmVjb3JkOjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMQ==": {
            "__typename": "SalaryRecord",
            "effective": "2026-01",
        },
        "RmFjdG9yVmFsdWU6eWVhci8yMDI2": {"__typename": "FactorValue", "factor": "YEAR", "code": "2026", "records": 7},
    }
    assert global_id(record_id(0)) in objects
    for ids in (list(objects), list(objects)[::-1]):
        found = data(by_post(client, None, NODES, {"ids": [*ids, "unknown", ids[0]]}))["nodes"]
        assert found == [*({"id": id_, **objects[id_]} for id_ in ids), None, {"id": ids[0], **objects[ids[0]]}]
    for id_, expected in objects.items():
        found = data(by_post(client, None, NODE, {"id": id_}))["node"]
        assert found == {"__typename": expected["__typename"], "id": id_}


def test_the_same_code_under_two_factors_has_two_ids(client: TestClient) -> None:
    query = (
        "{ a: factorValues(factor: INDUSTRY) { nodes { id code } } b: factorValues(factor: BENEFIT) { nodes { id code } } }"
    )
    found = data(by_post(client, None, query, {}))
    ids = [value["id"] for values in found.values() for value in values["nodes"]]
    assert len(ids) == len(set(ids)) > 10


@pytest.mark.parametrize(
    "unknown",
    [
        *("", "x", "💶", "=", "A" * 5_000, ":", id_of("", ""), id_of("", "x"), id_of("Query", "1"), id_of("Limits", "")),
        *(
            id_of("FactorValue", key)
            for key in ("", "role", "role/", "role/nonsense", "ROLE/data-scientist", "/data-scientist")
        ),
        *(id_of("Edition", key) for key in ("", "0", "3", "01", "-1", "1 ", "²", "9" * 40)),
        *(id_of("Source", key) for key in ("", "nonsense")),
        *(id_of("SalaryRecord", key) for key in ("", "nonsense", str(record_id(999)), record_id(0).hex)),
        id_of("Submission", str(record_id(0))),
        str(record_id(0)),
        global_id(record_id(0)).rstrip("="),
        f" {global_id(record_id(0))}",
    ],
)
def test_unknown_ids_are_null(client: TestClient, unknown: str) -> None:
    assert data(by_post(client, None, NODE, {"id": unknown})) == {"node": None}
    assert data(by_post(client, None, NODES, {"ids": [unknown]})) == {"nodes": [None]}


@given(st.sampled_from(["FactorValue", "Source"]), st.text(st.characters(codec="utf-8"), max_size=20))
def test_ids_of_any_codes_are_url_safe_and_read_back(type_: str, key: str) -> None:
    id_ = node_id(type_, key)
    assert parse_id(id_) == (type_, key)
    assert id_.rstrip("=").replace("-", "").replace("_", "").isalnum()
    standard = b64encode(f"{type_}:{key}".encode()).decode()
    assert parse_id(standard) == ((type_, key) if standard == id_ else None)


def test_too_many_ids_are_refused(client: TestClient) -> None:
    answer = by_post(client, None, NODES, {"ids": ["x"] * (MAX_IDS + 1)})
    [error] = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == ({"nodes": None}, "BAD_USER_INPUT")
    assert "at most 100 ids, got 101" in error["message"]


async def test_a_submission_is_shown_to_moderators_alone(client: TestClient, database_url: str) -> None:
    """Nor does a response to a moderator reach others through a cache."""
    id_ = str(await submission(database_url, 1))
    hidden, shown = {"node": None}, {"node": {"id": id_, "submittedAt": "2026-03-01T12:01:00Z"}}
    token = await good_token(database_url)
    for send in (by_get, by_post):
        for bearer in (None, token, None, token):
            assert data(send(client, bearer, SUBMISSION, {"id": id_})) == (shown if bearer else hidden)
    unknown = str(record_id(5))
    assert data(by_post(client, token, SUBMISSION, {"id": unknown})) == hidden
    assert data(by_post(client, token, NODES, {"ids": [unknown, id_]}))["nodes"] == [
        None,
        {"__typename": "Submission", "id": id_},
    ]


@pytest.mark.parametrize("state", [state for state in STATES if state != "none"])
async def test_an_invalid_token_is_reported_whether_or_not_the_submission_exists(
    client: TestClient, database_url: str, state: str
) -> None:
    token = await bad_token(database_url, state)
    for id_ in (str(await submission(database_url, 1)), str(record_id(5))):
        answer = by_post(client, token, SUBMISSION, {"id": id_})
        assert answer["data"] == {"node": None}
        assert answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert data(by_post(client, token, NODE, {"id": global_id(record_id(0))}))["node"]["__typename"] == "SalaryRecord"


def test_all_types_with_an_id_are_nodes() -> None:
    core = core_schema(build_schema())
    interface = core.type_map["Node"]
    assert isinstance(interface, GraphQLInterfaceType)
    with_id = {name for name, type_ in core.type_map.items() if "id" in getattr(type_, "fields", {}) and name != "Node"}
    assert with_id == {type_.name for type_ in core.get_possible_types(interface)}
