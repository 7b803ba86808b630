"""Which representation of a response is sent: its content coding, and whether a range of it."""

import re
from collections.abc import Awaitable, Mapping, Sequence
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from schema.transport.http import GRAPHQL_RESPONSE

CODINGS = ("br", "zstd", "gzip")
"""Content codings, best first."""
MIN_COMPRESSED_BYTES = 1_000
"""Smaller responses fit a packet as they are."""
_VARY = b"vary", b"Accept-Encoding"
_QUALITY = re.compile(r"(?:[^;]*;\s*)*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)

for media_type in (GRAPHQL_RESPONSE, "text/csv", "application/jsonl", "application/atom+xml"):
    add_compress_type(media_type)


@lru_cache(256)
def negotiated_coding(accept_encoding: str, codings: Sequence[str] = CODINGS) -> str | None:
    """The coding that a client prefers by its header Accept-Encoding, the first one of equals; None for none.

    >>> negotiated_coding("gzip, br"), negotiated_coding("gzip;q=0.9, br;q=0.1"), negotiated_coding("br;q=0, *")
    ('br', 'gzip', 'zstd')
    >>> negotiated_coding("gzip;q=0.5, identity"), negotiated_coding("*;q=0"), negotiated_coding("deflate")
    (None, None, None)
    """
    qualities = dict(_qualities(part) for part in accept_encoding.lower().split(","))
    other = qualities.get("*", 0.0)
    best = max(codings, key=lambda coding: qualities.get(coding, other))
    quality = qualities.get(best, other)
    return best if quality > 0 and quality >= qualities.get("identity", 0.0) else None


def _qualities(part: str) -> tuple[str, float]:
    """A coding and its quality, 0 if that is invalid."""
    name, separator, parameters = part.partition(";")
    quality = _QUALITY.fullmatch(parameters) if separator else None
    return name.strip(), float(quality[1]) if quality else 0.0 if separator else 1.0


class RepresentationMiddleware:
    """Compresses responses by the coding that the client prefers, and ignores ranges of unknown units.

    A compressed response has an entity tag of its own, whose end names the coding; the application only sees the tag
    without it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed: Mapping[str | None, ASGIApp] = {
            coding: CompressMiddleware(app, minimum_size=MIN_COMPRESSED_BYTES, **_only(coding))
            for coding in (None, *CODINGS)
        }

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        headers = dict(scope["headers"])
        if not headers.get(b"range", b"bytes=").lower().startswith(b"bytes="):
            scope = _with_headers(scope, [pair for pair in scope["headers"] if pair[0] != b"range"])
        accepted = headers.get(b"accept-encoding")
        if accepted is None:
            return self._app(scope, receive, send)
        coding = negotiated_coding(accepted.decode("latin-1"))
        if coding is None or scope["method"] == "POST":  # the response to a POST has no entity tag
            return self._compressed[coding](scope, receive, send)
        suffix = b'-%s"' % coding.encode()
        conditions = headers.get(b"if-none-match", b"")
        if suffix in conditions:
            own = (b"if-none-match", conditions.replace(suffix, b'"'))
            scope = _with_headers(scope, [own if pair[0] == own[0] else pair for pair in scope["headers"]])

        def send_with_tag(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                is_unchanged = message["status"] == 304 and suffix in conditions
                if is_unchanged or (message["status"] != 304 and _has_coding(message)):
                    message["headers"] = [_with_suffix(pair, suffix) for pair in message["headers"]]
                if is_unchanged:  # caches replace the headers that they have, of the compressed response
                    message["headers"].append(_VARY)
            return send(message)

        return self._compressed[coding](scope, receive, send_with_tag)


def _only(coding: str | None) -> dict[str, bool]:
    names = {"br": "brotli", "zstd": "zstd", "gzip": "gzip"}
    return {name: other == coding for other, name in names.items()}


def _with_headers(scope: Scope, headers: list[tuple[bytes, bytes]]) -> Scope:
    return {**scope, "headers": headers}


def _has_coding(message: Message) -> bool:
    return any(name == b"content-encoding" for name, _ in message["headers"])


def _with_suffix(pair: tuple[bytes, bytes], suffix: bytes) -> tuple[bytes, bytes]:
    return (pair[0], pair[1].removesuffix(b'"') + suffix) if pair[0] == b"etag" else pair
