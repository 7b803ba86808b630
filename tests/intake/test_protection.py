"""Protection: the ladder step by step on cases worked by hand, and what must hold of any submissions."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up import numbered

from service.intake.pay import Pay, possible, rounded
from service.intake.protection import IDENTITY, OTHER_ONE, Candidate, Protected, protect
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.money import Rates
from service.vocabulary.periods import month_text, parse_month
from service.vocabulary.terms import FxRate

REFERENCE = numbered(1)
TAXONOMY = REFERENCE.taxonomy
RATES = Rates(
    [FxRate("USD", 2026, 1.0), FxRate("EUR", 2026, 1.0824), FxRate("EUR", 2025, 1.13), FxRate("INR", 2026, 0.0115)]
)
FULL = {
    "employer": "example-robotics",
    "metro": "san-francisco",
    "subdivision": "us-ca",
    "country": "us",
    "role": "machine-learning-engineer",
    "level": "senior",
    "experience": "5",
}


def who(*without: str, pay: Pay | None = None, effective: str = "2026-01", **other: Any) -> Candidate:
    """A contributor like all others but for what is given; lists are values of a many-valued factor."""
    codes = {name: code for name, code in {**FULL, **other}.items() if name not in without}
    one = {Factor(name): TAXONOMY.find(Factor(name), code).id for name, code in codes.items() if isinstance(code, str)}
    many = {
        Factor(name): [TAXONOMY.find(Factor(name), code).id for code in listed]
        for name, listed in codes.items()
        if not isinstance(listed, str)
    }
    return Candidate(one, many, parse_month(effective), pay or Pay("USD", 100_000))


def protected(*candidates: Candidate, k: int = 3) -> dict[int, Protected]:
    return protect(dict(enumerate(candidates)), k, TAXONOMY, RATES)


def identity(record: Protected) -> dict[str, str]:
    return {factor.value: TAXONOMY[record.one[factor]].code for factor in IDENTITY if factor in record.one}


def codes(record: Protected, factor: Factor) -> set[str]:
    return {TAXONOMY[number].code for number in record.many.get(factor, ())}


def without(*names: str, **instead: str) -> dict[str, str]:
    return {name: code for name, code in FULL.items() if name not in names} | instead


ROBOTICS, SPEECH, VISION = "example-robotics", "example-speech", "example-vision-labs"
LADDER = {
    "nothing, where k share it": ([{}, {}, {}], without()),
    "no employer": ([{"employer": ROBOTICS}, {"employer": SPEECH}, {"employer": VISION}], without("employer")),
    "no metro area": (
        [{"metro": "san-francisco"}, {"metro": "los-angeles"}, {"metro": "san-diego"}],
        without("employer", "metro"),
    ),
    "no subdivision": (
        [
            {"metro": "austin", "subdivision": "us-tx"},
            {"metro": "seattle", "subdivision": "us-wa"},
            {"metro": "san-francisco", "subdivision": "us-ca"},
        ],
        without("employer", "metro", "subdivision"),
    ),
    "a band of experience": (
        [{"experience": "4"}, {"experience": "5"}, {"experience": "6"}],
        without("employer", "metro", "subdivision", experience="4-to-6"),
    ),
    "no level": (
        [{"level": "mid"}, {"level": "senior"}, {"level": "staff"}],
        without("employer", "metro", "subdivision", "level", experience="4-to-6"),
    ),
    "the role's family": (
        [{"role": "machine-learning-engineer"}, {"role": "mlops-engineer"}, {"role": "machine-learning-scientist"}],
        without("employer", "metro", "subdivision", "level", experience="4-to-6", role="machine-learning"),
    ),
}


@pytest.mark.parametrize("step", LADDER)
def test_each_step_tells_just_so_much_less(step: str) -> None:
    people, expected = LADDER[step]
    assert [identity(record) for record in protected(*(who(**person) for person in people)).values()] == [expected] * 3


@pytest.mark.parametrize(
    "people",
    [
        [{}, {}],
        [{"country": "de"}, {"country": "fr"}, {"country": "us"}],
        [{"experience": "1"}, {"experience": "5"}, {"experience": "30"}],
        [{"role": "machine-learning-engineer"}, {"role": "data-engineer"}, {"role": "software-engineer"}],
    ],
    ids=["too few in all", "countries", "bands", "families"],
)
def test_whoever_stands_alone_at_the_end_waits(people: list[dict[str, str]]) -> None:
    assert protected(*(who("metro", "subdivision", **person) for person in people)) == {}


def test_a_record_joins_those_that_have_settled_and_they_stay_as_they_are() -> None:
    """Three tell no employer and are enough; the fourth comes to them when it tells none either."""
    found = protected(who("employer"), who("employer"), who("employer"), who())
    assert [identity(record) for record in found.values()] == [without("employer")] * 4


def test_those_who_are_enough_are_not_made_coarser_for_one_who_is_alone() -> None:
    found = protected(who(), who(), who(), who(experience="30"))
    assert [identity(record) for record in found.values()] == [FULL] * 3
    assert list(found) == [0, 1, 2]


def test_steps_add_up() -> None:
    """Two of one metro area and two of another: neither has employers in common, and both lose them before their places."""
    west, south = {"metro": "san-francisco"}, {"metro": "los-angeles"}
    found = protected(who(**west), who(employer=SPEECH, **west), who(**south), who(employer=SPEECH, **south), k=4)
    assert [identity(record) for record in found.values()] == [without("employer", "metro")] * 4


def test_other_fields_keep_what_enough_of_the_country_carry() -> None:
    here = [who(skill=["python", "sql"], education="master"), who(skill=["python", "sql"]), who(skill=["python"])]
    there = [who("metro", "subdivision", country="de", skill=["sql"], education="master") for _ in range(3)]
    found = protected(*here, *there)
    assert [codes(record, Factor.SKILL) for record in found.values()] == [{"python"}] * 3 + [{"sql"}] * 3
    assert [Factor.EDUCATION in record.one for record in found.values()] == [False] * 3 + [True] * 3


def test_a_value_told_twice_by_one_counts_once() -> None:
    found = protected(who(skill=["python", "python", "python"]), who(), who())
    assert all(not record.many for record in found.values())


def test_those_who_wait_do_not_count_for_the_others() -> None:
    """Two of the three with the skill are published, and the two records in euros are too few without the one that waits."""
    euros = Pay("EUR", 90_000)
    found = protected(
        who(skill=["python"], pay=euros),
        who(skill=["python"], pay=euros),
        who(),
        who(experience="30", skill=["python"], pay=euros),
    )
    assert list(found) == [0, 1, 2]
    assert [record.many for record in found.values()] == [{}] * 3
    assert [record.pay for record in found.values()] == [Pay("USD", 97_400)] * 2 + [Pay("USD", 100_000)]


def test_the_currency_stays_where_enough_of_the_country_are_paid_in_it() -> None:
    """90,250 euros: 90,200 to three digits, and at 1.0824 that is 97,632.48 dollars."""
    found = protected(*(who(pay=Pay("EUR", amount)) for amount in (90_250, 90_250, 123_456)))
    assert [record.pay for record in found.values()] == [Pay("EUR", 90_200)] * 2 + [Pay("EUR", 123_000)]
    assert found[0].measures == {Measure.BASE_SALARY: 97_632}


def test_a_rare_currency_becomes_dollars_before_it_is_rounded() -> None:
    """1,234,567 rupees at 0.0115 are 14,197.52 dollars; 345,678 are 3,975.30."""
    found = protected(who(pay=Pay("INR", 1_234_567, 345_678)), who(), who())
    assert found[0].pay == Pay("USD", 14_200, 3_980)
    assert found[0].measures == {Measure.BASE_SALARY: 14_200, Measure.BONUS: 3_980, Measure.TOTAL_CASH: 18_180}


@pytest.mark.parametrize(
    ("pay", "measures"),
    [
        (Pay("USD", 123_456), {"base_salary": 123_000}),
        (Pay("USD", 123_456, 0), {"base_salary": 123_000, "bonus": 0, "total_cash": 123_000}),
        (Pay("USD", 123_456, None, 7_891), {"base_salary": 123_000, "equity": 7_890}),
        (
            Pay("USD", 123_500, 12_345, 7_891),
            {
                "base_salary": 124_000,
                "bonus": 12_300,
                "equity": 7_890,
                "total_cash": 136_300,
                "total_compensation": 144_190,
            },
        ),
    ],
    ids=["base alone", "no bonus", "equity without bonus", "all"],
)
def test_dollars_follow_from_the_rounded_amounts(pay: Pay, measures: dict[str, int]) -> None:
    assert protected(who(pay=pay), who(), who())[0].measures == measures


def test_the_rate_is_that_of_the_year() -> None:
    found = protected(*(who(pay=Pay("EUR", 100_000), effective=month) for month in ("2025-12", "2026-01", "2026-03")))
    assert [record.measures[Measure.BASE_SALARY] for record in found.values()] == [113_000, 108_240, 108_240]


def test_months_are_told_by_their_quarter() -> None:
    months = ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]
    found = protected(*(who(effective=month) for month in months))
    told = [month_text(record.effective) for record in found.values()]
    assert told == ["2025-10", "2026-01", "2026-01", "2026-01", "2026-04"]


def test_negotiation_is_never_told() -> None:
    found = protected(*(who(competing_offers="2") for _ in range(3)))
    assert all(Factor.COMPETING_OFFERS not in record.one for record in found.values())


def test_pay_that_no_record_can_have_is_known_before() -> None:
    """92.65 million euros would be 92.7 million when rounded: over a hundred million dollars."""
    assert possible(Pay("EUR", 92_300_000), 1.0824)
    assert not possible(Pay("EUR", 92_350_001), 1.0824)
    assert not possible(Pay("INR", 40), 0.0115)


@given(st.integers(0, 10**12))
def test_rounding_keeps_three_digits_and_is_no_further_off_than_half_a_unit(amount: int) -> None:
    found = rounded(amount)
    unit = 10 ** max(len(str(amount)) - 3, 0)
    assert len(str(found).rstrip("0")) <= 3
    assert abs(found - amount) <= unit / 2
    assert rounded(found) == found


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
def candidates(draw: st.DrawFn) -> Candidate:
    one = {factor.value: draw(st.sampled_from(pool)) for factor, pool in POOLS.items()}
    untold = draw(st.sets(st.sampled_from(["employer", "education", "industry", "metro"])))
    place = draw(st.sampled_from(PLACES))
    pay = Pay(
        draw(st.sampled_from(["USD", "EUR"])), draw(st.integers(1_000, 999_999)), draw(st.none() | st.integers(0, 99_999))
    )
    lists = {"skill": draw(st.lists(st.sampled_from(["python", "sql", "ada"]), max_size=3))}
    known = {"metro", "subdivision", "country"} - place.keys()
    month = draw(st.sampled_from(["2025-11", "2026-02"]))
    return who(*untold, *known, pay=pay, effective=month, **{**one, **place, **lists})


def crowds() -> st.SearchStrategy[list[Candidate]]:
    return st.lists(candidates(), max_size=24)


def full_identity(candidate: Candidate) -> tuple[int | None, ...]:
    return tuple(candidate.one.get(factor) for factor in IDENTITY)


def told_identity(record: Protected) -> tuple[int | None, ...]:
    return tuple(record.one.get(factor) for factor in IDENTITY)


@settings(max_examples=80, deadline=None)
@given(crowds(), st.integers(3, 6))
def test_whatever_is_submitted_every_class_and_every_value_has_k(people: list[Candidate], k: int) -> None:
    found = protected(*people, k=k)
    assert all(size >= k for size in Counter(map(told_identity, found.values())).values())
    carried: defaultdict[int, Counter[Any]] = defaultdict(Counter)
    for record in found.values():
        values = [record.one[factor] for factor in OTHER_ONE if factor in record.one]
        carried[record.one[Factor.COUNTRY]].update([*values, *(n for listed in record.many.values() for n in listed)])
        carried[record.one[Factor.COUNTRY]].update([record.pay.currency] if record.pay.currency != "USD" else [])
    assert all(count >= k for counts in carried.values() for count in counts.values())


@settings(max_examples=50, deadline=None)
@given(crowds(), st.integers(3, 6), st.randoms(use_true_random=False))
def test_the_order_of_submissions_is_no_matter(people: list[Candidate], k: int, chance: random.Random) -> None:
    keyed = list(enumerate(people))
    expected = protect(dict(keyed), k, TAXONOMY, RATES)
    chance.shuffle(keyed)
    assert protect(dict(keyed), k, TAXONOMY, RATES) == expected


@settings(max_examples=50, deadline=None)
@given(crowds(), st.integers(3, 6))
def test_nothing_is_told_that_was_not_and_whoever_has_k_equals_is_told_whole(people: list[Candidate], k: int) -> None:
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


@settings(max_examples=50, deadline=None)
@given(crowds(), st.integers(3, 6))
def test_those_who_wait_could_not_have_been_told_even_at_the_widest(people: list[Candidate], k: int) -> None:
    """Beside those who wait there are fewer than k, all in all, of their country, family and band that tell no level."""
    found = protected(*people, k=k)

    def widest(candidate: Candidate) -> tuple[int | None, ...]:
        country, role, experience = (candidate.one[f] for f in (Factor.COUNTRY, Factor.ROLE, Factor.EXPERIENCE))
        return country, TAXONOMY[role].parent, TAXONOMY[experience].parent

    waiting = Counter(widest(candidate) for number, candidate in enumerate(people) if number not in found)
    assert all(size < k for size in waiting.values())
