"""Reference data in PostgreSQL: factor values, sources, the catalogue of data sets, exchange rates, price levels."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any

import pyarrow as pa
from sqlmodel import col, select, update

from service.store.bulk import BulkConnection
from service.store.database import REFERENCE_LOCK
from service.store.health import REFERENCE_COMMENT_PREFIX
from service.store.official_wages import OfficialTables, replace_official_wages
from service.store.tables import Base, CatalogueEntryRow, FactorValueRow, FxRateRow, PriceLevelRow, SourceRow
from service.vocabulary.currencies import Rates
from service.vocabulary.employers import EmployerRegister
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import CatalogueEntry, FactorValue, FxRate, PriceLevel, Source, Term
from service.vocabulary.titles import TitleReader


@dataclass(frozen=True, eq=False)
class Reference:
    """All reference data at one moment; `price_levels` is by place and year, United States = 100.

    `catalogue` has the data sets that could be loaded, loaded or not.
    """

    taxonomy: Taxonomy
    sources: dict[int, Source]
    rates: Rates
    price_levels: dict[tuple[int, int], float]
    catalogue: tuple[CatalogueEntry, ...] = ()

    @cached_property
    def employers(self) -> EmployerRegister:
        """Finds the employers that names mean."""
        return EmployerRegister(self.taxonomy)

    @cached_property
    def titles(self) -> TitleReader:
        """Reads job titles by the spellings of the taxonomy."""
        return TitleReader(self.taxonomy)

    def prepare(self) -> None:
        """Builds what looks up texts, rather than with the first of them: up to a second for tens of thousands of values."""
        self.taxonomy.prepare()
        _ = self.titles

    def with_employers(self, used: Iterable[int]) -> "Reference":
        """Without the employers that are neither registered nor `used`, the ids of those that published records have.

        An employer of the register has spellings. The others were added by imports and contributions, and their names are
        public only as long as a published record has them.
        """
        kept = frozenset(used)
        unused = (value.id for value in self.taxonomy.values(Factor.EMPLOYER) if not value.aliases and value.id not in kept)
        hidden = frozenset(unused)
        return _without(self, hidden) if hidden else self


@lru_cache(maxsize=2)
def _without(reference: Reference, hidden: frozenset[int]) -> Reference:
    """Cached, since readers of names and titles are built again for each."""
    return replace(reference, taxonomy=Taxonomy(value for value in reference.taxonomy if value.id not in hidden))


@dataclass(frozen=True)
class _Rows:
    """The rows of a table, as the key of what is built of them; equal to others if all are."""

    table: pa.Table

    def __hash__(self) -> int:
        return hash(self.table.num_rows)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table.to_pylist())


def load_reference(rows: BulkConnection) -> Reference:
    sources, rates, levels = (_Rows(rows.query(select(table))) for table in (SourceRow, FxRateRow, PriceLevelRow))
    catalogue = _Rows(rows.query(select(CatalogueEntryRow).order_by(col(CatalogueEntryRow.code))))
    return _reference(_values(rows), sources, rates, levels, catalogue)


def load_taxonomy(rows: BulkConnection) -> Taxonomy:
    return _taxonomy(_values(rows))


def _values(rows: BulkConnection) -> _Rows:
    return _Rows(rows.query(select(FactorValueRow).order_by(col(FactorValueRow.id))))


@lru_cache(maxsize=4)
def _reference(values: _Rows, sources: _Rows, rates: _Rows, levels: _Rows, catalogue: _Rows) -> Reference:
    """Cached, as its parts are: building takes ten times as long as reading, and an import adds a few values only."""
    taxonomy = _taxonomy(values)
    return Reference(
        taxonomy,
        {row["id"]: _source(taxonomy, row) for row in sources},
        _rates(rates),
        _levels(levels),
        tuple(catalogue_entry(**row) for row in catalogue),
    )


@lru_cache(maxsize=4)
def _taxonomy(values: _Rows) -> Taxonomy:
    columns = (values.table.column(name.name).to_pylist() for name in fields(FactorValue))
    return Taxonomy(
        FactorValue(number, Factor(factor), code, label, parent, tuple(aliases))
        for number, factor, code, label, parent, aliases in zip(*columns, strict=True)
    )


@lru_cache(maxsize=2)
def _rates(rows: _Rows) -> Rates:
    return Rates(FxRate(**row) for row in rows)


@lru_cache(maxsize=2)
def _levels(rows: _Rows) -> dict[tuple[int, int], float]:
    return {(row["place"], row["year"]): row["level"] for row in rows}


def catalogue_entry(
    code: str, rows: int, megabytes: float, factors: Iterable[str], measures: Iterable[str]
) -> CatalogueEntry:
    """An entry of stored texts."""
    return CatalogueEntry(code, rows, megabytes, tuple(map(Factor, factors)), tuple(map(Measure, measures)))


def _source(taxonomy: Taxonomy, row: dict[str, str]) -> Source:
    value = taxonomy[int(row["id"])]
    return Source(value.code, value.label, row["kind"], row["licence"], row["url"])


def add_terms(rows: BulkConnection, terms: Sequence[Term]) -> Taxonomy:
    """Assign ids to new terms, update the known ones, and return the whole taxonomy. Ids never change."""
    rows.execute("SELECT pg_advisory_xact_lock($1)", [REFERENCE_LOCK])
    known = load_taxonomy(rows)
    ids = {(value.factor, value.code): value.id for value in known}
    next_id = max(ids.values(), default=0) + 1
    for term in terms:
        if (term.factor, term.code) not in ids:
            ids[term.factor, term.code] = next_id
            next_id += 1
    wanted = [_value(term, ids) for term in terms]
    _update(rows, [value for value in wanted if known.get(value.id) not in (None, value)])
    _append(rows, FactorValueRow, [asdict(value) for value in wanted if known.get(value.id) is None], _VALUES)
    return load_taxonomy(rows)


def _value(term: Term, ids: dict[tuple[Factor, str], int]) -> FactorValue:
    number, parent = ids[term.factor, term.code], ids[term.parent] if term.parent else None
    return FactorValue(number, term.factor, term.code, term.label, parent, term.aliases)


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


def _update(rows: BulkConnection, changed: Iterable[FactorValue]) -> None:
    for value in changed:
        renamed = update(FactorValueRow).values(label=value.label, parent=value.parent)
        rows.execute(renamed.where(col(FactorValueRow.id) == value.id))
        rows.execute(
            "UPDATE factor_value SET aliases = coalesce(string_to_array(nullif($2, ''), '|'), '{}') WHERE id = $1",
            [value.id, "|".join(value.aliases)],
        )


def _append(rows: BulkConnection, table: type[Base], records: Sequence[Mapping[str, object]], schema: pa.Schema) -> None:
    if records:
        rows.append(str(table.__tablename__), pa.Table.from_pylist(list(records), schema))


_OWNS_TABLE = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'factor_value'::regclass"


def add_reference(
    rows: BulkConnection,
    terms: Sequence[Term],
    sources: Sequence[Source],
    catalogue: Sequence[CatalogueEntry],
    rates: Sequence[FxRate],
    levels: Sequence[PriceLevel],
    official: OfficialTables,
    digest: str,
) -> None:
    """Store reference data, replacing rows with the same keys if they differ, and their digest if the role may; commits.

    Exchange rates of other currencies are removed, so that a correction can be that there are none, and so are other data
    sets of the catalogue.
    A value that is no longer among the terms stays, since records may have it, but loses its spellings.
    """
    taxonomy = add_terms(rows, terms)
    _retire(rows, taxonomy, terms)
    _replace(rows, SourceRow, "id", [_source_row(taxonomy, source) for source in sources], _SOURCES)
    _replace(rows, CatalogueEntryRow, "code", [_catalogue_row(entry) for entry in catalogue], _CATALOGUE)
    _keep_only(rows, CatalogueEntryRow, "code", [entry.code for entry in catalogue])
    currencies = [{"currency": rate.currency, "year": rate.year, "usd": rate.usd} for rate in rates]
    _replace(rows, FxRateRow, "currency", currencies, _RATES)
    _keep_only(rows, FxRateRow, "currency", {rate.currency for rate in rates})
    places = [{"place": taxonomy.find(*level.place).id, "year": level.year, "level": level.level} for level in levels]
    _replace(rows, PriceLevelRow, "place", places, _LEVELS)
    replace_official_wages(rows, taxonomy, official)
    if rows.scalar(_OWNS_TABLE):
        rows.execute(f"COMMENT ON CONSTRAINT pk_factor_value ON factor_value IS '{REFERENCE_COMMENT_PREFIX}{digest}'")
    rows.commit()


_RETIRED = " (retired)"


def _retire(rows: BulkConnection, taxonomy: Taxonomy, terms: Sequence[Term]) -> None:
    """Mark the values that the reference data no longer has, so that their spellings may belong to others."""
    current = {(term.factor, term.code) for term in terms}
    complete = {term.factor for term in terms} - {Factor.SOURCE, Factor.EMPLOYER}  # imports add values of these
    retired = [value for value in taxonomy if value.factor in complete and (value.factor, value.code) not in current]
    _update(
        rows,
        (
            replace(value, label=value.label.removesuffix(_RETIRED) + _RETIRED, aliases=())
            for value in retired
            if value.aliases or not value.label.endswith(_RETIRED)
        ),
    )


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


def _keep_only(rows: BulkConnection, table: type[Base], key: str, keys: Iterable[str]) -> None:
    """Delete the rows with other keys."""
    rows.execute(f"DELETE FROM {table.__tablename__} WHERE {key}::text <> ALL (string_to_array($1, ','))", [",".join(keys)])


def add_sources(rows: BulkConnection, sources: Sequence[Source]) -> Taxonomy:
    """Store sources and their values of Factor.SOURCE, replacing those with the same codes; the caller commits."""
    terms = [Term(Factor.SOURCE, source.code, source.label, (Factor.SOURCE_KIND, source.kind)) for source in sources]
    taxonomy = add_terms(rows, terms)
    _replace(rows, SourceRow, "id", [_source_row(taxonomy, source) for source in sources], _SOURCES)
    return taxonomy


_SOURCES = pa.schema({"id": pa.int32(), "kind": pa.string(), "licence": pa.string(), "url": pa.string()})
_CATALOGUE = pa.schema(
    {
        "code": pa.string(),
        "rows": pa.int64(),
        "megabytes": pa.float64(),
        "factors": pa.list_(pa.string()),
        "measures": pa.list_(pa.string()),
    }
)
_RATES = pa.schema({"currency": pa.string(), "year": pa.int32(), "usd": pa.float64()})
_LEVELS = pa.schema({"place": pa.int32(), "year": pa.int32(), "level": pa.float64()})


def _catalogue_row(entry: CatalogueEntry) -> dict[str, object]:
    return asdict(entry) | {
        "factors": [factor.value for factor in entry.factors],
        "measures": [measure.value for measure in entry.measures],
    }


def _source_row(taxonomy: Taxonomy, source: Source) -> dict[str, object]:
    number = taxonomy.find(Factor.SOURCE, source.code).id
    return {"id": number, "kind": source.kind, "licence": source.licence, "url": source.url}
