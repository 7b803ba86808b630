"""Relaxation of profiles: steps by hand, their cohorts against PostgreSQL; and profiles."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.databases import clone
from support.records import publish
from support.sample_tables import numbered_reference
from support.sql_oracle import publish_random, where_sql

from service.errors import InputError
from service.index.build import build_current_index
from service.index.index import Index
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile, profile_of
from service.market.relaxation import MIN_RECORDS, most_specific_cohort, relax
from service.stats.suppression import SuppressionRules
from service.store.bulk import BulkConnection, bulk_connection
from service.vocabulary.conditions import AnyOf, Condition, NoneOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

RECORD = {
    "role": "machine-learning-engineer",
    "level": "senior",
    "country": "us",
    "subdivision": "us-ca",
    "metro": "san-francisco",
    "employment_type": "full-time",
    "experience": "5",
    "total_compensation": 200_000,
}
VARIANTS: list[tuple[int, dict[str, object]]] = [
    (12, {}),
    (3, {"total_compensation": None, "base_salary": 150_000}),
    (8, {"experience": "4"}),
    (5, {"employment_type": "contract"}),
    (5, {"metro": None}),
    (10, {"metro": "new-york", "subdivision": None}),
    (5, {"experience": "10"}),
    (5, {"role": "nlp-engineer"}),
    (5, {"role": "nlp-engineer", "level": "mid"}),
    (5, {"role": "data-scientist", "level": "mid"}),
    (30, {"country": "de", "subdivision": None, "metro": None}),
]
STEPS = [
    (None, 12),
    (Factor.EXPERIENCE, 20),
    (Factor.EMPLOYMENT_TYPE, 25),
    (Factor.METRO, 30),
    (Factor.SUBDIVISION, 40),
    (Factor.EXPERIENCE, 45),
    (Factor.ROLE, 50),
    (Factor.LEVEL, 55),
    (Factor.ROLE, 60),
]
"""The dropped factor and the number of records with a total compensation, added up from VARIANTS."""

TAXONOMY = numbered_reference(1).taxonomy
SF = {Factor.ROLE: "machine-learning-engineer", Factor.METRO: "san-francisco"}


@pytest.fixture(scope="module")
def few(server_url: str, empty_template: str) -> Iterator[Index]:
    with clone(server_url, empty_template) as url:
        publish(url, [_record(change) for count, change in VARIANTS for _ in range(count)])
        yield build_current_index(url)


def _record(change: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**RECORD, **change}.items() if value is not None}


def _senior(index: Index) -> Profile:
    others = {Factor.LEVEL: "senior", Factor.EMPLOYMENT_TYPE: "full-time"}
    return profile_of(index.reference.taxonomy, SF | others, experience=5)


@pytest.mark.parametrize("minimum", [5, 12, 13, 20, 21, 40, 41, 46, 55, 60, 61, 1_000])
def test_ends_at_the_first_sufficient_cohort(few: Index, minimum: int) -> None:
    found = relax(few, _senior(few), min_records=minimum)
    large = [count >= minimum for _, count in STEPS]
    expected = STEPS[: large.index(True) + 1] if any(large) else STEPS
    assert [(step.dropped, len(step.cohort.ranked(Measure.TOTAL_COMPENSATION))) for step in found] == expected
    assert [step.sufficient for step in found] == large[: len(expected)]


def test_only_records_with_the_measure_count(few: Index) -> None:
    """The three records with a base salary only are in the cohort, and the only ones when base salaries are compared."""
    assert relax(few, _senior(few), min_records=12)[0].cohort.size == 15
    steps = relax(few, _senior(few), measure=Measure.BASE_SALARY, min_records=4)
    assert (len(steps), steps[-1].sufficient) == (len(STEPS), False)


def test_rules_of_suppression_raise_the_minimum(few: Index) -> None:
    assert len(relax(few, _senior(few), min_records=5, rules=SuppressionRules(min_records=25))) == 3


def test_cohorts_have_currency_and_label(few: Index) -> None:
    steps = relax(few, _senior(few), min_records=60, currency="EUR")
    assert {step.cohort.currency for step in steps} == {"EUR"}
    assert [step.cohort.label for step in steps][-4:] == [
        "Senior Machine Learning Engineers, United States",
        "Senior Machine learning, United States",
        "Machine learning, United States",
        "United States",
    ]


def test_factors_missing_from_most_records_are_skipped(server_url: str, empty_template: str) -> None:
    """25 of 30 in San Francisco lack years of experience, which are dropped before the metro area, which all have."""
    silent = _record({"experience": None})
    elsewhere = _record({"metro": None, "experience": None})
    with clone(server_url, empty_template) as url:
        publish(url, [*([silent] * 25), *([_record({})] * 5), *([elsewhere] * 25)])
        index = build_current_index(url)
    steps = relax(index, _senior(index), min_records=20)
    assert [(step.dropped, step.cohort.size, step.sufficient) for step in steps] == [
        (None, 5, False),
        (Factor.EXPERIENCE, 5, False),
        (Factor.EXPERIENCE, 30, True),
    ]
    assert steps[-1].cohort.label.endswith("San Francisco-Oakland-Fremont, CA, Full-time")


def test_country_is_the_last_step_without_records(few: Index) -> None:
    steps = relax(few, profile_of(few.reference.taxonomy, {Factor.ROLE: "nlp-engineer", Factor.COUNTRY: "ee"}))
    assert [(step.dropped, step.cohort.size, step.sufficient) for step in steps] == [
        (None, 0, False),
        (Factor.ROLE, 0, False),
        (Factor.ROLE, 0, False),
    ]


def test_role_families_have_one_condition(few: Index) -> None:
    who = profile_of(few.reference.taxonomy, {Factor.ROLE: "machine-learning", Factor.COUNTRY: "us"})
    assert [(step.dropped, step.cohort.size) for step in relax(few, who, min_records=20)] == [(None, 58)]


def test_empty_profiles_match_all_records(few: Index) -> None:
    [step] = relax(few, Profile())
    assert (step.dropped, step.cohort.size, step.sufficient) == (None, 93, True)


@pytest.fixture(scope="module")
def many(server_url: str, empty_template: str) -> Iterator[tuple[BulkConnection, Index]]:
    with clone(server_url, empty_template) as url:
        publish_random(url, 3_000, 11)
        with bulk_connection(url) as rows:
            yield rows, build_current_index(url)


def drawn_profile(data: st.DataObject, index: Index) -> Profile:
    """Codes of existing records; always with a country, and with other places only as part of a metro area."""
    taxonomy = index.reference.taxonomy
    factors = data.draw(
        st.sets(st.sampled_from([factor for factor in SINGLE_VALUED if _present(index, factor)]), max_size=5)
    )
    factors = {Factor.COUNTRY, *factors} - {Factor.METRO, Factor.SUBDIVISION}
    if data.draw(st.booleans()):
        factors = (factors - {Factor.COUNTRY}) | {Factor.METRO}
    one = {factor: data.draw(st.sampled_from(_present(index, factor))) for factor in sorted(factors)}
    several = data.draw(st.sets(st.sampled_from(MULTI_VALUED), max_size=2))
    codes = {factor: data.draw(st.lists(st.sampled_from(_present(index, factor)), max_size=3)) for factor in sorted(several)}
    return profile_of(taxonomy, one, codes, data.draw(st.none() | st.integers(0, 60)))


def _present(index: Index, factor: Factor) -> list[str]:
    return [value.code for value in index.reference.taxonomy.values(factor) if value.id in index.base.sets.values]


def _conditions(taxonomy: Taxonomy, profile: Profile) -> list[Condition]:
    """The conditions of the most specific cohort."""
    years = {} if profile.experience is None else {Factor.EXPERIENCE: (str(profile.experience),)}
    codes = {factor: (code,) for factor, code in profile.one.items()} | dict(profile.many) | years
    return [AnyOf(factor, frozenset(taxonomy.find(factor, code).id for code in listed)) for factor, listed in codes.items()]


@settings(max_examples=60)
@given(
    data=st.data(),
    measure=st.sampled_from([Measure.TOTAL_COMPENSATION, Measure.BASE_SALARY]),
    include_sample=st.booleans(),
)
def test_every_step_includes_the_previous_one_and_equals_postgres(
    many: tuple[BulkConnection, Index], data: st.DataObject, measure: Measure, include_sample: bool
) -> None:
    rows, index = many
    taxonomy = index.reference.taxonomy
    profile = drawn_profile(data, index)
    steps = relax(index, profile, measure=measure, include_sample=include_sample)
    sample = taxonomy.find(Factor.SOURCE_KIND, "sample").id
    real = [] if include_sample else [NoneOf(Factor.SOURCE_KIND, frozenset({sample}))]

    def query(conditions: list[Condition]) -> tuple[int, int]:
        sql = f"SELECT count(*), count({measure.value}) FROM salary_record WHERE {where_sql(tuple(conditions), taxonomy)}"
        return tuple(column[0].as_py() for column in rows.query(sql).columns)  # type: ignore[return-value]

    assert (steps[0].cohort.size, len(steps[0].cohort.ranked(measure))) == query([*_conditions(taxonomy, profile), *real])
    assert steps[0].dropped is None
    for before, after in pairwise(steps):
        assert before.cohort.members <= after.cohort.members
        assert before.cohort.conditions != after.cohort.conditions
        assert after.dropped is not None
    counts = [query(list(step.cohort.conditions))[1] for step in steps]
    assert [len(step.cohort.ranked(measure)) for step in steps] == counts
    assert [step.sufficient for step in steps] == [count >= MIN_RECORDS for count in counts]
    cohort = steps[-1].cohort
    if not include_sample:
        last = most_specific_cohort(index, profile, measure=measure)
        assert (last.members if last else None) == (cohort.ranked(measure).members if steps[-1].sufficient else None)
    assert not any(step.sufficient for step in steps[:-1])
    assert steps[-1].sufficient or [c.factor for c in cohort.conditions[: -len(real) or None]] == [Factor.COUNTRY]  # type: ignore[union-attr]


def test_places_are_completed() -> None:
    assert profile_of(TAXONOMY, SF).one == SF | {Factor.SUBDIVISION: "us-ca", Factor.COUNTRY: "us"}
    continent = profile_of(TAXONOMY, SF | {Factor.COUNTRY: "north-america"})
    assert continent.one[Factor.COUNTRY] == "us"
    both = profile_of(TAXONOMY, {Factor.METRO: "new-york", Factor.SUBDIVISION: "us-nj"})
    assert both.one == {Factor.METRO: "new-york", Factor.SUBDIVISION: "us-nj", Factor.COUNTRY: "us"}


def test_other_factors_are_ignored() -> None:
    found = profile_of(
        TAXONOMY, {Factor.YEAR: "2025", Factor.ROLE: "nlp-engineer"}, {Factor.BENEFIT: ["x"], Factor.SKILL: []}
    )
    assert found == Profile({Factor.ROLE: "nlp-engineer"})
    assert profile_of(TAXONOMY, {}, {Factor.SKILL: ["python", "sql", "python"]}).codes(Factor.SKILL) == ("python", "sql")


@pytest.mark.parametrize(
    ("one", "words"),
    [
        ({Factor.METRO: "san-francisco", Factor.SUBDIVISION: "us-ny"}, "'san-francisco' is in 'us-ca', not in 'us-ny'"),
        ({Factor.METRO: "san-francisco", Factor.COUNTRY: "de"}, "'san-francisco' is in 'us', not in 'de'"),
        ({Factor.METRO: "san-francisco", Factor.COUNTRY: "europe"}, "'san-francisco' is in 'us', not in 'europe'"),
        ({Factor.METRO: "new-york", Factor.SUBDIVISION: "de-by"}, "'new-york' is in 'us', but 'de-by' in 'de'"),
        ({Factor.SUBDIVISION: "us-ca", Factor.COUNTRY: "de"}, "'us-ca' is in 'us', not in 'de'"),
    ],
)
def test_contradictory_places_are_refused(one: dict[Factor, str], words: str) -> None:
    with pytest.raises(InputError, match="The places contradict each other") as caught:
        profile_of(TAXONOMY, one)
    assert words in str(caught.value)


def test_invalid_profiles_are_refused() -> None:
    with pytest.raises(InputError, match="Did you mean machine-learning-engineer"):
        profile_of(TAXONOMY, {Factor.ROLE: "machine-learning-enginer"})
    with pytest.raises(InputError, match="no skill with the code 'pyton'"):
        profile_of(TAXONOMY, {}, {Factor.SKILL: ["sql", "pyton"]})
    with pytest.raises(InputError, match="at most 50 codes per factor; skill has 51"):
        profile_of(TAXONOMY, {}, {Factor.SKILL: [f"s{n}" for n in range(51)]})
    for years in (-1, 61, 2**40):
        with pytest.raises(InputError, match="from 0 to 60"):
            profile_of(TAXONOMY, {}, experience=years)
