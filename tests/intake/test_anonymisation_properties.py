"""Anonymisation: properties that hold for any submissions."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.candidates import RATES, ROBOTICS, SPEECH, TAXONOMY, VISION, anonymised, candidate

from service.intake.anonymisation import (
    QUASI_IDENTIFIERS,
    SENSITIVE,
    AnonymisedRecord,
    CandidateRecord,
    ContributedPay,
    anonymise,
)
from service.vocabulary.factors import MULTIPLE, Factor

POOLS: Mapping[Factor, list[str]] = {
    Factor.EMPLOYER: [ROBOTICS, SPEECH, VISION],
    Factor.ROLE: ["machine-learning-engineer", "mlops-engineer", "data-engineer"],
    Factor.LEVEL: ["mid", "senior"],
    Factor.EXPERIENCE: ["4", "5", "9"],
    Factor.EDUCATION: ["bachelor", "master"],
    Factor.INDUSTRY: ["software", "finance"],
}
PLACES = [
    {"metro": "san-francisco", "subdivision": "us-ca", "country": "us"},
    {"metro": "los-angeles", "subdivision": "us-ca", "country": "us"},
    {"subdivision": "us-tx", "country": "us"},
    {"country": "de"},
]


@st.composite
def candidates(draw: st.DrawFn) -> CandidateRecord:
    one = {factor.value: draw(st.sampled_from(pool)) for factor, pool in POOLS.items()}
    missing = draw(st.sets(st.sampled_from(["employer", "education", "industry", "metro"])))
    place = draw(st.sampled_from(PLACES))
    pay = ContributedPay(
        draw(st.sampled_from(["USD", "EUR"])), draw(st.integers(1_000, 999_999)), draw(st.none() | st.integers(0, 99_999))
    )
    lists = {"skill": draw(st.lists(st.sampled_from(["python", "sql", "ada"]), max_size=3))}
    absent = {"metro", "subdivision", "country"} - place.keys()
    month = draw(st.sampled_from(["2025-11", "2026-02"]))
    return candidate(*missing, *absent, pay=pay, effective=month, **{**one, **place, **lists})


def populations() -> st.SearchStrategy[list[CandidateRecord]]:
    """Up to 24 records of a few kinds, so that classes of k and smaller ones are both common."""
    kinds = st.lists(candidates(), min_size=1, max_size=6)
    return kinds.flatmap(lambda few: st.lists(st.sampled_from(few), max_size=24))


def reported_key(record: CandidateRecord) -> tuple[int | None, ...]:
    return tuple(record.one.get(factor) for factor in QUASI_IDENTIFIERS)


def published_key(record: AnonymisedRecord) -> tuple[int | None, ...]:
    return tuple(record.one.get(factor) for factor in QUASI_IDENTIFIERS)


@settings(max_examples=80)
@given(populations(), st.integers(3, 6))
def test_every_class_and_every_value_has_k_records(people: list[CandidateRecord], k: int) -> None:
    found = anonymised(*people, k=k)
    assert all(size >= k for size in Counter(map(published_key, found.values())).values())
    carried: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    for record in found.values():
        values = [record.one[factor] for factor in SENSITIVE if factor in record.one]
        carried[record.one[Factor.COUNTRY]].update([*values, *(n for listed in record.many.values() for n in listed)])
        carried[record.one[Factor.COUNTRY]].update([record.pay.currency] if record.pay.currency != "USD" else [])
    assert all(count >= k for counts in carried.values() for count in counts.values())


@settings(max_examples=50)
@given(populations(), st.integers(3, 6), st.randoms(use_true_random=False))
def test_the_order_of_submissions_does_not_matter(people: list[CandidateRecord], k: int, chance: random.Random) -> None:
    keyed = list(enumerate(people))
    expected = anonymise(dict(keyed), k, TAXONOMY, RATES)
    chance.shuffle(keyed)
    assert anonymise(dict(keyed), k, TAXONOMY, RATES) == expected


@settings(max_examples=50)
@given(populations(), st.integers(3, 6))
def test_published_values_were_reported_and_records_with_k_equals_are_published_whole(
    people: list[CandidateRecord], k: int
) -> None:
    sizes = Counter(map(reported_key, people))
    found = anonymised(*people, k=k)
    for number, record in enumerate(people):
        if sizes[reported_key(record)] >= k:
            assert published_key(found[number]) == reported_key(record)
    for number, record in found.items():
        allowed = set(people[number].one.values()) | {n for values in people[number].many.values() for n in values}
        allowed |= {TAXONOMY[people[number].one[factor]].parent for factor in (Factor.ROLE, Factor.EXPERIENCE)}  # type: ignore[arg-type]
        assert {*record.one.values(), *(n for listed in record.many.values() for n in listed)} <= allowed
        assert set(record.many) <= set(MULTIPLE)


@settings(max_examples=50)
@given(populations(), st.integers(3, 6))
def test_waiting_records_would_be_too_few_even_fully_generalised(people: list[CandidateRecord], k: int) -> None:
    """Fewer than k of the waiting records share a country, a role family and a band of experience."""
    found = anonymised(*people, k=k)

    def widest(candidate: CandidateRecord) -> tuple[int | None, ...]:
        country, role, experience = (candidate.one[f] for f in (Factor.COUNTRY, Factor.ROLE, Factor.EXPERIENCE))
        return country, TAXONOMY[role].parent, TAXONOMY[experience].parent

    waiting = Counter(widest(candidate) for number, candidate in enumerate(people) if number not in found)
    assert all(size < k for size in waiting.values())
