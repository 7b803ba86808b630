"""Reference data in PostgreSQL: factor values, sources, exchange rates, price levels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from sqlmodel import col, select, update

from service.store.bulk import BulkConnection
from service.store.database import REFERENCE_LOCK
from service.store.tables import Base, FactorValueRow, FxRateRow, PriceLevelRow, SourceRow
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, FxRate, PriceLevel, Source, Term
from service.vocabulary.units import Rates


@dataclass(frozen=True)
class Reference:
    """All reference data at one moment; `price_levels` is by place and year, United States = 100."""

    taxonomy: Taxonomy
    sources: dict[int, Source]
    rates: Rates
    price_levels: dict[tuple[int, int], float]


def load_reference(rows: BulkConnection) -> Reference:
    values = rows.query(select(FactorValueRow).order_by(col(FactorValueRow.id))).to_pylist()
    taxonomy = Taxonomy(
        FactorValue(**{**row, "factor": Factor(row["factor"]), "aliases": tuple(row["aliases"])}) for row in values
    )
    sources = rows.query(select(SourceRow)).to_pylist()
    rates = rows.query(select(FxRateRow)).to_pylist()
    levels = rows.query(select(PriceLevelRow)).to_pylist()
    return Reference(
        taxonomy,
        {row["id"]: _source(taxonomy, row) for row in sources},
        Rates(FxRate(**row) for row in rates),
        {(row["place"], row["year"]): row["level"] for row in levels},
    )


def _source(taxonomy: Taxonomy, row: dict[str, str]) -> Source:
    value = taxonomy[int(row["id"])]
    return Source(value.code, value.label, row["kind"], row["licence"], row["url"])


def add_terms(rows: BulkConnection, terms: Sequence[Term]) -> Taxonomy:
    """Assign ids to new terms, update the known ones, and return the whole taxonomy. Ids never change."""
    rows.execute("SELECT pg_advisory_xact_lock($1)", [REFERENCE_LOCK])
    stored = rows.query(select(FactorValueRow)).to_pylist()
    ids = {(Factor(row["factor"]), row["code"]): row["id"] for row in stored}
    next_id = max(ids.values(), default=0) + 1
    for term in terms:
        if (term.factor, term.code) not in ids:
            ids[term.factor, term.code] = next_id
            next_id += 1
    wanted = [_row(term, ids) for term in terms]
    known = {row["id"]: row for row in stored}
    _update(rows, [row for row in wanted if row["id"] in known and row != known[row["id"]]])
    _append(rows, FactorValueRow, [row for row in wanted if row["id"] not in known], _VALUES)
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


def _row(term: Term, ids: dict[tuple[Factor, str], int]) -> dict[str, object]:
    return {
        "id": ids[term.factor, term.code],
        "factor": term.factor.value,
        "code": term.code,
        "label": term.label,
        "parent": ids[term.parent] if term.parent else None,
        "aliases": list(term.aliases),
    }


def _update(rows: BulkConnection, changed: Iterable[dict[str, object]]) -> None:
    for row in changed:
        renamed = update(FactorValueRow).values(label=row["label"], parent=row["parent"])
        rows.execute(renamed.where(col(FactorValueRow.id) == row["id"]))
        rows.execute(
            "UPDATE factor_value SET aliases = coalesce(string_to_array(nullif($2, ''), '|'), '{}') WHERE id = $1",
            [row["id"], "|".join(row["aliases"])],  # type: ignore[arg-type]
        )


def _append(rows: BulkConnection, table: type[Base], records: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    if records:
        rows.append(str(table.__tablename__), pa.Table.from_pylist(list(records), schema))


def add_reference(
    rows: BulkConnection,
    terms: Sequence[Term],
    sources: Sequence[Source],
    rates: Sequence[FxRate],
    levels: Sequence[PriceLevel],
) -> None:
    """Store reference data, replacing rows with the same keys if they differ; commits."""
    taxonomy = add_terms(rows, terms)
    _replace(rows, SourceRow, "id", [_source_row(taxonomy, source) for source in sources], _SOURCES)
    currencies = [{"currency": rate.currency, "year": rate.year, "usd": rate.usd} for rate in rates]
    _replace(rows, FxRateRow, "currency", currencies, _RATES)
    places = [{"place": taxonomy.find(*level.place).id, "year": level.year, "level": level.level} for level in levels]
    _replace(rows, PriceLevelRow, "place", places, _LEVELS)
    rows.commit()


def _replace(
    rows: BulkConnection, table: type[Base], key: str, wanted: Sequence[Mapping[str, object]], schema: pa.Schema
) -> None:
    """Replace all rows with the keys of the wanted rows by them; rows with other keys stay."""
    keys = {row[key] for row in wanted}
    stored = [row for row in rows.query(select(table)).to_pylist() if row[key] in keys]
    if sorted(map(str, stored)) == sorted(map(str, wanted)):
        return
    rows.execute(
        f"DELETE FROM {table.__tablename__} WHERE {key}::text = ANY (string_to_array($1, ','))", [",".join(map(str, keys))]
    )
    _append(rows, table, wanted, schema)


def add_source(rows: BulkConnection, source: Source) -> None:
    """Store a source and its value of Factor.SOURCE, replacing one with the same code; commits."""
    taxonomy = add_terms(rows, [Term(Factor.SOURCE, source.code, source.label, (Factor.SOURCE_KIND, source.kind))])
    _replace(rows, SourceRow, "id", [_source_row(taxonomy, source)], _SOURCES)
    rows.commit()


_SOURCES = pa.schema({"id": pa.int32(), "kind": pa.string(), "licence": pa.string(), "url": pa.string()})
_RATES = pa.schema({"currency": pa.string(), "year": pa.int32(), "usd": pa.float64()})
_LEVELS = pa.schema({"place": pa.int32(), "year": pa.int32(), "level": pa.float64()})


def _source_row(taxonomy: Taxonomy, source: Source) -> dict[str, object]:
    number = taxonomy.find(Factor.SOURCE, source.code).id
    return {"id": number, "kind": source.kind, "licence": source.licence, "url": source.url}
