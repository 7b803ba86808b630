"""A cohort: the records that meet some conditions, as one object that every question is asked of."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyroaring import BitMap

from service.errors import InputError
from service.index.index import Index, indexed
from service.index.order import Order, Ranked
from service.index.selection import Selection
from service.market.filter import CohortFilter, conditions_of
from service.market.label import label_of
from service.stats import suppression as disclosure
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
from service.stats.suppression import Caution, Mix, Rules, Suppression
from service.vocabulary.conditions import AnyOf, Condition, Conditions
from service.vocabulary.factors import SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Adjustment, Measure, Unit

OLD_MONTHS = 36


@dataclass(frozen=True)
class Cohort:
    """The records of one edition that meet all conditions; money is told in `currency`, at the rate of the newest year."""

    index: Index
    conditions: Conditions = ()
    currency: str = "USD"
    adjustment: Adjustment = Adjustment.NONE
    rules: Rules = disclosure.USUAL

    @cached_property
    def records(self) -> Selection:
        """All of them, by their month."""
        return self.index.selection(self.conditions)

    @property
    def members(self) -> BitMap:
        """Rows of the index's base order."""
        return indexed(self.index).base.select(self.conditions)

    @cached_property
    def size(self) -> int:
        return len(self.records)

    @property
    def label(self) -> str:
        return label_of(self.conditions, self.index.reference.taxonomy)

    @property
    def suppressed(self) -> Suppression | None:
        return disclosure.suppression(self.size, self.rules)

    @cached_property
    def employers(self) -> tuple[int, ...]:
        """How many records each known employer has, without the employers' names."""
        return tuple(self.records.sizes(Factor.EMPLOYER))

    @cached_property
    def cautions(self) -> list[Caution]:
        return disclosure.cautions(self._mix)

    @property
    def _mix(self) -> Mix:
        taxonomy = self.index.reference.taxonomy
        kinds = {taxonomy.find(Factor.SOURCE_KIND, code).id: code for code in SOURCE_KINDS}
        counts = self.records.counts(kinds)
        now = self.index.edition.published_at
        newest_old = now.year * 12 + now.month - 1 - OLD_MONTHS
        old = self.records.below(newest_old)
        return Mix(self.size, {kinds[number]: count for number, count in counts.items()}, self.employers, old)

    def identity(self, measure: Measure) -> tuple[object, ...]:
        """What the values of a measure and what may be told of them follow from; of all editions of a database."""
        return self.index.edition.number, self.conditions, self._adjustment(measure), measure, self.rules

    def asks_for(self, factor: Factor) -> bool:
        """Whether a value of a factor is among the conditions."""
        return any(isinstance(condition, AnyOf) and condition.factor is factor for condition in self.conditions)

    def narrowed(self, *conditions: Condition) -> "Cohort":
        return Cohort(self.index, (*self.conditions, *conditions), self.currency, self.adjustment, self.rules)

    def part(self, condition: Condition, size: int) -> "Cohort":
        """Those of its records that meet one more condition, of which there are known to be so many."""
        found = self.narrowed(condition)
        found.__dict__["size"] = size
        return found

    def order(self, measure: Measure) -> Order:
        """All records of the index that carry a measure, in the order of its values as they are adjusted here."""
        return indexed(self.index).order(measure, self._adjustment(measure))

    def ranked(self, measure: Measure) -> Ranked:
        """The same as `values`, with the positions that they have in the index's order."""
        return self.order(measure).ranked(self.conditions)

    def values(self, measure: Measure) -> Selection:
        """The values of a measure in US dollars, percents or scores."""
        return self.index.selection(self.conditions, measure, self._adjustment(measure))

    def prepare(self, measure: Measure) -> Awaitable[None]:
        """Make sure that `values` answers at once, where that can be."""
        return self.index.prepare(measure, self._adjustment(measure))

    def scale(self, measure: Measure) -> float:
        """What a stored value is multiplied by: one rate, so percentiles convert exactly."""
        if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR or self.currency == "USD":
            return 1.0
        return 1 / self.index.reference.rates.latest(self.currency)

    def _adjustment(self, measure: Measure) -> Adjustment:
        """Only money has a cost of living."""
        return self.adjustment if MEASURES[measure].unit is Unit.MONEY_PER_YEAR else Adjustment.NONE

    def stats(self, measure: Measure) -> "Stats | None":
        """None when too few of the records carry the measure."""
        values = self.values(measure)
        count = len(values)
        return Stats(self, measure, values, count, self.scale(measure)) if count >= self.rules.minimum else None

    def distribution(self, measure: Measure, bins: int) -> Distribution | None:
        if not 1 <= bins <= 100:
            raise InputError(f"A distribution has 1 to 100 bins, not {bins}.")
        values = self.values(measure)
        return distribution(values, bins, self.scale(measure)) if len(values) >= self.rules.minimum else None

    def percentile_rank(self, amount: float, measure: Measure) -> "PercentileRank | None":
        values = self.values(measure)
        if len(values) < self.rules.minimum:
            return None
        rank = percentile_rank(values, amount / self.scale(measure))
        return PercentileRank(amount, rank, rank_interval(rank, len(values)), len(values))


