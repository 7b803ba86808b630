"""Work: what the engine does for an operation, counted where it does it, and what that is worth in points.

`python -m bench.work` compares the points with measured times.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Work(StrEnum):
    """Kinds of work."""

    SETS = "sets of records combined or counted"
    RANKS = "values read by their rank, and ranks of amounts"
    RECORDS = "records scanned"
    GROUPS = "groups and periods returned"
    ROWS = "records returned"
    SPELLINGS = "spellings searched"
    COMPARISONS = "codes compared by similarity"
    TITLES = "words of titles read"
    FITS = "models fitted and orders built"


POINTS: Mapping[Work, float] = {
    Work.SETS: 0.2,
    Work.RANKS: 0.03,
    Work.RECORDS: 1 / 20_000,
    Work.GROUPS: 0.5,
    Work.ROWS: 0.5,
    Work.SPELLINGS: 1 / 2_000,
    Work.COMPARISONS: 0.5,
    Work.TITLES: 0.5,
    Work.FITS: 40,
}
"""Points of one unit of each kind. A point is about 100 microseconds of a processor."""

WorkCounts = Counter[Work]
_counts: ContextVar[WorkCounts | None] = ContextVar("work", default=None)


def count(kind: Work, number: int = 1) -> None:
    """Counts some work for the current operation, if there is one."""
    counts = _counts.get()
    if counts is not None:
        counts[kind] += number


@contextmanager
def counted() -> Iterator[WorkCounts]:
    """Counts the work done inside, by tasks and threads that are started inside too."""
    counts = WorkCounts()
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)


def points(counts: Mapping[Work, int]) -> int:
    """The points of some work, rounded down.

    >>> points({Work.SETS: 10, Work.RECORDS: 1_000_000})
    52
    """
    return int(sum(POINTS[kind] * number for kind, number in counts.items()))
