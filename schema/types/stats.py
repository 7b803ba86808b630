"""Statistics of a cohort: summary figures, distribution, percentile rank, suppression and cautions."""

from operator import attrgetter
from typing import Any

import strawberry

from schema.types.definitions import define_type, method, read
from schema.types.enums import SourceKind
from service.market.cohort import MAX_LEVEL, MIN_LEVEL, PercentileRank, Stats
from service.stats import percentiles
from service.stats.percentiles import Bin, ConfidenceInterval
from service.stats.suppression import DEFAULT_RULES, Caution, Suppression
from service.vocabulary.measures import MEASURES, Unit

LEVEL = f"Confidence level, {MIN_LEVEL} to {MAX_LEVEL}."


def source_kinds(path: str, description: str) -> Any:
    """A field that reads the types of sources of a figure from an attribute with their codes."""
    codes = attrgetter(path)

    def resolver(self: Any) -> list[SourceKind]:
        return [SourceKind(code) for code in codes(self)]

    return strawberry.field(resolver=resolver, description=description)


define_type(
    ConfidenceInterval,
    "Confidence interval.",
    {
        "low": "Lower bound, in the unit of the figure.",
        "high": "Upper bound, in the unit of the figure.",
        "level": "Confidence level: the probability, 0 to 1, that the interval contains the true value.",
    },
)
define_type(
    Caution,
    "Limitation to consider when interpreting a figure.",
    {"code": "Machine-readable code.", "message": "Explanation in English."},
)
define_type(
    Suppression,
    "Why the figures of a cohort are suppressed.",
    {
        "code": "Machine-readable code.",
        "message": "Explanation in English, and what to do about it.",
        "minimum": "Minimum number required.",
    },
)


@strawberry.field(description="Unit of the figures.")
def unit(self: Stats) -> Unit:
    return MEASURES[self.measure].unit


@strawberry.field(description=f"10th percentile; null for fewer than {DEFAULT_RULES.min_records_outer} records.")
def p10(self: Stats) -> float | None:
    return self.percentile(0.10)


@strawberry.field(description="25th percentile.")
def p25(self: Stats) -> float:
    return self.quartile(0.25)


@strawberry.field(description="Median.")
def p50(self: Stats) -> float:
    return self.quartile(0.50)


@strawberry.field(description="75th percentile.")
def p75(self: Stats) -> float:
    return self.quartile(0.75)


@strawberry.field(description=f"90th percentile; null for fewer than {DEFAULT_RULES.min_records_outer} records.")
def p90(self: Stats) -> float | None:
    return self.percentile(0.90)


define_type(
    Stats,
    "Summary statistics of one measure. Percentiles are exact and interpolate linearly between closest ranks (Hyndman and "
    "Fan type 7, like PostgreSQL's percentile_cont).",
    {
        "measure": "Measure.",
        "unit": unit,
        "count": "Sample size: records in the cohort that report the measure.",
        "mean": "Arithmetic mean.",
        "mean_interval": method(
            Stats.mean_interval,
            "Confidence interval of the mean (Student's t). Useful for scores from 1 to 5, whose medians are whole numbers. "
            "Pay is skewed, so prefer the interval of the median for small samples of pay. Null if all values are equal.",
            level=LEVEL,
        ),
        "standard_deviation": "Sample standard deviation (denominator n - 1).",
        "p10": p10,
        "p25": p25,
        "p50": p50,
        "p75": p75,
        "p90": p90,
        "percentile": method(
            Stats.percentile,
            f"Any percentile. Null outside 0.25 to 0.75 for fewer than {DEFAULT_RULES.min_records_outer} records and "
            f"outside 0.1 to 0.9 for fewer than {DEFAULT_RULES.min_records_extreme}, and where it would be the minimum or "
            "maximum.",
            p="Percentile as a fraction, 0 to 1: 0.9 is the 90th percentile.",
        ),
        "interval": method(
            Stats.interval,
            "Distribution-free confidence interval of a percentile, from order statistics. Null if the sample is too small.",
            p="Percentile as a fraction, 0 to 1: 0.5 is the median.",
            level=LEVEL,
        ),
        "confidence": "Reliability of the figures, by sample size.",
        "cautions": "Limitations to consider when interpreting the figures.",
    },
)
define_type(
    Bin,
    "Bin of a histogram: values from `low` (inclusive) to `high` (exclusive).",
    {"low": "Lower edge, inclusive.", "high": "Upper edge, exclusive.", "count": "Number of records."},
)


@strawberry.type(
    description="Histogram between the whiskers of a box plot. Its edges derive from the quartiles; `below` and `above` "
    "count the values outside."
)
class Distribution:
    histogram: strawberry.Private[percentiles.Distribution]
    unit: Unit = strawberry.field(description="Unit of the edges.")
    bins: list[Bin] = read("histogram.bins", "Bins of equal, round width, in ascending order.")
    below: int = read("histogram.below", "Number of records below the first bin.")
    above: int = read("histogram.above", "Number of records above the last bin.")


define_type(
    PercentileRank,
    "Percentile rank of an amount among the records of a cohort.",
    {
        "amount": "Amount that was ranked.",
        "rank": "Percentage of records below the amount, 0 to 100; records equal to it count half.",
        "interval": "95% confidence interval of the rank (Wilson), 0 to 100.",
        "count": "Sample size: records that report the measure.",
    },
)
