"""The statements of the SQL engine: statistics of the records of an edition that meet some conditions, without an index.

An exact percentile takes two phases: a pass over the records that counts them in coarse buckets of their values, then the
distinct values of the one bucket that has the rank.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from service.store.editions import edition_condition
from service.store.reference import Reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf
from service.vocabulary.factors import FACTORS, PLACES, Factor, Storage
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import month_text, period_start

Query = Callable[[str], pa.Table]
Bucket = tuple[int, int, int]
"""The number of a bucket, its records, and the sum of their values."""

BUCKET_BITS = 12
"""A bucket has 4,096 US dollars, percents, points or months; pay occupies about a hundred of them."""

_MONTH = "(extract(year FROM effective) * 12 + extract(month FROM effective) - 1)::int"
_PERIOD_MONTHS = {Factor.YEAR: 12, Factor.QUARTER: 3}
_ONE_GROUP = "CROSS JOIN (VALUES (0)) AS part (value)"


@dataclass(frozen=True, slots=True)
class SelectionSpec:
    """The records of an edition that meet all conditions and carry a measure, with its value; without a measure the month.

    `years` are the first and the last year of the records of the edition.
    """

    edition: int
    reference: Reference
    years: tuple[int, int]
    conditions: Conditions
    measure: Measure | None
    adjustment: Adjustment

    @property
    def sql(self) -> str:
        """A subquery of these records, with their value as `x`."""
        value = self.measure.value if self.measure else _MONTH
        joins, reported = "", f"{self.measure.value} IS NOT NULL" if self.measure else "true"
        if self.adjustment is Adjustment.COST_OF_LIVING:
            price = f"coalesce({', '.join(f'in_{place.value}.price' for place in PLACES)})"
            value, reported = f"round({value}::float8 / {price} * 100)::bigint", f"{reported} AND {price} IS NOT NULL"
            joins = " ".join(_price_join(place) for place in PLACES)
        conditions = " AND ".join(condition_sql(condition, self.reference) for condition in self.conditions) or "true"
        return (
            f"(SELECT salary_record.*, {value} AS x FROM salary_record {joins} "
            f"WHERE {edition_condition(self.edition)} AND {reported} AND {conditions}) AS selected"
        )

    @property
    def with_clause(self) -> str:
        """The WITH clause that a query over `sql` starts with: the price level of each place in each year.

        Years without a level have that of the nearest year with one, the earlier of two.
        """
        if self.adjustment is not Adjustment.COST_OF_LIVING:
            return ""
        first, last = self.years
        return (
            "WITH priced AS (SELECT DISTINCT ON (place, priced_year) place AS priced_place, priced_year, level AS price "
            f"FROM price_level CROSS JOIN generate_series({first}, {last}) AS priced_year "
            "ORDER BY place, priced_year, abs(year - priced_year), year) "
        )


def _price_join(place: Factor) -> str:
    return (
        f"LEFT JOIN priced AS in_{place.value} ON in_{place.value}.priced_place = {place.value} "
        f"AND in_{place.value}.priced_year = extract(year FROM effective)"
    )


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups that some values of a factor make of records, so that one pass counts all of them."""

    factor: Factor
    values: tuple[int, ...]

    def join(self, reference: Reference) -> str:
        """A join that adds to each record, as `part.value`, the values that it counts for."""
        column = _column(self.factor)
        if FACTORS[self.factor].storage is Storage.MANY:
            rows = (f"({value}, {_int_array(_column_values(self.factor, value, reference))})" for value in self.values)
            return f"JOIN (VALUES {', '.join(rows)}) AS part (value, carried) ON {column} && part.carried"
        pairs = (f"({value}, {own})" for value in self.values for own in _column_values(self.factor, value, reference))
        return f"JOIN (VALUES {', '.join(pairs)}) AS part (value, own) ON part.own = {column}"


def _grouping_join(grouping: Grouping | None, reference: Reference) -> str:
    return grouping.join(reference) if grouping else _ONE_GROUP


def select_buckets(query: Query, spec: SelectionSpec, grouping: Grouping | None) -> dict[int, list[Bucket]]:
    """The first phase: the buckets that are not empty, ascending, by the value of each group; 0 without a grouping."""
    rows = query(
        f"{spec.with_clause}SELECT part.value, (x >> {BUCKET_BITS})::bigint AS bucket, count(*) AS records, "
        f"sum(x)::text AS total FROM {spec.sql} {_grouping_join(grouping, spec.reference)} GROUP BY 1, 2 ORDER BY 2"
    )
    buckets: dict[int, list[Bucket]] = {}
    for row in rows.to_pylist():
        buckets.setdefault(row["value"], []).append((row["bucket"], row["records"], int(row["total"])))
    return buckets


