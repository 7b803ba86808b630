"""The second engine: an edition whose records stay in PostgreSQL, for data that outgrows the rank index.

    SqlIndex       implements `service.index.index.Index`
    SqlSelection   implements `service.index.selection.Selection`: exact percentiles in two phases

Each result is queried once, and the results of sibling groups together, since one is rarely needed without the others.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate
from math import ceil, floor, isfinite, sqrt
from typing import Any, TypeVar
from uuid import UUID

import pyarrow as pa

from service.index.build import published_edition, sort_columns
from service.index.cache import LruCache
from service.index.index import RecordLocation
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.statements import (
    Bucket,
    CurrencyYears,
    Grouping,
    SelectionSpec,
    reported_sql,
    select_buckets,
    select_count,
    select_count_at_old_rates,
    select_currency_years,
    select_deviation,
    select_distinct_values,
    select_group_sizes,
    select_measure_counts,
    select_value_counts,
)
from service.store.bulk import bulk_connection
from service.store.database import READER, Edition
from service.store.protected_tables import ContributorNumbers, contributor_numbers
from service.store.records import load_records
from service.store.reference import Reference, load_reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, IsMissing
from service.vocabulary.factors import FACTORS, Factor, Storage
from service.vocabulary.measures import DOLLARS, PAY, Adjustment, Basis, Measure
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import quarter_code, year_code

T = TypeVar("T")
SelectionKey = tuple[Conditions, Measure | None, Basis]
DistinctValues = tuple[list[int], list[int]]
"""The distinct values of a bucket, ascending, and the cumulative numbers of records."""

_MAX_CACHED_SELECTIONS = 2_048
_PREFETCHED_PERCENTILES = 0.1, 0.25, 0.5, 0.75, 0.9
_PREFETCHED_STANDARD_ERRORS = 2.2
"""How far around a percentile values are fetched with it: enough for its confidence interval."""


def open_sql_index(url: str, threads: SqlThreadPool) -> "SqlIndex":
    """The index of the current edition; raises DatabaseError."""
    with bulk_connection(url, READER) as rows:
        edition, reference = published_edition(rows), load_reference(rows)
        currency_years = select_currency_years(rows.query, edition.number)
        all_records = SelectionSpec(edition.number, reference, currency_years, (), None, DOLLARS)
        sources, employers = (
            select_group_sizes(rows.query, all_records, None, factor).get(0, {})
            for factor in (Factor.SOURCE, Factor.EMPLOYER)
        )
        contributors = contributor_numbers(rows, edition.number)
    reference = reference.with_employers(employers)
    return SqlIndex(edition, reference, threads, sources, currency_years, contributors)


@dataclass
class SqlIndex:
    """An edition whose figures are queried on first use and then cached.

    `sources` has the number of records by source; `currency_years` are their reported currencies, each with the years that
    it occurs in.
    """

    edition: Edition
    reference: Reference
    threads: SqlThreadPool
    sources: Mapping[int, int]
    currency_years: CurrencyYears
    contributors: ContributorNumbers | None = None
    api_objects: dict[Any, Any] = field(default_factory=dict)
    cache: LruCache[Any, Any] = field(default_factory=LruCache)
    _selections: LruCache[SelectionKey, "SqlSelection"] = field(default_factory=lambda: LruCache(_MAX_CACHED_SELECTIONS))
    _groupings: LruCache[tuple[Conditions, Factor], Grouping] = field(
        default_factory=lambda: LruCache(_MAX_CACHED_SELECTIONS)
    )

    async def prepare(self, measure: Measure, basis: Basis = DOLLARS) -> None:
        """Does nothing: SQL needs no preparation."""

    @property
    def group_counts(self) -> Mapping[Factor, int]:
        return {factor: len(self.reference.taxonomy.roots(factor)) for factor in Factor}

    async def compute(self, function: Callable[[], T], records: int) -> T:
        """Computes here: a thread that belongs to the pool may block."""
        return function()

    def warm(self) -> None:
        self.reference.prepare()

    def query(self, sql: str) -> pa.Table:
        """The rows of a statement; raises NeedsIndex outside the thread pool, and DatabaseError."""
        return self.threads.query(sql, self.edition)

    def selection(self, conditions: Conditions, measure: Measure | None = None, basis: Basis = DOLLARS) -> "SqlSelection":
        spec = SelectionSpec(self.edition.number, self.reference, self.currency_years, conditions, measure, basis)
        return self._selections.get_or_create((conditions, measure, basis), lambda: SqlSelection(self, spec))

    def count(self, conditions: Conditions, measure: Measure, basis: Basis = DOLLARS) -> int:
        return len(self.selection(conditions, measure, basis))

    def measure_counts(self, conditions: Conditions, adjustment: Adjustment) -> dict[Measure, int]:
        counts = self._measure_counts(conditions, DOLLARS)
        if adjustment is Adjustment.NONE:
            return counts
        adjusted = self._measure_counts(conditions, Basis(adjustment=adjustment))
        return counts | {measure: adjusted[measure] for measure in PAY}

    def _measure_counts(self, conditions: Conditions, basis: Basis) -> dict[Measure, int]:
        spec, key = self.selection(conditions, None, basis).spec, ("measure counts", conditions, basis)
        found: dict[Measure, int] = self.cache.get_or_create(key, lambda: select_measure_counts(self.query, spec))
        return found

    def count_at_old_rates(self, conditions: Conditions, measure: Measure, basis: Basis) -> int:
        spec, key = self.selection(conditions, measure, basis).spec, ("at old rates", conditions, measure, basis)
        found: int = self.cache.get_or_create(key, lambda: select_count_at_old_rates(self.query, spec, basis.currency))
        return found

    def partition(self, factor: Factor, under: FactorValue | None, records: int) -> None:
        """None: groups are queried together, but each has its own selection."""

    def add_grouping(self, conditions: Conditions, grouping: Grouping) -> None:
        """Record how a selection was grouped, so that later queries of one group fetch the results of all groups."""
        self._groupings.put((conditions, grouping.factor), grouping)

    def grouping_of(self, conditions: Conditions) -> Grouping | None:
        """The grouping in which the records that meet the conditions are one group."""
        last = conditions[-1] if conditions else None
        if not isinstance(last, AnyOf) or len(last.values) > 1:
            return None
        found = self._groupings.get((conditions[:-1], last.factor))
        return found if found and last.values <= set(found.values) else None

    def records(self, value: int) -> int:
        factor = self.reference.taxonomy[value].factor
        if factor is Factor.SOURCE:
            return self.sources.get(value, 0)
        return self.selection(()).counts_of_factor(factor).get(value, 0)

    def record(self, id_: UUID) -> RecordLocation | None:
        columns = sort_columns(load_records(self._batches, self.edition.number, id_), self.reference.taxonomy)
        return (columns, 0) if columns.size else None

    def _batches(self, sql: str) -> list[pa.RecordBatch]:
        found: list[pa.RecordBatch] = self.query(sql).to_batches()
        return found


@dataclass(eq=False)
class SqlSelection:
    """A selection whose results are queried from PostgreSQL, each of them once."""

    index: SqlIndex
    spec: SelectionSpec
    known_size: int | None = None
    """The number of records, if another query has returned it."""
    _distinct: dict[int, DistinctValues] = field(default_factory=dict)
    _counts: dict[tuple[int, ...], Mapping[int, int]] = field(default_factory=dict)
    _counts_of_factor: dict[Factor, Mapping[int, int]] = field(default_factory=dict)
    _own_counts: dict[Factor, Mapping[int, int]] = field(default_factory=dict)
    _reported: dict[Factor, int] = field(default_factory=dict)

    def __len__(self) -> int:
        if self.known_size is None:
            self.known_size = self._ends[-1] if self.spec.measure else select_count(self.index.query, self.spec)
        return self.known_size

    def __getitem__(self, k: int) -> int:
        if not 0 <= k < len(self):
            raise IndexError(k)
        place = self._place(k)
        values, ends = self._distinct_values(self._numbers[place])
        return values[bisect_right(ends, k - self._ends[place])]

    def below(self, amount: float) -> int:
        return self._count_up_to(amount, bisect_left)

    def at_most(self, amount: float) -> int:
        return self._count_up_to(amount, bisect_right)

    def _count_up_to(self, amount: float, bisect: Any) -> int:
        if not isfinite(amount):
            return len(self) if amount > 0 else 0
        bucket = floor(amount) >> self.spec.bucket_bits
        place = bisect_left(self._numbers, bucket)
        if place == len(self._numbers) or self._numbers[place] != bucket:
            return self._ends[place]
        values, ends = self._distinct_values(bucket)
        within = bisect(values, amount)
        return self._ends[place] + (ends[within - 1] if within else 0)

    @cached_property
    def total(self) -> int:
        return sum(total for _, _, total in self._buckets)

    @cached_property
    def deviation(self) -> float:
        return select_deviation(self.index.query, self.spec)

    @cached_property
    def _buckets(self) -> list[Bucket]:
        """The buckets that are not empty, ascending; those of all groups of a grouping are counted in one pass."""
        grouping = self.index.grouping_of(self.spec.conditions)
        if grouping is None:
            return select_buckets(self.index.query, self.spec, None).get(0, [])
        found = select_buckets(self.index.query, self._ungrouped_spec, grouping)
        for value in grouping.values:
            self._sibling(grouping, value).__dict__["_buckets"] = found.get(value, [])
        return found.get(self._group_value, [])

    @cached_property
    def _numbers(self) -> list[int]:
        return [number for number, _, _ in self._buckets]

    @cached_property
    def _ends(self) -> list[int]:
        """The number of records before each bucket, and of all."""
        return list(accumulate((records for _, records, _ in self._buckets), initial=0))

    def _place(self, k: int) -> int:
        """The place among the buckets of the one that has the k-th value."""
        return bisect_right(self._ends, k) - 1

    def _distinct_values(self, bucket: int) -> DistinctValues:
        if not self._distinct:
            self._prefetch()
        if bucket not in self._distinct:
            found = select_distinct_values(self.index.query, self.spec, None, [(0, bucket)])
            self._distinct[bucket] = _cumulated(found[0, bucket])
        return self._distinct[bucket]

    def _prefetch(self) -> None:
        """The second phase for all buckets that are usually needed, of all groups of a grouping, in one pass."""
        grouping, spec, selections = self._counted_together
        wanted = [(value, bucket) for value, one in selections.items() for bucket in one._prefetched_buckets]
        for (value, bucket), pairs in select_distinct_values(self.index.query, spec, grouping, wanted).items():
            selections[value]._distinct[bucket] = _cumulated(pairs)

    @property
    def _counted_together(self) -> tuple[Grouping | None, SelectionSpec, dict[int, "SqlSelection"]]:
        """The grouping that this selection is a group of, the records that it divides, and the selections by group."""
        grouping = self.index.grouping_of(self.spec.conditions)
        if grouping is None:
            return None, self.spec, {0: self}
        siblings = {value: self._sibling(grouping, value) for value in grouping.values}
        return grouping, self._ungrouped_spec, siblings | {self._group_value: self}

    @property
    def _prefetched_buckets(self) -> set[int]:
        """The buckets that have the usual percentiles and their confidence intervals."""
        size = self._ends[-1]
        spans = [
            (p * size, _PREFETCHED_STANDARD_ERRORS * sqrt(p * (1 - p) * size) + 1)
            for p in (_PREFETCHED_PERCENTILES if size else ())
        ]
        ranks = [(max(0, floor(middle - reach)), min(size - 1, ceil(middle + reach))) for middle, reach in spans]
        return {number for low, high in ranks for number in self._numbers[self._place(low) : self._place(high) + 1]}

    @property
    def _ungrouped_spec(self) -> SelectionSpec:
        """The records that this selection is a group of."""
        return replace(self.spec, conditions=self.spec.conditions[:-1])

    @property
    def _group_value(self) -> int:
        last = self.spec.conditions[-1]
        assert isinstance(last, AnyOf)
        return min(last.values)

    def _sibling(self, grouping: Grouping, value: int) -> "SqlSelection":
        conditions = (*self._ungrouped_spec.conditions, AnyOf(grouping.factor, frozenset({value})))
        return self.index.selection(conditions, self.spec.measure, self.spec.basis)

    def within(self, condition: Condition) -> "SqlSelection":
        return self.index.selection((*self.spec.conditions, condition), self.spec.measure, self.spec.basis)

    def count_reported(self, factor: Factor) -> int:
        if FACTORS[factor].storage is Storage.DERIVED:
            return len(self)
        if factor not in self._reported:
            self._reported[factor] = self._count_reported(factor)
            self.within(IsMissing(factor)).known_size = len(self) - self._reported[factor]
        return self._reported[factor]

    def _count_reported(self, factor: Factor) -> int:
        if FACTORS[factor].storage is Storage.ONE:
            return sum(self.group_sizes(factor).values())
        return select_count(self.index.query, self.spec, reported_sql(factor))

    def group_sizes(self, factor: Factor) -> Mapping[int, int]:
        if factor not in self._own_counts:
            if factor is Factor.SOURCE_KIND:
                self._own_counts[factor] = self._counts_of_derived(factor, self.group_sizes(Factor.SOURCE))
            else:
                self._fetch_group_sizes(factor)
        return self._own_counts[factor]

    def _fetch_group_sizes(self, factor: Factor) -> None:
        """Count the values of a factor, of all groups of a grouping in one pass."""
        grouping, spec, selections = self._counted_together
        found = select_group_sizes(self.index.query, spec, grouping, factor)
        derived = FACTORS[factor].storage is Storage.DERIVED
        for value, selection in selections.items():
            sizes = found.get(value, {})
            selection._own_counts[factor] = selection._counts_of_derived(factor, sizes) if derived else sizes

    def _counts_of_derived(self, factor: Factor, found: Mapping[int, int]) -> Mapping[int, int]:
        """Counts by value of a derived factor, from those by month or by source."""
        taxonomy = self.spec.reference.taxonomy
        code = {Factor.YEAR: year_code, Factor.QUARTER: quarter_code}.get(factor)
        counts: dict[int, int] = {}
        for number, records in found.items():
            value = taxonomy.find(factor, code(number)).id if code else taxonomy[number].parent
            assert value is not None
            counts[value] = counts.get(value, 0) + records
        return counts

    def counts(self, values: Iterable[int]) -> Mapping[int, int]:
        key = tuple(values)
        if key not in self._counts:
            self._counts[key] = {value: count for value, count in self._count_values(key).items() if count}
            self._share_counts(self._counts[key])
        return self._counts[key]

    def counts_of_factor(self, factor: Factor) -> Mapping[int, int]:
        """The number of records that carry each value of a factor or a descendant of it, by id."""
        if factor not in self._counts_of_factor:
            values = [value.id for value in self.spec.reference.taxonomy.values(factor)]
            self._counts_of_factor[factor] = self._count_values(values) if values else {}
        return self._counts_of_factor[factor]

    def _count_values(self, values: Sequence[int]) -> dict[int, int]:
        taxonomy = self.spec.reference.taxonomy
        known = [taxonomy[value] for value in values]
        many = [value for value in known if FACTORS[value.factor].storage is Storage.MANY]
        found = select_value_counts(self.index.query, self.spec, many) if many else {}
        for value in known:
            if value.id not in found:
                own = self.group_sizes(value.factor)
                found[value.id] = sum(own.get(number, 0) for number in taxonomy.within(value))
        return {value: found[value] for value in values}

    def _share_counts(self, counts: Mapping[int, int]) -> None:
        """Set the known sizes of the groups by these values, and remember the grouping for later queries."""
        taxonomy = self.spec.reference.taxonomy
        for factor in {taxonomy[value].factor for value in counts}:
            values = tuple(value for value in counts if taxonomy[value].factor is factor)
            self.index.add_grouping(self.spec.conditions, Grouping(factor, values))
            for value in values:
                self.within(AnyOf(factor, frozenset({value}))).known_size = counts[value]


def _cumulated(pairs: Sequence[tuple[int, int]]) -> DistinctValues:
    return [value for value, _ in pairs], list(accumulate(records for _, records in pairs))
