"""Trends: a cohort parted by quarter or year, with the change against the same period a year before."""

from dataclasses import dataclass
from enum import StrEnum

from service.market.cohort import Cohort, Stats
from service.vocabulary.conditions import Effective
from service.vocabulary.measures import Measure
from service.vocabulary.periods import quarter_code, year_code


class Interval(StrEnum):
    YEAR = "year"
    QUARTER = "quarter"


MONTHS = {Interval.YEAR: 12, Interval.QUARTER: 3}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period; `change` is the median's, in percent, None where either period tells no median."""

    period: str
    start: int
    cohort: Cohort
    stats: Stats | None
    change: float | None


def trend(cohort: Cohort, interval: Interval, measure: Measure) -> list[TrendPoint]:
    """Every period from the cohort's first record to its last, also those without records; none when it is suppressed."""
    if cohort.suppressed:
        return []
    span = MONTHS[interval]
    first, last = (cohort.records[k] // span for k in (0, cohort.size - 1))
    parts = {start: cohort.narrowed(Effective(start * span, start * span + span - 1)) for start in range(first, last + 1)}
    stats = {start: part.stats(measure) for start, part in parts.items()}
    return [
        TrendPoint(
            period_name(interval, start * span),
            start * span,
            part,
            stats[start],
            _change(stats.get(start - 12 // span), stats[start]),
        )
        for start, part in parts.items()
    ]


def period_name(interval: Interval, month: int) -> str:
    """The year or quarter that a month is in.

    >>> period_name(Interval.QUARTER, 24307)
    '2025-Q3'
    """
    return year_code(month) if interval is Interval.YEAR else quarter_code(month).upper()


def _change(before: Stats | None, now: Stats | None) -> float | None:
    """In percent.

    >>> _change(None, None)
    """
    then = before.percentile(0.5) if before else None
    current = now.percentile(0.5) if now else None
    return None if not then or current is None else 100 * (current / then - 1)
