"""Bitmaps of positions: compressed, serialized, and moved to the positions of a later edition."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from service.index.bitmaps import DROPPED, LazyBitmaps, PositionSets, RowMapping, bitmap_nbytes, to_bitmap, to_positions

bitmaps = st.dictionaries(st.integers(0, 9_999), st.sets(st.integers(0, 200_000), max_size=40).map(BitMap), max_size=20)


@given(members=st.sets(st.integers(0, 2**32 - 1), max_size=100))
def test_positions_and_bitmaps_are_inverse(members: set[int]) -> None:
    positions = to_positions(BitMap(members))
    assert (positions.dtype, positions.tolist()) == (np.uint32, sorted(members))
    assert to_bitmap(positions) == BitMap(members)


@given(expected=bitmaps)
def test_serialized_bitmaps_are_read_on_first_use(expected: dict[int, BitMap]) -> None:
    parts = [bitmap.serialize() for bitmap in expected.values()]
    offsets = np.cumsum([0, *map(len, parts)]).tolist()
    found = LazyBitmaps.of_serialized(list(expected), offsets, memoryview(b"".join(parts)))
    assert (len(found), list(found)) == (len(expected), list(expected))
    assert {key: found[key] for key in reversed(list(expected))} == expected
    assert dict(found) == dict(LazyBitmaps(expected)) == expected
    assert (10_000 in found, found.get(10_000)) == (False, None)
    with pytest.raises(KeyError):
        found[10_000]


@pytest.mark.parametrize(("gap", "as_runs"), [(10_000, True), (1_000, False), (50, False)])
def test_only_long_runs_are_compressed(gap: int, as_runs: bool) -> None:
    """With one position missing every `gap`."""
    positions = np.arange(200_000, dtype=np.uint32)
    found = to_bitmap(positions[positions % gap > 0])
    assert found == BitMap(range(200_000)) - BitMap(range(0, 200_000, gap))
    assert bool(found.get_statistics()["n_run_containers"]) == as_runs


def test_the_size_of_a_bitmap_is_about_its_serialized_size() -> None:
    for members in (BitMap(), BitMap(range(0, 3_000_000, 3)), BitMap(range(0, 3_000_000, 900)), BitMap(range(2_000_000))):
        members.run_optimize()
        assert abs(bitmap_nbytes(members) - 500 - len(members.serialize())) < 1_000


places = st.lists(st.integers(0, 2_999), max_size=12)


@given(size=st.integers(0, 3_000), dropped=places, added=places, share=st.sampled_from([0.0, 0.01, 0.4, 0.95, 1.0]))
@example(size=0, dropped=[], added=[], share=1.0)
@example(size=256, dropped=[], added=[], share=1.0)
@example(size=3_000, dropped=[0, 1, 2_999], added=[0, 2_999], share=1.0)
@example(size=200_000, dropped=[65_535, 65_536, 70_000], added=[5, 131_072], share=1.0)
@example(size=200_000, dropped=[65_535, 65_536, 70_000], added=[5, 131_072], share=0.4)
def test_a_bitmap_moves_as_each_of_its_members_does(size: int, dropped: list[int], added: list[int], share: float) -> None:
    stays = np.ones(size, np.bool_)
    stays[[place for place in dropped if place < size]] = False
    added = sorted(place for place in added if place <= size)
    moved = np.cumsum(stays) - 1 + np.searchsorted(added, np.arange(size), "right")
    new_positions = np.where(stays, moved, DROPPED).astype(np.uint32)
    members = np.flatnonzero(np.random.default_rng(size).random(size) < share).tolist()
    expected = BitMap([new_positions[place] for place in members if stays[place]])
    assert RowMapping(new_positions).apply(BitMap(members)) == expected


def test_runs_stay_runs_when_they_move() -> None:
    """A hundred records are added to 200,000; the sets are a quarter, one that has nearly all, and everyone."""
    before, added = np.arange(200_000, dtype=np.uint32), np.arange(0, 200_000, 2_000)
    mapping = RowMapping((before + np.searchsorted(added, before, "right")).astype(np.uint32))
    values = {1: to_bitmap(before[50_000:150_000]), 2: to_bitmap(before[before % 50 > 0])}
    fresh = to_bitmap((added + np.arange(100)).astype(np.uint32))
    found = PositionSets(values, {}, {}, to_bitmap(before)).apply_change(mapping, PositionSets({}, {}, {}, fresh))
    assert found.everyone == BitMap(range(200_100))
    moved = (found.values[1], found.values[2], found.everyone)
    assert [bool(bitmap.get_statistics()["n_run_containers"]) for bitmap in moved] == [True, False, True]
