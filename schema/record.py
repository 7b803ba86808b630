"""Published records and their connection."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from uuid import UUID

import strawberry

from schema.context import Context
from schema.enums import (
    EducationLevel,
    EmployerSize,
    EmployerType,
    EmploymentType,
    Level,
    SortDirection,
    WorkMode,
)
from schema.page import PageInfo
from schema.scalars import Currency, Month
from schema.source import Source, source_of
from schema.vocabulary import FactorValue, factor_value, shown
from service.market import listing
from service.market.cohort import Cohort
from service.market.listing import RecordOrderField
from service.rank.index import Index
from service.store.records import Record, fetch_records
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@strawberry.interface(description="Anything that can be asked for again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; stays the same from edition to edition.")


@strawberry.type(description="Pay as the source reported it: whole units of its currency, annualised, before conversion.")
class ReportedPay:
    currency: Currency = strawberry.field(description="The currency of the report.")
    base_salary: float | None = strawberry.field(description="Base salary a year; of a range, its middle.")
    base_low: float | None = strawberry.field(description="The low end where a range was reported.")
    base_high: float | None = strawberry.field(description="The high end where a range was reported.")


@strawberry.type(
    description="Amounts per year in the currency asked for, at the newest yearly rate; null where the source does not tell."
)
class Pay:
    record: strawberry.Private[Record]
    scale: strawberry.Private[float]
    currency: Currency = strawberry.field(description="The currency asked for.")

    def _amount(self, measure: Measure) -> float | None:
        amount = self.record.measures.get(measure)
        return None if amount is None else amount * self.scale

    @strawberry.field(description="Fixed pay before bonus and equity.")
    def base_salary(self) -> float | None:
        return self._amount(Measure.BASE_SALARY)

    @strawberry.field(description="Yearly bonus, target or paid.")
    def bonus(self) -> float | None:
        return self._amount(Measure.BONUS)

    @strawberry.field(description="Equity grant, annualised over its vesting.")
    def equity(self) -> float | None:
        return self._amount(Measure.EQUITY)

    @strawberry.field(description="Base salary and bonus.")
    def total_cash(self) -> float | None:
        return self._amount(Measure.TOTAL_CASH)

    @strawberry.field(description="Total cash and annualised equity.")
    def total_compensation(self) -> float | None:
        return self._amount(Measure.TOTAL_COMPENSATION)

    @strawberry.field(description="As it was reported, before conversion.")
    def reported(self) -> ReportedPay:
        record = self.record
        return ReportedPay(
            currency=Currency(record.currency),
            base_salary=record.base_reported,
            base_low=record.base_low,
            base_high=record.base_high,
        )


@strawberry.type(description="One published record: only as much of it as its disclosure rule lets through.")
class SalaryRecord(Node):
    index: strawberry.Private[Index]
    of: strawberry.Private[Record]
    pay: Pay = strawberry.field(description="What it pays.")

    def _value(self, factor: Factor) -> FactorValue | None:
        return factor_value(self.index, self.of.one.get(factor))

    def _values(self, factor: Factor) -> list[FactorValue]:
        return [shown(self.index, number) for number in self.of.many[factor]]

    def _code(self, factor: Factor) -> str | None:
        value = self.index.reference.taxonomy.get(self.of.one.get(factor))
        return value.code if value else None

    @strawberry.field(description="The work done; null where the title told no role.")
    def role(self) -> FactorValue | None:
        return self._value(Factor.ROLE)

    @strawberry.field(description="Fields within machine learning.")
    def specializations(self) -> list[FactorValue]:
        return self._values(Factor.SPECIALIZATION)

    @strawberry.field(description="Seniority.")
    def level(self) -> Level | None:
        code = self._code(Factor.LEVEL)
        return Level(code) if code else None

    @strawberry.field(description="Years of professional experience; null where untold or told as a band.")
    def experience(self) -> int | None:
        code = self._code(Factor.EXPERIENCE)
        return int(code) if code and code.isdigit() else None

    @strawberry.field(description="Years of professional experience as told: single years or a band.")
    def experience_band(self) -> FactorValue | None:
        return self._value(Factor.EXPERIENCE)

    @strawberry.field(description="The kind of contract.")
    def employment_type(self) -> EmploymentType | None:
        code = self._code(Factor.EMPLOYMENT_TYPE)
        return EmploymentType(code) if code else None

    @strawberry.field(description="On site, hybrid or remote.")
    def work_mode(self) -> WorkMode | None:
        code = self._code(Factor.WORK_MODE)
        return WorkMode(code) if code else None

    @strawberry.field(description="Country of the workplace.")
    def country(self) -> FactorValue | None:
        return self._value(Factor.COUNTRY)

    @strawberry.field(description="State, province or region of the workplace.")
    def subdivision(self) -> FactorValue | None:
        return self._value(Factor.SUBDIVISION)

    @strawberry.field(description="Metropolitan area of the workplace.")
    def metro(self) -> FactorValue | None:
        return self._value(Factor.METRO)

    @strawberry.field(description="The employer's industry.")
    def industry(self) -> FactorValue | None:
        return self._value(Factor.INDUSTRY)

    @strawberry.field(description="The employer, where the source names it and enough records share it.")
    def employer(self) -> FactorValue | None:
        return self._value(Factor.EMPLOYER)

    @strawberry.field(description="The employer's number of people.")
    def employer_size(self) -> EmployerSize | None:
        code = self._code(Factor.EMPLOYER_SIZE)
        return EmployerSize(code) if code else None

    @strawberry.field(description="What kind of organisation the employer is.")
    def employer_type(self) -> EmployerType | None:
        code = self._code(Factor.EMPLOYER_TYPE)
        return EmployerType(code) if code else None

    @strawberry.field(description="Highest degree.")
    def education(self) -> EducationLevel | None:
        code = self._code(Factor.EDUCATION)
        return EducationLevel(code) if code else None

    @strawberry.field(description="The degree's field.")
    def field_of_study(self) -> FactorValue | None:
        return self._value(Factor.FIELD_OF_STUDY)

    @strawberry.field(description="Professional certificates.")
    def certifications(self) -> list[FactorValue]:
        return self._values(Factor.CERTIFICATION)

    @strawberry.field(description="Languages, frameworks and tools.")
    def skills(self) -> list[FactorValue]:
        return self._values(Factor.SKILL)

    @strawberry.field(description="Benefits beside pay.")
    def benefits(self) -> list[FactorValue]:
        return self._values(Factor.BENEFIT)

    @strawberry.field(description="The month that the pay is of; January where the source tells only the year.")
    def effective(self) -> Month:
        return Month(self.of.effective)

    @strawberry.field(description="Where the record comes from.")
    def source(self) -> Source:
        return source_of(self.index, self.of.one[Factor.SOURCE])


def salary_record(index: Index, record: Record, currency: str, scale: float) -> SalaryRecord:
    pay = Pay(record=record, scale=scale, currency=Currency(currency))
    return SalaryRecord(id=global_id(record.id), index=index, of=record, pay=pay)


_TYPE = "SalaryRecord:"


def global_id(id_: UUID) -> strawberry.ID:
    return strawberry.ID(urlsafe_b64encode(f"{_TYPE}{id_}".encode()).decode())


def record_id(global_: str) -> UUID | None:
    """The record that a global id names; None for anything else."""
    try:
        text = urlsafe_b64decode(global_.encode("ascii")).decode()
        return UUID(text.removeprefix(_TYPE)) if text.startswith(_TYPE) else None
    except ValueError:
        return None


@strawberry.input(description="How records are ordered.")
class RecordOrder:
    field: RecordOrderField = strawberry.field(description="What by.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Which end comes first.")


@strawberry.type(description="A record in a list, with its cursor.")
class SalaryRecordEdge:
    cursor: str = strawberry.field(description="Give it as `after` or `before` to go on from this record.")
    node: SalaryRecord = strawberry.field(description="The record.")


@strawberry.type(description="A page of records.")
class SalaryRecordConnection:
    edges: list[SalaryRecordEdge] = strawberry.field(description="The records with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where.")
    total_count: int = strawberry.field(description="How many records there are on all pages; exact.")

    @strawberry.field(description="The records without cursors.")
    def nodes(self) -> list[SalaryRecord]:
        return [edge.node for edge in self.edges]


async def records(
    context: Context, cohort: Cohort, order: RecordOrder | None, window: listing.Window
) -> SalaryRecordConnection:
    """A page of a cohort's records, read from the database in one statement."""
    asked = listing.RecordOrder(order.field, order.direction is SortDirection.DESC) if order else listing.RecordOrder()
    measure = listing.measure_of(asked)
    if measure:
        await cohort.index.prepare(measure)
    page = listing.page(cohort, asked, window)
    fetched = await _fetch(context, cohort.index, page.ids)
    scale = cohort.scale(Measure.BASE_SALARY)
    edges = [
        SalaryRecordEdge(cursor=cursor, node=salary_record(cohort.index, record, cohort.currency, scale))
        for cursor, record in zip(page.cursors, fetched, strict=True)
    ]
    info = PageInfo.of(page.cursors, has_next=page.has_next, has_previous=page.has_previous)
    return SalaryRecordConnection(edges=edges, page_info=info, total_count=page.total)


async def _fetch(context: Context, index: Index, ids: Sequence[UUID]) -> list[Record]:
    if not ids:
        return []
    async with context.database.read(index.edition.number) as connection:
        return await fetch_records(connection, ids, index.edition.number)


async def node(context: Context, global_: str) -> SalaryRecord | None:
    """The record with a global id, in US dollars; None when the current edition has none."""
    id_ = record_id(global_)
    found = await _fetch(context, context.index, [id_]) if id_ else []
    return salary_record(context.index, found[0], "USD", 1.0) if found else None
