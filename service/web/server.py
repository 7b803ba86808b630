"""How uvicorn serves the application: its options, and WebSockets whose clients do not read."""

from asyncio import TimerHandle
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from service.settings import Settings

SHUTDOWN_SECONDS = 10
"""How long requests may take to complete after the service has received a signal to stop."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Drops a connection if its client has not received what it was sent within `write_timeout` seconds.

    uvicorn waits forever for a client that does not read, and neither a close nor an unanswered ping frees its buffer, since
    both wait for the buffer too. So the transport reports every byte that the kernel does not take at once, and if the
    buffer is not empty in time the connection is aborted.
    """

    write_timeout = 5.0
    _timer: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._timer = self.loop.call_later(self.write_timeout, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        super().connection_lost(exc)

    def _cancel_timer(self) -> None:
        if self._timer:
            self._timer.cancel()


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """Options of `uvicorn.Config` and `uvicorn.run`.

    X-Forwarded-For is left to the application, which knows how many proxies to trust.
    """
    return {
        "host": settings.host,
        "port": settings.port,
        "access_log": False,
        "proxy_headers": False,
        "server_header": False,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
        "ws": WebSocketProtocol,
        "ws_max_size": settings.message_bytes,
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        "ws_per_message_deflate": False,  # a compressor takes more memory than everything else of an idle WebSocket
    }
