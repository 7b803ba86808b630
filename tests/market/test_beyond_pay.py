"""Scores, benefits and negotiation by factor, against PostgreSQL's averages, counts and shares."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint
from support.databases import clone
from support.sql_oracle import publish_random, where

from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.grouping import MAX_GROUPS, CohortGroup, GroupOrder, GroupOrderField, group_by
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)
RECORDS = [
    # scores of 3 and 4 have the same medians in both, but not the same means
    *({"work_mode": "remote", "job_satisfaction": score} for score in (3, 4, 4, 4, 4, 5)),
    *({"work_mode": "on-site", "job_satisfaction": score} for score in (1, 3, 4, 4, 4, 4)),
    *({"work_mode": "hybrid", "job_satisfaction": 5} for _ in range(5)),
    # eight tell of benefits: six have a health insurance, of these two a dental one too; two tell of none but meals
    *({"benefit": ["health-insurance"], "base_salary": 100_000} for _ in range(4)),
    *({"benefit": ["health-insurance", "dental-insurance"], "base_salary": 120_000} for _ in range(2)),
    *({"benefit": ["meals"], "base_salary": 90_000} for _ in range(2)),
    # uplift by competing offers, 10 told after 2, as numbers and not as words stand
    *({"competing_offers": str(offers), "negotiation_uplift": offers + n} for offers in (10, 2, 0) for n in range(5)),
]


@dataclass(frozen=True)
class World:
    """The same records in PostgreSQL and in the index."""

    rows: BulkConnection
    index: Index

    def ask(self, expressions: str, cohort: Cohort) -> list[object]:
        condition = where(cohort.conditions, self.index.reference.taxonomy)
        answer = self.rows.query(f"SELECT {expressions} FROM salary_record WHERE {condition}")
        return [column[0].as_py() for column in answer.columns]


@pytest.fixture(scope="module")
def world(server_url: str, empty_template: str) -> Iterator[World]:
    with clone(server_url, empty_template) as url:
        publish_random(url, 3_000, 17)
        with bulk_connection(url) as rows:
            yield World(rows, build_current_index(url))


def codes(groups: list[CohortGroup]) -> list[str | None]:
    return [group.value and group.value.code for group in groups]


def test_means_tell_apart_what_medians_do_not(index: Index) -> None:
    """All medians but that of hybrid work are 4; the means are 5, 4 and 3 1/3."""
    order = GroupOrder(GroupOrderField.MEAN, measure=Measure.JOB_SATISFACTION)
    groups = group_by(Cohort(index), Factor.WORK_MODE, None, 50, order)
    assert codes(groups) == ["hybrid", "remote", "on-site", None]
    stats = [group.cohort.stats(Measure.JOB_SATISFACTION) for group in groups]
    assert [found and found.mean for found in stats] == [5, 4, pytest.approx(10 / 3), None]
    ascending = GroupOrder(GroupOrderField.MEAN, False, Measure.JOB_SATISFACTION)
    assert codes(group_by(Cohort(index), Factor.WORK_MODE, None, 50, ascending)) == ["on-site", "remote", "hybrid", None]


def test_the_interval_of_a_mean_by_hand(index: Index) -> None:
    """3 4 4 4 4 5: the deviation is the root of 2/5, t with 5 degrees of freedom 2.5706."""
    [_, remote, _, _] = group_by(Cohort(index), Factor.WORK_MODE, None, 50, GroupOrder(GroupOrderField.MEAN, True, SCORES[0]))
    stats = remote.cohort.stats(Measure.JOB_SATISFACTION)
    assert stats
    found = stats.mean_interval(0.95)
    assert found
    reach = 2.570582 * (2 / 5) ** 0.5 / 6**0.5
    assert (found.low, found.high, found.level) == (
        pytest.approx(4 - reach, rel=1e-6),
        pytest.approx(4 + reach, rel=1e-6),
        0.95,
    )


def test_equal_answers_have_no_interval(index: Index) -> None:
    hybrid = AnyOf(Factor.WORK_MODE, frozenset({index.reference.taxonomy.find(Factor.WORK_MODE, "hybrid").id}))
    stats = Cohort(index, (hybrid,)).stats(Measure.JOB_SATISFACTION)
    assert stats
    assert (stats.mean, stats.mean_interval(0.95)) == (5, None)


def test_benefits_by_share_of_those_that_told_of_any(index: Index) -> None:
    """Six of eight have one of the kind health, two one at the workplace; 32 others tell nothing of benefits."""
    groups = group_by(Cohort(index), Factor.BENEFIT, None, 50, None)
    told = [(code, group.cohort.size, group.share_of_reported) for code, group in zip(codes(groups), groups, strict=True)]
    assert told == [("health", 6, 0.75), ("workplace", 2, 0.25), (None, 32, None)]
    assert groups[0].share == 6 / 40
    found = groups[0].interval_of_reported(0.95)
    assert found
    assert (found.low, found.high) == (pytest.approx(0.40927, abs=1e-5), pytest.approx(0.92852, abs=1e-5))
    assert groups[-1].interval_of_reported(0.95) is None


def test_the_benefits_of_a_kind_are_shares_of_the_same_eight(index: Index) -> None:
    groups = group_by(Cohort(index), Factor.BENEFIT, "health", 50, None)
    assert codes(groups) == ["health-insurance", "dental-insurance"]
    assert [group.share_of_reported for group in groups] == [0.75, 0.25]


def test_uplift_by_competing_offers_in_the_order_of_numbers(index: Index) -> None:
    groups = group_by(Cohort(index), Factor.COMPETING_OFFERS, None, 50, None)
    assert codes(groups) == ["0", "2", "10", None]
    stats = [group.cohort.stats(Measure.NEGOTIATION_UPLIFT) for group in groups]
    assert [found and (found.mean, found.quartile(0.5), found.count) for found in stats] == [
        (2, 2, 5),
        (4, 4, 5),
        (12, 12, 5),
        None,
    ]
    assert [group.share_of_reported for group in groups] == [pytest.approx(1 / 3)] * 3 + [None]


@pytest.mark.parametrize("level", [0.49, 1, float("nan")])
def test_no_interval_is_certain(index: Index, level: float) -> None:
    [group, *_] = group_by(Cohort(index), Factor.BENEFIT, None, 50, None)
    stats = group.cohort.stats(Measure.BASE_SALARY)
    assert stats
    for ask in (group.interval_of_reported, stats.mean_interval):
        with pytest.raises(InputError, match="level of an interval is from"):
            ask(level)


@settings(max_examples=80)
@given(data=st.data(), level=st.floats(0.5, 0.999))
def test_means_and_shares_equal_postgres(world: World, data: st.DataObject, level: float) -> None:
    factor = data.draw(st.sampled_from([Factor.BENEFIT, Factor.SKILL, Factor.WORK_MODE, Factor.COMPETING_OFFERS]))
    measure = data.draw(st.sampled_from([*SCORES, Measure.NEGOTIATION_UPLIFT, Measure.BASE_SALARY]))
    cohort = _cohort(data, world.index)
    order = GroupOrder(GroupOrderField.MEAN, data.draw(st.booleans()), measure)
    groups = group_by(cohort, factor, None, MAX_GROUPS, order)
    assert bool(groups) == (cohort.suppressed is None)
    untold = f"{factor.value} IS NULL" + (f" OR {factor.value} = '{{}}'" if factor in (Factor.BENEFIT, Factor.SKILL) else "")
    [told] = world.ask(f"count(*) FILTER (WHERE NOT ({untold}))", cohort)
    means = [_checked(world, group, measure, level, told) for group in groups]  # type: ignore[arg-type]
    known = [mean for mean, group in zip(means, groups, strict=True) if mean is not None and group.value]
    assert known == sorted(known, reverse=order.descending)
    assert means[: len(known)] == known


def _cohort(data: st.DataObject, index: Index) -> Cohort:
    present = [v.id for v in index.reference.taxonomy.values(Factor.LEVEL) if v.id in index.base.sets.values]
    levels = data.draw(st.frozensets(st.sampled_from(present), max_size=3))
    return Cohort(index, (AnyOf(Factor.LEVEL, levels),) if levels else ())


def _checked(world: World, group: CohortGroup, measure: Measure, level: float, told: int) -> float | None:
    """The group's mean, once it and its interval and share have been found to be PostgreSQL's."""
    column = measure.value
    size, count, mean, deviation = world.ask(
        f"count(*), count({column}), avg({column})::float8, stddev_samp({column})::float8", group.cohort
    )
    assert group.cohort.size == size
    if group.value:
        assert group.share_of_reported == size / told  # type: ignore[operator]
        share = group.interval_of_reported(level)
        assert share
        expected = proportion_confint(size, told, 1 - level, method="wilson")
        assert (share.low, share.high) == pytest.approx(expected, abs=1e-12)
    stats = group.cohort.stats(measure)
    assert (stats is None) == (count < 5)  # type: ignore[operator]
    if stats is None:
        return None
    assert stats.mean == pytest.approx(mean, rel=1e-12)
    interval = stats.mean_interval(level)
    error = deviation / count**0.5  # type: ignore[operator]
    assert interval
    assert (interval.low, interval.high) == pytest.approx(t.interval(level, count - 1, mean, error), rel=1e-9)  # type: ignore[operator]
    return stats.mean
