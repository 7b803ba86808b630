"""Cached responses: the same bytes again, never of another edition, never of a personal query; and persisted queries."""

import asyncio
import gc
import hashlib
import json
import tracemalloc

import pytest
from starlette.testclient import TestClient
from support.payrank_process import eventually
from support.records import publish

from schema.transport.cache import MAX_RESPONSE_BYTES, CachedResponse, ResponseCache
from service.app import create_app
from service.settings import load_settings

QUERY = "{ cohort { size } edition { number } }"
TIMEOUT = 60


def get(client: TestClient, query: str = QUERY, **headers: str):
    return client.get("/graphql", params={"query": query}, headers={"if-none-match": "", **headers})


def test_response_known_to_the_client_is_not_sent_again(client):
    first = get(client)
    assert first.headers["cache-control"] == "public, max-age=5, stale-while-revalidate=60"
    assert first.headers["vary"] == "accept, authorization, payrank-minimum-edition, Origin"
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        repeated = get(client, **{"if-none-match": known})
        assert (repeated.status_code, repeated.content, repeated.headers["etag"]) == (304, b"", tag)
    other = get(client, **{"if-none-match": '"other"'})
    assert (other.status_code, other.json()) == (200, first.json())


def test_each_edition_has_its_own_responses(server_url, empty_template, database_url):
    publish(database_url, [{"role": "data-scientist", "country": "us", "base_salary": 100_000}] * 6)
    with TestClient(create_app(load_settings(refresh_seconds=0.05), database_url)) as client:
        before = get(client)
        assert before.json()["data"] == {"cohort": {"size": 6}, "edition": {"number": 1}}
        publish(database_url, [{"role": "data-scientist", "country": "us", "base_salary": 100_000}], first=100)
        eventually(lambda: get(client).json()["data"]["edition"]["number"] == 2, TIMEOUT)
        after = get(client, **{"if-none-match": before.headers["etag"]})
        assert (after.status_code, after.json()["data"]["cohort"]["size"]) == (200, 7)


@pytest.mark.slow
def test_cached_response_takes_no_more_memory_than_is_counted(client):
    """Or the bound in bytes would not hold: short responses took ten times as much."""
    query, more = "query ($p: Float!) { cohort { percentileRank(amount: $p) { count } } }", 400

    def send(amounts):
        for amount in amounts:
            assert "data" in client.post("/graphql", json={"query": query, "variables": {"p": amount}}).json()

    send(range(1, 100))
    gc.collect()
    tracemalloc.start()
    try:
        send(range(1_000, 1_000 + more))
        gc.collect()
        found, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found / more < 1_500


@pytest.mark.parametrize(
    "query",
    [
        "{ cohort { stats { percentile(p: 2) } } }",
        "{ nothing }",
        "{ cohort {",
        '{ submission(receipt: "none") { id } }',
        "{ contributionRules { nextRelease } }",
        "{ reviewQueue { totalCount } }",
        "query { ...f } fragment f on Query { reviewQueue { totalCount } }",
    ],
)
def test_errors_and_personal_responses_are_not_cached(client, query):
    found = get(client, query)
    assert found.headers["cache-control"] == "no-store"
    assert "etag" not in found.headers


def test_response_to_a_post_is_not_stored_by_other_caches(client):
    assert client.post("/graphql", json={"query": QUERY}).headers["cache-control"] == "no-store"


def test_variables_are_part_of_the_key(client):
    query = "query ($r: [Code!]) { cohort(where: {role: $r}) { size } }"
    sizes = [
        client.post("/graphql", json={"query": query, "variables": {"r": [role]}}).json()["data"]["cohort"]["size"]
        for role in ("machine-learning-engineer", "data-scientist", "machine-learning-engineer")
    ]
    assert sizes == [11, 6, 11]


async def test_equal_requests_at_the_same_time_are_executed_once():
    cache, executed, go_on = ResponseCache(), [], asyncio.Event()

    async def execute() -> CachedResponse:
        executed.append(1)
        await go_on.wait()
        return CachedResponse(b"response")

    tasks = [asyncio.create_task(cache.get_or_execute("key", execute, 8)) for _ in range(5)]
    await asyncio.sleep(0)
    tasks[0].cancel()  # the first may be cancelled: another executes
    go_on.set()
    responses = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), TIMEOUT)
    assert isinstance(responses[0], asyncio.CancelledError)
    assert responses[1:] == [CachedResponse(b"response")] * 4
    assert (executed, cache.get("key")) == ([1, 1], CachedResponse(b"response"))


async def test_other_results_are_not_cached():
    cache, executed = ResponseCache(), []

    async def fail() -> CachedResponse | str:
        executed.append(1)
        return "errors"

    assert [await cache.get_or_execute("key", fail, 8) for _ in range(3)] == ["errors"] * 3
    assert (len(executed), cache.get("key")) == (3, None)


async def test_cache_is_bounded_in_bytes_and_drops_the_least_recently_used():
    """Each entry counts about two thousand bytes."""
    cache = ResponseCache(max_bytes=3 * 2_100)

    async def execute() -> CachedResponse:
        return CachedResponse(b"x" * 1_000)

    for number in range(3):
        await cache.get_or_execute(number, execute, 8)
    assert cache.get(0)
    await cache.get_or_execute(3, execute, 8)
    assert [bool(cache.get(number)) for number in range(4)] == [True, False, True, True]

    async def execute_huge() -> CachedResponse:
        return CachedResponse(b"x" * MAX_RESPONSE_BYTES)

    await cache.get_or_execute("huge", execute_huge, 8)
    assert cache.get("huge") is None
    assert cache.get(0)


def _persisted(text: str | None, digest: str, version: int = 1):
    extensions = {"persistedQuery": {"version": version, "sha256Hash": digest}}
    return {"extensions": extensions} if text is None else {"query": text, "extensions": extensions}


def test_registered_query_is_executed_by_its_hash(client):
    text = "{ cohort { size } }"
    digest = hashlib.sha256(text.encode()).hexdigest()
    unknown = client.post("/graphql", json=_persisted(None, digest))
    assert (unknown.status_code, unknown.json()) == (
        200,
        {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]},
    )
    registered = client.post("/graphql", json=_persisted(text, digest)).json()
    assert registered["data"]["cohort"]["size"] > 0
    assert client.post("/graphql", json=_persisted(None, digest.upper())).json() == registered
    by_get = client.get("/graphql", params={"extensions": json.dumps(_persisted(None, digest)["extensions"])})
    assert by_get.json() == registered


@pytest.mark.parametrize(
    "body", [_persisted("{ edition { number } }", "0" * 64), _persisted(None, "short"), _persisted(None, "0" * 64, 2)]
)
def test_invalid_hashes_are_refused(client, body):
    found = client.post("/graphql", json=body)
    assert (found.status_code, found.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
