"""Enumerations. Those of closed factors carry the codes of `service.vocabulary.factors`; a test holds the two equal."""

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import TypeVar

import strawberry

from service.market.grouping import GroupOrderField
from service.market.listing import RecordOrderField
from service.market.trend import Interval
from service.stats.suppression import CautionCode, Confidence, SuppressionCode
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure, Unit

E = TypeVar("E", bound=type[Enum])


def described(cls: E, description: str, values: Mapping[str, str], name: str | None = None) -> E:
    """Make an enumeration of ours a GraphQL one, each value with its description."""
    made = strawberry.enum(cls, name=name, description=description)
    for value in made.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
    return made


class Level(StrEnum):
    ENTRY = "entry"
    MID = "mid"
    SENIOR = "senior"
    STAFF = "staff"
    PRINCIPAL = "principal"
    EXECUTIVE = "executive"


class WorkMode(StrEnum):
    ON_SITE = "on-site"
    HYBRID = "hybrid"
    REMOTE = "remote"


class EmploymentType(StrEnum):
    FULL_TIME = "full-time"
    PART_TIME = "part-time"
    CONTRACT = "contract"
    FREELANCE = "freelance"


class EmployerSize(StrEnum):
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"
    ENTERPRISE = "enterprise"


class EmployerType(StrEnum):
    STARTUP = "startup"
    PRIVATE = "private"
    PUBLIC = "public"
    NONPROFIT = "nonprofit"
    GOVERNMENT = "government"
    ACADEMIA = "academia"
    AGENCY = "agency"


class EducationLevel(StrEnum):
    SECONDARY = "secondary"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTORATE = "doctorate"


class SourceKind(StrEnum):
    SELF_REPORTED = "self-reported"
    VERIFIED = "verified"
    SURVEY = "survey"
    POSTED_RANGE = "posted-range"
    GOVERNMENT_FILING = "government-filing"
    SAMPLE = "sample"


class SortDirection(StrEnum):
    ASC = "asc"
    DESC = "desc"


