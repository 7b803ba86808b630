"""Downloads over HTTP: the list of an edition's files, and the files, each sent while it is read."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from service.errors import DatabaseError
from service.index.index import Index
from service.store.export import record_batches
from service.web.downloads.catalogue import listing
from service.web.downloads.files import File, files_of, published_batches

BATCH_RECORDS = 20_000
"""Records that are read, written and in memory at a time; a row group of Parquet."""
MAX_CONCURRENT = 4
"""Files that a process sends at the same time, each with one batch in memory."""
WRITE_TIMEOUT = 30.0
"""Seconds a client may take for a part of a file before its download is aborted, to free the slot for others."""
_PART_BYTES = 64 * 1024

log = structlog.get_logger()


class Download(StreamingResponse):
    """A file that is read while it is sent: the next batch once the client has received the one before."""

    def __init__(
        self, chunks: Iterator[bytes], slots: asyncio.Semaphore, write_timeout: float, headers: dict[str, str]
    ) -> None:
        super().__init__((), headers=headers)
        self._chunks, self._slots, self._write_timeout = chunks, slots, write_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._slots:
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
            async for part in self.body_iterator:
                async with asyncio.timeout(self._write_timeout):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            log.info("download.aborted", write_timeout=self._write_timeout)
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
    statement_seconds: float, *, max_concurrent: int = MAX_CONCURRENT, write_timeout: float = WRITE_TIMEOUT
) -> Sequence[BaseRoute]:
    """`/downloads` lists the files, `/downloads/<name>` is one of them."""
    slots = asyncio.Semaphore(max_concurrent)

    async def list_files(request: Request) -> JSONResponse:
        return JSONResponse(listing(request.state.current.index, str(request.base_url)), headers=_REVALIDATED)

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
        if slots.locked():
            return _plain(503, "Too many downloads are in progress. Try again in a minute.", retry_after="60")
        database = request.state.current.database
        batches = record_batches(database.reader_url, file.edition, BATCH_RECORDS, statement_seconds)
        chunks = file.format.chunks(published_batches(batches, index.reference, file.sources))
        return Download(chunks, slots, write_timeout, headers)

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
