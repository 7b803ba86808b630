"""Cohorts: the records that match a filter, with their statistics, distribution and percentile ranks."""

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from service.errors import collected_problems, out_of_range
from service.index.index import Index, require_rank_index
from service.index.order import Order, RankSelection
from service.index.selection import Selection
from service.market.contributed import ContributedRecords, ContributedSample
from service.market.data_gap import DataGap
from service.market.filter import CohortFilter, conditions_of, label_of
from service.market.population import population, source_counts
from service.stats.percentiles import (
    ConfidenceInterval,
    Distribution,
    distribution,
    mean_interval,
    percentile,
    percentile_interval,
    percentile_rank,
    rank_interval,
)
from service.stats.suppression import (
    DEFAULT_RULES,
    Caution,
    Confidence,
    Coverage,
    SampleMix,
    Suppression,
    SuppressionRules,
    cautions,
    confidence,
    is_partial,
)
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective
from service.vocabulary.factors import FACTORS, SOURCE_KINDS, Factor
from service.vocabulary.measures import (
    DOLLARS,
    MEASURES,
    PAY,
    STORED_CURRENCY,
    Adjustment,
    Basis,
    Measure,
    MeasureCoverage,
    Unavailable,
    UnavailableCode,
    most_reported_first,
)

OLD_MONTHS = 36
MAX_BINS = 100
MIN_LEVEL, MAX_LEVEL = 0.5, 0.999


