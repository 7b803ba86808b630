"""Statistics by SQL: what is told of the records of an edition that meet some conditions, without an index of them.

An exact percentile takes two phases: a pass over the records that counts them in coarse buckets of their values, then the
distinct values of the one bucket that holds the rank.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from service.store.editions import published_sql
from service.store.reference import Reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf, Untold
from service.vocabulary.factors import FACTORS, PLACES, Factor, Storage
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.units import month_text, period_start
from service.vocabulary.terms import FactorValue

Ask = Callable[[str], pa.Table]
WIDTH = 12
"""Binary digits of a bucket: 4,096 US dollars, percents, scores or months each. Pay lies in a hundred of them or so."""

_MONTH = "(extract(year FROM effective) * 12 + extract(month FROM effective) - 1)::int"
_MONTHS = {Factor.YEAR: 12, Factor.QUARTER: 3}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records: those of an edition that meet all conditions and carry a measure; without a measure all, by month.

    `years` are the first and the last that any record of the edition is of.
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
        joins, told = "", f"{self.measure.value} IS NOT NULL" if self.measure else "true"
        if self.adjustment is Adjustment.COST_OF_LIVING:
            price = f"coalesce({', '.join(f'in_{place.value}.price' for place in PLACES)})"
            value, told = f"round({value}::float8 / {price} * 100)::bigint", f"{told} AND {price} IS NOT NULL"
            joins = " ".join(_join(place) for place in PLACES)
        conditions = " AND ".join(sql_of(condition, self.reference) for condition in self.conditions) or "true"
        return (
            f"(SELECT salary_record.*, {value} AS x FROM salary_record {joins} "
            f"WHERE {published_sql(self.edition)} AND {told} AND {conditions}) AS asked"
        )

    @property
    def before(self) -> str:
        """What stands before a query over `sql`: the price level of each place in each year, or in the nearest known one."""
        if self.adjustment is not Adjustment.COST_OF_LIVING:
            return ""
        first, last = self.years
        return (
            "WITH priced AS (SELECT DISTINCT ON (place, asked_year) place AS priced_place, asked_year, level AS price "
            f"FROM price_level CROSS JOIN generate_series({first}, {last}) AS asked_year "
            "ORDER BY place, asked_year, abs(year - asked_year), year) "
        )


def _join(place: Factor) -> str:
    return (
        f"LEFT JOIN priced AS in_{place.value} ON in_{place.value}.priced_place = {place.value} "
        f"AND in_{place.value}.asked_year = extract(year FROM effective)"
    )


def sql_of(condition: Condition, reference: Reference) -> str:
    """A condition as SQL that is true of the records that meet it."""
    match condition:
        case AnyOf(factor, values):
            return f"({_carries(factor, values, reference)})"
        case NoneOf(factor, values):
            return f"NOT coalesce({_carries(factor, values, reference)}, false)"
        case Untold(factor, besides):
            told = _carries(factor, besides, reference) if besides else tells(factor)
            return f"NOT coalesce({told}, false)"
        case Effective(first, last):
            since = "true" if first is None else f"effective >= '{month_text(first)}-01'"
            until = "true" if last is None else f"effective < '{month_text(last + 1)}-01'"
            return f"({since} AND {until})"


def tells(factor: Factor) -> str:
    """SQL that is true of the records that tell a factor."""
    match FACTORS[factor].storage:
        case Storage.DERIVED:
            return "true"
        case Storage.ONE:
            return f"{factor.value} IS NOT NULL"
        case Storage.MANY:
            return f"cardinality({factor.value}) > 0"


def _carries(factor: Factor, values: Iterable[int], reference: Reference) -> str:
    """That a record carries one of the values or a descendant of it; null where it tells nothing."""
    own = _listed(number for value in values for number in _own(factor, value, reference))
    operator = f"&& {own}" if FACTORS[factor].storage is Storage.MANY else f"= ANY({own})"
    return f"{_column(factor)} {operator}"


def _listed(numbers: Iterable[int]) -> str:
    return f"'{{{','.join(map(str, sorted(numbers)))}}}'::int[]"


@dataclass(frozen=True, slots=True)
class Parts:
    """The groups that some values of a factor make of records, so that one pass answers for all of them."""

    factor: Factor
    values: tuple[int, ...]

    def join(self, reference: Reference) -> str:
        """What adds to each record, as `part.value`, the values that it is counted under."""
        column = _column(self.factor)
        if FACTORS[self.factor].storage is Storage.MANY:
            rows = (f"({value}, {_listed(_own(self.factor, value, reference))})" for value in self.values)
            return f"JOIN (VALUES {', '.join(rows)}) AS part (value, carried) ON {column} && part.carried"
        pairs = (f"({value}, {own})" for value in self.values for own in _own(self.factor, value, reference))
        return f"JOIN (VALUES {', '.join(pairs)}) AS part (value, own) ON part.own = {column}"


_WHOLE = "CROSS JOIN (VALUES (0)) AS part (value)"


def _column(factor: Factor) -> str:
    """What a record's value of a factor is read off."""
    return _MONTH if factor in _MONTHS else "source" if factor is Factor.SOURCE_KIND else factor.value


