"""Memory: what was made of an edition's unchanging data, so that the same is not made again at once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 512
_NOTHING: Any = object()


class Memory:
    """The things last asked for, by key; safe to share between threads. It goes to other processes and files empty."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[type["Memory"], tuple[int]]:
        return Memory, (self._most,)

    def recalled(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under a key, or is made now."""
        with self._lock:
            known: T = self._held.get(key, _NOTHING)
            if known is not _NOTHING:
                self._held.move_to_end(key)
                return known
        found = make()
        with self._lock:
            self._held[key] = found
            if len(self._held) > self._most:
                self._held.popitem(last=False)
        return found

    def forget(self) -> None:
        """Drop all of it, as a measurement of fresh questions wants."""
        with self._lock:
            self._held.clear()
