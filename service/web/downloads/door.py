"""Downloads over HTTP: the list of an edition's files, and each of them, sent as it is read."""

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
from service.web.downloads.names import File, files_of
from service.web.downloads.records import told

BATCH = 20_000
"""Records that are read, written and held at a time; a row group of Parquet."""

AT_ONCE = 4
"""Files that a process sends at the same time: what they hold in memory is this many batches."""

PATIENCE = 30.0
"""Seconds that a reader may take for a part; whoever takes longer gives the place up to others."""

_PART = 64 * 1024

log = structlog.get_logger()


class Download(StreamingResponse):
    """A file as it is made: the next batch is read when the reader has taken the one before."""

    def __init__(self, pieces: Iterator[bytes], slots: asyncio.Semaphore, patience: float, **told_of_it: str) -> None:
        super().__init__((), headers=told_of_it)
        self._pieces, self._slots, self._patience = pieces, slots, patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._slots:
            try:
                first = await asyncio.to_thread(next, self._pieces)
            except DatabaseError as error:
                await _plain(503, str(error), retry_after="5")(scope, receive, send)
                return
            self.body_iterator = self._parts(first)
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """As Starlette does it, but what breaks off is left unfinished, so that the reader sees that it is not whole."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            async for part in self.body_iterator:
                async with asyncio.timeout(self._patience):
                    await send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            log.info("download.abandoned", patience=self._patience)
            return
        except DatabaseError as error:
            log.warning("download.broken", reason=str(error))
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _parts(self, piece: bytes) -> AsyncIterator[bytes]:
        while piece:
            for start in range(0, len(piece), _PART):
                yield piece[start : start + _PART]
            piece = await asyncio.to_thread(next, self._pieces, b"")


def download_routes(statement_seconds: float, *, at_once: int = AT_ONCE, patience: float = PATIENCE) -> Sequence[BaseRoute]:
    """`/downloads` tells the names, `/downloads/<name>` is the file."""
    slots = asyncio.Semaphore(at_once)

    async def listed(request: Request) -> JSONResponse:
        return JSONResponse(listing(request.state.current.index, str(request.base_url)), headers=_FRESH)

    async def file(request: Request) -> Response:
        index: Index = request.state.current.index
        name = request.path_params["name"]
        found = next((one for one in files_of(index) if one.name == name), None)
        if found is None:
            return _plain(404, _no_such(name, index))
        headers = _headers(found)
        if headers["etag"] in request.headers.get("if-none-match", "").split(", "):
            return Response(status_code=304, headers=headers)
        if request.method == "HEAD":
            return Response(headers=headers)
        if slots.locked():
            return _plain(503, "Too many files are being sent; try again in a minute.", retry_after="60")
        batches = record_batches(request.state.current.database.reader_url, found.edition, BATCH, statement_seconds)
        return Download(found.format.pieces(told(batches, index.reference, found.sources)), slots, patience, **headers)

    return [Route("/downloads", listed), Route("/downloads/{name}", file)]


_FRESH = {"cache-control": "no-cache"}


def _headers(file: File) -> dict[str, str]:
    """A cache asks each time whether it may: what was withdrawn is to be gone together with the edition that held it."""
    return _FRESH | {
        "content-type": file.format.media_type,
        "content-disposition": f'attachment; filename="{file.name}"',
        "etag": f'W/"{file.name}"',
    }


def _plain(status: int, sentence: str, **headers: str) -> PlainTextResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PlainTextResponse(f"{sentence}\n", status, headers=_FRESH | named)


def _no_such(name: str, index: Index) -> str:
    names = ", ".join(file.name for file in files_of(index))
    here = f"Edition {index.edition.number} is current, with {names}." if names else "There are no records to download yet."
    return f"There is no file {name[:80]!r}. {here}"
