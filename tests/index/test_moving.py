"""Moving bitmaps to a later edition, against moving each of their members by hand."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from service.index.bitmaps import DROPPED, RowMapping, to_bitmap
from service.index.bitmaps import PositionSets, apply_change

places = st.lists(st.integers(0, 2_999), max_size=12)


@given(size=st.integers(0, 3_000), gone=places, come=places, share=st.sampled_from([0.0, 0.01, 0.4, 0.95, 1.0]))
@example(size=0, gone=[], come=[], share=1.0)
@example(size=256, gone=[], come=[], share=1.0)
@example(size=3_000, gone=[0, 1, 2_999], come=[0, 2_999], share=1.0)
@example(size=200_000, gone=[65_535, 65_536, 70_000], come=[5, 131_072], share=1.0)
@example(size=200_000, gone=[65_535, 65_536, 70_000], come=[5, 131_072], share=0.4)
def test_a_bitmap_moves_as_its_members_do(size: int, gone: list[int], come: list[int], share: float) -> None:
    there = np.ones(size, np.bool_)
    there[[place for place in gone if place < size]] = False
    come = sorted(place for place in come if place <= size)
    later = np.cumsum(there) - 1 + np.searchsorted(come, np.arange(size), "right")
    to = np.where(there, later, DROPPED).astype(np.uint32)
    members = np.flatnonzero(np.random.default_rng(size).random(size) < share).tolist()
    assert RowMapping(to).of(BitMap(members)) == BitMap([to[place] for place in members if there[place]])


def test_what_was_in_runs_stays_in_runs() -> None:
    """As a hundred records come to 200,000: a quarter, a set that nearly all are in, and everyone."""
    here, come = np.arange(200_000, dtype=np.uint32), np.arange(0, 200_000, 2_000)
    move = RowMapping((here + np.searchsorted(come, here, "right")).astype(np.uint32))
    sets = PositionSets({1: to_bitmap(here[50_000:150_000]), 2: to_bitmap(here[here % 50 > 0])}, {}, {}, to_bitmap(here))
    fresh = to_bitmap((come + np.arange(100)).astype(np.uint32))
    found = apply_change(sets, move, PositionSets({}, {}, {}, fresh))
    assert found.everyone == BitMap(range(200_100))
    kept = (found.values[1], found.values[2], found.everyone)
    assert [bool(one.get_statistics()["n_run_containers"]) for one in kept] == [True, False, True]
