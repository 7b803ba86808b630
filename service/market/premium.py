"""Premiums: how much each value of a factor adds to pay with all other factors held constant, by a regression of log pay.

A premium is 100 x (exp(b) - 1) percent for a difference b of log pay, which is its effect on median pay (Halvorsen and
Palmquist 1980). Kennedy's correction (1981) estimates the effect on the mean and is not applied: it depends on the number of
records with the value, and a premium and its inverse would no longer multiply to one.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp

import numpy as np

from service.counts import count_of
from service.errors import InputError, ProblemCode, problems_at
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.observations import check_pay, logs_and_terms, observations, source_kinds
from service.stats.percentiles import ConfidenceInterval, t_critical_value
from service.stats.regression import (
    MIN_RECORDS_PER_COLUMN,
    Contrast,
    DesignColumn,
    Effects,
    Floats,
    ModelTerm,
    Regression,
    fit_regression,
)
from service.vocabulary.factors import FACTORS, MULTIPLE, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MAX_RECORDS, MIN_RECORDS = 20_000, 50
"""A fit to 20,000 records takes half a second; of more, this many are sampled, those that report the factor first. More
records would only make intervals narrower than the error they do not cover, which comes from missing values: a factor that a
record does not report is not held constant. In the sample, where 1 to 12% of the values of each factor are missing, 95%
intervals cover 95.8% of the true effects at 4,000 records, 94.0% at 20,000 and 91.4% at 50,000."""

_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class PremiumQuery:
    """Premiums of a factor's top-level values, or of the children of `under`, against the code `baseline` of the same
    factor.

    By default the baseline is the most frequent of the values. Factors in `exclude_controls` are not held constant.
    """

    factor: Factor
    baseline: str | None = None
    measure: Measure = Measure.TOTAL_COMPENSATION
    under: str | None = None
    exclude_controls: frozenset[Factor] = frozenset()


@dataclass(frozen=True, slots=True)
class Premium:
    """The premium of a value in percent of the baseline's pay, with its 95% interval; `records` have the value."""

    value: FactorValue
    percent: float
    interval: ConfidenceInterval
    records: int


@dataclass(frozen=True, slots=True)
class ConfoundedValue:
    """A value whose premium cannot be separated from other values; `message` names them."""

    value: FactorValue
    records: int
    message: str


@dataclass(frozen=True, slots=True)
class PremiumTable:
    """Premiums of the values of a factor, in the order of groups.

    `baseline` is None for factors with several values per record, where the baseline is not having the value, and if there
    is too little data to choose one. `reason` says why `rows` is empty. `r_squared` is None if no model was fitted.
    `records` is the sample size of the fit, `kinds` are the codes of their kinds of source. `data_sets` are the names of
    those of the catalogue that have more records for it and are not loaded.
    """

    factor: Factor
    baseline: FactorValue | None
    rows: tuple[Premium, ...]
    confounded: tuple[ConfoundedValue, ...]
    records: int
    kinds: tuple[str, ...]
    r_squared: float | None
    method: str
    reason: str | None
    data_sets: tuple[str, ...]


async def premiums(cohort: Cohort, query: PremiumQuery, model_pool: ModelPool) -> PremiumTable | None:
    """The premiums of a factor's values among the records of a cohort; None if the cohort is suppressed.

    Raises UnknownCode; and InputError for a measure that is not pay, for a baseline of a factor with several values per
    record, and if the factor itself is in `exclude_controls`.
    """
    taxonomy = cohort.index.reference.taxonomy
    values, baseline = _values(taxonomy, query), _baseline(taxonomy, query)
    if query.factor in query.exclude_controls:
        raise InputError(
            f"`excludeControls` contains {query.factor.name}, the factor of the query. Remove it from the list.",
            ("exclude_controls",),
            ProblemCode.CONFLICT,
        )
    check_pay(query.measure)
    if cohort.suppressed:
        return None
    model = await pay_model(cohort, query, model_pool)
    effects = model.regression.effects.get(query.factor) if model.regression else None
    if effects is None:
        return _table(cohort, query, model, baseline, _missing_reason(cohort, query, model))
    estimated = partial(_estimated, cohort, query, model, effects, values, baseline)
    return await asyncio.to_thread(estimated)


def percent(difference: float) -> float:
    """A difference of log pay as a percentage of pay.

    >>> round(percent(0.1), 2)
    10.52
    """
    return 100 * (exp(difference) - 1)


