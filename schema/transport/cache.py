"""Caches of the transport: response bodies of public queries, and the texts of persisted queries."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from graphql import GraphQLError

from schema.context import MINIMUM_EDITION
from schema.transport.http import PUBLIC, RequestError, Response, is_current
from service.index.cache import LruCache

T = TypeVar("T")
MAX_BYTES, MAX_RESPONSE_BYTES = 64_000_000, 2_000_000
_OVERHEAD = 1_000
"""Bytes of memory that an entry takes in addition to its body and its key."""

MAX_PERSISTED, MAX_PERSISTED_CHARACTERS = 2_000, 10_000_000


@dataclass
class CachedResponse:
    """The body of a response."""

    body: bytes
    size: int = field(default=0, compare=False)
    """Bytes of memory, with the key."""

    @cached_property
    def etag(self) -> str:
        """A weak entity tag, since the body may be sent compressed. Computed for GET requests alone."""
        return f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'


def from_cache(cached: CachedResponse, media_type: str, if_none_match: str | None) -> Response:
    """The response to a request, 304 if the client has it; `if_none_match` is None for a POST, which has no ETag."""
    if if_none_match is None:
        return Response(200, cached.body, media_type)
    headers = {"cache-control": PUBLIC, "etag": cached.etag, "vary": f"accept, authorization, {MINIMUM_EDITION}"}
    if is_current(cached.etag, if_none_match):
        return Response(304, b"", media_type, headers)
    return Response(200, cached.body, media_type, headers)


def compact_bytes(serialized: bytes) -> bytes:
    """A copy of exactly its own size: what orjson returns occupies four kilobytes, however short it is."""
    return bytes(memoryview(serialized))


class ResponseCache:
    """Responses by key, bounded in bytes; equal requests at the same time are executed once."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._responses: LruCache[Hashable, CachedResponse] = LruCache(max_bytes, lambda response: response.size)
        self._pending: dict[Hashable, asyncio.Future[Any] | None] = {}
        """Requests that are executed now; with a future if others wait for the result."""

    def get(self, key: Hashable) -> CachedResponse | None:
        return self._responses.get(key)

    async def get_or_execute(
        self, key: Hashable, execute: Callable[[], Awaitable[CachedResponse | T]], key_size: int
    ) -> CachedResponse | T:
        """Executes a request, or waits for an equal one. Any result but a CachedResponse is shared and not cached.

        If the request that executes fails or is cancelled, the next one that waits executes.
        """
        while key in self._pending:
            pending = self._pending[key] = self._pending[key] or asyncio.get_running_loop().create_future()
            shared: CachedResponse | T | None = await asyncio.shield(pending) or self.get(key)
            if shared is not None:
                return shared
        self._pending[key] = None
        result: CachedResponse | T | None = None
        try:
            result = await execute()
        finally:
            waiting = self._pending.pop(key)
            if waiting:
                waiting.set_result(result)
        if isinstance(result, CachedResponse):
            self._put(key, result, key_size)
        return result

    def _put(self, key: Hashable, response: CachedResponse, key_size: int) -> None:
        response.size = len(response.body) + key_size + _OVERHEAD
        if response.size <= MAX_RESPONSE_BYTES:
            self._responses.put(key, response)


class PersistedQueries:
    """Automatic persisted queries (Apollo's protocol): any client can refer to a text by its hash once one has sent both."""

    def __init__(self) -> None:
        self._texts: LruCache[str, str] = LruCache(MAX_PERSISTED_CHARACTERS, len, MAX_PERSISTED)

    def text(self, query: str | None, extension: object) -> str:
        """The text of a request that sends the text, its hash (`extensions.persistedQuery`) or both.

        Raises GraphQLError for an unknown hash, and RequestError for an invalid hash or one that does not match the text.
        """
        digest = _sha256(extension)
        if query:
            return self._register(query, digest) if digest else query
        if digest is None:
            raise RequestError(
                400, "`extensions.persistedQuery` must have version 1 and a sha256Hash of 64 hexadecimal digits."
            )
        text = self._texts.get(digest)
        if text is None:
            raise GraphQLError("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})
        return text

    def _register(self, query: str, digest: str) -> str:
        if hashlib.sha256(query.encode()).hexdigest() != digest:
            raise RequestError(400, "The sha256Hash of `extensions.persistedQuery` is not the hash of the query.")
        self._texts.put(digest, query)
        return query


def _sha256(extension: object) -> str | None:
    """
    >>> _sha256({"version": 1, "sha256Hash": "AB" * 32}) == "ab" * 32, _sha256({"version": 2}), _sha256(None)
    (True, None, None)
    """
    if not isinstance(extension, Mapping) or extension.get("version") != 1:
        return None
    digest: Any = extension.get("sha256Hash")
    is_hash = isinstance(digest, str) and len(digest) == 64 and all(digit in "0123456789abcdefABCDEF" for digit in digest)
    return digest.lower() if is_hash else None
