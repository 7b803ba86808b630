"""Outlooks: where the quarterly pay of a cohort is going, with how wrong such forecasts were in the latest quarters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, nan

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.errors import InputError
from service.market.cohort import Cohort, check_level
from service.market.model_pool import ModelPool
from service.market.trend import AdjustedLevel, Interval, TrendPoint, adjusted_trend, log_error, period_name, trend
from service.stats.forecast import Forecast, Mixture, forecast
from service.stats.percentiles import ConfidenceInterval
from service.vocabulary.factors import SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit

MIN_QUARTERS, MAX_QUARTERS = 8, 40
MIN_RECORDS = 10
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
    return [point for point in found if point.start > found[-1].start - 3 * MAX_QUARTERS]


def least_records(cohort: Cohort) -> int:
    return max(MIN_RECORDS, cohort.rules.minimum)


def adjusted_series(points: Sequence[TrendPoint], levels: Mapping[int, AdjustedLevel]) -> Series | None:
    """At an equal mix of records; None unless enough points could be adjusted, and the last one."""
    kept = [point for point in points if point.start in levels]
    if len(kept) < MIN_QUARTERS or kept[-1] is not points[-1]:
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


MAX_QUARTERS_AHEAD = 8

MODEL = (
    "A damped trend: a state-space model of log pay in which each quarter counts by how exactly its records tell it, "
    "averaged over the variances that fit it."
)


@dataclass(frozen=True, slots=True)
class OutlookPoint:
    """What the typical pay of a quarter may be told to be, in the currency of the cohort."""

    period: str
    start: int
    step: Mixture
    scale: float

    @property
    def median(self) -> float:
        return exp(self.step.quantile(0.5)) * self.scale

    def interval(self, level: float) -> ConfidenceInterval:
        """Raises InputError for a level that no interval can promise."""
        check_level(level)
        low, high = (exp(self.step.quantile(p)) * self.scale for p in ((1 - level) / 2, (1 + level) / 2))
        return ConfidenceInterval(low, high, level)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Either `points` and errors or a `reason`; errors are mean absolute ones of held-out quarters, in percent.

    `records` is how many of them tell the measure in the `quarters` that count, `kinds` are codes of their kinds of source.
    """

    method: str
    records: int
    quarters: int
    kinds: tuple[str, ...]
    reason: str | None = None
    points: tuple[OutlookPoint, ...] = ()
    error: float | None = None
    naive_error: float | None = None


async def outlook(cohort: Cohort, quarters: int, measure: Measure, model_pool: ModelPool) -> Outlook:
    """How pay goes on from the last quarter that counts; the measure must be prepared.

    Raises InputError for less than one quarter and for more than MOST_AHEAD.
    """
    if not 1 <= quarters <= MAX_QUARTERS_AHEAD:
        raise InputError(f"An outlook is of 1 to {MAX_QUARTERS_AHEAD} quarters, not {quarters}.")
    points = counting(cohort, measure)
    reason = _reason(cohort, measure, points)
    if reason:
        return Outlook(MODEL, *_rests_on(cohort, measure, points), reason)
    levels = await adjusted_trend(cohort, Interval.QUARTER, measure, model_pool)
    series = adjusted_series(points, levels) or median_series(points)
    key = ("outlook", quarters, series.end, *cohort.identity(measure))
    found = await model_pool.fit(key, forecast, lambda: (series.values, series.variances, quarters))
    ahead = _points(found, series, cohort.scale(measure))
    rests_on = _rests_on(cohort, measure, series.points)
    return Outlook(_method(series, *rests_on), *rests_on, None, ahead, found.error, found.naive_error)


def _rests_on(cohort: Cohort, measure: Measure, points: Sequence[TrendPoint]) -> tuple[int, int, tuple[str, ...]]:
    """How many records and quarters, and of which kinds of source."""
    order, taxonomy = cohort.order(measure), cohort.index.reference.taxonomy
    members = BitMap.union(BitMap(), *(point.cohort.ranked(measure).members for point in points if point.stats))
    counts = order.counts(members, [taxonomy.find(Factor.SOURCE_KIND, code).id for code in SOURCE_KINDS])
    return len(members), len(points), tuple(taxonomy[number].code for number in counts)


def _reason(cohort: Cohort, measure: Measure, points: Sequence[TrendPoint]) -> str | None:
    """Why there is no outlook."""
    if cohort.suppressed:
        return cohort.suppressed.message
    spec = MEASURES[measure]
    if spec.unit is not Unit.MONEY_PER_YEAR:
        return f"An outlook is told of pay alone, not of {spec.label}."
    if len(points) < MIN_QUARTERS:
        return (
            f"An outlook takes {MIN_QUARTERS} quarters that have ended with at least {least_records(cohort)} records each "
            f"that tell {spec.label}, and here there are {len(points)}. Widen the filter; records whose source tells the "
            "year alone all count for its first quarter."
        )
    if not all(_above_zero(point) for point in points):
        return (
            f"Where half of the records or nearly so tell a {spec.label} of 0, there is no rate at which its median moves."
        )
    return None


def _above_zero(point: TrendPoint) -> bool:
    found = point.stats and point.stats.interval(0.5, 0.95)
    return bool(found and found.low > 0)


def _points(found: Forecast, series: Series, scale: float) -> tuple[OutlookPoint, ...]:
    starts = [series.end + 3 * step for step in range(len(found.steps))]
    return tuple(
        OutlookPoint(period_name(Interval.QUARTER, start), start, step.blurred(series.common), scale)
        for start, step in zip(starts, found.steps, strict=True)
    )


def _method(series: Series, records: int, quarters: int, kinds: Sequence[str]) -> str:
    pay = "pay at an equal mix of records, as in `adjusted` of a trend," if series.adjusted else "medians"
    first, last = series.points[0].period, series.points[-1].period
    return (
        f"{MODEL} It goes on from {pay} of {quarters} quarters from {first} to {last}, which {records:,} records tell, from "
        f"these kinds of source: {', '.join(kinds)}. A quarter that had not ended at publication is left out."
    )
