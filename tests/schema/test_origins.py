"""Origins: pages of other sites may use the API if the operator allows them, with all headers that it has."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import load_settings

QUERY = {"query": "{ currencies }"}
REQUEST_HEADERS = "authorization, content-type, if-none-match, payrank-minimum-edition, x-request-id"
RESPONSE_HEADERS = {"ETag", "PayRank-Edition", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID"}
ALLOWED = ("https://jobs.example", "https://pay.example")


@pytest.fixture(scope="module")
def client_of_two(url: str) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(origins=",".join(ALLOWED)), url)) as opened:
        yield opened


def preflight(origin: str, sends: str, method: str = "POST") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": sends}


@pytest.mark.parametrize("origin", ALLOWED)
def test_allowed_origin_sends_all_request_headers(client_of_two: TestClient, origin: str) -> None:
    response = client_of_two.options("/graphql", headers=preflight(origin, REQUEST_HEADERS))
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, origin)
    assert set(REQUEST_HEADERS.split(", ")) <= set(response.headers["access-control-allow-headers"].lower().split(", "))


@pytest.mark.parametrize(("sends", "method"), [("cookie", "POST"), ("x-other", "POST"), ("content-type", "DELETE")])
def test_other_headers_and_methods_are_refused(client_of_two: TestClient, sends: str, method: str) -> None:
    assert client_of_two.options("/graphql", headers=preflight(ALLOWED[0], sends, method)).status_code == 400


@pytest.mark.parametrize("origin", ALLOWED)
def test_allowed_origin_reads_all_response_headers(client_of_two: TestClient, origin: str) -> None:
    headers = {"origin": origin, "payrank-minimum-edition": "1"}
    answer = client_of_two.get("/graphql", params=QUERY, headers=headers)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, origin)
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == RESPONSE_HEADERS
    assert RESPONSE_HEADERS - {"Retry-After"} <= {name for name in RESPONSE_HEADERS if name in answer.headers}
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(
    ("path", "needed"),
    [("/graphql?query={__typename}", "current"), ("/downloads/records.csv", "current"), ("/challenge", "intake")],
)
def test_allowed_origin_reads_the_id_of_an_unexpected_error(url: str, path: str, needed: str) -> None:
    app = create_app(load_settings(origins=",".join(ALLOWED)), url)
    with TestClient(app, raise_server_exceptions=False) as client:
        del client.app_state[needed]
        answer = client.get(path, headers={"origin": ALLOWED[1]})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, ALLOWED[1])
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == RESPONSE_HEADERS
    assert answer.json()["errors"][0]["extensions"]["id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_other_origin_reads_nothing(client_of_two: TestClient) -> None:
    origin = "https://else.example"
    assert client_of_two.options("/graphql", headers=preflight(origin, "content-type")).status_code == 400
    answer = client_of_two.post("/graphql", json=QUERY, headers={"origin": origin})
    assert "access-control-allow-origin" not in answer.headers


def test_allowed_origin_opens_websockets(client_of_two: TestClient) -> None:
    headers = {"origin": ALLOWED[1]}
    with client_of_two.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers=headers) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}


def test_no_other_origin_is_allowed_by_default(client: TestClient) -> None:
    answer = client.post("/graphql", json=QUERY, headers={"origin": ALLOWED[0]})
    assert "access-control-allow-origin" not in answer.headers
