"""Downloads over HTTP: the list of an edition's files, and the files, each sent while it is read."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from math import inf
from time import monotonic

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from schema.context import network_behind
from service.errors import DatabaseError
from service.index.index import Index
from service.store.export import record_batches
from service.web.downloads.catalogue import listing
from service.web.downloads.files import File, files_of, published_batches

BATCH_RECORDS = 20_000
"""Records that are read, written and in memory at a time; a row group of Parquet."""
MAX_CONCURRENT, MAX_PER_NETWORK = 12, 3
"""Files that a process sends at the same time, in all and to a network, each with one batch in memory."""
_SLOW_BYTES, _SLOW_SECONDS = 100_000, 10.0
"""A download of fewer bytes a second makes room for another one after some seconds, if all slots are taken."""
_PART_BYTES = 64 * 1024

log = structlog.get_logger()


class TooManyDownloads(Exception):
    """There is no slot for another download."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Slots:
    """The downloads of a process: at most `most`, and `per_network` of a network."""

    def __init__(self, most: int, per_network: int, slow_seconds: float) -> None:
        self._most, self._per_network, self._slow_seconds = most, per_network, slow_seconds
        self._running: dict[Download, str] = {}

    @contextmanager
    def slot(self, download: "Download", network: str) -> Iterator[None]:
        """A slot for a download, if necessary that of a slow one, which is aborted. Raises TooManyDownloads."""
        if list(self._running.values()).count(network) >= self._per_network:
            raise TooManyDownloads(429, "Your network has too many downloads in progress. Wait until one is complete.")
        if len(self._running) >= self._most:
            slowest = min(self._running, key=lambda one: one.rate())
            if slowest.seconds() < self._slow_seconds or slowest.rate() >= _SLOW_BYTES:
                raise TooManyDownloads(503, "Too many downloads are in progress. Try again in a minute.")
            del self._running[slowest]
            slowest.abort()
        self._running[download] = network
        try:
            yield
        finally:
            self._running.pop(download, None)


class Download(StreamingResponse):
    """A file that is read while it is sent: the next batch once the client has received the one before."""

    def __init__(self, chunks: Iterator[bytes], slots: Slots, network: str, headers: dict[str, str]) -> None:
        super().__init__((), headers=headers)
        self._chunks, self._slots, self._network = chunks, slots, network
        self._began, self._sent = inf, 0
        self._timeout = asyncio.timeout(None)

    def seconds(self) -> float:
        """How long it has been sent; negative if that has not begun."""
        return monotonic() - self._began

    def rate(self) -> float:
        """The bytes a second that the client has read; infinite before it could."""
        seconds = self.seconds()
        return self._sent / seconds if seconds > 0 else inf

    def abort(self) -> None:
        self._timeout.reschedule(asyncio.get_running_loop().time())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._slots.slot(self, self._network):
                await self._send(scope, receive, send)
        except TooManyDownloads as error:
            await _plain(error.status, str(error), retry_after="60")(scope, receive, send)

    async def _send(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            first = await asyncio.to_thread(next, self._chunks)
        except DatabaseError as error:
            await _plain(503, str(error), retry_after="5")(scope, receive, send)
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


def download_routes(
    statement_seconds: float,
    hops: int,
    *,
    max_concurrent: int = MAX_CONCURRENT,
    max_per_network: int = MAX_PER_NETWORK,
    slow_seconds: float = _SLOW_SECONDS,
) -> Sequence[BaseRoute]:
    """`/downloads` lists the files, `/downloads/<name>` is one of them, to clients behind `hops` proxies."""
    slots = Slots(max_concurrent, max_per_network, slow_seconds)

    async def list_files(request: Request) -> JSONResponse:
        return JSONResponse(listing(request.state.current.index, request.state.base_url), headers=_REVALIDATED)

    async def send_file(request: Request) -> Response:
        index: Index = request.state.current.index
        name = request.path_params["name"]
        file = next((file for file in files_of(index) if file.name == name), None)
        if file is None:
            return _plain(404, _not_found(name, index))
        headers = _headers(file)
        if headers["etag"] in request.headers.get("if-none-match", "").split(", "):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            return Response(headers=headers)
        database = request.state.current.database
        batches = record_batches(database.reader_url, file.edition, BATCH_RECORDS, statement_seconds)
        chunks = file.format.chunks(published_batches(batches, index.reference, file.sources))
        return Download(chunks, slots, network_behind(request, hops), headers)

    return [Route("/downloads", list_files), Route("/downloads/{name}", send_file)]


_REVALIDATED = {"cache-control": "no-cache"}


def _headers(file: File) -> dict[str, str]:
    """Caches revalidate each time: records that were withdrawn must disappear with the edition that had them."""
    return _REVALIDATED | {
        "content-type": file.format.media_type,
        "content-disposition": f'attachment; filename="{file.name}"',
        "etag": file.etag,
    }


def _plain(status: int, message: str, **headers: str) -> PlainTextResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{message}\n", status, headers=_REVALIDATED | named)


def _not_found(name: str, index: Index) -> str:
    names = ", ".join(file.name for file in files_of(index))
    current = (
        f"The current edition {index.edition.number} has {names}." if names else "There are no records to download yet."
    )
    return f"There is no file {name[:80]!r}. {current}"
