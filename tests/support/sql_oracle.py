"""PostgreSQL as the oracle: conditions as SQL, and made-up records to ask about."""

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa

from service.store.bulk import bulk
from service.store.editions import draft
from service.store.records import RECORD_SCHEMA
from service.store.reference import Reference, load_reference
from service.vocabulary.conditions import AnyOf, Condition, Conditions, Effective, NoneOf, Untold
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor, Storage
from service.vocabulary.measures import MEASURES, Adjustment, Measure
from service.vocabulary.periods import month_of
from service.vocabulary.taxonomy import Taxonomy

FIRST, LAST = month_of(2019), month_of(2026, 10)


def _some(rng: np.random.Generator, taxonomy: Taxonomy, factor: Factor, most: int = 12) -> list[int]:
    """Some values of a factor: a few of the first, with parents and children among them, and a few at random."""
    values = [value.id for value in taxonomy.values(factor)]
    return values[: most // 2] + rng.choice(values, min(most // 2, len(values)), replace=False).tolist() if values else []


def publish_random(url: str, count: int, seed: int) -> None:
    """An edition of random records."""
    with bulk(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        edition.add(random_records(reference, count, seed))


def random_records(reference: Reference, count: int, seed: int) -> pa.Table:
    """Records with every factor and measure told or not at random; amounts have many ties."""
    rng = np.random.default_rng(seed)
    taxonomy = reference.taxonomy
    months = rng.integers(FIRST, LAST + 1, count)
    columns: dict[str, object] = {
        "id": [rng.bytes(16) for _ in range(count)],
        "effective": pa.array([date(month // 12, month % 12 + 1, 1) for month in months.tolist()]),
    }
    for factor in SINGLE:
        columns[factor.value] = _one(rng, taxonomy, factor, count)
    _place(rng, taxonomy, columns, _some(rng, taxonomy, Factor.METRO), count)
    for factor in MULTIPLE:
        values = _some(rng, taxonomy, factor)
        columns[factor.value] = [_many(rng, values) for _ in range(count)]
    for measure, spec in MEASURES.items():
        amounts = rng.choice(np.unique(rng.integers(spec.low, min(spec.high, 400_000) + 1, 300)), count)
        columns[measure.value] = pa.array(amounts, pa.int32(), mask=rng.random(count) < 0.3)
    columns["currency"] = rng.choice(["USD", "EUR", "IDR"], count).tolist()
    ends = np.sort(rng.integers(1, 3_000_000_000, (3, count)), axis=0)
    untold = np.sort(rng.random((3, count)) < 0.4, axis=0)
    for name, amounts, mask in zip(("base_low", "base_reported", "base_high"), ends, untold[[1, 0, 1]], strict=True):
        columns[name] = pa.array(amounts, pa.int64(), mask=mask)
    for name in ("bonus_reported", "equity_reported"):
        columns[name] = pa.nulls(count, pa.int64())
    return pa.table({name: columns[name] for name in RECORD_SCHEMA.names}, RECORD_SCHEMA)


def _one(rng: np.random.Generator, taxonomy: Taxonomy, factor: Factor, count: int) -> pa.Array:
    values = _some(rng, taxonomy, factor)
    if not values:
        return pa.nulls(count, pa.int32())
    untold = np.zeros(count, np.bool_) if factor is Factor.SOURCE else rng.random(count) < 0.2
    return pa.array(rng.choice(values, count), pa.int32(), mask=untold)


def _many(rng: np.random.Generator, values: list[int]) -> list[int] | None:
    return None if rng.random() < 0.2 else sorted(rng.choice(values, rng.integers(0, 4), replace=False).tolist())


def _place(rng: np.random.Generator, taxonomy: Taxonomy, columns: dict[str, object], metros: list[int], count: int) -> None:
    """A third of the records know their metro area, whose subdivision and country they then have."""
    told = rng.random(count) < 0.33
    chosen = rng.choice(metros, count)
    columns["metro"] = pa.array(chosen, pa.int32(), mask=~told)
    for factor in (Factor.SUBDIVISION, Factor.COUNTRY):
        own = columns[factor.value].to_pylist()  # type: ignore[attr-defined]
        parents = [taxonomy.place_parents(taxonomy[int(metro)]).get(factor) for metro in chosen]
        columns[factor.value] = pa.array([p if t else o for p, t, o in zip(parents, told, own, strict=True)], pa.int32())


def _listed(numbers: Iterable[int]) -> str:
    return f"'{{{','.join(map(str, sorted(numbers)))}}}'::int[]"


def _carries(taxonomy: Taxonomy, factor: Factor, values: Iterable[int]) -> str:
    """SQL that is true of records with one of the values or a descendant; null or false of others."""
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
        return f"{factor.value} && {_listed(wanted)}"
    return f"{factor.value} = ANY ({_listed(wanted)})"


def sql_of(condition: Condition, taxonomy: Taxonomy) -> str:
    match condition:
        case AnyOf(factor, values):
            return f"({_carries(taxonomy, factor, values)})"
        case NoneOf(factor, values):
            return f"NOT coalesce({_carries(taxonomy, factor, values)}, false)"
        case Untold(factor, besides) if besides:
            return f"NOT coalesce({_carries(taxonomy, factor, besides)}, false)"
        case Untold(factor, _):
            if FACTORS[factor].storage is Storage.DERIVED:
                return "false"
            empty = f" OR {factor.value} = '{{}}'" if FACTORS[factor].storage is Storage.MANY else ""
            return f"({factor.value} IS NULL{empty})"
        case Effective(first, last):
            month = "(extract(year FROM effective) * 12 + extract(month FROM effective) - 1)"
            return f"({month} >= {first or 0} AND {month} <= {99999 if last is None else last})"


def where(conditions: Conditions, taxonomy: Taxonomy) -> str:
    return " AND ".join(["removed_in IS NULL", *(sql_of(condition, taxonomy) for condition in conditions)])


def value_sql(measure: Measure, adjustment: Adjustment) -> str:
    """A measure, divided by the price level of the narrowest place that has one, in the nearest year that is known."""
    if adjustment is Adjustment.NONE:
        return measure.value
    levels = (
        f"(SELECT level FROM price_level WHERE place = salary_record.{place} "
        "ORDER BY abs(year - extract(year FROM effective)), year LIMIT 1)"
        for place in ("metro", "subdivision", "country")
    )
    return f"round({measure.value}::float8 / coalesce({', '.join(levels)}) * 100)"
