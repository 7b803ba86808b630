"""HTTP as uvicorn serves it, with bounds on what a client may send, on the time it takes, and on its connections."""

import re
from asyncio import Transport
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from service.web.connections import Connection, Connections

MAX_HEADERS = 100
_HOST = re.compile(rb"([\w.~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(:\d*)?", re.ASCII)
_MAX_ADDRESS_BYTES = 65_535
"""The parser of addresses refuses longer ones as malformed."""
_MAX_PIPELINED = 16
"""Requests of a connection that wait for the response to an earlier one; clients that send more are disconnected."""
_FRAMING = 8
"""Bytes that a client may send beside each byte of a body, which may come in chunks of a byte."""
_DISCARDED_BYTES = 1_000_000
"""Bytes of a refused request that are read, since a client that is still sending may not see the response otherwise."""


class Refusal(Exception):
    """A request that is not passed to the application; the connection is closed after the response."""

    def __init__(self, status: int, message: str, code: str = "BAD_REQUEST") -> None:
        super().__init__(message)
        self.status, self.code = HTTPStatus(status), code

    def response(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The response in the form of all errors, with `headers` among its headers."""
        body = orjson.dumps({"errors": [{"message": str(self), "extensions": {"code": self.code}}]})
        own = (
            (b"content-type", b"application/json; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"connection", b"close"),
        )
        lines = b"".join(b"%s: %s\r\n" % header for header in (*headers, *own))
        return f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n".encode() + lines + b"\r\n" + body


def _malformed() -> Refusal:
    return Refusal(400, "This is not a valid HTTP/1.1 request.")


@lru_cache(1_024)
def _is_host(value: bytes) -> bool:
    return bool(_HOST.fullmatch(value))


def _check_codings(value: bytes) -> None:
    """Raises Refusal for a Transfer-Encoding that is not just chunked."""
    *others, last = (coding.strip().lower() for coding in value.split(b","))
    if last != b"chunked":
        raise Refusal(400, "The last Transfer-Encoding must be chunked.")
    if others:
        raise Refusal(501, "The only supported Transfer-Encoding is chunked.")


class HttpProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounds.

    A connection waits for its client (see `Connections`) unless the application works on a request that has arrived whole,
    and whenever the client does not read.
    """

    def __init__(self, *args: Any, connections: Connections, **options: Any) -> None:
        super().__init__(*args, **options)
        self._connections, self._limits = connections, connections.limits
        self._connection: Connection | None = None
        self._is_arriving = self._has_head = self._is_refused = self._has_begun = False
        """Whether a request is incomplete, its headers are complete, it was refused, or began in the data received last."""
        self._size = self._received = self._body = 0
        """Bytes received last; of the incomplete request, without those received when it began; and of its body."""

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        address = self.client[0] if self.client else ""
        self._connection = self._connections.admit(transport, address, self._on_timeout)
        if self._connection is None:
            self._refuse(Refusal(503, "There are too many connections. Try again in a few seconds.", "OVERLOADED"))
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._connection:
            self._connection.forget()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._size, self._has_begun = len(data), False
        if self._is_refused:
            self._discard()
            return
        self._parse(data)
        if self._is_arriving and not self._is_refused:
            self._check_rest()

    def _parse(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
            else:
                self._parse_without_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause if isinstance(cause, Refusal) else _malformed())

    def _parse_without_upgrade(self, rest: bytes) -> None:
        """Parses a request again whose header Upgrade is ignored. The parser took its body for the other protocol."""
        line = self.parser.get_method() + b" " + self.url + b" HTTP/1.1\r\n"
        headers = b"".join(b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade")
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._parse(line + headers + b"\r\n" + rest)

    def _discard(self) -> None:
        self._received += self._size
        if self._received > _DISCARDED_BYTES:
            self.transport.abort()

    def _check_rest(self) -> None:
        """Gives the rest of a request time, or refuses it."""
        if self._has_begun:
            self._received = 0
            self._update()
            return
        self._received += self._size
        if refusal := self._too_large():
            self._refuse(refusal)

    def _too_large(self) -> Refusal | None:
        """Why the rest of an incomplete request is not read."""
        limits = self._limits
        if self._has_head:
            if self._received - self._body <= limits.header_bytes + _FRAMING * self._body:
                return None
            return Refusal(413, f"The chunks or trailers are too large; the maximum is {limits.header_bytes:,} bytes.")
        if refusal := self._too_long_address():
            return refusal
        return self._too_many_headers() if self._received - len(self.url) > limits.header_bytes else None

    def _too_long_address(self) -> Refusal | None:
        most = min(self._limits.body_bytes, _MAX_ADDRESS_BYTES)
        if len(self.url) <= most:
            return None
        return Refusal(414, f"The address is too long; the maximum is {most:,} bytes. Send a POST.")

    def _too_many_headers(self) -> Refusal:
        most = f"{self._limits.header_bytes:,} bytes in {MAX_HEADERS} lines"
        return Refusal(431, f"The headers are too large; the maximum is {most}. Send fewer or shorter ones.")

    def handle_websocket_upgrade(self) -> None:
        if self._is_serving():  # a pipelined handshake would take the connection from the response in progress
            self.transport.abort()
            return
        self.ws_protocol_class = partial(cast(Any, self.ws_protocol_class), connection=self._connection)  # type: ignore[assignment]
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_arriving = self._has_begun = True
        self._has_head = False
        self._body = 0

    def on_headers_complete(self) -> None:
        self._has_head = True
        if refusal := self._too_long_address():
            raise refusal
        is_small = self._has_begun and self._size <= self._limits.header_bytes
        if len(self.headers) > MAX_HEADERS or not (is_small or self._has_small_headers()):
            raise self._too_many_headers()
        self._check_headers(self.parser.get_http_version())
        if len(self.pipeline) >= _MAX_PIPELINED:
            raise Refusal(429, "There are too many pipelined requests.", "RATE_LIMITED")
        if self._is_for_another_protocol():
            if self.parser.get_method() == b"CONNECT":
                raise Refusal(501, "This is not a proxy.")
            return
        super().on_headers_complete()
        if not self.parser.should_upgrade():
            self.headers = []  # takes the trailers of a chunked body, which must not become headers

    def _is_for_another_protocol(self) -> bool:
        return self.parser.should_upgrade() and not self._should_upgrade()

    def _check_headers(self, version: str) -> None:
        """Raises Refusal for what RFC 9112 says to refuse. An absolute address takes precedence over the header Host."""
        names = [name for name, _ in self.headers]
        if version not in {"1.1", "1.0"}:
            raise Refusal(505, "This version of HTTP is not supported. Send HTTP/1.1.")
        if names.count(b"host") != 1 and (version == "1.1" or b"host" in names):
            raise Refusal(400, "A request must have one header Host.")
        if b"transfer-encoding" in names:
            _check_codings(b",".join(value for name, value in self.headers if name == b"transfer-encoding"))
        if not self.url.startswith(b"/") and self.url[:4].lower() == b"http":
            address = urlsplit(self.url)
            self.url = (address.path or b"/") + (b"?" + address.query if address.query else b"")
            self.headers[:] = [(b"host", address.netloc), *(pair for pair in self.headers if pair[0] != b"host")]
            names = [b"host"]
        if b"host" in names and not _is_host(self.headers[names.index(b"host")][1]):
            raise Refusal(400, "The header Host is invalid. It must be a host name, with a port if that is not the default.")

    def _has_small_headers(self) -> bool:
        return sum(len(name) + len(value) for name, value in self.headers) <= self._limits.header_bytes

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._body += len(body)

    def on_message_complete(self) -> None:
        if self._is_for_another_protocol():
            return
        super().on_message_complete()
        self._is_arriving = False
        self._update()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._update()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._update()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._update()

    def _is_serving(self) -> bool:
        """Whether the application has begun to work on a request."""
        return self.cycle is not None and not self.cycle.response_complete

    def _update(self) -> None:
        """Waits for the client or works for it, depending on who has to act next."""
        cycle, connection = self.cycle, self._connection
        if connection is None:
            return
        if cycle and not cycle.response_complete and not self.flow.write_paused and (self.pipeline or not cycle.more_body):
            connection.work()
        else:
            connection.wait()

    def _on_timeout(self) -> None:
        """The client did not send or read in time."""
        assert self._connection
        if self._is_refused or self.transport.is_closing() or self.flow.write_paused:
            self._connection.abort()
        elif self._is_arriving and not (self._is_serving() and self.cycle.response_started):
            seconds = f"{self._limits.client_seconds:g} seconds"
            self._refuse(Refusal(408, f"The request did not arrive within {seconds}. Send it again."))
        else:
            self.transport.close()
            self._update()

    def _refuse(self, refusal: Refusal) -> None:
        """Sends a response and reads no further request; closes when the client does, or if it takes too long."""
        self._is_refused = True
        if self._is_serving() and not self.cycle.more_body:  # a later request is refused, whose turn does not come
            self.cycle.keep_alive = False
            return
        if self._is_serving():
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        self.transport.write(refusal.response(self.server_state.default_headers))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._update()
