"""Answers go out compressed as the caller asks for, and are the same once unpacked."""

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
from service.web.middleware import MIN_COMPRESSED_BYTES

LARGE, SMALL = "{ __schema { types { name description } } }", "{ __typename }"
UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda packed: zstandard.ZstdDecompressor().decompressobj().decompress(packed),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.fixture
def client(database_url: str):
    with TestClient(create_app(load_settings(), database_url)) as opened:
        yield opened


def answered(client: TestClient, query: str, accepted: str) -> tuple[str | None, bytes]:
    """The encoding of the answer, and its bytes as they were sent."""
    asked = client.stream("POST", "/graphql", json={"query": query}, headers={"accept-encoding": accepted})
    with asked as answer:
        return answer.headers.get("content-encoding"), b"".join(answer.iter_raw())


def test_an_answer_is_packed_as_it_is_asked_for(client):
    plain = answered(client, LARGE, "identity")
    assert plain[0] is None
    for encoding, unpack in UNPACK.items():
        found, packed = answered(client, LARGE, encoding)
        assert found == encoding
        assert unpack(packed) == plain[1]
        assert len(packed) < len(plain[1]) / 2
    kept = client.post("/graphql", json={"query": LARGE}, headers={"accept": GRAPHQL_RESPONSE, "accept-encoding": "br"})
    assert (kept.headers["content-encoding"], kept.headers["content-type"]) == ("br", f"{GRAPHQL_RESPONSE}; charset=utf-8")
    assert answered(client, LARGE, "gzip, deflate, br, zstd")[0] == "zstd"
    assert answered(client, LARGE, "gzip, br")[0] == "br"


def test_a_small_answer_is_sent_as_it_is(client):
    encoding, body = answered(client, SMALL, "zstd")
    assert encoding is None
    assert body.startswith(b'{"data":{"__typename":"Query"}')
    assert len(body) < MIN_COMPRESSED_BYTES


def test_downloads_are_packed_while_they_are_written(database_url):
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(50)])
    with TestClient(create_app(load_settings(), database_url)) as opened:
        [url] = [file["url"] for file in opened.get("/downloads").json()["files"] if file["url"].endswith(".csv")]
        with opened.stream("GET", url, headers={"accept-encoding": "gzip"}) as answer:
            assert answer.headers["content-encoding"] == "gzip"
            packed = b"".join(answer.iter_raw())
        plain = opened.get(url, headers={"accept-encoding": "identity"}).content
    assert zlib.decompress(packed, wbits=31) == plain
    assert plain.count(b"\n") == 51
