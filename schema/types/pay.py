"""What a published record pays: in the currency asked for, and as its source reported it."""

from collections.abc import Callable
from typing import Any

import strawberry

from schema.compiled.fields import column
from schema.compiled.fields import RecordTable
from schema.types.scalars import Currency
from service.index.columns import REPORTED_AMOUNTS
from service.vocabulary.measures import Measure


@strawberry.type(description="Pay as the source reported it: whole units of its currency, annualised, before conversion.")
class ReportedPay:
    currency: Currency = strawberry.field(description="The currency of the report.")
    base_salary: float | None = strawberry.field(description="Base salary a year; of a range, its middle.")
    base_low: float | None = strawberry.field(description="The low end where a range was reported.")
    base_high: float | None = strawberry.field(description="The high end where a range was reported.")


def _amount(measure: Measure, description: str) -> Any:
    def of_table(table: RecordTable) -> Callable[[int], float | None]:
        values, told = table.columns.amounts[measure]
        value, is_told, scale = values.item, told.item, table.scale
        return lambda row: value(row) * scale if is_told(row) else None

    def of_rows(table: RecordTable, rows: list[int]) -> list[float | None]:
        scale = table.scale
        return [None if found is None else found * scale for found in table.columns.amounts[measure].to_list(rows)]

    return column(of_table, of_rows, description)


def _currency(self: "Pay") -> Currency:
    return self.table.currency


@strawberry.type(
    description="Amounts per year in the currency asked for, at the newest yearly rate; null where the source does not tell."
)
class Pay:
    table: strawberry.Private[RecordTable]
    row: strawberry.Private[int]
    currency: Currency = strawberry.field(resolver=_currency, description="The currency asked for.")
    base_salary: float | None = _amount(Measure.BASE_SALARY, "Fixed pay before bonus and equity.")
    bonus: float | None = _amount(Measure.BONUS, "Yearly bonus, target or paid.")
    equity: float | None = _amount(Measure.EQUITY, "Equity grant, annualised over its vesting.")
    total_cash: float | None = _amount(Measure.TOTAL_CASH, "Base salary and bonus.")
    total_compensation: float | None = _amount(Measure.TOTAL_COMPENSATION, "Total cash and annualised equity.")

    @strawberry.field(description="As it was reported, before conversion.")
    def reported(self) -> ReportedPay:
        reported = self.table.columns.reported_pay
        base, low, high = (reported.amounts[name].value(self.row) for name in REPORTED_AMOUNTS)
        return ReportedPay(currency=Currency(reported.currency(self.row)), base_salary=base, base_low=low, base_high=high)
