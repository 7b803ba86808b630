"""Concurrency limits: operations that run, operations that wait, and open WebSockets."""

import asyncio
import json
from collections.abc import Iterator

import asyncpg
import httpx2
import pytest
import websockets
from hypothesis import given
from hypothesis import strategies as st
from support.databases import clone
from support.serve_process import SUBMIT, nth_input
from support.uvicorn_server import connected, listener, opened, served

from schema.limits.concurrency import ConcurrencyLimiter, ConnectionLimiter, Overloaded, TooManyConnections
from service.app import create_app
from service.settings import load_settings

TIMEOUT = 60


@given(st.integers(1, 4), st.integers(1, 4), st.lists(st.integers(0, 3), max_size=20))
def test_limiter_runs_and_queues_up_to_its_limits_in_order(concurrent: int, queued: int, lengths: list[int]) -> None:
    limiter, running, seen, started = ConcurrencyLimiter(concurrent, queued), 0, [0], []

    async def work(number: int, steps: int) -> bool:
        nonlocal running
        try:
            async with limiter:
                started.append(number)
                running += 1
                seen.append(running)
                for _ in range(steps):
                    await asyncio.sleep(0)
                running -= 1
        except Overloaded:
            return False
        return True

    async def run_all() -> list[bool]:
        return await asyncio.gather(*(work(number, steps) for number, steps in enumerate(lengths)))

    accepted = asyncio.run(run_all())
    assert accepted == [number < concurrent + queued for number in range(len(lengths))]
    assert max(seen) <= concurrent
    assert started == sorted(started)
    assert (limiter.queued, running) == (0, 0)


async def test_cancelled_waiter_leaves_the_queue() -> None:
    limiter = ConcurrencyLimiter(1, 1)

    async def take() -> None:
        async with limiter:
            pass

    async with limiter:
        waiter = asyncio.create_task(take())
        await asyncio.sleep(0)
        assert limiter.queued == 1
        with pytest.raises(Overloaded):
            await take()
        waiter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiter
        assert limiter.queued == 0
        second = asyncio.create_task(take())
        await asyncio.sleep(0)
    await asyncio.wait_for(second, TIMEOUT)


async def test_cancellation_at_any_step_frees_the_slot() -> None:
    for steps in range(4):
        limiter = ConcurrencyLimiter(1, 1)

        async def take(limiter: ConcurrencyLimiter = limiter) -> None:
            async with limiter:
                await asyncio.sleep(0)

        first = asyncio.create_task(take())
        for _ in range(steps):
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.wait([first])
        await asyncio.wait_for(take(), TIMEOUT)


@pytest.fixture
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        yield found


async def test_overloaded_service_refuses_some_requests_and_serves_the_others(url: str) -> None:
    settings = load_settings(proof_cost=0, submissions_per_hour=0, concurrent_requests=2, queued_requests=3)
    with listener() as listening, served(create_app(settings, url), listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
        async with asyncio.timeout(TIMEOUT), httpx2.AsyncClient(timeout=TIMEOUT) as client:

            async def submit(number: int) -> httpx2.Response:
                return await client.post(address, json={"query": SUBMIT, "variables": {"input": nth_input(number)}})

            blocker = await asyncpg.connect(url)
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE submission")
                pending = [asyncio.create_task(submit(number)) for number in range(9)]
                refused = []
                for done in asyncio.as_completed(pending):
                    refused.append(await done)
                    if len(refused) == 4:
                        break
                query = await client.post(address, json={"query": "{ __typename }"})
            await blocker.close()
            responses = await asyncio.gather(*pending)
    assert [(response.status_code, response.headers["retry-after"]) for response in refused] == [(503, "2")] * 4
    assert {response.json()["errors"][0]["extensions"]["code"] for response in refused} == {"OVERLOADED"}
    assert query.status_code == 503
    accepted = [response for response in responses if response.status_code == 200]
    assert len(accepted) == 5
    assert all(response.json()["data"]["submitSalary"]["receipt"] for response in accepted)


async def test_operations_over_a_websocket_share_the_limit(url: str) -> None:
    """One runs and one waits; a third is refused at once, as is an HTTP request; subscriptions are not affected."""
    settings = load_settings(proof_cost=0, submissions_per_hour=0, concurrent_requests=1, queued_requests=1)
    with listener() as listening, served(create_app(settings, url), listening):
        port = listening.getsockname()[1]
        blocker = await asyncpg.connect(url)
        async with asyncio.timeout(TIMEOUT), connected(port) as client, httpx2.AsyncClient(timeout=TIMEOUT) as http:
            async with blocker.transaction():
                await blocker.execute("LOCK TABLE submission")
                for number in range(3):
                    await client.subscribe(SUBMIT, str(number), input=nth_input(number))
                refused = await client.receive()
                by_http = await http.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"})
                await client.subscribe("subscription { editionPublished { number } }", "subscription")
                event = await client.receive()
            completed = [await client.receive() for _ in range(4)]
        await blocker.close()
    assert (refused["id"], refused["type"]) == ("2", "error")
    assert refused["payload"][0]["extensions"] == {"code": "OVERLOADED"}
    assert by_http.status_code == 503
    assert (event["id"], event["type"]) == ("subscription", "next")
    assert [(message["id"], message["type"]) for message in completed] == [
        ("0", "next"),
        ("0", "complete"),
        ("1", "next"),
        ("1", "complete"),
    ]
    assert all(message["payload"]["data"]["submitSalary"]["receipt"] for message in completed[::2])


def test_connection_limiter_counts_networks_and_all_connections() -> None:
    limiter = ConnectionLimiter(2, 3)
    with limiter.connection("a"):
        with limiter.connection("a"), pytest.raises(TooManyConnections, match="network"), limiter.connection("a"):
            pass
        with (
            limiter.connection("a"),
            limiter.connection("b"),
            pytest.raises(TooManyConnections, match="service"),
            limiter.connection("c"),
        ):
            pass
    with limiter.connection("a"), limiter.connection("a"):
        assert len(limiter) == 2
    assert len(limiter) == 0


async def test_one_websocket_too_many_is_refused_at_its_handshake(url: str) -> None:
    with listener() as listening, served(create_app(load_settings(sockets_per_network=2), url), listening):
        port = listening.getsockname()[1]
        async with asyncio.timeout(TIMEOUT), connected(port), opened(port):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with opened(port):
                    pass
            response = refused.value.response
            assert (response.status_code, response.headers["retry-after"]) == (429, "60")
            [error] = json.loads(response.body)["errors"]
            assert error["extensions"] == {"code": "RATE_LIMITED"}


async def test_allowed_origins_open_websockets(url: str) -> None:
    with listener() as listening, served(create_app(load_settings(origins="https://jobs.example"), url), listening):
        port = listening.getsockname()[1]
        async with asyncio.timeout(TIMEOUT), opened(port, Origin="https://jobs.example") as client:
            await client.send(type="ping")
            assert await client.receive() == {"type": "pong"}
        with pytest.raises(websockets.InvalidStatus):
            async with opened(port, Origin="https://jobs.example.evil.example"):
                pass
