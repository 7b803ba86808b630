"""Protection: what must hold of any submissions."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from support.candidates import RATES, ROBOTICS, SPEECH, TAXONOMY, VISION, protected, who

from service.intake.anonymisation import QUASI_IDENTIFIERS, SENSITIVE, CandidateRecord, AnonymisedRecord, anonymise
from service.intake.anonymisation import AnnualPay
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
    untold = draw(st.sets(st.sampled_from(["employer", "education", "industry", "metro"])))
    place = draw(st.sampled_from(PLACES))
    pay = AnnualPay(
        draw(st.sampled_from(["USD", "EUR"])), draw(st.integers(1_000, 999_999)), draw(st.none() | st.integers(0, 99_999))
    )
    lists = {"skill": draw(st.lists(st.sampled_from(["python", "sql", "ada"]), max_size=3))}
    known = {"metro", "subdivision", "country"} - place.keys()
    month = draw(st.sampled_from(["2025-11", "2026-02"]))
    return who(*untold, *known, pay=pay, effective=month, **{**one, **place, **lists})


def crowds() -> st.SearchStrategy[list[CandidateRecord]]:
    return st.lists(candidates(), max_size=24)


def full_identity(candidate: CandidateRecord) -> tuple[int | None, ...]:
    return tuple(candidate.one.get(factor) for factor in QUASI_IDENTIFIERS)


def told_identity(record: AnonymisedRecord) -> tuple[int | None, ...]:
    return tuple(record.one.get(factor) for factor in QUASI_IDENTIFIERS)


@settings(max_examples=80)
@given(crowds(), st.integers(3, 6))
def test_whatever_is_submitted_every_class_and_every_value_has_k(people: list[CandidateRecord], k: int) -> None:
    found = protected(*people, k=k)
    assert all(size >= k for size in Counter(map(told_identity, found.values())).values())
    carried: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    for record in found.values():
        values = [record.one[factor] for factor in SENSITIVE if factor in record.one]
        carried[record.one[Factor.COUNTRY]].update([*values, *(n for listed in record.many.values() for n in listed)])
        carried[record.one[Factor.COUNTRY]].update([record.pay.currency] if record.pay.currency != "USD" else [])
    assert all(count >= k for counts in carried.values() for count in counts.values())


@settings(max_examples=50)
@given(crowds(), st.integers(3, 6), st.randoms(use_true_random=False))
def test_the_order_of_submissions_is_no_matter(people: list[CandidateRecord], k: int, chance: random.Random) -> None:
    keyed = list(enumerate(people))
    expected = anonymise(dict(keyed), k, TAXONOMY, RATES)
    chance.shuffle(keyed)
    assert anonymise(dict(keyed), k, TAXONOMY, RATES) == expected


@settings(max_examples=50)
@given(crowds(), st.integers(3, 6))
def test_nothing_is_told_that_was_not_and_whoever_has_k_equals_is_told_whole(people: list[CandidateRecord], k: int) -> None:
    sizes = Counter(map(full_identity, people))
    found = protected(*people, k=k)
    for number, candidate in enumerate(people):
        if sizes[full_identity(candidate)] >= k:
            assert told_identity(found[number]) == full_identity(candidate)
    for number, record in found.items():
        allowed = set(people[number].one.values()) | {n for values in people[number].many.values() for n in values}
        allowed |= {TAXONOMY[people[number].one[factor]].parent for factor in (Factor.ROLE, Factor.EXPERIENCE)}  # type: ignore[arg-type]
        assert {*record.one.values(), *(n for listed in record.many.values() for n in listed)} <= allowed
        assert set(record.many) <= set(MULTIPLE)


@settings(max_examples=50)
@given(crowds(), st.integers(3, 6))
def test_those_who_wait_could_not_have_been_told_even_at_the_widest(people: list[CandidateRecord], k: int) -> None:
    """Beside those who wait there are fewer than k, all in all, of their country, family and band that tell no level."""
    found = protected(*people, k=k)

    def widest(candidate: CandidateRecord) -> tuple[int | None, ...]:
        country, role, experience = (candidate.one[f] for f in (Factor.COUNTRY, Factor.ROLE, Factor.EXPERIENCE))
        return country, TAXONOMY[role].parent, TAXONOMY[experience].parent

    waiting = Counter(widest(candidate) for number, candidate in enumerate(people) if number not in found)
    assert all(size < k for size in waiting.values())
