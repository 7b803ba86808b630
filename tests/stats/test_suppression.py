"""Which figures a sample size allows, and which cautions a cohort's composition brings."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stats.suppression import DEFAULT_RULES, CautionCode, SampleMix, SuppressionCode, SuppressionRules, cautions


def test_default_minimums() -> None:
    assert asdict(DEFAULT_RULES) == {"min_records": 5, "min_records_outer": 10, "min_records_extreme": 20}


@given(st.integers(0, 1_000), st.integers(1, 100))
def test_samples_below_the_minimum_are_suppressed(records: int, minimum: int) -> None:
    found = SuppressionRules(min_records=minimum).suppression(records)
    if records >= minimum:
        assert found is None
    else:
        assert found is not None
        assert (found.code, found.minimum) == (SuppressionCode.TOO_FEW_RECORDS, minimum)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_percentiles_are_shown_from_the_minimum_of_their_range_on(count: int, p: float) -> None:
    minimum = 5 if 0.25 <= p <= 0.75 else 10 if 0.1 <= p <= 0.9 else 20
    allowed = DEFAULT_RULES.allows_percentile(p, count)
    if count < minimum:
        assert not allowed
    elif minimum < 20:
        assert allowed
    if allowed:
        assert DEFAULT_RULES.suppression(count) is None
        assert DEFAULT_RULES.allows_percentile(p, count + 1)


def test_extreme_percentiles_are_shown_where_they_rest_on_inner_records() -> None:
    shown = [count for count in (19, 20, 21, 100, 101) if DEFAULT_RULES.allows_percentile(0.01, count)]
    assert shown == [101]
    assert [count for count in (19, 20, 21) if DEFAULT_RULES.allows_percentile(0.95, count)] == [21]


@pytest.mark.parametrize("count", [20, 100, 10_000])
@pytest.mark.parametrize("p", [0.0, 1.0, 1e-9, 1 - 1e-9])
def test_percentiles_that_are_the_minimum_or_maximum_are_not_shown(count: int, p: float) -> None:
    assert not DEFAULT_RULES.allows_percentile(p, count)


@pytest.mark.parametrize(
    ("mix", "expected"),
    [
        (SampleMix(100, {"self-reported": 100}, (), 0), set()),
        (SampleMix(14, {"survey": 14}, (), 0), {CautionCode.SMALL_SAMPLE}),
        (SampleMix(100, {"survey": 100}, (25, 25, 25, 25), 0), {CautionCode.FEW_EMPLOYERS}),
        (SampleMix(100, {"survey": 100}, (30, 10, 10, 10, 10), 0), {CautionCode.DOMINATED_BY_ONE_EMPLOYER}),
        (SampleMix(100, {"survey": 100}, (20, 20, 20, 20, 20), 0), set()),
        (SampleMix(100, {"posted-range": 100}, (), 0), {CautionCode.POSTED_RANGES}),
        (SampleMix(100, {"sample": 1, "survey": 99}, (), 0), {CautionCode.SAMPLE_DATA, CautionCode.MIXED_SOURCES}),
        (SampleMix(100, {"survey": 100}, (), 50), set()),
        (SampleMix(100, {"survey": 100}, (), 51), {CautionCode.OLD_DATA}),
    ],
)
def test_cautions(mix: SampleMix, expected: set[CautionCode]) -> None:
    assert {caution.code for caution in cautions(mix)} == expected
