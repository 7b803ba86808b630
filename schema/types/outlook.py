"""Trends of pay by period, and outlooks: forecasts with the error of past forecasts."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types.definitions import cents, define_type, money, read
from schema.types.scalars import Month
from schema.types.stats import LEVEL, interval_in_cents, source_kinds
from service.market import outlook, trend
from service.market.cohort import MAX_LEVEL, MIN_LEVEL, Cohort, Stats
from service.market.model_pool import ModelPool
from service.market.outlook import Outlook, OutlookPoint
from service.market.trend import AdjustedLevel, Interval
from service.stats.percentiles import ConfidenceInterval
from service.stats.suppression import Caution
from service.vocabulary.measures import Measure


@dataclass
class AdjustedTrend:
    """The mix-adjusted levels of all points of a trend, fitted once when the first point needs its level."""

    cohort: Cohort
    interval: Interval
    measure: Measure
    _levels: "asyncio.Task[Mapping[int, AdjustedLevel]] | None" = None

    async def level(self, model_pool: ModelPool, start: int) -> AdjustedLevel | None:
        """The level of the period that starts in a month; None if it cannot be estimated."""
        if self._levels is None:
            levels = trend.adjusted_trend(self.cohort, self.interval, self.measure, model_pool)
            self._levels = asyncio.create_task(levels)
        return (await self._levels).get(start)


@strawberry.type(description="Period of a trend.")
class TrendPoint:
    point: strawberry.Private[trend.TrendPoint]
    adjusted_trend: strawberry.Private[AdjustedTrend]
    period: str = read("point.period", "Year or quarter, by its code as a factor value: 2026 or 2026-q3.")
    start: Month = read("point.start", "First month of the period.")
    cohort: Cohort = read("point.cohort", "Records of the period.")
    stats: Stats | None = read("point.stats", "Null if too few records of the period report the measure.")
    change: float | None = read(
        "point.change",
        "Change of the reported median from the same period of the previous year, in percent; null if either median is "
        "missing. It also reflects changes in who reports (see `adjustedChange`), and, in a currency other than the "
        "reported one, changes of exchange rates.",
    )

    @strawberry.field(
        description="Limitations to consider when comparing the period with the previous one that has statistics, and with "
        "the same period of the previous year: DIFFERENT_SOURCES. Cautions about its own figures are in `stats`.",
        metadata=costs(1),
    )
    async def cautions(self) -> list[Caution]:
        cohort = self.point.cohort
        return await cohort.index.compute(lambda: self.point.cautions, cohort.size)

    @strawberry.field(
        description="Mix-adjusted pay of the period, in the requested currency: what the records of all periods together "
        "would pay in this one, so that only changes in pay move it. Estimated by a regression of log pay on the period and "
        f"all other factors (time-dummy hedonic index) of at most {trend.MAX_RECORDS:,} records drawn at random, and scaled "
        "to agree with the medians over all periods. Null for measures other than pay and for measures with zero values, "
        "for periods with fewer than ten records, and for periods that cannot be separated from other factors, such as when "
        "each has its own source.",
        metadata=costs(1),
    )
    async def adjusted(self, info: Info) -> float | None:
        level = await self._level(info)
        return cents(level.amount) if level else None

    @strawberry.field(
        description="Confidence interval of `adjusted`, with robust standard errors; null if `adjusted` is null.",
        metadata=costs(1),
    )
    async def adjusted_interval(
        self, info: Info, level: Annotated[float, strawberry.argument(description=LEVEL)] = 0.95
    ) -> ConfidenceInterval | None:
        adjusted = await self._level(info)
        return interval_in_cents(adjusted.interval(level)) if adjusted else None

    @strawberry.field(
        description="Change of `adjusted` from the same period of the previous year, in percent: how much pay for the same "
        "work has changed, in the requested currency. Null if either is null.",
        metadata=costs(1),
    )
    async def adjusted_change(self, info: Info) -> float | None:
        level = await self._level(info)
        before = await self.adjusted_trend.level(info.context.model_pool, self.point.start - 12)
        return 100 * (level.amount / before.amount - 1) if level and before else None

    async def _level(self, info: Info) -> AdjustedLevel | None:
        return await self.adjusted_trend.level(info.context.model_pool, self.point.start)


async def trend_of(cohort: Cohort, interval: Interval, measure: Measure) -> list[TrendPoint]:
    await cohort.prepare(measure)
    adjusted = AdjustedTrend(cohort, interval, measure)
    points = await cohort.index.compute(lambda: trend.trend(cohort, interval, measure), cohort.size)
    return [TrendPoint(point=point, adjusted_trend=adjusted) for point in points]


@strawberry.field(
    description="Prediction interval: the range of the median that the quarter's records may report. It reflects the "
    "uncertainty of the current level, of the trend and of sampling, assuming as many records as recently, and widens with "
    "each quarter."
)
def interval(
    self: OutlookPoint,
    level: Annotated[
        float,
        strawberry.argument(
            description=f"Probability, {MIN_LEVEL} to {MAX_LEVEL}, that the interval contains the reported value."
        ),
    ] = 0.95,
) -> ConfidenceInterval:
    return interval_in_cents(self.interval(level))


define_type(
    OutlookPoint,
    "Forecast for a quarter.",
    {
        "period": "Quarter, by its code as a factor value: 2026-q3.",
        "start": strawberry.field(graphql_type=Month, description="First month of the quarter."),
        "median": money("median", "Median of the forecast of typical pay, in the requested currency."),
        "interval": interval,
    },
)
define_type(
    Outlook,
    "Forecast of the pay of a cohort.",
    {
        "points": "Forecasts, from the first quarter after the latest complete one with data; empty if there is a `reason`.",
        "reason": "Why there is no forecast, in English; null if there is one.",
        "method": "Description of the model and its data, in English.",
        "backtest_error": "Mean absolute percentage error of held-out forecasts of the pay that `method` names: as many "
        "quarters ahead as requested, made in each of up to eight of the latest quarters. Null without points.",
        "naive_error": "Mean absolute percentage error of a naive forecast of the same quarters, the last value carried "
        "forward. If it is lower than `backtestError`, trust the trend less. Null without points.",
        "records": "Number of records that report the measure in the quarters used.",
        "quarters_used": "Number of quarters used: those of the latest ten years with data that were complete when the "
        f"edition was published and have at least {outlook.MIN_RECORDS} records.",
        "kinds": source_kinds("kinds", "Types of sources of these records."),
    },
)


async def outlook_of(cohort: Cohort, quarters: int, measure: Measure, model_pool: ModelPool) -> Outlook:
    await cohort.prepare(measure)
    return await outlook.outlook(cohort, quarters, measure, model_pool)
