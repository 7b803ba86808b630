"""Responses: answers and refusals as they go over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import orjson
from graphql import GraphQLError
from starlette.types import Send

from schema.asker import MINIMUM
from schema.cache import Kept
from schema.failure import labelled
from schema.request import GRAPHQL, JSON, Refusal
from service.errors import InputError, PayRankError

PUBLIC, PRIVATE = "public, max-age=5, stale-while-revalidate=60", "no-store"
"""Answers of an edition may be given again by anybody's cache for seconds; all others are for the one who asked."""


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent; `body` is JSON already."""

    status: int
    body: bytes
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=lambda: {"cache-control": PRIVATE})

    async def send(self, send: Send) -> None:
        named = {"content-type": f"{self.kind}; charset=utf-8", "content-length": str(len(self.body)), **self.headers}
        headers = [(name.encode(), value.encode()) for name, value in named.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def answer(data: object, errors: Sequence[GraphQLError], kind: str) -> Response:
    """What an operation came to; without `data` where it could not be executed at all."""
    if not errors:
        return Response(200, orjson.dumps({"data": data}), kind)
    told: dict[str, object] = {"errors": [labelled(error).formatted for error in errors]}
    if data is not None or any(error.path for error in errors):
        return Response(200, orjson.dumps({"data": data, **told}), kind)
    return Response(400 if kind == GRAPHQL else 200, orjson.dumps(told), kind)


def again(kept: Kept, kind: str, known: str | None) -> Response:
    """A kept answer, or nothing where the caller has it: `known` is the header If-None-Match of a GET, None of a POST."""
    if known is None:
        return Response(200, kept.body, kind)
    headers = {"cache-control": PUBLIC, "etag": kept.tag, "vary": f"accept, {MINIMUM}"}
    tags = [tag.strip().removeprefix("W/") for tag in known.split(",")]
    if kept.tag in tags or "*" in tags:
        return Response(304, b"", kind, headers)
    return Response(200, kept.body, kind, headers)


def of_edition(response: Response, edition: int) -> Response:
    """The same with the edition that it is of: a client may ask for that one or a newer one from then on."""
    return replace(response, headers={**response.headers, "payrank-edition": str(edition)})


def unanswered(error: PayRankError, kind: str) -> Response:
    """Why a request was not executed; with 503, on which balancers turn to another process, where the reason lies here."""
    told = orjson.dumps({"errors": [labelled(GraphQLError(str(error), original_error=error)).formatted]})
    if isinstance(error, InputError):
        return Response(400, told, kind)
    return Response(503, told, kind, {"cache-control": PRIVATE, "retry-after": "1"})


def refusal(found: Refusal) -> Response:
    """Why a request was not executed."""
    error = {"message": str(found), "extensions": {"code": "BAD_REQUEST"}}
    return Response(found.status, orjson.dumps({"errors": [error]}), headers={"cache-control": PRIVATE, **found.headers})
