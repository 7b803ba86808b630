"""Sets of positions in an order as Roaring bitmaps: by factor value, by reported factor and by month.

to_bitmap, to_positions   between bitmaps and ascending `uint32` arrays
LazyBitmaps               a mapping whose bitmaps stay serialized until they are first used
PositionSets              all sets of an order
RowMapping                moves bitmaps to the positions that their records have in a later edition
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.index.columns import CodedColumn, Columns
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

K = TypeVar("K")
Positions = npt.NDArray[np.uint32]
"""Positions in an order, or rows of an edition."""

DROPPED = np.uint32(2**32 - 1)
"""The new position of a record that a later edition does not have."""

_MIN_RUN = 4_096
"""Mean length from which on runs are compressed: then a container of 65,536 positions has at most sixteen."""
_BITMAP_OVERHEAD = 500
_MEMBERS_PER_SPAN = 256
"""Members that can be moved one by one in the time that one span of a bitmap takes."""
_EMPTY = BitMap()


def to_positions(members: BitMap) -> Positions:
    """The members of a bitmap, `uint32[len(members)]`, ascending."""
    return np.frombuffer(members.to_array(), np.uint32) if members else np.empty(0, np.uint32)


def to_bitmap(ascending: Positions) -> BitMap:
    """The bitmap of ascending positions, `uint32[n]`.

    Run-compressed only if runs are long: short runs save memory too, but intersecting them takes up to ten times as long.
    """
    bitmap = BitMap(array("I", ascending.tobytes()), optimize=False)  # the only constructor that takes a buffer as a whole
    if len(ascending) > _MIN_RUN * (1 + np.count_nonzero(np.diff(ascending) > 1)):
        bitmap.run_optimize()
    return bitmap


def bitmap_nbytes(members: BitMap) -> int:
    """The memory that a bitmap takes, in bytes, rounded up a little."""
    found = members.get_statistics()
    containers = found["n_bytes_array_containers"] + found["n_bytes_run_containers"] + found["n_bytes_bitset_containers"]
    return _BITMAP_OVERHEAD + containers


class LazyBitmaps(Mapping[K, BitMap]):
    """An immutable mapping of bitmaps, each deserialized on first use.

    An index of a million records has some thousands of bitmaps; deserializing all of them at once would block the process
    for a moment. Safe to share between threads: deserializing twice gives equal bitmaps.
    """

    def __init__(self, bitmaps: Mapping[K, BitMap]) -> None:
        self._bitmaps: dict[K, BitMap] = dict(bitmaps)
        self._spans: dict[K, tuple[int, int]] = {}
        self._serialized = memoryview(b"")

    @classmethod
    def of_serialized(cls, keys: Sequence[K], offsets: Sequence[int], serialized: memoryview) -> "LazyBitmaps[K]":
        """Bitmaps of which the i-th is `serialized[offsets[i]:offsets[i + 1]]` in the portable Roaring format."""
        found = cls({})
        found._spans = dict(zip(keys, pairwise(offsets), strict=True))
        found._serialized = serialized
        return found

    def __getitem__(self, key: K) -> BitMap:
        bitmap = self._bitmaps.get(key)
        if bitmap is None:
            start, end = self._spans[key]
            bitmap = self._bitmaps[key] = BitMap.deserialize(bytes(self._serialized[start:end]))
        return bitmap

    def __contains__(self, key: object) -> bool:
        return key in self._bitmaps or key in self._spans

    def __iter__(self) -> Iterator[K]:
        yield from self._spans or self._bitmaps

    def __len__(self) -> int:
        return len(self._spans or self._bitmaps)


class RowMapping:
    """Where the positions of an order are in a later edition: position i moves to `new_positions[i]`, or is DROPPED.

    `new_positions` is `uint32[n]`; those that are not DROPPED ascend. Between two changes all positions move equally far, so
    a large bitmap is shifted span by span and a small one is moved member by member.
    """

    def __init__(self, new_positions: Positions) -> None:
        self._new_positions = new_positions
        shifts = new_positions - np.arange(len(new_positions), dtype=np.int64)
        starts = np.flatnonzero(np.diff(shifts, prepend=-1))
        self._min_members = _MEMBERS_PER_SPAN * len(starts)
        ends = np.append(starts[1:], len(new_positions))
        moved = starts[new_positions[starts] != DROPPED] if self._min_members <= len(new_positions) else starts[:0]
        places = np.searchsorted(starts, moved)
        self._spans = [
            (BitMap(range(start, end)), shift)
            for start, end, shift in zip(moved.tolist(), ends[places].tolist(), shifts[moved].tolist(), strict=True)
        ]

    def apply(self, members: BitMap) -> BitMap:
        """The new positions of some members, without those that are dropped."""
        if len(members) < self._min_members:
            moved = self._new_positions[to_positions(members)]
            return to_bitmap(moved[moved != DROPPED])
        return BitMap.union(BitMap(), *((members & span).shift(shift) for span, shift in self._spans))


@dataclass(frozen=True)
class PositionSets:
    """The positions of an order by factor value, by reported factor and by month.

    `values` has those of each factor value or a descendant of it, by its id; `reported` those that report a factor; `months`
    those of each month; `everyone` all positions. Factor values and months that no record has are absent.
    """

    values: Mapping[int, BitMap]
    reported: Mapping[Factor, BitMap]
    months: Mapping[int, BitMap]
    everyone: BitMap

    @classmethod
    def of(cls, columns: Columns, taxonomy: Taxonomy, rows: Positions, positions: Positions) -> "PositionSets":
        """The sets of some records: `rows[i]` of the columns is at `positions[i]`; positions ascend."""
        values: dict[int, BitMap] = {}
        reported: dict[Factor, BitMap] = {}
        for factor, column in columns.one.items():
            taken = column.take(rows)
            values |= _with_ancestors(taxonomy, _by_category(taken, positions))
            reported[factor] = to_bitmap(positions[taken.codes > 0])
        for factor, lists in columns.many.items():
            some = lists.take(rows)
            lengths = np.diff(some.starts)
            values |= _with_ancestors(taxonomy, _by_category(some.items, np.repeat(positions, lengths)))
            reported[factor] = to_bitmap(positions[lengths > 0])
        months = _by_category(columns.months.take(rows), positions)
        return cls(LazyBitmaps(values), LazyBitmaps(reported), LazyBitmaps(months), to_bitmap(positions))

    def apply_change(self, mapping: RowMapping, added: "PositionSets") -> "PositionSets":
        """The sets in a later edition: these at their new positions, together with those of the added records."""

        def moved(before: Mapping[K, BitMap], added: Mapping[K, BitMap]) -> dict[K, BitMap]:
            return {key: _move(before.get(key, _EMPTY), mapping, added.get(key, _EMPTY)) for key in {*before, *added}}

        def present(bitmaps: Mapping[int, BitMap]) -> LazyBitmaps[int]:
            return LazyBitmaps({key: bitmap for key, bitmap in bitmaps.items() if bitmap})

        return PositionSets(
            present(moved(self.values, added.values)),
            LazyBitmaps(moved(self.reported, added.reported)),
            present(moved(self.months, added.months)),
            _move(self.everyone, mapping, added.everyone),
        )

    @property
    def nbytes(self) -> int:
        """The size of all bitmaps by key, serialized, in bytes."""
        mappings: tuple[Mapping[object, BitMap], ...] = (self.values, self.reported, self.months)  # type: ignore[assignment]
        return sum(len(bitmap.serialize()) for bitmaps in mappings for bitmap in bitmaps.values())


def _move(before: BitMap, mapping: RowMapping, added: BitMap) -> BitMap:
    found = mapping.apply(before) | added
    if before.get_statistics()["n_run_containers"]:
        found.run_optimize()  # shifting turns runs into bits
    return found


def _by_category(column: CodedColumn[int], positions: Positions) -> dict[int, BitMap]:
    """For each category that occurs, its positions; `positions[i]`, ascending, is that of `column.codes[i]`."""
    by_code = np.argsort(column.codes, kind="stable")
    ends = np.cumsum(np.bincount(column.codes, minlength=len(column.categories) + 1)).tolist()
    spans = zip(column.categories, ends, ends[1:], strict=False)
    return {category: to_bitmap(positions[by_code[start:end]]) for category, start, end in spans if end > start}


def _with_ancestors(taxonomy: Taxonomy, own: dict[int, BitMap]) -> dict[int, BitMap]:
    """The sets of some values of one factor, together with those of their ancestors within the factor."""
    closed = dict(own)
    for number, members in own.items():
        value = taxonomy[number]
        parent = taxonomy.parent(value)
        while parent and parent.factor is value.factor:
            closed[parent.id] = closed.get(parent.id, _EMPTY) | members
            parent = taxonomy.parent(parent)
    return closed