def select_distinct_values(
    query: Query, spec: SelectionSpec, grouping: Grouping | None, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The second phase: the distinct values, ascending, with their numbers of records, in the wanted buckets.

    Buckets are named by the value of their group, 0 without a grouping, and their number.
    """
    listed = ", ".join(f"({value}, {bucket})" for value, bucket in wanted)
    rows = query(
        f"{spec.with_clause}SELECT part.value, x::bigint AS amount, count(*) AS records "
        f"FROM {spec.sql} {_grouping_join(grouping, spec.reference)} "
        f"WHERE (part.value, x >> {BUCKET_BITS}) IN (VALUES {listed}) GROUP BY 1, 2 ORDER BY 2"
    )
    values: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in rows.to_pylist():
        values.setdefault((row["value"], row["amount"] >> BUCKET_BITS), []).append((row["amount"], row["records"]))
    return values


def select_deviation(query: Query, spec: SelectionSpec) -> float:
    """The sample standard deviation of the values."""
    return float(query(f"{spec.with_clause}SELECT stddev_samp(x::float8) AS found FROM {spec.sql}")["found"][0].as_py())


def select_count(query: Query, spec: SelectionSpec, condition: str = "true") -> int:
    """The number of records that meet one more condition, as SQL."""
    found = query(f"{spec.with_clause}SELECT count(*) AS found FROM {spec.sql} WHERE {condition}")
    return int(found["found"][0].as_py())


def select_group_sizes(query: Query, spec: SelectionSpec, factor: Factor) -> dict[int, int]:
    """The number of records by each value of a single-valued factor; by month for periods, by source for source kinds."""
    rows = query(
        f"{spec.with_clause}SELECT {_column(factor)} AS value, count(*) AS records FROM {spec.sql} "
        f"WHERE {reported_sql(factor)} GROUP BY 1"
    )
    return {row["value"]: row["records"] for row in rows.to_pylist()}


def select_value_counts(query: Query, spec: SelectionSpec, values: Iterable[FactorValue]) -> dict[int, int]:
    """The number of records that carry each value or a descendant of it, for values of multi-valued factors."""
    listed = list(values)
    counts = ", ".join(
        f"count(*) FILTER (WHERE {_carries_sql(value.factor, [value.id], spec.reference)}) AS of_{value.id}"
        for value in listed
    )
    [row] = query(f"{spec.with_clause}SELECT {counts} FROM {spec.sql}").to_pylist()
    return dict(zip((value.id for value in listed), row.values(), strict=True))


def condition_sql(condition: Condition, reference: Reference) -> str:
    """A condition as SQL that is true for the records that meet it."""
    match condition:
        case AnyOf(factor, values):
            return f"({_carries_sql(factor, values, reference)})"
        case NoneOf(factor, values):
            return f"NOT coalesce({_carries_sql(factor, values, reference)}, false)"
        case IsMissing(factor, besides):
            present = _carries_sql(factor, besides, reference) if besides else reported_sql(factor)
            return f"NOT coalesce({present}, false)"
        case Effective(first, last):
            since = "true" if first is None else f"effective >= '{month_text(first)}-01'"
            until = "true" if last is None else f"effective < '{month_text(last + 1)}-01'"
            return f"({since} AND {until})"


def reported_sql(factor: Factor) -> str:
    """SQL that is true for the records that report a factor."""
    match FACTORS[factor].storage:
        case Storage.DERIVED:
            return "true"
        case Storage.ONE:
            return f"{factor.value} IS NOT NULL"
        case Storage.MANY:
            return f"cardinality({factor.value}) > 0"


def _carries_sql(factor: Factor, values: Iterable[int], reference: Reference) -> str:
    """SQL that is true for the records with one of the values or a descendant of it; null where the factor is missing."""
    own = _int_array(number for value in values for number in _column_values(factor, value, reference))
    operator = f"&& {own}" if FACTORS[factor].storage is Storage.MANY else f"= ANY({own})"
    return f"{_column(factor)} {operator}"


def _int_array(numbers: Iterable[int]) -> str:
    return f"'{{{','.join(map(str, sorted(numbers)))}}}'::int[]"


def _column(factor: Factor) -> str:
    """The column or expression with a record's value of a factor, or with the value that a derived factor comes from."""
    return _MONTH if factor in _PERIOD_MONTHS else "source" if factor is Factor.SOURCE_KIND else factor.value


def _column_values(factor: Factor, value: int, reference: Reference) -> Iterable[int]:
    """The values of the column that count for a factor value: its own and those of its descendants."""
    if factor in _PERIOD_MONTHS:
        start = period_start(reference.taxonomy[value].code)
        return range(start, start + _PERIOD_MONTHS[factor])
    if factor is Factor.SOURCE_KIND:
        return [number for number in reference.sources if reference.taxonomy[number].parent == value]
    return reference.taxonomy.within(reference.taxonomy[value])
