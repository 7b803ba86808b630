"""Bitmaps by key, which come from another process or a file as bytes and are each unpacked when first asked for.

An edition of a million records has some thousands of them; unpacking all would stop the process for a moment.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import numpy as np
from pyroaring import BitMap

K = TypeVar("K")


class Bitmaps(Mapping[K, BitMap]):
    """Unchanging; safe to share between threads, since unpacking twice gives the same."""

    def __init__(self, made: Mapping[K, BitMap]) -> None:
        self._made: dict[K, BitMap] = dict(made)
        self._spans: dict[K, tuple[int, int]] = {}
        self._packed = np.empty(0, np.uint8)

    def __getitem__(self, key: K) -> BitMap:
        found = self._made.get(key)
        if found is None:
            start, end = self._spans[key]
            found = self._made[key] = BitMap.deserialize(self._packed[start:end].tobytes())
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._made or key in self._spans

    def __iter__(self) -> Iterator[K]:
        yield from self._spans or self._made

    def __len__(self) -> int:
        return len(self._spans or self._made)

    def __getstate__(self) -> dict[str, Any]:
        packed = [self[key].serialize() for key in self]
        ends = np.cumsum([len(part) for part in packed], dtype=np.int64)
        return {"keys": list(self), "ends": ends, "packed": np.frombuffer(b"".join(packed), np.uint8)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        ends = state["ends"].tolist()
        self._made = {}
        self._spans = dict(zip(state["keys"], zip([0, *ends[:-1]], ends, strict=True), strict=True)) if ends else {}
        self._packed = state["packed"]
