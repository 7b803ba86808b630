"""Contribution classes: all that a contributed record says besides its amount and quarter. Pure.

An answer has one class of each kind that it reports the factors of, from the finest to the coarsest:

| kind | factors | open after releases of waiting | with an invitation |
| --- | --- | --- | --- |
| `EMPLOYER` | employer (the topmost parent), role family, level, country | | 0 |
| `METRO` | metro area, role, level | | 1 |
| `ROLE_LEVEL_COUNTRY` | role, level, country | 0 | 2 |
| `ROLE_COUNTRY` | role, country | 2 | 3 |
| `FAMILY_LEVEL_COUNTRY` | role family, level, country | 3 | 4 |
| `FAMILY_COUNTRY` | role family, country | 4 | 5 |
| `ROLE_CONTINENT` | role, continent | 5 | 6 |
| `FAMILY_CONTINENT` | role family, continent | 6 | 7 |

The first two are for contributions by invitation, where k counts persons, and off unless INVITATION_SCHEDULE is chosen. In
`python -m bench.privacy`, members of many employers are singled out by k malicious members more than twice as often with
them, and fewer are released; for the members of one employer, whose classes lose the role by them, it is the other way
round.

A record of a class never has a value of a factor that the class lacks: a level that was reported is not in a record of
`ROLE_COUNTRY`. A role that is itself a family has only the classes of families, and a country that is itself a continent
only those of continents, since two kinds must not name the same class.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.currencies import LOCAL_CURRENCY, Rates
from service.vocabulary.factors import Factor
from service.vocabulary.measures import STORED_CURRENCY
from service.vocabulary.taxonomy import Taxonomy

CONTRIBUTORS = "contributors"
"""The code of the source of contributed records."""
CONTRIBUTORS_TABLE = "contributors-by-country-and-role-family"
"""The name of the yearly table of numbers of contributors."""


class ClassKind(StrEnum):
    """The factors of a class; the value is stored with a batch."""

    EMPLOYER = "employer-family-level-country"
    METRO = "metro-role-level"
    ROLE_LEVEL_COUNTRY = "role-level-country"
    ROLE_COUNTRY = "role-country"
    FAMILY_LEVEL_COUNTRY = "family-level-country"
    FAMILY_COUNTRY = "family-country"
    ROLE_CONTINENT = "role-continent"
    FAMILY_CONTINENT = "family-continent"


ReleaseSchedule = Mapping[ClassKind, int]
"""By kind, finest first, the number of releases that a contribution waits before classes of the kind are open to it."""

RELEASE_SCHEDULE: ReleaseSchedule = {
    ClassKind.ROLE_LEVEL_COUNTRY: 0,
    ClassKind.ROLE_COUNTRY: 2,
    ClassKind.FAMILY_LEVEL_COUNTRY: 3,
    ClassKind.FAMILY_COUNTRY: 4,
    ClassKind.ROLE_CONTINENT: 5,
    ClassKind.FAMILY_CONTINENT: 6,
}
INVITATION_SCHEDULE: ReleaseSchedule = {kind: releases for releases, kind in enumerate(ClassKind)}
"""One release more for each step, so that the members of an employer or metro area have time to become k."""


CLASS_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.COUNTRY, Factor.METRO)
"""The factors of classes that are answered by a code; employer names are free text."""


@dataclass(frozen=True, slots=True)
class ContributionClass:
    """The ids of a class's values: `role` may be a role family, `country` a continent; None for factors it lacks.

    A class of a metro area has the country too, which the metro area implies.
    """

    kind: ClassKind
    role: int
    country: int
    level: int | None = None
    metro: int | None = None
    employer: int | None = None

    @property
    def counting_code(self) -> str:
        """What a sender counts once in: the class without its level, since levels would multiply a sender's influence.

        The same for a class with a level and for the coarser one without, whose records have the same role and place.
        """
        return f"{self.employer or '-'} {self.metro or '-'} {self.role} {self.country}"

    def values(self) -> dict[Factor, int]:
        """The values that a record of the class has."""
        known = {
            Factor.ROLE: self.role,
            Factor.LEVEL: self.level,
            Factor.COUNTRY: self.country,
            Factor.METRO: self.metro,
            Factor.EMPLOYER: self.employer,
        }
        return {factor: number for factor, number in known.items() if number is not None}

    def currency(self, taxonomy: Taxonomy, rates: Rates) -> str:
        """The currency of the class's amounts: the country's main one, US dollars for continents and without a rate."""
        local = LOCAL_CURRENCY.get(taxonomy[self.country].code, STORED_CURRENCY)
        return local if local in rates else STORED_CURRENCY


def classes_of(
    answers: Mapping[Factor, int], taxonomy: Taxonomy, schedule: ReleaseSchedule = RELEASE_SCHEDULE
) -> list[ContributionClass]:
    """The classes of answers by the ids of their values, finest first, of the kinds of a release schedule.

    Empty without a role and a country.
    """
    if Factor.ROLE not in answers or Factor.COUNTRY not in answers:
        return []
    found = {one.kind: one for one in _all_classes(answers, taxonomy)}
    return [found[kind] for kind in schedule if kind in found]


def value_ids(answers: SubmissionAnswers, taxonomy: Taxonomy) -> dict[Factor, int]:
    """The ids of the values that classes are made of; codes that the reference data no longer has are left out."""
    found = {factor: taxonomy.lookup(factor, answers.one.get(factor, "")) for factor in CLASS_FACTORS}
    return {factor: value.id for factor, value in found.items() if value}


def _all_classes(answers: Mapping[Factor, int], taxonomy: Taxonomy) -> Iterator[ContributionClass]:
    role, country, level = answers[Factor.ROLE], answers[Factor.COUNTRY], answers.get(Factor.LEVEL)
    family, continent = taxonomy.root(role), taxonomy.root(country)
    employer, metro = answers.get(Factor.EMPLOYER), answers.get(Factor.METRO)
    has_role, has_country = role != family, country != continent
    if has_country and level and employer:
        yield ContributionClass(ClassKind.EMPLOYER, family, country, level, employer=employer)
    if has_country and has_role and level and metro:
        yield ContributionClass(ClassKind.METRO, role, country, level, metro=metro)
    if has_country and has_role and level:
        yield ContributionClass(ClassKind.ROLE_LEVEL_COUNTRY, role, country, level)
    if has_country and has_role:
        yield ContributionClass(ClassKind.ROLE_COUNTRY, role, country)
    if has_country and level:
        yield ContributionClass(ClassKind.FAMILY_LEVEL_COUNTRY, family, country, level)
    if has_country:
        yield ContributionClass(ClassKind.FAMILY_COUNTRY, family, country)
    if has_role:
        yield ContributionClass(ClassKind.ROLE_CONTINENT, role, continent)
    yield ContributionClass(ClassKind.FAMILY_CONTINENT, family, continent)
