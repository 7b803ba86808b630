"""Anonymisation: each generalisation step, on cases worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.candidates import ALL_CODES, ROBOTICS, SPEECH, VISION, anonymised, candidate, codes, quasi_identifiers, without

from service.intake.anonymisation import ContributedPay, rounded
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_text

STEPS = {
    "none, if k share it": ([{}, {}, {}], without()),
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


@pytest.mark.parametrize("step", STEPS)
def test_each_step_generalises_just_one_factor(step: str) -> None:
    people, expected = STEPS[step]
    assert [quasi_identifiers(record) for record in anonymised(*(candidate(**person) for person in people)).values()] == [
        expected
    ] * 3


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
def test_records_in_small_classes_at_the_end_wait(people: list[dict[str, str]]) -> None:
    assert anonymised(*(candidate("metro", "subdivision", **person) for person in people)) == {}


def test_a_record_joins_a_class_that_stays_as_it_is() -> None:
    """Three without an employer are enough; the fourth joins them once its employer is removed."""
    found = anonymised(candidate("employer"), candidate("employer"), candidate("employer"), candidate())
    assert [quasi_identifiers(record) for record in found.values()] == [without("employer")] * 4


def test_a_class_of_k_is_not_generalised_for_a_record_outside() -> None:
    found = anonymised(candidate(), candidate(), candidate(), candidate(experience="30"))
    assert [quasi_identifiers(record) for record in found.values()] == [ALL_CODES] * 3
    assert list(found) == [0, 1, 2]


def test_steps_are_cumulative() -> None:
    """Two in one metro area and two in another: neither share an employer, and both lose it before the place."""
    west, south = {"metro": "san-francisco"}, {"metro": "los-angeles"}
    found = anonymised(
        candidate(**west), candidate(employer=SPEECH, **west), candidate(**south), candidate(employer=SPEECH, **south), k=4
    )
    assert [quasi_identifiers(record) for record in found.values()] == [without("employer", "metro")] * 4


def test_a_sensitive_value_is_published_if_k_of_the_country_have_it() -> None:
    here = [
        candidate(skill=["python", "sql"], education="master"),
        candidate(skill=["python", "sql"]),
        candidate(skill=["python"]),
    ]
    there = [candidate("metro", "subdivision", country="de", skill=["sql"], education="master") for _ in range(3)]
    found = anonymised(*here, *there)
    assert [codes(record, Factor.SKILL) for record in found.values()] == [{"python"}] * 3 + [{"sql"}] * 3
    assert [Factor.EDUCATION in record.one for record in found.values()] == [False] * 3 + [True] * 3


def test_a_value_repeated_in_one_record_counts_once() -> None:
    found = anonymised(candidate(skill=["python", "python", "python"]), candidate(), candidate())
    assert all(not record.many for record in found.values())


def test_waiting_records_do_not_count_for_the_others() -> None:
    """Two of the three records with the skill, and in euros, are published: too few without the one that waits."""
    euros = ContributedPay("EUR", 90_000)
    found = anonymised(
        candidate(skill=["python"], pay=euros),
        candidate(skill=["python"], pay=euros),
        candidate(),
        candidate(experience="30", skill=["python"], pay=euros),
    )
    assert list(found) == [0, 1, 2]
    assert [record.many for record in found.values()] == [{}] * 3
    assert [record.pay for record in found.values()] == [ContributedPay("USD", 97_400)] * 2 + [
        ContributedPay("USD", 100_000)
    ]


def test_the_currency_is_published_if_k_of_the_country_have_it() -> None:
    """90,250 euros: 90,200 to three digits, and at 1.0824 that is 97,632.48 dollars."""
    found = anonymised(*(candidate(pay=ContributedPay("EUR", amount)) for amount in (90_250, 90_250, 123_456)))
    assert [record.pay for record in found.values()] == [ContributedPay("EUR", 90_200)] * 2 + [
        ContributedPay("EUR", 123_000)
    ]
    assert found[0].measures == {Measure.BASE_SALARY: 97_632}


def test_pay_in_a_rare_currency_is_converted_before_it_is_rounded() -> None:
    """1,234,567 rupees at 0.0115 are 14,197.52 dollars; 345,678 are 3,975.30."""
    found = anonymised(candidate(pay=ContributedPay("INR", 1_234_567, 345_678)), candidate(), candidate())
    assert found[0].pay == ContributedPay("USD", 14_200, 3_980)
    assert found[0].measures == {Measure.BASE_SALARY: 14_200, Measure.BONUS: 3_980, Measure.TOTAL_CASH: 18_180}


@pytest.mark.parametrize(
    ("pay", "measures"),
    [
        (ContributedPay("USD", 123_456), {"base_salary": 123_000}),
        (ContributedPay("USD", 123_456, 0), {"base_salary": 123_000, "bonus": 0, "total_cash": 123_000}),
        (ContributedPay("USD", 123_456, None, 7_891), {"base_salary": 123_000, "equity": 7_890}),
        (
            ContributedPay("USD", 123_500, 12_345, 7_891),
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
def test_dollars_follow_from_the_rounded_amounts(pay: ContributedPay, measures: dict[str, int]) -> None:
    assert anonymised(candidate(pay=pay), candidate(), candidate())[0].measures == measures


def test_the_exchange_rate_is_that_of_the_year() -> None:
    found = anonymised(
        *(candidate(pay=ContributedPay("EUR", 100_000), effective=month) for month in ("2025-12", "2026-01", "2026-03"))
    )
    assert [record.measures[Measure.BASE_SALARY] for record in found.values()] == [113_000, 108_240, 108_240]


def test_months_are_published_as_quarters() -> None:
    months = ["2025-12", "2026-01", "2026-02", "2026-03", "2026-04"]
    found = anonymised(*(candidate(effective=month) for month in months))
    quarters = [month_text(record.effective) for record in found.values()]
    assert quarters == ["2025-10", "2026-01", "2026-01", "2026-01", "2026-04"]


def test_competing_offers_are_never_published() -> None:
    found = anonymised(*(candidate(competing_offers="2") for _ in range(3)))
    assert all(Factor.COMPETING_OFFERS not in record.one for record in found.values())


def test_pay_out_of_range_after_rounding_is_not_publishable() -> None:
    """92.35 million euros and more round to 92.4 million, which is over a hundred million dollars."""
    assert ContributedPay("EUR", 92_300_000).is_publishable(1.0824)
    assert not ContributedPay("EUR", 92_350_001).is_publishable(1.0824)
    assert not ContributedPay("INR", 40).is_publishable(0.0115)


@given(st.integers(0, 10**12))
def test_rounding_to_three_digits_is_off_by_half_a_unit_at_most(amount: int) -> None:
    found = rounded(amount)
    unit = 10 ** max(len(str(amount)) - 3, 0)
    assert len(str(found).rstrip("0")) <= 3
    assert abs(found - amount) <= unit / 2
    assert rounded(found) == found
