"""What is told of how many records, and with which cautions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stats.suppression import DEFAULT_RULES, CautionCode, Mix, cautions, suppression, percentile_allowed


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_a_percentile_is_told_from_its_number_of_records_on(count: int, p: float) -> None:
    if percentile_allowed(p, count, DEFAULT_RULES):
        least = 5 if 0.25 <= p <= 0.75 else 10 if 0.1 <= p <= 0.9 else 20
        assert count >= least
        assert suppression(count, DEFAULT_RULES) is None
        assert percentile_allowed(p, count + 1, DEFAULT_RULES)


@pytest.mark.parametrize("count", [20, 100, 10_000])
@pytest.mark.parametrize("p", [0.0, 1.0, 1e-9, 1 - 1e-9])
def test_the_ends_are_never_told(count: int, p: float) -> None:
    assert not percentile_allowed(p, count, DEFAULT_RULES)


@pytest.mark.parametrize(
    ("mix", "expected"),
    [
        (Mix(100, {"self-reported": 100}, (), 0), set()),
        (Mix(14, {"survey": 14}, (), 0), {CautionCode.SMALL_SAMPLE}),
        (Mix(100, {"survey": 100}, (25, 25, 25, 25), 0), {CautionCode.FEW_EMPLOYERS}),
        (Mix(100, {"survey": 100}, (30, 10, 10, 10, 10), 0), {CautionCode.DOMINATED_BY_ONE_EMPLOYER}),
        (Mix(100, {"survey": 100}, (20, 20, 20, 20, 20), 0), set()),
        (Mix(100, {"posted-range": 100}, (), 0), {CautionCode.POSTED_RANGES}),
        (Mix(100, {"sample": 1, "survey": 99}, (), 0), {CautionCode.SAMPLE_DATA, CautionCode.MIXED_SOURCES}),
        (Mix(100, {"survey": 100}, (), 50), set()),
        (Mix(100, {"survey": 100}, (), 51), {CautionCode.OLD_DATA}),
    ],
)
def test_cautions(mix: Mix, expected: set[CautionCode]) -> None:
    assert {caution.code for caution in cautions(mix)} == expected
