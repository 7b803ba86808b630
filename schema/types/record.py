"""Published records, their pay, and their connection."""

from binascii import b2a_base64
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import strawberry

from schema.compiled.fields import COLUMN, Column, PayTable, RecordTable, coded, column, table_of
from schema.context import Context
from schema.types.definitions import read, with_fields
from schema.types.edition import Source, source_of
from schema.types.enums import CLOSED_FACTORS
from schema.types.inputs import Adjust, InCurrency
from schema.types.node import ID, Node, found_by, parse_id
from schema.types.scalars import USD, Currency, Month
from schema.types.vocabulary import FactorValue, PageInfo, factor_value, factor_value_if_known
from service.index.index import Index
from service.market import listing
from service.market.cohort import Cohort
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, UNPUBLISHED, Factor
from service.vocabulary.measures import MEASURES, Adjustment, Measure, Unit

REPORTED_AMOUNTS = MEASURES[Measure.BASE_SALARY].reported_columns
"""The reported amounts that records show, as columns of the table of records: the base salary and the ends of its range."""


@strawberry.type(description="Pay as reported by the source, annualised, in whole units of its currency.")
class ReportedPay:
    currency: Currency = strawberry.field(description="Reported currency.")
    base_salary: float | None = strawberry.field(
        description="Base salary per year; the midpoint of a range. Null for a range with one end only."
    )
    base_low: float | None = strawberry.field(description="Lower end of a reported range, per year; null if it has none.")
    base_high: float | None = strawberry.field(description="Upper end of a reported range, per year; null if it has none.")
    rate_year: int | None = strawberry.field(
        description="Calendar year of the exchange rate to US dollars: that of the record, or the nearest one with a rate. "
        "Null for pay in US dollars."
    )


