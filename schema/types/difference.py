"""Differences of two cohorts."""

import strawberry

from schema.context import Context
from schema.types.definitions import define_type
from schema.types.inputs import CohortFilter, filter_of
from schema.types.scalars import Currency
from schema.types.stats import LevelArgument, shown, shown_interval
from service.errors import collected_problems
from service.market.cohort import Cohort
from service.market.difference import CohortDifference, Difference
from service.market.filter import conditions_of
from service.stats.percentiles import ConfidenceInterval
from service.vocabulary.measures import Adjustment, Measure


@strawberry.field(description="Difference in the unit of the measure: money in the requested currency.")
def amount(self: Difference) -> float:
    return shown(self.amount, self.a.measure)


@strawberry.field(
    description="Confidence interval of `amount`, for independent samples. It contains 0 if the cohorts may not differ."
)
def interval(self: Difference, level: LevelArgument = 0.95) -> ConfidenceInterval:
    found = self.interval(level)
    return shown_interval(found, self.a.measure) or found


define_type(
    Difference,
    "Difference of a percentile of two cohorts, `a` minus `b`.",
    {"amount": amount, "percent": "Difference in percent of the percentile of `b`.", "interval": interval},
)

_NULL = "Null if a cohort has too few records for an interval, and if the percentile of `b` is 0."
define_type(
    CohortDifference,
    "Comparison of two cohorts.",
    {
        "a": "First cohort.",
        "b": "Cohort that it is compared with.",
        "currency": strawberry.field(graphql_type=Currency, description="Currency of amounts of money."),
        "p25": f"Difference of the 25th percentiles. {_NULL}",
        "p50": f"Difference of the medians. {_NULL}",
        "p75": f"Difference of the 75th percentiles. {_NULL}",
        "unavailable": "Why there is no difference of medians, and which measures both cohorts have; null if there is one.",
        "cautions": "Limitations to consider when comparing the cohorts: DIFFERENT_SOURCES. Each has its own in `stats`.",
        "method": "How the intervals are made, in English, and how many records are in both cohorts.",
    },
)


async def compare_cohorts(
    context: Context, a: CohortFilter, b: CohortFilter, measure: Measure, currency: str, adjust: Adjustment
) -> CohortDifference:
    """Raises InputError with every problem of both filters and of the currency."""
    index = context.index
    with collected_problems() as problems:
        with problems.at("currency"):
            index.reference.rates.latest(currency)  # raises
        cohorts = []
        for name, where in (("a", a), ("b", b)):
            with problems.at(name):
                conditions = conditions_of(filter_of(where), index.reference.taxonomy)
                cohorts.append(Cohort(index, conditions, currency, adjust, context.rules))
    first, second = cohorts
    await first.prepare(measure)
    return CohortDifference(first, second, measure)
