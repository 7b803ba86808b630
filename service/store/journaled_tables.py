"""Protected tables of a year as entries of the journal: read when they were drawn, and added again to a restored backup.

An entry has the cells with the codes of factor values, since a restored database may number them differently. It says which
edition published them, and not who took part.
"""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any

from service.store.bulk import BulkConnection
from service.store.editions import Draft
from service.store.journal import Entry, Kind
from service.store.journaled_release import value_number
from service.store.protected_tables import add_tables, mark_counted
from service.store.reference import load_taxonomy
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

_AMOUNTS = ("number", "mean", "low", "high")
_CELL = ("table_name", "factor", "value", "country", *_AMOUNTS)
"""What the list of a cell has, in this order; `country` is null for the world."""


def unwritten_tables(rows: BulkConnection, written: Container[int]) -> Iterator[Entry]:
    """The entries of the years in the ledger that are not written in the journal yet, in order.

    Those of an edition that was never published are among them: the next edition shows them.
    """
    for year, ledger in _ledgers(rows).items():
        if year not in written:
            yield {
                "entry": Kind.TABLES,
                "year": year,
                "edition": ledger[0]["edition"],
                "ledger": {row["table_name"]: row["epsilon"] for row in ledger},
                "cells": _cells(rows, year),
            }


def years_in_ledger(rows: BulkConnection) -> set[int]:
    """The years whose tables were drawn."""
    return set(_ledgers(rows))


def _ledgers(rows: BulkConnection) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    """The rows of the ledger by year, ascending."""
    found = rows.query("SELECT year, table_name, epsilon, edition FROM privacy_ledger ORDER BY year, table_name")
    by_year: defaultdict[int, list[Mapping[str, Any]]] = defaultdict(list)
    for row in found.to_pylist():
        by_year[row["year"]].append(row)
    return by_year


def _cells(rows: BulkConnection, year: int) -> list[list[Any]]:
    taxonomy = load_taxonomy(rows)
    found = rows.query(
        f"SELECT table_name, value, country, {', '.join(_AMOUNTS)} FROM protected_cell WHERE year = $1 ORDER BY 1, 2, 3",
        [year],
    )
    return [_listed(row, taxonomy) for row in found.to_pylist()]


def _listed(row: Mapping[str, Any], taxonomy: Taxonomy) -> list[Any]:
    value = taxonomy[row["value"]]
    country = taxonomy[row["country"]].code if row["country"] else None
    return [row["table_name"], value.factor.value, value.code, country, *(row[name] for name in _AMOUNTS)]


# In a restored database


def remake_tables(edition: Draft, entry: Entry) -> None:
    """Add the tables of a journaled year to an edition, as they were.

    Everybody who was counted in the year may have taken part, and takes part in no later year. Raises DataError if a factor
    value is unknown.
    """
    taxonomy = load_taxonomy(edition.rows)
    cells = [_cell(dict(zip(_CELL, listed, strict=True)), taxonomy) for listed in entry["cells"]]
    add_tables(edition.rows, edition.number, entry["year"], cells, entry["ledger"])
    mark_counted(edition.rows, entry["year"])


def _cell(listed: dict[str, Any], taxonomy: Taxonomy) -> dict[str, Any]:
    country = listed["country"]
    return listed | {
        "value": value_number(taxonomy, listed.pop("factor"), listed["value"]),
        "country": value_number(taxonomy, Factor.COUNTRY.value, country) if country else 0,
    }
