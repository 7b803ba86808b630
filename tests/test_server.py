"""WebSockets under uvicorn: a client that does not read, and thousands of idle ones."""

import asyncio
import json
import os
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from threading import Event
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from support.records import publish
from support.uvicorn_server import Client, connected, listener, served
from websockets import InvalidStatus, Origin, connect

from service.app import create_app
from service.settings import load_settings
from service.web.server import WebSocketProtocol, uvicorn_options

EDITIONS = "subscription { editionPublished { number } }"
COHORT = "subscription { cohort { size records(first: 1) { totalCount nodes { level } } } }"
RECORDS = "fragment R on SalaryRecordConnection { nodes { id role { label } source { licence } } }"
LARGE = f"subscription {{ cohort {{ {' '.join(f'r{n}: records {{ ...R }}' for n in range(60))} }} }} {RECORDS}"

LARGE_BYTES = 250_000
"""Less than the result of LARGE."""


class ObservedApp:
    """An application with events for the end of the call for a WebSocket, and for its lost connection."""

    def __init__(self, app: Starlette) -> None:
        self.app, self.ended, lost = app, Event(), Event()

        class Observed(WebSocketProtocol):
            def connection_lost(self, exc: Exception | None) -> None:
                super().connection_lost(exc)
                lost.set()

        self.protocol, self.lost = Observed, lost

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        finally:
            if scope["type"] == "websocket":
                self.ended.set()


def _frame(**message: Any) -> bytes:
    text = json.dumps(message).encode()
    return b"\x81" + bytes([0x80 | 126]) + len(text).to_bytes(2, "big") + bytes(4) + text


def _subscribed(port: int, receive_bytes: int) -> socket.socket:
    """A raw socket that has subscribed to LARGE and read nothing, with a receive buffer of a size."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    raw.connect(("127.0.0.1", port))
    raw.settimeout(60)
    raw.sendall(
        b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += raw.recv(1)
    raw.sendall(_frame(type="connection_init") + _frame(type="subscribe", id="1", payload={"query": LARGE}))
    return raw


def _read(raw: socket.socket, wanted: int) -> int:
    """The number of bytes received, up to as many as wanted or to the end of the connection."""
    size = 0
    while size < wanted:
        try:
            part = raw.recv(65_536)
        except ConnectionResetError:
            break
        if not part:
            break
        size += len(part)
    return size


@pytest.fixture
def app(database_url: str) -> ObservedApp:
    publish(database_url, [{"base_salary": 100_000}] * 30)
    return ObservedApp(create_app(load_settings(max_aliases=60, max_cost=5_000), database_url))


def test_client_that_reads_gets_a_large_result(app: ObservedApp) -> None:
    with (
        listener(send_bytes=4_096) as listening,
        served(app, listening),
        _subscribed(listening.getsockname()[1], receive_bytes=100_000) as reading,
    ):
        assert _read(reading, LARGE_BYTES) >= LARGE_BYTES


async def test_a_refused_handshake_is_no_error_of_the_service(app: ObservedApp, caplog: pytest.LogCaptureFixture) -> None:
    with listener() as listening, served(app, listening), pytest.raises(InvalidStatus) as refused:
        async with connect(f"ws://127.0.0.1:{listening.getsockname()[1]}/graphql", origin=Origin("https://else.example")):
            pass
    assert refused.value.response.status_code == 403
    assert [record.getMessage() for record in caplog.records if record.name == "uvicorn.error"] == []


def test_client_that_does_not_read_is_dropped_with_its_buffer(app: ObservedApp) -> None:
    """The server frees connection and operation; the client gets only what the kernel had accepted."""
    options = uvicorn_options(load_settings(client_seconds=1)) | {"ws": app.protocol}
    with (
        listener(send_bytes=4_096) as listening,
        served(app, listening, **options) as server,
        _subscribed(listening.getsockname()[1], receive_bytes=1) as idle,
    ):
        assert app.lost.wait(60)
        assert app.ended.wait(60)
        assert not server.server_state.connections
        assert 0 < _read(idle, LARGE_BYTES) < LARGE_BYTES / 2


SERVE = """
import socket, sys, uvicorn
from service.app import create_app
from service.settings import load_settings
from service.web.server import uvicorn_options
settings = load_settings(refresh_seconds=0.1)
app = create_app(settings, settings.database_url)
server = uvicorn.Server(uvicorn.Config(app, backlog=4096, **uvicorn_options(settings)))
server.run([socket.socket(fileno=int(sys.argv[1]))])
"""


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 5_000 if hard == resource.RLIM_INFINITY else min(hard, 5_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.slow
@pytest.mark.usefixtures("many_files")
async def test_two_thousand_idle_subscribers_all_get_a_new_edition(database_url: str) -> None:
    """Half subscribe to editions, half to the cohort of all records with one of them, which reads the database."""
    publish(database_url, [{"base_salary": 100_000}])
    with listener() as listening:
        port, descriptor = listening.getsockname()[1], listening.fileno()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", SERVE, str(descriptor)),
            pass_fds=[descriptor],
            env=os.environ
            | {"PAYRANK_DATABASE_URL": database_url, "PAYRANK_SOCKETS_PER_NETWORK": "0", "PAYRANK_QUERIES_PER_MINUTE": "0"}
            | {"PAYRANK_CONNECTIONS_PER_NETWORK": "0"},
        )
        try:
            async with AsyncExitStack() as stack:
                subscribers = [await _subscriber(stack, port, query) for _ in range(1_000) for query in (EDITIONS, COHORT)]
                publish(database_url, [{"base_salary": 100_000}], first=1)
                received = await asyncio.gather(*(subscriber.data() for subscriber in subscribers))
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), 60)
    assert received == [{"editionPublished": {"number": 2}}, _cohort(2)] * 1_000


def _cohort(size: int) -> dict[str, Any]:
    return {"cohort": {"size": size, "records": {"totalCount": size, "nodes": [{"level": None}]}}}


async def _subscriber(stack: AsyncExitStack, port: int, query: str) -> Client:
    client = await stack.enter_async_context(connected(port))
    await client.subscribe(query)
    assert await client.data() in ({"editionPublished": {"number": 1}}, _cohort(1))
    return client
