"""Two tables of figures of the same groups: how many figures are equal, and how far the others lie apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.validation.figures import Figures

Key = tuple[str, ...]
EQUAL = 0.005
"""US dollars: half a cent, far below what is stored, and above what floating point leaves of an interpolation."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Groups whose records number the same on both sides, their percentiles, and how many of these are equal.

    `uneven` are groups that one side lacks or counts otherwise; `largest` is the largest difference in US dollars.
    """

    groups: int
    uneven: int
    figures: int
    equal: int
    largest: float


def agreement(asked: Mapping[Key, Figures], own: Mapping[Key, Figures]) -> Agreement:
    """Compare what PayRank tells with what a file says itself; percentiles that PayRank does not tell are left out.

    >>> five = Figures(5, (None, 1.0, 2.0, 3.0, None))
    >>> agreement({("us",): five}, {("us",): Figures(5, (0.0, 1.0, 2.0, 3.5, 9.0)), ("de",): five})
    Agreement(groups=1, uneven=1, figures=3, equal=2, largest=0.5)
    """
    even = [key for key in asked.keys() & own.keys() if asked[key].count == own[key].count]
    gaps = [
        abs(told - said)
        for key in even
        for told, said in zip(asked[key].percentiles, own[key].percentiles, strict=True)
        if told is not None and said is not None
    ]
    uneven = len(asked.keys() | own.keys()) - len(even)
    return Agreement(len(even), uneven, len(gaps), sum(gap < EQUAL for gap in gaps), max(gaps, default=0.0))
