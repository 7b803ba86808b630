"""What a published record pays: in the currency asked for, and as its source reported it."""

from collections.abc import Callable

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


def _amounts(measure: Measure) -> Callable[[list["Pay"]], list[float | None]]:
    def amounts(pays: list["Pay"]) -> list[float | None]:
        found = pays[0].columns.amounts[measure].of([pay.row for pay in pays])
        return [None if amount is None else amount * pay.scale for amount, pay in zip(found, pays, strict=True)]

    return amounts


def _reported(pays: list["Pay"]) -> list[ReportedPay]:
    rows, reported = [pay.row for pay in pays], pays[0].columns.reported
    amounts = [reported.amounts[name].of(rows) for name in SHOWN]
    return [
        ReportedPay(currency=Currency(currency), base_salary=base, base_low=low, base_high=high)
        for currency, base, low, high in zip(reported.currency(rows), *amounts, strict=True)
    ]


@strawberry.type(
    description="Amounts per year in the currency asked for, at the newest yearly rate; null where the source does not tell."
)
class Pay:
    columns: strawberry.Private[Columns]
    row: strawberry.Private[int]
    scale: strawberry.Private[float]
    currency: Currency = strawberry.field(description="The currency asked for.")
    base_salary: float | None = column(_amounts(Measure.BASE_SALARY), "Fixed pay before bonus and equity.")
    bonus: float | None = column(_amounts(Measure.BONUS), "Yearly bonus, target or paid.")
    equity: float | None = column(_amounts(Measure.EQUITY), "Equity grant, annualised over its vesting.")
    total_cash: float | None = column(_amounts(Measure.TOTAL_CASH), "Base salary and bonus.")
    total_compensation: float | None = column(_amounts(Measure.TOTAL_COMPENSATION), "Total cash and annualised equity.")
    reported: ReportedPay = column(_reported, "As it was reported, before conversion.")
