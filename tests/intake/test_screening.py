"""Screening on labelled cases: typical mistakes are found, and plausible pay of many countries is not held."""

from dataclasses import replace
from math import log

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from seed.reference_data import fx_rates
from service.errors import UnknownCode
from service.intake.screening import MAX_SCORE, MIN_SPREAD, FindingCode, Peers, outlier_score, screen
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.currencies import LOCAL_CURRENCY, Rates
from service.vocabulary.factors import LEVELS, Factor
from service.vocabulary.units import month_of

RATES = Rates(fx_rates())
JUNE = month_of(2024, 6)
OUTLIER, INCONSISTENT = FindingCode.OUTLIER, FindingCode.INCONSISTENT

MEDIANS = {"us": 150_000, "gb": 85_000, "de": 80_000, "in": 30_000, "pl": 55_000, "ch": 130_000, "jp": 60_000, "br": 35_000}
"""US dollars a year."""


def reported(
    base: int,
    currency: str = "USD",
    country: str = "us",
    level: str = "senior",
    years: int = 8,
    bonus: int | None = None,
    equity: int | None = None,
    offer: int | None = None,
) -> SubmissionAnswers:
    one = {
        Factor.ROLE: "data-scientist",
        Factor.LEVEL: level,
        Factor.EXPERIENCE: str(years),
        Factor.EMPLOYMENT_TYPE: "full-time",
        Factor.COUNTRY: country,
    }
    return SubmissionAnswers(one, {}, JUNE, currency, base, bonus, equity, initial_offer=offer)


def peers(country: str = "us", spread: float = 0.35) -> Peers:
    return Peers(60, MEDIANS[country], spread)


def codes(answers: SubmissionAnswers, beside: Peers | None) -> list[FindingCode]:
    return [finding.code for finding in screen(answers, beside, RATES)]


@pytest.mark.parametrize(
    "answers",
    [
        reported(150_000),
        reported(95_000, level="entry", years=0),
        reported(330_000, level="staff", years=12, bonus=60_000, equity=400_000, offer=700_000),
        reported(72_000, "GBP", "gb"),
        reported(45_000, "GBP", "gb", level="mid", years=3),
        reported(78_000, "EUR", "de", bonus=0, equity=0, offer=70_000),
        reported(2_800_000, "INR", "in", bonus=300_000),
        reported(1_200_000, "INR", "in", level="entry", years=1),
        reported(240_000, "PLN", "pl"),
        reported(60_000, "USD", "pl"),  # by contract, in dollars
        reported(58_000, "EUR", "pl"),
        reported(125_000, "CHF", "ch"),
        reported(9_000_000, "JPY", "jp"),
        reported(190_000, "BRL", "br"),
        reported(150_000, level="mid", years=30),
        reported(150_000, level="senior", years=1),  # straight from a doctorate
        reported(150_000, offer=60_000),
        reported(150_000, offer=600_000),  # with equity that is not reported
    ],
    ids=lambda answers: f"{answers.base} {answers.currency} {answers.one[Factor.COUNTRY]}",
)
def test_plausible_pay_is_not_held(answers: SubmissionAnswers) -> None:
    assert screen(answers, peers(answers.one[Factor.COUNTRY]), RATES) == []
    assert screen(answers, None, RATES) == []


