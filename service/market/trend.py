"""Trends: a cohort parted by quarter or year, with the change against the same period a year before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import exp, log, nan, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from service.market.cohort import Cohort, Stats, check_level
from service.market.model_pool import ModelPool
from service.market.observations import logs_and_terms, observations
from service.stats.percentiles import ConfidenceInterval
from service.stats.regression import MIN_RECORDS_PER_COLUMN, MAX_COLUMNS, MIN_RECORDS_BY_COLUMNS, Effects, Floats, Term, fit_regression
from service.vocabulary.conditions import Effective
from service.vocabulary.factors import Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.units import quarter_code, year_code


class Interval(StrEnum):
    YEAR = "year"
    QUARTER = "quarter"


MONTHS = {Interval.YEAR: 12, Interval.QUARTER: 3}


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period; `change` is the median's, in percent, None where either period tells no median."""

    period: str
    start: int
    cohort: Cohort
    stats: Stats | None
    change: float | None


def trend(cohort: Cohort, interval: Interval, measure: Measure) -> list[TrendPoint]:
    """Every period from the cohort's first record to its last, also those without records; none when it is suppressed."""
    if cohort.suppressed:
        return []
    span = MONTHS[interval]
    first, last = (cohort.records[k] // span for k in (0, cohort.size - 1))
    parts = {start: cohort.narrowed(Effective(start * span, start * span + span - 1)) for start in range(first, last + 1)}
    stats = {start: part.stats(measure) for start, part in parts.items()}
    return [
        TrendPoint(
            period_name(interval, start * span),
            start * span,
            part,
            stats[start],
            _change(stats.get(start - 12 // span), stats[start]),
        )
        for start, part in parts.items()
    ]


def period_name(interval: Interval, month: int) -> str:
    """The year or quarter that a month is in.

    >>> period_name(Interval.QUARTER, 24307)
    '2025-Q3'
    """
    return year_code(month) if interval is Interval.YEAR else quarter_code(month).upper()


def _change(before: Stats | None, now: Stats | None) -> float | None:
    """In percent.

    >>> _change(None, None)
    """
    then = before.percentile(0.5) if before else None
    current = now.percentile(0.5) if now else None
    return None if not then or current is None else 100 * (current / then - 1)


Ints = npt.NDArray[np.int64]
MAX_RECORDS = 30_000
"""A fit to so many takes about a second; of more, so many at random are taken."""

_PERIODS = (Factor.YEAR, Factor.QUARTER)
_Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class AdjustedLevel:
    """Typical pay of a period in US dollars.

    `deviation` is the standard error of its logarithm against the other periods, with so many `degrees` of freedom, and
    `common` that of all periods together, which is that of their medians.
    """

    amount: float
    deviation: float
    common: float
    degrees: int

    def interval(self, level: float, scale: float) -> ConfidenceInterval:
        """Student's, in a currency; raises InputError for a level that no interval can promise."""
        check_level(level)
        reach = float(stdtrit(self.degrees, (1 + level) / 2)) * sqrt(self.deviation**2 + self.common**2)
        return ConfidenceInterval(self.amount * exp(-reach) * scale, self.amount * exp(reach) * scale, level)


@dataclass(frozen=True, slots=True)
class PeriodEffect:
    """How far log pay of a period is from the mean of all at an equal mix, with its standard error; its share of records."""

    effect: float
    error: float
    share: float


@dataclass(frozen=True, slots=True)
class PeriodEffects:
    """By the first month of each period that can be told; `degrees` of freedom are left."""

    told: Mapping[int, PeriodEffect]
    degrees: int


async def adjusted_trend(
    cohort: Cohort, interval: Interval, measure: Measure, model_pool: ModelPool
) -> Mapping[int, AdjustedLevel]:
    """By the first month of the period; without those of which nothing can be told. The measure must be prepared."""
    stats = cohort.stats(measure)
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR or stats is None or stats.values[0] <= 0:
        return {}
    key = ("adjusted trend", interval, *cohort.identity(measure))
    found = await model_pool.fit(key, period_effects, lambda: (*_told(cohort, interval, measure), cohort.rules.minimum))
    return _anchored(found, {point.start: point.stats for point in trend(cohort, interval, measure) if point.stats})


def _told(cohort: Cohort, interval: Interval, measure: Measure) -> tuple[Floats, Ints, list[Term]]:
    """Log pay, the first month of the period and the other factors; all amounts are above zero."""
    found = observations(cohort, measure, MAX_RECORDS)
    logs, others = logs_and_terms(found, cohort.index.reference.taxonomy, _PERIODS)
    return logs, found.months - found.months % MONTHS[interval], others


def _anchored(found: PeriodEffects, stats: Mapping[int, Stats]) -> dict[int, AdjustedLevel]:
    medians = {start: stats[start] for start in found.told}
    middle = sum(found.told[start].share * log(one.quartile(0.5) / one.scale) for start, one in medians.items())
    common = sqrt(sum((found.told[start].share * log_error(one)) ** 2 for start, one in medians.items()))
    return {
        start: AdjustedLevel(exp(middle + one.effect), one.error, common, found.degrees) for start, one in found.told.items()
    }


def log_error(stats: Stats) -> float:
    """The standard error of the logarithm of a median, by its interval; nan where that is not told, or not above zero."""
    found = stats.interval(0.5, 0.95)
    return log(found.high / found.low) / (2 * _Z) if found and found.low > 0 else nan


def period_effects(logs: Floats, starts: Ints, others: Sequence[Term], minimum: int) -> PeriodEffects:
    """Fit log pay to the first month of the period and other terms. Row i of `logs` and `starts` is the same record.

    Left out are periods of few records, and those that hardly any tell apart from other factors.
    """
    found, codes = np.unique(starts, return_inverse=True)
    periods = Term(_PERIODS, tuple((start,) for start in found.tolist()), codes + 1)
    regression = fit_regression(logs, [periods, *_coarse(others, len(logs), len(found))], minimum)
    effects = regression.effects.get(Factor.QUARTER)
    shares = _comparable(effects, minimum) if effects else np.zeros(0)
    if effects is None or np.count_nonzero(shares) < 2:
        return PeriodEffects({}, regression.degrees)
    told = {}
    for place in np.flatnonzero(shares):
        [start], contrast = effects.paths[place] or (), effects.contrast(np.eye(len(shares))[place], shares)
        if contrast:
            told[start] = PeriodEffect(contrast.difference, contrast.error, float(shares[place]))
    return PeriodEffects(dict(sorted(told.items())), regression.degrees)


def _comparable(effects: Effects, minimum: int) -> Floats:
    """The shares of records of the periods that can be compared with the one of most records, 0 for all others."""
    named, each = np.array([bool(path) for path in effects.paths]), np.eye(len(effects.paths))
    most = int(np.argmax(np.where(named, effects.counts, 0)))
    contrasts = [effects.contrast(one, each[most]) for one in each]
    told = np.array([bool(contrast and contrast.information >= minimum / 2) for contrast in contrasts])
    counts = np.where(named & told, effects.counts, 0)
    return np.asarray(counts / max(counts.sum(), 1), np.float64)


def _coarse(terms: Sequence[Term], records: int, periods: int) -> list[Term]:
    """Pool rare values until there is room for all columns, so that the design never pools periods instead."""
    least, most = MIN_RECORDS_PER_COLUMN, min(MAX_COLUMNS, records // MIN_RECORDS_BY_COLUMNS) - periods - 1
    pooled = [term.pooled(least) for term in terms]
    while sum(len(set(paths.values())) for paths in pooled) > most and least < records:
        least *= 2
        pooled = [term.pooled(least) for term in terms]
    return [
        replace(term, paths=tuple(paths[path] for path in term.paths)) for term, paths in zip(terms, pooled, strict=True)
    ]
