"""GraphQL over HTTP: how requests are read and how responses are written."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLError
from starlette.types import Message, Receive, Scope, Send

from schema.errors import labelled
from service.errors import InputError, PayRankError

USAGE = 'Send a POST with the JSON {"query": "...", "variables": {...}} as application/json, or a GET with ?query='
JSON, GRAPHQL_RESPONSE = "application/json", "application/graphql-response+json"
PUBLIC, PRIVATE = "public, max-age=5, stale-while-revalidate=60", "no-store"
"""Cache-Control of responses that depend on the edition alone, and of all others."""

_MAX_PARAMETERS = 20
_OBJECT, _STRING = (dict, NoneType), (str, NoneType)
_LONG_NUMBER = re.compile(r"\d{400}")
_CONTENT_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, GRAPHQL_RESPONSE)}
_PRIVATE = ((b"cache-control", PRIVATE.encode()),)

Headers = Mapping[bytes, bytes]
"""The headers of a request; names are in lower case."""


class RequestError(Exception):
    """A request that is not executed, with the status, headers and error code of its response."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, code: str = "BAD_REQUEST"
    ) -> None:
        super().__init__(message)
        self.status, self.headers, self.code = status, headers or {}, code


class ClientDisconnected(Exception):
    """The client closed its connection before its response was ready."""


@asynccontextmanager
async def until_disconnect(receive: Receive) -> AsyncIterator[None]:
    """Cancels the block if the client disconnects, once its request has been read. Raises ClientDisconnected."""
    task, has_left = cast("asyncio.Task[Any]", asyncio.current_task()), False

    async def watch() -> None:
        nonlocal has_left
        while (await receive())["type"] != "http.disconnect":  # a GET has an empty body that nothing has read
            pass
        has_left = True
        task.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not has_left:
            raise
        task.uncancel()
        raise ClientDisconnected from None
    finally:
        watcher.cancel()


@dataclass(slots=True, eq=False)
class GraphQLRequest:
    """The parameters of a request; the document is in `query`, or its hash in the extension `persisted`, or both."""

    query: str | None
    variables: Mapping[str, Any]
    operation_name: str | None
    persisted: object


async def read_request(scope: Scope, headers: Headers, receive: Receive, max_bytes: int) -> GraphQLRequest:
    """Reads a POST or GET. Raises RequestError."""
    method = scope["method"]
    if method == "POST":
        _check_content_type(headers)
        return _graphql_request(_json_object(await _read_body(headers, receive, max_bytes)))
    if method not in ("GET", "HEAD"):
        raise RequestError(405, f"The method {method[:20]} is not allowed. {USAGE}", {"allow": "GET, HEAD, POST"})
    if len(scope["query_string"]) > max_bytes:
        raise _too_large(414, max_bytes)
    return _graphql_request(_get_parameters(scope["query_string"]))


def negotiate(headers: Headers) -> str:
    """The media type of the response by the header Accept: JSON unless the newer type is preferred.

    >>> negotiate({b"accept": b"text/html, application/graphql-response+json;q=0.9, application/json;q=0.8"})
    'application/graphql-response+json'
    """
    accept = headers.get(b"accept", b"*/*")
    return JSON if accept == b"*/*" else _negotiated(accept)


@lru_cache(256)
def _negotiated(accept: bytes) -> str:
    qualities: dict[str, float] = {}
    for part in accept.decode("latin-1").split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        qualities[name] = float(quality) if quality.replace(".", "", 1).isdecimal() else 0.0
    wildcard = max(qualities.get("*/*", 0), qualities.get("application/*", 0))
    newer, plain = qualities.get(GRAPHQL_RESPONSE, 0), qualities.get(JSON, wildcard)
    return GRAPHQL_RESPONSE if newer and newer >= plain else JSON


def is_current(etag: str, if_none_match: str | None) -> bool:
    """Whether the client already has the content with this tag, according to its header If-None-Match.

    >>> is_current('"a"', 'W/"a", "b"'), is_current('W/"a"', '"a"'), is_current('"a"', "*"), is_current('"a"', None)
    (True, True, True, False)
    """
    tags = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag.removeprefix("W/") in tags or "*" in tags


def unreadable_query(query: str) -> str | None:
    """Why a document cannot be parsed at all: Python does not convert numbers of many digits."""
    if _LONG_NUMBER.search(query):
        return "A number in the query has 400 or more digits. Write a smaller number."
    return None


def _check_content_type(headers: Headers) -> None:
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    if content_type != JSON and content_type.partition(";")[0].strip().lower() != JSON:
        found = f"The Content-Type is {content_type[:60]}" if content_type else "The Content-Type is missing"
        raise RequestError(415, f"{found}; it must be {JSON}. {USAGE}")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise RequestError(415, "Compressed request bodies are not supported. Send it without Content-Encoding.")


async def _read_body(headers: Headers, receive: Receive, max_bytes: int) -> bytes:
    """Rejects a body that is too large, by its Content-Length or as soon as its chunks exceed the maximum.

    Starlette's RequestBodyLimitMiddleware does the same but responds in plain text, which GraphQL clients cannot read, and
    reading by `Request.stream` takes 4 microseconds more, an eighth of a cached response.
    """
    length = headers.get(b"content-length", b"")
    if length.isdigit() and (len(length) > 15 or int(length) > max_bytes):
        raise _too_large(413, max_bytes)
    body, is_complete = b"", False
    while not is_complete:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RequestError(400, "The client disconnected before the request was complete.")
        body += message.get("body", b"")
        if len(body) > max_bytes:
            raise _too_large(413, max_bytes)
        is_complete = not message.get("more_body", False)
    return body


