"""How downloads are sent and what they cost: stored files and ranges of them, and streams that are generated while sent."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from math import inf
from time import monotonic
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from schema.limits.document import OperationRejected
from schema.limits.rate_limit import CACHED_POINTS, RateLimitCharge, RateLimited
from schema.transport.cohort_request import rejected_response
from schema.transport.http import PRIVATE, RequestError, error_response, is_current
from service.errors import DatabaseError, InputError
from service.telemetry import RATE_LIMITED
from service.web.downloads.stored import StoredFile

FILE_POINTS, BYTES_PER_POINT = CACHED_POINTS, 100_000
"""Points of a response with a stored file or a range of it, and the bytes that cost one more point."""
STREAM_POINTS, RECORDS_PER_POINT = 10, 100
"""Points of a stream, and the records that cost one more point."""
MAX_CONCURRENT, MAX_PER_NETWORK = 12, 3
"""Maximum streams that a process sends at the same time, in all and to a network; each has one batch in memory."""
MAX_STREAM_SECONDS = 600.0
"""Time limit of a stream, which keeps the index of its edition in memory."""
_SLOW_BYTES, SLOW_SECONDS = 100_000, 10.0
"""If all slots are taken, a new stream replaces one that has sent fewer bytes a second for this many seconds."""
_PART_BYTES = 64 * 1024

NOT_STORED, REVALIDATED = {"cache-control": PRIVATE}, {"cache-control": "no-cache"}
"""Caches revalidate each time: records that were withdrawn must disappear with the edition that had them."""

log = structlog.get_logger()


def plain(status: int, message: str, **headers: str) -> PlainTextResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{message}\n", status, headers=REVALIDATED | named)


def refusal(error: RequestError | RateLimited | OperationRejected | InputError, charge: RateLimitCharge) -> Response:
    """The response to a rejected request, in the form of the API's errors."""
    if isinstance(error, RateLimited):
        RATE_LIMITED.inc()
        error = RequestError(429, str(error), {"retry-after": str(error.retry_after)}, "RATE_LIMITED")
    found = error_response(error) if isinstance(error, RequestError) else rejected_response(error)
    response = Response(found.body, found.status, found.headers or NOT_STORED, f"{found.media_type}; charset=utf-8")
    response.raw_headers.extend(charge.headers)
    return response


def unmodified(headers: Mapping[str, str], charge: RateLimitCharge) -> Response:
    """The response (304) to a client that has the current content. Raises RateLimited."""
    charge.charge(FILE_POINTS)
    response = Response(status_code=304, headers=headers)
    response.raw_headers.extend(charge.headers)
    return response


