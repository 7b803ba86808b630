"""Figures of a cohort: statistics, distribution, percentile rank."""

from typing import Annotated

import strawberry

from service.market import cohort as market
from service.stats import percentiles as summary
from service.stats.suppression import CautionCode, Confidence, SuppressionCode
from service.vocabulary.measures import MEASURES, Measure, Unit


@strawberry.type(description="Two bounds that hold the true value with a given probability.")
class ConfidenceInterval:
    low: float = strawberry.field(description="The lower bound, in the unit of the figure.")
    high: float = strawberry.field(description="The upper bound, in the unit of the figure.")
    level: float = strawberry.field(description="The probability, 0 to 1, that the bounds hold the true value.")

    @classmethod
    def of(cls, found: summary.ConfidenceInterval) -> "ConfidenceInterval":
        return cls(low=found.low, high=found.high, level=found.level)


@strawberry.type(description="What a reader of a figure should bear in mind.")
class Caution:
    code: CautionCode = strawberry.field(description="The kind of caution, for programs.")
    message: str = strawberry.field(description="The caution in words, for people.")


@strawberry.type(description="Why nothing is told of a cohort.")
class Suppression:
    code: SuppressionCode = strawberry.field(description="The kind of reason, for programs.")
    message: str = strawberry.field(description="The reason in words, and what to do about it.")
    minimum: int = strawberry.field(description="How many it would take.")


@strawberry.type(
    description="Figures of one measure. Percentiles are exact and interpolate linearly between closest ranks (Hyndman "
    "and Fan type 7, as PostgreSQL's percentile_cont)."
)
class Stats:
    of: strawberry.Private[market.Stats]

    @strawberry.field(description="What is measured.")
    def measure(self) -> Measure:
        return self.of.measure

    @strawberry.field(description="What the figures are counted in.")
    def unit(self) -> Unit:
        return MEASURES[self.of.measure].unit

    @strawberry.field(description="Records in the cohort that carry the measure.")
    def count(self) -> int:
        return self.of.count

    @strawberry.field(description="Arithmetic mean.")
    def mean(self) -> float:
        return self.of.mean

    @strawberry.field(
        description="Confidence interval of the mean, Student's t. Scores from 1 to 5 are compared by their means, since "
        "their medians are whole numbers; money is skewed, so of few records the interval of the median holds better. Null "
        "where all records tell the same."
    )
    def mean_interval(
        self,
        level: Annotated[float, strawberry.argument(description="The probability that it holds the true value.")] = 0.95,
    ) -> ConfidenceInterval | None:
        found = self.of.mean_interval(level)
        return ConfidenceInterval.of(found) if found else None

    @strawberry.field(description="Standard deviation of a sample (over n - 1).")
    def standard_deviation(self) -> float:
        return self.of.standard_deviation

    @strawberry.field(description="10th percentile; null under 10 records.")
    def p10(self) -> float | None:
        return self.of.percentile(0.10)

    @strawberry.field(description="25th percentile.")
    def p25(self) -> float:
        return self.of.quartile(0.25)

    @strawberry.field(description="Median.")
    def p50(self) -> float:
        return self.of.quartile(0.50)

    @strawberry.field(description="75th percentile.")
    def p75(self) -> float:
        return self.of.quartile(0.75)

    @strawberry.field(description="90th percentile; null under 10 records.")
    def p90(self) -> float | None:
        return self.of.percentile(0.90)

    @strawberry.field(
        description="Any percentile, as a share from 0 to 1. Null outside 0.25-0.75 under 10 records and outside 0.1-0.9 "
        "under 20; the minimum and the maximum are never told."
    )
    def percentile(
        self, p: Annotated[float, strawberry.argument(description="The share of records below, 0 to 1: 0.9 is P90.")]
    ) -> float | None:
        return self.of.percentile(p)

    @strawberry.field(
        description="Distribution-free confidence interval of a percentile, from order statistics. Null where the records "
        "are too few for it."
    )
    def interval(
        self,
        p: Annotated[float, strawberry.argument(description="The percentile as a share, 0 to 1.")] = 0.5,
        level: Annotated[float, strawberry.argument(description="The probability that it holds the true value.")] = 0.95,
    ) -> ConfidenceInterval | None:
        found = self.of.interval(p, level)
        return ConfidenceInterval.of(found) if found else None

    @strawberry.field(description="How far the figures can be trusted, by the number of records.")
    def confidence(self) -> Confidence:
        return self.of.confidence

    @strawberry.field(description="What to bear in mind when reading the figures.")
    def cautions(self) -> list[Caution]:
        return [Caution(code=caution.code, message=caution.message) for caution in self.of.cautions]


@strawberry.type(description="The values from `low` on and below `high`.")
class Bin:
    low: float = strawberry.field(description="The lower edge, included.")
    high: float = strawberry.field(description="The upper edge, not included.")
    count: int = strawberry.field(description="Records in the bin.")


@strawberry.type(
    description="A histogram over the span of a box plot's whiskers; its edges rest on quartiles, so they do not tell the "
    "smallest or the largest value."
)
class Distribution:
    unit: Unit = strawberry.field(description="What the edges are counted in.")
    bins: list[Bin] = strawberry.field(description="Bins of equal, round width, ascending.")
    below: int = strawberry.field(description="Records below the first bin.")
    above: int = strawberry.field(description="Records above the last bin.")

    @classmethod
    def of(cls, found: summary.Distribution, unit: Unit) -> "Distribution":
        bins = [Bin(low=part.low, high=part.high, count=part.count) for part in found.bins]
        return cls(unit=unit, bins=bins, below=found.below, above=found.above)


@strawberry.type(description="Where an amount stands among the records of a cohort.")
class PercentileRank:
    amount: float = strawberry.field(description="The amount asked about.")
    rank: float = strawberry.field(description="Percentage of records below the amount; equal ones count half.")
    interval: ConfidenceInterval = strawberry.field(description="Wilson's 95% interval of the rank, 0 to 100.")
    count: int = strawberry.field(description="Records that carry the measure.")

    @classmethod
    def of(cls, found: market.PercentileRank) -> "PercentileRank":
        interval = ConfidenceInterval.of(found.interval)
        return cls(amount=found.amount, rank=found.rank, interval=interval, count=found.count)
