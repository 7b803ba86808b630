"""Benchmarks of offers, with expected values worked out by hand."""

import json
from collections.abc import Iterator

import pytest
from support.databases import clone
from support.queries import query
from support.records import publish

US = {"role": "machine-learning-engineer", "country": "us", "level": "senior"}
RECORDS = [
    # 21 in San Francisco: total compensation 100, 110, ... 300 thousand, of which the base salary is a half
    *(
        {
            **US,
            "subdivision": "us-ca",
            "metro": "san-francisco",
            "skill": ["python"],
            "base_salary": 50_000 + 5_000 * n,
            "total_compensation": 100_000 + 10_000 * n,
            "negotiation_uplift": 5,
        }
        for n in range(21)
    ),
    *({**US, "country": "es", "base_salary": 50_000} for _ in range(4)),
]
OFFER = query("benchmark_offer")


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


PROFILE = {"role": "machine-learning-engineer", "country": "us"}


def test_benchmark_offer(execute):
    """Nine of 21 are below. No record reports its years of experience or its employment type, full time by default."""
    offer = {
        "label": "Acme",
        "profile": {**PROFILE, "level": "SENIOR", "metro": "san-francisco", "skills": ["python", "rust"], "experience": 5},
        "baseSalary": 150_000,
        "targetBonus": 20_000,
        "signOnBonus": 20_000,
        "equityGrant": 40_000,
    }
    found = execute(OFFER, offer=offer)["benchmarkOffer"]
    reasons = found["negotiation"].pop("reasons")
    assert found == {
        "label": "Acme",
        "annualized": 185_000,
        "firstYear": 200_000,
        "currency": "USD",
        "measure": "TOTAL_COMPENSATION",
        "cohort": {
            "label": "Senior Machine Learning Engineers, United States, California, San Francisco-Oakland-Fremont, CA, "
            "Python or Rust",
            "size": 21,
            "stats": {"p50": 200_000},
        },
        "relaxations": [
            {"dropped": None, "sufficient": False, "cohort": {"size": 0}},
            {"dropped": "EXPERIENCE", "sufficient": False, "cohort": {"size": 0}},
            {"dropped": "EMPLOYMENT_TYPE", "sufficient": False, "cohort": {"size": 0}},
            {"dropped": "EXPERIENCE", "sufficient": True, "cohort": {"size": 21}},
        ],
        "rank": {"amount": 185_000, "rank": pytest.approx(100 * 9 / 21), "count": 21},
        "compaRatio": 185 / 200,
        "rangePenetration": 0.35,
        "components": [
            {"measure": "BASE_SALARY", "amount": 150_000, "rank": {"rank": pytest.approx(100 * 20.5 / 21), "count": 21}},
            {"measure": "BONUS", "amount": 25_000, "rank": None},
            {"measure": "EQUITY", "amount": 10_000, "rank": None},
            {"measure": "TOTAL_CASH", "amount": 175_000, "rank": None},
        ],
        "negotiation": {
            "target": 200_000,
            "stretch": 250_000,
            "typicalUplift": {"unit": "PERCENT", "p50": 5, "count": 21},
        },
    }
    assert len(reasons) == 4


def test_null_is_the_same_as_a_missing_value(execute):
    profile = {**PROFILE, "employmentType": None, "level": None, "skills": None}
    offer = {"profile": profile, "currency": "EUR", "baseSalary": 150_000, "vestingYears": None, "targetBonus": None}
    found = execute(OFFER, offer={**offer, "signOnBonus": None, "equityGrant": None, "label": None})["benchmarkOffer"]
    assert (found["label"], found["currency"]) == (None, "EUR")
    assert found["annualized"] == found["firstYear"] == 150_000
    assert found["relaxations"] == [{"dropped": None, "sufficient": True, "cohort": {"size": 21}}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"baseSalary": -1}, "`baseSalary`"),
        ({"baseSalary": 10**30}, "`baseSalary`"),
        ({"vestingYears": 11}, "`vestingYears`"),
        ({"currency": "EUX"}, "'EUX'"),
        ({"currency": "usd"}, "'usd'"),
        ({"label": "\x00"}, "`label`"),
        ({"profile": {**PROFILE, "role": "machine-learning-enginer"}}, "machine-learning-engineer"),
        ({"profile": {**PROFILE, "skills": ["pyton"]}}, "python"),
        ({"profile": {**PROFILE, "metro": "munich"}}, "'munich'"),
        ({"profile": {**PROFILE, "experience": 61}}, "0 to 60"),
        ({"profile": {**PROFILE, "experience": 2**40}}, "32-bit"),
        ({"profile": {**PROFILE, "country": "es"}}, "'europe'"),
    ],
)
def test_invalid_offers_are_rejected(error, change, words):
    found = error(OFFER, offer={"profile": PROFILE, "baseSalary": 150_000, **change})
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_rejected(client, value):
    offer = json.dumps({"profile": PROFILE, "baseSalary": 0}).replace(": 0}", f": {value}}}")
    body = f'{{"query": {json.dumps(OFFER)}, "variables": {{"offer": {offer}}}}}'
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500
    assert "compaRatio" not in response.text
    assert "INTERNAL" not in response.text
