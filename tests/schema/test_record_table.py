"""Tables: what records of an answer read from, bound to once for each selection, and gone with its edition."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest
from support.databases import clone
from support.sql_oracle import publish_random

from schema.compiled.fields import Run
from schema.compiled.fields import Table
from schema.compiled.fields import table_of
from schema.schema import build_schema
from schema.types.record import USD, SalaryRecord
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


def test_a_selection_is_bound_to_a_table_once() -> None:
    table, bound = Table(), []

    def bind(given: Table) -> str:
        bound.append(given)
        return "told"

    assert [table.bound("one", bind), table.bound("one", bind), table.bound("another", bind)] == ["told"] * 3
    assert bound == [table, table]


def test_a_table_forgets_selections_when_there_are_too_many() -> None:
    table = Table()
    for number in range(1_000):
        table.bound(number, lambda _: "told")
    assert len(table._bound) <= 200


def test_each_currency_has_one_table_of_an_edition(url: str) -> None:
    index = build_current_index(url)
    dollars = table_of(index, index.columns, USD, 1.0)
    assert table_of(index, index.columns, USD, 1.0) is dollars
    assert (dollars.index, dollars.columns, dollars.currency, dollars.scale) == (index, index.columns, "USD", 1.0)


def test_a_table_keeps_neither_its_edition_nor_itself(url: str) -> None:
    """Collections are made seldom, and columns of editions that are gone would take their room until then."""
    operation = build_schema().documents.get(f"{{ node(id: 1) {{ ... on SalaryRecord {{ {FIELDS} }} }} }}").operation(None)
    assert operation
    assert operation.plan
    [field] = operation.plan.fields
    index = build_current_index(url)
    record = SalaryRecord(table=table_of(index, index.columns, USD, 1.0), row=0)
    told = [field.completion.call(record, Run(None)) for _ in range(2)]
    assert told[0] == told[1]
    gone = [ref(index), ref(record.table), ref(index.columns.ids)]
    gc.disable()
    try:
        del index, record
        assert [one() for one in gone] == [None] * 3
    finally:
        gc.enable()
