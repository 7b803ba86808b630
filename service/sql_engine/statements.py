"""The statements of the SQL engine: statistics of the records of an edition that meet some conditions, without an index.

An exact percentile takes two phases: a pass over the records that counts them in coarse buckets of their values, then the
distinct values of the one bucket that has the rank.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import log2

import pyarrow as pa

from service.store.editions import edition_condition
from service.store.reference import Reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf, NotAll
from service.vocabulary.factors import FACTORS, PLACES, Factor, Storage
from service.vocabulary.measures import REPORTED_COLUMN, REPORTED_TOTAL, STORED_CURRENCY, TOTALS, Adjustment, Basis, Measure
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import month_text, period_start

Query = Callable[[str], pa.Table]
CurrencyYears = tuple[tuple[str, int], ...]
Bucket = tuple[int, int, int]
"""The number of a bucket, its records, and the sum of their values."""

_BUCKET_BITS = 12
"""A bucket has 4,096 percents, points or months, or units of a currency worth about 4,096 US dollars; pay occupies about a
hundred of them."""

_YEAR = "extract(year FROM effective)::int"
_MONTH = "(extract(year FROM effective) * 12 + extract(month FROM effective) - 1)::int"
_PERIOD_MONTHS = {Factor.YEAR: 12, Factor.QUARTER: 3}
_NO_RATES = "(NULL::text, NULL::int, NULL::float8, NULL::float8)"
"""A row that joins no record; it gives the columns their types, and there is always one."""
_ONE_GROUP = "CROSS JOIN (VALUES (0)) AS part (value)"


@dataclass(frozen=True, slots=True)
class SelectionSpec:
    """The records of an edition that meet all conditions and carry a measure, with its value; without a measure the month.

    `currency_years` are the reported currencies of the records of the edition, each with the years that it occurs in.
    """

    edition: int
    reference: Reference
    currency_years: CurrencyYears
    conditions: Conditions
    measure: Measure | None
    basis: Basis

    @property
    def sql(self) -> str:
        """A subquery of these records, with their value as `x`."""
        value = self.measure.value if self.measure else _MONTH
        joins, reported = [], f"{self.measure.value} IS NOT NULL" if self.measure else "true"
        if self.measure and self._is_converted:
            value = f"(coalesce({_reported_amount(self.measure)}::float8 * own_usd, {value}) / other_usd)"
            joins.append(self._rates_join)
        if self._is_adjusted:
            price = f"coalesce({', '.join(f'in_{place.value}.price' for place in PLACES)})"
            value, reported = f"({value}::float8 / {price} * 100)", f"{reported} AND {price} IS NOT NULL"
            joins += map(_price_join, PLACES)
        value = f"round({value})::bigint" if joins else value
        conditions = " AND ".join(condition_sql(condition, self.reference) for condition in self.conditions) or "true"
        return (
            f"(SELECT salary_record.*, {value} AS x FROM salary_record {' '.join(joins)} "
            f"WHERE {edition_condition(self.edition)} AND {reported} AND {conditions}) AS selected"
        )

    @property
    def bucket_bits(self) -> int:
        """The number of low bits of a value that do not change its bucket."""
        usd = self.reference.rates.latest(self.basis.currency) if self._is_converted else 1
        return max(0, _BUCKET_BITS - round(log2(usd)))

    @property
    def _is_converted(self) -> bool:
        return self.basis.currency != STORED_CURRENCY

    @property
    def _is_adjusted(self) -> bool:
        return self.basis.adjustment is Adjustment.COST_OF_LIVING

    @property
    def _rates_join(self) -> str:
        """A join that adds to each record the rates of its own currency (null if unknown) and of the other in its year."""
        rates, other = self.reference.rates, self.basis.currency
        rows = (
            f"('{own}', {year}, {rates.usd(own, year) if own in rates else 'NULL'}, {rates.usd(other, year)})"
            for own, year in self.currency_years
        )
        return (
            f"JOIN (VALUES {', '.join((_NO_RATES, *rows))}) AS rated (rated_currency, rated_year, own_usd, other_usd) "
            f"ON rated_currency = currency AND rated_year = {_YEAR}"
        )

    @property
    def with_clause(self) -> str:
        """The WITH clause that a query over `sql` starts with: the price level of each place in each year.

        Years without a level have that of the nearest year with one, the earlier of two.
        """
        if not self._is_adjusted:
            return ""
        years = [year for _, year in self.currency_years]
        first, last = min(years, default=0), max(years, default=0)
        return (
            "WITH priced AS (SELECT DISTINCT ON (place, priced_year) place AS priced_place, priced_year, level AS price "
            f"FROM price_level CROSS JOIN generate_series({first}, {last}) AS priced_year "
            "ORDER BY place, priced_year, abs(year - priced_year), year) "
        )


def _reported_amount(measure: Measure) -> str:
    """A measure of pay in the reported currency: for a total the sum of its components, unless it was itself reported."""
    if measure in REPORTED_COLUMN:
        return REPORTED_COLUMN[measure]
    total = " + ".join(REPORTED_COLUMN[component] for component in TOTALS[measure])
    return f"coalesce({REPORTED_TOTAL[measure]}, {total})"


def _price_join(place: Factor) -> str:
    return (
        f"LEFT JOIN priced AS in_{place.value} ON in_{place.value}.priced_place = {place.value} "
        f"AND in_{place.value}.priced_year = {_YEAR}"
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
        f"{spec.with_clause}SELECT part.value, (x >> {spec.bucket_bits})::bigint AS bucket, count(*) AS records, "
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
        f"WHERE (part.value, x >> {spec.bucket_bits}) IN (VALUES {listed}) GROUP BY 1, 2 ORDER BY 2"
    )
    values: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in rows.to_pylist():
        values.setdefault((row["value"], row["amount"] >> spec.bucket_bits), []).append((row["amount"], row["records"]))
    return values


def select_deviation(query: Query, spec: SelectionSpec) -> float:
    """The sample standard deviation of the values."""
    return float(query(f"{spec.with_clause}SELECT stddev_samp(x::float8) AS found FROM {spec.sql}")["found"][0].as_py())


def select_count(query: Query, spec: SelectionSpec, condition: str = "true") -> int:
    """The number of records that meet one more condition, as SQL."""
    found = query(f"{spec.with_clause}SELECT count(*) AS found FROM {spec.sql} WHERE {condition}")
    return int(found["found"][0].as_py())


def select_measure_counts(query: Query, spec: SelectionSpec) -> dict[Measure, int]:
    """The number of records that carry each measure."""
    counts = ", ".join(f"count({measure.value}) AS {measure.value}" for measure in Measure)
    [row] = query(f"{spec.with_clause}SELECT {counts} FROM {spec.sql}").to_pylist()
    return {measure: row[measure.value] for measure in Measure}


def select_currency_years(query: Query, edition: int) -> CurrencyYears:
    """The reported currencies of the records of an edition, each with the years that it occurs in."""
    found = query(
        f"SELECT DISTINCT currency::text AS currency, {_YEAR} AS year FROM salary_record WHERE {edition_condition(edition)}"
    )
    return tuple(sorted((row["currency"], row["year"]) for row in found.to_pylist()))


def select_count_at_old_rates(query: Query, spec: SelectionSpec, currency: str) -> int:
    """The number of records that are converted to a currency at an old rate."""
    rates = spec.reference.rates
    old = [f"('{own}', {year})" for own, year in spec.currency_years if own in rates and rates.is_old(own, year, currency)]
    return select_count(query, spec, f"(currency::text, {_YEAR}) IN (VALUES {', '.join(old)})") if old else 0


def select_group_sizes(
    query: Query, spec: SelectionSpec, grouping: Grouping | None, factor: Factor
) -> dict[int, dict[int, int]]:
    """The number of records by each value of a single-valued factor, and by month for periods; by the value of each group.

    The only group without a grouping is 0; groups without any value are absent.
    """
    rows = query(
        f"{spec.with_clause}SELECT part.value AS part, {_column(factor)} AS number, count(*) AS records "
        f"FROM {spec.sql} {_grouping_join(grouping, spec.reference)} WHERE {reported_sql(factor)} GROUP BY 1, 2"
    )
    sizes: dict[int, dict[int, int]] = {}
    for row in rows.to_pylist():
        sizes.setdefault(row["part"], {})[row["number"]] = row["records"]
    return sizes


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
            return f"({reported_sql(factor)} AND NOT ({_carries_sql(factor, values, reference)}))"
        case IsMissing(factor, besides):
            present = _carries_sql(factor, besides, reference) if besides else reported_sql(factor)
            return f"NOT coalesce({present}, false)"
        case Effective(first, last):
            since = "true" if first is None else f"effective >= '{month_text(first)}-01'"
            until = "true" if last is None else f"effective < '{month_text(last + 1)}-01'"
            return f"({since} AND {until})"
        case NotAll(conditions):
            together = " AND ".join(condition_sql(one, reference) for one in conditions) or "true"
            return f"NOT coalesce({together}, false)"


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
