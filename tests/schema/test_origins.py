"""Origins: pages of other sites ask where the operator names them, with all that a client of the API sends and reads."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import load_settings

QUERY = {"query": "{ currencies }"}
SENT = "authorization, content-type, if-none-match, payrank-minimum-edition, x-request-id"
READ = {"ETag", "PayRank-Edition", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"}
NAMED = ("https://jobs.example", "https://pay.example")


@pytest.fixture(scope="module")
def open_to_two(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(origins=",".join(NAMED)), url)) as opened:
        yield opened


def preflight(origin: str, sends: str, method: str = "POST") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": sends}


@pytest.mark.parametrize("origin", NAMED)
def test_pages_that_are_named_send_what_programs_send(open_to_two: TestClient, origin: str) -> None:
    asked = open_to_two.options("/graphql", headers=preflight(origin, SENT))
    assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (200, origin)
    assert set(SENT.split(", ")) <= set(asked.headers["access-control-allow-headers"].lower().split(", "))


@pytest.mark.parametrize(("sends", "method"), [("cookie", "POST"), ("x-other", "POST"), ("content-type", "DELETE")])
def test_and_nothing_else(open_to_two: TestClient, sends: str, method: str) -> None:
    assert open_to_two.options("/graphql", headers=preflight(NAMED[0], sends, method)).status_code == 400


@pytest.mark.parametrize("origin", NAMED)
def test_they_read_what_an_answer_tells_beside_itself(open_to_two: TestClient, origin: str) -> None:
    own = {"origin": origin, "payrank-minimum-edition": "1"}
    answer = open_to_two.get("/graphql", params=QUERY, headers=own)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == READ
    assert READ - {"Retry-After"} <= {name for name in READ if name in answer.headers}
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "needed"),
    [("/graphql?query={__typename}", "current"), ("/downloads/records.csv", "current"), ("/challenge", "intake")],
)
def test_they_read_the_id_of_what_nobody_thought_of(url: str, path: str, needed: str) -> None:
    app = create_app(load_settings(origins=",".join(NAMED)), url)
    with TestClient(app, raise_server_exceptions=False) as client:
        del client.app_state[needed]
        answer = client.get(path, headers={"origin": NAMED[1]})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, NAMED[1])
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == READ
    assert answer.json()["errors"][0]["extensions"]["id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_pages_that_are_not_named_read_nothing(open_to_two: TestClient) -> None:
    origin = "https://else.example"
    assert open_to_two.options("/graphql", headers=preflight(origin, "content-type")).status_code == 400
    answer = open_to_two.post("/graphql", json=QUERY, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_those_that_are_named_open_sockets(open_to_two: TestClient) -> None:
    own = {"origin": NAMED[1]}
    with open_to_two.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers=own) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}


def test_no_other_site_is_named_by_default(client: TestClient) -> None:
    answer = client.post("/graphql", json=QUERY, headers={"origin": NAMED[0]})
    assert "access-control-allow-origin" not in answer.headers
