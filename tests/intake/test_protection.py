"""Protection: the ladder step by step on cases worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.candidates import FULL, ROBOTICS, SPEECH, VISION, codes, identity, protected, who, without

from service.intake.anonymisation import AnnualPay, rounded
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_text

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
    euros = AnnualPay("EUR", 90_000)
    found = protected(
        who(skill=["python"], pay=euros),
        who(skill=["python"], pay=euros),
        who(),
        who(experience="30", skill=["python"], pay=euros),
    )
    assert list(found) == [0, 1, 2]
    assert [record.many for record in found.values()] == [{}] * 3
    assert [record.pay for record in found.values()] == [AnnualPay("USD", 97_400)] * 2 + [AnnualPay("USD", 100_000)]


def test_the_currency_stays_where_enough_of_the_country_are_paid_in_it() -> None:
    """90,250 euros: 90,200 to three digits, and at 1.0824 that is 97,632.48 dollars."""
    found = protected(*(who(pay=AnnualPay("EUR", amount)) for amount in (90_250, 90_250, 123_456)))
    assert [record.pay for record in found.values()] == [AnnualPay("EUR", 90_200)] * 2 + [AnnualPay("EUR", 123_000)]
    assert found[0].measures == {Measure.BASE_SALARY: 97_632}


def test_a_rare_currency_becomes_dollars_before_it_is_rounded() -> None:
    """1,234,567 rupees at 0.0115 are 14,197.52 dollars; 345,678 are 3,975.30."""
    found = protected(who(pay=AnnualPay("INR", 1_234_567, 345_678)), who(), who())
    assert found[0].pay == AnnualPay("USD", 14_200, 3_980)
    assert found[0].measures == {Measure.BASE_SALARY: 14_200, Measure.BONUS: 3_980, Measure.TOTAL_CASH: 18_180}


@pytest.mark.parametrize(
    ("pay", "measures"),
    [
        (AnnualPay("USD", 123_456), {"base_salary": 123_000}),
        (AnnualPay("USD", 123_456, 0), {"base_salary": 123_000, "bonus": 0, "total_cash": 123_000}),
        (AnnualPay("USD", 123_456, None, 7_891), {"base_salary": 123_000, "equity": 7_890}),
        (
            AnnualPay("USD", 123_500, 12_345, 7_891),
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
def test_dollars_follow_from_the_rounded_amounts(pay: AnnualPay, measures: dict[str, int]) -> None:
    assert protected(who(pay=pay), who(), who())[0].measures == measures


def test_the_rate_is_that_of_the_year() -> None:
    found = protected(*(who(pay=AnnualPay("EUR", 100_000), effective=month) for month in ("2025-12", "2026-01", "2026-03")))
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
    assert AnnualPay("EUR", 92_300_000).is_publishable(1.0824)
    assert not AnnualPay("EUR", 92_350_001).is_publishable(1.0824)
    assert not AnnualPay("INR", 40).is_publishable(0.0115)


@given(st.integers(0, 10**12))
def test_rounding_keeps_three_digits_and_is_no_further_off_than_half_a_unit(amount: int) -> None:
    found = rounded(amount)
    unit = 10 ** max(len(str(amount)) - 3, 0)
    assert len(str(found).rstrip("0")) <= 3
    assert abs(found - amount) <= unit / 2
    assert rounded(found) == found
