"""Downloads over HTTP: the files of an edition and their list, and the records of a cohort in a file."""

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from schema.context import Context, network_behind
from schema.limits.document import OperationRejected
from schema.limits.rate_limit import REJECTED_POINTS, RateLimitCharge, RateLimited
from schema.transport.http import RequestError, is_current
from service.errors import DatabaseError, InputError
from service.index.artifact import versions
from service.index.index import Index, require_rank_index
from service.market.cohort import Cohort
from service.web.downloads.catalogue import listing
from service.web.downloads.files import File, files_of
from service.web.downloads.formats import STREAMED_FORMATS, Format
from service.web.downloads.records import indexed_batches, schema_in
from service.web.downloads.sending import (
    MAX_CONCURRENT,
    MAX_PER_NETWORK,
    REVALIDATED,
    SLOW_SECONDS,
    Slots,
    StoredDownload,
    Stream,
    document,
    head,
    plain,
    refusal,
    unmodified,
)
from service.web.downloads.stored import BeingWritten


def download_routes(
    statement_seconds: float,
    hops: int,
    *,
    max_concurrent: int = MAX_CONCURRENT,
    max_per_network: int = MAX_PER_NETWORK,
    slow_seconds: float = SLOW_SECONDS,
) -> Sequence[BaseRoute]:
    """`/downloads` lists the files, `/downloads/<name>` is one of them, `/records.<format>` are the records of a cohort.

    Clients are behind `hops` proxies.
    """
    downloads = _Downloads(Slots(max_concurrent, max_per_network, slow_seconds), statement_seconds, hops)
    return [
        Route("/downloads", downloads.list_files),
        Route("/downloads/{name}", downloads.send_file),
        *(
            Route(f"/records.{format_.extension}", partial(downloads.send_records, format_=format_))
            for format_ in STREAMED_FORMATS
        ),
    ]


@dataclass(frozen=True)
class _Downloads:
    slots: Slots
    statement_seconds: float
    hops: int

    async def list_files(self, request: Request) -> Response:
        found = listing(request.state.current.index, request.state.base_url)
        return document(request, orjson.dumps(found), "application/json")

    async def send_file(self, request: Request) -> Response:
        index: Index = request.state.current.index
        name, charge = request.path_params["name"], request.state.endpoint.rate_limit_charge(request)
        file = next((file for file in files_of(index) if file.name == name), None)
        if file is None:
            return plain(404, _not_found(name, index))
        try:
            charge.check()
            return await self._file(request, index, file, charge)
        except RateLimited as error:
            return refusal(error, charge)
        except BeingWritten:
            return plain(503, f"{file.name} is being written. Try again in ten seconds.", retry_after="10")
        except DatabaseError as error:
            return plain(503, str(error), retry_after="5")

    async def _file(self, request: Request, index: Index, file: File, charge: RateLimitCharge) -> Response:
        url, reference = request.state.current.database.reader_url, index.reference

        def chunks() -> Iterator[bytes]:
            return file.chunks(url, reference, self.statement_seconds)

        headers = _headers(file.format, file.name)
        stored = await request.state.stored_files.get(file, chunks)
        if stored is None:  # no file can be written here
            if request.method == "HEAD":
                return head(headers, charge)
            return Stream(chunks(), file.records, self.slots, network_behind(request, self.hops), charge, headers)
        headers["etag"] = stored.etag
        if is_current(stored.etag, request.headers.get("if-none-match")):
            return unmodified(headers, charge)
        return StoredDownload(stored, charge, headers)

    async def send_records(self, request: Request, format_: Format) -> Response:
        charge = request.state.endpoint.rate_limit_charge(request)
        try:
            charge.check()
            context = request.state.endpoint.context_of(request, {})
            await context.current.wait_for_edition(context.client.minimum_edition)
            cohort = await asyncio.to_thread(self._cohort, request, context)
            return await self._records(request, cohort, format_, charge)
        except RateLimited as error:
            return refusal(error, charge)
        except (RequestError, OperationRejected, InputError) as error:
            charge.charge_up_to(REJECTED_POINTS)
            return refusal(error, charge)
        except DatabaseError as error:
            return plain(503, str(error), retry_after="1")

    def _cohort(self, request: Request, context: Context) -> Cohort:
        """The cohort that is requested. Raises RequestError, OperationRejected or InputError."""
        cohort: Cohort = request.state.endpoint.cohorts.cohort(request.scope["query_string"], context)
        require_rank_index(cohort.index)
        if cohort.suppressed:
            raise RequestError(403, cohort.suppressed.message, code="SUPPRESSED")
        return cohort

    async def _records(self, request: Request, cohort: Cohort, format_: Format, charge: RateLimitCharge) -> Response:
        edition = cohort.index.edition
        headers = _headers(format_, f"payrank-edition-{edition.number}-cohort.{format_.extension}") | {
            "etag": _weak_tag(edition.key, versions(), request.url.path, request.url.query),
            "accept-ranges": "none",
            "payrank-edition": str(edition.number),
        }
        if is_current(headers["etag"], request.headers.get("if-none-match")):
            return unmodified(headers, charge)
        if request.method == "HEAD":
            return head(headers, charge)
        index = require_rank_index(cohort.index)
        batches = indexed_batches(index, cohort.members, cohort.currency, format_.batch_records)
        chunks = format_.chunks(schema_in(cohort.currency), batches)
        return Stream(chunks, cohort.size, self.slots, network_behind(request, self.hops), charge, headers)


def _headers(format_: Format, name: str) -> dict[str, str]:
    return REVALIDATED | {
        "content-type": format_.media_type,
        "content-disposition": f'attachment; filename="{name}"',
    }


def _weak_tag(*parts: str) -> str:
    """The tag of a stream: weak, since it has no ranges."""
    return f'W/"{hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'


def _not_found(name: str, index: Index) -> str:
    names = ", ".join(file.name for file in files_of(index))
    current = (
        f"The current edition {index.edition.number} has {names}." if names else "There are no records to download yet."
    )
    return f"There is no file {name[:80]!r}. {current}"
