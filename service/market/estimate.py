"""Estimates: percentiles of pay for a profile, with the contribution of each of its values.

Estimators are fitted on demand, one for each measure, and again when enough records have changed.
"""

import asyncio
import pickle
from collections.abc import Awaitable, Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import structlog

from service.errors import InputError
from service.index.artifact import ArtifactKind, IndexStore
from service.index.index import Index, RankIndex, require_rank_index
from service.index.order import Order
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.observations import (
    Observations,
    check_pay,
    observations,
    parents_of,
    profile_features,
    record_features,
)
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile
from service.stats.estimator import (
    MIN_RECORDS,
    Bools,
    Estimator,
    Features,
    Floats,
    fit_estimator,
    mask_factors,
    zeros_to_missing,
)
from service.stats.shapley import shapley
from service.stats.suppression import SuppressionRules
from service.store.database import Edition
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue
from service.work import Work, count

log = structlog.get_logger()

MAX_RECORDS = 75_000
"""A fit to this many records takes about fifteen seconds; of more, this many are sampled."""

MAX_CHANGED_SHARE, MAX_AGE = 0.01, timedelta(days=1)
"""An estimator is replaced when more than this share of the records has changed, or when its edition is this much older."""

_SKETCH_SIZE = 20_000
_FORMAT = 4
"""Increased with every change of the stored estimators, so that files of an older format are not read."""

Sketch = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class EstimateContribution:
    """What a factor adds to an estimate per year, its Shapley value; `value` is None if the profile has several values of
    it."""

    factor: Factor
    value: FactorValue | None
    amount: float


@dataclass(frozen=True, slots=True)
class PayEstimate:
    """An estimate for a profile; amounts are per year in `currency`.

    `baseline_pay` and the contributions add up to `p50`, up to rounding. `kinds` are the codes of the kinds of source of the
    `records` that the estimator was fitted to, in `edition`.
    """

    currency: str
    measure: Measure
    p10: float
    p25: float
    p50: float
    p75: float
    p90: float
    baseline_pay: float
    contributions: tuple[EstimateContribution, ...]
    coverage: float
    records: int
    kinds: tuple[str, ...]
    edition: Edition
    method: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FittedEstimator:
    """An estimator with the edition that it was fitted to.

    `population` is the number of records with the measure above zero, `kinds` are the codes of their kinds of source.
    """

    estimator: Estimator
    measure: Measure
    edition: Edition
    population: int
    kinds: tuple[str, ...]
    sketch: Sketch

    def is_current_for(self, edition: Edition, sketch: Sketch) -> bool:
        """Whether it can be used for the records of an edition, described by their sketch, without fitting it again."""
        if edition == self.edition:
            return True
        age = abs(edition.published_at - self.edition.published_at)
        return age < MAX_AGE and changed_share(self.sketch, sketch) <= MAX_CHANGED_SHARE


_PROFILE_FACTORS = (*SINGLE_VALUED, Factor.EXPERIENCE, *MULTI_VALUED)


def estimate(fitted: FittedEstimator, profile: Profile, taxonomy: Taxonomy, currency: str, scale: float) -> PayEstimate:
    """The estimate for a profile, in a few milliseconds. `scale` is the factor from US dollars to `currency`.

    Values that the estimator does not know are not used, and listed in `notes`.
    """
    model = fitted.estimator
    matrix = model.encoder.matrix(profile_features(profile, taxonomy, model.newest_year))
    row = zeros_to_missing(model.encoder, matrix, np.ones(1, np.bool_))
    columns = model.encoder.factors
    known = {factor for column, factor in enumerate(columns) if not np.isnan(row[0, column])}
    players = [factor for factor in _PROFILE_FACTORS if factor in known]

    def worth(coalitions: Bools) -> Floats:
        count(Work.ESTIMATES, len(coalitions))
        rows = np.repeat(row, len(coalitions), axis=0)
        members = {factor: coalitions[:, player] for player, factor in enumerate(players)}
        return model.medians(mask_factors(rows, columns, members))

    shares = shapley(len(players), worth)
    low, high = model.outer_quantiles(row, np.array([shares.grand_coalition]))
    lowest, highest = model.tails(row, low, high)
    amounts = (shares.values * scale).tolist()
    contributions = [
        EstimateContribution(factor, _single_value(profile, taxonomy, factor), amount)
        for factor, amount in zip(players, amounts, strict=True)
    ]
    return PayEstimate(
        currency=currency,
        measure=fitted.measure,
        p10=float(lowest[0]) * scale,
        p25=float(low[0]) * scale,
        p50=shares.grand_coalition * scale,
        p75=float(high[0]) * scale,
        p90=float(highest[0]) * scale,
        baseline_pay=shares.empty_coalition * scale,
        contributions=tuple(sorted(contributions, key=lambda one: -abs(one.amount))),
        coverage=model.coverage,
        records=model.records,
        kinds=fitted.kinds,
        edition=fitted.edition,
        method=_method(fitted),
        notes=tuple(_notes(fitted, profile, taxonomy, known)),
    )


