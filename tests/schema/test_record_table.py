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
from service.index.build import build_current_index
from service.vocabulary.measures import Adjustment

FIELDS = (
    "id effective level experience role { code } source { records } skills { code } "
    'pay { currency bonus reported { baseLow } } inEuros: pay(currency: "EUR", adjust: COST_OF_LIVING) { bonus }'
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


def test_edition_has_one_table_of_records_and_one_of_pay_for_each_basis(url: str) -> None:
    index = build_current_index(url)
    records = table_of(index, index.columns)
    assert table_of(index, index.columns) is records
    assert (records.index, records.columns) == (index, index.columns)
    dollars, euros = (records.pay(currency, Adjustment.NONE) for currency in ("USD", "EUR"))
    assert records.pay("USD", Adjustment.NONE) is dollars is not euros
    assert euros is not records.pay("EUR", Adjustment.COST_OF_LIVING)
    assert (dollars.index, dollars.columns, dollars.currency, dollars.amounts) == (index, index.columns, "USD", None)


def test_table_refers_to_neither_its_edition_nor_itself(url: str) -> None:
    """Garbage collections are rare, and the columns of replaced editions would stay in memory until then."""
    operation = build_schema().documents.get(f"{{ node(id: 1) {{ ... on SalaryRecord {{ {FIELDS} }} }} }}").operation(None)
    assert operation
    assert operation.plan
    [field] = operation.plan.fields
    index = build_current_index(url)
    record = SalaryRecord(table=table_of(index, index.columns), row=0)
    completed = [field.completion.one(record, Run(None)) for _ in range(2)]
    assert completed[0] == completed[1]
    pay = record.table.pay("EUR", Adjustment.COST_OF_LIVING)
    freed = [ref(index), ref(record.table), ref(pay), ref(index.columns.ids)]
    gc.disable()
    try:
        del index, record, pay
        assert [reference() for reference in freed] == [None] * 4
    finally:
        gc.enable()
