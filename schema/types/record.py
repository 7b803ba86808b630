"""Published records and their connection."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

import strawberry

from schema.compiled.fields import column
from schema.compiled.fields import RecordTable, coded, table_of
from schema.types.enums import (
    EducationLevel,
    EmployerSize,
    EmployerType,
    EmploymentType,
    Level,
    SortDirection,
    WorkMode,
)
from schema.types.page import PageInfo
from schema.types.pay import Pay
from schema.types.scalars import Currency, Month
from schema.types.source import Source, source_of
from schema.types.vocabulary import FactorValue, factor_value, shown
from service.index.index import Index
from service.market import listing
from service.market.cohort import Cohort
from service.market.listing import RecordOrderField
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@strawberry.interface(description="Anything that can be asked for again by its id.")
class Node:
    id: strawberry.ID = strawberry.field(description="Opaque; stays the same from edition to edition.")


def _value(factor: Factor, description: str) -> Any:
    return coded(factor, factor_value, description)


def _values(factor: Factor, description: str) -> Any:
    def resolver(self: "SalaryRecord") -> list[FactorValue]:
        return [shown(self.table.index, number) for number in self.table.columns.many[factor].value(self.row)]

    return strawberry.field(resolver=resolver, description=description)


def _member(factor: Factor, kind: type[StrEnum], description: str) -> Any:
    members = {member.value: member for member in kind}

    def tell(index: Index, number: int | None) -> StrEnum | None:
        return None if number is None else members[index.reference.taxonomy[number].code]

    return coded(factor, tell, description)


def _years(index: Index, number: int | None) -> int | None:
    code = "" if number is None else index.reference.taxonomy[number].code
    return int(code) if code.isdigit() else None


def _source(index: Index, number: int | None) -> Source:
    return source_of(index, cast(int, number))


def _pay(self: "SalaryRecord") -> Pay:
    return Pay(table=self.table, row=self.row)


def _month(table: RecordTable) -> Callable[[int], int]:
    return table.columns.month


def _months(table: RecordTable, rows: list[int]) -> list[int | None]:
    return table.columns.months.to_list(rows)


def _id(table: RecordTable) -> Callable[[int], strawberry.ID]:
    text = table.columns.id_text
    return lambda row: global_id(text(row))


def _ids(table: RecordTable, rows: list[int]) -> list[strawberry.ID]:
    return list(map(global_id, table.columns.id_texts(rows)))


@strawberry.type(description="One published record: only as much of it as its disclosure rule lets through.")
class SalaryRecord(Node):
    table: strawberry.Private[RecordTable]
    row: strawberry.Private[int]
    id: strawberry.ID = column(_id, _ids, "Opaque; stays the same from edition to edition.")

    pay: Pay = strawberry.field(resolver=_pay, description="What it pays.")
    role: FactorValue | None = _value(Factor.ROLE, "The work done; null where the title told no role.")
    specializations: list[FactorValue] = _values(Factor.SPECIALIZATION, "Fields within machine learning.")
    level: Level | None = _member(Factor.LEVEL, Level, "Seniority.")
    experience: int | None = coded(
        Factor.EXPERIENCE, _years, "Years of professional experience; null where untold or told as a band."
    )
    experience_band: FactorValue | None = _value(
        Factor.EXPERIENCE, "Years of professional experience as told: single years or a band."
    )
    employment_type: EmploymentType | None = _member(Factor.EMPLOYMENT_TYPE, EmploymentType, "The kind of contract.")
    work_mode: WorkMode | None = _member(Factor.WORK_MODE, WorkMode, "On site, hybrid or remote.")
    country: FactorValue | None = _value(Factor.COUNTRY, "Country of the workplace.")
    subdivision: FactorValue | None = _value(Factor.SUBDIVISION, "State, province or region of the workplace.")
    metro: FactorValue | None = _value(Factor.METRO, "Metropolitan area of the workplace.")
    industry: FactorValue | None = _value(Factor.INDUSTRY, "The employer's industry.")
    employer: FactorValue | None = _value(
        Factor.EMPLOYER, "The employer, where the source names it and enough records share it."
    )
    employer_size: EmployerSize | None = _member(Factor.EMPLOYER_SIZE, EmployerSize, "The employer's number of people.")
    employer_type: EmployerType | None = _member(
        Factor.EMPLOYER_TYPE, EmployerType, "What kind of organisation the employer is."
    )
    education: EducationLevel | None = _member(Factor.EDUCATION, EducationLevel, "Highest degree.")
    field_of_study: FactorValue | None = _value(Factor.FIELD_OF_STUDY, "The degree's field.")
    certifications: list[FactorValue] = _values(Factor.CERTIFICATION, "Professional certificates.")
    skills: list[FactorValue] = _values(Factor.SKILL, "Languages, frameworks and tools.")
    benefits: list[FactorValue] = _values(Factor.BENEFIT, "Benefits beside pay.")

    effective: Month = column(_month, _months, "The month that the pay is of; January where the source tells only the year.")
    source: Source = coded(Factor.SOURCE, _source, "Where the record comes from.")


USD = Currency("USD")
_TYPE = "SalaryRecord:"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
"""Ids may come with the signs that base64 has for URLs."""


def global_id(id_: UUID | str) -> strawberry.ID:
    text = f"{_TYPE}{id_}".encode()
    return strawberry.ID(b2a_base64(text, newline=False).decode())  # letters, digits, : and - bring about neither + nor /


def record_id(global_: str) -> UUID | None:
    """The record that a global id names; None for anything else."""
    try:
        text = a2b_base64(global_.encode("ascii").translate(_URL_SAFE)).decode()
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
    of: strawberry.Private[listing.Page]
    cohort: strawberry.Private[Cohort]

    @strawberry.field(description="The records with their cursors.")
    def edges(self) -> list[SalaryRecordEdge]:
        return [SalaryRecordEdge(cursor=self.of.cursor(record.row), node=record) for record in self._records]

    @strawberry.field(description="Whether there is more, and where.")
    def page_info(self) -> PageInfo:
        ends = [self.of.cursor(row) for row in (self.of.rows[:1] + self.of.rows[-1:])]
        return PageInfo.of(ends, has_next=self.of.has_next, has_previous=self.of.has_previous)

    @strawberry.field(description="How many records there are on all pages; exact.")
    def total_count(self) -> int:
        return self.of.total

    @strawberry.field(description="The records without cursors.")
    def nodes(self) -> list[SalaryRecord]:
        return self._records

    @property
    def _records(self) -> list[SalaryRecord]:
        index, scale = self.of.index, self.cohort.scale(Measure.BASE_SALARY)
        table = table_of(index, index.columns, Currency(self.cohort.currency), scale)
        return [SalaryRecord(table=table, row=row) for row in self.of.rows]


async def records(cohort: Cohort, order: RecordOrder | None, window: listing.PageArguments) -> SalaryRecordConnection:
    """A page of a cohort's records."""
    asked = listing.RecordOrder(order.field, order.direction is SortDirection.DESC) if order else listing.RecordOrder()
    measure = listing.measure_of(asked)
    if measure:
        await cohort.index.prepare(measure)
    page = listing.page(cohort, asked, window)
    return SalaryRecordConnection(of=page, cohort=cohort)


def node(index: Index, global_: str) -> SalaryRecord | None:
    """The record with a global id, in US dollars; None when the edition has none."""
    id_ = record_id(global_)
    located = index.record(id_) if id_ else None
    if located is None:
        return None
    columns, row = located
    return SalaryRecord(table=table_of(index, columns, USD, 1.0), row=row)
