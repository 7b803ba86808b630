"""Trends: a cohort by periods, as its records tell pay and at an equal mix of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types.scalars import Month
from schema.types.stats import ConfidenceInterval, Stats
from service.market import trend
from service.market.trend import AdjustedLevel
from service.market.cohort import Cohort as Asked
from service.market.model_pool import Workshop
from service.market.trend import Interval
from service.vocabulary.measures import Measure

if TYPE_CHECKING:
    from schema.types.cohort import Cohort


@dataclass
class AdjustedTrend:
    """The levels that all points of one answer share, fitted when the first of them is asked for one."""

    cohort: Asked
    interval: Interval
    measure: Measure
    _levels: "asyncio.Task[Mapping[int, AdjustedLevel]] | None" = None

    async def at(self, workshop: Workshop, start: int) -> AdjustedLevel | None:
        if self._levels is None:
            asked = trend.adjusted_trend(self.cohort, self.interval, self.measure, workshop)
            self._levels = asyncio.create_task(asked)
        return (await self._levels).get(start)


@strawberry.type(description="One period of a trend.")
class TrendPoint:
    period: str = strawberry.field(description="2026 or 2026-Q3.")
    start: Month = strawberry.field(description="The first month of the period.")
    cohort: Annotated["Cohort", strawberry.lazy("schema.types.cohort")] = strawberry.field(
        description="The records of the period, as a cohort."
    )
    stats: Stats | None = strawberry.field(description="Null when too few of the period's records carry the measure.")
    change: float | None = strawberry.field(
        description="Of the median against the same period a year before, in percent; null where either is not told. Who "
        "tells of their pay changes too: see adjustedChange."
    )
    shared: strawberry.Private[AdjustedTrend]

    @classmethod
    def of(cls, point: trend.TrendPoint, cohort: "Cohort", shared: AdjustedTrend) -> "TrendPoint":
        return cls(
            period=point.period,
            start=Month(point.start),
            cohort=cohort,
            stats=Stats(of=point.stats) if point.stats else None,
            change=point.change,
            shared=shared,
        )

    @strawberry.field(
        description="Typical pay of the period at an equal mix: what the cohort's records of all periods together would pay "
        "if all were of this one, so that it only moves when pay does. It moves as the geometric mean of that mix, by a "
        "regression of log pay on the period and all other factors (a time-dummy hedonic index; of more than 30,000 records "
        "so many at random), and over all periods together it agrees with their medians. In the currency asked for. Null "
        "for measures other than pay or where some tell 0, for periods with under ten records, and for those that cannot be "
        "told from other factors, as when each has a source of its own.",
        metadata=costs(1),
    )
    async def adjusted(self, info: Info) -> float | None:
        found = await self._level(info)
        return found.amount * self.shared.cohort.scale(self.shared.measure) if found else None

    @strawberry.field(
        description="Confidence interval of `adjusted`, from a robust covariance; null where that is.", metadata=costs(1)
    )
    async def adjusted_interval(
        self,
        info: Info,
        level: Annotated[float, strawberry.argument(description="The probability that it holds the true value.")] = 0.95,
    ) -> ConfidenceInterval | None:
        found = await self._level(info)
        return ConfidenceInterval.of(found.interval(level, self.shared.cohort.scale(self.shared.measure))) if found else None

    @strawberry.field(
        description="Of `adjusted` against the same period a year before, in percent: how far pay for the same work moved. "
        "Null where either is.",
        metadata=costs(1),
    )
    async def adjusted_change(self, info: Info) -> float | None:
        now = await self._level(info)
        before = await self.shared.at(info.context.workshop, self.start - 12)
        return 100 * (now.amount / before.amount - 1) if now and before else None

    async def _level(self, info: Info) -> AdjustedLevel | None:
        return await self.shared.at(info.context.workshop, self.start)


async def trend_points(cohort: "Cohort", interval: Interval, measure: Measure) -> list[TrendPoint]:
    await cohort.of.prepare(measure)
    shared, points = AdjustedTrend(cohort.of, interval, measure), trend.trend(cohort.of, interval, measure)
    return [TrendPoint.of(point, type(cohort)(of=point.cohort), shared) for point in points]
