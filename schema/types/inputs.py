"""Inputs: filters, profiles, offers, sort orders and submitted answers, and how they become those of the service."""

from dataclasses import replace
from typing import Annotated, Any

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from schema.types.definitions import with_fields
from schema.types.enums import (
    CLOSED_FACTORS,
    EducationLevel,
    EmployerSize,
    EmployerType,
    EmploymentType,
    Level,
    SortDirection,
    WorkMode,
)
from schema.types.scalars import USD, Code, Currency, Month
from service.errors import collected_problems
from service.intake.validation import EMPLOYER, IDEMPOTENCY_KEY, MAX_AGE, ParsedSubmission
from service.market import filter as market
from service.market import grouping, listing
from service.market.grouping import GroupOrderField
from service.market.listing import RecordOrderField
from service.market.offer import MAX_LABEL_CHARACTERS, MAX_VESTING_YEARS, MIN_VESTING_YEARS, Offer, check_offer
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile, profile_of
from service.store.reference import Reference
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import FACTORS, MULTIPLE, PLACES, SINGLE, Factor
from service.vocabulary.measures import Adjustment, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import MAX_COMPETING_OFFERS, MAX_YEARS

NUMERIC = frozenset({Factor.EXPERIENCE, Factor.COMPETING_OFFERS})
"""Factors that are counts, filtered by a range."""
_YEARS = f"Years of professional experience, 0 to {MAX_YEARS}."


InCurrency = Annotated[
    Currency | None,
    strawberry.argument(
        description="Currency of amounts. Each record is converted from its reported currency at the exchange rates of its "
        "own year; records reported in this currency keep their amounts. USD if null."
    ),
]
Adjust = Annotated[Adjustment, strawberry.argument(description="Adjustment of amounts.")]


def optional(description: str) -> Any:
    return strawberry.field(default=None, description=description)


@strawberry.input(description="Range of whole numbers, both ends inclusive; a missing end is unbounded.")
class IntRange:
    min: int | None = optional("Minimum.")
    max: int | None = optional("Maximum.")


@strawberry.input(description="Range of months, both ends inclusive; a missing end is unbounded.")
class MonthRange:
    from_: Month | None = strawberry.field(default=None, name="from", description="First month.")
    to: Month | None = optional("Last month.")


@strawberry.input(description="Filter on a factor with several values per record. Empty lists have no effect.")
class SetFilter:
    all: list[Code] | None = optional("The record has all of these values.")
    any: list[Code] | None = optional("The record has at least one of these values.")
    none: list[Code] | None = optional("The record reports the factor, and has none of these values.")


@strawberry.input(
    description="Filter on any factor by the codes that groups, facets and records return. All parts must match; empty "
    "lists have no effect."
)
class FactorMatch:
    factor: Factor = strawberry.field(description="Factor.")
    any: list[Code] | None = optional(
        "The record has at least one of these values: codes of the factor, or names of its enumeration such as FULL_TIME. A "
        "code includes its descendants."
    )
    all: list[Code] | None = optional("The record has all of these values.")
    none: list[Code] | None = optional("The record reports the factor, and has none of these values.")


def _filter_field(factor: Factor) -> tuple[str, object, Any]:
    name, description = factor.value, FACTORS[factor].description
    if factor is Factor.YEAR:
        return "effective", MonthRange | None, optional("Month in which the pay applied.")
    if factor in MULTIPLE:
        return name, SetFilter | None, optional(description)
    if factor in NUMERIC:
        return name, IntRange | None, optional(f"{description} A band matches if all of it is in the range.")
    if factor in CLOSED_FACTORS:
        return name, list[CLOSED_FACTORS[factor]] | None, optional(description)  # type: ignore[valid-type]
    return name, list[Code] | None, optional(f"{description} A code includes its descendants.")


@strawberry.input(
    description="Filter on records. Fields are combined with AND, the values of one field with OR; an empty list has no "
    "effect. Records with a missing value never match a filter on that factor."
)
@with_fields((factor for factor in Factor if factor is not Factor.QUARTER), _filter_field)
class CohortFilter:
    """A field for each factor; years and quarters are filtered by the month they are derived from, or by `match`."""

    match: list[FactorMatch] | None = optional("Filters on any factors, by codes. A factor may have several.")
    missing: list[Factor] | None = optional("Factors that the record does not report.")


