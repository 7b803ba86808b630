"""What a published record pays: in the currency asked for, and as its source reported it."""

from typing import Any

import strawberry

from schema.execution.column import column
from schema.scalars import Currency
from service.rank.columns import Columns
from service.rank.reported import SHOWN
from service.vocabulary.measures import Measure


@strawberry.type(description="Pay as the source reported it: whole units of its currency, annualised, before conversion.")
class ReportedPay:
    currency: Currency = strawberry.field(description="The currency of the report.")
    base_salary: float | None = strawberry.field(description="Base salary a year; of a range, its middle.")
    base_low: float | None = strawberry.field(description="The low end where a range was reported.")
    base_high: float | None = strawberry.field(description="The high end where a range was reported.")


def _amount(measure: Measure, description: str) -> Any:
    def of_one(self: "Pay") -> float | None:
        amount = self.columns.amounts[measure].amount(self.row)
        return None if amount is None else amount * self.scale

    def of_all(pays: list["Pay"]) -> list[float | None]:
        amounts = pays[0].columns.amounts[measure].of([pay.row for pay in pays])
        return [None if amount is None else amount * pay.scale for amount, pay in zip(amounts, pays, strict=True)]

    return column(of_one, of_all, description)


@strawberry.type(
    description="Amounts per year in the currency asked for, at the newest yearly rate; null where the source does not tell."
)
class Pay:
    columns: strawberry.Private[Columns]
    row: strawberry.Private[int]
    scale: strawberry.Private[float]
    currency: Currency = strawberry.field(description="The currency asked for.")
    base_salary: float | None = _amount(Measure.BASE_SALARY, "Fixed pay before bonus and equity.")
    bonus: float | None = _amount(Measure.BONUS, "Yearly bonus, target or paid.")
    equity: float | None = _amount(Measure.EQUITY, "Equity grant, annualised over its vesting.")
    total_cash: float | None = _amount(Measure.TOTAL_CASH, "Base salary and bonus.")
    total_compensation: float | None = _amount(Measure.TOTAL_COMPENSATION, "Total cash and annualised equity.")

    @strawberry.field(description="As it was reported, before conversion.")
    def reported(self) -> ReportedPay:
        reported = self.columns.reported
        base, low, high = (reported.amounts[name].amount(self.row) for name in SHOWN)
        return ReportedPay(currency=Currency(reported.currency(self.row)), base_salary=base, base_low=low, base_high=high)
