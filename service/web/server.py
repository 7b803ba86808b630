"""How uvicorn serves the application: its options, and WebSockets whose clients do not read."""

from asyncio.transports import BaseTransport
from functools import partial
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from service.settings import Settings
from service.web.connections import Connection, Connections
from service.web.http_protocol import HttpProtocol

SHUTDOWN_SECONDS = 10
"""How long requests may take to complete after the service has received a signal to stop."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Drops a connection if its client does not read what it was sent in time.

    uvicorn waits forever for a client that does not read, and neither a close nor an unanswered ping frees its buffer, since
    both wait for the buffer too. So the transport reports every byte that the kernel does not take at once, and the
    connection waits for its client until the buffer is empty.
    """

    def __init__(self, *args: Any, connection: Connection, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connection = connection

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)
        self._connection.on_timeout = self._connection.abort
        self._connection.work()

    async def send(self, message: Any) -> None:
        """As uvicorn's, which takes a handshake that is refused with a response for one that got none, and logs an error."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body"):
            self.handshake_complete = True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._connection.wait()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._connection.work()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connection.forget()
        super().connection_lost(exc)


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Options of `uvicorn.Config` and `uvicorn.run`.

    X-Forwarded-For is left to the application, which knows how many proxies to trust.
    """
    connections = Connections(settings.limits, by_network=not settings.proxy_hops)
    return {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "log_config": None,  # uvicorn's lines go to `service.logs`
        "log_level": "warning",  # at the level below it logs the address and the URL of each WebSocket
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "http": partial(HttpProtocol, connections=connections),
        "ws": WebSocketProtocol,
        "ws_max_size": settings.message_bytes,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "ws_per_message_deflate": False,  # a compressor takes more memory than everything else of an idle WebSocket
    }
