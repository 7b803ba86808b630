"""Outlooks: forecasts of a cohort's quarterly pay, with the error of such forecasts in the latest quarters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, nan

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from service.errors import out_of_range
from service.market.cohort import Cohort, check_level
from service.market.model_pool import ModelPool
from service.market.observations import source_kinds
from service.market.trend import AdjustedLevel, Interval, TrendPoint, adjusted_trend, log_error, period_name, trend
from service.stats.forecast import Forecast, Mixture, forecast
from service.stats.percentiles import ConfidenceInterval
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure, Unit

MAX_QUARTERS_AHEAD = 8
MIN_QUARTERS, MAX_QUARTERS = 8, 40
"""Minimum and maximum number of past quarters that a forecast is based on."""

MIN_RECORDS = 10
"""Of a quarter: with this many the interval of the median needs neither the minimum nor the maximum."""

MODEL = (
    "Damped trend: a state-space model of log pay that weights each quarter by the precision of its estimate, averaged "
    "over the variances that fit the data."
)


@dataclass(frozen=True, slots=True)
class OutlookPoint:
    """The forecast of a quarter, from the month `start` on; `distribution` is of log pay in the cohort's currency."""

    period: str
    start: int
    distribution: Mixture

    @property
    def median(self) -> float:
        return exp(self.distribution.quantile(0.5))

    def interval(self, level: float = 0.95) -> ConfidenceInterval:
        """The central prediction interval. Raises InputError for an invalid level."""
        check_level(level)
        low, high = (exp(self.distribution.quantile(p)) for p in ((1 - level) / 2, (1 + level) / 2))
        return ConfidenceInterval(low, high, level)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Either forecasts and errors, or a `reason` why there are none.

    Errors are mean absolute percentage errors of held-out quarters. `records` is the number of records in the
    `quarters_used`, `kinds` are the codes of their kinds of source.
    """

    method: str
    records: int
    quarters_used: int
    kinds: tuple[str, ...]
    reason: str | None = None
    points: tuple[OutlookPoint, ...] = ()
    backtest_error: float | None = None
    naive_error: float | None = None


async def outlook(cohort: Cohort, quarters: int, measure: Measure, model_pool: ModelPool) -> Outlook:
    """Forecasts of the quarters after the last complete one. The order of the measure must be prepared.

    Based on mix-adjusted pay, or on medians if that cannot be estimated. Raises InputError if `quarters` is outside 1 to
    MAX_QUARTERS_AHEAD.
    """
    if not 1 <= quarters <= MAX_QUARTERS_AHEAD:
        raise out_of_range("quarters", f"from 1 to {MAX_QUARTERS_AHEAD}, got {quarters}.")
    points = await cohort.index.compute(lambda: _usable_quarters(cohort, measure), cohort.size)
    reason = _missing_reason(cohort, measure, points)
    if reason:
        return Outlook(MODEL, *_sample(cohort, measure, points), reason)
    levels = await adjusted_trend(cohort, Interval.QUARTER, measure, model_pool)
    series = _adjusted_series(points, levels) or _median_series(points)
    key = ("outlook", quarters, series.end, *cohort.identity(measure))
    found = await model_pool.fit(key, forecast, lambda: (series.values, series.variances, quarters))
    forecasts = _forecasts(found, series)
    sample = _sample(cohort, measure, series.points)
    return Outlook(_method(series, *sample), *sample, None, forecasts, found.backtest_error, found.naive_error)


def _usable_quarters(cohort: Cohort, measure: Measure) -> list[TrendPoint]:
    """Quarters that were complete at publication and have enough records, of the last MAX_QUARTERS from the latest one
    on."""
    now = cohort.index.edition.published_at
    first_incomplete = (now.year * 12 + now.month - 1) // 3 * 3
    needed = cohort.rules.at_least(MIN_RECORDS)
    quarters = [point for point in trend(cohort, Interval.QUARTER, measure) if point.start < first_incomplete]
    found = [point for point in quarters if point.stats and point.stats.count >= needed]
    return [point for point in found if point.start > found[-1].start - 3 * MAX_QUARTERS]


def _missing_reason(cohort: Cohort, measure: Measure, points: Sequence[TrendPoint]) -> str | None:
    """Why there is no outlook; None if there is one."""
    if cohort.suppressed:
        return cohort.suppressed.message
    label = MEASURES[measure].label
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR:
        return f"Outlooks are available for measures of pay only, not for {label}."
    if len(points) < MIN_QUARTERS:
        gap = cohort.data_gap(measure, Factor.QUARTER)
        if gap.unreported:
            return gap.unreported
        needed = cohort.rules.at_least(MIN_RECORDS)
        return gap.with_remedies(
            f"Not enough data: an outlook needs {MIN_QUARTERS} complete quarters with at least {needed} records that report "
            f"{label}; this cohort has {len(points)}. Records that report only a year count for its first quarter."
        )
    if not all(_is_positive(point) for point in points):
        return f"The median {label} of some quarters is 0 or close to it, so that no rate of change can be computed."
    return None


def _is_positive(point: TrendPoint) -> bool:
    found = point.stats and point.stats.interval(0.5, 0.95)
    return bool(found and found.low > 0)


def _sample(cohort: Cohort, measure: Measure, points: Sequence[TrendPoint]) -> tuple[int, int, tuple[str, ...]]:
    """The number of records and of quarters, and the kinds of source."""
    members = BitMap.union(BitMap(), *(point.cohort.ranked(measure).members for point in points if point.stats))
    kinds = source_kinds(cohort.order(measure), members, cohort.index.reference.taxonomy)
    return len(members), len(points), kinds


@dataclass(frozen=True, slots=True)
class _Series:
    """Consecutive quarters from the month `first` on.

    `values` is log pay and `variances` its sampling variance, both `float64[n]`, nan for quarters that are not
    among `points`. `common_variance` is the variance that all values share.
    """

    points: tuple[TrendPoint, ...]
    first: int
    values: npt.NDArray[np.float64]
    variances: npt.NDArray[np.float64]
    common_variance: float
    adjusted: bool

    @property
    def end(self) -> int:
        """The first month after the last quarter."""
        return self.first + 3 * len(self.values)


def _adjusted_series(points: Sequence[TrendPoint], levels: Mapping[int, AdjustedLevel]) -> _Series | None:
    """Mix-adjusted pay; None unless it could be estimated for enough of the quarters, the last one among them."""
    used = [point for point in points if point.start in levels]
    if len(used) < MIN_QUARTERS or used[-1] is not points[-1]:
        return None
    found = {point.start: levels[point.start] for point in used}
    observed = {start: (log(level.amount), level.standard_error**2) for start, level in found.items()}
    return _series(used, observed, levels[used[-1].start].common_error ** 2, True)


def _median_series(points: Sequence[TrendPoint]) -> _Series:
    """Medians, all above zero. Variances depend on the counts only, since few records estimate their own spread poorly."""
    stats = {point.start: point.stats for point in points if point.stats}
    records = sum(one.count for one in stats.values())
    spread = sum(one.count**2 * log_error(one) ** 2 for one in stats.values()) / records
    observed = {start: (log(one.quartile(0.5)), spread / one.count) for start, one in stats.items()}
    return _series(points, observed, 0.0, False)


def _series(
    points: Sequence[TrendPoint], observed: Mapping[int, tuple[float, float]], common_variance: float, adjusted: bool
) -> _Series:
    starts = range(min(observed), max(observed) + 3, 3)
    values = np.array([observed.get(start, (nan, nan)) for start in starts])
    return _Series(tuple(points), starts[0], values[:, 0], values[:, 1], common_variance, adjusted)


def _forecasts(found: Forecast, series: _Series) -> tuple[OutlookPoint, ...]:
    starts = [series.end + 3 * step for step in range(len(found.steps))]
    return tuple(
        OutlookPoint(period_name(Interval.QUARTER, start), start, step.with_added_variance(series.common_variance))
        for start, step in zip(starts, found.steps, strict=True)
    )


def _named(quarter: str) -> str:
    """
    >>> _named("2026-q3")
    '2026 Q3'
    """
    return quarter.replace("-q", " Q")


def _method(series: _Series, records: int, quarters: int, kinds: Sequence[str]) -> str:
    pay = "mix-adjusted pay (`adjusted` of a trend)" if series.adjusted else "medians"
    first, last = series.points[0].period, series.points[-1].period
    return (
        f"{MODEL} Based on the {pay} of {quarters} quarters from {_named(first)} to {_named(last)} with {records:,} "
        f"records. Source types: {', '.join(kinds)}. The quarter that was incomplete at publication is excluded."
    )