@dataclass(frozen=True, slots=True)
class PayModel:
    """A regression of log pay; `regression` is None if there are too few records.

    `records` is the number of the cohort's records with the measure above zero, `zeros` of those with zero; `kinds` are the
    codes of the kinds of source of both. `sampled_first` is the factor whose records come first into a sample.
    """

    measure: Measure
    sampled_first: Factor | None
    regression: Regression | None
    records: int
    zeros: int
    kinds: tuple[str, ...]

    @property
    def method(self) -> str:
        """One paragraph on the model and its data."""
        label = MEASURES[self.measure].label
        if not self.regression:
            return f"Ordinary least squares regression of the logarithm of {label} on all factors."
        sample = f"a random sample of {self.regression.records:,} of " if self.regression.records < self.records else ""
        first = f", those that report {FACTORS[self.sampled_first].label} first" if sample and self.sampled_first else ""
        factors = ", ".join(FACTORS[factor].label for factor in self.regression.effects)
        zeros = f" Excludes {count_of(self.zeros, 'record')} with a {label} of 0." if self.zeros else ""
        return (
            f"Ordinary least squares regression of the logarithm of {label} on all factors that vary in these records "
            f"({factors}), with heteroscedasticity-consistent standard errors (HC3), fitted to {sample}{self.records:,} "
            f"records{first}. Source types: {', '.join(self.kinds)}. Missing values and rare values of a factor are "
            f"separate categories.{zeros}"
        )


async def pay_model(cohort: Cohort, query: PremiumQuery, model_pool: ModelPool) -> PayModel:
    """A regression of the cohort's pay on all factors except some, from the cache or fitted now.

    Premiums of all factors share one, unless it is fitted to a sample in which the factor's own records come first.
    """
    measure, excluded = query.measure, query.exclude_controls
    await cohort.prepare(measure)
    ranked = cohort.ranked(measure)
    zeros = ranked.at_most(0)
    records = len(ranked) - zeros
    kinds = source_kinds(cohort.order(measure), ranked.members, cohort.index.reference.taxonomy)
    some_report = len(ranked) > MAX_RECORDS and ranked.count_reported(query.factor) < len(ranked)
    about = query.factor if some_report else None
    if records < cohort.rules.at_least(MIN_RECORDS):
        return PayModel(measure, about, None, records, zeros, kinds)

    def arguments() -> tuple[Floats, list[ModelTerm], int]:
        found = observations(cohort, measure, MAX_RECORDS, about)
        return *logs_and_terms(found, cohort.index.reference.taxonomy, excluded), cohort.rules.min_records

    key = ("pay model", about, excluded, *cohort.identity(measure))
    regression = await model_pool.fit(key, fit_regression, arguments)
    return PayModel(measure, about, regression, records, zeros, kinds)


def _values(taxonomy: Taxonomy, query: PremiumQuery) -> Sequence[FactorValue]:
    with problems_at("under"):
        under = None if query.under is None else taxonomy.find_wider(query.factor, query.under)
        return taxonomy.groups(query.factor, under)


def _baseline(taxonomy: Taxonomy, query: PremiumQuery) -> FactorValue | None:
    if query.baseline is None:
        return None
    if query.factor in MULTIPLE:
        raise InputError(
            f"{query.factor.name} takes no `baseline`, because a record may have several of its values: each is compared "
            "with records that report the factor without that value. Remove `baseline`.",
            ("baseline",),
            ProblemCode.CONFLICT,
        )
    with problems_at("baseline"):
        return taxonomy.find(query.factor, query.baseline)


def _estimated(
    cohort: Cohort,
    query: PremiumQuery,
    model: PayModel,
    effects: Effects,
    values: Sequence[FactorValue],
    baseline: FactorValue | None,
) -> PremiumTable:
    in_model = [value for value in _ordered(values, effects) if value.id in effects.records]
    most_frequent = max(in_model, key=lambda value: effects.records[value.id], default=None)
    if not effects.multi_valued:
        baseline = baseline or most_frequent
    if baseline and baseline.id not in effects.records:
        return _table(cohort, query, model, baseline, _rare_baseline(cohort, query, baseline, most_frequent))
    against = effects.weights(baseline.id) if baseline else np.zeros(len(effects.paths))
    others = [value for value in in_model if not np.array_equal(effects.weights(value.id), against)]
    if not others:
        return _table(cohort, query, model, baseline, _missing_reason(cohort, query, model))
    degrees = model.regression.degrees_of_freedom if model.regression else 0
    min_information = cohort.rules.min_records / 2
    comparison = _Comparison(cohort.index.reference.taxonomy, effects, against, baseline, degrees, min_information)
    found = [comparison.premium(value) for value in others]
    rows = [row for row in found if isinstance(row, Premium)]
    reason = None if rows else "All values are confounded with other factors. See `confounded` for details."
    return _table(cohort, query, model, baseline, reason, rows, [row for row in found if isinstance(row, ConfoundedValue)])


