"""Percentiles of groups, from the index in process and from PostgreSQL's percentile_cont; both must be equal."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.environment import timed
from service.index.index import RankIndex
from service.market.cohort import Cohort
from service.market.grouping import GroupPage, group_by
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.conditions import AnyOf, Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
SQL_ROUNDS, INDEX_ROUNDS = 3, 5
GroupPercentiles = dict[tuple[int, ...], tuple[float, ...]]
"""Five percentiles of total compensation by the ids of a group's values."""


@dataclass(frozen=True, slots=True)
class PercentileCase:
    """Percentiles by some factors, of the records with some values."""

    label: str
    by: tuple[Factor, ...]
    where: tuple[tuple[Factor, str], ...] = ()


CASES = (
    PercentileCase("by level", (Factor.LEVEL,)),
    PercentileCase("by level in one country", (Factor.LEVEL,), ((Factor.COUNTRY, "us"),)),
    PercentileCase("by metro", (Factor.METRO,)),
    PercentileCase("by industry where remote", (Factor.INDUSTRY,), ((Factor.WORK_MODE, "remote"),)),
    PercentileCase("level x work mode", (Factor.LEVEL, Factor.WORK_MODE)),
    PercentileCase("role x country", (Factor.ROLE, Factor.COUNTRY)),
    PercentileCase("metro x level", (Factor.METRO, Factor.LEVEL)),
)


def compare(url: str, index: RankIndex) -> list[Sequence[str]]:
    """For each case: its label, the number of groups, milliseconds of index and SQL, and their ratio.

    Exits if index and PostgreSQL disagree.
    """
    with bulk_connection(url) as rows:
        return [_compare(case, index, rows) for case in CASES]


def _compare(case: PercentileCase, index: RankIndex, rows: BulkConnection) -> Sequence[str]:
    statement = sql(case, index)
    expected = from_postgres(statement, rows)  # also warms up both sides
    index_times: list[float] = []
    sql_times: list[float] = []
    for _ in range(SQL_ROUNDS):
        sql_times.append(timed(lambda: from_postgres(statement, rows))[0])
        for _ in range(INDEX_ROUNDS):
            seconds, found = timed(lambda: from_index(case, index))
            index_times.append(seconds)
    if found != expected:
        sys.exit(f"{case.label}: index and PostgreSQL disagree, so the benchmark was stopped.")
    fast, slow = median(index_times) * 1000, median(sql_times) * 1000
    return case.label, str(len(expected)), f"{fast:.2f}", f"{slow:.0f}", f"{slow / fast:.0f}"


def conditions(case: PercentileCase, index: RankIndex) -> Conditions:
    taxonomy = index.reference.taxonomy
    return tuple(AnyOf(factor, frozenset({taxonomy.find(factor, code).id})) for factor, code in case.where)


def from_index(case: PercentileCase, index: RankIndex) -> GroupPercentiles:
    """Without anything cached from an earlier query."""
    index.base.clear_cache()
    index.order(Measure.TOTAL_COMPENSATION).clear_cache()
    return _groups(Cohort(index, conditions(case, index)), case.by)


def _groups(cohort: Cohort, factors: Sequence[Factor]) -> GroupPercentiles:
    found: GroupPercentiles = {}
    for group in group_by(cohort, factors[0], None, GroupPage(500), None):
        if group.value is None:
            continue
        key = (group.value.id,)
        if len(factors) > 1:
            found |= {key + rest: percentiles for rest, percentiles in _groups(group.cohort, factors[1:]).items()}
            continue
        stats = group.cohort.stats(Measure.TOTAL_COMPENSATION)
        if stats and stats.count >= 10:
            found[key] = tuple(stats.percentile(p) or 0.0 for p in SHARES)
    return found


def sql(case: PercentileCase, index: RankIndex) -> str:
    """The statement that a developer would write. Descendants count towards their top value, as in the index."""
    taxonomy = index.reference.taxonomy
    joins = [
        f"JOIN ({_top_values(taxonomy, f)}) AS {f.value}_tree (own, top) ON {f.value}_tree.own = r.{f.value}"
        for f in case.by
    ]
    trees = [any(len(taxonomy.within(value)) > 1 for value in taxonomy.roots(factor)) for factor in case.by]
    keys = [f"{f.value}_tree.top" if tree else f"r.{f.value}" for f, tree in zip(case.by, trees, strict=True)]
    joins = [join for join, tree in zip(joins, trees, strict=True) if tree]
    filters = [
        f"r.{factor.value} = ANY ('{{{','.join(map(str, taxonomy.within(taxonomy.find(factor, code))))}}}'::int[])"
        for factor, code in case.where
    ]
    reported = [f"r.{factor.value} IS NOT NULL" for factor in case.by]
    return (
        f"SELECT ARRAY[{', '.join(keys)}] AS key, percentile_cont(ARRAY{list(SHARES)}) WITHIN GROUP "
        f"(ORDER BY total_compensation) AS percentiles FROM salary_record AS r {' '.join(joins)} "
        f"WHERE {' AND '.join(['r.removed_in IS NULL', *reported, *filters])} "
        f"GROUP BY {', '.join(keys)} HAVING count(total_compensation) >= 10"
    )


def _top_values(taxonomy: Taxonomy, factor: Factor) -> str:
    """Each value of a factor with its top value."""
    pairs = (f"({own}, {top.id})" for top in taxonomy.roots(factor) for own in sorted(taxonomy.within(top)))
    return f"VALUES {', '.join(pairs)}"


def from_postgres(statement: str, rows: BulkConnection) -> GroupPercentiles:
    return {tuple(row["key"]): tuple(row["percentiles"]) for row in rows.query(statement).to_pylist()}
