"""Both engines against PostgreSQL's own functions: every count, mean, percentile, rank and histogram, to the last digit."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.databases import clone
from support.sql_oracle import FIRST_MONTH, LAST_MONTH, publish_random, value_sql, where_sql

from service.index.build import build_current_index
from service.index.index import Index, RankIndex
from service.market.cohort import Cohort
from service.market.grouping import GroupPage, group_by
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.selection import open_sql_index
from service.stats.percentiles import percentile, percentile_rank
from service.stats.suppression import CautionCode
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf, NotAll
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import DOLLARS, PAY, Adjustment, Basis, Measure

RECORDS = 3_000


@dataclass(frozen=True)
class World:
    """The same records in PostgreSQL and in the index under test; `rank_index` is to draw conditions from."""

    rows: BulkConnection
    index: Index
    rank_index: RankIndex

    def query(self, expressions: str, measure: Measure, basis: Basis, conditions: Conditions) -> list[object]:
        """PostgreSQL's result for expressions over the values x of a measure in a cohort."""
        condition = where_sql(conditions, self.index.reference.taxonomy)
        cohort = f"SELECT {value_sql(measure, basis)} AS x FROM salary_record WHERE {condition} OFFSET 0"
        found = self.rows.query(f"SELECT {expressions} FROM ({cohort}) AS cohort WHERE x IS NOT NULL")
        return [column[0].as_py() for column in found.columns]


@pytest.fixture(scope="module", params=["index", pytest.param("sql", marks=pytest.mark.slow)])
def world(server_url: str, empty_template: str, request: pytest.FixtureRequest) -> Iterator[World]:
    with clone(server_url, empty_template) as url:
        publish_random(url, RECORDS, 7)
        threads = SqlThreadPool(url, 60)
        with bulk_connection(url) as rows, threads.attached_thread():
            rank_index = build_current_index(url)
            yield World(rows, rank_index if request.param == "index" else open_sql_index(url, threads), rank_index)


def drawn_conditions(data: st.DataObject, index: RankIndex) -> Conditions:
    return tuple(_condition(data, index) for _ in range(data.draw(st.integers(0, 3))))


def _condition(data: st.DataObject, index: RankIndex) -> Condition:
    kind = data.draw(st.sampled_from([AnyOf, AnyOf, AnyOf, NoneOf, IsMissing, Effective, NotAll]))
    if kind is NotAll:
        return NotAll(tuple(_condition(data, index) for _ in range(data.draw(st.integers(0, 2)))))
    if kind is Effective:
        ends = st.one_of(st.none(), st.integers(FIRST_MONTH - 2, LAST_MONTH + 2))
        return Effective(data.draw(ends), data.draw(ends))
    factor = data.draw(st.sampled_from([f for f in Factor if index.reference.taxonomy.values(f)]))
    present = [value.id for value in index.reference.taxonomy.values(factor) if value.id in index.base.sets.values]
    values = frozenset(data.draw(st.lists(st.sampled_from(present), min_size=1, max_size=3)))
    if kind is IsMissing:
        return IsMissing(factor, data.draw(st.sampled_from([frozenset(), values])))
    return AnyOf(factor, values) if kind is AnyOf else NoneOf(factor, values)


@settings(max_examples=150)
@given(data=st.data(), measure=st.sampled_from(Measure), p=st.floats(0, 1))
def test_statistics_equal_postgres_to_the_last_digit(world: World, data: st.DataObject, measure: Measure, p: float) -> None:
    currency, adjustment = data.draw(st.sampled_from(["USD", "EUR", "JPY", "AFN"])), data.draw(st.sampled_from(Adjustment))
    conditions = drawn_conditions(data, world.rank_index)
    cohort = Cohort(world.index, conditions, currency, adjustment)
    values, basis = cohort.values(measure), Basis(currency, adjustment) if measure in PAY else DOLLARS
    amount = data.draw(st.integers(0, 400_000) if currency == "USD" else st.integers(0, 10**9))
    expressions = (
        f"count(*), count(*) FILTER (WHERE x < {amount}), count(*) FILTER (WHERE x <= {amount}), "
        f"sum(x)::float8 / nullif(count(*), 0), percentile_cont({p!r}) WITHIN GROUP (ORDER BY x), stddev_samp(x::float8)"
    )
    count, below, at_most, mean, at_p, deviation = world.query(expressions, measure, basis, conditions)

    assert len(values) == count
    assert (values.below(amount), values.at_most(amount)) == (below, at_most)
    if not count:
        return
    assert percentile(values, p) == at_p
    assert percentile_rank(values, amount) == 100 * ((below + at_most) / 2) / count
    stats = cohort.stats(measure)
    assert (stats is None) == (count < 5)
    if stats:
        assert stats.mean == mean
        assert stats.standard_deviation == pytest.approx(deviation, rel=1e-9, abs=1e-9)