def _own(factor: Factor, value: int, reference: Reference) -> Iterable[int]:
    """All that is counted under a value, as it stands in the column."""
    if factor in _MONTHS:
        start = period_start(reference.taxonomy[value].code)
        return range(start, start + _MONTHS[factor])
    if factor is Factor.SOURCE_KIND:
        return [number for number in reference.sources if reference.taxonomy[number].parent == value]
    return reference.taxonomy.within(reference.taxonomy[value])


Bucket = tuple[int, int, int]


def buckets(ask: Ask, asked: Asked, parts: Parts | None) -> dict[int, list[Bucket]]:
    """The first phase: by the value of each part (0 for the whole) its buckets that are not empty, ascending: the number,
    the records and the sum of their values."""
    found = ask(
        f"{asked.before}SELECT part.value, (x >> {WIDTH})::bigint AS bucket, count(*) AS records, sum(x)::text AS total "
        f"FROM {asked.sql} {parts.join(asked.reference) if parts else _WHOLE} GROUP BY 1, 2 ORDER BY 2"
    )
    told: dict[int, list[Bucket]] = {}
    for row in found.to_pylist():
        told.setdefault(row["value"], []).append((row["bucket"], row["records"], int(row["total"])))
    return told


def inside(
    ask: Ask, asked: Asked, parts: Parts | None, wanted: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """The second phase: by part and bucket, of those wanted, the distinct values, ascending, each with its records."""
    listed = ", ".join(f"({value}, {bucket})" for value, bucket in wanted)
    found = ask(
        f"{asked.before}SELECT part.value, x::bigint AS amount, count(*) AS records "
        f"FROM {asked.sql} {parts.join(asked.reference) if parts else _WHOLE} "
        f"WHERE (part.value, x >> {WIDTH}) IN (VALUES {listed}) GROUP BY 1, 2 ORDER BY 2"
    )
    told: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for row in found.to_pylist():
        told.setdefault((row["value"], row["amount"] >> WIDTH), []).append((row["amount"], row["records"]))
    return told


def deviation(ask: Ask, asked: Asked) -> float:
    """The standard deviation of a sample."""
    return float(ask(f"{asked.before}SELECT stddev_samp(x::float8) AS found FROM {asked.sql}")["found"][0].as_py())


def count(ask: Ask, asked: Asked, condition: str) -> int:
    """How many of the records meet one more condition."""
    return int(ask(f"{asked.before}SELECT count(*) AS found FROM {asked.sql} WHERE {condition}")["found"][0].as_py())


def sizes(ask: Ask, asked: Asked, factor: Factor) -> dict[int, int]:
    """How many of the records carry each single value of a factor, or for periods are of each month."""
    found = ask(
        f"{asked.before}SELECT {_column(factor)} AS value, count(*) AS records FROM {asked.sql} "
        f"WHERE {tells(factor)} GROUP BY 1"
    )
    return {row["value"]: row["records"] for row in found.to_pylist()}


def carriers(ask: Ask, asked: Asked, values: Iterable[FactorValue]) -> dict[int, int]:
    """How many of the records carry each value or a descendant of it, for values of factors that a record has several of."""
    numbers = [value.id for value in values]
    counts = ", ".join(
        f"count(*) FILTER (WHERE {_carries(value.factor, [value.id], asked.reference)}) AS of_{value.id}" for value in values
    )
    [row] = ask(f"{asked.before}SELECT {counts} FROM {asked.sql}").to_pylist()
    return dict(zip(numbers, row.values(), strict=True))
