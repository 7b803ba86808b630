"""How uvicorn holds WebSockets: the implementation, its limits, and what becomes of a peer that does not read."""

from asyncio import TimerHandle
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from service.limits import MESSAGE_BYTES


class Socket(WebSocketsSansIOProtocol):
    """A socket that is dropped when its peer has not taken what it was sent within `patience` seconds.

    uvicorn waits without end for a peer that does not read, and neither a close nor a keepalive that went unanswered frees
    what is buffered for it, since both wait for the buffer. So the transport is told to report every byte that the kernel
    does not take at once, and what is not gone in time is thrown away together with the connection.
    """

    patience = 5.0
    _giving_up: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._giving_up = self.loop.call_later(self.patience, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._wait_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_on()
        super().connection_lost(exc)

    def _wait_on(self) -> None:
        if self._giving_up:
            self._giving_up.cancel()


SOCKETS: dict[str, Any] = {
    "ws": Socket,
    "ws_max_size": MESSAGE_BYTES,
    "ws_ping_interval": 20.0,
    "ws_ping_timeout": 20.0,
    "ws_per_message_deflate": False,  # a compressor takes more memory than all else that an idle socket has
}
"""Settings of uvicorn; seconds and bytes."""