described(
    Factor,
    "What pay depends on. Each value of a factor may have a parent; a value includes its descendants.",
    {
        "ROLE": "The work done, as a tree of families and roles.",
        "SPECIALIZATION": "Fields within machine learning, such as natural language processing; a record may have several.",
        "LEVEL": "Seniority, from entry to executive.",
        "EXPERIENCE": "Years of professional experience, in bands that include single years.",
        "EMPLOYMENT_TYPE": "Full time, part time, contract or freelance; pay is always full-time equivalent.",
        "WORK_MODE": "On site, hybrid or remote.",
        "COUNTRY": "Country of the workplace, by ISO 3166 code, within continents.",
        "SUBDIVISION": "State, province or region of the workplace, by ISO 3166-2 code.",
        "METRO": "Metropolitan area of the workplace.",
        "INDUSTRY": "The employer's industry.",
        "EMPLOYER": "The employer, where the source names it and enough records share it.",
        "EMPLOYER_SIZE": "The employer's number of people.",
        "EMPLOYER_TYPE": "Start-up, private, public and so on.",
        "EDUCATION": "Highest degree.",
        "FIELD_OF_STUDY": "The degree's field.",
        "CERTIFICATION": "Professional certificates; a record may have several.",
        "SKILL": "Languages, frameworks and tools; a record may have several.",
        "BENEFIT": "Benefits beside pay; a record may have several.",
        "COMPETING_OFFERS": "How many other offers were at hand when the pay was negotiated.",
        "YEAR": "Calendar year that the pay is of.",
        "QUARTER": "Calendar quarter that the pay is of.",
        "SOURCE": "The data set that the record comes from.",
        "SOURCE_KIND": "What the record is: pay received, an advertised range, a filing, a made-up example.",
    },
)
described(
    Measure,
    "What can be measured on a record. Money is gross, full-time equivalent, per year.",
    {
        "BASE_SALARY": "Fixed pay before bonus and equity.",
        "BONUS": "Yearly bonus, target or paid.",
        "EQUITY": "Equity grant, annualised over its vesting.",
        "TOTAL_CASH": "Base salary and bonus.",
        "TOTAL_COMPENSATION": "Total cash and annualised equity; unknown where the source tells only base salary.",
        "NEGOTIATION_UPLIFT": "How much negotiation raised the first offer, in percent.",
        "JOB_SATISFACTION": "Satisfaction with the job, a score from 1 to 5.",
        "CAREER_GROWTH": "Prospects of growth, a score from 1 to 5.",
        "WORK_LIFE_BALANCE": "Balance of work and life, a score from 1 to 5.",
    },
)
described(
    Adjustment,
    "What amounts of money are divided by before they are compared.",
    {
        "NONE": "Amounts as they are.",
        "COST_OF_LIVING": "Amounts divided by the price level of the workplace, United States = 1. Not the cost of labour.",
    },
)
described(
    Unit,
    "What figures are counted in.",
    {
        "MONEY_PER_YEAR": "Money a year, in the currency asked for.",
        "PERCENT": "Percent.",
        "SCORE_1_TO_5": "A score from 1, the lowest, to 5.",
    },
)
described(
    Level,
    "Seniority of the position.",
    {
        "ENTRY": "First years in the profession.",
        "MID": "Works on their own.",
        "SENIOR": "Leads work of others by expertise.",
        "STAFF": "Leads across teams.",
        "PRINCIPAL": "Leads across the organisation.",
        "EXECUTIVE": "Directors, vice presidents, chiefs.",
    },
)
described(
    WorkMode,
    "Where the work is done.",
    {"ON_SITE": "At the employer's place.", "HYBRID": "In part at home.", "REMOTE": "Fully or almost fully remote."},
)
described(
    EmploymentType,
    "The kind of contract; pay is told as full-time equivalent.",
    {
        "FULL_TIME": "Employed full time.",
        "PART_TIME": "Employed part time.",
        "CONTRACT": "On a fixed-term or service contract.",
        "FREELANCE": "Self-employed.",
    },
)
described(
    EmployerSize,
    "How many people the employer has.",
    {
        "SMALL": "Under 50 people.",
        "MEDIUM": "50 to 249 people.",
        "LARGE": "250 people and more; includes ENTERPRISE.",
        "ENTERPRISE": "5,000 people and more.",
    },
)
described(
    EmployerType,
    "What kind of organisation the employer is.",
    {
        "STARTUP": "A young company on venture funding.",
        "PRIVATE": "A private company past that stage.",
        "PUBLIC": "A company listed on an exchange.",
        "NONPROFIT": "A non-profit organisation.",
        "GOVERNMENT": "A public authority or state-owned body.",
        "ACADEMIA": "A university or research institute.",
        "AGENCY": "A consultancy or staffing agency.",
    },
)
described(
    EducationLevel,
    "Highest degree.",
    {
        "SECONDARY": "Secondary school, or study without a degree.",
        "BACHELOR": "A bachelor's degree or its equivalent.",
        "MASTER": "A master's or a professional degree.",
        "DOCTORATE": "A doctorate.",
    },
)
described(
    SourceKind,
    "What a record is.",
    {
        "SELF_REPORTED": "Pay that a contributor reported to PayRank.",
        "VERIFIED": "Reported pay that was checked against a document.",
        "SURVEY": "An answer to a survey of somebody else.",
        "POSTED_RANGE": "The range of a job advertisement, taken at its middle.",
        "GOVERNMENT_FILING": "Pay that an employer declared to an authority.",
        "SAMPLE": "A made-up example.",
    },
)
described(
    Confidence,
    "How far a figure can be trusted, by its number of records.",
    {"LOW": "Under 15 records.", "MEDIUM": "15 to 49 records.", "HIGH": "50 records and more."},
)
described(
    SuppressionCode,
    "Why nothing is told of a cohort.",
    {
        "TOO_FEW_RECORDS": "It has too few records.",
        "TOO_FEW_EMPLOYERS": "Its records come from too few employers.",
    },
)
described(
    CautionCode,
    "What a reader of a figure should bear in mind.",
    {
        "SMALL_SAMPLE": "Rests on under 15 records.",
        "FEW_EMPLOYERS": "Under 5 known employers.",
        "DOMINATED_BY_ONE_EMPLOYER": "One employer has over a quarter of the records with a known employer.",
        "POSTED_RANGES": "Includes advertised ranges, which are not pay that someone receives.",
        "SAMPLE_DATA": "Includes made-up examples.",
        "OLD_DATA": "Most records are over three years old.",
        "MIXED_SOURCES": "Mixes kinds of sources.",
    },
)
described(
    Interval,
    "The length of a trend's periods.",
    {"YEAR": "Calendar years.", "QUARTER": "Calendar quarters."},
)
described(
    SortDirection,
    "Which end comes first.",
    {"ASC": "The smallest or earliest first.", "DESC": "The largest or latest first."},
)
described(
    GroupOrderField,
    "What groups are ordered by.",
    {
        "VALUE": "The factor's own order: levels from entry on, years by date, others as in the reference data.",
        "SIZE": "Number of records.",
        "MEDIAN": "Median of a measure; groups that tell none come last.",
        "MEAN": "Mean of a measure, as suits scores from 1 to 5; groups that tell none come last.",
    },
)
described(
    RecordOrderField,
    "What records are ordered by.",
    {
        "EFFECTIVE": "The month that the pay is of.",
        "BASE_SALARY": "Base salary in US dollars; records without it come last.",
        "TOTAL_COMPENSATION": "Total compensation in US dollars; records without it come last.",
    },
)
