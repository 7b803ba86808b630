"""Trends: a cohort by quarter or year, as medians and as mix-adjusted pay.

Mix-adjusted pay moves when pay does and not when different records report it. It is a time-dummy hedonic index (Court 1939;
Eurostat 2013, Handbook on Residential Property Price Indices, chapter 5): a regression of log pay on the period and all
other factors. The difference of two periods is how far the geometric mean pay of the cohort's whole mix would move between
them. Levels are scaled to agree with the medians over all periods, so that both trends are the same if the mix does not
change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log, nan, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from service.market.cohort import Cohort, Stats, check_level
from service.market.model_pool import ModelPool
from service.market.observations import logs_and_terms, observations
from service.market.population import source_cautions
from service.stats.percentiles import ConfidenceInterval, t_critical_value
from service.stats.regression import MAX_COLUMNS, RECORDS_PER_COLUMN, Effects, Floats, ModelTerm, fit_regression, generalise
from service.stats.suppression import Caution
from service.vocabulary.conditions import Effective
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.units import quarter_code, year_code
from service.work import Work, count


class Interval(StrEnum):
    YEAR = "year"
    QUARTER = "quarter"


MONTHS_PER_PERIOD = {Interval.YEAR: 12, Interval.QUARTER: 3}

MAX_RECORDS = 30_000
"""A fit to this many records takes about a second; of more, this many are sampled."""

Ints = npt.NDArray[np.int64]
_PERIODS = (Factor.YEAR, Factor.QUARTER)
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period, from the month `start` on.

    `stats` is None if too few of its records have the measure. `change` is the change of the median from the same period of
    the previous year, in percent; None if either median is missing. `before` has the statistics that the point is compared
    with, by period: those of the last period before, and of the same one of the previous year.
    """

    period: str
    start: int
    cohort: Cohort
    stats: Stats | None
    change: float | None
    before: Mapping[str, Stats]

    @property
    def cautions(self) -> list[Caution]:
        """Cautions about comparing the period with earlier ones; those about its own figures are in `stats`."""
        return [caution for period, stats in self.before.items() for caution in self._cautions(period, stats)]

    def _cautions(self, period: str, before: Stats) -> list[Caution]:
        if self.stats is None:
            return []
        finding = (
            f"The records of {self.period} come mostly from other data sets than those of {period}, which may explain the "
            "change."
        )
        samples = {f"`{period}`": before.values, f"`{self.period}`": self.stats.values}
        return source_cautions(finding, samples, self.cohort.index.reference.taxonomy)