@dataclass(frozen=True, slots=True)
class PercentileRank:
    """Where an amount stands: `rank` is the percentage of records below it (equal ones count half)."""

    amount: float
    rank: float
    interval: ConfidenceInterval
    count: int


@dataclass(frozen=True)
class Stats:
    """What is told of one measure of a cohort that is large enough; each figure is worked out when it is asked for."""

    cohort: Cohort
    measure: Measure
    values: Selection
    count: int
    scale: float

    @cached_property
    def mean(self) -> float:
        """Whole numbers add up exactly, so the quotient is the only rounding."""
        return self.values.total / self.count * self.scale

    @cached_property
    def standard_deviation(self) -> float:
        """Of a sample: over n - 1."""
        return self.values.deviation * self.scale

    def percentile(self, p: float) -> float | None:
        """None where so few records tell no such percentile; `p` is from 0 to 1."""
        _check_share("p", p)
        return percentile(self.values, p) * self.scale if disclosure.told(p, self.count, self.cohort.rules) else None

    def quartile(self, p: float) -> float:
        """A percentile from 25 to 75, which any cohort that has figures tells."""
        return percentile(self.values, p) * self.scale

    def interval(self, p: float, level: float) -> ConfidenceInterval | None:
        """None where the percentile is not told, or its interval would need the smallest or largest value."""
        _check_share("p", p)
        check_level(level)
        if not disclosure.told(p, self.count, self.cohort.rules):
            return None
        found = percentile_interval(self.values, p, level)
        return found and ConfidenceInterval(found.low * self.scale, found.high * self.scale, level)

    def mean_interval(self, level: float) -> ConfidenceInterval | None:
        """None where all values are equal."""
        check_level(level)
        return mean_interval(self.mean, self.standard_deviation, self.count, level)

    @property
    def confidence(self) -> disclosure.Confidence:
        return disclosure.confidence(self.count)

    @property
    def cautions(self) -> Sequence[Caution]:
        return self.cohort.cautions


def _check_share(name: str, value: float) -> None:
    if not 0 <= value <= 1:
        raise InputError(f"{name} is a share from 0 to 1, not {value}: 0.9 is the 90th percentile.")


def check_level(level: float) -> None:
    """Raise InputError for what no interval can promise."""
    if not 0.5 <= level <= 0.999:
        raise InputError(f"The level of an interval is from 0.5 to 0.999, not {level}.")


def cohort_of(index: Index, where: CohortFilter, currency: str, adjustment: Adjustment, rules: Rules) -> Cohort:
    """The cohort of a filter; raises InputError for codes and currencies that are not known."""
    index.reference.rates.latest(currency)
    return Cohort(index, conditions_of(where, index.reference.taxonomy), currency, adjustment, rules)
