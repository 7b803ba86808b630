"""The registry of factors: what pay depends on.

Each factor is declared once, here. The columns of `salary_record`, the filters, the group-bys, the import mappings and the
bitmaps of the rank index are derived from this registry.
"""

from dataclasses import dataclass
from enum import StrEnum


class Factor(StrEnum):
    """Something that pay depends on; the value is its code in tables and files."""

    __hash__ = str.__hash__  # equal to its text; the hash of an enumeration is slower than looking up a record

    ROLE = "role"
    SPECIALIZATION = "specialization"
    LEVEL = "level"
    EXPERIENCE = "experience"
    EMPLOYMENT_TYPE = "employment_type"
    WORK_MODE = "work_mode"
    COUNTRY = "country"
    SUBDIVISION = "subdivision"
    METRO = "metro"
    INDUSTRY = "industry"
    EMPLOYER = "employer"
    EMPLOYER_SIZE = "employer_size"
    EMPLOYER_TYPE = "employer_type"
    EDUCATION = "education"
    FIELD_OF_STUDY = "field_of_study"
    CERTIFICATION = "certification"
    SKILL = "skill"
    BENEFIT = "benefit"
    COMPETING_OFFERS = "competing_offers"
    YEAR = "year"
    QUARTER = "quarter"
    SOURCE = "source"
    SOURCE_KIND = "source_kind"


class Storage(StrEnum):
    """How a record stores its value of a factor."""

    ONE = "one"  # a column with the id of a value
    MANY = "many"  # a column with an array of ids
    DERIVED = "derived"  # computed from another column: the month or the source


@dataclass(frozen=True, slots=True)
class FactorSpec:
    """One entry of the registry; the API shows `description`.

    `codes` lists the values of a closed factor in their natural order; the values of an open factor are reference data.
    `ordered` factors are listed in that order instead of by size or label.
    """

    factor: Factor
    label: str
    description: str
    storage: Storage = Storage.ONE
    codes: tuple[str, ...] = ()
    ordered: bool = False


LEVELS = ("entry", "mid", "senior", "staff", "principal", "executive")
WORK_MODES = ("on-site", "hybrid", "remote")
EMPLOYMENT_TYPES = ("full-time", "part-time", "contract", "freelance", "internship")
EMPLOYER_SIZES = (
    *("small", "medium", "large", "enterprise"),
    *("from-20-to-99", "from-100-to-499", "from-500-to-999", "from-1000-to-4999", "from-5000-to-9999", "from-10000"),
)
EMPLOYER_TYPES = ("startup", "private", "public", "nonprofit", "government", "academia", "agency")
EDUCATION_LEVELS = ("secondary", "vocational", "some-college", "associate", "bachelor", "master", "doctorate")
SOURCE_KINDS = ("self-reported", "verified", "survey", "posted-range", "government-filing", "sample")