def _single_value(profile: Profile, taxonomy: Taxonomy, factor: Factor) -> FactorValue | None:
    codes = profile.codes(factor)
    return taxonomy.find(factor, codes[0]) if len(codes) == 1 else None


def _notes(fitted: FittedEstimator, profile: Profile, taxonomy: Taxonomy, known: set[Factor]) -> Iterator[str]:
    label = MEASURES[fitted.measure].label
    for factor in _PROFILE_FACTORS:
        items = fitted.estimator.encoder.items.get(factor, ())
        codes = [code for code in profile.codes(factor) if factor not in known or factor in MULTI_VALUED]
        unused = [code for code in codes if factor not in MULTI_VALUED or taxonomy.find(factor, code).id not in items]
        if unused:
            yield f"Not used: {FACTORS[factor].label} {', '.join(unused)}. The {label} data do not show its effect."


def _method(fitted: FittedEstimator) -> str:
    model = fitted.estimator
    sample = f"a random sample of {model.records:,} of " if model.records < fitted.population else ""
    return (
        f"Gradient-boosted trees for five quantiles of the logarithm of {MEASURES[fitted.measure].label}, with conformal "
        f"calibration (conformalised quantile regression), fitted to {sample}{fitted.population:,} records of edition "
        f"{fitted.edition.number}. Source types: {', '.join(fitted.kinds)}. {model.calibration_records:,} of the records "
        "were held out to calibrate the quantiles and to measure the coverage. Estimated for "
        f"{model.newest_year}, for all source types together. Contributions are Shapley values: the mean change of the "
        "estimate when a value of the profile is added, over all orders. They describe the model, not causes."
    )


@dataclass
class Estimators:
    """The latest estimator of each measure, from memory, from the index store or fitted in the model pool.

    While a new one is fitted, the one of an earlier edition is used; one of an edition that `is_lost` is not used any more.
    """

    model_pool: ModelPool
    index_store: IndexStore
    is_lost: Callable[[Edition], Awaitable[bool]]
    _latest: dict[Measure, FittedEstimator] = field(default_factory=dict)
    _current_for: dict[Measure, Edition] = field(default_factory=dict)
    _updates: dict[Measure, "asyncio.Task[FittedEstimator]"] = field(default_factory=dict)

    async def of(self, index: Index, measure: Measure, rules: SuppressionRules) -> FittedEstimator:
        """An estimator of a measure for an edition, fitted to its records or to those of an earlier one.

        Raises InputError for a measure that is not pay, and if too few records have it.
        """
        check_pay(measure)
        while True:
            latest = self._latest.get(measure)
            if latest and self._current_for[measure] == index.edition:
                return latest
            update = self._updates.get(measure) or self._start_update(require_rank_index(index), measure, rules)
            if latest and latest.edition.number < index.edition.number:
                return latest
            await asyncio.shield(update)  # which may be for an edition that this one has replaced

    def _start_update(self, index: RankIndex, measure: Measure, rules: SuppressionRules) -> "asyncio.Task[FittedEstimator]":
        update = asyncio.create_task(self._update(index, measure, rules))
        update.add_done_callback(lambda task: self._finish(measure, task))
        self._updates[measure] = update
        return update

    def _finish(self, measure: Measure, task: "asyncio.Task[FittedEstimator]") -> None:
        self._updates.pop(measure, None)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, InputError):  # too few records now, so the earlier estimator must not be used either
            self._latest.pop(measure, None)
        elif error:
            log.warning("estimator.failed", measure=measure.value, reason=str(error))

    async def _update(self, index: RankIndex, measure: Measure, rules: SuppressionRules) -> FittedEstimator:
        self.model_pool.check(self._key(index, measure, rules))
        await index.prepare(measure)
        order = index.order(measure)
        _check_sample_size(order, measure, rules)
        sketch = await asyncio.to_thread(sketch_records, order)
        found = await self._reusable(index.edition, measure, rules, sketch)
        if found is None:
            found = await self._fit(index, measure, rules, sketch)
        self._latest[measure], self._current_for[measure] = found, index.edition
        return found

    async def _reusable(
        self, edition: Edition, measure: Measure, rules: SuppressionRules, sketch: Sketch
    ) -> FittedEstimator | None:
        latest = self._latest.get(measure)
        if latest and await self._can_be_used(latest, edition, sketch):
            return latest
        stored = await asyncio.to_thread(self.index_store.latest, _artifact_kind(measure, rules))
        return stored if stored and await self._can_be_used(stored, edition, sketch) else None

    async def _can_be_used(self, fitted: FittedEstimator, edition: Edition, sketch: Sketch) -> bool:
        if not fitted.is_current_for(edition, sketch):
            return False
        return fitted.edition == edition or not await self.is_lost(fitted.edition)

    async def _fit(self, index: RankIndex, measure: Measure, rules: SuppressionRules, sketch: Sketch) -> FittedEstimator:
        order, taxonomy = index.order(measure), index.reference.taxonomy

        def arguments() -> tuple[object, ...]:
            cohort = Cohort(index, rules=rules)
            found = observations(cohort, measure, MAX_RECORDS)
            kinds = _sample_kinds(found, taxonomy)
            about = (measure, index.edition, _count_positive(order), kinds, sketch)
            data = training_data(found, taxonomy)
            return self.index_store, _artifact_kind(measure, rules), about, *data, rules.min_records

        return await self.model_pool.fit(self._key(index, measure, rules), _load_or_fit, arguments)

    def _key(self, index: RankIndex, measure: Measure, rules: SuppressionRules) -> Hashable:
        return "estimator", self.index_store.database, index.edition, measure, rules


