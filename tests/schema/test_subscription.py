"""Subscriptions over a WebSocket: the current state, and then each edition that changes it."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from support.databases import run_autocommit
from support.queries import query
from support.records import publish

from service.app import create_app
from service.index.refresh import CurrentIndex
from service.settings import load_settings

SENIORS = [{"level": "senior", "base_salary": 100_000 + n} for n in range(6)]
MID = [{"level": "mid", "country": "de", "base_salary": 80_000 + n} for n in range(3)]
EDITION = "subscription { editionPublished { number records sources { code records } } }"
COHORT = query("cohort_changes")
DEEP = query("cohort_changes_in_depth")

ALL_POINTS = """
subscription {
  cohort(where: {level: [MID]}) {
    size
    premiums(factor: LEVEL) { records }
    b: premiums(factor: ROLE) { records }
  }
}
"""
"""Costs 102 points: all that a network has with a rate limit of one query a minute."""


class World:
    """An application, its database, and an acknowledged WebSocket."""

    def __init__(self, client: TestClient, socket: WebSocketTestSession, url: str) -> None:
        self.client, self.socket, self.url = client, socket, url
        self.current: CurrentIndex = client.app_state["current"]
        self.records = 0
        self.operations = 0

    def publish(self, records: list[dict[str, Any]]) -> None:
        """Publish another edition and have the application load it."""
        publish(self.url, records, first=self.records)
        self.records += len(records)
        self.refresh()

    def refresh(self) -> None:
        assert self.client.portal
        self.client.portal.call(self.current.refresh)

    def subscribe(self, document: str, **variables: Any) -> str:
        self.operations += 1
        id_ = str(self.operations)
        self.socket.send_json({"type": "subscribe", "id": id_, "payload": {"query": document, "variables": variables}})
        return id_

    def next(self, id_: str) -> Any:
        """The data of the next message, which must belong to this subscription and have no errors."""
        message = self.socket.receive_json()
        assert (message["id"], message["type"]) == (id_, "next"), message
        assert "errors" not in message["payload"], message
        [data] = message["payload"]["data"].values()
        return data


@contextmanager
def connected(url: str, **settings: Any) -> Iterator[World]:
    app = create_app(load_settings(refresh_seconds=3600, **settings), url)
    with TestClient(app) as client, client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield World(client, socket, url)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with connected(database_url) as found:
        found.publish(SENIORS)
        yield found


@pytest.fixture(scope="module")
def unchanged_world(url: str) -> Iterator[World]:
    """For tests that publish nothing: the records of conftest.py."""
    with connected(url) as found:
        yield found


def test_the_current_edition_then_each_new_one(world: World) -> None:
    id_ = world.subscribe(EDITION)
    assert world.next(id_) == {"number": 1, "records": 6, "sources": [{"code": "lca", "records": 6}]}
    for number in (2, 3):
        world.publish(MID)
        records = 6 + 3 * (number - 1)
        assert world.next(id_) == {"number": number, "records": records, "sources": [{"code": "lca", "records": records}]}


def test_a_cohort_is_sent_again_only_if_an_edition_changes_it(world: World) -> None:
    """The second edition does not change the seniors, so their next message is of the third."""
    id_ = world.subscribe(COHORT, where={"level": ["SENIOR"]})
    assert world.next(id_) == {"size": 6, "stats": {"p50": 100_002.5}}
    world.publish(MID)
    world.publish([{"level": "senior", "base_salary": 200_000}])
    assert world.next(id_) == {"size": 7, "stats": {"p50": 100_003.0}}


def test_only_changed_records_change_a_cohort(world: World) -> None:
    id_ = world.subscribe(COHORT, where={"level": ["SENIOR"]})
    world.next(id_)
    retire = "UPDATE salary_record SET removed_in = (SELECT edition + 1 FROM watermark) WHERE removed_in IS NULL AND "
    for amount in (100_000, 150_000):  # the first record unchanged, then with other pay
        run_autocommit(world.url, f"{retire} id = '00000000-0000-0000-0000-000000000001'")
        publish(world.url, [{"level": "senior", "base_salary": amount}])
        world.refresh()
    assert world.next(id_) == {"size": 6, "stats": {"p50": 100_003.5}}


def test_exchange_rates_change_cohorts_in_their_currency(world: World) -> None:
    euros = world.subscribe(COHORT, currency="EUR")
    before = world.next(euros)["stats"]["p50"]
    dollars = world.subscribe(COHORT)
    assert world.next(dollars)["stats"]["p50"] == 100_002.5
    run_autocommit(world.url, "UPDATE fx_rate SET usd = usd * 2 WHERE currency = 'EUR'")
    publish(world.url, [])
    world.refresh()
    assert world.next(euros)["stats"]["p50"] == pytest.approx(before / 2, abs=1)  # each record in whole euros
    world.publish(MID)
    assert {world.socket.receive_json()["id"] for _ in range(2)} == {euros, dollars}


def test_price_levels_change_adjusted_cohorts(world: World) -> None:
    world.publish([{**MID[0], "base_salary": 80_000}] * 5)
    german: dict[str, Any] = {"where": {"country": ["de"]}}
    adjusted = world.subscribe(COHORT, **german, adjust="COST_OF_LIVING")
    before = world.next(adjusted)["stats"]["p50"]
    plain = world.subscribe(COHORT, **german)
    assert world.next(plain) == {"size": 5, "stats": {"p50": 80_000.0}}
    run_autocommit(world.url, "UPDATE price_level SET level = level * 2")
    publish(world.url, [])
    world.refresh()
    assert world.next(adjusted)["stats"]["p50"] == pytest.approx(before / 2, abs=1)


def test_a_suppressed_cohort_is_sent_again_when_it_is_large_enough(world: World) -> None:
    mid = "subscription { cohort(where: {level: [MID]}) { size suppressed { code minimum } stats { count } } }"
    id_ = world.subscribe(mid)
    few = {"code": "TOO_FEW_RECORDS", "minimum": 5}
    assert world.next(id_) == {"size": 0, "suppressed": few, "stats": None}
    paid = [{**record, "total_compensation": 90_000} for record in MID]
    world.publish(paid)
    assert world.next(id_) == {"size": 3, "suppressed": few, "stats": None}
    world.publish(paid)
    assert world.next(id_) == {"size": 6, "suppressed": None, "stats": {"count": 6}}


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"where": {"role": ["data-scientis"]}}, "BAD_USER_INPUT", "data-scientist"),
        ({"currency": "XXX"}, "BAD_USER_INPUT", "XXX"),
        ({"currency": "usd"}, "BAD_USER_INPUT", "upper case"),
        ({"where": {"experience": {"min": 5, "max": 4}}}, "BAD_USER_INPUT", "experience"),
        ({"where": 5}, "BAD_USER_INPUT", "CohortFilter"),
    ],
)
def test_invalid_subscriptions_are_rejected_immediately(
    unchanged_world: World, variables: Any, code: str, words: str
) -> None:
    id_ = unchanged_world.subscribe(COHORT, **variables)
    message = unchanged_world.socket.receive_json()
    assert (message["id"], message["type"]) == (id_, "error")
    [error] = message["payload"]
    assert error["extensions"]["code"] == code
    assert words in error["message"]
    valid = unchanged_world.subscribe(COHORT)
    assert unchanged_world.next(valid)["size"] == 22
    unchanged_world.socket.send_json({"type": "complete", "id": valid})


def test_a_subscription_ends_with_an_error_when_its_code_is_removed(world: World) -> None:
    id_ = world.subscribe(COHORT, where={"role": ["data-scientist"]})
    assert world.next(id_)["size"] == 0
    run_autocommit(world.url, "UPDATE factor_value SET code = 'scientist-of-data' WHERE code = 'data-scientist'")
    world.publish(MID)
    message = world.socket.receive_json()
    assert (message["type"], message["id"]) == ("error", id_)
    [error] = message["payload"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "data-scientist" in error["message"]


def test_each_event_costs_points(database_url: str) -> None:
    """The subscription ends when its network has too few points left for another event; the WebSocket stays open."""
    with connected(database_url, queries_per_minute=1) as world:  # 100 points
        world.publish(SENIORS)
        id_ = world.subscribe(ALL_POINTS)
        first = world.socket.receive_json()
        data = {"cohort": {"size": 0, "premiums": None, "b": None}}
        cost = {"cost": {"requested": 102, "maximum": 1_000}}
        assert first == {"id": id_, "type": "next", "payload": {"data": data, "extensions": cost}}
        world.publish(MID)
        last = world.socket.receive_json()
        assert (last["id"], last["type"]) == (id_, "error")
        [error] = last["payload"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        assert 1 <= error["extensions"]["retryAfter"] <= 60
        assert f"Try again in {error['extensions']['retryAfter']} seconds" in error["message"]
        world.publish(MID)
        world.socket.send_json({"type": "ping"})
        assert world.socket.receive_json() == {"type": "pong"}


def test_a_subscription_continues_while_its_network_has_points(world: World) -> None:
    id_ = world.subscribe(ALL_POINTS)
    assert world.next(id_)["size"] == 0
    for number in range(1, 4):
        world.publish(MID[:1])
        assert world.next(id_)["size"] == number


def test_subscriptions_keep_no_past_edition_in_memory(world: World) -> None:
    """All fields are of the latest edition, and earlier editions are freed."""
    first = ref(world.current.index)
    id_ = world.subscribe(DEEP)
    cohort = world.next(id_)
    assert (cohort["size"], cohort["records"]["totalCount"], len(cohort["records"]["nodes"])) == (6, 6, 6)
    for size in (9, 12):
        world.publish(MID)
        cohort = world.next(id_)
        assert (cohort["size"], cohort["records"]["totalCount"], len(cohort["records"]["nodes"])) == (size, size, size)
        assert {node["source"]["records"] for node in cohort["records"]["nodes"]} == {size}
        assert [group["cohort"]["size"] for group in cohort["by"]] == [size - 6, 6]
    gc.collect()
    assert first() is None


def test_a_completed_subscription_sends_no_more(world: World) -> None:
    first, second = world.subscribe(EDITION), world.subscribe(EDITION)
    assert {world.socket.receive_json()["id"] for _ in range(2)} == {first, second}
    world.socket.send_json({"type": "complete", "id": first})
    assert world.next(world.subscribe(COHORT))["size"] == 6  # the server has processed the completion
    world.publish(MID)
    assert {world.socket.receive_json()["id"] for _ in range(2)} == {second, "3"}
    again = world.subscribe(EDITION)
    assert world.next(again)["number"] == 2


def test_completed_subscriptions_free_their_slots(world: World) -> None:
    """Only a few are executed concurrently; each of these completes before its first message."""
    for _ in range(60):
        id_ = world.subscribe("subscription { cohort { records { nodes { id } } } }")
        world.socket.send_json({"type": "complete", "id": id_})
    id_ = world.subscribe(EDITION)
    while world.socket.receive_json()["id"] != id_:
        pass
    world.publish(MID)
    assert world.next(id_)["number"] == 2


def test_queries_on_a_websocket_use_the_current_edition(world: World) -> None:
    """A WebSocket that stays open for days returns the current edition."""
    for number in (1, 2):
        id_ = world.subscribe("{ edition { number } cohort { size } }")
        message = world.socket.receive_json()
        assert message["payload"]["data"]["edition"] == {"number": number}
        assert world.socket.receive_json() == {"type": "complete", "id": id_}
        world.publish(MID)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("accept", ["application/json", "multipart/mixed;subscriptionSpec=1.0", "text/event-stream"])
def test_subscriptions_over_http_are_rejected(unchanged_world: World, method: str, accept: str) -> None:
    request = {"params" if method == "GET" else "json": {"query": EDITION}}
    response = unchanged_world.client.request(method, "/graphql", headers={"accept": accept}, **request)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert "graphql-transport-ws" in error["message"]
