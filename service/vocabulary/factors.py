"""The registry of factors: what pay depends on.

Each factor is declared once, here. Columns of `salary_record`, filters, group-bys, import mappings and the sets of the
rank index follow from this registry.
"""

from dataclasses import dataclass
from enum import StrEnum


class Factor(StrEnum):
    """A thing that pay depends on; the value is its code in tables and files."""

    __hash__ = str.__hash__  # as it equals its text; the one of an enumeration is slower than looking up a record

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
    """How a record carries its value of a factor."""

    ONE = "one"  # a column with the id of a value
    MANY = "many"  # a column with an array of ids
    DERIVED = "derived"  # read off another column: the month or the source


@dataclass(frozen=True, slots=True)
class FactorSpec:
    """One entry of the registry.

    `codes` lists the values of a closed factor in their natural order; an open factor takes its values from the
    reference tables. `ordered` factors are listed by that order rather than by size or label.
    """

    factor: Factor
    label: str
    storage: Storage = Storage.ONE
    codes: tuple[str, ...] = ()
    ordered: bool = False


LEVELS = ("entry", "mid", "senior", "staff", "principal", "executive")
WORK_MODES = ("on-site", "hybrid", "remote")
EMPLOYMENT_TYPES = ("full-time", "part-time", "contract", "freelance")
EMPLOYER_SIZES = ("small", "medium", "large", "enterprise")
EMPLOYER_TYPES = ("startup", "private", "public", "nonprofit", "government", "academia", "agency")
EDUCATION_LEVELS = ("secondary", "bachelor", "master", "doctorate")
SOURCE_KINDS = ("self-reported", "verified", "survey", "posted-range", "government-filing", "sample")

_SPECS = (
    FactorSpec(Factor.ROLE, "role"),
    FactorSpec(Factor.SPECIALIZATION, "specialization", Storage.MANY),
    FactorSpec(Factor.LEVEL, "level", codes=LEVELS, ordered=True),
    FactorSpec(Factor.EXPERIENCE, "experience", ordered=True),
    FactorSpec(Factor.EMPLOYMENT_TYPE, "employment type", codes=EMPLOYMENT_TYPES),
    FactorSpec(Factor.WORK_MODE, "work mode", codes=WORK_MODES),
    FactorSpec(Factor.COUNTRY, "country"),
    FactorSpec(Factor.SUBDIVISION, "subdivision"),
    FactorSpec(Factor.METRO, "metro area"),
    FactorSpec(Factor.INDUSTRY, "industry"),
    FactorSpec(Factor.EMPLOYER, "employer"),
    FactorSpec(Factor.EMPLOYER_SIZE, "employer size", codes=EMPLOYER_SIZES, ordered=True),
    FactorSpec(Factor.EMPLOYER_TYPE, "employer type", codes=EMPLOYER_TYPES),
    FactorSpec(Factor.EDUCATION, "education", codes=EDUCATION_LEVELS, ordered=True),
    FactorSpec(Factor.FIELD_OF_STUDY, "field of study"),
    FactorSpec(Factor.CERTIFICATION, "certification", Storage.MANY),
    FactorSpec(Factor.SKILL, "skill", Storage.MANY),
    FactorSpec(Factor.BENEFIT, "benefit", Storage.MANY),
    FactorSpec(Factor.COMPETING_OFFERS, "competing offers", ordered=True),
    FactorSpec(Factor.YEAR, "year", Storage.DERIVED, ordered=True),
    FactorSpec(Factor.QUARTER, "quarter", Storage.DERIVED, ordered=True),
    FactorSpec(Factor.SOURCE, "source"),
    FactorSpec(Factor.SOURCE_KIND, "kind of source", Storage.DERIVED, codes=SOURCE_KINDS),
)

FACTORS: dict[Factor, FactorSpec] = {spec.factor: spec for spec in _SPECS}

SINGLE = tuple(spec.factor for spec in _SPECS if spec.storage is Storage.ONE)
MULTIPLE = tuple(spec.factor for spec in _SPECS if spec.storage is Storage.MANY)
PLACES = (Factor.METRO, Factor.SUBDIVISION, Factor.COUNTRY)
"""From the narrowest to the widest."""

WIDER: dict[Factor, tuple[Factor, ...]] = {
    Factor.METRO: (Factor.SUBDIVISION, Factor.COUNTRY),
    Factor.SUBDIVISION: (Factor.COUNTRY,),
    Factor.QUARTER: (Factor.YEAR,),
    Factor.SOURCE: (Factor.SOURCE_KIND,),
}
"""Factors whose values may be parents of a factor's values."""
