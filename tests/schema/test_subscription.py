"""Subscriptions over a socket: what is so now, then again when an edition changes it, and nothing in between."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

import pytest
from starlette.testclient import TestClient, WebSocketTestSession
from support.databases import run_autocommit
from support.records import publish

from service.app import create_app
from service.index.refresh import CurrentIndex
from service.settings import load_settings

SENIORS = [{"level": "senior", "base_salary": 100_000 + n} for n in range(6)]
MID = [{"level": "mid", "country": "de", "base_salary": 80_000 + n} for n in range(3)]
EDITION = "subscription { editionPublished { number records sources { code records } } }"
COHORT = """subscription ($where: CohortFilter, $currency: Currency! = "USD", $adjust: Adjustment! = NONE) {
  cohort(where: $where, currency: $currency, adjust: $adjust) { size stats(measure: BASE_SALARY) { p50 } } }"""
DEEP = """subscription { cohort {
  size label employers suppressed { code } stats { p50 cautions { code } interval { low } } distribution { bins { count } }
  percentileRank(amount: 100000, measure: BASE_SALARY) { rank } trend(measure: BASE_SALARY) { period cohort { size } }
  by(factor: LEVEL) { share value { label children { code } } cohort { label size records(first: 2) { totalCount } } }
  records(orderBy: {field: BASE_SALARY}) { totalCount nodes {
    id level country { label parent { code } } pay { baseSalary } source { records } } } } }"""


class World:
    """An application, its database, and a socket that has been acknowledged."""

    def __init__(self, client: TestClient, socket: WebSocketTestSession, url: str) -> None:
        self.client, self.socket, self.url = client, socket, url
        self.current: CurrentIndex = client.app_state["current"]
        self.records = 0
        self.operations = 0

    def publish(self, records: list[dict[str, Any]]) -> None:
        """An edition more, which the application has taken over."""
        publish(self.url, records, first=self.records)
        self.records += len(records)
        self.refresh()

    def refresh(self) -> None:
        assert self.client.portal
        self.client.portal.call(self.current.refresh)

    def subscribe(self, query: str, **variables: Any) -> str:
        self.operations += 1
        id_ = str(self.operations)
        self.socket.send_json({"type": "subscribe", "id": id_, "payload": {"query": query, "variables": variables}})
        return id_

    def next(self, id_: str) -> Any:
        """The data of the next message, which must be of this subscription and without errors."""
        message = self.socket.receive_json()
        assert (message["id"], message["type"]) == (id_, "next"), message
        assert "errors" not in message["payload"], message
        [data] = message["payload"]["data"].values()
        return data


@contextmanager
def followed(url: str) -> Iterator[World]:
    app = create_app(load_settings(refresh_seconds=3600), url)
    with TestClient(app) as client, client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield World(client, socket, url)


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with followed(database_url) as found:
        found.publish(SENIORS)
        yield found


@pytest.fixture(scope="module")
def still(url: str) -> Iterator[World]:
    """For tests that publish nothing: the records of conftest.py."""
    with followed(url) as found:
        yield found


def test_the_current_edition_then_each_new_one(world: World) -> None:
    id_ = world.subscribe(EDITION)
    assert world.next(id_) == {"number": 1, "records": 6, "sources": [{"code": "lca", "records": 6}]}
    for number in (2, 3):
        world.publish(MID)
        records = 6 + 3 * (number - 1)
        assert world.next(id_) == {"number": number, "records": records, "sources": [{"code": "lca", "records": records}]}


def test_a_cohort_is_sent_again_just_when_an_edition_changes_it(world: World) -> None:
    """The second edition leaves the seniors alone, so the next that is heard of them is of the third."""
    id_ = world.subscribe(COHORT, where={"level": ["SENIOR"]})
    assert world.next(id_) == {"size": 6, "stats": {"p50": 100_002.5}}
    world.publish(MID)
    world.publish([{"level": "senior", "base_salary": 200_000}])
    assert world.next(id_) == {"size": 7, "stats": {"p50": 100_003.0}}


def test_a_record_that_changes_counts_and_one_that_is_told_anew_does_not(world: World) -> None:
    id_ = world.subscribe(COHORT, where={"level": ["SENIOR"]})
    world.next(id_)
    retire = "UPDATE salary_record SET removed_in = (SELECT edition + 1 FROM watermark) WHERE removed_in IS NULL AND "
    for amount in (100_000, 150_000):  # the first record again as it was, then with other pay
        run_autocommit(world.url, f"{retire} id = '00000000-0000-0000-0000-000000000001'")
        publish(world.url, [{"level": "senior", "base_salary": amount}])
        world.refresh()
    assert world.next(id_) == {"size": 6, "stats": {"p50": 100_003.5}}


def test_a_rate_counts_for_those_who_asked_for_its_currency(world: World) -> None:
    euros = world.subscribe(COHORT, currency="EUR")
    before = world.next(euros)["stats"]["p50"]
    dollars = world.subscribe(COHORT)
    assert world.next(dollars)["stats"]["p50"] == 100_002.5
    run_autocommit(world.url, "UPDATE fx_rate SET usd = usd * 2 WHERE currency = 'EUR'")
    publish(world.url, [])
    world.refresh()
    assert world.next(euros)["stats"]["p50"] == pytest.approx(before / 2)
    world.publish(MID)
    assert {world.socket.receive_json()["id"] for _ in range(2)} == {euros, dollars}


def test_a_price_level_counts_for_those_who_adjust_by_it(world: World) -> None:
    world.publish([{**MID[0], "base_salary": 80_000}] * 5)
    asked: dict[str, Any] = {"where": {"country": ["de"]}}
    adjusted = world.subscribe(COHORT, **asked, adjust="COST_OF_LIVING")
    before = world.next(adjusted)["stats"]["p50"]
    plain = world.subscribe(COHORT, **asked)
    assert world.next(plain) == {"size": 5, "stats": {"p50": 80_000.0}}
    run_autocommit(world.url, "UPDATE price_level SET level = level * 2")
    publish(world.url, [])
    world.refresh()
    assert world.next(adjusted)["stats"]["p50"] == pytest.approx(before / 2, abs=1)


def test_a_cohort_that_is_too_small_is_told_once_it_is_large_enough(world: World) -> None:
    query = "subscription { cohort(where: {level: [MID]}) { size suppressed { code minimum } stats { count } } }"
    id_ = world.subscribe(query)
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
        ({"where": {"experience": {"min": 5, "max": 4}}}, "BAD_USER_INPUT", "Exchange the two"),
        ({"where": 5}, "BAD_USER_INPUT", "CohortFilter"),
    ],
)
def test_what_cannot_be_followed_is_told_at_once(still: World, variables: Any, code: str, words: str) -> None:
    id_ = still.subscribe(COHORT, **variables)
    message = still.socket.receive_json()
    assert (message["id"], message["type"]) == (id_, "error")
    [error] = message["payload"]
    assert error["extensions"] == {"code": code}
    assert words in error["message"]
    going_on = still.subscribe(COHORT)
    assert still.next(going_on)["size"] == 22
    still.socket.send_json({"type": "complete", "id": going_on})


def test_a_code_that_an_edition_no_longer_knows_ends_the_subscription(world: World) -> None:
    id_ = world.subscribe(COHORT, where={"role": ["data-scientist"]})
    assert world.next(id_)["size"] == 0
    run_autocommit(world.url, "UPDATE factor_value SET code = 'scientist-of-data' WHERE code = 'data-scientist'")
    world.publish(MID)
    message = world.socket.receive_json()
    assert (message["type"], message["id"]) == ("error", id_)
    [error] = message["payload"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "data-scientist" in error["message"]


def test_a_subscription_keeps_no_edition_that_has_passed(world: World) -> None:
    """Whatever is asked below it, all of it is of the newest edition, and the older ones leave the memory."""
    first = ref(world.current.index)
    id_ = world.subscribe(DEEP)
    told = world.next(id_)
    assert (told["size"], told["records"]["totalCount"], len(told["records"]["nodes"])) == (6, 6, 6)
    for size in (9, 12):
        world.publish(MID)
        told = world.next(id_)
        assert (told["size"], told["records"]["totalCount"], len(told["records"]["nodes"])) == (size, size, size)
        assert {node["source"]["records"] for node in told["records"]["nodes"]} == {size}
        assert [group["cohort"]["size"] for group in told["by"]] == [size - 6, 6]
    gc.collect()
    assert first() is None


def test_a_subscription_that_is_completed_hears_no_more(world: World) -> None:
    first, second = world.subscribe(EDITION), world.subscribe(EDITION)
    assert {world.next(id_)["number"] for id_ in (first, second)} == {1}
    world.socket.send_json({"type": "complete", "id": first})
    assert world.next(world.subscribe(COHORT))["size"] == 6  # the server has read that far
    world.publish(MID)
    assert {world.socket.receive_json()["id"] for _ in range(2)} == {second, "3"}
    again = world.subscribe(EDITION)
    assert world.next(again)["number"] == 2


def test_who_leaves_in_the_middle_of_an_answer_takes_no_place_from_others(world: World) -> None:
    """Only a few are answered at a time; each of these goes before it has its answer."""
    for _ in range(60):
        id_ = world.subscribe("subscription { cohort { records { nodes { id } } } }")
        world.socket.send_json({"type": "complete", "id": id_})
    id_ = world.subscribe(EDITION)
    while world.socket.receive_json()["id"] != id_:
        pass
    world.publish(MID)
    assert world.next(id_)["number"] == 2


def test_queries_have_a_context_of_their_own(world: World) -> None:
    """A socket that stays open for days answers from today's edition."""
    for number in (1, 2):
        id_ = world.subscribe("{ edition { number } cohort { size } }")
        message = world.socket.receive_json()
        assert message["payload"]["data"]["edition"] == {"number": number}
        assert world.socket.receive_json() == {"type": "complete", "id": id_}
        world.publish(MID)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("accept", ["application/json", "multipart/mixed;subscriptionSpec=1.0", "text/event-stream"])
def test_by_http_a_subscription_is_sent_to_the_socket(still: World, method: str, accept: str) -> None:
    asked = {"params" if method == "GET" else "json": {"query": EDITION}}
    response = still.client.request(method, "/graphql", headers={"accept": accept}, **asked)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert "graphql-transport-ws" in error["message"]
