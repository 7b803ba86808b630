"""Reference data in PostgreSQL: factor values, sources, currency rates, price levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from service.store.bulk import Bulk
from service.vocabulary.factors import Factor
from service.vocabulary.money import Rates
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, FxRate, PriceLevel, Source, Term

_LOCK = 7_729_726_511


@dataclass(frozen=True)
class Reference:
    """All reference data at one moment; `price_levels` maps (place, year) to the level, United States = 100."""

    taxonomy: Taxonomy
    sources: dict[int, Source]
    rates: Rates
    price_levels: dict[tuple[int, int], float]


def load_reference(rows: Bulk) -> Reference:
    values = rows.rows("SELECT id, factor, code, label, parent, aliases FROM factor_value ORDER BY id").to_pylist()
    taxonomy = Taxonomy(
        FactorValue(**{**row, "factor": Factor(row["factor"]), "aliases": tuple(row["aliases"])}) for row in values
    )
    sources = rows.rows("SELECT id, kind, licence, url FROM source").to_pylist()
    rates = rows.rows("SELECT currency, year, usd FROM fx_rate").to_pylist()
    levels = rows.rows("SELECT place, year, level FROM price_level").to_pylist()
    return Reference(
        taxonomy,
        {row["id"]: _source(taxonomy, row) for row in sources},
        Rates(FxRate(**row) for row in rates),
        {(row["place"], row["year"]): row["level"] for row in levels},
    )


def _source(taxonomy: Taxonomy, row: dict[str, str]) -> Source:
    value = taxonomy[int(row["id"])]
    return Source(value.code, value.label, row["kind"], row["licence"], row["url"])


def add_terms(rows: Bulk, terms: Sequence[Term]) -> Taxonomy:
    """Number the new terms, bring the known ones up to date, return the whole taxonomy. Numbers never change."""
    rows.execute("SELECT pg_advisory_xact_lock($1)", [_LOCK])
    stored = rows.rows("SELECT id, factor, code, label, parent, aliases FROM factor_value").to_pylist()
    numbers = {(Factor(row["factor"]), row["code"]): row["id"] for row in stored}
    following = max(numbers.values(), default=0) + 1
    for term in terms:
        if (term.factor, term.code) not in numbers:
            numbers[term.factor, term.code] = following
            following += 1
    fresh = [_row(term, numbers) for term in terms]
    known = {row["id"]: row for row in stored}
    _update(rows, [row for row in fresh if row["id"] in known and row != known[row["id"]]])
    _append(rows, "factor_value", [row for row in fresh if row["id"] not in known], _VALUES)
    return load_reference(rows).taxonomy


_VALUES = pa.schema(
    {
        "id": pa.int32(),
        "factor": pa.string(),
        "code": pa.string(),
        "label": pa.string(),
        "parent": pa.int32(),
        "aliases": pa.list_(pa.string()),
    }
)


def _row(term: Term, numbers: dict[tuple[Factor, str], int]) -> dict[str, object]:
    return {
        "id": numbers[term.factor, term.code],
        "factor": term.factor.value,
        "code": term.code,
        "label": term.label,
        "parent": numbers[term.parent] if term.parent else None,
        "aliases": list(term.aliases),
    }


def _update(rows: Bulk, changed: Iterable[dict[str, object]]) -> None:
    for row in changed:
        rows.execute(
            "UPDATE factor_value SET label = $2, parent = $3 WHERE id = $1", [row["id"], row["label"], row["parent"]]
        )
        rows.execute(
            "UPDATE factor_value SET aliases = coalesce(string_to_array(nullif($2, ''), '|'), '{}') WHERE id = $1",
            [row["id"], "|".join(row["aliases"])],  # type: ignore[arg-type]
        )


def _append(rows: Bulk, table: str, records: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    if records:
        rows.append(table, pa.Table.from_pylist(list(records), schema))


def add_reference(
    rows: Bulk, terms: Sequence[Term], sources: Sequence[Source], rates: Sequence[FxRate], levels: Sequence[PriceLevel]
) -> None:
    """Store reference data in place of what was there under the same keys, if it differs; commits."""
    taxonomy = add_terms(rows, terms)
    _replace(rows, "source", "id", [_source_row(taxonomy, source) for source in sources], _SOURCES)
    given = [{"currency": rate.currency, "year": rate.year, "usd": rate.usd} for rate in rates]
    _replace(rows, "fx_rate", "currency", given, _RATES)
    places = [{"place": taxonomy.find(*level.place).id, "year": level.year, "level": level.level} for level in levels]
    _replace(rows, "price_level", "place", places, _LEVELS)
    rows.commit()


def _replace(rows: Bulk, table: str, key: str, wanted: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    """Put the wanted rows in place of all those that share their keys; what has other keys stays."""
    keys = {row[key] for row in wanted}
    stored = [row for row in rows.rows(f"SELECT {', '.join(schema.names)} FROM {table}").to_pylist() if row[key] in keys]
    if sorted(map(str, stored)) == sorted(map(str, wanted)):
        return
    rows.execute(f"DELETE FROM {table} WHERE {key}::text = ANY (string_to_array($1, ','))", [",".join(map(str, keys))])
    _append(rows, table, wanted, schema)


def add_source(rows: Bulk, source: Source) -> None:
    """Store one source with its value of Factor.SOURCE, in place of what was there under its code; commits."""
    taxonomy = add_terms(rows, [Term(Factor.SOURCE, source.code, source.label, (Factor.SOURCE_KIND, source.kind))])
    _replace(rows, "source", "id", [_source_row(taxonomy, source)], _SOURCES)
    rows.commit()


_SOURCES = pa.schema({"id": pa.int32(), "kind": pa.string(), "licence": pa.string(), "url": pa.string()})
_RATES = pa.schema({"currency": pa.string(), "year": pa.int32(), "usd": pa.float64()})
_LEVELS = pa.schema({"place": pa.int32(), "year": pa.int32(), "level": pa.float64()})


def _source_row(taxonomy: Taxonomy, source: Source) -> dict[str, object]:
    number = taxonomy.find(Factor.SOURCE, source.code).id
    return {"id": number, "kind": source.kind, "licence": source.licence, "url": source.url}