def reported_pay(
    rates: Rates, currency: str, month: int, base: float | None, low: float | None = None, high: float | None = None
) -> ReportedPay:
    """Pay as reported in a month."""
    rate_year = None if currency == USD or currency not in rates else rates.rate_year(currency, month // 12)
    return ReportedPay(currency=Currency(currency), base_salary=base, base_low=low, base_high=high, rate_year=rate_year)


def _amount_field(measure: Measure) -> tuple[str, object, Any]:
    def getter(table: PayTable) -> Callable[[int], float | None]:
        basis, (amounts, reported) = table.amounts, table.columns.amounts[measure]
        if basis:
            return lambda row: _float(basis.to_list(measure, [row])[0])
        amount, is_reported = amounts.item, reported.item
        return lambda row: float(amount(row)) if is_reported(row) else None

    def read_rows(table: PayTable, rows: list[int]) -> list[float | None]:
        stored, basis = table.columns.amounts[measure], table.amounts
        return list(map(_float, basis.to_list(measure, rows) if basis else stored.to_list(rows)))

    return measure.value, float | None, column(getter, read_rows, MEASURES[measure].description)


def _float(amount: int | None) -> float | None:
    return None if amount is None else float(amount)


@strawberry.type(
    description="Amounts per year in the requested currency, converted from the reported one at the exchange rates of the "
    "record's year; as reported if the two are the same. Null if not reported, and adjusted for the cost of living also if "
    "no price level of the record's place is known."
)
@with_fields((spec.measure for spec in MEASURES.values() if spec.unit is Unit.MONEY_PER_YEAR), _amount_field)
class Pay:
    """A field for each measure of pay."""

    table: strawberry.Private[PayTable]
    row: strawberry.Private[int]
    currency: Currency = read("table.currency", "Requested currency.")

    @strawberry.field(description="Pay as reported, before conversion and adjustment.")
    def reported(self) -> ReportedPay:
        columns, rates = self.table.columns, self.table.index.reference.rates
        amounts = (columns.reported_pay.amounts[name].value(self.row) for name in REPORTED_AMOUNTS)
        return reported_pay(rates, columns.reported_pay.currency(self.row), columns.month(self.row), *amounts)


def _values(factor: Factor, description: str) -> Any:
    def resolver(self: "SalaryRecord") -> list[FactorValue]:
        return [factor_value(self.table.index, number) for number in self.table.columns.many[factor].value(self.row)]

    return strawberry.field(resolver=resolver, description=description)


def _member(factor: Factor, enum: type[StrEnum], description: str) -> Any:
    members = {member.value: member for member in enum}

    def member_of(index: Index, number: int | None) -> StrEnum | None:
        return None if number is None else members[index.reference.taxonomy[number].code]

    return coded(factor, member_of, description)


def _factor_field(factor: Factor) -> tuple[str, object, Any]:
    name, description = factor.value, FACTORS[factor].description
    if factor in MULTIPLE:
        return f"{name}s", list[FactorValue], _values(factor, description)
    if factor in CLOSED_FACTORS:
        enum = CLOSED_FACTORS[factor]
        return name, enum | None, _member(factor, enum, description)
    return name, FactorValue | None, coded(factor, factor_value_if_known, description)


def _years(index: Index, number: int | None) -> int | None:
    code = "" if number is None else index.reference.taxonomy[number].code
    return int(code) if code.isdigit() else None


def _source(index: Index, number: int | None) -> Source:
    return source_of(index, cast(int, number))


def _pay(self: "SalaryRecord", currency: InCurrency = USD, adjust: Adjust = Adjustment.NONE) -> Pay:
    return Pay(table=self.table.pay(currency or USD, adjust), row=self.row)


def _pay_of(table: RecordTable, currency: str | None, adjust: Adjustment) -> Callable[[int], Pay]:
    pay = table.pay(currency or USD, adjust)
    return lambda row: Pay(table=pay, row=row)


def _pay_of_rows(table: RecordTable, rows: list[int], currency: str | None, adjust: Adjustment) -> list[Pay]:
    return list(map(_pay_of(table, currency, adjust), rows))


def _month(table: RecordTable) -> Callable[[int], int]:
    return table.columns.month


def _months(table: RecordTable, rows: list[int]) -> list[int | None]:
    return table.columns.months.to_list(rows)


def _id(table: RecordTable) -> Callable[[int], strawberry.ID]:
    text = table.columns.id_text
    return lambda row: global_id(text(row))


def _ids(table: RecordTable, rows: list[int]) -> list[strawberry.ID]:
    return list(map(global_id, table.columns.id_texts(rows)))


@strawberry.type(description="Published record. Of contributed pay it has only a class, one rounded amount and a quarter.")
@with_fields((factor for factor in Factor if factor in {*SINGLE, *MULTIPLE} - UNPUBLISHED), _factor_field)
class SalaryRecord(Node):
    """A field for each published factor."""

    table: strawberry.Private[RecordTable]
    row: strawberry.Private[int]
    id: strawberry.ID = column(_id, _ids, ID)
    pay: Pay = strawberry.field(resolver=_pay, description="Pay.", metadata={COLUMN: Column(_pay_of, _pay_of_rows)})
    experience: int | None = coded(
        Factor.EXPERIENCE, _years, "Years of professional experience; null if missing or reported as a band."
    )
    experience_band: FactorValue | None = coded(
        Factor.EXPERIENCE,
        factor_value_if_known,
        "Years of professional experience as reported: a single number of years or a band.",
    )
    effective: Month = column(
        _month, _months, "Month in which the pay applied; January if the source reports only the year."
    )
    source: Source = coded(Factor.SOURCE, _source, "Data set that the record comes from.")


def global_id(id_: UUID | str) -> strawberry.ID:
    """The id of a record in the API: that of `node_id`, in less time."""
    return strawberry.ID(b2a_base64(f"SalaryRecord:{id_}".encode(), newline=False).decode())


def record_id(global_: str) -> UUID | None:
    """The record that an id of the API refers to; None for anything else."""
    type_, key = parse_id(global_) or ("", "")
    return _uuid(key) if type_ == SalaryRecord.__name__ else None


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


@found_by(SalaryRecord.__name__)
def _find(context: Context, key: str) -> SalaryRecord | None:
    """The record with an id; None if the edition has no such record."""
    index, id_ = context.index, _uuid(key)
    found = index.record(id_) if id_ else None
    if found is None:
        return None
    columns, row = found
    return SalaryRecord(table=table_of(index, columns), row=row)


@strawberry.type(description="Record in a list, with its cursor.")
class SalaryRecordEdge:
    cursor: str = strawberry.field(description="Cursor for `after` or `before`.")
    node: SalaryRecord = strawberry.field(description="The record.")


@strawberry.type(description="Page of records.")
class SalaryRecordConnection:
    page: strawberry.Private[listing.Page]

    @strawberry.field(description="Records with their cursors.")
    def edges(self) -> list[SalaryRecordEdge]:
        return [SalaryRecordEdge(cursor=self.page.cursor(record.row), node=record) for record in self._records]

    @strawberry.field(description="Position of the page.")
    def page_info(self) -> PageInfo:
        ends = [self.page.cursor(row) for row in (self.page.rows[:1] + self.page.rows[-1:])]
        return PageInfo.of(ends, has_next=self.page.has_next, has_previous=self.page.has_previous)

    @strawberry.field(description="Number of records on all pages; exact.")
    def total_count(self) -> int:
        return self.page.total

    @strawberry.field(description="Records without cursors.")
    def nodes(self) -> list[SalaryRecord]:
        return self._records

    @property
    def _records(self) -> list[SalaryRecord]:
        table = table_of(self.page.index, self.page.index.columns)
        return [SalaryRecord(table=table, row=row) for row in self.page.rows]


async def record_page(
    cohort: Cohort, order: listing.RecordOrder, arguments: listing.PageArguments
) -> SalaryRecordConnection:
    """A page of a cohort's records. Raises InputError for invalid arguments."""
    measure = listing.measure_of(order)
    if measure:
        await cohort.prepare(measure)
    return SalaryRecordConnection(page=listing.page(cohort, order, arguments))
