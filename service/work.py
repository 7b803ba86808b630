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

    FIELDS = "fields computed"
    SETS = "sets of records combined or counted"
    RANKS = "values read by their rank, and ranks of amounts"
    RECORDS = "records scanned"
    GROUPS = "groups and periods returned"
    ROWS = "records returned"
    SPELLINGS = "spellings searched"
    COMPARISONS = "codes compared by similarity"
    TITLES = "squares of the lengths of titles read"
    VALUES = "factor values listed"
    ESTIMATES = "combinations of values estimated"
    FITS = "models fitted and orders built"
    READS = "reads of the database"


POINTS: Mapping[Work, float] = {
    Work.FIELDS: 0.2,
    Work.SETS: 0.15,
    Work.RANKS: 0.03,
    Work.RECORDS: 1 / 20_000,
    Work.GROUPS: 0.3,
    Work.ROWS: 0.4,
    Work.SPELLINGS: 1 / 2_000,
    Work.COMPARISONS: 0.5,
    Work.TITLES: 1 / 200,
    Work.VALUES: 0.05,
    Work.ESTIMATES: 0.2,
    Work.FITS: 40,
    Work.READS: 2,
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
    """Counts the work done inside, by tasks and threads that are started inside too; an outer count includes it."""
    counts, outer = WorkCounts(), _counts.get()
    token = _counts.set(counts)
    try:
        yield counts
    finally:
        _counts.reset(token)
        if outer is not None:
            outer.update(counts)


def points(counts: Mapping[Work, int]) -> float:
    """The points of some work.

    >>> points({Work.SETS: 10, Work.RECORDS: 1_000_000})
    51.5
    """
    return sum(POINTS[kind] * number for kind, number in counts.items())
