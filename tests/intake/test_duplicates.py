"""Duplicates and bursts: repetitions are distinguished from what two people share, and bursts from usual traffic."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import poisson

from service.intake.duplicates import RecentSubmission, bursts, duplicates
from service.intake.screening import FindingCode
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor
from service.vocabulary.units import month_of

NOW = datetime(2025, 6, 30, 12, tzinfo=UTC)
SKILLS = [f"skill-{n}" for n in range(30)]
BENEFITS = [f"benefit-{n}" for n in range(12)]


def answers(rng: Random, *, long: bool = True) -> SubmissionAnswers:
    one = {
        Factor.ROLE: rng.choice(["data-scientist", "data-engineer", "machine-learning-engineer"]),
        Factor.LEVEL: rng.choice(["mid", "senior"]),
        Factor.EXPERIENCE: str(rng.randint(2, 9)),
        Factor.EMPLOYMENT_TYPE: "full-time",
        Factor.WORK_MODE: rng.choice(["remote", "hybrid"]),
        Factor.COUNTRY: "us",
    }
    many = {Factor.SKILL: tuple(rng.sample(SKILLS, 6)), Factor.BENEFIT: tuple(rng.sample(BENEFITS, 4))} if long else {}
    bonus = rng.randrange(5_000, 40_000, 100) if long else None
    return SubmissionAnswers(
        one, many, month_of(2025, 5), "USD", rng.randrange(100_000, 200_000, 5_000), bonus, employer="Big Employer"
    )


def sent(content: SubmissionAnswers, number: int, at: datetime = NOW) -> RecentSubmission:
    return RecentSubmission(UUID(int=number), at, content)


def traffic(count: int, *, long: bool = True, seed: int = 1) -> list[RecentSubmission]:
    """Submissions of different people, spread evenly over the 30 days before NOW."""
    rng = Random(seed)
    step = timedelta(days=30) / count
    return [sent(answers(rng, long=long), n, NOW - step * (count - n)) for n in range(count)]


TRAFFIC = traffic(600)
ONE = answers(Random(99))


def test_different_people_at_one_employer_are_neither_duplicates_nor_a_burst() -> None:
    assert duplicates(TRAFFIC) == {}
    assert bursts(TRAFFIC) == {}


@pytest.mark.parametrize("base", [ONE.base, round(ONE.base * 1.01), round(ONE.base * 0.995)])
def test_the_same_long_answers_twice_are_a_duplicate(base: int) -> None:
    """The later one has the finding."""
    again = sent(replace(ONE, base=base), 1_001, NOW + timedelta(hours=20))
    found = duplicates([*TRAFFIC, sent(ONE, 1_000), again])
    assert list(found) == [again.id]
    assert found[again.id].code is FindingCode.LIKELY_DUPLICATE
    assert 0 < (found[again.id].score or 0) < 0.001


@pytest.mark.parametrize(
    "other",
    [
        replace(ONE, base=round(ONE.base * 1.05)),
        replace(ONE, one={**ONE.one, Factor.EXPERIENCE: "12"}),
        replace(ONE, one={**ONE.one, Factor.COUNTRY: "gb"}),
        replace(ONE, employer="Another Employer"),
        replace(ONE, many=answers(Random(5)).many, bonus=1_000, one={**ONE.one, Factor.WORK_MODE: "on-site"}),
    ],
    ids=["pay", "experience", "place", "employer", "all other answers"],
)
def test_another_person_is_no_duplicate(other: SubmissionAnswers) -> None:
    assert duplicates([*TRAFFIC, sent(ONE, 1_000), sent(other, 1_001)]) == {}


def test_one_changed_answer_is_a_duplicate_and_many_are_another_person() -> None:
    odd = replace(ONE, base=143_271)
    skills = ("skill-new", *ONE.many[Factor.SKILL][1:])
    once = replace(odd, many={**ONE.many, Factor.SKILL: skills})
    often = replace(
        once,
        effective=ONE.effective - 1,
        equity=5_000,
        one={**ONE.one, Factor.EDUCATION: "master", Factor.INDUSTRY: "software"},
    )
    assert list(duplicates([*TRAFFIC, sent(odd, 1_000), sent(once, 1_001)])) == [UUID(int=1_001)]
    assert duplicates([*TRAFFIC, sent(odd, 1_000), sent(often, 1_001)]) == {}


def test_spellings_of_an_employer_are_the_same() -> None:
    again = sent(replace(ONE, employer="BIG  EMPLOYER, Inc."), 1_001)
    assert list(duplicates([*TRAFFIC, sent(ONE, 1_000), again])) == [again.id]


def test_the_same_answers_after_a_week_are_no_duplicate() -> None:
    assert duplicates([*TRAFFIC, sent(ONE, 1_000, NOW - timedelta(days=7, seconds=1)), sent(ONE, 1_001)]) == {}
    assert list(duplicates([*TRAFFIC, sent(ONE, 1_000, NOW - timedelta(days=7)), sent(ONE, 1_001)])) == [UUID(int=1_001)]


def test_short_answers_with_round_pay_may_match_by_chance() -> None:
    """At a large employer, many of 600 people share a common role, level and round pay."""
    short = traffic(600, long=False)
    keys = {(*one.answers.one.values(), one.answers.base) for one in short}
    assert len(keys) < len(short) - 50
    assert duplicates(short) == {}


def test_short_answers_with_odd_amounts_are_a_duplicate() -> None:
    odd = replace(answers(Random(3), long=False), base=143_271, bonus=7_313)
    assert list(duplicates([*traffic(600, long=False), sent(odd, 1_000), sent(odd, 1_001)])) == [UUID(int=1_001)]


def test_a_flood_of_the_same_answers_is_found_although_it_dominates() -> None:
    flood = [sent(ONE, n, NOW + timedelta(seconds=n)) for n in range(2_000)]
    assert set(duplicates(flood)) == {one.id for one in flood[1:]}


def test_of_three_duplicates_the_later_two_are_found() -> None:
    three = [sent(ONE, n, NOW + timedelta(hours=n)) for n in (1_000, 1_001, 1_002)]
    assert set(duplicates([*TRAFFIC, *three])) == {three[1].id, three[2].id}


def same_employer(count: int, employer: str, minutes: float = 50) -> list[RecentSubmission]:
    """Different people at one employer within some minutes after NOW."""
    rng = Random(7)
    step = timedelta(minutes=minutes) / count
    return [sent(replace(answers(rng), employer=employer), 2_000 + n, NOW + n * step) for n in range(count)]


@pytest.mark.parametrize(("count", "held"), [(7, 0), (8, 8), (30, 30)])
def test_many_of_an_employer_seldom_seen_are_a_burst(count: int, held: int) -> None:
    found = bursts([*TRAFFIC, *same_employer(count, "Small Employer")])
    assert len([number for number in found if number.int >= 2_000]) == held
    assert {finding.code for finding in found.values()} <= {FindingCode.BURST}


def test_the_same_number_over_several_days_is_no_burst() -> None:
    assert bursts([*TRAFFIC, *same_employer(30, "Small Employer", minutes=5 * 24 * 60)]) == {}


def test_the_threshold_is_a_poisson_tail() -> None:
    """600 in 30 days at one employer are 0.83 an hour; the smallest number below the chance threshold is a burst."""
    rate = 600.5 / (30 * 24 - 1)
    smallest = next(n for n in range(1, 50) if poisson.sf(n - 1, rate) < 1e-6)
    assert smallest > 8
    kinds = [replace(one, one={**one.one, Factor.ROLE: f"role-{n}"}) for n, one in enumerate([ONE] * smallest)]
    later = [
        sent(replace(one, employer="Big Employer"), 2_000 + n, NOW + timedelta(seconds=n)) for n, one in enumerate(kinds)
    ]
    quiet = [one for one in TRAFFIC if one.submitted_at < NOW - timedelta(hours=1)]
    assert bursts([*quiet, *later[:-1]]) == {}
    assert set(bursts([*quiet, *later])) == {one.id for one in later}


def test_many_of_one_role_and_place_are_a_burst_at_any_employers() -> None:
    rng = Random(8)
    people = [replace(answers(rng), employer=f"Employer {n}") for n in range(12)]
    rare = [replace(one, one={**one.one, Factor.ROLE: "statistician"}) for one in people]
    found = bursts([*TRAFFIC, *(sent(one, 2_000 + n, NOW + timedelta(minutes=n)) for n, one in enumerate(rare))])
    assert set(found) == {UUID(int=2_000 + n) for n in range(12)}
    assert "with this role and place" in found[UUID(int=2_000)].message


def test_a_surge_of_all_kinds_is_no_burst_of_one() -> None:
    rng = Random(9)
    rush = [replace(answers(rng), employer=f"Employer {n % 60}") for n in range(600)]
    before = [replace(one, answers=replace(one.answers, employer=f"Employer {n % 60}")) for n, one in enumerate(TRAFFIC)]
    assert bursts([*before, *(sent(one, 2_000 + n, NOW + timedelta(seconds=n)) for n, one in enumerate(rush))]) == {}


def test_submissions_without_an_employer_have_none_in_common() -> None:
    rng = Random(10)
    unnamed = [replace(answers(rng), employer=None) for _ in range(40)]
    apart = [replace(one, one={**one.one, Factor.ROLE: f"role-{n}"}) for n, one in enumerate(unnamed)]
    assert bursts([*TRAFFIC, *(sent(one, 2_000 + n, NOW + timedelta(minutes=n)) for n, one in enumerate(apart))]) == {}


@st.composite
def windows(draw: st.DrawFn) -> list[RecentSubmission]:
    """Few kinds of answers at few times, so that many match."""
    kinds = [answers(Random(n), long=n % 2 == 0) for n in range(4)]
    picks = draw(st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 20), st.sampled_from([0, 500])), max_size=40))
    return [
        sent(replace(kind, base=kind.base + more), n, NOW + timedelta(hours=hour))
        for n, (kind, hour, more) in enumerate(picks)
    ]


@settings(max_examples=60)
@given(windows(), st.randoms())
def test_the_order_of_submissions_does_not_matter(window: Sequence[RecentSubmission], rng: Random) -> None:
    mixed = list(window)
    rng.shuffle(mixed)
    assert duplicates(mixed) == duplicates(window)
    assert bursts(mixed) == bursts(window)


@given(windows())
def test_the_first_is_never_a_duplicate_and_fewer_than_eight_are_never_a_burst(window: Sequence[RecentSubmission]) -> None:
    first = min(window, key=lambda one: (one.submitted_at, one.id), default=None)
    assert first is None or first.id not in duplicates(window)
    assert bursts(window[:7]) == {}


@given(st.integers(0, 1_000), st.booleans())
def test_a_single_submission_has_no_finding(seed: int, long: bool) -> None:
    lone = [sent(answers(Random(seed), long=long), 1)]
    assert duplicates(lone) == bursts(lone) == {}
    assert duplicates([]) == bursts([]) == {}
