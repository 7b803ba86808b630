"""Compression of answers by Zstandard, Brotli or gzip, where the caller takes one of them."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from schema.transport.http import GRAPHQL_RESPONSE

LEAST = 1_000
"""Bytes of an answer: a smaller one fits a packet as it is."""

for kind in (GRAPHQL_RESPONSE, "text/csv"):
    add_compress_type(kind)  # beside those that the library knows


class Compression:
    """Stands aside for callers that name no encoding, whose answers the library would hold back to look at."""

    def __init__(self, app: ASGIApp, *, minimum_size: int) -> None:
        self._app, self._compressed = app, CompressMiddleware(app, minimum_size=minimum_size)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        asked = scope["type"] == "http" and b"accept-encoding" in dict(scope["headers"])
        return (self._compressed if asked else self._app)(scope, receive, send)
