"""Reading what is new: as long as is taken, one document at a time, with time between for what else there is to do."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from schema.limits.document import Document
from schema.limits.concurrency import Overloaded
from schema.schema import build_schema
from schema.types.limits import Limits


@pytest.mark.parametrize("filler", [" ", ",", "#", "a", "\n"])
def test_a_document_with_too_many_letters_is_not_read(error: Callable[..., dict[str, Any]], filler: str) -> None:
    found = error("{ currencies }".ljust(20_001, filler))
    assert found["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}
    assert "has 20,001 letters; at most 20,000 are taken. Send values as variables, and ask for less" in found["message"]


@pytest.mark.parametrize(
    "where",
    [{"role": ["us"] * 2_000}, {"role": [["us"] * 100] * 20}, [{"role": "us"}] * 1_000, {str(n): n for n in range(2_000)}],
)
def test_variables_with_too_many_values_are_not_looked_at(error: Callable[..., dict[str, Any]], where: object) -> None:
    found = error("query ($where: CohortFilter) { cohort(where: $where) { size } }", where=where)
    assert found["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "at most 2,000 are taken. Name fewer, or ask several times." in found["message"]


def test_as_many_values_as_are_taken_are_looked_at(error: Callable[..., dict[str, Any]]) -> None:
    found = error("query ($where: CohortFilter) { cohort(where: $where) { size } }", where={"role": ["x"] * 1_998})
    assert "A filter takes at most 100 codes" in found["message"]


def test_of_many_unknown_fields_ten_are_told_with_what_was_meant(client: TestClient) -> None:
    errors = client.post("/graphql", json={"query": "{ " + " ".join(f"cohor{n}" for n in range(330)) + " }"}).json()[
        "errors"
    ]
    assert [error["message"] for error in errors[:10]] == [
        f"Cannot query field 'cohor{n}' on type 'Query'. Did you mean 'cohort'?" for n in range(10)
    ]
    assert len(errors) == 11


def test_beside_a_few_unknown_fields_all_else_that_is_wrong_is_told(client: TestClient) -> None:
    errors = client.post("/graphql", json={"query": "{ cohor currencies(of: 1) }"}).json()["errors"]
    assert ["cohor" in errors[0]["message"], "of" in errors[1]["message"]] == [True, True]


def unread(n: int) -> str:
    return f"# {n}\n{{ currencies }}"


async def test_what_else_there_is_to_do_is_done_between_any_two_documents() -> None:
    documents, seen = build_schema().documents, list[int]()
    coming = asyncio.gather(*(documents.read(unread(n)) for n in range(20)))
    while not coming.done():
        seen.append(len(documents._known))
        await asyncio.sleep(0)
    assert set(seen) >= set(range(20))
    assert all(found.errors == () for found in coming.result())


async def test_what_is_remembered_waits_for_nothing() -> None:
    documents = build_schema().documents
    known = documents.get(unread(0))
    others = [asyncio.create_task(documents.read(unread(n))) for n in range(1, 4)]
    await asyncio.sleep(0)
    assert await documents.read(unread(0)) is known
    assert not any(other.done() for other in others)
    await asyncio.wait(others)


async def test_equal_ones_that_come_together_are_read_once() -> None:
    documents = build_schema(Limits(queued_requests=1)).documents
    found = await asyncio.gather(*(documents.read(unread(n % 2)) for n in range(20)))
    assert all(one is found[n % 2] for n, one in enumerate(found))
    assert found[0] is not found[1]
    assert documents._coming == {}


async def test_one_that_leaves_does_not_keep_equal_ones_from_being_read() -> None:
    documents = build_schema().documents
    leaves, stays = (asyncio.create_task(documents.read(unread(0))) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    assert (await stays).errors == ()
    assert leaves.cancelled()


async def test_one_that_finds_no_room_to_wait_is_refused_at_once() -> None:
    documents = build_schema(Limits(queued_requests=2)).documents
    found = await asyncio.gather(*(documents.read(unread(n)) for n in range(6)), return_exceptions=True)
    assert [type(one) for one in found] == [Document] * 3 + [Overloaded] * 3
    assert documents.waiting == 0
