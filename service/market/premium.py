"""Premiums: what each value of a factor adds to pay with the other factors held equal, by a regression of log pay.

A premium is 100 x (exp(b) - 1) for a difference b of log pay: what the value does to the median. Kennedy's correction
(1981), which aims at the mean of the estimate, is not made: it would depend on how many records tell the value, and two
premiums against each other would no longer multiply to one.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from scipy.special import stdtrit

from service.errors import InputError
from service.market.cohort import Cohort
from service.market.model_pool import Workshop
from service.market.observations import logs_and_terms, observations
from service.stats.percentiles import ConfidenceInterval
from service.stats.regression import LEAST, Column, Contrast, Effects, Floats, Regression, Term, fit
from service.vocabulary.factors import FACTORS, MULTIPLE, SOURCE_KINDS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MOST_RECORDS, LEAST_RECORDS = 20_000, 50
"""A fit to 20,000 records takes half a second; of more, so many at random are taken. More would only make intervals narrower
than what they leave out: who does not tell a factor is not held equal in it. Of the made-up sample, where 1 to 12% do not
tell each, intervals of 95% hold 95.8% of the true effects at 4,000 records, 94.0% at 20,000 and 91.4% at 50,000."""


@dataclass(frozen=True, slots=True)
class PayModel:
    """`regression` is None where the records are too few. `records` carry the measure above zero, `zeros` tell zero.

    `kinds` are the codes of the kinds of source of all that carry the measure.
    """

    measure: Measure
    regression: Regression | None
    records: int
    zeros: int
    kinds: tuple[str, ...]

    @property
    def method(self) -> str:
        """One paragraph on what was fitted to what."""
        label = MEASURES[self.measure].label
        if not self.regression:
            return f"Least squares of the logarithm of {label} on all factors at once."
        some = f"{self.regression.records:,} at random of " if self.regression.records < self.records else ""
        factors = ", ".join(FACTORS[factor].label for factor in self.regression.effects)
        zeros = f" Another {self.zeros:,} tell a {label} of 0 and are left out." if self.zeros else ""
        return (
            f"Least squares of the logarithm of {label} on all factors that these records tell apart, at once ({factors}), "
            f"with robust standard errors (HC3), on {some}{self.records:,} records from these kinds of source: "
            f"{', '.join(self.kinds)}. Records that do not tell a factor are a group of their own in it, and so are those "
            f"with rare values.{zeros}"
        )


async def pay_model(cohort: Cohort, measure: Measure, workshop: Workshop, without: Collection[Factor] = ()) -> PayModel:
    """Fit the cohort's pay to all factors but some; prepares the measure. Raises InputError for measures other than pay."""
    check_pay(measure)
    await cohort.prepare(measure)
    ranked = cohort.ranked(measure)
    zeros = ranked.at_most(0)
    records, kinds = len(ranked) - zeros, _kinds(cohort, measure)
    if records < max(LEAST_RECORDS, cohort.rules.minimum):
        return PayModel(measure, None, records, zeros, kinds)
    left_out = frozenset(without)
    key = ("pay model", left_out, *cohort.identity(measure))
    regression = await workshop.fit(key, fit, lambda: (*_told(cohort, measure, left_out), cohort.rules.minimum))
    return PayModel(measure, regression, records, zeros, kinds)


def check_pay(measure: Measure) -> None:
    """Raise InputError for a measure that is not pay."""
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR:
        pay = ", ".join(one.name for one, spec in MEASURES.items() if spec.unit is Unit.MONEY_PER_YEAR)
        raise InputError(f"Effects are percents of pay, and {measure.name} is none; ask for one of {pay}.")


def _kinds(cohort: Cohort, measure: Measure) -> tuple[str, ...]:
    taxonomy = cohort.index.reference.taxonomy
    numbers = [taxonomy.find(Factor.SOURCE_KIND, code).id for code in SOURCE_KINDS]
    return tuple(taxonomy[number].code for number in cohort.order(measure).counts(cohort.ranked(measure).members, numbers))