@dataclass(frozen=True)
class Cohort:
    """The records of one edition that meet all conditions.

    Money is in `currency`: each record is converted from the currency it was reported in, at the rates of its own year.
    `adjustment` applies to money only. Every group, period and relaxation of a cohort is a cohort too.
    """

    index: Index
    conditions: Conditions = ()
    currency: str = STORED_CURRENCY
    adjustment: Adjustment = Adjustment.NONE
    rules: SuppressionRules = DEFAULT_RULES

    @cached_property
    def records(self) -> Selection:
        """All records, ascending by month."""
        return self.index.selection(self.conditions)

    @property
    def members(self) -> BitMap:
        """Rows of the records in the index's base order."""
        return require_rank_index(self.index).base.select(self.conditions)

    @cached_property
    def size(self) -> int:
        return len(self.records)

    @property
    def label(self) -> str:
        return label_of(self.conditions, self.index.reference.taxonomy)

    @property
    def suppressed(self) -> Suppression | None:
        """Why the whole cohort is suppressed; None if it is not."""
        return self.rules.suppression(self.size)

    def _shows(self, values: Selection) -> bool:
        """Whether figures of a measure may be shown."""
        return self.rules.suppression(len(values)) is None

    @cached_property
    def employers(self) -> tuple[int, ...]:
        """Number of records of each known employer, without the employers' names; those of one parent are one."""
        sizes = dict(self.records.group_sizes(Factor.EMPLOYER))
        for child, parent in self.index.reference.taxonomy.topmost_parents(Factor.EMPLOYER).items():
            if child in sizes:
                sizes[parent] = sizes.get(parent, 0) + sizes.pop(child)
        return tuple(sizes.values())

    def identity(self, measure: Measure) -> tuple[object, ...]:
        """A cache key: everything that the values of a measure and their suppression depend on."""
        return self.index.edition, self.conditions, self.basis(measure), measure, self.rules

    def filters_on(self, factor: Factor) -> bool:
        """Whether one of the conditions selects values of a factor."""
        return any(isinstance(condition, AnyOf) and condition.factor is factor for condition in self.conditions)

    def narrowed(self, *conditions: Condition) -> "Cohort":
        """The records that also meet these conditions."""
        return Cohort(self.index, (*self.conditions, *conditions), self.currency, self.adjustment, self.rules)

    def narrowed_to_size(self, condition: Condition, size: int) -> "Cohort":
        """The records that also meet a condition, when their number is already known."""
        found = self.narrowed(condition)
        found.__dict__["size"] = size
        return found

    def order(self, measure: Measure) -> Order:
        """All records of the index that have the measure, ascending by its value on this cohort's basis."""
        return require_rank_index(self.index).order(measure, self.basis(measure))

    def ranked(self, measure: Measure) -> RankSelection:
        """The same as `values`, with the positions in the index's order."""
        return self.order(measure).selection(self.conditions)

    def values(self, measure: Measure) -> Selection:
        """Values of a measure, ascending: whole units of `currency`, percent or scores."""
        return self.index.selection(self.conditions, measure, self.basis(measure))

    def prepare(self, measure: Measure) -> Awaitable[None]:
        """Build the order of a measure if it does not exist yet, so that `values` does not have to."""
        return self.index.prepare(measure, self.basis(measure))

    def basis(self, measure: Measure) -> Basis:
        """What the values of a measure are compared in: only money has a currency and is adjusted for cost of living."""
        return Basis(self.currency, self.adjustment) if measure in PAY else DOLLARS

    def stats(self, measure: Measure) -> "Stats | None":
        """Statistics of a measure; None if too few of the records have it."""
        values = self.values(measure)
        return Stats(self, measure, values, len(values)) if self._shows(values) else None

    def _count(self, measure: Measure) -> int:
        return self.index.count(self.conditions, measure, self.basis(measure))

    def has(self, measure: Measure) -> bool:
        """Whether enough of the records have a measure."""
        return self.rules.suppression(self._count(measure)) is None

    @cached_property
    def measures(self) -> list[MeasureCoverage]:
        """The measures that records of the cohort report, most reported first; none if it is suppressed."""
        counts = {} if self.suppressed else self.index.measure_counts(self.conditions, self.adjustment)
        return most_reported_first(counts)

    def unavailable(self, measure: Measure, factor: Factor | None = None) -> Unavailable | None:
        """Why there are no statistics of a measure, and which measures have some; None if there are.

        With a factor, why groups by its top-level values cannot be compared: fewer than two have statistics. The order of
        the measure must then be prepared.
        """
        groups = self._groups_with(measure, factor) if factor else 0
        if self.has(measure) and (factor is None or groups > 1):
            return None
        gap = self.data_gap(measure, *([factor] if factor else []))
        if self.suppressed:
            message = " ".join([self.suppressed.message, *gap.suggestions])
            return Unavailable(UnavailableCode.SUPPRESSED, message, (), gap.data_sets)
        others = [one for one in self.measures if self.rules.suppression(one.records) is None]
        available = [one.measure for one in others]
        if gap.unreported:
            message = f"{gap.unreported}{self._alternative(measure, others)}"
            return Unavailable(UnavailableCode.NOT_REPORTED, message, available, gap.data_sets)
        if factor and self.has(measure):
            message = gap.with_remedies(self._few_groups(groups, measure, factor))
        else:
            message = " ".join([self._few(measure, others), *gap.suggestions])
        return Unavailable(UnavailableCode.TOO_FEW_RECORDS, message, available, gap.data_sets)

    def data_gap(self, measure: Measure, *factors: Factor) -> DataGap:
        """What the records lack for figures of a measure by some factors."""
        return DataGap(self.index, measure, factors, self.conditions)

    def _groups_with(self, measure: Measure, factor: Factor) -> int:
        """The number of top-level values of a factor that have statistics of a measure."""
        partition = self.index.partition(factor, None, self.size)
        if partition is None:
            values = self.index.reference.taxonomy.roots(factor)
            counts: Iterable[int] = self.values(measure).counts(value.id for value in values).values()
        else:
            counts = self.ranked(measure).sizes_of(partition).tolist()
        return sum(self.rules.suppression(count) is None for count in counts)

    def _alternative(self, measure: Measure, others: Iterable[MeasureCoverage]) -> str:
        """A sentence, after a blank, on the measure of pay to use instead of another one; empty if there is none."""
        most = next((one for one in others if one.measure in PAY), None)
        if measure not in PAY or not most or most.measure is measure:
            return ""
        label = MEASURES[most.measure].label
        return f" {most.records:,} records of this cohort report {label}: use that measure."

    def _few_groups(self, groups: int, measure: Measure, factor: Factor) -> str:
        value = f"{'Only one value' if groups else 'No value'} of {FACTORS[factor].label}"
        reporting = f"{self._count(measure):,} records of this cohort that report {self.measure_text(measure)}"
        return f"{value} has the {self.rules.min_records} records that are needed, of the {reporting}."

    def _few(self, measure: Measure, others: Sequence[MeasureCoverage]) -> str:
        found = f"{self._count(measure):,} of the {self.size:,} records of this cohort report {self.measure_text(measure)}"
        needed = f"Only {found}; {self.rules.min_records} are needed."
        if not others:
            return f"{needed} No other measure has enough either.{' Remove a filter.' if self.conditions else ''}"
        label = MEASURES[others[0].measure].label
        filters = ", or remove a filter" if self.conditions else ""
        return f"{needed} {others[0].records:,} report {label}: use that measure{filters}."

    def measure_text(self, measure: Measure) -> str:
        """What a record has to report to have the measure on this cohort's basis."""
        adjusted = self.basis(measure).adjustment is not Adjustment.NONE
        return f"{MEASURES[measure].label}{' and have a place with a price level' if adjusted else ''}"

    def distribution(self, measure: Measure, bins: int) -> Distribution | None:
        """A histogram with 1 to MAX_BINS bins; None if too few of the records have the measure.

        Raises InputError for another number of bins.
        """
        if not 1 <= bins <= MAX_BINS:
            raise out_of_range("bins", f"from 1 to {MAX_BINS}, got {bins}.")
        values = self.values(measure)
        return distribution(values, bins) if self._shows(values) else None

    def percentile_rank(self, amount: float, measure: Measure) -> "PercentileRank | None":
        """The rank of an amount in `currency`, or in the measure's unit; None if too few of the records have the measure."""
        values = self.values(measure)
        if not self._shows(values):
            return None
        rank = percentile_rank(values, amount)
        return PercentileRank(amount, rank, rank_interval(rank, len(values)), len(values))