def _too_large(status: int, max_bytes: int) -> RequestError:
    return RequestError(
        status, f"The request is too large; the maximum is {max_bytes:,} bytes. Split it, and pass values as variables."
    )


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)  # refuses invalid UTF-8, NaN and very deep nesting
    except orjson.JSONDecodeError as error:
        raise RequestError(400, f"The request is not valid JSON. {USAGE}") from error
    if isinstance(value, list):
        raise RequestError(400, f"The request is a batch (a JSON array). Send one operation per request. {USAGE}")
    if not isinstance(value, dict):
        raise RequestError(400, f"The request is not a JSON object. {USAGE}")
    return value


def query_parameters(query_string: bytes) -> dict[str, str]:
    """The parameters of a query string, each of which occurs once. Raises RequestError."""
    try:
        pairs = parse_qsl(query_string.decode("latin-1"), True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError as error:
        raise RequestError(
            400, f"The query string is invalid: use at most {_MAX_PARAMETERS} parameters of percent-encoded UTF-8."
        ) from error
    values = dict(pairs)
    if len(values) < len(pairs):
        name = next(name for number, (name, _) in enumerate(pairs) if name in dict(pairs[:number]))
        raise RequestError(400, f"The parameter {name[:40]!r} is given more than once. Send it once.")
    return values


def _get_parameters(query_string: bytes) -> dict[str, Any]:
    values: dict[str, Any] = {**query_parameters(query_string)}
    try:
        for name in values.keys() & {"variables", "extensions"}:
            values[name] = orjson.loads(values[name])
    except ValueError as error:
        raise RequestError(400, "The parameters `variables` and `extensions` must be JSON objects.") from error
    return values


def _graphql_request(values: Mapping[str, Any]) -> GraphQLRequest:
    query, name = values.get("query"), values.get("operationName")
    for key in ("variables", "extensions"):
        if not isinstance(values.get(key), _OBJECT):
            raise RequestError(400, f"`{key}` must be an object.")
    persisted = (values.get("extensions") or {}).get("persistedQuery")
    if not isinstance(query, _STRING) or not (query or persisted):
        raise RequestError(400, f"The request has no query. {USAGE}")
    if not isinstance(name, _STRING):
        raise RequestError(400, "`operationName` must be a string.")
    problem = unreadable_query(query or "")
    if problem:
        raise RequestError(400, problem)
    return GraphQLRequest(query, values.get("variables") or {}, name, persisted)


@dataclass(slots=True)
class Response:
    """A response whose body is JSON; without headers no cache may store it."""

    status: int
    body: bytes
    media_type: str = JSON
    headers: Mapping[str, str] | None = None

    async def send(self, send: Send, more: Sequence[tuple[bytes, bytes]] = ()) -> None:
        own = _PRIVATE if self.headers is None else ((name.encode(), value.encode()) for name, value in self.headers.items())
        headers = [_CONTENT_TYPES[self.media_type], (b"content-length", b"%d" % len(self.body)), *own, *more]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


def serialize(data: object, extensions: Mapping[str, object]) -> bytes:
    """The body of a response without errors."""
    return orjson.dumps({"data": data, "extensions": extensions})


def result_response(
    data: object, errors: Sequence[GraphQLError], media_type: str, extensions: Mapping[str, object] | None = None
) -> Response:
    """The response to an operation; without `data` if it was not executed."""
    result: dict[str, object] = {"extensions": extensions} if extensions else {}
    if not errors:
        return Response(200, orjson.dumps({"data": data, **result}), media_type)
    found = [labelled(error) for error in errors]
    result = {"errors": [error.formatted for error in found], **result}
    if data is not None or any(error.path for error in found) or _was_executed(found):
        return Response(200, orjson.dumps({"data": data, **result}), media_type)
    return Response(400 if media_type == GRAPHQL_RESPONSE else 200, orjson.dumps(result), media_type)


def _was_executed(errors: Sequence[GraphQLError]) -> bool:
    """An operation that timed out was a valid request, although its error has no path."""
    return any((error.extensions or {}).get("code") == "TIMEOUT" for error in errors)


def failure_response(error: PayRankError, media_type: str) -> Response:
    """The response if an operation could not start: 400, or 503 if another process may be able to serve it."""
    body = orjson.dumps({"errors": [labelled(GraphQLError(str(error), original_error=error)).formatted]})
    if isinstance(error, InputError):
        return Response(400, body, media_type)
    return Response(503, body, media_type, {"cache-control": PRIVATE, "retry-after": "1"})


def error_response(error: RequestError) -> Response:
    """The response to a request that is not executed."""
    body = orjson.dumps({"errors": [{"message": str(error), "extensions": {"code": error.code}}]})
    return Response(error.status, body, headers={"cache-control": PRIVATE, **error.headers})


async def reject_handshake(scope: Scope, send: Send, error: RequestError) -> None:
    """Responds to a WebSocket handshake, or closes with 1013 if the server cannot send an HTTP response."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1013, "reason": str(error)})
        return

    async def send_for_socket(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    await error_response(error).send(send_for_socket)
