"""The least recently used (LRU) cache of all layers."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
DEFAULT_MAX_ENTRIES = 512


def _one(_: object) -> int:
    return 1


class LruCache(Generic[K, V]):
    """The entries used last, whose sizes add up to at most `max_size`; by default each entry has the size 1.

    `max_entries` bounds their number as well, if sizes are in bytes or characters. Safe to share between threads.
    """

    def __init__(
        self, max_size: int = DEFAULT_MAX_ENTRIES, size: Callable[[V], int] = _one, max_entries: int | None = None
    ) -> None:
        self._max_entries = max_entries
        self._entries: LRUCache[K, V] = LRUCache(max_size, size)
        self._lock = Lock()

    def get(self, key: K, default: V | None = None) -> V | None:
        """The value of a key, which is then the one used last; `default` if there is none."""
        with self._lock:
            try:
                return self._entries[key]
            except KeyError:
                return default

    def put(self, key: K, value: V) -> None:
        """Set the value of a key; a value that is larger than the whole cache is not stored."""
        with self._lock:
            self._put(key, value)

    def get_or_create(self, key: K, create: Callable[[], V]) -> V:
        """The value of a key, created and stored if there is none.

        `create` runs without the lock: threads that miss at the same time each create a value, and all of them
        return the one that was stored first.
        """
        with self._lock:
            try:
                return self._entries[key]
            except KeyError:
                pass
        value = create()
        with self._lock:
            if key in self._entries:
                return self._entries[key]
            self._put(key, value)
        return value

    def pop(self, key: K) -> V | None:
        """Remove a key; its value, or None if there was none."""
        with self._lock:
            value: V | None = self._entries.pop(key, None)
            return value

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    @property
    def size(self) -> int:
        """The sizes of all values together."""
        return int(self._entries.currsize)

    def _put(self, key: K, value: V) -> None:
        try:
            self._entries[key] = value
        except ValueError:  # larger than the whole cache
            self._entries.pop(key, None)
        while self._max_entries is not None and len(self._entries) > self._max_entries:
            self._entries.popitem()

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries
