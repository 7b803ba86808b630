"""Four times the capacity, and a database that is slow for everybody: errors have codes, and all resources are released."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice

import asyncpg
import httpx2
import pytest
from support.databases import clone
from support.serve_process import SUBMIT, nth_input
from support.submissions import UNKNOWN_RECEIPT
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

CONCURRENT, QUEUED, ROUNDS = 4, 6, 3
CAPACITY = CONCURRENT + QUEUED
SETTINGS = {"proof_cost": 0, "submissions_per_hour": 0, "queries_per_minute": 0}
CACHED = {"query": "{ cohort { size } }"}


@pytest.fixture
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        yield found


@asynccontextmanager
async def client(url: str, **settings: float) -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(load_settings(**SETTINGS, **settings), url)
    with listener() as listening, served(app, listening):
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            timeout=120,
            limits=httpx2.Limits(max_connections=None),
        ) as found:
            yield found


@asynccontextmanager
async def locked(url: str) -> AsyncIterator[None]:
    """Statements on submissions wait while this is open."""
    blocker = await asyncpg.connect(url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE submission")
        yield
    await blocker.close()


def codes(answer: httpx2.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json().get("errors", [])]


async def gauges(of: httpx2.AsyncClient) -> dict[str, float]:
    """The queue length and the database connections in use."""
    text = (await of.get("/metrics")).text
    found = re.findall(r"^(payrank_queued_requests|payrank_pool_connections) (\S+)$", text, re.MULTILINE)
    assert len(found) == 2, text
    return {name: float(value) for name, value in found}


async def test_requests_beyond_the_capacity_are_refused_with_a_time_to_retry(url: str) -> None:
    async with client(
        url, concurrent_requests=CONCURRENT, queued_requests=QUEUED, statement_seconds=60, request_seconds=60
    ) as at:

        async def submit(number: int) -> httpx2.Response:
            return await at.post("/graphql", json={"query": SUBMIT, "variables": {"input": nth_input(number)}})

        assert codes(await at.post("/graphql", json=CACHED)) == []
        for _ in range(ROUNDS):
            async with locked(url):
                coming = [asyncio.create_task(submit(number)) for number in range(4 * CAPACITY)]
                refused = [await done for done in islice(asyncio.as_completed(coming), 3 * CAPACITY)]
                assert {(one.status_code, one.headers["retry-after"], *codes(one)) for one in refused} == {
                    (503, "2", "OVERLOADED")
                }
                assert (await at.get("/health/ready")).status_code == 200
                assert codes(await at.post("/graphql", json=CACHED)) == []  # cached responses do not queue
            accepted = [answer for answer in await asyncio.gather(*coming) if answer not in refused]
            assert [bool(answer.json()["data"]["submitSalary"]["receipt"]) for answer in accepted] == [True] * CAPACITY
        assert set((await gauges(at)).values()) == {0}


async def test_connections_are_released_after_timeouts(url: str) -> None:
    """More requests than connections need the table, and PostgreSQL answers none of them in time."""
    async with client(url, pool_size=2, statement_seconds=0.3) as at:

        async def seen() -> list[str]:
            return codes(await at.post("/graphql", json={"query": UNKNOWN_RECEIPT}))

        assert await seen() == []
        async with locked(url):
            results = await asyncio.gather(*(seen() for _ in range(6)))
        assert all(results)
        assert {code for codes in results for code in codes} <= {"TIMEOUT", "OVERLOADED"}
        assert await asyncio.gather(*(seen() for _ in range(6))) == [[]] * 6
        assert set((await gauges(at)).values()) == {0}