_SPECS = (
    FactorSpec(
        Factor.ROLE,
        "role",
        "Role, in a tree of role families and roles.",
    ),
    FactorSpec(
        Factor.SPECIALIZATION,
        "specialization",
        "Specialization within machine learning, such as natural language processing; a record may have several.",
        Storage.MANY,
    ),
    FactorSpec(
        Factor.LEVEL,
        "level",
        "Seniority, from entry level to executive.",
        codes=LEVELS,
        ordered=True,
    ),
    FactorSpec(
        Factor.EXPERIENCE,
        "experience",
        "Years of professional experience: single years or bands of years.",
        ordered=True,
    ),
    FactorSpec(
        Factor.EMPLOYMENT_TYPE,
        "employment type",
        "Type of employment: full time, part time, contract, freelance or internship.",
        codes=EMPLOYMENT_TYPES,
    ),
    FactorSpec(
        Factor.WORK_MODE,
        "work mode",
        "On site, hybrid or remote.",
        codes=WORK_MODES,
    ),
    FactorSpec(
        Factor.COUNTRY,
        "country",
        "Country of the workplace (ISO 3166 code), grouped by continent.",
    ),
    FactorSpec(
        Factor.SUBDIVISION,
        "subdivision",
        "State, province or region of the workplace (ISO 3166-2 code).",
    ),
    FactorSpec(
        Factor.METRO,
        "metro area",
        "Metro area of the workplace.",
    ),
    FactorSpec(
        Factor.INDUSTRY,
        "industry",
        "Industry of the employer.",
    ),
    FactorSpec(
        Factor.EMPLOYER,
        "employer",
        "Employer, if the source names it and enough records share it.",
    ),
    FactorSpec(
        Factor.EMPLOYER_SIZE,
        "employer size",
        "Number of people at the employer.",
        codes=EMPLOYER_SIZES,
        ordered=True,
    ),
    FactorSpec(
        Factor.EMPLOYER_TYPE,
        "employer type",
        "Type of organisation, such as a start-up, a public company or a university.",
        codes=EMPLOYER_TYPES,
    ),
    FactorSpec(
        Factor.EDUCATION,
        "education",
        "Highest level of education.",
        codes=EDUCATION_LEVELS,
        ordered=True,
    ),
    FactorSpec(
        Factor.FIELD_OF_STUDY,
        "field of study",
        "Field of study of the degree.",
    ),
    FactorSpec(
        Factor.CERTIFICATION,
        "certification",
        "Professional certification; a record may have several.",
        Storage.MANY,
    ),
    FactorSpec(
        Factor.SKILL,
        "skill",
        "Language, framework or tool; a record may have several.",
        Storage.MANY,
    ),
    FactorSpec(
        Factor.BENEFIT,
        "benefit",
        "Benefit in addition to pay; a record may have several.",
        Storage.MANY,
    ),
    FactorSpec(
        Factor.COMPETING_OFFERS,
        "competing offers",
        "Number of competing offers when the pay was negotiated.",
        ordered=True,
    ),
    FactorSpec(
        Factor.YEAR,
        "year",
        "Calendar year in which the pay applied.",
        Storage.DERIVED,
        ordered=True,
    ),
    FactorSpec(
        Factor.QUARTER,
        "quarter",
        "Calendar quarter in which the pay applied.",
        Storage.DERIVED,
        ordered=True,
    ),
    FactorSpec(
        Factor.SOURCE,
        "source",
        "Data set that the record comes from.",
    ),
    FactorSpec(
        Factor.SOURCE_KIND,
        "source type",
        "Type of source: reported pay, a survey, an advertised range, a filing or a synthetic example.",
        Storage.DERIVED,
        codes=SOURCE_KINDS,
    ),
)

FACTORS: dict[Factor, FactorSpec] = {spec.factor: spec for spec in _SPECS}

SINGLE = tuple(spec.factor for spec in _SPECS if spec.storage is Storage.ONE)
MULTIPLE = tuple(spec.factor for spec in _SPECS if spec.storage is Storage.MANY)
UNPUBLISHED = frozenset({Factor.COMPETING_OFFERS})
"""Factors that cohorts can be filtered and grouped by, but that no single record shows."""
NOT_IN_PROFILES = frozenset({Factor.FIELD_OF_STUDY, Factor.BENEFIT, Factor.COMPETING_OFFERS, Factor.SOURCE})
"""Stored factors that pay is not compared or estimated by for a person."""
PLACES = (Factor.METRO, Factor.SUBDIVISION, Factor.COUNTRY)
"""From the narrowest to the widest factor."""

PARENT_FACTORS: dict[Factor, tuple[Factor, ...]] = {
    Factor.METRO: (Factor.SUBDIVISION, Factor.COUNTRY),
    Factor.SUBDIVISION: (Factor.COUNTRY,),
    Factor.QUARTER: (Factor.YEAR,),
    Factor.SOURCE: (Factor.SOURCE_KIND,),
}
"""The factors whose values may be parents of a factor's values."""
