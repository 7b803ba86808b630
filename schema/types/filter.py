"""The filter of cohorts and records."""

from typing import Any

import strawberry

from schema.types.enums import EducationLevel, EmployerSize, EmployerType, EmploymentType, Level, SourceKind, WorkMode
from schema.types.scalars import Code, Month
from service.market.filter import CohortFilter as Asked
from service.market.filter import SetFilter as AskedSet
from service.vocabulary.factors import Factor


@strawberry.input(description="Numbers from `min` to `max`, both included; an end left out is open.")
class IntRange:
    min: int | None = strawberry.field(default=None, description="The least number.")
    max: int | None = strawberry.field(default=None, description="The greatest number.")


@strawberry.input(description="Months from one to another, both included; an end left out is open.")
class MonthRange:
    from_: Month | None = strawberry.field(default=None, name="from", description="The first month.")
    to: Month | None = strawberry.field(default=None, description="The last month.")


@strawberry.input(description="A record matches when it has all of `all`, at least one of `any` and none of `none`.")
class SetFilter:
    all: list[Code] | None = strawberry.field(default=None, description="Values that a record must all have.")
    any: list[Code] | None = strawberry.field(default=None, description="Values of which a record must have one or more.")
    none: list[Code] | None = strawberry.field(default=None, description="Values of which a record may have none.")


def _codes(what: str) -> Any:
    return strawberry.field(default=None, description=f"Codes of {what}; each includes what lies below it.")


@strawberry.input(
    description="Every field narrows; the values within one field are alternatives, and an empty list asks nothing. "
    "Records that do not tell a factor match no filter on it."
)
class CohortFilter:
    role: list[Code] | None = _codes("roles or families of roles")
    specialization: SetFilter | None = strawberry.field(default=None, description="Fields within machine learning.")
    level: list[Level] | None = strawberry.field(default=None, description="Seniority.")
    experience: IntRange | None = strawberry.field(
        default=None,
        description="Years of professional experience; a record of a band matches when all of it does.",
    )
    employment_type: list[EmploymentType] | None = strawberry.field(default=None, description="Kinds of contract.")
    work_mode: list[WorkMode] | None = strawberry.field(default=None, description="On site, hybrid, remote.")
    country: list[Code] | None = _codes("countries or continents")
    subdivision: list[Code] | None = _codes("states, provinces or regions")
    metro: list[Code] | None = _codes("metropolitan areas")
    industry: list[Code] | None = _codes("industries")
    employer: list[Code] | None = _codes("employers")
    employer_size: list[EmployerSize] | None = strawberry.field(default=None, description="Sizes of employers.")
    employer_type: list[EmployerType] | None = strawberry.field(default=None, description="Kinds of organisation.")
    education: list[EducationLevel] | None = strawberry.field(default=None, description="Highest degrees.")
    field_of_study: list[Code] | None = _codes("fields of study")
    certification: SetFilter | None = strawberry.field(default=None, description="Professional certificates.")
    skill: SetFilter | None = strawberry.field(default=None, description="Languages, frameworks and tools.")
    benefit: SetFilter | None = strawberry.field(default=None, description="Benefits beside pay.")
    competing_offers: IntRange | None = strawberry.field(default=None, description="Offers at hand in the negotiation.")
    effective: MonthRange | None = strawberry.field(default=None, description="The months that the pay is of.")
    source: list[Code] | None = _codes("sources")
    source_kind: list[SourceKind] | None = strawberry.field(default=None, description="What the records are.")


_FACTORS = {factor.value: factor for factor in Factor}


def asked(where: CohortFilter | None) -> Asked:
    """The filter in the market's terms; fields carry the names of their factors."""
    if where is None:
        return Asked()
    given = [(name, value) for name, value in vars(where).items() if value is not None]
    return Asked(
        codes={_FACTORS[name]: value for name, value in given if isinstance(value, list)},
        sets={_FACTORS[name]: _set(value) for name, value in given if isinstance(value, SetFilter)},
        ranges={_FACTORS[name]: (value.min, value.max) for name, value in given if isinstance(value, IntRange)},
        months=(where.effective.from_, where.effective.to) if where.effective else (None, None),
    )


def _set(given: SetFilter) -> AskedSet:
    return AskedSet(given.all or (), given.any or (), given.none or ())