def trend(cohort: Cohort, interval: Interval, measure: Measure) -> list[TrendPoint]:
    """All periods from the cohort's first record to its last, also those without records; empty if it is suppressed."""
    if cohort.suppressed:
        return []
    span = MONTHS_PER_PERIOD[interval]
    first, last = (cohort.records[k] // span for k in (0, cohort.size - 1))
    parts = {start: cohort.narrowed(Effective(start * span, start * span + span - 1)) for start in range(first, last + 1)}
    stats = {start: part.stats(measure) for start, part in parts.items()}
    count(Work.GROUPS, len(parts))
    points, last_before = list[TrendPoint](), None
    for start, part in parts.items():
        year_before = start - 12 // span
        compared = {one: found for one in (last_before, year_before) if one is not None and (found := stats.get(one))}
        before = {period_name(interval, one * span): found for one, found in compared.items()}
        change = _change(stats.get(year_before), stats[start])
        points.append(TrendPoint(period_name(interval, start * span), start * span, part, stats[start], change, before))
        last_before = start if stats[start] else last_before
    return points


def period_name(interval: Interval, month: int) -> str:
    """The code of the year or quarter that contains a month, counted from year 0.

    >>> period_name(Interval.QUARTER, 24307)
    '2025-q3'
    """
    return year_code(month) if interval is Interval.YEAR else quarter_code(month)


def _change(before: Stats | None, now: Stats | None) -> float | None:
    """In percent.

    >>> _change(None, None)
    """
    previous = before.percentile(0.5) if before else None
    current = now.percentile(0.5) if now else None
    return None if not previous or current is None else 100 * (current / previous - 1)


@dataclass(frozen=True, slots=True)
class AdjustedLevel:
    """Mix-adjusted pay of a period, in the cohort's currency.

    `standard_error` is that of its logarithm relative to the other periods, with `degrees_of_freedom`; `common_error` is the
    standard error that all periods share, which is that of their medians.
    """

    amount: float
    standard_error: float
    common_error: float
    degrees_of_freedom: int

    def interval(self, level: float) -> ConfidenceInterval:
        """Student's t interval, symmetric on the logarithmic scale. Raises InputError for an invalid confidence level."""
        check_level(level)
        error = sqrt(self.standard_error**2 + self.common_error**2)
        reach = t_critical_value(self.degrees_of_freedom, level) * error
        return ConfidenceInterval(self.amount * exp(-reach), self.amount * exp(reach), level)


async def adjusted_trend(
    cohort: Cohort, interval: Interval, measure: Measure, model_pool: ModelPool
) -> Mapping[int, AdjustedLevel]:
    """Mix-adjusted pay by the first month of each period. The order of the measure must be prepared.

    Periods are missing if they have too few records or cannot be separated from other factors. Empty for measures other than
    pay, and if some values are zero.
    """
    stats = cohort.stats(measure)
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR or stats is None or stats.values[0] <= 0:
        return {}

    def arguments() -> tuple[Floats, Ints, list[ModelTerm], int]:
        found = observations(cohort, measure, MAX_RECORDS)
        logs, controls = logs_and_terms(found, cohort.index.reference.taxonomy, _PERIODS)
        return logs, found.months - found.months % MONTHS_PER_PERIOD[interval], controls, cohort.rules.min_records

    key = ("adjusted trend", interval, *cohort.identity(measure))
    effects = await model_pool.fit(key, period_effects, arguments)
    points = await cohort.index.compute(lambda: trend(cohort, interval, measure), cohort.size)
    return _scaled(effects, {point.start: point.stats for point in points if point.stats})


@dataclass(frozen=True, slots=True)
class PeriodEffect:
    """The difference of a period's log pay from the mean of all at an equal mix, and the period's share of records."""

    effect: float
    standard_error: float
    share: float


@dataclass(frozen=True, slots=True)
class PeriodEffects:
    """Effects by the first month of each period that can be estimated, and the residual degrees of freedom."""

    by_start: Mapping[int, PeriodEffect]
    degrees_of_freedom: int


def period_effects(logs: Floats, starts: Ints, controls: Sequence[ModelTerm], min_records: int) -> PeriodEffects:
    """Effects of periods on log pay, `float64[n]`, controlling for other terms of the same n records.

    `starts`, `int64[n]`, are the first months of the records' periods. Periods of few records are left out, and so are those
    that can hardly be separated from other factors.
    """
    found, codes = np.unique(starts, return_inverse=True)
    periods = ModelTerm(_PERIODS, tuple((start,) for start in found.tolist()), codes + 1)
    max_columns = min(MAX_COLUMNS, len(logs) // RECORDS_PER_COLUMN) - len(found) - 1  # so that no period is pooled
    regression = fit_regression(logs, [periods, *generalise(controls, len(logs), max_columns)], min_records)
    effects = regression.effects.get(Factor.QUARTER)
    shares = _comparable_shares(effects, min_records) if effects else np.zeros(0)
    if effects is None or np.count_nonzero(shares) < 2:
        return PeriodEffects({}, regression.degrees_of_freedom)
    by_start = {}
    for place in np.flatnonzero(shares):
        [start], contrast = effects.paths[place] or (), effects.contrast(np.eye(len(shares))[place], shares)
        if contrast:
            by_start[start] = PeriodEffect(contrast.difference, contrast.standard_error, float(shares[place]))
    return PeriodEffects(dict(sorted(by_start.items())), regression.degrees_of_freedom)


def _comparable_shares(effects: Effects, min_records: int) -> Floats:
    """The shares of records of the periods that can be compared with the largest one, 0 for all others."""
    is_period, identity = np.array([bool(path) for path in effects.paths]), np.eye(len(effects.paths))
    largest = int(np.argmax(np.where(is_period, effects.counts, 0)))
    contrasts = [effects.contrast(one, identity[largest]) for one in identity]
    comparable = np.array([bool(contrast and contrast.information >= min_records / 2) for contrast in contrasts])
    counts = np.where(is_period & comparable, effects.counts, 0)
    return np.asarray(counts / max(counts.sum(), 1), np.float64)


def _scaled(effects: PeriodEffects, stats: Mapping[int, Stats]) -> dict[int, AdjustedLevel]:
    """Levels whose weighted geometric mean over all periods is that of the medians."""
    found = effects.by_start
    medians = {start: stats[start] for start in found}
    mean_log = sum(found[start].share * log(one.quartile(0.5)) for start, one in medians.items())
    common_error = sqrt(sum((found[start].share * log_error(one)) ** 2 for start, one in medians.items()))
    return {
        start: AdjustedLevel(exp(mean_log + one.effect), one.standard_error, common_error, effects.degrees_of_freedom)
        for start, one in found.items()
    }


def log_error(stats: Stats) -> float:
    """The standard error of the logarithm of a median, from its 95% interval; nan if there is none or it reaches 0."""
    found = stats.interval(0.5, 0.95)
    return log(found.high / found.low) / (2 * _Z) if found and found.low > 0 else nan
