"""The public address: which hosts are served, under which path, and what links are made of."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from support.databases import clone
from support.records import publish

from service.app import WELCOME, create_app
from service.errors import SettingsError
from service.settings import load_settings
from service.web.page import page_folder

CITATION = {"query": "{ cohort { citation { text bibtex url } } }"}
BROWSER = {"accept": "text/html"}


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, [{"base_salary": 100_000}])
        yield found


def client_of(url: str, base: str = "http://pay.example", **settings: Any) -> TestClient:
    return TestClient(create_app(load_settings(**settings), url), base_url=base, follow_redirects=False)


@pytest.mark.parametrize(
    ("public_url", "host", "status"),
    [
        ("https://pay.example", "pay.example", 200),
        ("https://pay.example/", "PAY.example", 200),
        ("https://pay.example", "pay.example:443", 200),
        ("http://pay.example:80", "pay.example", 200),
        ("http://[::1]:8000", "[::1]:8000", 200),
        ("https://pay.example", "pay.example:8000", 421),
        ("https://pay.example", "evil.example", 421),
        ("https://pay.example", "pay.example.evil.example", 421),
        ("https://pay.example", "", 421),
    ],
)
def test_hosts_that_are_not_public_get_421(url: str, public_url: str | None, host: str, status: int) -> None:
    with client_of(url, public_url=public_url) as client:
        for path in ("/", "/graphql?query={__typename}", "/downloads", "/assets/none.js", "/nowhere"):
            found = client.get(path, headers={"host": host})
            expected = 404 if status == 200 and path in {"/assets/none.js", "/nowhere"} else status
            assert (path, found.status_code) == (path, expected)
            if status == 421:
                [error] = found.json()["errors"]
                assert error["message"] == "This host is not served here. Send the request to https://pay.example"
                assert found.headers["x-content-type-options"] == "nosniff"
        for path in ("/health/live", "/health/ready"):
            assert client.get(path, headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("localhost", 200),
        ("localhost.:8000", 200),
        ("app.localhost:3000", 200),
        ("192.168.1.20", 200),
        ("payrank:8000", 200),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example.:8000", 421),
        ("localhost.evil.example:8000", 421),
        ("user@evil.example", 421),
        ("[::1", 421),
    ],
)
def test_a_local_service_rejects_domain_names(url: str, host: str, status: int) -> None:
    """A site whose name points to this machine would be of the same origin as the service."""
    with client_of(url, base="http://localhost") as client:
        for path in ("/", "/graphql?query={__typename}", "/downloads", "/metrics", "/mcp"):
            found = client.get(path, headers={"host": host})
            assert (path, found.status_code == 421) == (path, status == 421)
        assert client.get("/health/live", headers={"host": host}).status_code == 200
        refused = client.get("/", headers={"host": "evil.example"}).json()["errors"][0]["message"]
    assert refused == (
        "This service accepts requests from its own machine only, at http://127.0.0.1:8000. To serve this host name, set "
        "PAYRANK_PUBLIC_URL to the address that clients use."
    )


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"host": "::"}, {"proxy_hops": 1}])
def test_a_service_for_other_machines_serves_every_host(url: str, settings: dict[str, Any]) -> None:
    with client_of(url, base="http://pay.example", **settings) as client:
        assert client.get("/graphql?query={__typename}").status_code == 200


def test_websockets_of_other_hosts_get_421(url: str) -> None:
    with client_of(url, public_url="https://pay.example") as client:
        with client.websocket_connect("ws://pay.example/graphql", subprotocols=["graphql-transport-ws"]) as opened:
            opened.send_json({"type": "connection_init"})
            assert opened.receive_json() == {"type": "connection_ack"}
        with (
            pytest.raises(WebSocketDisconnect) as refused,
            client.websocket_connect("ws://evil.example/graphql", subprotocols=["graphql-transport-ws"]),
        ):
            pass
    assert refused.value.status_code == 421


def test_websockets_of_sites_that_point_to_this_machine_get_421(url: str) -> None:
    with (
        client_of(url) as client,
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect("ws://evil.example/graphql", subprotocols=["graphql-transport-ws"]),
    ):
        pass
    assert refused.value.status_code == 421


@pytest.mark.parametrize("hops", [0, 1])
def test_forwarded_headers_neither_choose_the_host_nor_change_links(url: str, hops: int) -> None:
    forwarded = {"x-forwarded-host": "pay.example", "x-forwarded-proto": "http", "forwarded": "host=pay.example"}
    with client_of(url, public_url="https://pay.example", proxy_hops=hops) as client:
        assert client.get("/downloads", headers={**forwarded, "host": "evil.example"}).status_code == 421
        files = client.get("/downloads", headers={**forwarded, "x-forwarded-host": "evil.example"}).json()["files"]
    assert files[0]["url"] == "https://pay.example/downloads/payrank-edition-1.csv"


def test_links_have_the_public_address(url: str) -> None:
    with client_of(url, public_url="https://pay.example/api/") as client:
        files = client.get("/downloads").json()["files"]
        llms = client.get("/llms.txt").text
        citation = client.post("/graphql", json=CITATION).json()["data"]["cohort"]["citation"]
    assert "[MCP](https://pay.example/api/mcp)" in llms
    assert [file["url"] for file in files] == [
        "https://pay.example/api/downloads/payrank-edition-1.csv",
        "https://pay.example/api/downloads/payrank-edition-1.parquet",
    ]
    assert citation["url"].startswith("https://pay.example/api/graphiql#query=")
    assert citation["text"].endswith(f" {citation['url']}")
    assert f"url = {{{citation['url']}}}" in citation["bibtex"]


@pytest.mark.parametrize("host", ["pay.example", "evil.example:8080"])
def test_links_are_relative_without_a_public_address(url: str, host: str) -> None:
    with client_of(url, proxy_hops=1) as client:
        headers = {"host": host, "x-forwarded-proto": "https", "x-forwarded-host": "evil.example"}
        listing = client.get("/downloads", headers=headers)
        about = client.get("/about", headers=headers).text
        llms = client.get("/llms.txt", headers=headers).text
        response = client.post("/graphql", json=CITATION, headers=headers)
    assert [file["url"] for file in listing.json()["files"]] == [
        "downloads/payrank-edition-1.csv",
        "downloads/payrank-edition-1.parquet",
    ]
    assert "[MCP](./mcp)" in llms
    assert host not in llms
    citation = response.json()["data"]["cohort"]["citation"]
    assert citation["url"].startswith("graphiql#query=")
    assert "graphiql" not in citation["text"] + citation["bibtex"]
    for text in (listing.text, about, response.text, str([*response.headers.items(), *listing.headers.items()])):
        assert "pay.example" not in text
        assert "evil.example" not in text


PREFIXED = {"public_url": "https://example.org/pay", "base": "https://example.org"}


@pytest.mark.parametrize("prefix", ["/pay", ""], ids=["kept by the proxy", "removed by the proxy"])
def test_everything_is_served_under_the_path_of_the_public_address(url: str, prefix: str) -> None:
    with client_of(url, **PREFIXED) as client:
        assert client.get(f"{prefix}/graphql?query={{__typename}}").json()["data"] == {"__typename": "Query"}
        assert client.get(f"{prefix}/health/live").text == "live\n"
        assert client.get(f"{prefix}/downloads/payrank-edition-1.csv").text.count("\n") == 2
        assert client.get(f"{prefix}/challenge").status_code == 200
        assert client.get(f"{prefix}/nowhere").status_code == 404
        address = f"wss://example.org{prefix}/graphql"
        with client.websocket_connect(address, subprotocols=["graphql-transport-ws"]) as opened:
            opened.send_json({"type": "connection_init"})
            assert opened.receive_json() == {"type": "connection_ack"}


def test_other_paths_with_the_same_beginning_are_not_of_the_prefix(url: str) -> None:
    with client_of(url, **PREFIXED) as client:
        assert client.get("/payment/graphql?query={__typename}").status_code == 404
        assert client.get("/pay").status_code == 308
        assert client.get("/pay").headers["location"] == "/pay/"


@pytest.mark.skipif(page_folder() is None, reason="the page has not been built")
@pytest.mark.parametrize("path", ["/pay/", "/pay/offer", "/pay/graphiql", "/pay/about", "/pay/a/b/c", "/offer", "/a/b"])
def test_the_page_links_its_files_relative_to_its_address(url: str, path: str) -> None:
    with client_of(url, **PREFIXED) as client:
        document = client.get(path, headers=BROWSER)
        files = re.findall(r'(?:src|href)="([^"]+)"', document.text)
        assert len(files) >= 3
        assert [file for file in files if file.startswith(("/", "http"))] == []
        found = {client.get(document.url.join(file)).status_code for file in files}
    assert found == {200}


def test_slash_at_the_end_is_removed_by_a_relative_redirect(url: str) -> None:
    with client_of(url, host="0.0.0.0") as client:
        for path, location in (
            ("/offer/?a=1", "../offer?a=1"),
            ("/graphql/", "../graphql"),
            ("/downloads/", "../downloads"),
        ):
            found = client.get(path)
            assert (path, found.status_code, found.headers.get("location")) == (path, 307, location)
        assert client.post("/graphql/", json=CITATION).headers["location"] == "../graphql"
        assert client.get("/nowhere/").status_code == 404
        assert client.get("http://pay.example//evil.example/").status_code == 404


def test_strict_transport_security_is_sent_if_the_public_address_is_tls(url: str) -> None:
    for public_url, expected in (("https://pay.example", "max-age=31536000"), ("http://pay.example", None)):
        with client_of(url, public_url=public_url) as client:
            assert client.get("/").headers.get("strict-transport-security") == expected


@pytest.mark.parametrize(
    "invalid",
    ["pay.example", "ftp://pay.example", "https://", "https://pay.example?a", "https://a@pay.example", "https://a b"],
)
def test_invalid_public_address_is_refused(invalid: str) -> None:
    with pytest.raises(SettingsError, match=r"PAYRANK_PUBLIC_URL.*write it as https://pay.example"):
        load_settings(public_url=invalid)


def test_welcome_has_the_public_address(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.app.page_folder", lambda: None)
    for settings, address in (
        ({"public_url": "https://pay.example/api"}, "https://pay.example/api"),
        ({"port": 8123}, "http://127.0.0.1:8123"),
    ):
        with client_of(url, **settings) as client:
            assert client.get(f"{settings.get('public_url', 'http://localhost')}/").text == WELCOME.format(url=address)
