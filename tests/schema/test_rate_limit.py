"""The rate limit: points of a network, reported by headers, and 429 when they are used up."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from math import ceil
from time import monotonic

import pytest
from starlette.testclient import TestClient

from schema.limits.rate_limit import RateLimiter
from service.app import create_app
from service.settings import load_settings

PROTOCOLS = ["graphql-transport-ws"]
ALL = "{ cohort { premiums(factor: LEVEL) { records } outlook { reason } } }"
"""Costs 102 points: all that a network has with a rate limit of one query a minute."""
Opened = Callable[..., AbstractContextManager[TestClient]]


@pytest.fixture
def opened(url: str) -> Opened:
    @contextmanager
    def with_settings(**settings: object) -> Iterator[TestClient]:
        with TestClient(create_app(load_settings(**settings), url)) as client:
            yield client

    return with_settings


def rate_limit(headers: dict[str, str]) -> tuple[int, int]:
    """Points left, and seconds until the bucket is full again."""
    name, left, after = headers["ratelimit"].split(";")
    assert name == '"points"'
    return int(left.removeprefix("r=")), int(after.removeprefix("t="))


def test_bucket_refills_and_never_overflows() -> None:
    now = [0.0]
    limiter = RateLimiter(600, clock=lambda: now[0])
    assert limiter.take("a", 500) == (100, 0)
    assert limiter.take("a", 101) == (100, 1)
    assert limiter.take("b", 600) == (0, 0)
    now[0] = 10
    assert limiter.take("a", 150) == (50, 0)
    now[0] = 1_000
    assert limiter.take("a", 0) == (600, 0)


def test_full_buckets_are_dropped() -> None:
    now = [0.0]
    limiter = RateLimiter(600, clock=lambda: now[0])
    for second, network in enumerate(("a", "b", "a", "c")):
        now[0] = second
        limiter.take(network, 600)
    now[0] = 61.5  # b was last used a minute and half a second ago
    limiter.take("d", 1)
    assert list(limiter._buckets) == ["a", "c", "d"]
    assert [limiter.left(network) for network in ("a", "b", "c", "d")] == [600, 600, 585, 599]


def test_cost_above_the_capacity_takes_the_whole_bucket() -> None:
    now = [0.0]
    limiter = RateLimiter(60, clock=lambda: now[0])
    assert limiter.take("a", 1_000) == (0, 0)
    assert limiter.take("a", 1_000) == (0, 60)
    now[0] = 60
    assert limiter.take("a", 1_000) == (0, 0)


def test_every_response_reports_the_points_left(opened: Opened) -> None:
    """A new query takes its cost, a cached one a point, an invalid one ten."""
    with opened() as client:
        before, began = 6_000, monotonic()
        for query, points in [
            ("{ cohort { stats { p50 } } }", 3),
            ("{ cohort { stats { p50 } } }", 1),
            ("{ nothing }", 10),
            ("{ cohort {", 10),
            ("{ nothing }" + "#" * 1_000, 20),
            ("{ nothing }" + "#" * 1_000, 20),
            ("{ cohort { by(factor: METRO, first: 500) { cohort { stats { p50 } } } } }", 10),
            ('mutation { flagRecord(id: "x", reason: "odd", proof: "") { flagged } }', 3),
        ]:
            headers = client.post("/graphql", json={"query": query, "variables": {"x": "x" * 100}}).headers
            assert headers["ratelimit-policy"] == '"points";q=6000;w=60'
            left, _ = rate_limit(headers)
            refilled = ceil(100 * (monotonic() - began))
            assert before - points <= left <= min(6_000, before - points + refilled)
            before = left


def test_network_over_the_limit_gets_retry_after(opened: Opened) -> None:
    query = {"query": ALL}
    with opened(queries_per_minute=1, proxy_hops=1) as client:
        responses = [
            client.post("/graphql", json=query | {"variables": {"n": n}}, headers={"x-forwarded-for": f"203.0.113.{n}"})
            for n in range(3)
        ]
        assert [response.status_code for response in responses] == [200, 429, 429]
        refused = responses[1]
        assert refused.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert "100 points a minute" in refused.json()["errors"][0]["message"]
        assert rate_limit(refused.headers)[0] < 100
        other = client.post("/graphql", json=query, headers={"x-forwarded-for": "198.51.100.1"})
        assert other.status_code == 200


@pytest.mark.parametrize(("hops", "statuses"), [(0, [200, 429]), (1, [200, 429]), (2, [200, 200])])
def test_only_trusted_proxies_identify_the_client(opened: Opened, hops: int, statuses: list[int]) -> None:
    """The last hop is ours; the client may have made up those before it."""
    query = {"query": ALL}
    with opened(queries_per_minute=1, proxy_hops=hops) as client:
        forwarded = ("192.0.2.1, 203.0.113.1", "198.51.100.1, 203.0.113.1")
        found = [
            client.post("/graphql", json=query | {"variables": {"n": n}}, headers={"x-forwarded-for": text}).status_code
            for n, text in enumerate(forwarded)
        ]
        assert found == statuses


def test_without_a_limit_there_are_no_headers(opened: Opened) -> None:
    with opened(queries_per_minute=0) as client:
        headers = client.post("/graphql", json={"query": "{ currencies }"}).headers
        assert not {"ratelimit", "ratelimit-policy"} & headers.keys()


def test_websockets_use_the_same_bucket(opened: Opened) -> None:
    query = {"query": ALL}
    with (
        opened(queries_per_minute=1) as client,
        client.websocket_connect("/graphql", subprotocols=PROTOCOLS) as socket,
    ):
        assert client.post("/graphql", json=query).status_code == 200
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": query})
        refused = socket.receive_json()
        assert (refused["type"], refused["id"]) == ("error", "1")
        extensions = refused["payload"][0]["extensions"]
        assert extensions["code"] == "RATE_LIMITED"
        assert 1 <= extensions["retryAfter"] <= 60


def test_long_variables_take_points(opened: Opened) -> None:
    query = "query ($s: String) { factorValues(factor: ROLE, search: $s) { totalCount } }"
    with opened(queries_per_minute=1) as client:
        left, _ = rate_limit(client.post("/graphql", json={"query": query, "variables": {"s": "x" * 50_000}}).headers)
        assert 100 - 5 - 50 <= left < 100 - 5 - 40
