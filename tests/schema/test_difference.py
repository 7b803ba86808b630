"""Differences of two cohorts, against intervals that are computed here from the binomial distribution."""

from collections.abc import Iterator
from math import hypot
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish

from service.app import create_app
from service.settings import load_settings

AMERICAN = [100_000 + 700 * n + n**2 for n in range(61)]
GERMAN = [70_000 + 900 * n for n in range(40)]
RECORDS = [
    *({"country": "us", "base_salary": pay, "bonus": 100 * max(0, n - 40)} for n, pay in enumerate(AMERICAN)),
    *({"country": "de", "base_salary": pay} for pay in GERMAN),
    {"country": "fr", "base_salary": 60_000, "role": "data-scientist"},
    *({"country": "fr", "base_salary": 60_000 + n} for n in range(1, 5)),
    *({"country": "gb", "total_compensation": 60_000 + n} for n in range(9)),
]
COMPARE = """query ($a: CohortFilter!, $b: CohortFilter!, $m: Measure! = BASE_SALARY, $level: Float!) {
  compareCohorts(a: $a, b: $b, measure: $m) { currency method unavailable { code message available }
    a { label size } b { label size } p25 { ...f } p50 { ...f } p75 { ...f } } }
  fragment f on Difference { amount percent interval(level: $level) { low high level } }"""


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(statistics=request.param), url)) as opened:
        yield opened


def quantile_interval(values: list[int], p: float, level: float) -> tuple[int, int]:
    """The order statistics of which at most half of 1 - level lies outside on either side."""
    ascending, tail = sorted(values), (1 - level) / 2
    cdf = binom.cdf(np.arange(len(values) + 1), len(values), p)  # of the number of values below the percentile
    low = int(np.argmax(cdf >= tail))
    high = int(np.argmax(cdf >= 1 - tail))
    return ascending[low - 1], ascending[high]


def expected(a: list[int], b: list[int], p: float, level: float) -> dict[str, Any]:
    first, second = np.percentile(a, 100 * p), np.percentile(b, 100 * p)
    (low_a, high_a), (low_b, high_b) = quantile_interval(a, p, level), quantile_interval(b, p, level)
    low = first - second - hypot(first - low_a, high_b - second)
    high = first - second + hypot(high_a - first, second - low_b)
    return {
        "amount": round(first - second, 2),
        "percent": pytest.approx(100 * (first / second - 1)),
        "interval": {"low": pytest.approx(low, abs=0.005), "high": pytest.approx(high, abs=0.005), "level": level},
    }


def compare(execute: Any, a: str, b: str, level: float = 0.95, **other: Any) -> Any:
    return execute(COMPARE, a={"country": [a]}, b={"country": [b]}, level=level, **other)["compareCohorts"]


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_differences_and_their_intervals(execute: Any, level: float) -> None:
    found = compare(execute, "us", "de", level)
    assert (found["a"]["size"], found["b"]["size"], found["currency"]) == (61, 40, "USD")
    for p, name in ((0.25, "p25"), (0.5, "p50"), (0.75, "p75")):
        assert found[name] == expected(AMERICAN, GERMAN, p, level)
        assert found[name]["interval"]["low"] < found[name]["amount"] < found[name]["interval"]["high"]
    assert found["unavailable"] is None
    assert "Zou and Donner 2008" in found["method"]
    assert "both cohorts" not in found["method"]


def test_exchanging_the_cohorts_changes_the_signs(execute: Any) -> None:
    one, other = compare(execute, "us", "de"), compare(execute, "de", "us")
    for name in ("p25", "p50", "p75"):
        assert one[name]["amount"] == -other[name]["amount"]
        assert one[name]["interval"]["low"] == -other[name]["interval"]["high"]


def test_records_in_both_cohorts_are_reported(execute: Any) -> None:
    found = execute(COMPARE, a={"country": ["us"]}, b={"country": ["us", "de"]}, level=0.95)["compareCohorts"]
    assert "61 records are in both cohorts" in found["method"]
    found = execute(COMPARE, a={"country": ["fr"]}, b={"role": ["data-scientist"]}, level=0.95)["compareCohorts"]
    assert " 1 record is in both cohorts" in found["method"]


def test_small_samples_have_no_difference(execute: Any) -> None:
    """Five values have a median, and no interval of it at 95%."""
    found = compare(execute, "us", "fr")
    assert (found["p25"], found["p50"], found["p75"]) == (None, None, None)
    assert found["unavailable"]["message"].startswith("The cohorts have too few records with base salary")


def test_a_measure_that_a_cohort_lacks_is_named(execute: Any) -> None:
    found = compare(execute, "us", "gb")
    assert (found["p50"], found["unavailable"]["available"]) == (None, [])
    message = found["unavailable"]["message"]
    assert message == (
        "Cohort `b`: Only 0 of the 9 records of this cohort report base salary; 5 are needed. 9 report total compensation: "
        "use that measure, or remove a filter. `payrank data load aijobs` adds records that report base "
        "salary and country."
    )
    assert found["unavailable"]["code"] == "TOO_FEW_RECORDS"
    both = compare(execute, "us", "de", m="BONUS")
    assert both["unavailable"]["available"] == ["BASE_SALARY"]


