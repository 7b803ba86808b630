"""Contributed records in cohorts: of how many contributors, of which countries, and whether they moved the median."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from support.databases import clone, run_autocommit
from support.records import publish

from service.index.build import build_current_index
from service.index.index import Index
from service.market.cohort import Stats, cohort_of
from service.market.contributed import ContributedSample
from service.market.filter import CohortFilter
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.selection import open_sql_index
from service.stats.suppression import DEFAULT_RULES, CautionCode
from service.store.protected_tables import ContributorNumbers
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure

YEAR_AGO, SINCE = {"effective": date(2026, 1, 1)}, {"effective": date(2026, 4, 1)}
"""The last quarter that had ended a year before EDITION, and the quarter of that day."""
EDITION = datetime(2027, 5, 17, 12, tzinfo=UTC)
OWN = {"source": "contributors"}


def records(role: str, country: str, amounts: range, **more: object) -> list[dict[str, object]]:
    return [{"role": role, "country": country, "base_salary": amount, **more} for amount in amounts]


BEFORE = range(100_000, 121_000, 1_000)
"""21 amounts, whose median has the interval from the 6th to the 16th: 105,000 to 115,000."""
RECORDS = [
    # in Germany the median moves to 121,000, of 21 records before and 20 since
    *records("machine-learning-engineer", "de", BEFORE, **OWN, **YEAR_AGO),
    *records("machine-learning-engineer", "de", range(121_000, 141_000, 1_000), **OWN, **SINCE),
    # in France it stays within: the 22nd of 43 is 110,000
    *records("machine-learning-engineer", "fr", BEFORE, **OWN, **YEAR_AGO),
    *records("machine-learning-engineer", "fr", range(99_500, 121_500, 1_000), **OWN, **SINCE),
    # in Spain imports of the last year move it, which is not marked
    *records("machine-learning-engineer", "es", BEFORE, **OWN, **YEAR_AGO),
    *records("machine-learning-engineer", "es", range(121_000, 141_000, 1_000), **SINCE),
    # in Italy contributions move the median of imports, and four records have too few before them
    *records("machine-learning-engineer", "it", BEFORE, **SINCE),
    *records("machine-learning-engineer", "it", range(121_000, 141_000, 1_000), **OWN, **SINCE),
    *records("data-scientist", "it", range(100_000, 104_000, 1_000), **OWN, **YEAR_AGO),
    *records("data-scientist", "it", range(150_000, 160_000, 1_000), **OWN, **SINCE),
    # without contributions
    *records("machine-learning-engineer", "us", BEFORE),
    # a batch of a continent
    *records("research", "europe", range(100_000, 110_000, 1_000), **OWN, **YEAR_AGO),
    *records("research", "us", range(100_000, 110_000, 1_000)),
    *records("research", "us", range(100_000, 110_000, 1_000), **OWN, **YEAR_AGO),
]
FAMILIES = {"machine-learning": {"de": 700, "fr": 250, "us": 900}, "data-science": {"it": 160}, "research": {"us": 151}}


@pytest.fixture(scope="module", params=["index", "sql"])
def index(server_url: str, empty_template: str, request: pytest.FixtureRequest) -> Iterator[Index]:
    with clone(server_url, empty_template) as url:
        publish(url, RECORDS)
        run_autocommit(url, f"UPDATE edition SET published_at = '{EDITION.isoformat()}'")
        threads = SqlThreadPool(url, 60)
        with threads.attached_thread():
            found = build_current_index(url) if request.param == "index" else open_sql_index(url, threads)
            taxonomy = found.reference.taxonomy
            cells = {
                (taxonomy.find(Factor.ROLE, family).id, taxonomy.find(Factor.COUNTRY, country).id): number
                for family, countries in FAMILIES.items()
                for country, number in countries.items()
            }
            continent = taxonomy.root(taxonomy.find(Factor.COUNTRY, "de").id)
            cells[taxonomy.find(Factor.ROLE, "machine-learning").id, continent] = 480  # of its other countries
            cells[taxonomy.find(Factor.ROLE, "machine-learning").id, 0] = 500
            found.contributors = ContributorNumbers(2026, cells)
            yield found


def stats(index: Index, role: str | None, *countries: str, currency: str = "USD") -> Stats:
    where = CohortFilter({Factor.ROLE: [role] if role else [], Factor.COUNTRY: countries})
    found = cohort_of(index, where, currency, Adjustment.NONE, DEFAULT_RULES).stats(Measure.BASE_SALARY)
    assert found
    return found


def about_contributions(found: Stats) -> dict[CautionCode, str]:
    codes = CautionCode.MEDIAN_MOVED, CautionCode.POOLED_COUNTRIES
    return {one.code: one.message for one in found.cautions if one.code in codes}


def test_a_median_that_contributions_moved_out_of_its_interval_is_marked(index: Index) -> None:
    germany = stats(index, "machine-learning-engineer", "de")
    assert germany.quartile(0.5) == 120_000
    assert about_contributions(germany) == {
        CautionCode.MEDIAN_MOVED: "Records contributed since 2026-Q2 moved the median to USD 120,000, outside its 95% "
        "confidence interval of a year ago (USD 105,000 to USD 115,000)."
    }
    italy = stats(index, "machine-learning-engineer", "it")
    assert set(about_contributions(italy)) == {CautionCode.MEDIAN_MOVED}


@pytest.mark.parametrize(
    ("role", "country"),
    [
        ("machine-learning-engineer", "fr"),
        ("machine-learning-engineer", "es"),
        ("machine-learning-engineer", "us"),
        ("data-scientist", "it"),
        ("research", "us"),
    ],
)
def test_a_median_within_its_interval_moved_by_imports_or_without_an_interval_is_not(
    index: Index, role: str, country: str
) -> None:
    assert about_contributions(stats(index, role, country)) == {}


def test_amounts_of_the_mark_are_in_the_currency_of_the_cohort(index: Index) -> None:
    found = stats(index, "machine-learning-engineer", "de", currency="EUR")
    [message] = about_contributions(found).values()
    assert f" moved the median to EUR {found.quartile(0.5):,.0f}, outside " in message
    assert message.count("EUR") == 3


@pytest.mark.parametrize(
    ("role", "countries", "pooled"),
    [
        ("machine-learning-engineer", ("de",), None),
        ("machine-learning-engineer", ("de", "us"), "41 contributed records"),
        ("machine-learning-engineer", ("us", "fr", "de"), "84 contributed records"),
        ("machine-learning-engineer", (), "125 contributed records"),
        ("research", ("us",), None),
        ("research", ("europe",), "10 contributed records"),
        ("research", (), "20 contributed records"),
    ],
)
def test_contributed_records_of_several_countries_are_pooled_with_a_caution(
    index: Index, role: str, countries: tuple[str, ...], pooled: str | None
) -> None:
    found = about_contributions(stats(index, role, *countries)).get(CautionCode.POOLED_COUNTRIES)
    assert (found and found.split(" with ")[0]) == (pooled and f"Combines {pooled}")


@pytest.mark.parametrize(
    ("role", "countries", "sample"),
    [
        ("machine-learning-engineer", ("de",), ContributedSample(41, 700, 2026)),
        ("machine-learning-engineer", ("de", "fr", "us"), ContributedSample(84, 950, 2026)),
        ("machine-learning-engineer", ("it",), ContributedSample(20, None, 2026)),
        ("machine-learning-engineer", ("us",), None),
        (None, ("it",), ContributedSample(34, 160, 2026)),
        (None, (), ContributedSample(159, 700 + 250 + 160 + 151, 2026)),
    ],
)
def test_a_figure_says_of_about_how_many_contributors_it_is(
    index: Index, role: str | None, countries: tuple[str, ...], sample: ContributedSample | None
) -> None:
    assert stats(index, role, *countries).contributed == sample


def test_before_the_first_tables_there_is_no_number_of_contributors(index: Index) -> None:
    published, index.contributors = index.contributors, None
    try:
        assert stats(index, "machine-learning-engineer", "de").contributed == ContributedSample(41, None, None)
    finally:
        index.contributors = published
