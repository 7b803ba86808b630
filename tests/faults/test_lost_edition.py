"""An edition that a failover has lost: nothing computed from it is served once another has its number.

The expected answers are those of a service that is started afterwards, with an empty cache folder.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.lost_editions import lose_editions
from support.payrank_process import eventually
from support.queries import query
from support.records import publish
from support.uvicorn_server import PROTOCOL

from seed.sample import load_sample
from service.app import create_app
from service.errors import DatabaseUnavailable
from service.settings import load_settings

pytestmark = pytest.mark.slow

NEVER = 3600.0
"""Seconds between two polls that no test waits for."""
CONNECTIONS = 2
"""Of the service: each of the SQL engine notices by a failed query that it was ended."""
Questions = Mapping[str, tuple[str, Mapping[str, Any]]]

EVERY_ENGINE: Questions = {
    "the edition": ("{ edition { number publishedAt records sources { code records } } }", {}),
    "an edition by its id": ('{ node(id: "RWRpdGlvbjoy") { ... on Edition { publishedAt sources { records } } } }', {}),
    "statistics": ("{ cohort { size stats(measure: BASE_SALARY) { p10 p50 p90 mean } } }", {}),
    "groups": ("{ cohort { by(factor: LEVEL) { value { code } cohort { size } } } }", {}),
    "a trend": ("{ cohort { trend(interval: YEAR, measure: BASE_SALARY) { period stats { p50 } } } }", {}),
    "a list of values": ("{ factorValues(factor: ROLE) { nodes { code records } } }", {}),
    "a citation": ("{ cohort { citation { edition { number publishedAt } } } }", {}),
}
INDEX_ONLY: Questions = {"records": (query("salary_records"), {"first": 20})}
FITTED: Questions = {
    "premiums": (query("premiums"), {"factor": "LEVEL", "measure": "BASE_SALARY"}),
    "an outlook": (query("outlook"), {"country": ["us"]}),
    "an adjusted trend": (query("adjusted_trend"), {}),
    "an estimate": (
        query("estimate_pay"),
        {"profile": {"role": "data-scientist", "country": "us", "level": "SENIOR"}, "measure": "BASE_SALARY"},
    ),
    "the citation of an estimate": (
        """{ estimatePay(profile: {role: "data-scientist", country: "us"}, measure: BASE_SALARY) {
          citation { edition { publishedAt } } } }""",
        {},
    ),
}
SAMPLE = 1_500


class Service:
    """A service that looks for a new edition when a test says so."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def answers(self, questions: Questions) -> dict[str, Any]:
        return {name: self._answer(*question) for name, question in questions.items()}

    def _answer(self, document: str, variables: Mapping[str, Any]) -> Any:
        for _ in range(CONNECTIONS + 1):
            response = self.client.post("/graphql", json={"query": document, "variables": variables})
            answer = response.json()
            if "errors" not in answer:
                return response.headers["payrank-edition"], answer["data"]
            assert answer["errors"][0]["extensions"]["code"] == "OVERLOADED", answer
        raise AssertionError(answer)

    def get(self, document: str, tag: str = "") -> Any:
        return self.client.get("/graphql", params={"query": document}, headers={"if-none-match": tag})

    def refresh(self) -> None:
        """Poll as the service does: again if a connection has ended."""
        eventually(self._polled)

    def _polled(self) -> bool:
        assert self.client.portal
        try:
            self.client.portal.call(self.client.app_state["current"].refresh)
        except DatabaseUnavailable:
            return False
        return True


def _service(url: str, cache: Path, statistics: str = "index") -> TestClient:
    settings = load_settings(
        cache_dir=cache, statistics=statistics, refresh_seconds=NEVER, request_seconds=120, pool_size=CONNECTIONS
    )
    return TestClient(create_app(settings, url))


@pytest.fixture
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """Edition 1 has seven records, edition 2 also those of the sample."""
    with clone(server_url, empty_template) as found:
        publish(found, [{"base_salary": 100_000 + n} for n in range(7)])
        load_sample(found, SAMPLE, 1, lambda _: None)
        yield found


def _fail_over(url: str) -> None:
    """Edition 2 is lost, and its number given to as many other records."""
    lose_editions(url, 2)
    load_sample(url, SAMPLE, 2, lambda _: None)


