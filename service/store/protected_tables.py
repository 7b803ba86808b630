"""Data access of protected tables: the contributions they are made of, their cells, and the ledger of what they cost.

Cells and ledger are written in one transaction with the records of an edition, and belong to the edition with its number.
If its writer dies before it is published, they remain for the next edition, which gets the same number: noise that was
drawn is never drawn again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from uuid import UUID

import asyncpg
import orjson
import pyarrow as pa
from sqlalchemy import bindparam
from sqlmodel import col, select

from service.store.bulk import BulkConnection
from service.store.database import Edition
from service.store.editions import edition_condition
from service.store.tables import EditionRow, PrivacyLedgerRow, ProtectedCellRow, render
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import CONTRIBUTORS_TABLE

RECENT_YEARS = 3
"""Published records of the last years, the year of the tables included, whose medians base salaries are compared with."""
CohortMedians = Mapping[tuple[int, int], float]
"""Medians of published base salaries in US dollars, by the id of a role or a whole role family and the id of a country."""
_COUNTED = "EXISTS (SELECT FROM jsonb_each_text(counted) WHERE value = $1::text)"
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class StoredContribution:
    """A contribution that may be in the tables of a year; `counted` has the years in which it was counted, by class kind."""

    id: UUID
    answers: SubmissionAnswers
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Spending:
    """The epsilon that a table of a year cost, and the edition in which it was published."""

    year: int
    table_name: str
    epsilon: float
    edition: Edition


@dataclass(frozen=True, slots=True)
class PublishedCell:
    """A published cell; `country` is 0 for the world. `mean`, `low` and `high` are None in tables of numbers."""

    value: int
    country: int
    number: int
    mean: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ContributorNumbers:
    """The published numbers of contributors of a year, with noise, by the ids of role family and place.

    A place is a country, or the continent or world (0) of the countries that have no number of their own.
    """

    year: int
    cells: Mapping[tuple[int, int], int]


def contributor_numbers(rows: BulkConnection, edition: int) -> ContributorNumbers | None:
    """The numbers of the latest year published up to an edition; None before the first."""
    year = rows.scalar(
        "SELECT max(year) FROM privacy_ledger WHERE table_name = $1 AND edition <= $2", [CONTRIBUTORS_TABLE, edition]
    )
    if year is None:
        return None
    found = rows.query(
        "SELECT value, country, number FROM protected_cell WHERE table_name = $1 AND year = $2", [CONTRIBUTORS_TABLE, year]
    )
    return ContributorNumbers(int(year), {(row["value"], row["country"]): row["number"] for row in found.to_pylist()})


def years_without_tables(rows: BulkConnection, current: int) -> list[int]:
    """The years before the current one, from that of the first edition on, whose tables were not published; ascending."""
    found = rows.query(
        "SELECT year::int AS year FROM generate_series((SELECT extract(year FROM min(published_at) AT TIME ZONE 'UTC')::int "
        "FROM edition), $1 - 1) AS year WHERE year NOT IN (SELECT year FROM privacy_ledger) ORDER BY year",
        [current],
    )
    return [int(year) for year in found.column("year").to_pylist()]


def has_tables(rows: BulkConnection, year: int) -> bool:
    """Whether the tables of a year were drawn."""
    return bool(rows.scalar("SELECT count(*) FROM privacy_ledger WHERE year = $1", [year]))


def contributions_counted_in(rows: BulkConnection, year: int) -> list[StoredContribution]:
    """Accepted and published contributions that were counted in a year for some class and are in no year's tables yet."""
    found = rows.query(
        "SELECT uuid_send(id) AS id, answers::text AS answers, counted::text AS counted FROM submission "
        "WHERE status IN ('accepted', 'published') AND answers IS NOT NULL AND tabulated_in IS NULL "
        f"AND {_COUNTED} ORDER BY id",
        [str(year)],
    )
    return [
        StoredContribution(
            UUID(bytes=row["id"]), SubmissionAnswers.from_json(orjson.loads(row["answers"])), orjson.loads(row["counted"])
        )
        for row in found.to_pylist()
    ]


