"""Estimates: P25, P50 and P75 of pay for a profile, with what each of its answers adds to the typical pay."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from service.market.answers import asked
from service.market.estimators import Fitted
from service.market.profile import MANY, ONE, Profile
from service.stats.encoding import Bools, Floats, carried_alone, without
from service.stats.shapley import shapley
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

FACTORS_ASKED = (*ONE, Factor.EXPERIENCE, *MANY)


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a factor adds, in money; `value` is None where several values of it are told."""

    factor: Factor
    value: FactorValue | None
    amount: float


@dataclass(frozen=True, slots=True)
class PayEstimate:
    """Amounts are money a year in `currency`. `typical` and the contributions add up to `p50`. `kinds` are codes."""

    currency: str
    measure: Measure
    p25: float
    p50: float
    p75: float
    typical: float
    contributions: tuple[Contribution, ...]
    coverage: float
    records: int
    kinds: tuple[str, ...]
    edition: int
    method: str
    notes: tuple[str, ...]


def estimate(fitted: Fitted, profile: Profile, taxonomy: Taxonomy, currency: str, scale: float) -> PayEstimate:
    """What the fitted model makes of a profile, some milliseconds' work.

    `scale` is the worth of a US dollar in `currency`. Codes that the model has not learned are not told to it.
    """
    model = fitted.estimator
    matrix = model.encoder.matrix(asked(profile, taxonomy, model.newest))
    row = carried_alone(model.encoder, matrix, np.ones(1, np.bool_))
    columns = model.encoder.factors
    known = {factor for column, factor in enumerate(columns) if not np.isnan(row[0, column])}
    told = [factor for factor in FACTORS_ASKED if factor in known]

    def worth(coalitions: Bools) -> Floats:
        rows = np.repeat(row, len(coalitions), axis=0)
        return model.medians(without(rows, columns, {factor: coalitions[:, player] for player, factor in enumerate(told)}))

    shares = shapley(len(told), worth)
    low, high = model.ends(row, np.array([shares.everyone]))
    amounts = shares.values * scale
    parts = [
        Contribution(factor, _value(profile, taxonomy, factor), amount)
        for factor, amount in zip(told, amounts.tolist(), strict=True)
    ]
    return PayEstimate(
        currency=currency,
        measure=fitted.measure,
        p25=float(low[0]) * scale,
        p50=shares.everyone * scale,
        p75=float(high[0]) * scale,
        typical=shares.nobody * scale,
        contributions=tuple(sorted(parts, key=lambda part: -abs(part.amount))),
        coverage=model.coverage,
        records=model.records,
        kinds=fitted.kinds,
        edition=fitted.edition.number,
        method=_method(fitted),
        notes=tuple(_notes(fitted, profile, taxonomy, known)),
    )


def _value(profile: Profile, taxonomy: Taxonomy, factor: Factor) -> FactorValue | None:
    codes = profile.codes(factor)
    return taxonomy.find(factor, codes[0]) if len(codes) == 1 else None


def _notes(fitted: Fitted, profile: Profile, taxonomy: Taxonomy, known: set[Factor]) -> Iterator[str]:
    label = MEASURES[fitted.measure].label
    for factor in FACTORS_ASKED:
        items = fitted.estimator.encoder.items.get(factor, ())
        told = [code for code in profile.codes(factor) if factor not in known or factor in MANY]
        unknown = [code for code in told if factor not in MANY or taxonomy.find(factor, code).id not in items]
        if unknown:
            codes = ", ".join(unknown)
            yield f"Left out: {FACTORS[factor].label} {codes}; the records that tell {label} do not tell what it adds."


def _method(fitted: Fitted) -> str:
    model = fitted.estimator
    some = f"{model.records:,} at random of " if model.records < fitted.of else ""
    return (
        f"Gradient-boosted trees for three quantiles of the logarithm of {MEASURES[fitted.measure].label} "
        f"(conformalised quantile regression), on {some}{fitted.of:,} records of edition {fitted.edition.number} from these "
        f"kinds of source: {', '.join(fitted.kinds)}; {model.calibrated:,} of the records were held out to correct the "
        f"quantiles and to measure the coverage. Estimated for {model.newest}, over all kinds of source together. "
        "Contributions are Shapley values: each the mean, over the orders of telling the answers, of what telling one "
        "more moves the estimate; they are how the model splits it up, not causes."
    )