def filter_of(where: CohortFilter | None) -> market.CohortFilter:
    """The filter of the market; fields have the names of their factors."""
    if where is None:
        return market.CohortFilter()
    fields = dict(vars(where))
    effective: MonthRange | None = fields.pop("effective")
    matches: list[FactorMatch] | None = fields.pop("match")
    missing: list[Factor] | None = fields.pop("missing")
    values = {Factor(name): value for name, value in fields.items() if value is not None}
    return market.CohortFilter(
        codes={factor: value for factor, value in values.items() if isinstance(value, list)},
        sets={
            factor: market.SetFilter(value.all or (), value.any or (), value.none or ())
            for factor, value in values.items()
            if isinstance(value, SetFilter)
        },
        ranges={factor: (value.min, value.max) for factor, value in values.items() if isinstance(value, IntRange)},
        months=(effective.from_, effective.to) if effective else (None, None),
        matches=[(match.factor, _set_of(match)) for match in matches or ()],
        missing=missing or (),
    )


def _set_of(match: FactorMatch) -> market.SetFilter:
    """The codes to match, those that records return as names of an enumeration included."""
    names = getattr(CLOSED_FACTORS.get(match.factor), "__members__", {})
    parts = (match.all, match.any, match.none)
    return market.SetFilter(*([names.get(code, code) for code in part or ()] for part in parts))


@strawberry.input(description="Sort order of groups.")
class GroupOrder:
    field: GroupOrderField = strawberry.field(description="Sort key.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Sort direction.")
    measure: Measure = strawberry.field(
        default=Measure.TOTAL_COMPENSATION, description="Measure of the sort keys MEDIAN, MEAN, P10 and P90."
    )


def group_order_of(order: GroupOrder | None) -> grouping.GroupOrder | None:
    return grouping.GroupOrder(order.field, order.direction is SortDirection.DESC, order.measure) if order else None


@strawberry.input(description="Sort order of records.")
class RecordOrder:
    field: RecordOrderField = strawberry.field(description="Sort key.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Sort direction.")


def record_order_of(order: RecordOrder | None) -> listing.RecordOrder:
    return listing.RecordOrder(order.field, order.direction is SortDirection.DESC) if order else listing.RecordOrder()


_PROFILE = {*SINGLE_VALUED, *MULTI_VALUED, Factor.EXPERIENCE}


def _profile_field(factor: Factor) -> tuple[str, object, Any]:
    description = FACTORS[factor].description
    if factor is Factor.EXPERIENCE:
        return factor.value, int | None, optional(_YEARS)
    if factor in MULTI_VALUED:
        return f"{factor.value}s", list[Code] | None, optional(f"{description} A record with any of them is comparable.")
    return factor.value, CLOSED_FACTORS.get(factor, Code) | None, optional(description)


@strawberry.input(
    description="Job and person to compare pay for. Missing values are not used. A metro area implies its subdivision and "
    "country; contradictory places are rejected."
)
@with_fields((factor for factor in Factor if factor in _PROFILE), _profile_field)
class ProfileInput:
    role: Code = strawberry.field(description="Role or role family.")
    country: Code = strawberry.field(description="Country of the workplace, or a continent.")
    employment_type: EmploymentType | None = strawberry.field(
        default=EmploymentType.FULL_TIME, description="Type of employment; null to ignore it."
    )


def profile_from(input_: ProfileInput, taxonomy: Taxonomy) -> Profile:
    """The profile of the market; fields have the names of their factors, in the plural where there are several values.

    Raises InputError with every unknown code and contradictory place.
    """
    one = {factor: code for factor in SINGLE_VALUED if (code := getattr(input_, factor.value)) is not None}
    many = {factor: getattr(input_, f"{factor.value}s") or () for factor in MULTI_VALUED}
    return profile_of(taxonomy, one, many, getattr(input_, Factor.EXPERIENCE))


def profile_variable(profile: Profile) -> dict[str, object]:
    """The input of a profile, as JSON."""
    found: dict[str, object] = {Factor.EXPERIENCE.value: profile.experience}
    for factor in SINGLE_VALUED:
        code, enum = profile.one.get(factor), CLOSED_FACTORS.get(factor)
        found[factor.value] = enum(code).name if enum and code else code
    found |= {f"{factor.value}s": list(codes) for factor, codes in profile.many.items()}
    given = {name: value for name, value in found.items() if value is not None or name == Factor.EMPLOYMENT_TYPE.value}
    return {to_camel_case(name): value for name, value in given.items()}


