"""Series: the quarters of a cohort as log pay, each with how exact it is; what an outlook goes on from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, nan

import numpy as np
import numpy.typing as npt

from service.market.adjusted_trend import AdjustedLevel, log_error
from service.market.cohort import Cohort
from service.market.trend import Interval, TrendPoint, trend
from service.vocabulary.measures import Measure

LEAST_QUARTERS, MOST_QUARTERS = 8, 40
LEAST_RECORDS = 10
"""Of a quarter that counts: so many tell an interval of their median without the smallest and the largest of them."""


@dataclass(frozen=True, slots=True)
class Series:
    """Quarters one after the other from the month `first` on; what does not count is nan.

    `points` are those that count. `values` are log pay in US dollars, `variances` how exact each is, and `common` how exact
    all are together.
    """

    points: tuple[TrendPoint, ...]
    first: int
    values: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]
    common: float
    adjusted: bool

    @property
    def end(self) -> int:
        return self.first + 3 * len(self.values)


def counting(cohort: Cohort, measure: Measure) -> list[TrendPoint]:
    """The quarters that had ended at publication and have enough records, of the last ten years that have any."""
    now = cohort.index.edition.published_at
    ended = (now.year * 12 + now.month - 1) // 3 * 3
    least = least_records(cohort)
    found = [p for p in trend(cohort, Interval.QUARTER, measure) if p.start < ended and p.stats and p.stats.count >= least]
    return [point for point in found if point.start > found[-1].start - 3 * MOST_QUARTERS]


def least_records(cohort: Cohort) -> int:
    return max(LEAST_RECORDS, cohort.rules.minimum)


def adjusted_series(points: Sequence[TrendPoint], levels: Mapping[int, AdjustedLevel]) -> Series | None:
    """At an equal mix of records; None unless enough points could be adjusted, and the last one."""
    kept = [point for point in points if point.start in levels]
    if len(kept) < LEAST_QUARTERS or kept[-1] is not points[-1]:
        return None
    found = {point.start: levels[point.start] for point in kept}
    told = {start: (log(level.amount), level.deviation**2) for start, level in found.items()}
    return _series(kept, told, levels[kept[-1].start].common ** 2, True)


def median_series(points: Sequence[TrendPoint]) -> Series:
    """Medians, all above zero. How exact one is depends on its count alone: few records tell their own spread badly."""
    stats = {point.start: point.stats for point in points if point.stats}
    spread = sum(one.count**2 * log_error(one) ** 2 for one in stats.values()) / sum(one.count for one in stats.values())
    told = {start: (log(one.quartile(0.5) / one.scale), spread / one.count) for start, one in stats.items()}
    return _series(points, told, 0.0, False)


def _series(points: Sequence[TrendPoint], told: Mapping[int, tuple[float, float]], common: float, adjusted: bool) -> Series:
    starts = range(min(told), max(told) + 3, 3)
    values = np.array([told.get(start, (nan, nan)) for start in starts])
    return Series(tuple(points), starts[0], values[:, 0], values[:, 1], common, adjusted)
