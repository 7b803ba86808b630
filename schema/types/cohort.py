"""Cohorts: one object that answers every question."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs, groups, page, periods
from schema.types.enums import SortDirection
from schema.types.outlook import Outlook, outlook
from schema.types.premium import PremiumTable, premiums
from schema.types.record import RecordOrder, SalaryRecordConnection, records
from schema.types.scalars import Code
from schema.types.stats import ConfidenceInterval, Distribution, PercentileRank, Stats, Suppression
from schema.types.trend import TrendPoint, trend_points
from schema.types.vocabulary import FactorValue, shown
from service.market import grouping
from service.market.cohort import Cohort as Asked
from service.market.grouping import GroupOrderField
from service.market.listing import MOST, USUAL, Window
from service.market.trend import Interval
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure

MeasureArgument = Annotated[Measure, strawberry.argument(description="What to measure.")]


@strawberry.input(description="How groups are ordered.")
class GroupOrder:
    field: GroupOrderField = strawberry.field(description="What by.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Which end comes first.")
    measure: Measure = strawberry.field(
        default=Measure.TOTAL_COMPENSATION, description="The measure whose figure MEDIAN and MEAN go by."
    )


@strawberry.type(description="The records that match a filter, as something to ask questions of.")
class Cohort:
    of: strawberry.Private[Asked]

    @strawberry.field(description="The filter in words: Senior Machine Learning Engineers, Remote, United States.")
    def label(self) -> str:
        return self.of.label

    @strawberry.field(description="Records in the cohort; exact.")
    def size(self) -> int:
        return self.of.size

    @strawberry.field(description="Distinct known employers.", metadata=costs(1))
    def employers(self) -> int:
        return len(self.of.employers)

    @strawberry.field(description="Why nothing is told of this cohort; null when it is large enough.")
    def suppressed(self) -> Suppression | None:
        found = self.of.suppressed
        return Suppression(code=found.code, message=found.message, minimum=found.minimum) if found else None

    @strawberry.field(
        description="Null when suppressed, or when too few of the cohort's records carry the measure.", metadata=costs(1)
    )
    async def stats(self, measure: MeasureArgument = Measure.TOTAL_COMPENSATION) -> Stats | None:
        await self.of.prepare(measure)
        found = self.of.stats(measure)
        return Stats(of=found) if found else None

    @strawberry.field(
        description="Groups by a factor: its top values, or the children of one. Each group is a cohort again. Records "
        "that do not tell the factor come last, beside `first`. Empty when the cohort is suppressed.",
        metadata=costs(1, each=1, times=groups(grouping.USUAL, grouping.MOST_GROUPS)),
    )
    async def by(
        self,
        factor: Annotated[Factor, strawberry.argument(description="What to group by.")],
        under: Annotated[
            Code | None,
            strawberry.argument(description="Group what lies below this value; for METRO also a state or country."),
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="The most groups, 1 to 500.")] = 50,
        order_by: Annotated[
            GroupOrder | None,
            strawberry.argument(description="By default by size, levels, years and the like in their own order."),
        ] = None,
    ) -> list["CohortGroup"]:
        order = _order(order_by)
        if order and order.field.of_measure:
            await self.of.prepare(order.measure)
        groups = grouping.by(self.of, factor, under, grouping.USUAL if first is None else first, order)
        return [CohortGroup.of(group) for group in groups]

    @strawberry.field(description="A histogram; null when too few records carry the measure.", metadata=costs(2))
    async def distribution(
        self,
        measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
        bins: Annotated[int, strawberry.argument(description="How many bins, 1 to 100.")] = 30,
    ) -> Distribution | None:
        await self.of.prepare(measure)
        found = self.of.distribution(measure, bins)
        return Distribution.of(found, MEASURES[measure].unit) if found else None

    @strawberry.field(description="Where an amount stands; null when too few records carry the measure.", metadata=costs(1))
    async def percentile_rank(
        self,
        amount: Annotated[float, strawberry.argument(description="In the currency asked for, adjusted like the cohort.")],
        measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
    ) -> PercentileRank | None:
        await self.of.prepare(measure)
        found = self.of.percentile_rank(amount, measure)
        return PercentileRank.of(found) if found else None

    @strawberry.field(
        description="The cohort by periods, from its first record to its last. Empty when suppressed.",
        metadata=costs(1, each=1, times=periods),
    )
    async def trend(
        self,
        interval: Annotated[Interval, strawberry.argument(description="The length of the periods.")] = Interval.QUARTER,
        measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
    ) -> list[TrendPoint]:
        return await trend_points(self, interval, measure)

    @strawberry.field(
        description="What each value of a factor adds to pay with the other factors held equal, by a regression of this "
        "cohort's records. Null when the cohort is suppressed; where nothing can be told, its `reason` says why.",
        metadata=costs(50),
    )
    async def premiums(
        self,
        info: Info,
        factor: Annotated[Factor, strawberry.argument(description="The factor whose values are told.")],
        baseline: Annotated[
            Code | None,
            strawberry.argument(
                description="The value that others are held against, by default the one with the most records. Factors of "
                "which a record may have several values take none."
            ),
        ] = None,
        measure: Annotated[
            Measure,
            strawberry.argument(
                description="A measure of pay. Records without bonus or equity are left out of these two, so that they "
                "compare those who get some."
            ),
        ] = Measure.TOTAL_COMPENSATION,
        under: Annotated[
            Code | None,
            strawberry.argument(description="What lies below this value, as in `by`; by default the factor's top values."),
        ] = None,
        exclude_controls: Annotated[
            list[Factor] | None,
            strawberry.argument(
                description="Factors that are not held equal: what lies on the way from the one asked for to pay, as level "
                "may from education, or what always goes with it."
            ),
        ] = None,
    ) -> PremiumTable | None:
        return await premiums(info.context, self.of, factor, baseline, measure, under, exclude_controls)

    @strawberry.field(
        description="How pay may go on in the next quarters, beside how wrong such forecasts were so far. Null only with an "
        "error; where nothing can be told, its `reason` says why.",
        metadata=costs(50),
    )
    async def outlook(
        self,
        info: Info,
        quarters: Annotated[int, strawberry.argument(description="How many quarters ahead, 1 to 8.")] = 4,
        measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
    ) -> Outlook | None:
        return await outlook(info, self.of, quarters, measure)

    @strawberry.field(
        description="The records themselves, in pages of at most 100; by default the latest 50.",
        metadata=costs(2, each=1, times=page(USUAL, MOST)),
    )
    async def records(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="The first so many, at most 100.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only records behind this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="The last so many, at most 100.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only records before this cursor.")] = None,
        order_by: Annotated[RecordOrder | None, strawberry.argument(description="By default the latest first.")] = None,
    ) -> SalaryRecordConnection:
        return await records(self.of, order_by, Window(first, after, last, before, info.context.limits.page_size))


@strawberry.type(description="A part of a cohort that shares a value of a factor.")
class CohortGroup:
    value: FactorValue | None = strawberry.field(description="Null gathers the records that do not tell this factor.")
    share: float = strawberry.field(
        description="Of the parent cohort's records, 0 to 1; where a record has several values, shares overlap."
    )
    cohort: Cohort = strawberry.field(description="The group as a cohort.")
    group: strawberry.Private[grouping.CohortGroup]

    @classmethod
    def of(cls, group: grouping.CohortGroup) -> "CohortGroup":
        value = shown(group.cohort.index, group.value.id) if group.value else None
        return cls(value=value, share=group.share, cohort=Cohort(of=group.cohort), group=group)

    @strawberry.field(
        description="Of those of the parent cohort's records that tell the factor at all, 0 to 1: of those that told of "
        "benefits, how many have this one. Null for the group that does not tell it."
    )
    def share_of_reported(self) -> float | None:
        return self.group.share_of_reported

    @strawberry.field(description="Wilson's interval of shareOfReported, 0 to 1; null where that is.")
    def share_of_reported_interval(
        self,
        level: Annotated[float, strawberry.argument(description="The probability that it holds the true value.")] = 0.95,
    ) -> ConfidenceInterval | None:
        found = self.group.interval_of_reported(level)
        return ConfidenceInterval.of(found) if found else None


def _order(given: GroupOrder | None) -> grouping.GroupOrder | None:
    return grouping.GroupOrder(given.field, given.direction is SortDirection.DESC, given.measure) if given else None