def _told(cohort: Cohort, measure: Measure, without: Collection[Factor]) -> tuple[Floats, list[Term]]:
    found = observations(cohort, measure, MOST_RECORDS)
    return logs_and_terms(found, cohort.index.reference.taxonomy, without)


_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Premium:
    """In percent of pay against the baseline; `records` carry the value."""

    value: FactorValue
    percent: float
    interval: ConfidenceInterval
    records: int


@dataclass(frozen=True, slots=True)
class ConfoundedValue:
    """A value whose premium the records do not tell, and why."""

    value: FactorValue
    records: int
    message: str


@dataclass(frozen=True, slots=True)
class PremiumTable:
    """Values in the order of groups. `baseline` is None for not carrying a value, and where there is none for lack of data.

    `reason` says why there are no rows. `r_squared` is None where nothing was fitted.
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Premiums of a factor's top values, or of those below `under`; against a code, or the commonest of the values."""

    factor: Factor
    baseline: str | None = None
    measure: Measure = Measure.TOTAL_COMPENSATION
    under: str | None = None
    without: frozenset[Factor] = frozenset()


async def premiums(cohort: Cohort, asked: Asked, workshop: Workshop) -> PremiumTable | None:
    """None for a cohort that is suppressed.

    Raises UnknownCode, and InputError for measures other than pay, for a baseline of a factor that has several values and
    for a factor that is to be left out.
    """
    taxonomy = cohort.index.reference.taxonomy
    values, baseline = _values(taxonomy, asked), _baseline(taxonomy, asked)
    if asked.factor in asked.without:
        raise InputError(f"`without` leaves {asked.factor.name} out, and its premiums are asked for; leave out others.")
    check_pay(asked.measure)
    if cohort.suppressed:
        return None
    model = await pay_model(cohort, asked.measure, workshop, asked.without)
    effects = model.regression.effects.get(asked.factor) if model.regression else None
    if effects is None:
        return _table(asked, model, baseline, _reason(cohort, asked, model))
    return _found(cohort, asked, model, effects, values, baseline)


def _values(taxonomy: Taxonomy, asked: Asked) -> Sequence[FactorValue]:
    if asked.under is None:
        return taxonomy.roots(asked.factor)
    return taxonomy.children_of_factor(taxonomy.above(asked.factor, asked.under), asked.factor)


def _baseline(taxonomy: Taxonomy, asked: Asked) -> FactorValue | None:
    if asked.baseline is None:
        return None
    if asked.factor in MULTIPLE:
        raise InputError(
            f"A record may carry several values of {asked.factor.name}, so each is told against records that tell the "
            "factor and do not carry it; leave `baseline` out."
        )
    return taxonomy.find(asked.factor, asked.baseline)


def _found(
    cohort: Cohort,
    asked: Asked,
    model: PayModel,
    effects: Effects,
    values: Sequence[FactorValue],
    baseline: FactorValue | None,
) -> PremiumTable:
    coded = [value for value in _ordered(values, effects) if value.id in effects.carriers]
    if not effects.multiple:
        baseline = baseline or max(coded, key=lambda value: effects.carriers[value.id], default=None)
    if baseline and baseline.id not in effects.carriers:
        return _table(asked, model, baseline, f"Too few records carry {baseline.label} for a baseline; choose another one.")
    against = effects.weights(baseline.id) if baseline else np.zeros(len(effects.paths))
    others = [value for value in coded if not np.array_equal(effects.weights(value.id), against)]
    if not others:
        return _table(asked, model, baseline, _reason(cohort, asked, model))
    degrees, taxonomy = model.regression.degrees if model.regression else 0, cohort.index.reference.taxonomy
    judge = _Judge(taxonomy, effects, against, baseline, degrees, cohort.rules.minimum / 2)
    judged = [judge.judged(value) for value in others]
    rows = [row for row in judged if isinstance(row, Premium)]
    reason = None if rows else "No value can be told apart from others with all else equal: `confounded` says why."
    return _table(asked, model, baseline, reason, rows, [row for row in judged if isinstance(row, ConfoundedValue)])


