"""Responses: answers and refusals as they go over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from graphql import GraphQLError
from starlette.types import Send

from schema.errors import labelled
from schema.limits.asker import MINIMUM
from schema.transport.cache import Kept
from schema.transport.request import GRAPHQL, JSON, Refusal
from service.errors import InputError, PayRankError

PUBLIC, PRIVATE = "public, max-age=5, stale-while-revalidate=60", "no-store"
"""Answers of an edition may be given again by anybody's cache for seconds; all others are for the one who asked."""


_KINDS = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, GRAPHQL)}
_PRIVATE = ((b"cache-control", PRIVATE.encode()),)


@dataclass(slots=True)
class Response:
    """What is sent; `body` is JSON already. By default it is for the one who asked."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] | None = None

    async def send(self, send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
        own = _PRIVATE if self.headers is None else ((name.encode(), value.encode()) for name, value in self.headers.items())
        headers = [_KINDS[self.kind], (b"content-length", b"%d" % len(self.body)), *own, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def body_of(data: object, extensions: Mapping[str, object]) -> bytes:
    """An answer without errors."""
    return orjson.dumps({"data": data, "extensions": extensions})


def answer(
    data: object, errors: Sequence[GraphQLError], kind: str, extensions: Mapping[str, object] | None = None
) -> Response:
    """What an operation came to; without `data` where it could not be executed at all."""
    told: dict[str, object] = {"extensions": extensions} if extensions else {}
    if not errors:
        return Response(200, orjson.dumps({"data": data, **told}), kind)
    found = [labelled(error) for error in errors]
    told = {"errors": [error.formatted for error in found], **told}
    if data is not None or any(error.path for error in found) or _was_executed(found):
        return Response(200, orjson.dumps({"data": data, **told}), kind)
    return Response(400 if kind == GRAPHQL else 200, orjson.dumps(told), kind)


def _was_executed(errors: Sequence[GraphQLError]) -> bool:
    """An operation that was given up has no field to blame, but was a good request."""
    return any((error.extensions or {}).get("code") == "TIMEOUT" for error in errors)


def again(kept: Kept, kind: str, known: str | None) -> Response:
    """A kept answer, or nothing where the caller has it: `known` is the header If-None-Match of a GET, None of a POST."""
    if known is None:
        return Response(200, kept.body, kind)
    headers = {"cache-control": PUBLIC, "etag": kept.tag, "vary": f"accept, {MINIMUM.decode()}"}
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    if kept.tag.removeprefix("W/") in tags or "*" in tags:
        return Response(304, b"", kind, headers)
    return Response(200, kept.body, kind, headers)


def unanswered(error: PayRankError, kind: str) -> Response:
    """Why a request was not executed; with 503, on which balancers turn to another process, where the reason lies here."""
    told = orjson.dumps({"errors": [labelled(GraphQLError(str(error), original_error=error)).formatted]})
    if isinstance(error, InputError):
        return Response(400, told, kind)
    return Response(503, told, kind, {"cache-control": PRIVATE, "retry-after": "1"})


def refusal(found: Refusal) -> Response:
    """Why a request was not executed."""
    error = {"message": str(found), "extensions": {"code": found.code}}
    return Response(found.status, orjson.dumps({"errors": [error]}), headers={"cache-control": PRIVATE, **found.headers})
