"""Differences of two cohorts: of their quartiles and medians, each with a confidence interval."""

from dataclasses import dataclass

from service.counts import count_of
from service.errors import InputError, ProblemCode
from service.market.cohort import Cohort, Stats, check_level
from service.market.population import source_cautions
from service.stats.percentiles import ConfidenceInterval, difference_interval
from service.stats.suppression import Caution
from service.vocabulary.measures import MEASURES, Measure, Unavailable, UnavailableCode

DEFAULT_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """The percentile p of a measure in one cohort minus that in another; `percent` is relative to the other."""

    a: Stats
    b: Stats
    p: float

    @property
    def amount(self) -> float:
        return self.a.quartile(self.p) - self.b.quartile(self.p)

    @property
    def percent(self) -> float:
        return 100 * self.amount / self.b.quartile(self.p)

    def interval(self, level: float = DEFAULT_LEVEL) -> ConfidenceInterval:
        """Confidence interval of `amount`. Raises InputError if the level is invalid or too high for the samples."""
        check_level(level)
        found = self._interval(level)
        if found is None:
            message = f"A cohort has too few records for a level of {level:g}. Use a lower level, such as {DEFAULT_LEVEL:g}."
            raise InputError(message, ("level",), ProblemCode.OUT_OF_RANGE)
        return found

    def _interval(self, level: float) -> ConfidenceInterval | None:
        intervals = self.a.interval(self.p, level), self.b.interval(self.p, level)
        if intervals[0] is None or intervals[1] is None:
            return None
        return difference_interval(self.a.quartile(self.p), intervals[0], self.b.quartile(self.p), intervals[1])

    @property
    def is_shown(self) -> bool:
        """Whether there are an interval at the default level and a percentage."""
        return self.b.quartile(self.p) != 0 and self._interval(DEFAULT_LEVEL) is not None


@dataclass(frozen=True, slots=True)
class CohortDifference:
    """The comparison of two cohorts by a measure. The orders of the measure must be prepared."""

    a: Cohort
    b: Cohort
    measure: Measure

    @property
    def currency(self) -> str:
        return self.a.currency

    @property
    def p25(self) -> Difference | None:
        return self._difference(0.25)

    @property
    def p50(self) -> Difference | None:
        return self._difference(0.5)

    @property
    def p75(self) -> Difference | None:
        return self._difference(0.75)

    def _difference(self, p: float) -> Difference | None:
        a, b = self.a.stats(self.measure), self.b.stats(self.measure)
        found = Difference(a, b, p) if a and b else None
        return found if found and found.is_shown else None

    @property
    def unavailable(self) -> Unavailable | None:
        """Why there is no difference of medians; None if there is one."""
        cohorts = {"a": self.a, "b": self.b}
        reasons = {name: reason for name, cohort in cohorts.items() if (reason := cohort.unavailable(self.measure))}
        if reasons:
            available = [one for one in Measure if self.a.has(one) and self.b.has(one)]
            message = " ".join(f"Cohort `{name}`: {reason.message}" for name, reason in reasons.items())
            first = next(iter(reasons.values()))
            return Unavailable(first.code, message, available, first.data_sets)
        if self.p50:
            return None
        label, median = MEASURES[self.measure].label, self.b.stats(self.measure)
        is_zero = median is not None and median.quartile(0.5) == 0
        code = UnavailableCode.ZERO_MEDIAN if is_zero else UnavailableCode.TOO_FEW_RECORDS
        message = (
            f"The cohorts have too few records with {label} for an interval of the difference, or the median of `b` is 0. "
            "Remove a filter, or use another measure."
        )
        return Unavailable(code, message)

    @property
    def cautions(self) -> list[Caution]:
        """Cautions about the comparison of the cohorts; those of either one are in its own statistics."""
        a, b = self.a.stats(self.measure), self.b.stats(self.measure)
        if a is None or b is None:
            return []
        finding = "The cohorts come mostly from different data sets, which may explain their difference."
        return source_cautions(finding, {"`a`": a.values, "`b`": b.values}, self.a.index.reference.taxonomy)

    @property
    def method(self) -> str:
        """How the intervals are made, in English, with the number of records that both cohorts have."""
        both = len(self.a.narrowed(*self.b.conditions).records)
        shared = (
            f" {count_of(both, 'record is', 'records are')} in both cohorts, so that the intervals are wider than necessary "
            "if one cohort contains the other, and approximate otherwise."
            if both
            else ""
        )
        return (
            "Percentile of `a` minus percentile of `b`. Interval by the method of variance estimates recovery (MOVER; Zou "
            "and Donner 2008) from the distribution-free intervals of both percentiles, which assumes independent samples."
            f"{shared}"
        )