@strawberry.input(description="Job offer. Amounts are gross, for full-time work, in the offer's currency.")
class OfferInput:
    label: str | None = optional(f"Name of the offer, at most {MAX_LABEL_CHARACTERS} characters; returned unchanged.")
    profile: ProfileInput = strawberry.field(description="Candidate and job; the place is where the work is done from.")
    currency: Currency | None = strawberry.field(
        default=USD, description="Currency of all amounts of the offer and of its benchmark; USD if null."
    )
    base_salary: float = strawberry.field(description="Base salary per year.")
    target_bonus: float | None = strawberry.field(default=0, description="Bonus per year if targets are met.")
    sign_on_bonus: float | None = strawberry.field(
        default=0,
        description="One-time bonus. A quarter of it counts towards the annualised total, all of it towards the first year.",
    )
    equity_grant: float | None = strawberry.field(
        default=0, description="Current value of the whole equity grant, spread evenly over the vesting period."
    )
    vesting_years: float | None = strawberry.field(
        default=4, description=f"Vesting period in years, {MIN_VESTING_YEARS} to {MAX_VESTING_YEARS}; 4 if null."
    )


def offer_of(input_: OfferInput, reference: Reference) -> Offer:
    """The offer of the market; null is the same as the default. Raises InputError with every problem of the offer."""
    offer = Offer(
        profile=Profile(),
        base=input_.base_salary,
        bonus=input_.target_bonus or 0,
        sign_on=input_.sign_on_bonus or 0,
        grant=input_.equity_grant or 0,
        vesting_years=4 if input_.vesting_years is None else input_.vesting_years,
        currency=input_.currency or USD,
        label=input_.label,
    )
    with collected_problems() as problems:
        with problems.at("currency"):
            rate = reference.rates.latest(offer.currency)
        with problems.at():
            check_offer(offer, rate if offer.currency in reference.rates else None)
        with problems.at("profile"):
            profile = profile_from(input_.profile, reference.taxonomy)
    return replace(offer, profile=profile)


_IN_TABLES = "Never in a record; published only in yearly tables with noise."
_SCORE = f"Score from 1 (lowest) to 5 (highest). {_IN_TABLES}"


def _name_of(factor: Factor) -> str:
    return f"{factor.value}s" if factor in MULTIPLE else factor.value


def _submission_field(factor: Factor) -> tuple[str, object, Any]:
    annotation = list[Code] | None if factor in MULTIPLE else CLOSED_FACTORS.get(factor, Code) | None
    return _name_of(factor), annotation, optional(FACTORS[factor].description)


def _with_other_factors(cls: type) -> type:
    """Add an optional field for each factor that records store and the class does not declare, except the source."""
    asked = (factor for factor in (*SINGLE, *MULTIPLE) if factor is not Factor.SOURCE)
    return with_fields((factor for factor in asked if _name_of(factor) not in cls.__annotations__), _submission_field)(cls)


@strawberry.input(description="Pay to submit: gross, full-time equivalent, per year. Missing values are not reported.")
@_with_other_factors
class SalarySubmissionInput:
    idempotency_key: str = strawberry.field(
        description=f"Random string of {IDEMPOTENCY_KEY}, such as a UUID. Repeating a submission with the same key and "
        "answers changes nothing and returns its receipt again; it needs a proof too, the first one or a new one."
    )
    proof: str = strawberry.field(
        description="Solved proof-of-work challenge of GET /challenge, as ALTCHA's base64 payload. Valid for ten "
        "minutes and for one submission, which may be repeated with it. Empty if the service requires none."
    )
    invitation: str | None = optional(
        "Invitation of the service's operator, usable once, or null. Required if the service takes contributions by "
        "invitation only. Not stored with the submission."
    )
    role: Code = strawberry.field(description="Role code.")
    specializations: list[Code] | None = optional("Codes of specializations within machine learning.")
    level: Level = strawberry.field(description="Seniority.")
    experience: int = strawberry.field(description=_YEARS)
    employment_type: EmploymentType = strawberry.field(
        default=EmploymentType.FULL_TIME, description="Type of employment; report pay as if for full time."
    )
    work_mode: WorkMode = strawberry.field(description="Where the work is done.")
    country: Code = strawberry.field(description="Code of the country of the workplace.")
    subdivision: Code | None = optional("Code of the state, province or region; implied by a metro area.")
    metro: Code | None = optional("Code of the metro area.")
    industry: Code | None = optional("Code of the employer's industry.")
    employer: str | None = optional(
        f"Employer name, at most {EMPLOYER.maximum} characters. Not published, except by a service for invited members that "
        "says so."
    )
    employer_size: EmployerSize | None = optional("Number of people at the employer.")
    employer_type: EmployerType | None = optional("Type of organisation.")
    education: EducationLevel | None = optional("Highest completed degree.")
    field_of_study: Code | None = optional("Code of the field of study.")
    certifications: list[Code] | None = optional("Codes of professional certifications.")
    skills: list[Code] | None = optional("Codes of languages, frameworks and tools.")
    currency: Currency = strawberry.field(description="Currency of all amounts.")
    base_salary: float = strawberry.field(description="Base salary per year, in whole units of the currency.")
    bonus: float | None = optional("Bonus per year, target or paid; 0 if there is none.")
    equity: float | None = optional(
        "Current value of the equity grant divided by its vesting period in years; 0 if there is none."
    )
    benefits: list[Code] | None = optional("Codes of benefits in addition to pay.")
    initial_offer: float | None = optional(f"Yearly total of the first offer, if the pay was negotiated. {_IN_TABLES}")
    competing_offers: int | None = optional(f"Number of competing offers, 0 to {MAX_COMPETING_OFFERS}. {_IN_TABLES}")
    job_satisfaction: int | None = optional(_SCORE)
    career_growth: int | None = optional(_SCORE)
    work_life_balance: int | None = optional(_SCORE)
    effective: Month = strawberry.field(
        description=f"Month in which the pay applied: the current one, or one of the {MAX_AGE} before."
    )


