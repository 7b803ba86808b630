"""Estimates of profiles: Shapley values by definition, and when an estimator is fitted again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sample_tables import numbered_reference

from seed.sample import sample_batches
from service.errors import InputError
from service.index.artifact import IndexStore
from service.index.build import sort_columns
from service.index.columns import AmountColumn
from service.index.index import RankIndex
from service.index.order import Order
from service.market.cohort import Cohort
from service.market.estimate import Estimators, FittedEstimator, PayEstimate, estimate, sketch_records, training_data
from service.market.model_pool import ModelPool
from service.market.observations import observations
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile, profile_of
from service.stats.estimator import fit_estimator
from service.stats.suppression import DEFAULT_RULES, SuppressionRules
from service.store.database import Edition
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.measures import Measure

BASE = Measure.BASE_SALARY
REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
SAMPLE = pa.Table.from_batches(sample_batches(REFERENCE, 1_500, 3))
FITTED = 500
START = datetime(2026, 1, 1, tzinfo=UTC)


def index_of(number: int, records: int, after: timedelta = timedelta()) -> RankIndex:
    """An edition of the first `records` records of the sample, without a database."""
    columns = sort_columns(SAMPLE.slice(0, records).to_batches(), TAXONOMY)
    months = columns.months.decode()
    base = Order.of(columns, TAXONOMY, AmountColumn(months, np.ones(columns.size, np.bool_)))
    return RankIndex(Edition(number, START + after, records), REFERENCE, columns, base)


@pytest.fixture(scope="module")
def fitted() -> FittedEstimator:
    index = index_of(7, FITTED)
    model = fit_estimator(*training_data(observations(Cohort(index), BASE, 10_000), TAXONOMY), 5)
    return FittedEstimator(model, BASE, index.edition, FITTED, ("sample",), sketch_records(index.order(BASE)))


def estimated(fitted: FittedEstimator, profile: Profile, scale: float = 1.0) -> PayEstimate:
    return estimate(fitted, profile, TAXONOMY, "USD", scale)


def codes(factor: Factor) -> st.SearchStrategy[str]:
    return st.sampled_from([value.code for value in TAXONOMY.values(factor)])


PROFILES = st.builds(
    lambda one, many, years: profile_of(TAXONOMY, one, many, years),
    st.fixed_dictionaries({}, optional={factor: codes(factor) for factor in SINGLE_VALUED if factor not in PLACES[:2]}),
    st.fixed_dictionaries({}, optional={factor: st.lists(codes(factor), max_size=3) for factor in MULTI_VALUED}),
    st.none() | st.integers(0, 60),
)


@settings(max_examples=40)
@given(profile=PROFILES, scale=st.sampled_from([1.0, 0.9, 150.0]))
@pytest.mark.slow
def test_properties_of_estimates(fitted: FittedEstimator, profile: Profile, scale: float) -> None:
    found = estimated(fitted, profile, scale)
    assert found.baseline_pay + sum(part.amount for part in found.contributions) == pytest.approx(found.p50, rel=1e-12)
    assert found.p25 <= found.p50 <= found.p75
    assert found.baseline_pay == pytest.approx(estimated(fitted, Profile()).p50 * scale)
    known = {factor for factor in Factor if profile.codes(factor)}
    used = {part.factor for part in found.contributions}
    assert used <= known
    assert len(found.notes) >= len(known - used)
    assert found == estimated(fitted, profile, scale)
    sizes = [abs(part.amount) for part in found.contributions]
    assert sizes == sorted(sizes, reverse=True)


def restricted(profile: Profile, factors: frozenset[Factor]) -> Profile:
    """The profile with some of its factors only."""
    one = {factor: code for factor, code in profile.one.items() if factor in factors}
    many = {factor: listed for factor, listed in profile.many.items() if factor in factors}
    return Profile(one, many, profile.experience if Factor.EXPERIENCE in factors else None)


def test_contributions_are_shapley_values(fitted: FittedEstimator) -> None:
    """The mean, over all orders of adding factors, of the change of the estimate."""
    profile = profile_of(
        TAXONOMY,
        {Factor.ROLE: "data-scientist", Factor.LEVEL: "senior", Factor.COUNTRY: "us"},
        {Factor.SKILL: ["python", "sql"]},
        8,
    )
    factors = [factor for factor in Factor if profile.codes(factor)]
    expected = dict.fromkeys(factors, 0.0)
    orders = list(permutations(factors))
    known: dict[frozenset[Factor], float] = {}
    for order in orders:
        for place, factor in enumerate(order):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            for coalition in {before, after} - set(known):
                known[coalition] = estimated(fitted, restricted(profile, coalition)).p50
            expected[factor] += (known[after] - known[before]) / len(orders)
    found = estimated(fitted, profile)
    assert {part.factor: part.amount for part in found.contributions} == pytest.approx(expected, abs=1e-6)
    values = {part.factor: part.value.code if part.value else None for part in found.contributions}
    assert values == {
        Factor.ROLE: "data-scientist",
        Factor.LEVEL: "senior",
        Factor.COUNTRY: "us",
        Factor.EXPERIENCE: "8",
        Factor.SKILL: None,
    }
    assert (found.edition.number, found.kinds, found.records) == (7, ("sample",), FITTED)
    assert f"{FITTED} records of edition 7. Source types: sample." in found.method


def test_values_that_are_not_used_are_noted(fitted: FittedEstimator) -> None:
    rare = next(value.code for value in TAXONOMY.values(Factor.INDUSTRY) if not carriers(Factor.INDUSTRY, value.id))
    known = profile_of(TAXONOMY, {Factor.COUNTRY: "us"}, {Factor.SKILL: ["python"]})
    more = profile_of(TAXONOMY, {Factor.COUNTRY: "us", Factor.EMPLOYER: rare_employer()}, {Factor.SKILL: ["python", "jax"]})
    assert rare
    first, second = estimated(fitted, known), estimated(fitted, more)
    assert first.notes == ()
    assert replace(second, notes=()) == replace(
        first, contributions=tuple(replace(p, value=None) if p.factor is Factor.SKILL else p for p in first.contributions)
    )
    [employer, skill] = second.notes
    assert f"employer {rare_employer()}" in employer
    assert "skill jax" in skill


def carriers(factor: Factor, number: int) -> int:
    return int(np.sum(np.asarray(SAMPLE[factor.value].fill_null(0)) == number))


def rare_employer() -> str:
    return min(TAXONOMY.values(Factor.EMPLOYER), key=lambda value: carriers(Factor.EMPLOYER, value.id)).code


@pytest.fixture
def lost() -> list[Edition]:
    """The editions that the database does not have any more."""
    return []


@pytest.fixture
def estimators(model_pool: ModelPool, tmp_path: Path, lost: list[Edition]) -> Estimators:
    async def is_lost(edition: Edition) -> bool:
        return edition in lost

    return Estimators(model_pool, IndexStore.of(tmp_path / "cache", "postgresql://host/pay"), is_lost)


async def updates_finished() -> None:
    await asyncio.gather(*(task for task in asyncio.all_tasks() if "Estimators" in task.get_coro().__qualname__))  # type: ignore[union-attr]


@pytest.mark.slow
async def test_estimators_are_replaced_when_enough_records_have_changed(estimators: Estimators) -> None:
    first = await estimators.of(index_of(1, 500), BASE, DEFAULT_RULES)
    assert (first.edition.number, first.population, first.estimator.records) == (1, 500, 500)
    # five more of 505 records are 1%, so the first one is still current
    assert await estimators.of(index_of(2, 505, timedelta(minutes=1)), BASE, DEFAULT_RULES) is first
    await updates_finished()
    assert await estimators.of(index_of(2, 505, timedelta(minutes=1)), BASE, DEFAULT_RULES) is first
    # with more, it is used until the next one is fitted
    third = index_of(3, 600, timedelta(minutes=2))
    assert await estimators.of(third, BASE, DEFAULT_RULES) is first
    await updates_finished()
    assert (await estimators.of(third, BASE, DEFAULT_RULES)).edition.number == 3
    # and a day later the same records are fitted again
    fourth = index_of(4, 600, timedelta(days=1, minutes=2))
    assert (await estimators.of(fourth, BASE, DEFAULT_RULES)).edition.number == 3
    await updates_finished()
    assert (await estimators.of(fourth, BASE, DEFAULT_RULES)).edition.number == 4
    assert len(list(estimators.index_store.folder.glob("*.artifact"))) == 1
    # another process loads the stored one
    other = Estimators(estimators.model_pool, estimators.index_store, estimators.is_lost)
    stored = await other.of(index_of(5, 603, timedelta(days=1, minutes=3)), BASE, DEFAULT_RULES)
    assert stored.edition.number == 4


@pytest.mark.slow
async def test_an_estimator_of_a_lost_edition_is_not_used(estimators: Estimators, lost: list[Edition]) -> None:
    """Whether the edition that replaces it has the same number, a lower one, or a higher one."""
    fitted = await estimators.of(index_of(3, 500), BASE, DEFAULT_RULES)
    lost.append(fitted.edition)
    for number, minutes in ((3, 1), (2, 2)):
        index = index_of(number, 500, timedelta(minutes=minutes))
        assert (await estimators.of(index, BASE, DEFAULT_RULES)).edition == index.edition
        lost.append(index.edition)
    third = index_of(3, 500, timedelta(minutes=3))
    await estimators.of(third, BASE, DEFAULT_RULES)
    await updates_finished()
    assert (await estimators.of(third, BASE, DEFAULT_RULES)).edition == third.edition
    other = Estimators(estimators.model_pool, estimators.index_store, estimators.is_lost)
    lost.append(third.edition)
    fourth = index_of(4, 500, timedelta(minutes=4))
    assert (await other.of(fourth, BASE, DEFAULT_RULES)).edition == fourth.edition


async def test_too_few_records_and_other_measures_are_refused(estimators: Estimators) -> None:
    with pytest.raises(InputError, match="needs 200 records with base salary above 0; this edition has"):
        await estimators.of(index_of(1, 199), BASE, DEFAULT_RULES)
    with pytest.raises(InputError, match="needs 700 records"):
        await estimators.of(index_of(1, 500), BASE, SuppressionRules(min_records=700))
    with pytest.raises(InputError, match=r"JOB_SATISFACTION is not a measure of pay\. Use one of BASE_SALARY, BONUS"):
        await estimators.of(index_of(1, 500), Measure.JOB_SATISFACTION, DEFAULT_RULES)
