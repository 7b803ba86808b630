"""Cohorts and their groups."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.arguments import grouping as grouping_points
from schema.limits.arguments import groups, page, periods
from schema.limits.cost import costs
from schema.types.citation import Citation, cohort_citation
from schema.types.definitions import define_type, method
from schema.types.inputs import GroupOrder, RecordOrder, group_order_of, record_order_of
from schema.types.official_wage import OfficialWage, official_wages_of, official_wages_unavailable_of
from schema.types.outlook import TrendPoint, outlook_of, trend_of
from schema.types.premium import PremiumTable, premium_table
from schema.types.record import SalaryRecordConnection, record_page
from schema.types.scalars import Code
from schema.types.stats import LEVEL, Distribution
from schema.types.vocabulary import FactorValue, factor_value
from service.market import grouping, listing
from service.market.cohort import MAX_BINS, Cohort, PercentileRank, Stats
from service.market.grouping import CohortGroup
from service.market.listing import PageArguments
from service.market.outlook import MAX_QUARTERS_AHEAD, Outlook
from service.market.premium import PremiumQuery
from service.market.trend import Interval
from service.stats.suppression import Caution
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure, MeasureCoverage, Unavailable

MeasureArgument = Annotated[Measure, strawberry.argument(description="Measure.")]
First = Annotated[
    int | None, strawberry.argument(description=f"Return the first n records, at most {listing.MAX_PAGE_SIZE}.")
]
After = Annotated[str | None, strawberry.argument(description="Return records after this cursor.")]
Last = Annotated[int | None, strawberry.argument(description=f"Return the last n records, at most {listing.MAX_PAGE_SIZE}.")]
Before = Annotated[str | None, strawberry.argument(description="Return records before this cursor.")]
OrderBy = Annotated[RecordOrder | None, strawberry.argument(description="Sort order; latest first by default.")]


@strawberry.field(
    description="Number of distinct known employers; businesses of one parent are one.", metadata=costs(0, passes=1)
)
async def employers(self: Cohort) -> int:
    return len(await self.index.compute(lambda: self.employers, self.size))


@strawberry.field(
    description="Summary statistics of a measure. Null if the cohort is suppressed or too few of its records report the "
    "measure.",
    metadata=costs(1),
)
async def stats(self: Cohort, measure: MeasureArgument = Measure.TOTAL_COMPENSATION) -> Stats | None:
    await self.prepare(measure)
    return self.stats(measure)


@strawberry.field(description="How to cite the cohort.", metadata=costs(1))
async def citation(self: Cohort, info: Info) -> Citation:
    return cohort_citation(info.context, self)


@strawberry.field(
    description="Why `stats` of a measure is null, and which measures the cohort has; null if there are statistics. With a "
    "factor, why groups by its top-level values cannot be compared: fewer than two have statistics.",
    metadata=costs(2, more=grouping_points),
)
async def unavailable(
    self: Cohort,
    measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
    factor: Annotated[Factor | None, strawberry.argument(description="Factor that `by` groups by.")] = None,
) -> Unavailable | None:
    if factor:
        await self.prepare(measure)
    return await self.index.compute(lambda: self.unavailable(measure, factor), self.size)


@strawberry.field(
    description="Measures that records of the cohort report, the most reported first. Empty if the cohort is suppressed.",
    metadata=costs(2),
)
async def measures(self: Cohort) -> list[MeasureCoverage]:
    return self.measures


@strawberry.field(
    description="Groups by the values of a factor, at its top level or below one value. Each group is a cohort. Records "
    "with a missing value form the last group, which `first` does not count. Empty if the cohort is suppressed.",
    metadata=costs(
        1, each=1, times=groups(grouping.DEFAULT_GROUPS, grouping.MAX_GROUPS), more=grouping_points, divides=True
    ),
)
async def by(
    self: Cohort,
    factor: Annotated[Factor, strawberry.argument(description="Factor to group by.")],
    under: Annotated[
        Code | None,
        strawberry.argument(description="Group by the values below this one; for METRO also below a state or country."),
    ] = None,
    first: Annotated[
        int | None, strawberry.argument(description=f"Maximum number of groups, 1 to {grouping.MAX_GROUPS}.")
    ] = grouping.DEFAULT_GROUPS,
    after: Annotated[
        Code | None,
        strawberry.argument(
            description="Return the groups after the one with this code: the last of the previous page, in the same order. "
            "Records with a missing value are on the first page."
        ),
    ] = None,
    minimum_size: Annotated[
        int | None, strawberry.argument(description="Only groups of at least this many records.")
    ] = None,
    order_by: Annotated[
        GroupOrder | None,
        strawberry.argument(
            description="Sort order. By default factors with a natural order, such as levels and years, follow it; others "
            "are sorted by size."
        ),
    ] = None,
) -> list[CohortGroup]:
    order = group_order_of(order_by)
    if order and order.field.of_measure:
        await self.prepare(order.measure)
    size = 1 if minimum_size is None else minimum_size
    page = grouping.GroupPage(grouping.DEFAULT_GROUPS if first is None else first, after, size)
    return await self.index.compute(lambda: grouping.group_by(self, factor, under, page, order), self.size)


@strawberry.field(description="Histogram of a measure; null if too few records report it.", metadata=costs(4))
async def distribution(
    self: Cohort,
    measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
    bins: Annotated[int, strawberry.argument(description=f"Approximate number of bins, 1 to {MAX_BINS}.")] = 30,
) -> Distribution | None:
    await self.prepare(measure)
    histogram = self.distribution(measure, bins)
    return Distribution(histogram=histogram, unit=MEASURES[measure].unit) if histogram else None


@strawberry.field(description="Percentile rank of an amount; null if too few records report the measure.", metadata=costs(1))
async def percentile_rank(
    self: Cohort,
    amount: Annotated[
        float, strawberry.argument(description="Amount in the requested currency, adjusted like those of the cohort.")
    ],
    measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
) -> PercentileRank | None:
    await self.prepare(measure)
    return self.percentile_rank(amount, measure)


@strawberry.field(
    description="The cohort by period, from its earliest record to its latest. Empty if the cohort is suppressed.",
    metadata=costs(1, each=1, times=periods, divides=True),
)
async def trend(
    self: Cohort,
    interval: Annotated[Interval, strawberry.argument(description="Length of the periods.")] = Interval.QUARTER,
    measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
) -> list[TrendPoint]:
    return await trend_of(self, interval, measure)


@strawberry.field(
    description="Premium of each value of a factor with all other factors held constant, by a regression over the records "
    "of the cohort. Null if the cohort is suppressed; if no premium can be estimated, `reason` says why.",
    metadata=costs(50),
)
async def premiums(
    self: Cohort,
    info: Info,
    factor: Annotated[Factor, strawberry.argument(description="Factor to estimate premiums of.")],
    baseline: Annotated[
        Code | None,
        strawberry.argument(
            description="Value to compare the others with; by default the one with the most records. Not applicable to "
            "factors with several values per record."
        ),
    ] = None,
    measure: Annotated[
        Measure,
        strawberry.argument(
            description="Measure of pay. For BONUS and EQUITY, records without any are left out: the premiums compare those "
            "who receive some."
        ),
    ] = Measure.TOTAL_COMPENSATION,
    under: Annotated[
        Code | None,
        strawberry.argument(description="Compare the values below this one, as in `by`; by default the top level."),
    ] = None,
    exclude_controls: Annotated[
        list[Factor] | None,
        strawberry.argument(
            description="Factors not to hold constant: mediators, such as level for the premium of education, and factors "
            "that always coincide with the value."
        ),
    ] = None,
) -> PremiumTable | None:
    query = PremiumQuery(factor, baseline, measure, under, frozenset(exclude_controls or ()))
    return await premium_table(self, query, info.context.model_pool)


@strawberry.field(
    description="Forecast of pay for the coming quarters, with the error of past forecasts. If no forecast is possible, "
    "`reason` says why; null only after an error.",
    metadata=costs(50),
)
async def outlook(
    self: Cohort,
    info: Info,
    quarters: Annotated[
        int, strawberry.argument(description=f"Number of quarters to forecast, 1 to {MAX_QUARTERS_AHEAD}.")
    ] = 4,
    measure: MeasureArgument = Measure.TOTAL_COMPENSATION,
) -> Outlook | None:
    return await outlook_of(self, quarters, measure, info.context.model_pool)


@strawberry.field(
    description=f"Records of the cohort in pages of at most {listing.MAX_PAGE_SIZE}; the latest {listing.DEFAULT_PAGE_SIZE} "
    "by default.",
    metadata=costs(2, each=1, times=page(listing.DEFAULT_PAGE_SIZE, listing.MAX_PAGE_SIZE)),
)
async def records(
    self: Cohort,
    info: Info,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    order_by: OrderBy = None,
) -> SalaryRecordConnection:
    arguments = PageArguments(first, after, last, before, info.context.limits.page_size)
    return await record_page(self, record_order_of(order_by), arguments)


@strawberry.field(
    description="Official wages of the cohort's role in its place, or in the United States if it has none: one entry, over "
    "all industries. They cover all workers, at every level, of the occupation of most filings for the role. Empty if there "
    "is no such occupation or figure, if the filter has other conditions than one role, one place, levels, experience and "
    "sources, or if amounts are adjusted for cost of living: `officialWagesUnavailable` says which.",
    metadata=costs(2),
)
async def official_wages(self: Cohort, info: Info) -> list[OfficialWage]:
    return await official_wages_of(info.context, self)


@strawberry.field(description="Why `officialWages` is empty; null if it is not.", metadata=costs(2))
async def official_wages_unavailable(self: Cohort, info: Info) -> Unavailable | None:
    return await official_wages_unavailable_of(info.context, self)


define_type(
    Cohort,
    "Records that match a filter, with statistics about them.",
    {
        "label": "The filter in English: Senior Machine Learning Engineers, Remote, United States.",
        "size": "Number of records; exact.",
        "employers": employers,
        "suppressed": "Why this cohort is suppressed; null if it is not.",
        "stats": stats,
        "citation": citation,
        "unavailable": unavailable,
        "measures": measures,
        "by": by,
        "distribution": distribution,
        "percentile_rank": percentile_rank,
        "trend": trend,
        "premiums": premiums,
        "outlook": outlook,
        "records": records,
        "official_wages": official_wages,
        "official_wages_unavailable": official_wages_unavailable,
    },
)


@strawberry.field(
    description="Limitations to consider when comparing the group with others: DIFFERENT_SOURCES. Those of its own figures "
    "are in its `stats`.",
    metadata=costs(4),
)
async def group_cautions(self: CohortGroup, measure: MeasureArgument = Measure.TOTAL_COMPENSATION) -> list[Caution]:
    await self.cohort.prepare(measure)
    return await self.cohort.index.compute(lambda: self.cautions(measure), self.whole.size)


def group_value(self: CohortGroup) -> FactorValue | None:
    return factor_value(self.cohort.index, self.value.id) if self.value else None


define_type(
    CohortGroup,
    "Records of a cohort that share a value of a factor.",
    {
        "value": strawberry.field(resolver=group_value, description="Null for the group of records with a missing value."),
        "share": "Share of the parent cohort's records, 0 to 1; shares overlap if records have several values.",
        "cohort": "The group as a cohort.",
        "share_of_reported": "Share of the parent cohort's records that report the factor, 0 to 1; for benefits, the share "
        "of those who report their benefits. Null for the group with a missing value.",
        "share_of_reported_interval": method(
            CohortGroup.share_of_reported_interval,
            "Confidence interval of `shareOfReported` (Wilson), 0 to 1; null if `shareOfReported` is null.",
            level=LEVEL,
        ),
        "cautions": group_cautions,
    },
)
