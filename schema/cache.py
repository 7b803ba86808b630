"""Answers that are kept, by what was asked and of which edition, and given again as the same bytes."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")
MOST_BYTES, LARGEST = 64_000_000, 2_000_000
_OVERHEAD = 600
"""Bytes that an answer takes beside its body and its key."""


class Kept(NamedTuple):
    """The body of an answer, and its hash as an entity tag: a weak one, since it may be sent compressed."""

    body: bytes
    tag: str


def kept(body: bytes) -> Kept:
    return Kept(body, f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


@dataclass
class _Entry:
    answer: Kept
    size: int


class Cache:
    """The answers last asked for, with a bound in bytes; equal questions that come at the same time are answered once."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Task[Any]] = {}

    def get(self, key: Hashable) -> Kept | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry.answer

    async def shared(self, key: Hashable, make: Callable[[], Awaitable[Kept | T]], size_of_key: int) -> Kept | T:
        """Make an answer, or wait for the one being made; what is not Kept goes to those who wait, and no further."""
        task = self._coming.get(key)
        if task is None:
            task = self._coming[key] = asyncio.create_task(self._made(key, make, size_of_key))
        found: Kept | T = await asyncio.shield(task)  # one who stops waiting does not stop the others' answer
        return found

    async def _made(self, key: Hashable, make: Callable[[], Awaitable[Kept | T]], size_of_key: int) -> Kept | T:
        try:
            found = await make()
        finally:
            del self._coming[key]
        if isinstance(found, Kept):
            self._keep(key, found, size_of_key)
        return found

    def _keep(self, key: Hashable, answer: Kept, size_of_key: int) -> None:
        size = len(answer.body) + size_of_key + _OVERHEAD
        if size > LARGEST:
            return
        self._entries[key] = _Entry(answer, size)
        self._bytes += size
        while self._bytes > self._most:
            _, gone = self._entries.popitem(last=False)
            self._bytes -= gone.size
