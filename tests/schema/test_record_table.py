"""Tables: the rows that records are read from, bound once for each selection, and freed with their edition."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest
from support.databases import clone
from support.sql_oracle import publish_random

from schema.compiled.fields import Run, Table, table_of
from schema.schema import build_schema
from schema.types.record import SalaryRecord
from schema.types.scalars import USD, Currency
from service.index.build import build_current_index

FIELDS = (
    "id effective level experience role { code } source { records } skills { code } "
    "pay { currency bonus reported { baseLow } }"
)


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish_random(found, 30, 5)
        yield found


def test_selection_is_bound_to_a_table_once() -> None:
    table, bound = Table(), []

    def bind(table: Table) -> str:
        bound.append(table)
        return "bound"

    assert [table.bound("one", bind), table.bound("one", bind), table.bound("another", bind)] == ["bound"] * 3
    assert bound == [table, table]


def test_table_drops_selections_beyond_its_maximum() -> None:
    table = Table()
    for number in range(1_000):
        table.bound(number, lambda _: "bound")
    assert len(table._bound) <= 200


def test_edition_has_one_table_for_each_currency(url: str) -> None:
    index = build_current_index(url)
    dollars = table_of(index, index.columns, USD)
    assert table_of(index, index.columns, USD) is dollars is not table_of(index, index.columns, Currency("EUR"))
    assert (dollars.index, dollars.columns, dollars.currency, dollars.conversion) == (index, index.columns, "USD", None)


def test_table_refers_to_neither_its_edition_nor_itself(url: str) -> None:
    """Garbage collections are rare, and the columns of replaced editions would stay in memory until then."""
    operation = build_schema().documents.get(f"{{ node(id: 1) {{ ... on SalaryRecord {{ {FIELDS} }} }} }}").operation(None)
    assert operation
    assert operation.plan
    [field] = operation.plan.fields
    index = build_current_index(url)
    record = SalaryRecord(table=table_of(index, index.columns, USD), row=0)
    completed = [field.completion.one(record, Run(None)) for _ in range(2)]
    assert completed[0] == completed[1]
    freed = [ref(index), ref(record.table), ref(index.columns.ids)]
    gc.disable()
    try:
        del index, record
        assert [reference() for reference in freed] == [None] * 3
    finally:
        gc.enable()
