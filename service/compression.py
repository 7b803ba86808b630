"""Compression of answers by Zstandard, Brotli or gzip, where the caller takes one of them."""

from starlette.types import Receive, Scope, Send
from starlette_compress import CompressMiddleware, add_compress_type

from schema.request import GRAPHQL

LEAST = 1_000
"""Bytes of an answer: a smaller one fits a packet as it is."""

for kind in (GRAPHQL, "text/csv"):
    add_compress_type(kind)  # beside those that the library knows


class Compression(CompressMiddleware):
    """Stands aside for callers that name no encoding, whose answers the library would hold back to look at."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and any(name == b"accept-encoding" for name, _ in scope["headers"])
        await (super().__call__ if asked else self.app)(scope, receive, send)
