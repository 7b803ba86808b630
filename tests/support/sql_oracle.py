"""PostgreSQL as a test oracle: conditions as SQL, independent of the service's own, and random records to query."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa

from service.store.bulk import bulk_connection
from service.store.editions import draft
from service.store.records import RECORD_SCHEMA
from service.store.reference import Reference, load_reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, IsMissing, NoneOf, NotAll
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor, Storage
from service.vocabulary.measures import DOLLARS, MEASURES, REPORTED_COLUMNS, Adjustment, Basis, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_of

FIRST_MONTH, LAST_MONTH = month_of(2019), month_of(2026, 10)
CURRENCIES = ("USD", "EUR", "IDR", "AFN", "LRD")
"""AFN has no rates of the latest years, and LRD none at all."""


def _some_values(rng: np.random.Generator, taxonomy: Taxonomy, factor: Factor) -> list[int]:
    """Six values from the start, with parents and children among them, and six at random."""
    values = [value.id for value in taxonomy.values(factor)]
    return values[:6] + rng.choice(values, min(6, len(values)), replace=False).tolist() if values else []


def publish_random(url: str, count: int, seed: int) -> None:
    """Publish an edition of random records."""
    with bulk_connection(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        edition.add(random_records(reference, count, seed))


def random_records(reference: Reference, count: int, seed: int) -> pa.Table:
    """Records in which every factor and measure is missing at random, and amounts have many ties."""
    rng = np.random.default_rng(seed)
    taxonomy = reference.taxonomy
    months = rng.integers(FIRST_MONTH, LAST_MONTH + 1, count)
    columns: dict[str, object] = {
        "id": [rng.bytes(16) for _ in range(count)],
        "effective": pa.array([date(month // 12, month % 12 + 1, 1) for month in months.tolist()]),
    }
    for factor in SINGLE:
        columns[factor.value] = _single_valued(rng, taxonomy, factor, count)
    _add_places(rng, taxonomy, columns, _some_values(rng, taxonomy, Factor.METRO), count)
    for factor in MULTIPLE:
        values = _some_values(rng, taxonomy, factor)
        columns[factor.value] = [_multi_valued(rng, values) for _ in range(count)]
    for measure, spec in MEASURES.items():
        amounts = rng.choice(np.unique(rng.integers(spec.low, min(spec.high, 400_000) + 1, 300)), count)
        columns[measure.value] = pa.array(amounts, pa.int32(), mask=rng.random(count) < 0.3)
    columns["currency"] = rng.choice(CURRENCIES, count).tolist()
    ends = np.sort(rng.integers(1, 3_000_000_000, (3, count)), axis=0)
    no_low, no_base, no_high = rng.random((3, count)) < 0.4
    missing = no_low, no_base | (no_low != no_high), no_high  # a range with one end has no midpoint
    for name, amounts, mask in zip(("base_low", "base_reported", "base_high"), ends, missing, strict=True):
        columns[name] = pa.array(amounts, pa.int64(), mask=mask)
    for name in (name for name in REPORTED_COLUMNS if name not in columns):
        columns[name] = pa.array(rng.integers(0, 200_000, count), pa.int64(), mask=rng.random(count) < 0.4)
    return pa.table({name: columns[name] for name in RECORD_SCHEMA.names}, RECORD_SCHEMA)


def _single_valued(rng: np.random.Generator, taxonomy: Taxonomy, factor: Factor, count: int) -> pa.Array:
    values = _some_values(rng, taxonomy, factor)
    if not values:
        return pa.nulls(count, pa.int32())
    missing = np.zeros(count, np.bool_) if factor is Factor.SOURCE else rng.random(count) < 0.2
    return pa.array(rng.choice(values, count), pa.int32(), mask=missing)


def _multi_valued(rng: np.random.Generator, values: list[int]) -> list[int] | None:
    return None if rng.random() < 0.2 else sorted(rng.choice(values, rng.integers(0, 4), replace=False).tolist())


def _add_places(
    rng: np.random.Generator, taxonomy: Taxonomy, columns: dict[str, object], metros: list[int], count: int
) -> None:
    """Give a third of the records a metro area, with its subdivision and country."""
    has_metro = rng.random(count) < 0.33
    chosen = rng.choice(metros, count)
    columns["metro"] = pa.array(chosen, pa.int32(), mask=~has_metro)
    for factor in (Factor.SUBDIVISION, Factor.COUNTRY):
        own = columns[factor.value].to_pylist()  # type: ignore[attr-defined]
        parents = [taxonomy.place_parents(taxonomy[int(metro)]).get(factor) for metro in chosen]
        columns[factor.value] = pa.array(
            [p if h else o for p, h, o in zip(parents, has_metro, own, strict=True)], pa.int32()
        )


def _int_array(numbers: Iterable[int]) -> str:
    return f"'{{{','.join(map(str, sorted(numbers)))}}}'::int[]"


def _carries(taxonomy: Taxonomy, factor: Factor, values: Iterable[int]) -> str:
    """SQL that is true for records with one of the values or a descendant, and null or false for others."""
    values = list(values)
    wanted = {number for value in values for number in taxonomy.within(taxonomy[value])}
    codes = ",".join(f"'{taxonomy[value].code}'" for value in values) or "NULL"
    match factor:
        case Factor.YEAR:
            return f"to_char(effective, 'YYYY') IN ({codes})"
        case Factor.QUARTER:
            return f"to_char(effective, 'YYYY\"-q\"Q') IN ({codes})"
        case Factor.SOURCE_KIND:
            return f"(SELECT kind FROM source WHERE source.id = salary_record.source) IN ({codes})"
    if FACTORS[factor].storage is Storage.MANY:
        return f"{factor.value} && {_int_array(wanted)}"
    return f"{factor.value} = ANY ({_int_array(wanted)})"


def _is_missing(factor: Factor) -> str:
    if FACTORS[factor].storage is Storage.DERIVED:
        return "false"
    empty = f" OR {factor.value} = '{{}}'" if FACTORS[factor].storage is Storage.MANY else ""
    return f"({factor.value} IS NULL{empty})"


def condition_sql(condition: Condition, taxonomy: Taxonomy) -> str:
    match condition:
        case AnyOf(factor, values):
            return f"({_carries(taxonomy, factor, values)})"
        case NoneOf(factor, values):
            return f"(NOT {_is_missing(factor)} AND NOT ({_carries(taxonomy, factor, values)}))"
        case IsMissing(factor, besides) if besides:
            return f"NOT coalesce({_carries(taxonomy, factor, besides)}, false)"
        case IsMissing(factor, _):
            return _is_missing(factor)
        case Effective(first, last):
            month = "(extract(year FROM effective) * 12 + extract(month FROM effective) - 1)"
            return f"({month} >= {first or 0} AND {month} <= {99999 if last is None else last})"
        case NotAll(conditions):
            met = " AND ".join(f"{condition_sql(one, taxonomy)} IS TRUE" for one in conditions) or "true"
            return f"NOT ({met})"


def where_sql(conditions: Conditions, taxonomy: Taxonomy) -> str:
    """SQL that is true for the current records that meet all conditions."""
    return " AND ".join(["removed_in IS NULL", *(condition_sql(condition, taxonomy) for condition in conditions)])


_REPORTED = {
    Measure.BASE_SALARY: "base_reported",
    Measure.BONUS: "bonus_reported",
    Measure.EQUITY: "equity_reported",
    Measure.TOTAL_CASH: "coalesce(total_cash_reported, base_reported + bonus_reported)",
    Measure.TOTAL_COMPENSATION: "coalesce(total_compensation_reported, base_reported + bonus_reported + equity_reported)",
}
_NEAREST_YEAR = "ORDER BY abs(year - extract(year FROM effective)), year LIMIT 1"


def value_sql(measure: Measure, basis: Basis) -> str:
    """A measure as SQL.

    In another currency than US dollars it is the amount as reported, times the rate of its own currency, by that of the
    other one; for an amount that was not reported or has no rate its US dollars. Adjusted, it is divided by the price level
    of the most specific place that has one. Rates and levels are of the nearest year with one.
    """
    value = measure.value
    if basis.currency != "USD":
        own, other = (
            f"(SELECT usd FROM fx_rate WHERE currency = {code} {_NEAREST_YEAR})"
            for code in ("salary_record.currency", f"'{basis.currency}'")
        )
        value = f"CASE WHEN {value} IS NOT NULL THEN coalesce(({_REPORTED[measure]}) * {own}, {value}) / {other} END"
    if basis.adjustment is Adjustment.COST_OF_LIVING:
        levels = (
            f"(SELECT level FROM price_level WHERE place = salary_record.{place} {_NEAREST_YEAR})"
            for place in ("metro", "subdivision", "country")
        )
        value = f"({value})::float8 / coalesce({', '.join(levels)}) * 100"
    return value if basis == DOLLARS else f"round({value})::bigint"