def _rare_baseline(cohort: Cohort, query: PremiumQuery, baseline: FactorValue, other: FactorValue | None) -> str:
    gap = cohort.data_gap(query.measure, query.factor)
    example = f", such as {other.code!r}" if other else ""
    rare = f"Too few records have the baseline {baseline.label}. Choose another baseline{example}."
    return gap.unreported or " ".join([rare, *gap.suggestions])


def _ordered(values: Sequence[FactorValue], effects: Effects) -> list[FactorValue]:
    """In the order of groups: the factor's own order, or the most frequent first."""
    if FACTORS[effects.factors[-1]].ordered:
        return list(values)
    return sorted(values, key=lambda value: -effects.records.get(value.id, 0))


@dataclass(frozen=True, slots=True)
class _Comparison:
    """Compares values with a baseline. Contrasts with less than `min_information` count as confounded."""

    taxonomy: Taxonomy
    effects: Effects
    against: Floats
    baseline: FactorValue | None
    degrees: int
    min_information: float

    def premium(self, value: FactorValue) -> Premium | ConfoundedValue:
        weights, records = self.effects.weights(value.id), self.effects.records[value.id]
        contrast = self.effects.contrast(weights, self.against)
        if contrast is None or contrast.information < self.min_information:
            return ConfoundedValue(value, records, self._message(value, weights))
        return Premium(value, percent(contrast.difference), self._interval(contrast), records)

    def _interval(self, contrast: Contrast) -> ConfidenceInterval:
        """Student's t interval, symmetric on the logarithmic scale."""
        reach = t_critical_value(self.degrees, _LEVEL) * contrast.standard_error
        low, high = percent(contrast.difference - reach), percent(contrast.difference + reach)
        return ConfidenceInterval(low, high, _LEVEL)

    def _message(self, value: FactorValue, weights: Floats) -> str:
        other = self.baseline.label if self.baseline else f"not having {value.label}"
        names = list(dict.fromkeys(self._name(column) for column in self._confounders(weights)))
        if not names:
            return f"Too few records differ only in {value.label} and {other}. Remove a filter."
        return (
            f"The effect of {value.label} against {other} is confounded with {', '.join(names)}: in these records they "
            "almost always occur together. Choose another baseline, remove a filter, or add the confounding factor to "
            "`excludeControls`."
        )

    def _confounders(self, weights: Floats) -> list[DesignColumn]:
        """Those of the value first, then those of the baseline."""
        own, others = np.flatnonzero(weights).tolist(), np.flatnonzero(self.against).tolist()
        return [column for row in (*own, *others) for column in self.effects.confounders.get(row, ())][:3]

    def _name(self, column: DesignColumn) -> str:
        factors, path = column
        label = FACTORS[factors[-1]].label
        if path is None:
            return f"missing {FACTORS[factors[0]].label}"
        if not path:
            return f"rare {label}"
        value = self.taxonomy[path[-1]]
        return f"{FACTORS[value.factor].label} {value.label}"


def _missing_reason(cohort: Cohort, query: PremiumQuery, model: PayModel) -> str:
    gap = cohort.data_gap(query.measure, query.factor)
    return gap.unreported or gap.with_remedies(_few(cohort, query, model))


def _few(cohort: Cohort, query: PremiumQuery, model: PayModel) -> str:
    pay, label = MEASURES[query.measure].label, FACTORS[query.factor].label
    if not model.regression:
        needed = cohort.rules.at_least(MIN_RECORDS)
        above_zero = " above 0" if model.zeros else ""
        return (
            f"Not enough data: premiums need {needed} records that report {pay}{above_zero}; this cohort has "
            f"{model.records}."
        )
    needed = cohort.rules.at_least(MIN_RECORDS_PER_COLUMN)
    return (
        f"Not enough data on {label}: each value needs {needed} records that report {pay} (more in a small cohort), and "
        "there must be at least two values."
    )


def _table(
    cohort: Cohort,
    query: PremiumQuery,
    model: PayModel,
    baseline: FactorValue | None,
    reason: str | None,
    rows: Iterable[Premium] = (),
    confounded: Iterable[ConfoundedValue] = (),
) -> PremiumTable:
    fitted = model.regression
    return PremiumTable(
        factor=query.factor,
        baseline=baseline,
        rows=tuple(rows),
        confounded=tuple(confounded),
        records=fitted.records if fitted else model.records,
        kinds=model.kinds,
        r_squared=fitted.r_squared if fitted else None,
        method=model.method,
        reason=reason,
        data_sets=cohort.data_gap(query.measure, query.factor).data_sets,
    )
