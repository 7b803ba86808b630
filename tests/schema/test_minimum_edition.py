"""Read your writes: responses from a requested edition or a newer one, over HTTP and WebSocket."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient
from support.records import publish
from support.uvicorn_server import PROTOCOL

from service.app import create_app
from service.settings import load_settings

QUERY = "{ edition { number } }"
ONE = [{"base_salary": 100_000}]


@pytest.fixture
def stale(database_url: str) -> Iterator[TestClient]:
    """A service that looks for new editions only once an hour, unless a client requests one."""
    publish(database_url, ONE)
    with TestClient(create_app(load_settings(refresh_seconds=3600, edition_wait_seconds=30), database_url)) as client:
        yield client


def test_responses_have_the_number_of_their_edition(stale: TestClient) -> None:
    found = [
        stale.post("/graphql", json={"query": QUERY}),
        stale.get("/graphql", params={"query": QUERY}),
        stale.post("/graphql", json={"query": "{ cohort { stats { percentile(p: 2) } } }"}),
    ]
    again = stale.get("/graphql", params={"query": QUERY}, headers={"if-none-match": found[1].headers["etag"]})
    assert again.status_code == 304
    assert [answer.headers["payrank-edition"] for answer in (*found, again)] == ["1"] * 4


def test_a_newer_edition_is_loaded_on_request(stale: TestClient, database_url: str) -> None:
    publish(database_url, ONE, first=1)
    before = stale.post("/graphql", json={"query": QUERY})
    assert (before.json()["data"]["edition"]["number"], before.headers["payrank-edition"]) == (1, "1")
    for name in ("PayRank-Minimum-Edition", "payrank-minimum-edition"):
        found = stale.post("/graphql", json={"query": QUERY}, headers={name: "2"})
        assert (found.json()["data"]["edition"]["number"], found.headers["payrank-edition"]) == (2, "2")


def test_a_newer_edition_over_websocket(stale: TestClient, database_url: str) -> None:
    publish(database_url, ONE, first=1)
    with stale.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"minimumEdition": 2}})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        assert socket.receive_json()["payload"]["data"] == {"edition": {"number": 2}}


def test_an_edition_that_is_not_available_in_time_returns_503(database_url: str) -> None:
    publish(database_url, ONE)
    with TestClient(create_app(load_settings(edition_wait_seconds=0.01), database_url)) as client:
        found = client.post("/graphql", json={"query": QUERY}, headers={"payrank-minimum-edition": "2"})
        assert (found.status_code, found.headers["retry-after"], found.headers["payrank-edition"]) == (503, "1", "1")
        [error] = found.json()["errors"]
        assert error["extensions"]["code"] == "TIMEOUT"
        assert "edition is 1" in error["message"]
        assert client.post("/graphql", json={"query": QUERY}).json()["data"]["edition"]["number"] == 1


@pytest.mark.parametrize("header", ["seven", "-1", "1.5", "9" * 5_000, "\u0663"])
def test_invalid_edition_numbers_are_rejected(client: TestClient, header: str) -> None:
    found = client.post("/graphql", json={"query": QUERY}, headers={"payrank-minimum-edition": header.encode()})
    [error] = found.json()["errors"]
    assert (found.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert "PayRank-Minimum-Edition" in error["message"]


def test_invalid_edition_numbers_over_websocket_are_rejected(client: TestClient) -> None:
    with client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"minimumEdition": "seven"}})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        [error] = socket.receive_json()["payload"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