@pytest.mark.parametrize(
    ("statistics", "questions"), [("index", EVERY_ENGINE | INDEX_ONLY), ("sql", EVERY_ENGINE)], ids=["index", "sql"]
)
def test_every_answer_is_of_the_edition_that_has_the_number_now(
    url: str, tmp_path: Path, statistics: str, questions: Questions
) -> None:
    with _service(url, tmp_path / "cache", statistics) as client:
        service = Service(client)
        before = service.answers(questions)
        _fail_over(url)
        service.refresh()
        after = service.answers(questions)
    with _service(url, tmp_path / "other", statistics) as client:
        assert after == Service(client).answers(questions)
    assert {name for name in questions if before[name] == after[name]} == set()


def test_every_model_is_fitted_to_the_edition_that_has_the_number_now(url: str, tmp_path: Path) -> None:
    with _service(url, tmp_path / "cache") as client:
        service = Service(client)
        before = service.answers(FITTED)
        _fail_over(url)
        service.refresh()
        after = service.answers(FITTED)
    with _service(url, tmp_path / "cache") as client:  # from the files of its cache folder
        assert Service(client).answers(FITTED) == after
    with _service(url, tmp_path / "other") as client:
        assert Service(client).answers(FITTED) == after
    assert {name for name in FITTED if before[name] == after[name]} == set()


def test_an_entity_tag_of_the_lost_edition_matches_nothing(url: str, tmp_path: Path) -> None:
    document, file = "{ cohort { stats(measure: BASE_SALARY) { p50 } } }", "/downloads/payrank-edition-2-sample.csv"
    with _service(url, tmp_path) as client:
        service = Service(client)
        answer, download = service.get(document), client.get(file)
        _fail_over(url)
        service.refresh()
        again = service.get(document, answer.headers["etag"])
        assert (again.status_code, again.json() != answer.json()) == (200, True)
        new = client.get(file, headers={"if-none-match": download.headers["etag"]})
        assert (new.status_code, new.content != download.content) == (200, True)
        assert client.get(file, headers={"if-none-match": new.headers["etag"]}).status_code == 304


def test_records_with_its_number_are_not_taken_for_its_own(url: str, tmp_path: Path) -> None:
    """Before the service has loaded the edition that replaces it."""
    wages = "{ officialWages(first: 1) { year } }"
    with _service(url, tmp_path) as client:
        _fail_over(url)
        file = client.get("/downloads/payrank-edition-2-sample.csv")
        assert (file.status_code, "behind edition 2, or a failover has replaced it" in file.text) == (503, True)
        [error] = client.post("/graphql", json={"query": wages}).json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        Service(client).refresh()
        assert client.get("/downloads/payrank-edition-2-sample.csv").status_code == 200
        assert "errors" not in client.post("/graphql", json={"query": wages}).json()


def test_subscribers_get_the_edition_that_has_the_number_now(url: str, tmp_path: Path) -> None:
    edition, cohort = "subscription { editionPublished { publishedAt } }", "subscription { cohort { stats { p50 } } }"
    with _service(url, tmp_path) as client, client.websocket_connect("/graphql", [PROTOCOL]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        for id_, document in (("edition", edition), ("cohort", cohort)):
            socket.send_json({"type": "subscribe", "id": id_, "payload": {"query": document}})
        first = _messages(socket)
        _fail_over(url)
        Service(client).refresh()
        second = _messages(socket)
    assert {id_ for id_ in first if first[id_] != second[id_]} == {"edition", "cohort"}


def _messages(socket: Any) -> dict[str, str]:
    """The next message of each of the two subscriptions, in any order."""
    found = [socket.receive_json() for _ in range(2)]
    return {message["id"]: json.dumps(message["payload"]["data"]) for message in found}


def test_an_edition_that_nothing_replaces_yet_is_not_served_either(url: str, tmp_path: Path) -> None:
    """The service goes back to the one before, and then on to a new one with a lower number than the first it lost."""
    publish(url, [{"base_salary": 200_000}], first=100)
    with _service(url, tmp_path) as client:
        service, question = Service(client), {"size": ("{ cohort { size } }", {})}
        assert service.answers(question)["size"] == ("3", {"cohort": {"size": SAMPLE + 8}})
        lose_editions(url, 2)
        service.refresh()
        assert service.answers(question)["size"] == ("1", {"cohort": {"size": 7}})
        publish(url, [{"base_salary": 90_000}], first=100)
        service.refresh()
        assert service.answers(question)["size"] == ("2", {"cohort": {"size": 8}})