def _ordered(values: Sequence[FactorValue], effects: Effects) -> list[FactorValue]:
    """As groups are: by the factor's own order, or the one with the most records first."""
    if FACTORS[effects.factors[-1]].ordered:
        return sorted(values, key=lambda value: value.id)
    return sorted(values, key=lambda value: -effects.carriers.get(value.id, 0))


@dataclass(frozen=True, slots=True)
class _Judge:
    """Tells the premium of a value, unless it rests on less than `least` records' worth of information."""

    taxonomy: Taxonomy
    effects: Effects
    against: Floats
    baseline: FactorValue | None
    degrees: int
    least: float

    def judged(self, value: FactorValue) -> Premium | ConfoundedValue:
        weights, records = self.effects.weights(value.id), self.effects.carriers[value.id]
        found = self.effects.contrast(weights, self.against)
        if found is None or found.information < self.least:
            return ConfoundedValue(value, records, self._message(value, weights))
        return Premium(value, percent(found.difference), self._interval(found), records)

    def _interval(self, found: Contrast) -> ConfidenceInterval:
        """By Student's t, symmetric on the logarithms."""
        reach = float(stdtrit(self.degrees, (1 + _LEVEL) / 2)) * found.error
        return ConfidenceInterval(percent(found.difference - reach), percent(found.difference + reach), _LEVEL)

    def _message(self, value: FactorValue, weights: Floats) -> str:
        other = self.baseline.label if self.baseline else f"not carrying {value.label}"
        names = list(dict.fromkeys(self._name(column) for column in self._like(weights)))
        if not names:
            return f"With all else equal, hardly any records tell {value.label} from {other}. Widen the filter."
        return (
            f"What {value.label} adds against {other} cannot be told from what goes with it in these records: "
            f"{', '.join(names)}. Choose another baseline, widen the filter, or leave such a factor out by `without`."
        )

    def _like(self, weights: Floats) -> list[Column]:
        """What the value's records go with, or else the baseline's."""
        own, others = np.flatnonzero(weights).tolist(), np.flatnonzero(self.against).tolist()
        return [column for row in (*own, *others) for column in self.effects.like.get(row, ())][:3]

    def _name(self, column: Column) -> str:
        factors, path = column
        label = FACTORS[factors[-1]].label
        if path is None:
            return f"no {FACTORS[factors[0]].label} told"
        if not path:
            return f"a rare {label}"
        value = self.taxonomy[path[-1]]
        return f"{FACTORS[value.factor].label} {value.label}"


def percent(difference: float) -> float:
    """A difference of log pay in percent of pay.

    >>> round(percent(0.1), 2)
    10.52
    """
    return 100 * (exp(difference) - 1)


def _reason(cohort: Cohort, asked: Asked, model: PayModel) -> str:
    pay, label, minimum = MEASURES[asked.measure].label, FACTORS[asked.factor].label, cohort.rules.minimum
    if not model.regression:
        return (
            f"Premiums take {max(LEAST_RECORDS, minimum)} records that tell {pay}{' above 0' if model.zeros else ''}, and "
            f"here there are {model.records}. Widen the filter."
        )
    return (
        f"These records do not tell enough of {label}: a value takes {max(LEAST, minimum)} records that tell {pay}, more in "
        "a small cohort, and there must be others beside it. Widen the filter."
    )


def _table(
    asked: Asked,
    model: PayModel,
    baseline: FactorValue | None,
    reason: str | None,
    rows: Iterable[Premium] = (),
    confounded: Iterable[ConfoundedValue] = (),
) -> PremiumTable:
    fitted = model.regression
    return PremiumTable(
        factor=asked.factor,
        baseline=baseline,
        rows=tuple(rows),
        confounded=tuple(confounded),
        records=fitted.records if fitted else model.records,
        kinds=model.kinds,
        r_squared=fitted.r_squared if fitted else None,
        method=model.method,
        reason=reason,
    )
