"""Documents: read up to the limits, one at a time, and cached within bounds."""

import asyncio
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLError
from starlette.testclient import TestClient

from schema.limits.concurrency import Overloaded
from schema.limits.document import MAX_CACHED_CHARACTERS, MAX_DOCUMENTS, Document
from schema.schema import build_schema
from schema.transport.cache import MAX_PERSISTED, MAX_PERSISTED_CHARACTERS, PersistedQueries
from service.limits import Limits


@pytest.mark.parametrize("filler", [" ", ",", "#", "a", "\n"])
def test_document_with_too_many_characters_is_not_parsed(error: Callable[..., dict[str, Any]], filler: str) -> None:
    found = error("{ currencies }".ljust(20_001, filler))
    assert found["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert "20,001" in found["message"]
    assert "20,000" in found["message"]


@pytest.mark.parametrize(
    "where",
    [{"role": ["us"] * 2_000}, {"role": [["us"] * 100] * 20}, [{"role": "us"}] * 1_000, {str(n): n for n in range(2_000)}],
)
def test_variables_with_too_many_values_are_rejected(error: Callable[..., dict[str, Any]], where: object) -> None:
    found = error("query ($where: CohortFilter) { cohort(where: $where) { size } }", where=where)
    assert found["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "maximum is 2,000" in found["message"]


def test_variables_with_the_maximum_of_values_are_read(error: Callable[..., dict[str, Any]]) -> None:
    found = error("query ($where: CohortFilter) { cohort(where: $where) { size } }", where={"role": ["x"] * 1_998})
    assert "100 codes" in found["message"]


def test_of_many_unknown_fields_ten_are_reported_with_suggestions(client: TestClient) -> None:
    query = "{ " + " ".join(f"cohor{n}" for n in range(330)) + " }"
    errors = client.post("/graphql", json={"query": query}).json()["errors"]
    assert [error["message"] for error in errors[:10]] == [
        f"Cannot query field 'cohor{n}' on type 'Query'. Did you mean 'cohort'?" for n in range(10)
    ]
    assert len(errors) == 11


def test_with_few_unknown_fields_other_errors_are_reported_too(client: TestClient) -> None:
    errors = client.post("/graphql", json={"query": "{ cohor currencies(of: 1) }"}).json()["errors"]
    assert ["cohor" in errors[0]["message"], "of" in errors[1]["message"]] == [True, True]


def new_text(n: int) -> str:
    return f"# {n}\n{{ currencies }}"


async def test_other_tasks_run_between_any_two_documents() -> None:
    documents, seen = build_schema().documents, list[int]()
    pending = asyncio.gather(*(documents.read(new_text(n)) for n in range(20)))
    async with asyncio.timeout(60):
        while not pending.done():
            seen.append(len(documents))
            await asyncio.sleep(0)
    assert set(seen) >= set(range(20))
    assert all(found.errors == () for found in pending.result())


async def test_cached_document_does_not_wait() -> None:
    documents = build_schema().documents
    cached = documents.get(new_text(0))
    others = [asyncio.create_task(documents.read(new_text(n))) for n in range(1, 4)]
    await asyncio.sleep(0)
    assert await documents.read(new_text(0)) is cached
    assert not any(other.done() for other in others)
    await asyncio.wait(others, timeout=60)
    assert all(other.done() for other in others)


async def test_equal_documents_at_the_same_time_are_parsed_once() -> None:
    documents = build_schema(Limits(queued_requests=1)).documents
    found = await asyncio.gather(*(documents.read(new_text(n % 2)) for n in range(20)))
    assert all(one is found[n % 2] for n, one in enumerate(found))
    assert found[0] is not found[1]
    assert documents._pending == {}


async def test_cancelled_reader_does_not_stop_equal_ones() -> None:
    documents = build_schema().documents
    leaving, staying = (asyncio.create_task(documents.read(new_text(0))) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await asyncio.wait_for(staying, 60)).errors == ()
    assert leaving.cancelled()


async def test_reader_is_refused_if_the_queue_is_full() -> None:
    documents = build_schema(Limits(queued_requests=2)).documents
    found = await asyncio.gather(*(documents.read(new_text(n)) for n in range(6)), return_exceptions=True)
    assert [type(one) for one in found] == [Document] * 3 + [Overloaded] * 3
    assert documents.queued == 0


LONG = 90_000


def padded(n: int, characters: int) -> str:
    return f"{{ a{n}: __typename }}".ljust(characters)


@pytest.mark.parametrize(("characters", "maximum"), [(30, MAX_DOCUMENTS), (LONG, MAX_CACHED_CHARACTERS // LONG)])
def test_most_recently_used_documents_are_cached(characters: int, maximum: int) -> None:
    documents = build_schema().documents
    first = [documents.get(padded(n, characters)) for n in range(maximum)]
    assert all(documents.get(padded(n, characters)) is first[n] for n in range(maximum))
    documents.get(padded(maximum, characters))
    assert documents.get(padded(maximum - 1, characters)) is first[-1]
    assert documents.get(padded(0, characters)) is not first[0]


def persisted(text: str) -> dict[str, object]:
    return {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}


@pytest.mark.parametrize(("characters", "maximum"), [(30, MAX_PERSISTED), (LONG, MAX_PERSISTED_CHARACTERS // LONG)])
def test_most_recently_used_persisted_queries_are_cached(characters: int, maximum: int) -> None:
    queries = PersistedQueries()
    for n in [*range(maximum), maximum - 1, maximum]:  # one that is sent twice counts once
        queries.text(padded(n, characters), persisted(padded(n, characters)))
    assert queries.text(None, persisted(padded(1, characters))) == padded(1, characters)
    with pytest.raises(GraphQLError) as unknown:
        queries.text(None, persisted(padded(0, characters)))
    assert unknown.value.extensions == {"code": "PERSISTED_QUERY_NOT_FOUND"}
