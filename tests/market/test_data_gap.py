"""What no loaded source reports, the data sets that do, and the reasons of cohorts that name them; by both engines."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from support.databases import clone
from support.records import publish

from seed.catalogue import data_sets
from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Cohort
from service.market.data_gap import DataGap
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.selection import open_sql_index
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure, UnavailableCode
from service.vocabulary.terms import CatalogueEntry

BASE, TOTAL, BONUS = Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION, Measure.BONUS
RECORDS = [
    *({"source": "aijobs", "level": ("mid", "senior")[n % 2], "base_salary": 100_000 + n} for n in range(20)),
    *({"source": "lca", "industry": "finance", "base_salary": 90_000 + n} for n in range(4)),
    *(
        {"source": "stackoverflow-2025", "country": "de", "total_compensation": 80_000, "job_satisfaction": 4}
        for _ in range(6)
    ),
]
CATALOGUE = (
    CatalogueEntry("aijobs", 150_000, 8, (Factor.LEVEL,), (BASE,)),
    CatalogueEntry("lca", 6_000_000, 2_700, (Factor.INDUSTRY, Factor.METRO), (BASE,)),
    CatalogueEntry("small", 100, 1, (Factor.EDUCATION, Factor.INDUSTRY), (BASE,)),
    CatalogueEntry("large", 10_000, 1_000, (Factor.EDUCATION,), (BASE,)),
    CatalogueEntry("dense", 10_000, 10, (Factor.EDUCATION,), (BASE, BONUS)),
)
NO_OTHER, CONTRIBUTORS = (
    "and no other data set of the catalogue",
    "only contributors are asked for it (`contributedBreakdown`).",
)


@pytest.fixture(scope="module", params=["index", "sql"])
def index(server_url: str, empty_template: str, request: pytest.FixtureRequest) -> Iterator[Index]:
    with clone(server_url, empty_template) as url:
        publish(url, RECORDS)
        threads = SqlThreadPool(url, 60)
        with threads.attached_thread():
            found = build_current_index(url) if request.param == "index" else open_sql_index(url, threads)
            found.reference = replace(found.reference, catalogue=CATALOGUE)
            yield found


def cohort_of(index: Index, factor: Factor, code: str) -> Cohort:
    return Cohort(index, (AnyOf(factor, frozenset({index.reference.taxonomy.find(factor, code).id})),))


def test_the_database_has_the_catalogue(server_url: str, empty_template: str) -> None:
    with clone(server_url, empty_template) as url:
        publish(url, RECORDS)
        assert build_current_index(url).reference.catalogue == tuple(one.entry for one in data_sets())


def test_data_sets_that_are_not_loaded_by_records_for_their_size(index: Index) -> None:
    assert DataGap(index, BASE, (Factor.EDUCATION,)).data_sets == ("dense", "small", "large")
    assert DataGap(index, BASE, (Factor.LEVEL,)).data_sets == ()


@pytest.mark.parametrize(
    ("measure", "factor", "sentence"),
    [
        (BASE, Factor.LEVEL, None),
        (BASE, Factor.INDUSTRY, None),
        (Measure.JOB_SATISFACTION, None, None),
        (BASE, Factor.EDUCATION, "No loaded source reports education; `payrank data load dense` loads one that does."),
        (BONUS, None, "No loaded source reports bonus; `payrank data load dense` loads one that does."),
        (
            BASE,
            Factor.METRO,
            f"No loaded source reports metro area, {NO_OTHER} does: {CONTRIBUTORS}",
        ),
        (
            Measure.CAREER_GROWTH,
            Factor.SKILL,
            f"No loaded source reports career growth and skill, {NO_OTHER} does: {CONTRIBUTORS}",
        ),
        (
            TOTAL,
            Factor.EDUCATION,
            f"No loaded source reports education, {NO_OTHER} reports it together with total compensation: {CONTRIBUTORS}",
        ),
        (
            TOTAL,
            Factor.LEVEL,
            f"No loaded source reports total compensation together with level, {NO_OTHER} does: {CONTRIBUTORS}",
        ),
    ],
)
def test_what_no_loaded_source_reports(index: Index, measure: Measure, factor: Factor | None, sentence: str | None) -> None:
    assert DataGap(index, measure, (factor,) if factor else ()).unreported == sentence


def test_without_a_catalogue_nothing_is_recommended(index: Index) -> None:
    reference = index.reference
    try:
        index.reference = replace(reference, catalogue=())
        gap = DataGap(index, BASE, (Factor.METRO,))
        assert (gap.unreported, gap.data_sets, gap.suggestions) == ("No loaded source reports metro area.", (), [])
    finally:
        index.reference = reference


def test_cohorts_name_the_measure_to_use_or_the_data_set_to_load(index: Index) -> None:
    missing = Cohort(index).unavailable(BONUS)
    assert missing
    assert (missing.code, missing.available, missing.data_sets) == (
        UnavailableCode.NOT_REPORTED,
        [BASE, TOTAL, Measure.JOB_SATISFACTION],
        ("dense",),
    )
    assert missing.message == (
        "No loaded source reports bonus; `payrank data load dense` loads one that does. 24 records of this cohort report "
        "base salary: use that measure."
    )
    unlike_pay = Cohort(index).unavailable(Measure.CAREER_GROWTH)
    assert unlike_pay
    assert unlike_pay.message.endswith(CONTRIBUTORS)


def test_groups_without_statistics_have_a_reason(index: Index) -> None:
    assert Cohort(index).unavailable(BASE, Factor.LEVEL) is None
    one = Cohort(index).unavailable(BASE, Factor.YEAR)
    assert one
    assert one.message.startswith("Only one value of year has the 5 records that are needed, of the 24 records of this ")
    assert one.message.endswith(" `payrank data load dense` adds records that report base salary and year.")
    few = Cohort(index).unavailable(BASE, Factor.INDUSTRY)
    assert few
    assert few.code is UnavailableCode.TOO_FEW_RECORDS
    assert few.message == (
        "No value of industry has the 5 records that are needed, of the 24 records of this cohort that report base salary. "
        "`payrank data load small` adds records that report base salary and industry."
    )
    missing = Cohort(index).unavailable(BASE, Factor.EDUCATION)
    assert missing
    assert (missing.code, missing.data_sets) == (UnavailableCode.NOT_REPORTED, ("dense", "small", "large"))


def test_a_cohort_without_the_measure_is_not_an_edition_without_it(index: Index) -> None:
    """A data set that would help reports what the cohort filters on; here none does."""
    found = cohort_of(index, Factor.COUNTRY, "de").unavailable(BASE)
    assert found
    assert (found.code, found.data_sets) == (UnavailableCode.TOO_FEW_RECORDS, ())
    assert found.message == (
        "Only 0 of the 6 records of this cohort report base salary; 5 are needed. 6 report total compensation: use "
        "that measure, or remove a filter."
    )


def test_a_whole_edition_has_no_filter_to_remove(index: Index) -> None:
    assert Cohort(index).data_gap(BASE, Factor.METRO).with_remedies("Not enough.") == (
        f"Not enough. No other data set of the catalogue reports base salary and metro area: {CONTRIBUTORS}"
    )
    filtered = cohort_of(index, Factor.COUNTRY, "de").data_gap(BASE, Factor.METRO)
    assert filtered.with_remedies("Not enough.") == "Not enough. Remove a filter."


def test_nothing_adds_records_to_a_source(index: Index) -> None:
    for factor, code in ((Factor.SOURCE, "lca"), (Factor.SOURCE_KIND, "survey")):
        assert cohort_of(index, factor, code).data_gap(BASE, Factor.EDUCATION).data_sets == ()
    one_year = cohort_of(index, Factor.YEAR, "2026").data_gap(BASE, Factor.EDUCATION)
    assert one_year.data_sets == ("dense", "small", "large")


def test_small_cohorts_are_suppressed(index: Index) -> None:
    found = cohort_of(index, Factor.INDUSTRY, "finance").unavailable(BASE)
    assert found
    assert (found.code, found.data_sets) == (UnavailableCode.SUPPRESSED, ("small",))
    assert found.message == (
        "Cohorts of fewer than 5 records are suppressed; this one has 4. Remove a filter. `payrank data load small` adds "
        "records that report base salary and industry."
    )
