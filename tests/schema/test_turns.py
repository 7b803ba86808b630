"""Turns: a bounded number of requests is worked on, a bounded number waits, and one more is told so at once."""

import asyncio
from collections.abc import Iterator

import asyncpg
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.databases import clone
from support.serve_process import SUBMIT, answers
from support.uvicorn_server import connected, listener, served

from schema.limits.turns import Overloaded, Turns
from service.app import create_app
from service.settings import load_settings


@given(st.integers(1, 4), st.integers(1, 4), st.lists(st.integers(0, 3), max_size=20))
def test_there_are_never_more_than_may_be(at_once: int, waiting: int, lengths: list[int]) -> None:
    turns, inside, seen, begun = Turns(at_once, waiting), 0, [0], []

    async def work(number: int, steps: int) -> bool:
        nonlocal inside
        try:
            async with turns:
                begun.append(number)
                inside += 1
                seen.append(inside)
                for _ in range(steps):
                    await asyncio.sleep(0)
                inside -= 1
        except Overloaded:
            return False
        return True

    async def all_at_once() -> list[bool]:
        return await asyncio.gather(*(work(number, steps) for number, steps in enumerate(lengths)))

    served_ones = asyncio.run(all_at_once())
    assert served_ones == [number < at_once + waiting for number in range(len(lengths))]
    assert max(seen) <= at_once
    assert begun == sorted(begun)
    assert (turns.queue, inside) == (0, 0)


async def test_who_gives_up_waiting_leaves_the_queue() -> None:
    turns = Turns(1, 1)

    async def take() -> None:
        async with turns:
            pass

    async with turns:
        waits = asyncio.create_task(take())
        await asyncio.sleep(0)
        assert turns.queue == 1
        with pytest.raises(Overloaded):
            await take()
        waits.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waits
        assert turns.queue == 0
        again = asyncio.create_task(take())
        await asyncio.sleep(0)
    await again


async def test_who_gives_up_at_any_step_gives_the_turn_back() -> None:
    for steps in range(4):
        turns = Turns(1, 1)

        async def take(turns: Turns = turns) -> None:
            async with turns:
                await asyncio.sleep(0)

        first = asyncio.create_task(take())
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        await take()


@pytest.fixture
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        yield found


async def test_a_service_with_too_much_to_do_says_so_and_does_the_rest(url: str) -> None:
    settings = load_settings(proof_cost=0, submissions_per_hour=0, concurrent_requests=2, queued_requests=3)
    with listener() as listening, served(create_app(settings, url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
        async with httpx2.AsyncClient(timeout=60) as client:

            async def submit(number: int) -> httpx2.Response:
                return await client.post(address, json={"query": SUBMIT, "variables": {"input": answers(number)}})

            blocker = await asyncpg.connect(url)
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE submission")
                coming = [asyncio.create_task(submit(number)) for number in range(9)]
                refused = []
                for done in asyncio.as_completed(coming):
                    refused.append(await done)
                    if len(refused) == 4:
                        break
                kept = await client.post(address, json={"query": "{ __typename }"})
            await blocker.close()
            done = [task.result() for task in coming if await asyncio.wait([task])]
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in refused] == [(503, "2")] * 4
    assert {answer.json()["errors"][0]["extensions"]["code"] for answer in refused} == {"OVERLOADED"}
    assert kept.status_code == 503
    assert sum(answer.status_code == 200 and bool(answer.json()["data"]["submitSalary"]["receipt"]) for answer in done) == 5


async def test_operations_of_a_socket_take_the_same_turns(url: str) -> None:
    """One is worked on and one waits; a third is refused at once, as is a request by HTTP; subscriptions go on."""
    settings = load_settings(proof_cost=0, submissions_per_hour=0, concurrent_requests=1, queued_requests=1)
    with listener() as listening, served(create_app(settings, url), listening):
        port = listening.getsockname()[1]
        blocker = await asyncpg.connect(url)
        async with connected(port) as client, httpx2.AsyncClient(timeout=60) as http:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE submission")
                for number in range(3):
                    await client.subscribe(SUBMIT, str(number), input=answers(number))
                refused = await client.receive()
                by_http = await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
                await client.subscribe("subscription { editionPublished { number } }", "followed")
                event = await client.receive()
            done = [await client.receive() for _ in range(4)]
        await blocker.close()
    assert (refused["id"], refused["type"]) == ("2", "error")
    assert refused["payload"][0]["extensions"] == {"code": "OVERLOADED"}
    assert "try again" in refused["payload"][0]["message"]
    assert by_http.status_code == 503
    assert (event["id"], event["type"]) == ("followed", "next")
    assert [(one["id"], one["type"]) for one in done] == [("0", "next"), ("0", "complete"), ("1", "next"), ("1", "complete")]
    assert all(one["payload"]["data"]["submitSalary"]["receipt"] for one in done[::2])