def _with_all_answers(cls: type) -> type:
    """Add an optional field for each answer of a submission that the class does not declare."""
    answers = [
        field
        for field in SalarySubmissionInput.__strawberry_definition__.fields  # type: ignore[attr-defined]
        if field.python_name not in ("idempotency_key", "proof", "invitation")
    ]
    return with_fields(answers, _amendment_field)(cls)


def _amendment_field(field: StrawberryField) -> tuple[str, object, Any]:
    name = field.python_name
    return name, SalarySubmissionInput.__annotations__[name] | None, optional(field.description or "")


@strawberry.input(
    description="Corrections to a submission; fields that are missing or null stay unchanged. An empty list or an empty "
    "employer clears that answer. To clear any other answer, withdraw and submit again."
)
@_with_all_answers
class SalaryAmendmentInput:
    country: Code | None = optional(
        "Code of the country of the workplace. A change of the country, subdivision or metro area replaces all three."
    )
    currency: Currency | None = optional("Currency of all amounts; those that are not changed keep their numbers.")


_SUBMITTED_ONE = tuple(factor for factor in SINGLE if factor not in NUMERIC | {Factor.EMPLOYER, Factor.SOURCE})
_SCORES = (Measure.JOB_SATISFACTION, Measure.CAREER_GROWTH, Measure.WORK_LIFE_BALANCE)
_PLAIN = (
    *("experience", "effective", "currency", "base_salary", "bonus", "equity"),
    *("employer", "initial_offer", "competing_offers"),
)
"""Answers that have the same name and value in an input and in a ParsedSubmission."""


def submission_of(input_: SalarySubmissionInput) -> ParsedSubmission:
    """The submission of the intake; fields have the names of their factors, in the plural where there are several values."""
    return ParsedSubmission(
        **_given_codes(input_), **{name: value for name in _PLAIN if (value := getattr(input_, name)) is not None}
    )


def _given_codes(input_: SalarySubmissionInput | SalaryAmendmentInput) -> dict[str, Any]:
    """The codes and scores of an input that are not null, as `one`, `many` and `scores` of a ParsedSubmission."""
    given = {name: value for name, value in vars(input_).items() if value is not None}
    return {
        "one": {factor: str(given[factor.value]) for factor in _SUBMITTED_ONE if factor.value in given},
        "many": {factor: given[_name_of(factor)] for factor in MULTIPLE if _name_of(factor) in given},
        "scores": {measure: given[measure.value] for measure in _SCORES if measure.value in given},
    }


def amended(answers: SubmissionAnswers, changes: SalaryAmendmentInput) -> ParsedSubmission:
    """The submission that the answers came from, with corrections applied."""
    offers = answers.one.get(Factor.COMPETING_OFFERS)
    before = ParsedSubmission(
        one={factor: code for factor, code in answers.one.items() if factor not in NUMERIC},
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
    codes = _given_codes(changes)
    moved = not codes["one"].keys().isdisjoint(PLACES)
    kept = {factor: code for factor, code in before.one.items() if not (moved and factor in PLACES)}
    plain = {name: value for name in _PLAIN if (value := getattr(changes, name)) is not None}
    if not plain.get("employer", "named").strip():
        plain["employer"] = None
    return replace(
        before,
        one={**kept, **codes["one"]},
        many={**before.many, **codes["many"]},
        scores={**before.scores, **codes["scores"]},
        **plain,
    )
