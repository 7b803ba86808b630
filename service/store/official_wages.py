"""Official wages in PostgreSQL: tables of their own, loaded with the reference data and read when they are asked for.

They are never records, and no statistics are computed from them.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import NamedTuple

import asyncpg
import pyarrow as pa
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from service.store.bulk import BulkConnection
from service.store.tables import Base, FactorValueRow, OfficialWageRow, RoleOccupationRow, SourceRow, render
from service.vocabulary.factors import Factor
from service.vocabulary.official_wages import ALL_INDUSTRIES, FIGURES, OfficialWage, RoleOccupation
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Source


class OfficialTables(NamedTuple):
    """The official wages of the reference data, and the occupations that join roles to them."""

    wages: Sequence[OfficialWage]
    roles: Sequence[RoleOccupation]


class SourcedWage(NamedTuple):
    """Figures and where they come from."""

    wage: OfficialWage
    source: Source


@dataclass(frozen=True, slots=True)
class OfficialWageQuery:
    """The ids of a role, a place and an industry; None for any. `across_industries` leaves out single industries."""

    role: int | None = None
    place: int | None = None
    industry: int | None = None
    across_industries: bool = False


def replace_official_wages(rows: BulkConnection, taxonomy: Taxonomy, tables: OfficialTables) -> None:
    """Replace all official wages and occupations of roles if they differ; does not commit. Raises UnknownCode."""
    wages = (_wage_row(taxonomy, wage) for wage in tables.wages)
    _replace(rows, OfficialWageRow, pa.Table.from_pylist(list(wages), _WAGES))
    roles = (asdict(role) | {"role": taxonomy.find(Factor.ROLE, role.role).id} for role in tables.roles)
    _replace(rows, RoleOccupationRow, pa.Table.from_pylist(list(roles), _ROLES))


def _replace(rows: BulkConnection, table: type[Base], wanted: pa.Table) -> None:
    order = [(name, "ascending") for name in wanted.column_names]
    stored = rows.query(select(table)).select(wanted.column_names)
    if stored.cast(wanted.schema).sort_by(order) != wanted.sort_by(order):
        rows.execute(f"DELETE FROM {table.__tablename__}")
        rows.append(str(table.__tablename__), wanted)


def _wage_row(taxonomy: Taxonomy, wage: OfficialWage) -> dict[str, object]:
    return {name: getattr(wage, name) for name in _COPIED} | {
        "source": taxonomy.find(Factor.SOURCE, wage.source).id,
        "place": wage.place and taxonomy.find(*wage.place).id,
        "industry": wage.industry and taxonomy.find(Factor.INDUSTRY, wage.industry).id,
    }


_COPIED = tuple(field.name for field in fields(OfficialWage) if field.name not in ("source", "place", "industry"))
_NUMBERS = ("source", "place", "industry", "year", *FIGURES)
_WAGES = pa.schema({field.name: pa.int32() if field.name in _NUMBERS else pa.string() for field in fields(OfficialWage)})
_ROLES = pa.schema({"role": pa.int32(), "occupation_code": pa.string(), "share": pa.float64(), "filings": pa.int32()})


async def fetch_official_wages(
    connection: asyncpg.Connection, taxonomy: Taxonomy, query: OfficialWageQuery, limit: int
) -> list[SourcedWage]:
    """The figures that a query selects: those over all industries first, and then by employment, the largest first."""
    statement, values = _statement(query, limit)
    return [_sourced(taxonomy, row) for row in await connection.fetch(statement, *values)]


async def has_occupation(connection: asyncpg.Connection, role: int) -> bool:
    """Whether a role has an occupation, by which it is joined to official wages."""
    statement, values = render(select(RoleOccupationRow.role).where(RoleOccupationRow.role == role))
    return bool(await connection.fetch(statement, *values))


def _statement(query: OfficialWageQuery, limit: int) -> tuple[str, list[object]]:
    wage, source = OfficialWageRow, aliased(FactorValueRow)
    found = (
        select(wage.__table__, source.code, source.label, SourceRow.kind, SourceRow.licence, SourceRow.url)  # type: ignore[attr-defined,call-overload]
        .join(SourceRow, col(SourceRow.id) == wage.source)
        .join(source, source.id == wage.source)
    )
    if query.role is not None:
        occupation = select(RoleOccupationRow.occupation_code).where(RoleOccupationRow.role == query.role)
        found = found.where(wage.occupation_code == occupation.scalar_subquery())
    if query.place is not None:
        found = found.where(wage.place == query.place)
    if query.industry is not None:
        found = found.where(wage.industry == query.industry)
    if query.across_industries:
        found = found.where(wage.naics_code == ALL_INDUSTRIES)
    order = (
        col(wage.naics_code) != ALL_INDUSTRIES,
        col(wage.employment).desc().nulls_last(),
        *(wage.occupation_code, wage.area_code, wage.naics_code),
    )
    return render(found.order_by(*order).limit(limit))


def _sourced(taxonomy: Taxonomy, row: asyncpg.Record) -> SourcedWage:
    place, industry = taxonomy.get(row["place"]), taxonomy.get(row["industry"])
    wage = OfficialWage(
        **{name: row[name] for name in _COPIED},
        source=row["code"],
        place=(place.factor, place.code) if place else None,
        industry=industry.code if industry else None,
    )
    return SourcedWage(wage, Source(row["code"], row["label"], row["kind"], row["licence"], row["url"]))
