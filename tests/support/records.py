"""Records written by hand, as dictionaries of codes and amounts, published as one edition."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.store.bulk import bulk_connection
from service.store.editions import draft
from service.store.records import RECORD_SCHEMA
from service.store.reference import load_taxonomy
from service.vocabulary.factors import MULTIPLE, SINGLE
from service.vocabulary.taxonomy import Taxonomy

SEVEN = [{"base_salary": 100_000 + n} for n in range(7)]
DEFAULTS = {"source": "lca", "currency": "USD", "effective": date(2026, 1, 1)}


def publish(url: str, records: Sequence[Mapping[str, Any]], first: int = 0) -> int:
    """Publish records such as {"role": "data-scientist", "skill": ["python"], "base_salary": 100_000}; returns the edition.

    Their ids are numbered from `first` on. Columns without any value are left out, as imports do, so that a database of an
    earlier revision need not have them.
    """
    with bulk_connection(url) as connection:
        taxonomy = load_taxonomy(connection)
    with draft(url) as edition:
        rows = [_row(taxonomy, number, {**DEFAULTS, **record}) for number, record in enumerate(records, first)]
        table = pa.Table.from_pylist(rows, RECORD_SCHEMA)
        edition.add(table.select([name for name in table.column_names if table[name].null_count < max(len(rows), 1)]))
        return edition.number


def record_id(number: int) -> UUID:
    """The id of the n-th record of a list."""
    return UUID(int=number + 1)


def _row(taxonomy: Taxonomy, number: int, record: Mapping[str, Any]) -> dict[str, Any]:
    row = {"id": record_id(number).bytes, **record}
    for factor in SINGLE:
        if factor.value in record:
            row[factor.value] = taxonomy.find(factor, record[factor.value]).id
    for factor in MULTIPLE:
        if factor.value in record:
            row[factor.value] = [taxonomy.find(factor, code).id for code in record[factor.value]]
    return row
