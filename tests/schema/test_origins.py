"""Origins: which web pages read from a service, over HTTP and WebSocket, and which may send mutations."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from service.app import create_app
from service.settings import load_settings

QUERY = {"query": "{ currencies }"}
MUTATION = {"query": 'mutation { flagRecord(id: "x", reason: "odd", proof: "") { userErrors { code } } }'}
REQUEST_HEADERS = "apollo-require-preflight, apollographql-client-name, authorization, content-type, traceparent, x-other"
RESPONSE_HEADERS = {
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "PayRank-Edition",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
}
FAR, NAMED, HERE = "https://else.example", "https://jobs.example", "http://localhost:3000"
NAMED_ONLY, OPEN = {"origins": "https://jobs.example,https://pay.example"}, {"origins": "*"}
BOTH = {"origins": f"*,{NAMED}"}
LOCAL: dict[str, Any] = {}
BEYOND = {"host": "0.0.0.0"}
KINDS = {
    "local": LOCAL,
    "beyond loopback": BEYOND,
    "behind a proxy": {"proxy_hops": 1},
    "public": {"public_url": "http://testserver"},
    "public on this machine": {"public_url": "http://127.0.0.1:8000"},
    "open": OPEN,
    "named": NAMED_ONLY,
    "open and named": BOTH,
}
READS = {  # by kind of service, which of FAR, NAMED, HERE and "null" may read
    "local": {HERE},
    "beyond loopback": {FAR, NAMED, HERE, "null"},
    "behind a proxy": {FAR, NAMED, HERE, "null"},
    "public": {FAR, NAMED, HERE, "null"},
    "public on this machine": {HERE},
    "open": {FAR, NAMED, HERE, "null"},
    "named": {NAMED},
    "open and named": {FAR, NAMED, HERE, "null"},
}
FILES = ("/downloads", "/records.csv", "/schema.graphql", "/editions.atom", "/llms.txt", "/about")
CHANGES = {"named": {NAMED}, "open and named": {NAMED}}
IMPOSTORS = (
    "http://localhost.evil.example",
    "http://127.0.0.1.evil.example",
    "http://evil.example:127",
    "https://jobs.example.evil.example",
    "http://jobs.example",
    "https://jobs.example:8443",
    "ftp://localhost",
    "http://[::1",
    "localhost",
    "",
)


def client_of(url: str, **settings: Any) -> TestClient:
    base = settings.get("public_url", "http://testserver")
    return TestClient(create_app(load_settings(**settings), url), base_url=base, raise_server_exceptions=False)


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def service(url: str, kind: str) -> Iterator[TestClient]:
    with client_of(url, **KINDS[kind]) as opened:
        yield opened


def preflight(origin: str, sends: str = REQUEST_HEADERS, method: str = "POST") -> dict[str, str]:
    return {"origin": origin, "access-control-request-method": method, "access-control-request-headers": sends}


def opens_socket(client: TestClient, **headers: str) -> bool:
    address = f"{client.base_url}/graphql".replace("http", "ws", 1)
    with (
        suppress(WebSocketDisconnect),
        client.websocket_connect(address, subprotocols=["graphql-transport-ws"], headers=headers) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        return bool(socket.receive_json() == {"type": "connection_ack"})
    return False


@pytest.mark.parametrize("origin", [FAR, NAMED, HERE, "null"])
def test_pages_read_and_change_by_the_policy(service: TestClient, kind: str, origin: str) -> None:
    reads, changes = origin in READS[kind], origin in CHANGES.get(kind, ())
    for path in ("/graphql", "/mcp"):
        asked = service.options(path, headers=preflight(origin))
        assert (path, asked.status_code, readable(asked, origin)) == (path, 200 if reads else 400, reads)
    for answer in (
        service.post("/graphql", json=QUERY, headers={"origin": origin}),
        service.get("/graphql", params=QUERY, headers={"origin": origin}),
        *(service.get(path, headers={"origin": origin}) for path in FILES),
    ):
        assert (answer.status_code, readable(answer, origin)) == (200, reads)
        assert "origin" in answer.headers["vary"].lower().split(", ")
        assert "access-control-allow-credentials" not in answer.headers
    assert opens_socket(service, origin=origin) == reads
    sent = service.post("/graphql", json=MUTATION, headers={"origin": origin})
    assert (sent.status_code, readable(sent, origin)) == (200 if changes else 403, reads)


def readable(answer: Any, origin: str) -> bool:
    return answer.headers.get("access-control-allow-origin") in ("*", origin)


@pytest.mark.parametrize("origin", IMPOSTORS)
def test_impostors_are_not_taken_for_allowed_origins(url: str, origin: str) -> None:
    for settings in (LOCAL, NAMED_ONLY):
        with client_of(url, **settings) as client:
            assert (
                "access-control-allow-origin" not in client.post("/graphql", json=QUERY, headers={"origin": origin}).headers
            )
            assert client.post("/graphql", json=MUTATION, headers={"origin": origin}).status_code == 403
            assert not opens_socket(client, origin=origin)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://testserver"},
        {"origin": "https://pay.example", "host": "pay.example:443"},
        {"origin": "https://pay.example", "sec-fetch-site": "same-origin"},
    ],
    ids=["a program", "the page", "the page behind TLS", "the page behind a proxy that replaces the host"],
)
def test_the_services_own_page_and_programs_do_everything(url: str, headers: dict[str, str]) -> None:
    with client_of(url, **BEYOND) as client:
        sent = client.post("/graphql", json=MUTATION, headers=headers)
        assert sent.json()["data"]["flagRecord"]["userErrors"]
        assert opens_socket(client, **headers)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_pages_that_a_browser_calls_another_site_change_nothing(url: str, site: str) -> None:
    with client_of(url, **BEYOND) as client:
        sent = client.post("/graphql", json=MUTATION, headers={"origin": FAR, "sec-fetch-site": site})
    assert sent.status_code == 403


def test_refused_mutation_says_what_to_do(url: str) -> None:
    with client_of(url, **BEYOND) as client:
        [error] = client.post("/graphql", json=MUTATION, headers={"origin": FAR}).json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert error["message"] == (
            "Pages of https://else.example may read from this service but not change anything. Send the mutation from the "
            "service's own page, from a program, or from a site that its operator names in PAYRANK_ORIGINS."
        )
        [long] = client.post("/graphql", json=MUTATION, headers={"origin": "x" * 5_000}).json()["errors"]
        assert len(long["message"]) < 400
        with client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers={"origin": FAR}) as socket:
            socket.send_json({"type": "connection_init"})
            assert socket.receive_json() == {"type": "connection_ack"}
            socket.send_json({"type": "subscribe", "id": "1", "payload": MUTATION})
            assert socket.receive_json() == {"type": "error", "id": "1", "payload": [error]}
            socket.send_json({"type": "subscribe", "id": "2", "payload": QUERY})
            assert socket.receive_json()["payload"]["data"]["currencies"]


def test_named_site_sends_mutations_over_websocket(url: str) -> None:
    with (
        client_of(url, **NAMED_ONLY) as client,
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers={"origin": NAMED}) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": MUTATION})
        assert socket.receive_json()["payload"]["data"]["flagRecord"]["userErrors"]


def test_refused_handshake_says_what_to_do(url: str) -> None:
    with (
        client_of(url) as client,
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"], headers={"origin": FAR}),
    ):
        pass
    assert refused.value.status_code == 403
    [error] = json.loads(refused.value.content)["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN"}
    assert "names in PAYRANK_ORIGINS" in error["message"]


def test_preflight_allows_the_headers_that_the_page_sends(url: str) -> None:
    with client_of(url, **BEYOND) as client:
        answer = client.options("/graphql", headers=preflight(FAR))
    assert answer.headers["access-control-allow-headers"] == REQUEST_HEADERS
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    ("origin", "method", "refused"), [(FAR, "POST", "origin"), (HERE, "DELETE", "method"), (FAR, "PUT", "origin, method")]
)
def test_refused_preflight_says_what_is_allowed(url: str, origin: str, method: str, refused: str) -> None:
    with client_of(url) as client:
        answer = client.options("/graphql", headers=preflight(origin, method=method))
    advice = "Send GET, HEAD, POST from a site that PAYRANK_ORIGINS of the service allows, or from a program.\n"
    assert (answer.status_code, answer.text) == (400, f"Disallowed CORS {refused}. {advice}")


@pytest.mark.parametrize(("settings", "allowed"), [(BEYOND, False), (OPEN, True), (NAMED_ONLY, True)])
def test_public_pages_reach_a_private_network_only_if_the_operator_says_so(
    url: str, settings: dict[str, str], allowed: bool
) -> None:
    asked = {**preflight(NAMED), "access-control-request-private-network": "true"}
    with client_of(url, **settings) as client:
        answer = client.options("/graphql", headers=asked)
    assert (answer.status_code == 200) == allowed
    assert answer.headers.get("access-control-allow-private-network") == ("true" if allowed else None)


def test_pages_read_all_response_headers(url: str) -> None:
    with client_of(url, **BEYOND) as client:
        answer = client.get("/graphql", params=QUERY, headers={"origin": FAR, "payrank-minimum-edition": "1"})
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == RESPONSE_HEADERS
    assert {"ETag", "PayRank-Edition", "RateLimit", "RateLimit-Policy", "X-Request-ID"} <= {
        name for name in RESPONSE_HEADERS if name in answer.headers
    }


@pytest.mark.parametrize(
    ("path", "needed"),
    [("/graphql?query={__typename}", "current"), ("/downloads/records.csv", "current"), ("/challenge", "intake")],
)
def test_pages_read_the_id_of_an_unexpected_error(url: str, path: str, needed: str) -> None:
    with client_of(url, **NAMED_ONLY) as client:
        del client.app_state[needed]
        answer = client.get(path, headers={"origin": NAMED})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (500, NAMED)
    assert set(answer.headers["access-control-expose-headers"].split(", ")) == RESPONSE_HEADERS
    assert answer.json()["errors"][0]["extensions"]["id"] == answer.headers["x-request-id"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_no_page_of_another_site_reads_metrics(url: str) -> None:
    with client_of(url, metrics="all", **OPEN) as client:
        answer = client.get("/metrics", headers={"origin": FAR})
        assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (200, False)
        assert "access-control-allow-origin" not in client.options("/metrics", headers=preflight(FAR)).headers