@settings(max_examples=60)
@given(data=st.data(), bins=st.integers(1, 40))
def test_histogram_counts_equal_postgres(world: World, data: st.DataObject, bins: int) -> None:
    conditions, currency = drawn_conditions(data, world.rank_index), data.draw(st.sampled_from(["USD", "EUR"]))
    found = Cohort(world.index, conditions, currency).distribution(Measure.BASE_SALARY, bins)
    if found is None:
        return
    edges = [part.low for part in found.bins] + [found.bins[-1].high]
    counts = ", ".join(f"count(*) FILTER (WHERE x >= {low!r} AND x < {high!r})" for low, high in pairwise(edges))
    outside = f"count(*) FILTER (WHERE x < {edges[0]!r}), count(*) FILTER (WHERE x >= {edges[-1]!r})"
    expected = world.query(
        f"{counts}, {outside}".replace("count(*) F", "count(x) F"), Measure.BASE_SALARY, Basis(currency), conditions
    )
    assert [part.count for part in found.bins] + [found.below, found.above] == expected
    assert len(found.bins) == bins


@settings(max_examples=80)
@given(data=st.data(), factor=st.sampled_from([f for f in Factor if f is not Factor.EMPLOYER]))
def test_groups_equal_postgres(world: World, data: st.DataObject, factor: Factor) -> None:
    """The size of every group, that of missing values included, against a query with the group's own conditions."""
    conditions = drawn_conditions(data, world.rank_index)
    cohort = Cohort(world.index, conditions)
    groups = group_by(cohort, factor, None, GroupPage(500), None)
    for group in groups:
        condition = where_sql(group.cohort.conditions, world.index.reference.taxonomy)
        [count] = world.rows.query(f"SELECT count(*) AS n FROM salary_record WHERE {condition}").to_pylist()
        assert group.cohort.size == count["n"] > 0
        assert group.share == count["n"] / cohort.size
    if cohort.size >= 5 and factor not in MULTIPLE:
        assert sum(group.cohort.size for group in groups) == cohort.size


@settings(max_examples=40)
@given(data=st.data())
def test_a_group_of_a_group_is_the_intersection(world: World, data: st.DataObject) -> None:
    first, second = (data.draw(st.sampled_from([f for f in SINGLE if f is not Factor.EMPLOYER])) for _ in range(2))
    group = data.draw(st.sampled_from(group_by(Cohort(world.index), first, None, GroupPage(500), None)))
    for inner in group_by(group.cohort, second, None, GroupPage(500), None):
        condition = where_sql(inner.cohort.conditions, world.index.reference.taxonomy)
        [count] = world.rows.query(f"SELECT count(*) AS n FROM salary_record WHERE {condition}").to_pylist()
        assert inner.cohort.size == count["n"]