def training_data(found: Observations, taxonomy: Taxonomy) -> tuple[Features, Floats, dict[int, int]]:
    """The arguments of `fit_estimator`: features and log pay, `float64[n]`, of records above zero, and parents of values."""
    rows = np.flatnonzero(found.amounts > 0)
    return record_features(found, taxonomy).take(rows), np.log(found.amounts[rows]), parents_of(taxonomy)


def _load_or_fit(
    index_store: IndexStore,
    kind: ArtifactKind[FittedEstimator],
    about: tuple[Measure, Edition, int, tuple[str, ...], Sketch],
    features: Features,
    logs: Floats,
    parents: dict[int, int],
    min_records: int,
) -> FittedEstimator:
    """Runs in the model pool; another process may have stored the estimator in the meantime."""
    return index_store.get_or_create(
        kind, about[1], lambda: FittedEstimator(fit_estimator(features, logs, parents, min_records), *about)
    )


def _check_sample_size(order: Order, measure: Measure, rules: SuppressionRules) -> None:
    records, needed = _count_positive(order), rules.at_least(MIN_RECORDS)
    if records < needed:
        raise InputError(
            f"Not enough data: an estimate needs {needed} records with {MEASURES[measure].label} above 0; this edition has "
            f"{records}. Choose another measure or import more records."
        )


def _count_positive(order: Order) -> int:
    return len(order) - order.selection(()).at_most(0)


def _sample_kinds(found: Observations, taxonomy: Taxonomy) -> tuple[str, ...]:
    kinds = found.one[Factor.SOURCE_KIND]
    return tuple(taxonomy[kinds.categories[code - 1]].code for code in np.unique(kinds.codes[kinds.codes > 0]).tolist())


def _artifact_kind(measure: Measure, rules: SuppressionRules) -> ArtifactKind[FittedEstimator]:
    return ArtifactKind(f"estimator{_FORMAT}-{measure.value}-{rules.min_records}", _encode, _decode)


def _encode(fitted: FittedEstimator) -> pa.RecordBatch:
    """Fitted trees of scikit-learn have no other form than a pickle."""
    return pa.record_batch({"pickle": pa.array([pickle.dumps(fitted, 5)], pa.large_binary())})


def _decode(batch: pa.RecordBatch) -> FittedEstimator:
    found: FittedEstimator = pickle.loads(batch.column("pickle")[0].as_buffer())
    return found


def sketch_records(order: Order) -> Sketch:
    """The smallest hashes of an order's records and amounts, `uint64[k]`, ascending: all hashes if there are few records."""
    ids, amounts = order.columns.ids[:, order.rows], order.values.astype(np.uint64)
    mixed = ids[0] * np.uint64(0x9E3779B97F4A7C15) ^ ids[1] ^ amounts * np.uint64(0xC2B2AE3D27D4EB4F)
    for factor, shift in ((0xFF51AFD7ED558CCD, 33), (0xC4CEB9FE1A85EC53, 29)):  # the finaliser of MurmurHash3
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor)
    return np.unique(mixed)[:_SKETCH_SIZE]


def changed_share(before: Sketch, after: Sketch) -> float:
    """The share of the records of two sketches that are not in both, 0 to 1.

    Exact for few records; for many, within about 0.1 percentage points at 1%. From the smallest hashes of the
    union (bottom-k sketch; Bar-Yossef and others 2002).

    >>> changed_share(np.array([1, 2, 3], np.uint64), np.array([2, 3, 4], np.uint64))
    0.5
    """
    union = np.union1d(before, after)[:_SKETCH_SIZE]
    both = np.isin(union, before) & np.isin(union, after)
    return float(1 - both.mean()) if len(union) else 0.0