@pytest.mark.parametrize(
    ("answers", "meaning"),
    [
        (reported(12_500), "pay for a month"),
        (reported(5_770), "pay for two weeks"),
        (reported(2_880), "pay for a week"),
        (reported(576), "pay for a day"),
        (reported(72), "pay for an hour"),
        (reported(150), "an amount in thousands"),
        (reported(6_500, "EUR", "de"), "pay for a month"),
        (reported(36, "EUR", "de"), "pay for an hour"),
        (reported(74, "EUR", "de"), "an amount in thousands"),
        (reported(210_000, "INR", "in"), "pay for a month"),
        (reported(750_000, "JPY", "jp"), "pay for a month"),
        (reported(2_500_000, "USD", "in"), "an amount in INR"),
        (reported(220_000, "USD", "pl"), "an amount in PLN"),
        (reported(9_000_000, "USD", "jp"), "an amount in JPY"),
        (reported(60_000, "JPY", "jp"), "an amount in USD"),
        (reported(30_000, "INR", "in"), "an amount in USD"),
    ],
)
def test_a_mistaken_unit_or_currency_is_named(answers: SubmissionAnswers, meaning: str) -> None:
    [finding] = screen(answers, peers(answers.one[Factor.COUNTRY]), RATES)
    assert finding.code is INCONSISTENT
    assert f"it looks like {meaning}." in finding.message
    usd = answers.base * RATES.usd(answers.currency, 2024)
    assert finding.score == outlier_score(usd, peers(answers.one[Factor.COUNTRY]))


def test_with_a_wide_spread_a_monthly_amount_is_found_before_it_is_an_outlier() -> None:
    """A twelfth of the median is 2.8 spreads off: not an outlier, but fully explained as pay for a month."""
    wide = peers(spread=0.9)
    assert codes(reported(12_500), wide) == [INCONSISTENT]
    assert codes(reported(15_500 * 12), wide) == []
    assert -MAX_SCORE < outlier_score(12_500, wide) < -2


@pytest.mark.parametrize(
    ("answers", "beside", "expected"),
    [
        (reported(750_000), peers(), [OUTLIER]),
        (reported(30_000), peers(), [OUTLIER]),
        (reported(428_000), peers(), []),  # 2.996 spreads off
        (reported(429_000), peers(), [OUTLIER]),  # 3.002
        (reported(400_000), peers(spread=0.0), []),  # all peers equal: the minimum spread applies
        (reported(750_000), None, []),
        (reported(750_000), Peers(9, 150_000, 0.3), []),  # too few peers
        (reported(750_000), Peers(10, 150_000, 0.3), [OUTLIER]),
        (reported(999), None, [INCONSISTENT]),
        (reported(1_000), None, []),
        (reported(3_000_001), None, [INCONSISTENT]),
        (reported(150_000, bonus=150_000), peers(), []),
        (reported(150_000, bonus=150_001), peers(), [INCONSISTENT]),
        (reported(150_000, equity=750_000), peers(), []),
        (reported(150_000, equity=750_001), peers(), [INCONSISTENT]),
        (reported(150_000, bonus=0, equity=0, offer=450_001), peers(), [INCONSISTENT]),
        (reported(150_000, bonus=0, equity=0, offer=450_000), peers(), []),
        (reported(150_000, offer=49_999), peers(), [INCONSISTENT]),
        (reported(150_000, offer=50_000), peers(), []),
        (reported(150_000, offer=12_500), peers(), [INCONSISTENT]),
        (reported(85_000, "GBP"), peers(), [INCONSISTENT]),  # pounds in the United States
        (reported(150_000, "PLN", "br"), None, [INCONSISTENT]),
        (
            reported(750_000, bonus=800_000, equity=4_000_000, offer=10, level="entry", years=30),
            peers(),
            [OUTLIER] + 4 * [INCONSISTENT],
        ),
    ],
)
def test_findings_at_the_thresholds(answers: SubmissionAnswers, beside: Peers | None, expected: list[FindingCode]) -> None:
    assert codes(answers, beside) == expected


@pytest.mark.parametrize(
    ("level", "held", "fine"),
    [
        ("entry", [11, 25, 60], [0, 10]),
        ("mid", [], [0, 60]),
        ("senior", [0], [1, 60]),
        ("staff", [0, 2], [3, 60]),
        ("principal", [0, 4], [5, 60]),
        ("executive", [0, 1], [2, 60]),
    ],
)
def test_plausible_experience_by_level(level: str, held: list[int], fine: list[int]) -> None:
    assert [codes(reported(150_000, level=level, years=years), peers()) for years in held] == [[INCONSISTENT]] * len(held)
    assert [codes(reported(150_000, level=level, years=years), peers()) for years in fine] == [[]] * len(fine)