def document(request: Request, body: bytes, media_type: str) -> Response:
    """A response with a small document, or 304 for a client that has it; it costs the points of a cached response."""
    charge: RateLimitCharge = request.state.endpoint.rate_limit_charge(request)
    headers = REVALIDATED | {"etag": f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'}
    try:
        if is_current(headers["etag"], request.headers.get("if-none-match")):
            return unmodified(headers, charge)
        charge.charge(FILE_POINTS)
    except RateLimited as error:
        return refusal(error, charge)
    response = Response(body, headers=headers, media_type=media_type)
    response.raw_headers.extend(charge.headers)
    return response


_RANGE = re.compile(r"(\d{0,99})-(\d{0,99})", re.ASCII)


def _is_range(header: str) -> bool:
    """Whether a header Range has the form of RFC 9110, to which Starlette does not hold it.

    >>> [_is_range(text) for text in ("bytes=0-9", "bytes=5-, -3", "bytes=-", "bytes=9-3", "bytes=+1-3", "bytes=0-1,x")]
    [True, True, False, False, False, False]
    """
    parts = list(filter(None, map(str.strip, header.partition("=")[2].split(","))))
    return bool(parts) and all(map(_is_part, parts))


def _is_part(part: str) -> bool:
    found = _RANGE.fullmatch(part)
    if found is None or part == "-":
        return False
    first, last = found.groups()
    return not (first and last) or int(first) <= int(last)


class StoredDownload(FileResponse):
    """A stored file, or the ranges of it that are requested, for points by the bytes that are sent."""

    def __init__(self, stored: StoredFile, charge: RateLimitCharge, headers: Mapping[str, str]) -> None:
        super().__init__(stored.path, headers=headers, media_type=headers["content-type"], stat_result=stored.status())
        self._stored, self._charge = stored, charge

    @asynccontextmanager
    async def _open_file(self) -> AsyncIterator[Any]:
        """Without it Starlette would open the file for each request."""
        yield _Position(self._stored)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_head = scope["method"] == "HEAD"
        if is_head:  # ranges are those of a GET
            scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != b"range"]}

        async def send_charged(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] == 416:
                    raise self._unsatisfiable()
                size = 0 if is_head else int(dict(message["headers"])[b"content-length"])
                self._charge.charge(FILE_POINTS + size // BYTES_PER_POINT)
                message["headers"] = [*message["headers"], *self._charge.headers]
            await send(message)

        try:
            if not _is_range(Headers(scope=scope).get("range", "bytes=0-")):
                raise self._malformed()
            await super().__call__(scope, receive, send_charged)
        except (RateLimited, RequestError) as error:
            await refusal(error, self._charge)(scope, receive, send)

    def _malformed(self) -> RequestError:
        self._charge.charge(FILE_POINTS)
        return RequestError(400, "The header Range is malformed. Send one such as bytes=0-999, or none for the whole file.")

    def _unsatisfiable(self) -> RequestError:
        self._charge.charge(FILE_POINTS)
        size = self._stored.status().st_size
        message = f"The file has {size:,} bytes, none of them in the requested range. Request others, such as bytes=0-999."
        return RequestError(416, message, {"content-range": f"bytes */{size}"})


class _Position:
    """A position in a stored file, with the methods of an asynchronous file."""

    def __init__(self, stored: StoredFile) -> None:
        self._stored, self._position = stored, 0

    async def seek(self, position: int) -> None:
        self._position = position

    async def read(self, size: int) -> bytes:
        found = await asyncio.to_thread(self._stored.read, size, self._position)
        self._position += len(found)
        return found


class TooManyStreams(Exception):
    """There is no slot for another stream."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Slots:
    """The streams of a process: at most `max_concurrent`, and `max_per_network` to a network."""

    def __init__(self, max_concurrent: int, max_per_network: int, slow_seconds: float) -> None:
        self._max_concurrent, self._max_per_network = max_concurrent, max_per_network
        self._slow_seconds = slow_seconds
        self._running: dict[Stream, str] = {}

    @contextmanager
    def slot(self, stream: "Stream", network: str) -> Iterator[None]:
        """A slot for a stream; if all are taken, that of a slow stream, which is aborted. Raises TooManyStreams."""
        if list(self._running.values()).count(network) >= self._max_per_network:
            raise TooManyStreams(429, "Your network has too many downloads in progress. Wait until one is complete.")
        if len(self._running) >= self._max_concurrent:
            slowest = min(self._running, key=lambda one: one.rate())
            if slowest.seconds() < self._slow_seconds or slowest.rate() >= _SLOW_BYTES:
                raise TooManyStreams(503, "Too many downloads are in progress. Try again in a minute.")
            del self._running[slowest]
            slowest.abort()
        self._running[stream] = network
        try:
            yield
        finally:
            self._running.pop(stream, None)


class Stream(StreamingResponse):
    """Records that are read while they are sent: the next batch once the client has received the one before."""

    def __init__(
        self,
        chunks: Iterator[bytes],
        records: int,
        slots: Slots,
        network: str,
        charge: RateLimitCharge,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__((), headers=headers)
        self._chunks, self._slots, self._network, self._charge = chunks, slots, network, charge
        self._points = STREAM_POINTS + records // RECORDS_PER_POINT
        self._began, self._sent = inf, 0
        self._timeout = asyncio.timeout(MAX_STREAM_SECONDS)

    def seconds(self) -> float:
        """Seconds since the first byte was sent; negative before it."""
        return monotonic() - self._began

    def rate(self) -> float:
        """Bytes a second that the client has read; infinite before the first byte was sent."""
        seconds = self.seconds()
        return self._sent / seconds if seconds > 0 else inf

    def abort(self) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._slots.slot(self, self._network):
                self._charge.charge(self._points)
                self.raw_headers.extend(self._charge.headers)
                await self._send(scope, receive, send)
        except TooManyStreams as error:
            code = "RATE_LIMITED" if error.status == 429 else "OVERLOADED"
            refused = RequestError(error.status, str(error), {"retry-after": "60"}, code)
            await refusal(refused, self._charge)(scope, receive, send)
        except RateLimited as error:
            await refusal(error, self._charge)(scope, receive, send)

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            first = await asyncio.to_thread(next, self._chunks)
        except DatabaseError as error:
            await plain(503, str(error), retry_after="5")(scope, receive, send)
            return
        self.body_iterator = self._parts(first)
        await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """As Starlette's, but an aborted response stays without its end, so that the client sees that it is incomplete."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async with self._timeout:
                self._began = monotonic()
                async for part in self.body_iterator:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
                    self._sent += len(part)
                    await asyncio.sleep(0)  # sending does not wait if a compressor collects the parts
        except TimeoutError:
            log.info("download.aborted", bytes_per_second=round(self.rate()))
            return
        except DatabaseError as error:
            log.warning("download.broken", reason=str(error))
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _parts(self, chunk: bytes) -> AsyncIterator[bytes]:
        while chunk:
            for start in range(0, len(chunk), _PART_BYTES):
                yield chunk[start : start + _PART_BYTES]
            chunk = await asyncio.to_thread(next, self._chunks, b"")


def head(headers: Mapping[str, str], charge: RateLimitCharge) -> Response:
    """The response to a HEAD for a stream, whose length is unknown. Raises RateLimited."""
    charge.charge(STREAM_POINTS)
    response = Response(headers=headers)
    del response.headers["content-length"]
    response.raw_headers.extend(charge.headers)
    return response