@settings(max_examples=40)
@given(
    data=st.data(),
    currency=st.sampled_from(["USD", "EUR", "AFN", "IDR"]),
    measure=st.sampled_from(PAY),
    adjustment=st.sampled_from(Adjustment),
)
def test_cautions_count_the_records_that_carry_the_measure(
    world: World, data: st.DataObject, currency: str, measure: Measure, adjustment: Adjustment
) -> None:
    """Those of employers, kinds of sources and old rates. A currency without rates is not converted, as only its US dollars
    are known."""
    conditions = drawn_conditions(data, world.rank_index)
    distances = (
        f"(SELECT min(abs(year - extract(year FROM effective))) FROM fx_rate WHERE currency = {code} AND currency <> 'USD')"
        for code in ("salary_record.currency", f"'{currency}'")
    )
    old = f"currency NOT IN ('{currency}', 'LRD') AND greatest({', '.join(distances)}) > 1"
    basis = Basis(currency, adjustment)
    carried = f"{where_sql(conditions, world.index.reference.taxonomy)} AND {value_sql(measure, basis)} IS NOT NULL"
    [count] = world.rows.query(
        f"SELECT count(*) AS n, count(*) FILTER (WHERE {old}) AS old, count(DISTINCT employer) AS employers, "
        "count(DISTINCT (SELECT kind FROM source WHERE id = salary_record.source)) AS kinds "
        f"FROM salary_record WHERE {carried}"
    ).to_pylist()
    cohort = Cohort(world.index, conditions, currency, adjustment)
    assert world.index.count(conditions, measure, basis) == count["n"]
    assert world.index.count_at_old_rates(conditions, measure, basis) == count["old"]
    stats = cohort.stats(measure)
    assert (stats is None) == (count["n"] < 5) == (cohort.unavailable(measure) is not None)
    messages = {caution.code: caution.message for caution in stats.cautions} if stats else {}
    if stats and count["old"]:
        assert messages[CautionCode.OLD_RATE].startswith(f"{count['old']:,} record")
    assert (CautionCode.OLD_RATE in messages) == bool(stats and count["old"])
    assert (CautionCode.FEW_EMPLOYERS in messages) == bool(stats and 0 < count["employers"] < 5)
    assert (CautionCode.MIXED_SOURCES in messages) == bool(stats and count["kinds"] > 1)


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data(), measure=st.sampled_from(Measure), adjustment=st.sampled_from(Adjustment))
def test_coverage_equals_postgres(world: World, data: st.DataObject, measure: Measure, adjustment: Adjustment) -> None:
    """The records of a cohort that report each measure, which add up over data sets, and whether they are only a part of it.

    Their mix of data sets differs by more than 20% if more than a fifth of them are in excess of their shares in the cohort.
    """
    conditions = drawn_conditions(data, world.rank_index)
    cohort = Cohort(world.index, conditions, "USD", adjustment)
    values = {one: value_sql(one, Basis(adjustment=adjustment) if one in PAY else DOLLARS) for one in Measure}
    counts = ", ".join(f"count({value}) AS {one.value}" for one, value in values.items())
    condition = where_sql(conditions, world.index.reference.taxonomy)
    rows = world.rows.query(
        f"SELECT source, count(*) AS size, {counts} FROM salary_record WHERE {condition} GROUP BY source"
    ).to_pylist()
    size, by_measure = sum(row["size"] for row in rows), {one: sum(row[one.value] for row in rows) for one in Measure}

    assert world.index.measure_counts(conditions, adjustment) == by_measure
    for row in rows:
        source = AnyOf(Factor.SOURCE, frozenset({row["source"]}))
        assert world.index.measure_counts((*conditions, source), adjustment) == {one: row[one.value] for one in Measure}
    reported = {one: count for one, count in by_measure.items() if count} if size >= 5 else {}
    assert {one.measure: one.records for one in cohort.measures} == reported
    preferred = [Measure.TOTAL_COMPENSATION, *Measure]
    ranks = [(-one.records, preferred.index(one.measure)) for one in cohort.measures]
    assert ranks == sorted(ranks)

    stats = cohort.stats(measure)
    if stats is None:
        return
    count, name = by_measure[measure], measure.value
    excess = sum(max(Fraction(row[name], count) - Fraction(row["size"], size), Fraction()) for row in rows)
    partial = 2 * count < size or excess > Fraction(1, 5)
    messages = [caution.message for caution in stats.cautions if caution.code is CautionCode.PARTIAL_COVERAGE]
    assert len(messages) == partial
    if partial:
        assert messages[0].removeprefix("Only ").startswith(f"{count:,} of the {size:,} records of this cohort report ")


def test_every_factor_of_the_registry_can_be_queried(world: World) -> None:
    """As many records of the index report it as in PostgreSQL."""
    taxonomy = world.index.reference.taxonomy
    for factor in FACTORS:
        condition = where_sql((IsMissing(factor),), taxonomy)
        [count] = world.rows.query(f"SELECT count(*) AS n FROM salary_record WHERE {condition}").to_pylist()
        assert Cohort(world.index, (IsMissing(factor),)).size == count["n"], factor