@dataclass(frozen=True, slots=True)
class PercentileRank:
    """How an amount compares: `rank` is the percentage of `count` records below it, 0 to 100; equal values count half.

    `interval` is Wilson's 95% confidence interval of the rank.
    """

    amount: float
    rank: float
    interval: ConfidenceInterval
    count: int


@dataclass(frozen=True)
class Stats:
    """Statistics of one measure of a cohort that is not suppressed, each computed when it is read.

    Figures are in the cohort's currency for money, else in the measure's unit; so are `values`, `count` is their number.
    """

    cohort: Cohort
    measure: Measure
    values: Selection
    count: int

    @cached_property
    def mean(self) -> float:
        """Arithmetic mean. Values are whole numbers and add up exactly, so the division is the only rounding."""
        return self.values.total / self.count

    @cached_property
    def standard_deviation(self) -> float:
        """Sample standard deviation, with n - 1 degrees of freedom."""
        return self.values.deviation

    def percentile(self, p: float) -> float | None:
        """The percentile p (0 to 1), Hyndman and Fan type 7; None if this many records do not allow it to be shown.

        Raises InputError if p is outside 0 to 1.
        """
        _check_percentile(p)
        allowed = self.cohort.rules.allows_percentile(p, self.count)
        return percentile(self.values, p) if allowed else None

    def quartile(self, p: float) -> float:
        """A percentile p from 0.25 to 0.75, which is never suppressed on its own."""
        return percentile(self.values, p)

    def interval(self, p: float = 0.5, level: float = 0.95) -> ConfidenceInterval | None:
        """Distribution-free confidence interval of the percentile p.

        None if the percentile is suppressed or the interval would need the minimum or the maximum. Raises InputError if p is
        outside 0 to 1 or `level` outside MIN_LEVEL to MAX_LEVEL.
        """
        _check_percentile(p)
        check_level(level)
        if not self.cohort.rules.allows_percentile(p, self.count):
            return None
        return percentile_interval(self.values, p, level)

    def mean_interval(self, level: float = 0.95) -> ConfidenceInterval | None:
        """Student's confidence interval of the mean; None if all values are equal. Raises InputError as `interval` does."""
        check_level(level)
        return mean_interval(self.mean, self.standard_deviation, self.count, level)

    @property
    def confidence(self) -> Confidence:
        return confidence(self.count)

    @cached_property
    def _contributed(self) -> ContributedRecords | None:
        cohort = self.cohort
        return ContributedRecords.among(
            cohort.index, cohort.conditions, self.measure, cohort.basis(self.measure), self.values
        )

    @property
    def contributed(self) -> ContributedSample | None:
        """The contributed records that the figures rest on; None if there are none."""
        return self._contributed.sample() if self._contributed else None

    @property
    def _mix(self) -> SampleMix:
        """The composition of the records that report the measure."""
        cohort, values = self.cohort, self.values
        taxonomy = cohort.index.reference.taxonomy
        kinds = {taxonomy.find(Factor.SOURCE_KIND, code).id: code for code in SOURCE_KINDS}
        counts = {kinds[number]: count for number, count in values.counts(kinds).items()}
        now = cohort.index.edition.published_at
        old = values.within(Effective(None, now.year * 12 + now.month - 1 - OLD_MONTHS - 1))
        basis, in_money = cohort.basis(self.measure), self.measure in PAY
        at_old_rates = cohort.index.count_at_old_rates(cohort.conditions, self.measure, basis) if in_money else 0
        employers = tuple(values.group_sizes(Factor.EMPLOYER))
        return SampleMix(self.count, counts, employers, len(old), at_old_rates, self._partial_coverage)

    @property
    def _partial_coverage(self) -> Coverage | None:
        """The records that report the measure and all others, if the figures may say little about the whole cohort."""
        cohort, taxonomy = self.cohort, self.cohort.index.reference.taxonomy
        if self.count == cohort.size:
            return None
        if not is_partial(source_counts(self.values, taxonomy), source_counts(cohort.records, taxonomy)):
            return None
        comparable = (one for one in cohort.measures if self.measure in PAY and one.measure in PAY)
        most = next(comparable, None)
        alternative = None
        if most and most.records > self.count:
            alternative = f"{most.records:,} report {MEASURES[most.measure].label}"
        populations = population(self.values, taxonomy), population(cohort.records, taxonomy)
        return Coverage(cohort.measure_text(self.measure), *populations, alternative)

    @cached_property
    def cautions(self) -> Sequence[Caution]:
        cohort, found = self.cohort, self._contributed
        return [*cautions(self._mix), *(found.cautions(cohort.currency, cohort.rules) if found else ())]


def _check_percentile(p: float) -> None:
    if not 0 <= p <= 1:
        raise out_of_range("p", f"from 0 to 1, got {p}. For the 90th percentile pass 0.9.")


def check_level(level: float) -> None:
    """Raise InputError for a confidence level outside MIN_LEVEL to MAX_LEVEL."""
    if not MIN_LEVEL <= level <= MAX_LEVEL:
        raise out_of_range("level", f"from {MIN_LEVEL} to {MAX_LEVEL}, got {level}.")


def cohort_of(index: Index, where: CohortFilter, currency: str, adjustment: Adjustment, rules: SuppressionRules) -> Cohort:
    """The cohort that a filter selects; raises InputError with every problem of the filter and the currency."""
    with collected_problems() as problems:
        with problems.at("currency"):
            index.reference.rates.latest(currency)  # raises
        conditions: Conditions = ()
        with problems.at("where"):
            conditions = conditions_of(where, index.reference.taxonomy)
    return Cohort(index, conditions, currency, adjustment, rules)
