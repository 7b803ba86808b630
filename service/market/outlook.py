"""Outlooks: where the quarterly pay of a cohort is going, with how wrong such forecasts were in the latest quarters."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from pyroaring import BitMap

from service.errors import InputError
from service.market.adjusted_trend import adjusted_trend
from service.market.cohort import Cohort, check_level
from service.market.model_pool import Workshop
from service.market.series import LEAST_QUARTERS, Series, adjusted_series, counting, least_records, median_series
from service.market.trend import Interval, TrendPoint, period_name
from service.stats.forecast import Forecast, Mixture, forecast
from service.stats.percentiles import ConfidenceInterval
from service.vocabulary.factors import SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit

MOST_AHEAD = 8

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


async def outlook(cohort: Cohort, quarters: int, measure: Measure, workshop: Workshop) -> Outlook:
    """How pay goes on from the last quarter that counts; the measure must be prepared.

    Raises InputError for less than one quarter and for more than MOST_AHEAD.
    """
    if not 1 <= quarters <= MOST_AHEAD:
        raise InputError(f"An outlook is of 1 to {MOST_AHEAD} quarters, not {quarters}.")
    points = counting(cohort, measure)
    reason = _reason(cohort, measure, points)
    if reason:
        return Outlook(MODEL, *_rests_on(cohort, measure, points), reason)
    levels = await adjusted_trend(cohort, Interval.QUARTER, measure, workshop)
    series = adjusted_series(points, levels) or median_series(points)
    key = ("outlook", quarters, series.end, *cohort.identity(measure))
    found = await workshop.fit(key, forecast, lambda: (series.values, series.variances, quarters))
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
    if len(points) < LEAST_QUARTERS:
        return (
            f"An outlook takes {LEAST_QUARTERS} quarters that have ended with at least {least_records(cohort)} records each "
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
