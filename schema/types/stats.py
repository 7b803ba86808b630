"""Statistics of a cohort: summary figures, distribution, percentile rank, suppression and cautions."""

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter
from typing import Annotated, Any, TypeVar

import strawberry

from schema.limits.cost import costs
from schema.types.definitions import cents, define_type, read
from schema.types.enums import SourceKind
from service.market.cohort import MAX_LEVEL, MIN_LEVEL, PercentileRank, Stats
from service.market.contributed import ContributedSample
from service.stats import percentiles
from service.stats.percentiles import Bin, ConfidenceInterval
from service.stats.suppression import DEFAULT_RULES, Caution, Suppression
from service.vocabulary.measures import MEASURES, PAY, Measure, MeasureCoverage, Unavailable, Unit

T = TypeVar("T")
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
    Unavailable,
    "Why figures are unavailable.",
    {
        "code": "Machine-readable code.",
        "message": "Explanation in English, and what to do about it.",
        "available": "Measures that may be available instead.",
        "data_sets": "Data sets of the catalogue that report what is missing but are not loaded, the most useful first: "
        "`payrank data load NAME` loads one.",
    },
)
define_type(
    MeasureCoverage,
    "How many records of a cohort report a measure.",
    {
        "measure": "Measure.",
        "records": "Number of records that report it, as in `stats { count }`: adjusted pay needs a price level.",
    },
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


PercentileArgument = Annotated[
    float, strawberry.argument(description="Percentile as a fraction, 0 to 1: 0.9 is the 90th percentile.")
]
MedianArgument = Annotated[float, strawberry.argument(description="Percentile as a fraction, 0 to 1: 0.5 is the median.")]
LevelArgument = Annotated[float, strawberry.argument(description=LEVEL)]


def shown(figure: float, measure: Measure) -> float:
    """A figure of a measure as the API shows it: money in cents."""
    return cents(figure) if measure in PAY else figure


def interval_in_cents(interval: ConfidenceInterval) -> ConfidenceInterval:
    return replace(interval, low=cents(interval.low), high=cents(interval.high))


def shown_interval(interval: ConfidenceInterval | None, measure: Measure) -> ConfidenceInterval | None:
    return interval_in_cents(interval) if interval and measure in PAY else interval


define_type(
    ContributedSample,
    "Contributed records that a figure rests on, and about how many contributors there were.",
    {
        "records": "Number of contributed records.",
        "contributors": "Number of contributors in `year`, with noise, in the role families and countries of these records. "
        "Families and countries with too few contributors for a number are left out; null if all are.",
        "year": "Latest year whose numbers of contributors are published; null before the first.",
    },
)


@strawberry.field(description="Unit of the figures.")
def unit(self: Stats) -> Unit:
    return MEASURES[self.measure].unit


@strawberry.field(description="Arithmetic mean.", metadata=costs(0, passes=1))
async def mean(self: Stats) -> float:
    return shown(await _scan(self, lambda: self.mean), self.measure)


async def _scan(stats: Stats, figure: Callable[[], T]) -> T:
    """A figure that takes time in proportion to the number of records."""
    return await stats.cohort.index.compute(figure, stats.count)


@strawberry.field(
    description="Confidence interval of the mean (Student's t). Useful for scores from 1 to 5, whose medians are whole "
    "numbers. Pay is skewed, so prefer the interval of the median for small samples of pay. Null if all values are equal.",
    metadata=costs(0, passes=2),
)
async def mean_interval(self: Stats, level: LevelArgument = 0.95) -> ConfidenceInterval | None:
    return shown_interval(await _scan(self, lambda: self.mean_interval(level)), self.measure)


@strawberry.field(description="Sample standard deviation (denominator n - 1).", metadata=costs(0, passes=1))
async def standard_deviation(self: Stats) -> float:
    return shown(await _scan(self, lambda: self.standard_deviation), self.measure)


@strawberry.field(
    description=f"Any percentile. Null outside 0.25 to 0.75 for fewer than {DEFAULT_RULES.min_records_outer} records and "
    f"outside 0.1 to 0.9 for fewer than {DEFAULT_RULES.min_records_extreme}, and where it would be the minimum or maximum."
)
def percentile(self: Stats, p: PercentileArgument) -> float | None:
    return _percentile(self, p)


@strawberry.field(
    description="Distribution-free confidence interval of a percentile, from order statistics. Null if the sample is too "
    "small."
)
def interval(self: Stats, p: MedianArgument = 0.5, level: LevelArgument = 0.95) -> ConfidenceInterval | None:
    return shown_interval(self.interval(p, level), self.measure)


@strawberry.field(description="Contributed records among those of the figures; null if there are none.", metadata=costs(1))
async def contributed(self: Stats) -> ContributedSample | None:
    return await _scan(self, lambda: self.contributed)


@strawberry.field(
    description="Limitations to consider when interpreting the figures, of the records that report the measure.",
    metadata=costs(4, passes=1),
)
async def cautions(self: Stats) -> list[Caution]:
    return list(await _scan(self, lambda: self.cautions))


def _percentile(stats: Stats, p: float) -> float | None:
    found = stats.percentile(p)
    return None if found is None else shown(found, stats.measure)


@strawberry.field(description=f"10th percentile; null for fewer than {DEFAULT_RULES.min_records_outer} records.")
def p10(self: Stats) -> float | None:
    return _percentile(self, 0.10)


@strawberry.field(description="25th percentile.")
def p25(self: Stats) -> float:
    return shown(self.quartile(0.25), self.measure)


@strawberry.field(description="Median.")
def p50(self: Stats) -> float:
    return shown(self.quartile(0.50), self.measure)


@strawberry.field(description="75th percentile.")
def p75(self: Stats) -> float:
    return shown(self.quartile(0.75), self.measure)


@strawberry.field(description=f"90th percentile; null for fewer than {DEFAULT_RULES.min_records_outer} records.")
def p90(self: Stats) -> float | None:
    return _percentile(self, 0.90)


define_type(
    Stats,
    "Summary statistics of one measure. Percentiles are exact and interpolate linearly between closest ranks (Hyndman and "
    "Fan type 7, like PostgreSQL's percentile_cont); amounts of money are rounded to cents.",
    {
        "measure": "Measure.",
        "unit": unit,
        "count": "Sample size: records in the cohort that report the measure.",
        "mean": mean,
        "mean_interval": mean_interval,
        "standard_deviation": standard_deviation,
        "p10": p10,
        "p25": p25,
        "p50": p50,
        "p75": p75,
        "p90": p90,
        "percentile": percentile,
        "interval": interval,
        "confidence": "Reliability of the figures, by sample size.",
        "contributed": contributed,
        "cautions": cautions,
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