def base_medians(rows: BulkConnection, families: Mapping[int, int], year: int, minimum: int) -> CohortMedians:
    """The medians of at least a minimum of records.

    Over the records of the current edition from the RECENT_YEARS up to the year, without samples; `families` maps roles to
    their families. The records are read before they are grouped, since Citus has no grouping sets of distributed tables.
    """
    edition = int(rows.scalar("SELECT edition FROM watermark") or 0)
    listed = ", ".join(f"({int(role)}, {int(family)})" for role, family in families.items())
    found = rows.query(
        "WITH pay AS MATERIALIZED (SELECT role, country, base_salary FROM salary_record "
        f"WHERE {edition_condition(edition)} AND base_salary > 0 AND country IS NOT NULL "
        f"AND effective BETWEEN '{year - RECENT_YEARS + 1:04d}-01-01' AND '{year:04d}-12-31' "
        "AND source NOT IN (SELECT id FROM source WHERE kind = 'sample')) "
        "SELECT coalesce(role, family) AS value, country, percentile_cont(0.5) WITHIN GROUP (ORDER BY base_salary) "
        "AS median "
        f"FROM pay JOIN (VALUES {listed}) AS kin (role, family) USING (role) "
        f"GROUP BY GROUPING SETS ((role, family, country), (family, country)) HAVING count(*) >= {int(minimum)} "
        "ORDER BY role NULLS LAST"  # so that a family has the median of all its roles, not of records without a role in it
    )
    return {(row["value"], row["country"]): row["median"] for row in found.to_pylist()}


def add_tables(
    rows: BulkConnection, edition: int, year: int, cells: Sequence[Mapping[str, object]], epsilons: Mapping[str, float]
) -> None:
    """Add the cells of a year's tables and their entries in the ledger; does not commit.

    A year that the ledger has is refused by its primary key.
    """
    ledger = [
        {"year": year, "table_name": name, "epsilon": epsilon, "edition": edition} for name, epsilon in epsilons.items()
    ]
    rows.append("privacy_ledger", pa.Table.from_pylist(ledger, _LEDGER))
    if cells:
        rows.append("protected_cell", pa.Table.from_pylist([{"year": year, **cell} for cell in cells], _CELLS))


def mark_tabulated(rows: BulkConnection, year: int, ids: Iterable[UUID]) -> None:
    """Note of contributions that they are in the tables of a year; does not commit."""
    remaining = iter(ids)
    while chunk := list(islice(remaining, _CHUNK)):
        rows.execute(
            f"UPDATE submission SET tabulated_in = $1 WHERE id = ANY('{{{','.join(map(str, chunk))}}}'::uuid[])", [year]
        )


def mark_counted(rows: BulkConnection, year: int) -> None:
    """Note of all contributions that may be in the tables of a year that they are: those that were counted in it for some
    class and are in no other year's; does not commit."""
    rows.execute(
        f"UPDATE submission SET tabulated_in = $1::text::int WHERE tabulated_in IS NULL AND {_COUNTED}", [str(year)]
    )


_CELLS = pa.schema(
    [
        *((name, pa.int32()) for name in ("year", "value", "country", "number")),
        ("table_name", pa.string()),
        *((name, pa.float64()) for name in ("mean", "low", "high")),
    ]
)
_LEDGER = pa.schema({"year": pa.int32(), "table_name": pa.string(), "epsilon": pa.float64(), "edition": pa.int32()})

_SPENT = (
    select(PrivacyLedgerRow, EditionRow)
    .join(EditionRow, col(EditionRow.number) == PrivacyLedgerRow.edition)
    .where(col(PrivacyLedgerRow.edition) <= bindparam("edition"))
    .order_by(col(PrivacyLedgerRow.year).desc(), col(PrivacyLedgerRow.table_name))
)
_LEDGER_OF = render(_SPENT)[0]
_LATEST = render(_SPENT.where(PrivacyLedgerRow.table_name == bindparam("table")))[0]
_CELLS_OF = render(
    select(ProtectedCellRow).where(
        ProtectedCellRow.year == bindparam("year"), ProtectedCellRow.table_name == bindparam("table")
    )
)[0]


async def fetch_ledger(connection: asyncpg.Connection, edition: int) -> list[Spending]:
    """What was spent up to an edition, the latest year first."""
    return [_spending(row) for row in await connection.fetch(_LEDGER_OF, edition)]


async def fetch_latest(connection: asyncpg.Connection, table: str, edition: int) -> Spending | None:
    """The latest publication of a table up to an edition; None if there is none."""
    row = await connection.fetchrow(_LATEST, edition, table)
    return _spending(row) if row else None


async def fetch_cells(connection: asyncpg.Connection, table: str, year: int) -> list[PublishedCell]:
    """The published cells of a table of a year."""
    rows = await connection.fetch(_CELLS_OF, year, table)
    return [PublishedCell(*(row[name] for name in _SHOWN)) for row in rows]


_SHOWN = tuple(field.name for field in fields(PublishedCell))


def _spending(row: asyncpg.Record) -> Spending:
    edition = Edition(row["number"], row["published_at"], row["records"])
    return Spending(row["year"], row["table_name"], row["epsilon"], edition)
