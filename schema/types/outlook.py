"""Outlooks: where pay is going, with intervals that widen and the error of such forecasts so far."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.types.enums import SourceKind
from schema.types.scalars import Month
from schema.types.stats import ConfidenceInterval
from service.market import outlook as market
from service.market.cohort import Cohort
from service.vocabulary.measures import Measure


@strawberry.type(description="What is expected of a quarter.")
class OutlookPoint:
    period: str = strawberry.field(description="The quarter: 2026-Q3.")
    start: Month = strawberry.field(description="The first month of the quarter.")
    of: strawberry.Private[market.OutlookPoint]

    @strawberry.field(description="The middle of what is expected of the quarter's typical pay, in the currency asked for.")
    def median(self) -> float:
        return self.of.median

    @strawberry.field(
        description="Prediction interval: what the quarter's records may tell. It holds the doubt about today's level, "
        "about the trend and about who will tell, at as many records as of late, and widens from quarter to quarter."
    )
    def interval(
        self,
        level: Annotated[float, strawberry.argument(description="The probability that it holds what will be told.")] = 0.95,
    ) -> ConfidenceInterval:
        return ConfidenceInterval.of(self.of.interval(level))


@strawberry.type(description="How the pay of a cohort may go on.")
class Outlook:
    points: list[OutlookPoint] = strawberry.field(
        description="From the quarter after the last one that had ended and is told; empty beside a reason."
    )
    reason: str | None = strawberry.field(description="Why there are no points, in words; null when there are.")
    method: str = strawberry.field(description="The model and what it goes on from, in words.")
    backtest_error: float | None = strawberry.field(
        description="Mean absolute percentage error on held-out quarters: of forecasts as far ahead as asked for, made in "
        "each of up to eight of the last quarters from the ones before, of the pay that `method` names. Null without points."
    )
    naive_error: float | None = strawberry.field(
        description="The same error, in percent, of a naive forecast of the same quarters: the last quarter's value stays. "
        "Where it is the lower one, trust the trend less. Null without points."
    )
    records: int = strawberry.field(description="Records that carry the measure in the quarters that count.")
    quarters_used: int = strawberry.field(
        description="Quarters that count: of the last ten years that have any, those that had ended when the edition was "
        "published, with at least ten records."
    )
    kinds: list[SourceKind] = strawberry.field(description="What those records are.")


async def outlook(info: Info, cohort: Cohort, quarters: int, measure: Measure) -> Outlook:
    await cohort.prepare(measure)
    found = await market.outlook(cohort, quarters, measure, info.context.workshop)
    return Outlook(
        points=[OutlookPoint(period=point.period, start=Month(point.start), of=point) for point in found.points],
        reason=found.reason,
        method=found.method,
        backtest_error=found.error,
        naive_error=found.naive_error,
        records=found.records,
        quarters_used=found.quarters,
        kinds=[SourceKind(kind) for kind in found.kinds],
    )
