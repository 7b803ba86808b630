"""A long-running service: its memory grows neither with requests nor with editions."""

import asyncio
import gc
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.request import urlopen

import httpx2
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.databases import clone
from support.mixed_load import AMEND, WITHDRAW
from support.payrank_process import eventually
from support.serve_process import SUBMIT, nth_input, post_query, serving
from support.sql_oracle import publish_random
from support.standbys import free_ports
from support.uvicorn_server import listener, served

from service.app import create_app
from service.index.index import RankIndex
from service.settings import load_settings
from service.store.editions import draft

RECORDS, CLIENTS = 20_000, 4
LEVELS = "query ($p: Float!) { cohort { by(factor: LEVEL) { value { code } cohort { stats { percentile(p: $p) } } } } }"
PAGE = "query ($n: Int!) { salaryRecords(first: $n) { totalCount nodes { id role { code parent { code } } } } }"
MAX_GROWTH = 40e6
"""Bytes by which a process may grow in 250 rounds and ten editions; cached responses account for some 20 MB."""


@pytest.fixture
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, RECORDS, 1)
        yield found


def new_edition(url: str) -> int:
    """Publish an edition in which 100 records have new ids."""
    with draft(url) as edition:
        now = edition.number
        edition.rows.execute(
            "CREATE TEMPORARY TABLE moved ON COMMIT DROP AS SELECT * FROM salary_record WHERE removed_in IS NULL LIMIT 100"
        )
        edition.rows.execute(f"UPDATE salary_record SET removed_in = {now} FROM moved WHERE salary_record.id = moved.id")
        edition.rows.execute(f"UPDATE moved SET id = gen_random_uuid(), added_in = {now}")
        edition.rows.execute("INSERT INTO salary_record SELECT * FROM moved")
        return now


@pytest.mark.slow
async def test_an_index_is_freed_when_the_next_is_loaded(url: str) -> None:
    """After any query, although the cycle collector hardly ever runs in a service."""
    given = {"proof_cost": 0, "submissions_per_hour": 0, "queries_per_minute": 0, "refresh_seconds": 0.05}
    app = create_app(load_settings(**given), url)
    with listener() as listening, served(app, listening):
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
            gc.collect()
            gc.disable()
            try:
                before = _indexes()
                for round_ in range(4):
                    number = await asyncio.to_thread(new_edition, url)
                    async with asyncio.timeout(60):
                        while f"edition {number}\n" not in (await client.get("/health/ready")).text:
                            pass
                    for query, variables in (
                        (LEVELS, {"p": 0.5}),
                        (PAGE, {"n": 20}),
                        (SUBMIT, {"input": nth_input(round_)}),
                    ):
                        response = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
                        assert "errors" not in response
                assert _indexes() - before <= 1
            finally:
                gc.enable()


def _indexes() -> int:
    return sum(isinstance(one, RankIndex) for one in gc.get_objects())


class Load:
    """Every public kind of request, repeatedly."""

    def __init__(self, port: int) -> None:
        self.port, self._rng = port, random.Random(8)
        self._clients = ThreadPoolExecutor(CLIENTS)

    def run(self, times: int) -> None:
        list(self._clients.map(self._once, range(times)))

    def _once(self, number: int) -> None:
        self._data(LEVELS, p=self._rng.uniform(0.26, 0.74))
        self._data(PAGE, n=self._rng.randrange(1, 100))
        receipt = self._data(SUBMIT, input=nth_input(number))["submitSalary"]["receipt"]
        self._data(AMEND, receipt=receipt, to={"baseSalary": 160_000 + number})
        self._data(WITHDRAW, receipt=receipt)

    def _data(self, query: str, **variables: Any) -> dict[str, Any]:
        found = post_query(self.port, query, **variables)
        assert "errors" not in found, found
        data: dict[str, Any] = found["data"]
        return data


@pytest.mark.slow
def test_memory_and_connections_do_not_grow(url: str) -> None:
    [port] = free_ports(1)
    with serving(url, port, RELEASE_DAYS=0.000002, REFRESH_SECONDS=0.1, STATEMENT_SECONDS=30) as service:
        load = Load(port)
        _go_on(url, load, 3)
        before = _memory(service.pid)
        _go_on(url, load, 10)
        after = _memory(service.pid)
        assert max(late - early for early, late in zip(before, after, strict=True)) < MAX_GROWTH
        eventually(lambda: set(_at_rest(port).values()) == {0})


def _go_on(url: str, load: Load, editions: int) -> None:
    for _ in range(editions):
        load.run(25)
        new_edition(url)


def _memory(pid: int) -> list[int]:
    """Unshared bytes of each process, the oldest first."""
    service = psutil.Process(pid)
    return [one.memory_full_info().uss for one in (service, *service.children(recursive=True))]


def _at_rest(port: int) -> dict[str, float]:
    """The queue length and the database connections in use."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    samples = [sample for family in families for sample in family.samples]
    names = "payrank_pool_connections", "payrank_queued_requests"
    return {one.name: one.value for one in samples if one.name in names}
