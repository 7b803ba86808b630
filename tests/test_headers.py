"""Every response has security headers."""

from collections.abc import Iterator

import pytest
from httpx2 import Response
from starlette.testclient import TestClient
from support.databases import clone

from service.app import create_app
from service.settings import load_settings
from service.web.page import GRAPHIQL_POLICY, POLICY

OTHERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        yield found


def client_of(url: str, base: str = "http://testserver", **settings: object) -> TestClient:
    return TestClient(create_app(load_settings(**settings), url), base_url=base)


@pytest.mark.parametrize(
    ("path", "status", "policy"),
    [
        ("/", 200, POLICY),
        ("/about", 200, POLICY),
        ("/graphiql", 200, GRAPHIQL_POLICY),
        ("/icon.svg", 200, NOTHING),
        ("/nowhere", 404, POLICY),
        ("/graphql?query={__typename}", 200, NOTHING),
        ("/graphql?query={", 200, NOTHING),
        ("/graphql", 400, NOTHING),
        ("/challenge", 200, NOTHING),
        ("/downloads", 200, NOTHING),
        ("/downloads/none.csv", 404, NOTHING),
        ("/records.csv?x", 400, NOTHING),
        ("/schema.graphql", 200, NOTHING),
        ("/editions.atom", 200, NOTHING),
        ("/health/live", 200, NOTHING),
        ("/health/ready", 200, NOTHING),
    ],
)
def test_every_response_has_each_header_once(url: str, path: str, status: int, policy: str) -> None:
    with client_of(url) as client:
        response = client.get(path)
    assert response.status_code == status
    has_all(response, policy)


def test_response_to_an_unexpected_error_has_the_headers(url: str) -> None:
    with TestClient(create_app(load_settings(), url), raise_server_exceptions=False) as client:
        del client.app_state["intake"]
        response = client.get("/challenge")
    assert response.status_code == 500
    has_all(response, NOTHING)


def test_preflight_response_has_the_headers(url: str) -> None:
    headers = {"origin": "https://jobs.example", "access-control-request-method": "POST"}
    with client_of(url, origins="https://jobs.example") as client:
        response = client.options("/graphql", headers=headers)
    assert response.status_code == 200
    has_all(response, NOTHING)


def has_all(response: Response, policy: str) -> None:
    assert {name: response.headers.get_list(name) for name in ("content-security-policy", *OTHERS)} == {
        "content-security-policy": [policy],
        **{name: [value] for name, value in OTHERS.items()},
    }
    assert "strict-transport-security" not in response.headers
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("hops", "base", "forwarded", "is_tls"),
    [
        (0, "https://testserver", "", True),
        (0, "http://testserver", "https", False),
        (1, "http://testserver", "https", True),
        (1, "http://testserver", "https, http", False),
        (1, "https://testserver", "", False),
    ],
)
def test_strict_transport_security_is_sent_over_tls(url: str, hops: int, base: str, forwarded: str, is_tls: bool) -> None:
    with client_of(url, base, proxy_hops=hops) as client:
        response = client.get("/health/live", headers={"x-forwarded-proto": forwarded} if forwarded else {})
    assert response.headers.get("strict-transport-security") == ("max-age=31536000" if is_tls else None)
