"""Moving: where positions of an order come to in a later edition, for whole bitmaps of them."""

from array import array

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

Positions = npt.NDArray[np.uint32]
GONE = np.uint32(2**32 - 1)
"""Where a position comes to whose record is no longer there."""
_LONG_RUN = 4_096
"""Positions in a row, on average: no more than sixteen runs to each 65,536."""
_BITMAP = 500
_WORTH = 256
"""Members that are moved one by one in the time that one span of a bitmap takes."""


def positions(members: BitMap) -> Positions:
    return np.frombuffer(members.to_array(), np.uint32) if members else np.empty(0, np.uint32)


def bitmap(ascending: Positions) -> BitMap:
    """Kept as runs where these are long. Short ones take less room than bits, but up to ten times as long to meet."""
    found = BitMap(array("I", ascending.tobytes()), optimize=False)  # pyroaring's only way in that takes a buffer as a whole
    if len(ascending) > _LONG_RUN * (1 + np.count_nonzero(np.diff(ascending) > 1)):
        found.run_optimize()
    return found


def nbytes(members: BitMap) -> int:
    """Bytes that a bitmap takes, or a little more."""
    found = members.get_statistics()
    containers = found["n_bytes_array_containers"] + found["n_bytes_run_containers"] + found["n_bytes_bitset_containers"]
    return _BITMAP + containers


class Move:
    """Position i comes to `to[i]`, or has GONE; those that stay keep their order.

    Between two changes all move equally far, so that a large bitmap is moved in spans; a small one member by member.
    """

    def __init__(self, to: Positions) -> None:
        self._to = to
        far = to - np.arange(len(to), dtype=np.int64)
        starts = np.flatnonzero(np.diff(far, prepend=-1))
        self._least = _WORTH * len(starts)
        ends = np.append(starts[1:], len(to))
        kept = starts[to[starts] != GONE] if self._least <= len(to) else starts[:0]
        places = np.searchsorted(starts, kept)
        self._spans = [
            (BitMap(range(start, end)), shift)
            for start, end, shift in zip(kept.tolist(), ends[places].tolist(), far[kept].tolist(), strict=True)
        ]

    def of(self, members: BitMap) -> BitMap:
        """Where some positions come to."""
        if len(members) < self._least:
            found = self._to[positions(members)]
            return bitmap(found[found != GONE])
        return BitMap.union(BitMap(), *((members & span).shift(far) for span, far in self._spans))
