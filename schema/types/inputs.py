"""Answers as contributors give them."""

from dataclasses import replace
from typing import Any

import strawberry

from schema.types.enums import EducationLevel, EmployerSize, EmployerType, EmploymentType, Level, WorkMode
from schema.types.scalars import Code, Currency, Month
from service.intake.validation import ParsedSubmission
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

_SINGLE = (
    Factor.ROLE,
    Factor.LEVEL,
    Factor.EMPLOYMENT_TYPE,
    Factor.WORK_MODE,
    Factor.COUNTRY,
    Factor.SUBDIVISION,
    Factor.METRO,
    Factor.INDUSTRY,
    Factor.EMPLOYER_SIZE,
    Factor.EMPLOYER_TYPE,
    Factor.EDUCATION,
    Factor.FIELD_OF_STUDY,
)
_ONE = tuple((factor, factor.value) for factor in _SINGLE)
_MANY = tuple(
    (factor, f"{factor.value}s") for factor in (Factor.SPECIALIZATION, Factor.CERTIFICATION, Factor.SKILL, Factor.BENEFIT)
)
_SCORES = tuple(
    (measure, measure.value) for measure in (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)
)
_AMENDABLE = ("base_salary", "bonus", "equity", "experience", "effective")


def _optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="What someone earns, gross, full-time equivalent, a year. What is left out is not told.")
class SalarySubmissionInput:
    idempotency_key: str = strawberry.field(
        description="A random text of 16 to 200 characters, such as a UUID. Repeating a submission with the same key "
        "changes nothing and returns the first answer."
    )
    proof: str = strawberry.field(
        description="The solved proof-of-work challenge of GET /challenge, as ALTCHA's base64 payload; works once, for ten "
        "minutes. Empty where the service asks for none."
    )
    role: Code = strawberry.field(description="Code of the work done.")
    specializations: list[Code] | None = _optional("Codes of fields within machine learning.")
    level: Level = strawberry.field(description="Seniority.")
    experience: int = strawberry.field(description="Whole years of professional experience, 0 to 60.")
    employment_type: EmploymentType = strawberry.field(
        default=EmploymentType.FULL_TIME, description="The kind of contract; tell pay as if for full time."
    )
    work_mode: WorkMode = strawberry.field(description="Where the work is done.")
    country: Code = strawberry.field(description="Code of the country of the workplace.")
    subdivision: Code | None = _optional("Code of the state, province or region; a metropolitan area brings its own.")
    metro: Code | None = _optional("Code of the metropolitan area.")
    industry: Code | None = _optional("Code of the employer's industry.")
    employer: str | None = _optional(
        "The employer's name, at most 120 characters. It is published only with enough others who tell the same of "
        "themselves."
    )
    employer_size: EmployerSize | None = _optional("How many people the employer has.")
    employer_type: EmployerType | None = _optional("What kind of organisation the employer is.")
    education: EducationLevel | None = _optional("Highest degree.")
    field_of_study: Code | None = _optional("Code of the degree's field.")
    certifications: list[Code] | None = _optional("Codes of professional certificates.")
    skills: list[Code] | None = _optional("Codes of languages, frameworks and tools.")
    currency: Currency = strawberry.field(description="The currency that all amounts are in.")
    base_salary: float = strawberry.field(description="Base salary a year, in whole units of the currency.")
    bonus: float | None = _optional("Bonus a year, target or paid; 0 says that there is none.")
    equity: float | None = _optional(
        "Equity grant over the years of its vesting, at today's value; 0 says that there is none."
    )
    benefits: list[Code] | None = _optional("Codes of benefits beside pay.")
    initial_offer: float | None = _optional("The first offer's yearly total, if it was negotiated; in the currency.")
    competing_offers: int | None = _optional("How many other offers were at hand, 0 to 20.")
    job_satisfaction: int | None = _optional("A score from 1, the lowest, to 5; never told of a single record.")
    career_growth: int | None = _optional("A score from 1, the lowest, to 5; never told of a single record.")
    work_life_balance: int | None = _optional("A score from 1, the lowest, to 5; never told of a single record.")
    effective: Month = strawberry.field(description="The month that the pay is of, not later than this one.")


@strawberry.input(description="What is to be another answer now; what is left out or null stays as it is.")
class SalaryAmendmentInput:
    base_salary: float | None = _optional("Base salary a year, in the currency of the submission.")
    bonus: float | None = _optional("Bonus a year, in the currency of the submission.")
    equity: float | None = _optional("Equity a year, in the currency of the submission.")
    level: Level | None = _optional("Seniority.")
    experience: int | None = _optional("Whole years of professional experience, 0 to 60.")
    work_mode: WorkMode | None = _optional("Where the work is done.")
    effective: Month | None = _optional("The month that the pay is of, not later than this one.")


def told(given: SalarySubmissionInput) -> ParsedSubmission:
    """A submission in the terms of intake; fields carry the names of their factors."""
    return ParsedSubmission(
        one={factor: str(code) for factor, name in _ONE if (code := getattr(given, name)) is not None},
        many={factor: codes for factor, name in _MANY if (codes := getattr(given, name))},
        experience=given.experience,
        effective=given.effective,
        currency=given.currency,
        base_salary=given.base_salary,
        bonus=given.bonus,
        equity=given.equity,
        employer=given.employer,
        initial_offer=given.initial_offer,
        competing_offers=given.competing_offers,
        scores={measure: score for measure, name in _SCORES if (score := getattr(given, name)) is not None},
    )


def changed(answers: SubmissionAnswers, changes: SalaryAmendmentInput) -> ParsedSubmission:
    """The answers as they would have been typed, with some in place of others."""
    counts = (Factor.EXPERIENCE, Factor.COMPETING_OFFERS)
    offers = answers.one.get(Factor.COMPETING_OFFERS)
    before = ParsedSubmission(
        one={factor: code for factor, code in answers.one.items() if factor not in counts},
        many=answers.many,
        experience=answers.experience,
        effective=answers.effective,
        currency=answers.currency,
        base_salary=answers.base,
        bonus=answers.bonus,
        equity=answers.equity,
        employer=answers.employer,
        initial_offer=answers.initial_offer,
        competing_offers=int(offers) if offers else None,
        scores=answers.scores,
    )
    given = {name: value for name in _AMENDABLE if (value := getattr(changes, name)) is not None}
    codes = {factor: str(code) for factor in (Factor.LEVEL, Factor.WORK_MODE) if (code := getattr(changes, factor.value))}
    return replace(before, one={**before.one, **codes}, **given)
