"""Responses are compressed as the client accepts, and equal once decompressed."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from starlette.testclient import TestClient
from support.records import publish

from schema.transport.http import GRAPHQL_RESPONSE
from service.app import create_app
from service.settings import load_settings
from service.web.representation import MIN_COMPRESSED_BYTES

LARGE, SMALL = "{ __schema { types { name description } } }", "{ __typename }"
DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda compressed: zstandard.ZstdDecompressor().decompressobj().decompress(compressed),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.fixture
def client(database_url: str):
    with TestClient(create_app(load_settings(), database_url)) as opened:
        yield opened


def send(client: TestClient, query: str, accepted: str) -> tuple[str | None, bytes]:
    """The encoding of the response, and its bytes as they are sent."""
    request = client.stream("POST", "/graphql", json={"query": query}, headers={"accept-encoding": accepted})
    with request as response:
        return response.headers.get("content-encoding"), b"".join(response.iter_raw())


def test_response_is_compressed_as_accepted(client):
    plain = send(client, LARGE, "identity")
    assert plain[0] is None
    for encoding, decompress in DECOMPRESS.items():
        found, compressed = send(client, LARGE, encoding)
        assert found == encoding
        assert decompress(compressed) == plain[1]
        assert len(compressed) < len(plain[1]) / 2
    graphql = client.post("/graphql", json={"query": LARGE}, headers={"accept": GRAPHQL_RESPONSE, "accept-encoding": "br"})
    assert (graphql.headers["content-encoding"], graphql.headers["content-type"]) == (
        "br",
        f"{GRAPHQL_RESPONSE}; charset=utf-8",
    )


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, zstd", "zstd"),
        ("*", "br"),
        ("br;q=0.5, zstd;q=0.9, gzip;q=0.8", "zstd"),
        ("br;q=0, *;q=0.1", "zstd"),
        ("gzip;Q=1.000, br;q=0.001", "gzip"),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.5, identity;q=0.4", "gzip"),
        ("identity", None),
        ("gzip;q=0", None),
        ("br;q=2, gzip", "gzip"),
        ("BR", "br"),
        ("", None),
    ],
)
def test_the_coding_is_the_one_that_the_client_prefers(client, accepted, encoding):
    assert send(client, LARGE, accepted)[0] == encoding


def test_each_coding_has_an_entity_tag_of_its_own(client):
    def get(accepted: str, known: str = ""):
        headers = {"accept-encoding": accepted} | ({"if-none-match": known} if known else {})
        return client.get("/graphql", params={"query": LARGE}, headers=headers)

    tags = {coding: get(coding).headers["etag"] for coding in ("identity", "br", "zstd", "gzip")}
    assert len(set(tags.values())) == 4
    for coding, tag in tags.items():
        for known in (tag, f'"other", {tag}'):
            unchanged = get(coding, known)
            assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", tag)
            assert coding == "identity" or "Accept-Encoding" in unchanged.headers["vary"]
        others = ", ".join(other for name, other in tags.items() if name not in {coding, "identity"})
        assert get(coding, others).status_code == 200
    assert get("br", "*").status_code == 304


def test_ranges_of_unknown_units_are_ignored(client):
    whole = client.get("/icon.svg", headers={"accept-encoding": "identity"})
    assert client.get("/icon.svg", headers={"range": "bytes=0-3"}).content == whole.content[:4]
    for ranges in ("lines=1-2", "lines", "=", "bytes 0-3"):
        answer = client.get("/icon.svg", headers={"range": ranges})
        assert (answer.status_code, answer.content) == (200, whole.content)


def test_small_response_is_not_compressed(client):
    encoding, body = send(client, SMALL, "zstd")
    assert encoding is None
    assert body.startswith(b'{"data":{"__typename":"Query"}')
    assert len(body) < MIN_COMPRESSED_BYTES


def test_downloads_are_compressed_while_they_are_sent(database_url):
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(50)])
    with TestClient(create_app(load_settings(), database_url)) as opened:
        [url] = [file["url"] for file in opened.get("/downloads").json()["files"] if file["url"].endswith(".csv")]
        with opened.stream("GET", url, headers={"accept-encoding": "gzip"}) as response:
            assert response.headers["content-encoding"] == "gzip"
            compressed = b"".join(response.iter_raw())
        plain = opened.get(url, headers={"accept-encoding": "identity"}).content
    assert zlib.decompress(compressed, wbits=31) == plain
    assert plain.count(b"\n") == 51
