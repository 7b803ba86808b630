"""Which figures a sample size allows, and which cautions a cohort's composition brings."""

from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stats.suppression import (
    DEFAULT_RULES,
    CautionCode,
    Coverage,
    Population,
    SampleMix,
    SuppressionCode,
    SuppressionRules,
    cautions,
    differ_in_sources,
    is_partial,
)


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


@pytest.mark.parametrize(
    ("reporting", "cohort", "expected"),
    [
        ({1: 100}, {1: 100}, False),
        ({1: 50}, {1: 100}, False),
        ({1: 49}, {1: 100}, True),
        ({1: 80}, {1: 80, 2: 20}, False),  # a fifth would have to come from the other data set
        ({1: 79}, {1: 79, 2: 21}, True),
        ({1: 10, 2: 50}, {1: 20, 2: 100}, False),  # a part of each, at the same mix
        ({1: 10, 2: 80}, {1: 20, 2: 80}, False),  # 11% and 20% of the first
        ({1: 25, 2: 80, 3: 25}, {1: 80, 2: 80, 3: 80}, True),  # 62% and 33% of the second
    ],
)
def test_a_measure_covers_a_part_of_a_cohort(reporting: dict[int, int], cohort: dict[int, int], expected: bool) -> None:
    assert is_partial(reporting, cohort) == expected


@given(st.dictionaries(st.integers(1, 5), st.integers(1, 1_000), min_size=1), st.integers(2, 9))
def test_samples_of_one_mix_do_not_differ_in_sources(counts: dict[int, int], factor: int) -> None:
    larger = {source: count * factor for source, count in counts.items()}
    assert not differ_in_sources(counts, larger)
    assert differ_in_sources(counts, {source + 5: count for source, count in counts.items()})
    assert is_partial(counts, larger) == (factor > 2)


A, A_AND_B = Population({"A": 80}, (2020, 2025)), Population({"A": 80, "B": 20}, (2020, 2025))
MANY = Population({"A": 50, "B": 30, "C": 15, "D": 4, "E": 1}, (2020, 2025))
FILTER = "Filter by source to compare like with like."


def test_a_population_names_its_largest_data_sets() -> None:
    assert MANY.description == "A (50%), B (30%), C (15%), 2 others (5%), 2020 to 2025"


@pytest.mark.parametrize(
    ("coverage", "counts", "populations"),
    [
        (
            Coverage("equity", Population({"E": 1, "D": 4}, (2025, 2025)), MANY, "80 report bonus"),
            "Only 5 of the 100 records of this cohort report equity",
            f": D (80%), E (20%), 2025. Whole cohort: {MANY.description}. 80 report bonus. {FILTER}",
        ),
        (
            Coverage("bonus", A, A_AND_B),
            "80 of the 100 records of this cohort report bonus",
            f": A, 2020 to 2025. Whole cohort: A (80%), B (20%), 2020 to 2025. {FILTER}",
        ),
        (
            Coverage("bonus", Population({"A": 1}, (2020, 2020)), A),
            "Only 1 of the 80 records of this cohort report bonus",
            f": A, 2020. Whole cohort: A, 2020 to 2025. {FILTER.replace('source', 'period')}",
        ),
        (
            Coverage("bonus", Population({"A": 1}, (2020, 2025)), A),
            "Only 1 of the 80 records of this cohort report bonus",
            "; the others may differ.",
        ),
    ],
)
def test_the_caution_of_partial_coverage_names_the_population(coverage: Coverage, counts: str, populations: str) -> None:
    [found] = cautions(SampleMix(1_000, {"survey": 1_000}, (), 0, coverage=coverage))
    assert (found.code, found.message) == (CautionCode.PARTIAL_COVERAGE, counts + populations)
