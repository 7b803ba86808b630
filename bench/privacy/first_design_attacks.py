"""The same attacks on the rules of the first design, with the same contributors."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bench.privacy.attacks import Cohort
from bench.privacy.contributors import RATES, TAXONOMY, YEAR, Contributors
from bench.privacy.first_design import (
    NEVER_PUBLISHED,
    QUASI_IDENTIFIERS,
    SENSITIVE,
    AnonymisedRecord,
    CandidateRecord,
    ContributedPay,
    anonymise,
)
from seed.sample.draw import value_id
from seed.sample.model import LOCATIONS
from service.limits import MINIMUM_RECORDS
from service.settings import Settings
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor

Bools = npt.NDArray[np.bool_]
SUBMISSIONS_PER_HOUR: int = Settings.model_fields["submissions_per_hour"].default


def candidates(contributors: Contributors) -> list[CandidateRecord]:
    """All answers of each contributor."""
    people = contributors.people.drawn
    ids = {
        factor: np.array([value_id(TAXONOMY, factor, code) for code in people.codes[factor]])
        for factor in (*SINGLE, *MULTIPLE)
        if factor in people.codes and factor not in NEVER_PUBLISHED
    }
    single = {factor: ids[factor][numbers] for factor, numbers in people.one.items() if factor in ids}
    single |= contributors.people.ids
    many = {factor: [ids[factor][row] for row in carried] for factor, carried in people.many.items()}
    return [
        CandidateRecord(
            {factor: int(numbers[row]) for factor, numbers in single.items() if numbers[row]},
            {factor: [int(number) for number in rows[row]] for factor, rows in many.items()},
            int(YEAR) * 12,
            _pay(int(people.locations[row]), float(contributors.people.dollars[row])),
        )
        for row in range(len(contributors))
    ]


def _pay(location: int, dollars: float) -> ContributedPay:
    currency = LOCATIONS[location].currency if LOCATIONS[location].currency in RATES else "USD"
    return ContributedPay(currency, round(dollars / RATES.usd(currency, int(YEAR))))


def publish(people: Sequence[CandidateRecord]) -> dict[int, AnonymisedRecord]:
    return anonymise(dict(enumerate(people)), MINIMUM_RECORDS, TAXONOMY, RATES)


def reidentified(people: Sequence[CandidateRecord], victims: Sequence[int]) -> float:
    """The share of published victims whose record is found by an attacker who knows all answers except pay.

    The attacker takes the record with the most values among those without a value that the victim does not have.
    """
    published = publish(people)
    found = [_found(people[victim], victim, published) for victim in victims if victim in published]
    return float(np.mean(found))


def _found(known: CandidateRecord, victim: int, published: Mapping[int, AnonymisedRecord]) -> float:
    mine = {*known.one.values(), *(number for numbers in known.many.values() for number in numbers)}
    mine |= {TAXONOMY.root(number) for number in known.one.values()}
    matching: dict[int, int] = {}
    for key, record in published.items():
        values = [*record.one.values(), *(number for numbers in record.many.values() for number in numbers)]
        if mine.issuperset(values):
            matching[key] = len(values)
    most = max(matching.values())
    best = [key for key, size in matching.items() if size == most]
    return 1 / len(best) if victim in best else 0.0


def isolated(people: Sequence[CandidateRecord], victims: Sequence[int], fakes: int) -> float:
    """The share of victims who are published with fakes alone: the same quasi-identifiers, and no honest contributor."""
    return float(np.mean([_is_isolated(people, victim, fakes) for victim in victims]))


def _is_isolated(people: Sequence[CandidateRecord], victim: int, fakes: int) -> bool:
    published = publish([*people, *[_fake(people[victim])] * fakes])
    if victim not in published:
        return False
    mine = _key(published[victim])
    return sum(_key(record) == mine for key, record in published.items() if key < len(people)) == 1


def _fake(victim: CandidateRecord) -> CandidateRecord:
    return CandidateRecord(
        {factor: number for factor, number in victim.one.items() if factor not in SENSITIVE},
        {},
        victim.effective,
        victim.pay,
    )


def _key(record: AnonymisedRecord) -> tuple[int | None, ...]:
    return tuple(record.one.get(factor) for factor in QUASI_IDENTIFIERS)


def poisoned(people: Sequence[CandidateRecord], cohort: Cohort, networks: int) -> float:
    """The change of a cohort's median by fakes at the hourly limit of each network, which are above everybody's pay."""
    members = [number for number, one in enumerate(people) if _is_in(cohort, one.one)]
    top = max((people[number] for number in members), key=lambda one: one.pay.base)
    fake = replace(_fake(top), one={**_fake(top).one, Factor.ROLE: cohort.role})
    medians = []
    for added in (0, networks * SUBMISSIONS_PER_HOUR):
        published = publish([*(people[number] for number in members), *[fake] * added])
        medians.append(float(np.median([one.pay.base for one in published.values() if _is_in(cohort, one.one)])))
    return medians[1] / medians[0] - 1


def _is_in(cohort: Cohort, values: Mapping[Factor, int]) -> bool:
    return (values.get(Factor.ROLE), values.get(Factor.COUNTRY)) == (cohort.role, cohort.country)
