"""Moving bitmaps to a later edition, against moving each of their members by hand."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from pyroaring import BitMap

from service.rank.moving import GONE, Move

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
    to = np.where(there, later, GONE).astype(np.uint32)
    members = np.flatnonzero(np.random.default_rng(size).random(size) < share).tolist()
    assert Move(to).of(BitMap(members)) == BitMap([to[place] for place in members if there[place]])
