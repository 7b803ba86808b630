"""Kept answers: the same bytes again, never of another edition, never what is somebody's own."""

import asyncio
import gc
import hashlib
import json
import tracemalloc

import pytest
from starlette.testclient import TestClient
from support.records import publish

from schema.transport.cache import LARGEST, Cache, Kept
from service.app import create_app
from service.settings import load_settings

QUERY = "{ cohort { size } edition { number } }"


def asked(client: TestClient, query: str = QUERY, **headers: str):
    return client.get("/graphql", params={"query": query}, headers={"if-none-match": "", **headers})


def test_an_answer_known_to_the_caller_is_not_sent_again(client):
    first = asked(client)
    assert first.headers["cache-control"] == "public, max-age=5, stale-while-revalidate=60"
    assert first.headers["vary"] == "accept, payrank-minimum-edition"
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = asked(client, **{"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = asked(client, **{"if-none-match": '"other"'})
    assert (other.status_code, other.json()) == (200, first.json())


def test_each_edition_has_answers_of_its_own(server_url, empty_template, database_url):
    publish(database_url, [{"role": "data-scientist", "country": "us", "base_salary": 100_000}] * 6)
    with TestClient(create_app(load_settings(refresh_seconds=0.05), database_url)) as client:
        before = asked(client)
        assert before.json()["data"] == {"cohort": {"size": 6}, "edition": {"number": 1}}
        publish(database_url, [{"role": "data-scientist", "country": "us", "base_salary": 100_000}], first=100)
        while asked(client).json()["data"]["edition"]["number"] == 1:
            pass
        after = asked(client, **{"if-none-match": before.headers["etag"]})
        assert (after.status_code, after.json()["data"]["cohort"]["size"]) == (200, 7)


def test_a_kept_answer_takes_no_more_memory_than_is_reckoned_for_it(client):
    """Or the bound in bytes would be none: short answers took ten times as much."""
    query, more = "query ($p: Float!) { cohort { percentileRank(amount: $p) { count } } }", 400

    def ask(amounts):
        for amount in amounts:
            assert "data" in client.post("/graphql", json={"query": query, "variables": {"p": amount}}).json()

    ask(range(1, 100))
    gc.collect()
    tracemalloc.start()
    try:
        ask(range(1_000, 1_000 + more))
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
        "{ reviewQueue { totalCount } }",
        "query { ...f } fragment f on Query { reviewQueue { totalCount } }",
    ],
)
def test_errors_and_what_is_somebodys_own_are_for_the_one_who_asked(client, query):
    found = asked(client, query)
    assert found.headers["cache-control"] == "no-store"
    assert "etag" not in found.headers


def test_a_post_is_kept_by_no_cache_on_the_way(client):
    assert client.post("/graphql", json={"query": QUERY}).headers["cache-control"] == "no-store"


def test_variables_tell_questions_apart(client):
    query = "query ($r: [Code!]) { cohort(where: {role: $r}) { size } }"
    sizes = [
        client.post("/graphql", json={"query": query, "variables": {"r": [role]}}).json()["data"]["cohort"]["size"]
        for role in ("machine-learning-engineer", "data-scientist", "machine-learning-engineer")
    ]
    assert sizes == [11, 6, 11]


async def test_equal_questions_at_the_same_time_are_answered_once():
    cache, made, go_on = Cache(), [], asyncio.Event()

    async def make() -> Kept:
        made.append(1)
        await go_on.wait()
        return Kept(b"answer")

    waiting = [asyncio.create_task(cache.shared("question", make, 8)) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()  # who was first may leave: another takes its place
    go_on.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [Kept(b"answer")] * 4
    assert (made, cache.get("question")) == ([1, 1], Kept(b"answer"))


async def test_what_is_not_kept_is_asked_anew():
    cache, made = Cache(), []

    async def fail() -> Kept | str:
        made.append(1)
        return "errors"

    assert [await cache.shared("question", fail, 8) for _ in range(3)] == ["errors"] * 3
    assert (len(made), cache.get("question")) == (3, None)


async def test_the_cache_holds_no_more_than_it_may():
    """Each entry is a thousand bytes and what it takes beside; the one asked for last stays longest."""
    cache = Cache(most_bytes=3 * 1_700)

    async def make() -> Kept:
        return Kept(b"x" * 1_000)

    for number in range(3):
        await cache.shared(number, make, 8)
    assert cache.get(0)
    await cache.shared(3, make, 8)
    assert [bool(cache.get(number)) for number in range(4)] == [True, False, True, True]

    async def huge() -> Kept:
        return Kept(b"x" * LARGEST)

    await cache.shared("huge", huge, 8)
    assert cache.get("huge") is None
    assert cache.get(0)


def _persisted(text: str | None, digest: str, version: int = 1):
    extensions = {"persistedQuery": {"version": version, "sha256Hash": digest}}
    return {"extensions": extensions} if text is None else {"query": text, "extensions": extensions}


def test_a_query_is_named_by_its_hash_once_it_is_known(client):
    text = "{ cohort { size } }"
    digest = hashlib.sha256(text.encode()).hexdigest()
    unknown = client.post("/graphql", json=_persisted(None, digest))
    assert (unknown.status_code, unknown.json()) == (
        200,
        {"errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]},
    )
    told = client.post("/graphql", json=_persisted(text, digest)).json()
    assert told["data"]["cohort"]["size"] > 0
    assert client.post("/graphql", json=_persisted(None, digest.upper())).json() == told
    by_get = client.get("/graphql", params={"extensions": json.dumps(_persisted(None, digest)["extensions"])})
    assert by_get.json() == told


@pytest.mark.parametrize(
    "body", [_persisted("{ edition { number } }", "0" * 64), _persisted(None, "short"), _persisted(None, "0" * 64, 2)]
)
def test_hashes_that_are_none_are_refused(client, body):
    found = client.post("/graphql", json=body)
    assert (found.status_code, found.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
