"""Profiles: who pay is for."""

from typing import Any

import strawberry

from schema.types.enums import EducationLevel, EmployerSize, EmployerType, EmploymentType, Level, WorkMode
from schema.types.scalars import Code
from service.market.profile import MANY, ONE, Profile, profile_of
from service.vocabulary.taxonomy import Taxonomy


def _told(what: str) -> Any:
    return strawberry.field(default=None, description=what)


@strawberry.input(
    description="Who the pay is for. What is left out is not used. A metro area brings its subdivision and country; places "
    "that contradict each other are refused."
)
class ProfileInput:
    role: Code = strawberry.field(description="The role, or a family of roles.")
    level: Level | None = _told("Seniority.")
    experience: int | None = _told("Whole years of professional experience, 0 to 60.")
    employment_type: EmploymentType | None = strawberry.field(
        default=EmploymentType.FULL_TIME, description="The kind of contract; null leaves it out."
    )
    work_mode: WorkMode | None = _told("On site, hybrid or remote.")
    country: Code = strawberry.field(description="The country of the workplace, or a continent.")
    subdivision: Code | None = _told("Its state, province or region.")
    metro: Code | None = _told("Its metropolitan area.")
    industry: Code | None = _told("The employer's industry.")
    employer: Code | None = _told("The employer, where it is known here.")
    employer_size: EmployerSize | None = _told("The employer's number of people.")
    employer_type: EmployerType | None = _told("The kind of organisation.")
    education: EducationLevel | None = _told("Highest degree.")
    specializations: list[Code] | None = _told("Fields within machine learning; a record with any of them is alike.")
    skills: list[Code] | None = _told("Languages, frameworks and tools; a record with any of them is alike.")
    certifications: list[Code] | None = _told("Professional certificates; a record with any of them is alike.")


def profile(given: ProfileInput, taxonomy: Taxonomy) -> Profile:
    """The profile in the market's terms; fields carry the names of their factors, in the plural where there are several."""
    one = {factor: code for factor in ONE if (code := getattr(given, factor.value)) is not None}
    many = {factor: getattr(given, f"{factor.value}s") or () for factor in MANY}
    return profile_of(taxonomy, one, many, given.experience)
