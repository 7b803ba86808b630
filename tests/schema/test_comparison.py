"""Comparisons of offers, and statistics of benefits and satisfaction."""

import json
from collections.abc import Iterator

import pytest
from support.databases import clone
from support.queries import query
from support.records import publish

from seed.reference_data import fx_rates, price_levels

MLE = "machine-learning-engineer"
RECORDS = [
    *({"role": MLE, "country": "us", "total_compensation": 100_000 + 10_000 * n} for n in range(21)),
    *({"role": MLE, "country": "de", "base_salary": 60_000 + 1_000 * n, "benefit": ["meals"]} for n in range(20)),
    *({"work_mode": "remote", "job_satisfaction": score} for score in (3, 4, 4, 4, 4, 5)),
    *({"work_mode": "on-site", "job_satisfaction": 5} for _ in range(5)),
]
QUERY = query("compare_offers")


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


def offer(label=None, country="us", base=100_000, **more):
    return {"label": label, "profile": {"role": MLE, "country": country}, "baseSalary": base, **more}


def test_compare_two_offers(execute):
    """90,000 euros in Germany, at the latest exchange rate and price level; 30 of the 40 thousand vest in four years."""
    [rate] = [rate.usd for rate in fx_rates() if (rate.currency, rate.year) == ("EUR", 2026)]
    [level] = [found.level for found in price_levels() if (found.place[1], found.year) == ("de", 2024)]
    berlin = offer("Berlin", "de", 82_500, currency="EUR", equityGrant=40_000, vestingYears=16 / 3)
    found = execute(QUERY, offers=[offer("Ohio", base=150_000), berlin])["compareOffers"]
    [first, second] = found.pop("offers")
    real = 90_000 * rate * 100 / level
    assert found == {"currency": "USD", "best": 0}
    assert first == {
        "benchmark": {
            "label": "Ohio",
            "annualized": 150_000,
            "fourYearValue": 600_000,
            "currency": "USD",
            "measure": "TOTAL_COMPENSATION",
            "rank": {"rank": pytest.approx(100 * 5.5 / 21), "count": 21},
        },
        "priceLevel": {"place": {"code": "us"}, "year": 2024, "level": 100},
        "realValue": 150_000,
        "fourYearValue": 600_000,
        "difference": 0,
        "equivalentAnnualized": 150_000,
    }
    assert second == {
        "benchmark": {
            "label": "Berlin",
            "annualized": 90_000,
            "fourYearValue": 360_000,
            "currency": "EUR",
            "measure": "BASE_SALARY",
            "rank": {"rank": 100, "count": 20},
        },
        "priceLevel": {"place": {"code": "de"}, "year": 2024, "level": level},
        "realValue": pytest.approx(real),
        "fourYearValue": pytest.approx(360_000 * rate),
        "difference": pytest.approx(100 * (real / 150_000 - 1)),
        "equivalentAnnualized": pytest.approx(90_000 * 150_000 / real),
    }


@pytest.mark.parametrize(
    ("offers", "words"),
    [
        ([], "2 to 5"),
        ([offer()], "benchmarkOffer"),
        ([offer()] * 6, "2 to 5"),
        ([offer("A"), offer("B", "us1")], "Offer 2 ('B')"),
        ([offer(base=-1), offer()], "Offer 1: `baseSalary`"),
        ([offer(), offer("C", "europe")], "Offer 2 ('C')"),
        ([offer(), offer(), offer("D", "es")], "Offer 3 ('D')"),
        ([offer(), offer("E", currency="EUX")], "Offer 2 ('E')"),
    ],
)
def test_invalid_comparisons_are_rejected(error, offers, words):
    found = error(QUERY, offers=offers)
    assert found["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in found["message"]


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_numbers_that_are_not_finite_are_rejected(client, value):
    offers = json.dumps([offer(), offer(base=0)]).replace('"baseSalary": 0}', f'"baseSalary": {value}}}')
    body = f'{{"query": {json.dumps(QUERY)}, "variables": {{"offers": {offers}}}}}'
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500
    assert "realValue" not in response.text
    assert "INTERNAL" not in response.text


def test_mean_scores_have_confidence_intervals(execute):
    remote, on_site, missing = execute(query("job_satisfaction_by_work_mode"))["cohort"]["by"]
    assert (remote["value"]["code"], remote["cohort"]["stats"]["mean"]) == ("remote", 4)
    assert remote["cohort"]["stats"]["meanInterval"] == {
        "low": pytest.approx(3.33628, abs=1e-5),
        "high": pytest.approx(4.66372, abs=1e-5),
        "level": 0.95,
    }
    assert on_site["cohort"]["stats"] == {"mean": 5, "meanInterval": None, "count": 5}
    assert missing == {"value": None, "cohort": {"stats": None}}


def test_share_of_a_benefit(execute):
    meals, missing = execute(query("benefits"))["cohort"]["by"]
    assert meals == {
        "value": {"code": "workplace"},
        "share": pytest.approx(20 / 52),
        "shareOfReported": 1,
        "shareOfReportedInterval": {"low": pytest.approx(20 / (20 + 1.644854**2)), "high": pytest.approx(1)},
        "cohort": {"size": 20, "stats": {"p50": 69_500}},
    }
    assert (missing["value"], missing["shareOfReported"], missing["shareOfReportedInterval"]) == (None, None, None)


@pytest.mark.parametrize(
    "invalid",
    [
        "{ cohort { by(factor: BENEFIT) { shareOfReportedInterval(level: 1) { low } } } }",
        "{ cohort { stats(measure: BASE_SALARY) { meanInterval(level: 95) { low } } } }",
    ],
)
def test_invalid_confidence_levels_are_rejected(client, invalid):
    errors = client.post("/graphql", json={"query": invalid}).json()["errors"]
    assert {error["extensions"]["code"] for error in errors} == {"BAD_USER_INPUT"}
    assert all("level" in error["message"] and "0.5 to 0.999" in error["message"] for error in errors)
