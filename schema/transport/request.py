"""Requests: what is asked by GraphQL over HTTP, and refusals of what asks nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from schema.transport.message import flaw_of_query

USE = 'Send a POST with the JSON {"query": "...", "variables": {...}} as application/json, or a GET with ?query='
JSON, GRAPHQL = "application/json", "application/graphql-response+json"
_MOST_PARAMETERS = 20
_OBJECT, _TEXT = (dict, NoneType), (str, NoneType)

Headers = Mapping[bytes, bytes]
"""The headers of a request by their names, which are in lower case."""


class Refusal(Exception):
    """Why a request is not even executed, as a status and a sentence with the way out."""

    def __init__(
        self, status: int, message: str, headers: Mapping[str, str] | None = None, code: str = "BAD_REQUEST"
    ) -> None:
        super().__init__(message)
        self.status, self.headers, self.code = status, headers or {}, code


@dataclass(slots=True, eq=False)
class Request:
    """An operation of a document, with its variables; the document by its text, by a hash (`persisted`) or both."""

    query: str | None
    variables: Mapping[str, Any]
    operation_name: str | None
    persisted: object


async def read(scope: Scope, headers: Headers, receive: Receive, most_bytes: int) -> Request:
    """What is asked by POST or GET; raises Refusal."""
    method = scope["method"]
    if method == "POST":
        _check_type(headers)
        return _request(_object(await _body(headers, receive, most_bytes)))
    if method not in ("GET", "HEAD"):
        raise Refusal(405, f"{method[:20]} is not for this address. {USE}", {"allow": "GET, HEAD, POST"})
    if len(scope["query_string"]) > most_bytes:
        raise _too_large(414, most_bytes)
    return _request(_parameters(scope["query_string"]))


def media_type(headers: Headers) -> str:
    """The type to answer in, by the header `Accept`: JSON wherever it does not ask for the other.

    >>> media_type({b"accept": b"text/html, application/graphql-response+json;q=0.9, application/json;q=0.8"})
    'application/graphql-response+json'
    """
    accept = headers.get(b"accept", b"*/*")
    return JSON if accept == b"*/*" else _negotiated(accept)


@lru_cache(256)
def _negotiated(accept: bytes) -> str:
    wanted: dict[str, float] = {}
    for part in accept.decode("latin-1").split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        quality = next((text[2:] for text in parameters if text.startswith("q=")), "1")
        wanted[name] = float(quality) if quality.replace(".", "", 1).isdecimal() else 0.0
    others = max(wanted.get("*/*", 0), wanted.get("application/*", 0))
    as_graphql, as_json = wanted.get(GRAPHQL, 0), wanted.get(JSON, others)
    return GRAPHQL if as_graphql and as_graphql >= as_json else JSON


def _check_type(headers: Headers) -> None:
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    if content_type != JSON and content_type.partition(";")[0].strip().lower() != JSON:
        raise Refusal(415, f"The body of a request is {JSON}, not {content_type[:60] or 'of no type'}. {USE}")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(415, "The body of a request is taken as it is; send it without a Content-Encoding.")


async def _body(headers: Headers, receive: Receive, most: int) -> bytes:
    """Refused as soon as it is too large: by its length, or when so much has come in chunks."""
    length = headers.get(b"content-length", b"")
    if length.isdigit() and (len(length) > 15 or int(length) > most):
        raise _too_large(413, most)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The request ended before it was whole.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise _too_large(413, most)
        more = message.get("more_body", False)
    return b"".join(parts)


def _too_large(status: int, most: int) -> Refusal:
    return Refusal(status, f"A request has at most {most:,} bytes. Ask for less at once, and give values as variables.")


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)  # refuses invalid UTF-8, NaN and endless nesting
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The request is not valid JSON. {USE}") from error
    if not isinstance(found, dict):
        raise Refusal(400, f"The request is not a JSON object. {USE}")
    return found


def _parameters(query_string: bytes) -> dict[str, Any]:
    text = query_string.decode("latin-1")
    try:
        given: dict[str, Any] = dict(parse_qsl(text, True, errors="strict", max_num_fields=_MOST_PARAMETERS))
    except ValueError as error:
        message = f"The parameters of a GET are at most {_MOST_PARAMETERS}, each of them percent-encoded UTF-8."
        raise Refusal(400, message) from error
    try:
        for name in given.keys() & {"variables", "extensions"}:
            given[name] = orjson.loads(given[name])
    except ValueError as error:
        raise Refusal(400, "The parameters `variables` and `extensions` of a GET are JSON objects.") from error
    return given


def _request(given: Mapping[str, Any]) -> Request:
    query, name = given.get("query"), given.get("operationName")
    for key in ("variables", "extensions"):
        if not isinstance(given.get(key), _OBJECT):
            raise Refusal(400, f"`{key}` is not an object.")
    persisted = (given.get("extensions") or {}).get("persistedQuery")
    if not isinstance(query, _TEXT) or not (query or persisted):
        raise Refusal(400, f"The request has no query. {USE}")
    if not isinstance(name, _TEXT):
        raise Refusal(400, "`operationName` is not a string.")
    flaw = flaw_of_query(query or "")
    if flaw:
        raise Refusal(400, flaw)
    return Request(query, given.get("variables") or {}, name, persisted)
