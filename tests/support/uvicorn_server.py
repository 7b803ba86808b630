"""The application behind a real uvicorn with the options of `payrank serve`, and clients of its WebSockets."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Thread
from time import monotonic
from typing import Any

import uvicorn
import websockets
from starlette.types import ASGIApp

from service.settings import load_settings
from service.web.server import uvicorn_options

PROTOCOL = "graphql-transport-ws"


@contextmanager
def listener(send_bytes: int | None = None) -> Iterator[socket.socket]:
    """A free port of this machine; `send_bytes` is the size of the kernel's send buffer."""
    with socket.socket() as listening:
        if send_bytes:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        yield listening


@contextmanager
def served(app: ASGIApp, listening: socket.socket, **settings: Any) -> Iterator[uvicorn.Server]:
    """Serves from a thread until exit."""
    config = uvicorn.Config(app, **{**uvicorn_options(load_settings()), **settings})
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, args=([listening],))
    thread.start()
    try:
        deadline = monotonic() + 60
        while not server.started:
            assert thread.is_alive()
            assert monotonic() < deadline
            thread.join(0.01)
        yield server
    finally:
        server.should_exit = True
        thread.join(60)
        assert not thread.is_alive()


class Client:
    """A client of graphql-transport-ws that speaks JSON."""

    def __init__(self, connection: websockets.ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def receive(self) -> Any:
        async with asyncio.timeout(60):
            return json.loads(await self.connection.recv())

    async def subscribe(self, query: str, id_: str = "1", **variables: Any) -> None:
        await self.send(type="subscribe", id=id_, payload={"query": query, "variables": variables})

    async def data(self) -> Any:
        """The data of the next result, which must have no errors."""
        message = await self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]

    async def closed(self) -> tuple[int, str]:
        """The code and reason that the server closes with; skips messages."""
        async with asyncio.timeout(60):
            with suppress(websockets.ConnectionClosedError):
                async for _ in self.connection:
                    pass
        received = self.connection.protocol.close_rcvd
        assert received, "dropped without a close frame"
        return received.code, received.reason


@asynccontextmanager
async def connected(port: int, **params: Any) -> AsyncIterator[Client]:
    """A client that has been acknowledged."""
    async with opened(port) as client:
        await client.send(type="connection_init", payload=params)
        assert await client.receive() == {"type": "connection_ack"}
        yield client


@asynccontextmanager
async def opened(port: int, protocol: str = PROTOCOL, **headers: str) -> AsyncIterator[Client]:
    """A client that has sent nothing yet."""
    url = f"ws://127.0.0.1:{port}/graphql"
    subprotocols = [websockets.Subprotocol(protocol)]
    async with websockets.connect(
        url, subprotocols=subprotocols, additional_headers=headers, compression=None, max_size=None
    ) as connection:
        yield Client(connection)