def test_a_percentile_of_zero_has_no_difference(execute: Any) -> None:
    found = execute(COMPARE, a={"country": ["us"]}, b={"country": ["us"]}, m="BONUS", level=0.95)["compareCohorts"]
    assert (found["p25"], found["p50"], found["p75"]["amount"]) == (None, None, 0)
    assert "the median of `b` is 0" in found["unavailable"]["message"]
    assert found["unavailable"]["code"] == "ZERO_MEDIAN"


def test_invalid_arguments_are_refused(client: TestClient, error: Any) -> None:
    found = error(COMPARE, a={"country": ["x"]}, b={"role": ["y"]}, level=0.95)
    assert [one["path"] for one in found["extensions"]["problems"]] == [["a", "country", 0], ["b", "role", 0]]
    variables = {"a": {"country": ["us"]}, "b": {"country": ["de"]}, "level": 2}
    errors = client.post("/graphql", json={"query": COMPARE, "variables": variables}).json()["errors"]
    assert [one["path"][1] for one in errors] == ["p25", "p50", "p75"]
    assert {one["extensions"]["problems"][0]["code"] for one in errors} == {"OUT_OF_RANGE"}


def test_a_level_that_is_too_high_for_a_sample_is_refused(execute: Any, error: Any) -> None:
    """Nine values have an interval of the median at 95%, between the second and the eighth, and none at 99.5%."""
    few = {"match": [{"factor": "COUNTRY", "any": ["gb"]}]}
    query = """query ($a: CohortFilter!, $level: Float!) { compareCohorts(a: $a, b: $a, measure: TOTAL_COMPENSATION) {
      p50 { amount interval(level: $level) { level } } } }"""
    assert execute(query, a=few, level=0.95)["compareCohorts"]["p50"] == {"amount": 0, "interval": {"level": 0.95}}
    found = error(query, a=few, level=0.995)
    assert found["message"] == "A cohort has too few records for a level of 0.995. Use a lower level, such as 0.95."
    assert [one["path"] for one in found["extensions"]["problems"]] == [["level"]]


def test_cohort_says_which_measures_it_has(execute: Any) -> None:
    query = """query ($c: Code!, $m: Measure!) { cohort(where: {country: [$c]}) { stats(measure: $m) { count }
      unavailable(measure: $m) { message available } } }"""
    assert execute(query, c="us", m="BASE_SALARY")["cohort"] == {"stats": {"count": 61}, "unavailable": None}
    assert execute(query, c="us", m="TOTAL_COMPENSATION")["cohort"] == {
        "stats": None,
        "unavailable": {
            "message": "Only 0 of the 61 records of this cohort report total compensation; 5 are needed. 61 report base "
            "salary: use that measure, or remove a filter. `payrank data load koodiklinikka-2025` adds records "
            "that report total compensation and country.",
            "available": ["BASE_SALARY", "BONUS"],
        },
    }
    assert execute(query, c="jp", m="BASE_SALARY")["cohort"]["unavailable"] == {
        "message": "Cohorts of fewer than 5 records are suppressed; this one has 0. Remove a filter. `payrank data load "
        "aijobs` adds records that report base salary and country.",
        "available": [],
    }


def test_cautions_are_about_the_records_with_the_measure(execute: Any) -> None:
    """Of 115 records 9 report total compensation, too few for much; base salaries are many."""
    query = "query ($m: Measure!) { cohort { stats(measure: $m) { count confidence cautions { code message } } } }"
    total = execute(query, m="TOTAL_COMPENSATION")["cohort"]["stats"]
    assert (total["count"], total["confidence"]) == (9, "LOW")
    assert total["cautions"] == [
        {"code": "SMALL_SAMPLE", "message": "Based on only 9 records. A few more could change the figures considerably."},
        {
            "code": "PARTIAL_COVERAGE",
            "message": "Only 9 of the 115 records of this cohort report total compensation; the others may differ. "
            "106 report base salary.",
        },
    ]
    assert execute(query, m="BASE_SALARY")["cohort"]["stats"] == {"count": 106, "confidence": "HIGH", "cautions": []}


def test_groups_are_paged_filtered_and_sorted_by_outer_percentiles(execute: Any) -> None:
    groups = """query ($first: Int, $after: Code, $min: Int, $by: GroupOrderField!, $d: SortDirection!) { cohort {
      by(factor: COUNTRY, under: "europe", first: $first, after: $after, minimumSize: $min,
        orderBy: {field: $by, direction: $d, measure: BASE_SALARY}) { value { code } cohort { size } } } }"""

    def codes(by: str = "SIZE", d: str = "DESC", **other: Any) -> list[str]:
        found = execute(groups, by=by, d=d, **{"first": 50, **other})["cohort"]["by"]
        return [group["value"]["code"] if group["value"] else None for group in found]

    assert codes() == ["de", "gb", "fr"]
    assert codes(min=6) == ["de", "gb"]
    assert codes(min=1_000) == []
    assert codes(by="P90")[0] == "de"  # the others have none: five records, and none with a base salary
    pages = [codes(first=1), codes(first=1, after="de"), codes(first=1, after="gb"), codes(first=1, after="fr")]
    assert pages == [["de"], ["gb"], ["fr"], []]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [("minimumSize: 0", "minimumSize"), ('after: "x"', "after"), ('after: "jp"', "after"), ("first: 501", "first")],
)
def test_invalid_pages_of_groups_are_refused(error: Any, arguments: str, path: str) -> None:
    found = error(f"{{ cohort {{ by(factor: COUNTRY, {arguments}) {{ share }} }} }}")
    assert [problem["path"] for problem in found["extensions"]["problems"]] == [[path]]
