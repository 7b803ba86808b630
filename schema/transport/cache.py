"""Answers that are kept, by what was asked and of which edition, and given again as the same bytes."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

T = TypeVar("T")
MOST_BYTES, LARGEST = 64_000_000, 2_000_000
_OVERHEAD = 600
"""Bytes that an answer takes beside its body and its key."""


@dataclass
class Kept:
    """The body of an answer."""

    body: bytes

    @cached_property
    def tag(self) -> str:
        """Its hash as an entity tag: a weak one, since it may be sent compressed. Made once somebody asks who can use it."""
        return f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'


def trimmed(written: bytes) -> bytes:
    """The same in a block of its own size: what orjson writes takes four kilobytes, however short it is."""
    return bytes(memoryview(written))


class Cache:
    """The answers last asked for, with a bound in bytes; equal questions that come at the same time are answered once."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._entries: OrderedDict[Hashable, tuple[Kept, int]] = OrderedDict()
        """Answers with the bytes that they take."""
        self._coming: dict[Hashable, asyncio.Future[Any] | None] = {}
        """Answers that are being made; with a future where others wait for one."""

    def get(self, key: Hashable) -> Kept | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    async def shared(self, key: Hashable, make: Callable[[], Awaitable[Kept | T]], size_of_key: int) -> Kept | T:
        """Make an answer, or wait for the one being made; what is not Kept goes to those who wait, and no further.

        Where the one who makes it leaves or fails, the next of those who wait makes it.
        """
        while key in self._coming:
            coming = self._coming[key] = self._coming[key] or asyncio.get_running_loop().create_future()
            made: Kept | T | None = await asyncio.shield(coming) or self.get(key)
            if made is not None:
                return made
        self._coming[key] = None
        found: Kept | T | None = None
        try:
            found = await make()
        finally:
            waited_for = self._coming.pop(key)
            if waited_for:
                waited_for.set_result(found)
        if isinstance(found, Kept):
            self._keep(key, found, size_of_key)
        return found

    def _keep(self, key: Hashable, answer: Kept, size_of_key: int) -> None:
        size = len(answer.body) + size_of_key + _OVERHEAD
        if size > LARGEST:
            return
        self._entries[key] = answer, size
        self._bytes += size
        while self._bytes > self._most:
            _, (_, gone) = self._entries.popitem(last=False)
            self._bytes -= gone
