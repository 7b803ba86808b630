"""Groups of a cohort: means, shares and sort orders, by hand and against PostgreSQL's averages, percentiles and counts."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint
from support.databases import clone
from support.records import publish
from support.sql_oracle import publish_random, where_sql

from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import RankIndex
from service.market.cohort import Cohort
from service.market.grouping import MAX_GROUPS, CohortGroup, GroupOrder, GroupOrderField, GroupPage, group_by
from service.store.bulk import BulkConnection, bulk_connection
from service.store.reference import load_taxonomy
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.work import Work, counted

SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)
RECORDS = [
    # remote and on-site work have the same median score, but different means
    *({"work_mode": "remote", "job_satisfaction": score} for score in (3, 4, 4, 4, 4, 5)),
    *({"work_mode": "on-site", "job_satisfaction": score} for score in (1, 3, 4, 4, 4, 4)),
    *({"work_mode": "hybrid", "job_satisfaction": 5} for _ in range(5)),
    # eight report benefits: six a health insurance, two of these a dental one too; two report meals only
    *({"benefit": ["health-insurance"], "base_salary": 100_000} for _ in range(4)),
    *({"benefit": ["health-insurance", "dental-insurance"], "base_salary": 120_000} for _ in range(2)),
    *({"benefit": ["meals"], "base_salary": 90_000} for _ in range(2)),
    # uplift by competing offers, where 10 comes after 2, as numbers do and texts do not
    *({"competing_offers": str(offers), "negotiation_uplift": offers + n} for offers in (10, 2, 0) for n in range(5)),
]


@dataclass(frozen=True)
class Source:
    """The same records in PostgreSQL and in the index."""

    rows: BulkConnection
    index: RankIndex

    def query(self, expressions: str, cohort: Cohort) -> list[object]:
        condition = where_sql(cohort.conditions, self.index.reference.taxonomy)
        result = self.rows.query(f"SELECT {expressions} FROM salary_record WHERE {condition}")
        return [column[0].as_py() for column in result.columns]


@pytest.fixture(scope="module")
def source(server_url: str, empty_template: str) -> Iterator[Source]:
    with clone(server_url, empty_template) as url:
        publish_random(url, 3_000, 17)
        with bulk_connection(url) as rows:
            yield Source(rows, build_current_index(url))


def codes(groups: list[CohortGroup]) -> list[str | None]:
    return [group.value and group.value.code for group in groups]


def test_groups_are_sorted_by_mean(index: RankIndex) -> None:
    """All medians except that of hybrid work are 4; the means are 5, 4 and 3 1/3."""
    order = GroupOrder(GroupOrderField.MEAN, measure=Measure.JOB_SATISFACTION)
    groups = group_by(Cohort(index), Factor.WORK_MODE, None, GroupPage(50), order)
    assert codes(groups) == ["hybrid", "remote", "on-site", None]
    stats = [group.cohort.stats(Measure.JOB_SATISFACTION) for group in groups]
    assert [found and found.mean for found in stats] == [5, 4, pytest.approx(10 / 3), None]
    ascending = GroupOrder(GroupOrderField.MEAN, False, Measure.JOB_SATISFACTION)
    assert codes(group_by(Cohort(index), Factor.WORK_MODE, None, GroupPage(50), ascending)) == [
        "on-site",
        "remote",
        "hybrid",
        None,
    ]


def test_mean_interval_by_hand(index: RankIndex) -> None:
    """3 4 4 4 4 5: the deviation is the root of 2/5, t with 5 degrees of freedom 2.5706."""
    [_, remote, _, _] = group_by(
        Cohort(index), Factor.WORK_MODE, None, GroupPage(), GroupOrder(GroupOrderField.MEAN, True, SCORES[0])
    )
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


def test_equal_values_have_no_mean_interval(index: RankIndex) -> None:
    hybrid = AnyOf(Factor.WORK_MODE, frozenset({index.reference.taxonomy.find(Factor.WORK_MODE, "hybrid").id}))
    stats = Cohort(index, (hybrid,)).stats(Measure.JOB_SATISFACTION)
    assert stats
    assert (stats.mean, stats.mean_interval(0.95)) == (5, None)


def test_share_of_reported(index: RankIndex) -> None:
    """Six of eight have a health benefit, two one at the workplace; 32 others report no benefits."""
    groups = group_by(Cohort(index), Factor.BENEFIT, None, GroupPage(50), None)
    found = [(code, group.cohort.size, group.share_of_reported) for code, group in zip(codes(groups), groups, strict=True)]
    assert found == [("health", 6, 0.75), ("workplace", 2, 0.25), (None, 32, None)]
    assert groups[0].share == 6 / 40
    interval = groups[0].share_of_reported_interval(0.95)
    assert interval
    assert (interval.low, interval.high) == (pytest.approx(0.40927, abs=1e-5), pytest.approx(0.92852, abs=1e-5))
    assert groups[-1].share_of_reported_interval(0.95) is None


def test_groups_below_a_value_are_shares_of_the_same_records(index: RankIndex) -> None:
    groups = group_by(Cohort(index), Factor.BENEFIT, "health", GroupPage(50), None)
    assert codes(groups) == ["health-insurance", "dental-insurance"]
    assert [group.share_of_reported for group in groups] == [0.75, 0.25]


def test_numbers_are_sorted_numerically(index: RankIndex) -> None:
    groups = group_by(Cohort(index), Factor.COMPETING_OFFERS, None, GroupPage(50), None)
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
def test_invalid_confidence_levels_are_refused(index: RankIndex, level: float) -> None:
    [group, *_] = group_by(Cohort(index), Factor.BENEFIT, None, GroupPage(50), None)
    stats = group.cohort.stats(Measure.BASE_SALARY)
    assert stats
    for interval in (group.share_of_reported_interval, stats.mean_interval):
        with pytest.raises(InputError, match="`level` must be from"):
            interval(level)


@settings(max_examples=80)
@given(data=st.data(), level=st.floats(0.5, 0.999))
def test_means_and_shares_equal_postgres(source: Source, data: st.DataObject, level: float) -> None:
    factor = data.draw(st.sampled_from([Factor.BENEFIT, Factor.SKILL, Factor.WORK_MODE, Factor.COMPETING_OFFERS]))
    measure = data.draw(st.sampled_from([*SCORES, Measure.NEGOTIATION_UPLIFT, Measure.BASE_SALARY]))
    cohort = _cohort(data, source.index)
    order = GroupOrder(GroupOrderField.MEAN, data.draw(st.booleans()), measure)
    groups = group_by(cohort, factor, None, GroupPage(MAX_GROUPS), order)
    assert bool(groups) == (cohort.suppressed is None)
    missing = f"{factor.value} IS NULL" + (
        f" OR {factor.value} = '{{}}'" if factor in (Factor.BENEFIT, Factor.SKILL) else ""
    )
    [reported] = source.query(f"count(*) FILTER (WHERE NOT ({missing}))", cohort)
    means = [_checked(source, group, measure, level, reported) for group in groups]  # type: ignore[arg-type]
    known = [mean for mean, group in zip(means, groups, strict=True) if mean is not None and group.value]
    assert known == sorted(known, reverse=order.descending)
    assert means[: len(known)] == known


PERCENTILES = {GroupOrderField.P10: 0.1, GroupOrderField.MEDIAN: 0.5, GroupOrderField.P90: 0.9}
ONE_VALUE = (Factor.EMPLOYER, Factor.METRO, Factor.ROLE, Factor.COUNTRY, Factor.LEVEL, Factor.QUARTER)


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data(), field=st.sampled_from([*PERCENTILES, GroupOrderField.MEAN]), descending=st.booleans())
def test_groups_are_in_the_order_of_postgres_figures(
    source: Source, data: st.DataObject, field: GroupOrderField, descending: bool
) -> None:
    """Equal ones in the order of the reference data; groups without the figure last."""
    factor, measure = data.draw(st.sampled_from(ONE_VALUE)), data.draw(st.sampled_from([*SCORES, Measure.BASE_SALARY]))
    cohort, order = _cohort(data, source.index), GroupOrder(field, descending, measure)
    groups = group_by(cohort, factor, None, GroupPage(MAX_GROUPS), order)
    taxonomy = source.index.reference.taxonomy
    values = [group.value for group in groups if group.value]
    assert {value.id for value in values} == _present(cohort, factor)
    figures = {group.value.id: _figure(source, group, order) for group in groups if group.value}
    with_figure = [number for number in (value.id for value in taxonomy.roots(factor)) if figures.get(number) is not None]
    without = [value.id for value in taxonomy.roots(factor) if value.id in figures and figures[value.id] is None]
    expected = sorted(with_figure, key=lambda number: figures[number] or 0, reverse=descending)
    assert [value.id for value in values] == [*expected, *without]


def _present(cohort: Cohort, factor: Factor) -> set[int]:
    """The top-level values that records of a cohort have, or a descendant of them; none if it is suppressed."""
    roots = () if cohort.suppressed else cohort.index.reference.taxonomy.roots(factor)
    return {value.id for value in roots if cohort.narrowed(AnyOf(factor, frozenset({value.id}))).size}


def _figure(source: Source, group: CohortGroup, order: GroupOrder) -> float | None:
    column, p = order.measure.value, PERCENTILES.get(order.field)
    percentile = f"percentile_cont({p}) WITHIN GROUP (ORDER BY {column})" if p else f"avg({column})::float8"
    count, figure = source.query(f"count({column}), {percentile}", group.cohort)
    return figure if count >= (5 if p in (None, 0.5) else 10) else None  # type: ignore[operator, return-value]


@pytest.mark.parametrize("field", GroupOrderField)
def test_one_group_of_many_takes_the_work_of_a_few_passes(
    server_url: str, empty_template: str, field: GroupOrderField
) -> None:
    """And no more for each of the employers that are not returned."""
    work = {}
    for employers in (20, 200):
        with clone(server_url, empty_template) as url:
            index = _employer_index(url, employers)
        with counted() as work[employers]:
            [group, missing] = group_by(Cohort(index), Factor.EMPLOYER, None, GroupPage(1), GroupOrder(field))
        assert (group.cohort.size, missing.cohort.size) == (6, 5)
    of_figures = 3 * 200 * 6 if GroupOrder(field).field.of_measure else 0
    assert work[200] == {**work[20], Work.RECORDS: 200 * 6 + 5 + of_figures}


def _employer_index(url: str, employers: int) -> RankIndex:
    """Six records of each employer, and five of unknown ones."""
    with bulk_connection(url) as rows:
        values = load_taxonomy(rows).roots(Factor.EMPLOYER)[:employers]
    known = [{"employer": value.code, "total_compensation": 100_000 + n} for n, value in enumerate(values)]
    publish(url, [*known * 6, *[{"base_salary": 90_000}] * 5])
    return build_current_index(url)


def _cohort(data: st.DataObject, index: RankIndex) -> Cohort:
    present = [v.id for v in index.reference.taxonomy.values(Factor.LEVEL) if v.id in index.base.sets.values]
    levels = data.draw(st.frozensets(st.sampled_from(present), max_size=3))
    return Cohort(index, (AnyOf(Factor.LEVEL, levels),) if levels else ())


def _checked(source: Source, group: CohortGroup, measure: Measure, level: float, reported: int) -> float | None:
    """Check a group's mean, interval and share against PostgreSQL; returns the mean."""
    column = measure.value
    size, count, mean, deviation = source.query(
        f"count(*), count({column}), avg({column})::float8, stddev_samp({column})::float8", group.cohort
    )
    assert group.cohort.size == size
    if group.value:
        assert group.share_of_reported == size / reported  # type: ignore[operator]
        share = group.share_of_reported_interval(level)
        assert share
        expected = proportion_confint(size, reported, 1 - level, method="wilson")
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
