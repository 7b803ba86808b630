"""Graceful shutdown: running requests finish, WebSockets close with a code, and new connections are refused."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import httpx2
import pytest
from support.payrank_process import ServeProcess, serving
from support.serve_process import SUBMIT, nth_input
from support.uvicorn_server import connected


@pytest.fixture
def served(url_of_seven: str, cache_dir: Path, journal_dir: Path) -> Iterator[ServeProcess]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAYRANK_")}
    settings = {
        "DATABASE_URL": url_of_seven,
        "PROOF_COST": "0",
        "CACHE_DIR": str(cache_dir),
        "JOURNAL_DIR": str(journal_dir),
    }
    with serving(own | {f"PAYRANK_{name}": value for name, value in settings.items()}) as found:
        yield found


@pytest.mark.slow
async def test_running_requests_finish_and_websockets_close(url_of_seven: str, served: ServeProcess) -> None:
    address = f"http://127.0.0.1:{served.port}/graphql"
    body = {"query": SUBMIT, "variables": {"input": nth_input(1)}}
    blocker = await asyncpg.connect(url_of_seven)
    async with httpx2.AsyncClient(timeout=60) as client, connected(served.port) as follower:
        await follower.subscribe("subscription { cohort { size } }")
        assert await follower.data() == {"cohort": {"size": 7}}
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE submission")
            submitting = asyncio.create_task(client.post(address, json=body))
            async with asyncio.timeout(60):
                while not await blocker.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    pass
            served.process.send_signal(signal.SIGTERM)
            code, _ = await follower.closed()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", served.port)
        answer = await submitting
    assert code == 1012
    assert answer.json()["data"]["submitSalary"]["receipt"]
    assert await blocker.fetchval("SELECT count(*) FROM submission") == 1
    await blocker.close()
    assert await asyncio.to_thread(served.process.wait, 60) == 143