def test_every_level_has_a_range() -> None:
    for level in LEVELS:
        assert codes(reported(150_000, level=level, years=6), peers()) == []


def test_local_currencies_have_rates() -> None:
    assert set(LOCAL_CURRENCY.values()) <= set(RATES.currencies)
    assert len(LOCAL_CURRENCY) == 246
    assert [LOCAL_CURRENCY[code] for code in ("us", "de", "na", "in", "ch", "pl")] == [
        "USD",
        "EUR",
        "NAD",
        "INR",
        "CHF",
        "PLN",
    ]


def test_an_unknown_currency_is_an_error() -> None:
    with pytest.raises(UnknownCode, match="no currency with the code 'XXX'"):
        screen(reported(150_000, "XXX"), None, RATES)


@given(st.lists(st.integers(1_000, 10_000_000), min_size=10, max_size=60), st.integers(1, 100_000_000))
def test_the_score_equals_scipys(pay: list[int], base: int) -> None:
    """Against the median and the median absolute deviation of the logarithms, scaled to a normal deviation."""
    logs = [log(amount) for amount in pay]
    middle = sorted(logs)[len(logs) // 2]
    spread = float(median_abs_deviation(logs, scale="normal", center=lambda values, axis: middle))
    found = outlier_score(base, Peers(len(pay), sorted(pay)[len(pay) // 2], spread))
    assert found == pytest.approx((log(base) - middle) / max(spread, MIN_SPREAD), rel=1e-9, abs=1e-9)


amounts = st.integers(1, 100_000_000)
spreads = st.floats(0, 10)


@given(st.floats(1, 1e6), st.floats(1_000, 1e6), spreads)
def test_the_score_is_symmetric_in_ratios(ratio: float, median: float, spread: float) -> None:
    beside = Peers(50, median, spread)
    assert outlier_score(median * ratio, beside) == pytest.approx(-outlier_score(median / ratio, beside), abs=1e-6)


@given(
    answers=st.builds(
        reported,
        base=amounts,
        currency=st.sampled_from(RATES.currencies),
        country=st.sampled_from([*LOCAL_CURRENCY, "cu", "aq", ""]),
        level=st.sampled_from(LEVELS),
        years=st.integers(0, 60),
        bonus=st.none() | st.integers(0, 100_000_000),
        equity=st.none() | st.integers(0, 1_000_000_000),
        offer=st.none() | amounts,
    ),
    beside=st.none() | st.builds(Peers, st.integers(1, 10_000), st.floats(1, 1e8), spreads),
)
def test_any_answers_can_be_screened(answers: SubmissionAnswers, beside: Peers | None) -> None:
    """At most one finding per check, each a sentence."""
    findings = screen(answers, beside, RATES)
    assert len(findings) <= 6
    assert len({finding.message for finding in findings}) == len(findings)
    assert all(finding.message[0].isupper() or finding.message[0].isdigit() for finding in findings)
    assert all(finding.message[-1] in ".?" for finding in findings)
    assert {finding.code for finding in findings} <= {OUTLIER, INCONSISTENT}


@given(amounts, st.builds(Peers, st.integers(10, 10_000), st.floats(1_000, 1e6), spreads))
def test_pay_far_from_the_median_is_always_held(base: int, beside: Peers) -> None:
    assume(abs(outlier_score(base, beside)) > MAX_SCORE)
    assert codes(reported(base), beside)


def test_a_correction_removes_the_finding() -> None:
    wrong = reported(12_500)
    assert codes(wrong, peers()) == [INCONSISTENT]
    assert codes(replace(wrong, base=12 * wrong.base), peers()) == []
