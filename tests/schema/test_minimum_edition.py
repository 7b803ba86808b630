"""Reading what one wrote: an answer from an edition that the client names or a newer one, by HTTP and by socket."""

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
def asked(database_url: str) -> Iterator[TestClient]:
    """Over one edition; the next is looked for in an hour, unless somebody asks for it."""
    publish(database_url, ONE)
    with TestClient(create_app(load_settings(refresh_seconds=3600, edition_wait_seconds=30), database_url)) as client:
        yield client


def test_every_answer_tells_its_edition(asked: TestClient) -> None:
    found = [
        asked.post("/graphql", json={"query": QUERY}),
        asked.get("/graphql", params={"query": QUERY}),
        asked.post("/graphql", json={"query": "{ cohort { stats { percentile(p: 2) } } }"}),
    ]
    again = asked.get("/graphql", params={"query": QUERY}, headers={"if-none-match": found[1].headers["etag"]})
    assert again.status_code == 304
    assert [answer.headers["payrank-edition"] for answer in (*found, again)] == ["1"] * 4


def test_a_newer_edition_is_fetched_for_who_asks_for_it(asked: TestClient, database_url: str) -> None:
    publish(database_url, ONE, first=1)
    before = asked.post("/graphql", json={"query": QUERY})
    assert (before.json()["data"]["edition"]["number"], before.headers["payrank-edition"]) == (1, "1")
    for name in ("PayRank-Minimum-Edition", "payrank-minimum-edition"):
        found = asked.post("/graphql", json={"query": QUERY}, headers={name: "2"})
        assert (found.json()["data"]["edition"]["number"], found.headers["payrank-edition"]) == (2, "2")


def test_a_newer_edition_by_socket(asked: TestClient, database_url: str) -> None:
    publish(database_url, ONE, first=1)
    with asked.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"minimumEdition": 2}})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        assert socket.receive_json()["payload"]["data"] == {"edition": {"number": 2}}


def test_an_edition_that_does_not_come_is_told_with_503(database_url: str) -> None:
    publish(database_url, ONE)
    with TestClient(create_app(load_settings(edition_wait_seconds=0.01), database_url)) as client:
        found = client.post("/graphql", json={"query": QUERY}, headers={"payrank-minimum-edition": "2"})
        assert (found.status_code, found.headers["retry-after"], found.headers["payrank-edition"]) == (503, "1", "1")
        [error] = found.json()["errors"]
        assert error["extensions"]["code"] == "TIMEOUT"
        assert "this process answers from edition 1. Ask again" in error["message"]
        assert client.post("/graphql", json={"query": QUERY}).json()["data"]["edition"]["number"] == 1


@pytest.mark.parametrize("told", ["seven", "-1", "1.5", "9" * 5_000, "\u0663"])
def test_what_is_no_number_of_an_edition_is_refused(client: TestClient, told: str) -> None:
    found = client.post("/graphql", json={"query": QUERY}, headers={"payrank-minimum-edition": told.encode()})
    [error] = found.json()["errors"]
    assert (found.status_code, error["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert "is the number of an edition" in error["message"]


def test_what_is_no_number_by_socket_is_refused(client: TestClient) -> None:
    with client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init", "payload": {"minimumEdition": "seven"}})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": QUERY}})
        [error] = socket.receive_json()["payload"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"
