"""Memory: what was made of an edition's unchanging data, so that the same is not made again at once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
_MOST = 512
_NOTHING: Any = object()


def _each(_: object) -> int:
    return 1


class Memory:
    """The things last asked for, by key, up to a bound on their sizes together, by default on their number.

    Safe to share between threads. It goes to other processes and files empty.
    """

    def __init__(self, most: int = _MOST, size: Callable[[Any], int] = _each) -> None:
        self._most, self._size, self._sum = most, size, 0
        self._held: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[type["Memory"], tuple[int, Callable[[Any], int]]]:
        return Memory, (self._most, self._size)

    def recalled(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under a key, or is made now."""
        with self._lock:
            known: T = self._held.get(key, _NOTHING)
            if known is not _NOTHING:
                self._held.move_to_end(key)
                return known
        found = make()
        with self._lock:
            size = self._size(found)
            if key not in self._held and size <= self._most:  # another thread may have made it meanwhile
                self._keep(key, found, size)
        return found

    def _keep(self, key: Hashable, found: object, size: int) -> None:
        self._held[key] = found
        self._sum += size
        while self._sum > self._most:
            _, gone = self._held.popitem(last=False)
            self._sum -= self._size(gone)

    def forget(self) -> None:
        """Drop all of it, as a measurement of fresh questions wants."""
        with self._lock:
            self._held.clear()
            self._sum = 0
