"""Estimates: P25, P50 and P75 of pay for a profile, with what each of its answers adds to the typical pay."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import structlog

from service.errors import InputError
from service.index.artifact import IndexStore
from service.index.index import Index, RankIndex, require_rank_index
from service.index.order import Order
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.observations import Observations, record_features, profile_features, observations, parents_of
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile
from service.stats.estimator import MIN_RECORDS, Features, Bools, Estimator, Floats, zeros_to_missing, fit_estimator, mask_factors
from service.stats.shapley import shapley
from service.stats.suppression import SuppressionRules
from service.store.editions import Edition
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

log = structlog.get_logger()

MAX_RECORDS = 75_000
"""Of more, so many at random: a fit to them takes about ten seconds."""

CHANGED, AGED = 0.01, timedelta(days=1)
"""An estimator is fitted anew when more than this share of the records has changed, or an edition is this much younger."""

_SKETCHED = 20_000
_FORM = 1
"""Goes up with every change of what is kept, so that no older file is read."""

Sketch = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class FittedEstimator:
    """An estimator with the edition that it was fitted to. `of` records carry the measure; `kinds` are codes."""

    estimator: Estimator
    measure: Measure
    edition: Edition
    of: int
    kinds: tuple[str, ...]
    sketch: Sketch

    def stands_for(self, edition: Edition, sketch: Sketch) -> bool:
        """Whether the records of an edition are so much the same that it need not be fitted again."""
        if edition == self.edition:
            return True
        return abs(edition.published_at - self.edition.published_at) < AGED and changed_share(self.sketch, sketch) <= CHANGED


@dataclass
class Estimators:
    """The latest estimator of each measure, from memory, from the shelf or newly fitted in the model_pool.

    Where there is one of an earlier edition, it goes on answering while the next is fitted.
    """

    model_pool: ModelPool
    shelf: IndexStore
    _held: dict[Measure, FittedEstimator] = field(default_factory=dict)
    _good_for: dict[Measure, datetime] = field(default_factory=dict)
    _renewals: dict[Measure, "asyncio.Task[Fitted]"] = field(default_factory=dict)

    async def of(self, index: Index, measure: Measure, rules: SuppressionRules) -> FittedEstimator:
        """An estimator of a measure for the records of an edition, or of an earlier one.

        Raises InputError for measures that are not pay, and where too few records carry one.
        """
        check_estimable(measure)
        held = self._held.get(measure)
        if held and self._good_for[measure] >= index.edition.published_at:
            return held
        renewal = self._renewals.get(measure)
        if renewal is None:
            renewal = self._renewals[measure] = asyncio.create_task(self._renewed(require_rank_index(index), measure, rules))
            renewal.add_done_callback(lambda task: self._done(measure, task))
        if held:
            return held
        return await asyncio.shield(renewal)

    def _done(self, measure: Measure, task: "asyncio.Task[Fitted]") -> None:
        self._renewals.pop(measure, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, InputError):  # there are too few records now, whatever was fitted to earlier ones
            self._held.pop(measure, None)
        elif error:
            log.warning("estimator.failed", measure=measure.value, reason=str(error))

    async def _renewed(self, index: RankIndex, measure: Measure, rules: SuppressionRules) -> FittedEstimator:
        await index.prepare(measure)
        order = index.order(measure)
        _check_enough(order, measure, rules)
        sketch = await asyncio.to_thread(sketch_records, order)
        found = await self._known(index.edition, measure, rules, sketch)
        if found is None:
            found = await self._fitted(index, measure, rules, sketch)
        self._held[measure], self._good_for[measure] = found, index.edition.published_at
        return found

    async def _known(self, edition: Edition, measure: Measure, rules: SuppressionRules, sketch: Sketch) -> FittedEstimator | None:
        held = self._held.get(measure)
        if held and held.stands_for(edition, sketch):
            return held
        kept = await asyncio.to_thread(self.shelf.latest, _kind(measure, rules))
        return kept if isinstance(kept, FittedEstimator) and kept.stands_for(edition, sketch) else None

    async def _fitted(self, index: RankIndex, measure: Measure, rules: SuppressionRules, sketch: Sketch) -> FittedEstimator:
        def given() -> tuple[object, ...]:
            cohort, taxonomy = Cohort(index, rules=rules), index.reference.taxonomy
            found = observations(cohort, measure, MAX_RECORDS)
            records = len(order) - order.selection(()).at_most(0)
            about = (measure, index.edition, records, _kinds(found, taxonomy), sketch)
            return self.shelf, _kind(measure, rules), about, *training_data(found, taxonomy), rules.minimum

        order = index.order(measure)
        key = "estimator", self.shelf.database, index.edition, measure, rules
        return await self.model_pool.fit(key, _kept, given)


def training_data(found: Observations, taxonomy: Taxonomy) -> tuple[Features, Floats, dict[int, int]]:
    """What `estimator.fit` takes: of records with an amount above zero, which has a logarithm."""
    rows = np.flatnonzero(found.amounts > 0)
    return record_features(found, taxonomy).at(rows), np.log(found.amounts[rows]), parents_of(taxonomy)


def _kept(
    shelf: IndexStore,
    kind: str,
    about: tuple[Measure, Edition, int, tuple[str, ...], Sketch],
    answers: Features,
    logs: Floats,
    parents: dict[int, int],
    least: int,
) -> FittedEstimator:
    """In the model_pool: from the shelf where another process has put it there meanwhile, or else fitted."""
    return shelf.get_or_create(kind, about[1], lambda: FittedEstimator(fit_estimator(answers, logs, parents, least), *about))


def check_estimable(measure: Measure) -> None:
    """Raise InputError for a measure that is not pay."""
    if MEASURES[measure].unit is not Unit.MONEY_PER_YEAR:
        pay = ", ".join(one.name for one, spec in MEASURES.items() if spec.unit is Unit.MONEY_PER_YEAR)
        raise InputError(f"Pay is estimated, and {measure.name} is none; ask for one of {pay}.")


def _check_enough(order: Order, measure: Measure, rules: SuppressionRules) -> None:
    records, least = len(order) - order.selection(()).at_most(0), max(MIN_RECORDS, rules.minimum)
    if records < least:
        raise InputError(
            f"An estimate takes {least} records that tell a {MEASURES[measure].label} above 0, and this edition has "
            f"{records}. Ask for another measure, or import more records."
        )


def _kinds(found: Observations, taxonomy: Taxonomy) -> tuple[str, ...]:
    kinds = found.one[Factor.SOURCE_KIND]
    return tuple(taxonomy[kinds.categories[code - 1]].code for code in np.unique(kinds.codes[kinds.codes > 0]).tolist())


def _kind(measure: Measure, rules: SuppressionRules) -> str:
    return f"estimator{_FORM}-{measure.value}-{rules.minimum}"


def sketch_records(order: Order) -> Sketch:
    """The smallest hashes of the records with their amounts, ascending: all of few records."""
    ids, amounts = order.columns.ids[:, order.rows], order.values.astype(np.uint64)
    mixed = ids[0] * np.uint64(0x9E3779B97F4A7C15) ^ ids[1] ^ amounts * np.uint64(0xC2B2AE3D27D4EB4F)
    for factor, shift in ((0xFF51AFD7ED558CCD, 33), (0xC4CEB9FE1A85EC53, 29)):  # MurmurHash3's last steps
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
    return np.unique(mixed)[:_SKETCHED]


def changed_share(before: Sketch, after: Sketch) -> float:
    """The share of the records of two sketches that are not in both; exact of few, and of many within 0.1 points of 1%.

    By the smallest hashes of the union (Bar-Yossef and others 2002).

    >>> changed(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
    0.5
    """
    union = np.union1d(before, after)[:_SKETCHED]
    both = np.isin(union, before) & np.isin(union, after)
    return float(1 - both.mean()) if len(union) else 0.0


FACTORS_ASKED = (*SINGLE_VALUED, Factor.EXPERIENCE, *MULTI_VALUED)


@dataclass(frozen=True, slots=True)
class EstimateContribution:
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
    contributions: tuple[EstimateContribution, ...]
    coverage: float
    records: int
    kinds: tuple[str, ...]
    edition: int
    method: str
    notes: tuple[str, ...]


def estimate(fitted: FittedEstimator, profile: Profile, taxonomy: Taxonomy, currency: str, scale: float) -> PayEstimate:
    """What the fitted model makes of a profile, some milliseconds' work.

    `scale` is the worth of a US dollar in `currency`. Codes that the model has not learned are not told to it.
    """
    model = fitted.estimator
    matrix = model.encoder.matrix(profile_features(profile, taxonomy, model.newest))
    row = zeros_to_missing(model.encoder, matrix, np.ones(1, np.bool_))
    columns = model.encoder.factors
    known = {factor for column, factor in enumerate(columns) if not np.isnan(row[0, column])}
    told = [factor for factor in FACTORS_ASKED if factor in known]

    def worth(coalitions: Bools) -> Floats:
        rows = np.repeat(row, len(coalitions), axis=0)
        return model.medians(mask_factors(rows, columns, {factor: coalitions[:, player] for player, factor in enumerate(told)}))

    shares = shapley(len(told), worth)
    low, high = model.ends(row, np.array([shares.everyone]))
    amounts = shares.values * scale
    parts = [
        EstimateContribution(factor, _value(profile, taxonomy, factor), amount)
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


def _notes(fitted: FittedEstimator, profile: Profile, taxonomy: Taxonomy, known: set[Factor]) -> Iterator[str]:
    label = MEASURES[fitted.measure].label
    for factor in FACTORS_ASKED:
        items = fitted.estimator.encoder.items.get(factor, ())
        told = [code for code in profile.codes(factor) if factor not in known or factor in MULTI_VALUED]
        unknown = [code for code in told if factor not in MULTI_VALUED or taxonomy.find(factor, code).id not in items]
        if unknown:
            codes = ", ".join(unknown)
            yield f"Left out: {FACTORS[factor].label} {codes}; the records that tell {label} do not tell what it adds."


def _method(fitted: FittedEstimator) -> str:
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
