"""What the figures of a measure rest on, where advertisements report base salaries and a survey only total compensation.

Every figure is counted by SQL here. Both engines and both ways of execution say the same.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish

from service.app import create_app
from service.settings import load_settings
from service.store.bulk import BulkConnection, bulk_connection

ADVERTISED = [
    {
        "source": "aijobs",
        "level": "senior",
        "country": "us",
        "base_salary": 150_000 + n,
        "effective": date(2023 + n % 2, 3, 1),
    }
    for n in range(30)
]
FILED = [
    {"source": "lca", "level": "mid", "country": "us", "base_salary": 110_000 + n, "effective": date(2024, 1, 1)}
    for n in range(12)
]
SURVEYED = [
    {
        "source": "stackoverflow-2025",
        "level": "mid" if n < 4 else "senior",
        "country": "de",
        "total_compensation": 70_000 + n,
        "job_satisfaction": 4,
        "effective": date(2025, 6, 1),
    }
    for n in range(14)
]
LABELS = {
    "aijobs": "aijobs.net: posted pay ranges",
    "lca": "US Department of Labor: labor condition applications",
    "stackoverflow-2025": "Stack Overflow Developer Survey 2025",
}
Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, [*ADVERTISED, *FILED, *SURVEYED])
        yield found


@pytest.fixture(scope="module")
def rows(url: str) -> Iterator[BulkConnection]:
    with bulk_connection(url) as found:
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(statistics=request.param), url)) as opened:
        yield opened


@pytest.fixture
def run(client: TestClient) -> Run:
    """The data of a query, by compiled execution and by graphql-core, which executes what has directives of conditions."""

    def both(query: str, **variables: Any) -> dict[str, Any]:
        first = query.index("{")
        interpreted = f"{query[:first]}{{ __typename @include(if: true) {query[first + 1 :]}"
        answers = [
            client.post("/graphql", json={"query": one, "variables": variables}).json() for one in (query, interpreted)
        ]
        assert [answer.get("errors") for answer in answers] == [None, None]
        compiled, core = (answer["data"] for answer in answers)
        assert core.pop("__typename") == "Query"
        assert compiled == core
        return compiled  # type: ignore[no-any-return]

    return both


def described(rows: BulkConnection, condition: str) -> str:
    """The data sets of the records that meet a condition, most records first, and the years, by SQL."""
    found = rows.query(
        "SELECT code, count(*) AS n, min(extract(year FROM effective))::int AS first, "
        "max(extract(year FROM effective))::int AS last FROM salary_record JOIN factor_value AS named ON named.id = source "
        f"WHERE {condition} GROUP BY 1 ORDER BY 2 DESC"
    ).to_pylist()
    first, last = min(row["first"] for row in found), max(row["last"] for row in found)
    size = sum(row["n"] for row in found)
    shares = [f"{LABELS[row['code']]} ({round(100 * row['n'] / size)}%)" for row in found]
    named = shares if len(found) > 1 else [LABELS[found[0]["code"]]]
    return ", ".join([*named, f"{first} to {last}" if last > first else str(first)])


def count(rows: BulkConnection, condition: str) -> int:
    [row] = rows.query(f"SELECT count(*) AS n FROM salary_record WHERE {condition}").to_pylist()
    return int(row["n"])


CAUTIONS = """query ($where: CohortFilter, $measure: Measure!) {
  cohort(where: $where) { size stats(measure: $measure) { count cautions { code message } } } }"""


def coverage(found: dict[str, Any]) -> list[str]:
    return [one["message"] for one in found["cohort"]["stats"]["cautions"] if one["code"] == "PARTIAL_COVERAGE"]


def test_a_measure_of_few_records_names_their_population(run: Run, rows: BulkConnection) -> None:
    total, base = (count(rows, f"{name} IS NOT NULL") for name in ("total_compensation", "base_salary"))
    found = run(CAUTIONS, measure="TOTAL_COMPENSATION")
    assert (found["cohort"]["size"], found["cohort"]["stats"]["count"]) == (56, total) == (56, 14)
    [message] = coverage(found)
    assert message == (
        f"Only {total} of the 56 records of this cohort report total compensation: "
        f"{described(rows, 'total_compensation IS NOT NULL')}. Whole cohort: {described(rows, 'true')}. {base} report base "
        "salary. Filter by source to compare like with like."
    )


def test_the_measure_of_most_records_has_the_caution_too_if_their_sources_differ(run: Run, rows: BulkConnection) -> None:
    """Fourteen of 56 records are of the survey, which reports no base salaries: a quarter of the others would have to be."""
    [message] = coverage(run(CAUTIONS, measure="BASE_SALARY"))
    assert message == (
        f"{count(rows, 'base_salary IS NOT NULL')} of the 56 records of this cohort report base salary: "
        f"{described(rows, 'base_salary IS NOT NULL')}. Whole cohort: {described(rows, 'true')}. Filter by source to "
        "compare like with like."
    )


@pytest.mark.parametrize(
    ("where", "measure"),
    [
        ({"sourceKind": ["SURVEY"]}, "TOTAL_COMPENSATION"),
        ({"source": ["stackoverflow-2025"]}, "JOB_SATISFACTION"),
        ({"country": ["us"]}, "BASE_SALARY"),
        ({"level": ["MID"], "sourceKind": ["GOVERNMENT_FILING"]}, "BASE_SALARY"),
    ],
)
def test_a_measure_that_all_records_report_has_no_caution(run: Run, where: dict[str, Any], measure: str) -> None:
    assert coverage(run(CAUTIONS, where=where, measure=measure)) == []


def test_a_score_is_not_replaced_by_pay(run: Run) -> None:
    [message] = coverage(run(CAUTIONS, measure="JOB_SATISFACTION"))
    assert message.startswith("Only 14 of the 56 records of this cohort report job satisfaction: ")
    assert "measure" not in message


MEASURES = "query ($where: CohortFilter) { cohort(where: $where) { measures { measure records } } }"


def test_measures_count_the_records_that_report_them(run: Run, rows: BulkConnection) -> None:
    """The most reported first; of two that are reported as often the preferred one."""
    counts = {
        name: count(rows, f"{name.lower()} IS NOT NULL")
        for name in ("BASE_SALARY", "TOTAL_COMPENSATION", "JOB_SATISFACTION")
    }
    assert list(counts.values()) == [42, 14, 14]
    found = run(MEASURES)["cohort"]["measures"]
    assert [(one["measure"], one["records"]) for one in found] == list(counts.items())
    surveyed = run(MEASURES, where={"country": ["de"]})["cohort"]["measures"]
    assert [one["measure"] for one in surveyed] == ["TOTAL_COMPENSATION", "JOB_SATISFACTION"]


def test_measures_of_a_suppressed_cohort_are_not_counted(run: Run) -> None:
    """`unavailable` counts nothing of it either; four records of the survey are of the middle level."""
    for where in ({"country": ["de"], "level": ["MID"]}, {"country": ["fr"]}):
        assert run(MEASURES, where=where) == {"cohort": {"measures": []}}


def test_adjusted_pay_counts_only_records_with_a_price_level(run: Run, rows: BulkConnection) -> None:
    levels = "(SELECT place FROM price_level)"
    found = run("{ cohort(adjust: COST_OF_LIVING) { measures { measure records } } }")["cohort"]["measures"]
    counts = {one["measure"]: one["records"] for one in found}
    assert counts["BASE_SALARY"] == count(rows, f"base_salary IS NOT NULL AND country IN {levels}")
    assert counts["JOB_SATISFACTION"] == count(rows, "job_satisfaction IS NOT NULL")


def test_a_group_of_other_sources_than_its_cohort_has_a_caution(run: Run, rows: BulkConnection) -> None:
    """Of 42 records with a base salary 30 are advertised, all of seniors; the 12 of the middle level are filings."""
    query = """query ($factor: Factor!) { cohort { by(factor: $factor) { value { code }
      cautions(measure: BASE_SALARY) { code message } } } }"""
    filed, everyone = (described(rows, f"base_salary > 0 AND {one}") for one in ("code = 'lca'", "true"))
    groups = run(query, factor="LEVEL")["cohort"]["by"]
    assert {group["value"]["code"]: group["cautions"] for group in groups} == {
        "senior": [],
        "mid": [
            {
                "code": "DIFFERENT_SOURCES",
                "message": "The group comes mostly from other data sets than the cohort, which may explain how it differs. "
                f"Group: {filed}. Cohort: {everyone}. Filter by source to compare like with like.",
            }
        ],
    }
    by_source = run(query, factor="SOURCE")["cohort"]["by"]
    assert [group["cautions"] for group in by_source] == [[], [], []]  # to compare data sets is the purpose


def test_a_period_of_other_sources_than_those_before_has_a_caution(server_url: str, empty_template: str) -> None:
    """2022 is advertised, 2023 has no records, 2024 is filed except for its first quarter, and 2025 is filed."""
    months = {"aijobs": [date(2022, 4, 1), date(2024, 1, 1)], "lca": [date(2024, 4, 1), date(2024, 7, 1), date(2025, 1, 1)]}
    pays = [
        {"source": source, "level": "mid", "country": "us", "base_salary": 100_000 + n, "effective": month}
        for source, found in months.items()
        for month in found
        for n in range(12)
    ]
    query = """query ($interval: Interval!) { cohort { trend(measure: BASE_SALARY, interval: $interval) {
      period cautions { code message } } } }"""
    with clone(server_url, empty_template) as url:
        publish(url, pays)
        with TestClient(create_app(load_settings(), url)) as client:
            answers = {
                interval: client.post("/graphql", json={"query": query, "variables": {"interval": interval}}).json()
                for interval in ("YEAR", "QUARTER")
            }
    found = {point["period"]: point["cautions"] for one in answers.values() for point in one["data"]["cohort"]["trend"]}
    of_other_sources = {
        period: [caution["message"].split(", which")[0].removeprefix("The records of ") for caution in cautions]
        for period, cautions in found.items()
        if cautions
    }
    assert of_other_sources == {
        "2024": ["2024 come mostly from other data sets than those of 2022"],
        "2024-q2": ["2024-q2 come mostly from other data sets than those of 2024-q1"],
        "2025-q1": ["2025-q1 come mostly from other data sets than those of 2024-q1"],
    }
    assert found["2024"] == [
        {
            "code": "DIFFERENT_SOURCES",
            "message": "The records of 2024 come mostly from other data sets than those of 2022, which may explain the "
            f"change. `2022`: {LABELS['aijobs']}, 2022. `2024`: {LABELS['lca']} (67%), {LABELS['aijobs']} (33%), 2024. "
            "Filter by source to compare like with like.",
        }
    ]


COMPARE = """query ($a: CohortFilter!, $b: CohortFilter!, $measure: Measure! = BASE_SALARY) {
  compareCohorts(a: $a, b: $b, measure: $measure) { cautions { code message } } }"""


def test_compared_cohorts_of_different_sources_have_a_caution(run: Run, rows: BulkConnection) -> None:
    senior, mid = {"level": ["SENIOR"]}, {"level": ["MID"]}
    advertised, filed = (described(rows, f"code = '{code}' AND base_salary > 0") for code in ("aijobs", "lca"))
    assert run(COMPARE, a=senior, b=mid)["compareCohorts"]["cautions"] == [
        {
            "code": "DIFFERENT_SOURCES",
            "message": "The cohorts come mostly from different data sets, which may explain their difference. "
            f"`a`: {advertised}. `b`: {filed}. Filter by source to compare like with like.",
        }
    ]
    assert run(COMPARE, a=senior, b={"country": ["de"]}, measure="TOTAL_COMPENSATION")["compareCohorts"]["cautions"] == []
    assert run(COMPARE, a=senior, b=senior)["compareCohorts"]["cautions"] == []


def test_cohorts_without_figures_have_no_caution_of_their_comparison(run: Run) -> None:
    surveyed = {"country": ["de"]}
    assert run(COMPARE, a=surveyed, b={"level": ["MID"]})["compareCohorts"]["cautions"] == []
