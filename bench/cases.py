"""The questions that are measured: each asked of the index and of PostgreSQL's percentile_cont, with the same answer."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.index.index import RankIndex
from service.market.cohort import Cohort
from service.market.grouping import by
from service.store.bulk import Bulk
from service.vocabulary.conditions import AnyOf, Conditions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
Answer = dict[tuple[int, ...], tuple[float, ...]]
"""Five percentiles of total compensation by the numbers of a group's values."""


@dataclass(frozen=True, slots=True)
class Case:
    """Percentiles by some factors of the records with some values."""

    label: str
    by: tuple[Factor, ...]
    where: tuple[tuple[Factor, str], ...] = ()


CASES = (
    Case("by level", (Factor.LEVEL,)),
    Case("by level in one country", (Factor.LEVEL,), ((Factor.COUNTRY, "us"),)),
    Case("by metro", (Factor.METRO,)),
    Case("by industry where remote", (Factor.INDUSTRY,), ((Factor.WORK_MODE, "remote"),)),
    Case("level x work mode", (Factor.LEVEL, Factor.WORK_MODE)),
    Case("role x country", (Factor.ROLE, Factor.COUNTRY)),
    Case("metro x level", (Factor.METRO, Factor.LEVEL)),
)


def conditions(case: Case, index: RankIndex) -> Conditions:
    taxonomy = index.reference.taxonomy
    return tuple(AnyOf(factor, frozenset({taxonomy.find(factor, code).id})) for factor, code in case.where)


def ask_index(case: Case, index: RankIndex) -> Answer:
    """Fresh: nothing remembered of an earlier question."""
    index.base.clear_cache()
    index.order(Measure.TOTAL_COMPENSATION).clear_cache()
    return _groups(Cohort(index, conditions(case, index)), case.by)


def _groups(cohort: Cohort, factors: Sequence[Factor]) -> Answer:
    found: Answer = {}
    for group in by(cohort, factors[0], None, 500, None):
        if group.value is None:
            continue
        key = (group.value.id,)
        if len(factors) > 1:
            found |= {key + rest: figures for rest, figures in _groups(group.cohort, factors[1:]).items()}
            continue
        stats = group.cohort.stats(Measure.TOTAL_COMPENSATION)
        if stats and stats.count >= 10:
            found[key] = tuple(stats.percentile(p) or 0.0 for p in SHARES)
    return found


def sql(case: Case, index: RankIndex) -> str:
    """The statement that a developer would write; values below a top value count to it, as in the index."""
    taxonomy = index.reference.taxonomy
    joins = [
        f"JOIN ({_tops(taxonomy, f)}) AS {f.value}_tree (own, top) ON {f.value}_tree.own = r.{f.value}" for f in case.by
    ]
    trees = [any(len(taxonomy.within(value)) > 1 for value in taxonomy.roots(factor)) for factor in case.by]
    keys = [f"{f.value}_tree.top" if tree else f"r.{f.value}" for f, tree in zip(case.by, trees, strict=True)]
    joins = [join for join, tree in zip(joins, trees, strict=True) if tree]
    filters = [
        f"r.{factor.value} = ANY ('{{{','.join(map(str, taxonomy.within(taxonomy.find(factor, code))))}}}'::int[])"
        for factor, code in case.where
    ]
    told = [f"r.{factor.value} IS NOT NULL" for factor in case.by]
    return (
        f"SELECT ARRAY[{', '.join(keys)}] AS key, percentile_cont(ARRAY{list(SHARES)}) WITHIN GROUP "
        f"(ORDER BY total_compensation) AS figures FROM salary_record AS r {' '.join(joins)} "
        f"WHERE {' AND '.join(['r.removed_in IS NULL', *told, *filters])} "
        f"GROUP BY {', '.join(keys)} HAVING count(total_compensation) >= 10"
    )


def _tops(taxonomy: Taxonomy, factor: Factor) -> str:
    """Each value of a factor beside the top value that includes it."""
    pairs = (f"({own}, {top.id})" for top in taxonomy.roots(factor) for own in sorted(taxonomy.within(top)))
    return f"VALUES {', '.join(pairs)}"


def ask_postgres(statement: str, rows: Bulk) -> Answer:
    return {tuple(row["key"]): tuple(row["figures"]) for row in rows.rows(statement).to_pylist()}
