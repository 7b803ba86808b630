"""Protected tables and the privacy ledger."""

from collections.abc import Iterator
from math import exp, expm1, log
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.queries import query
from support.records import publish
from support.stored_submissions import answers, contribute
from support.yearly_tables import publish_year

from service.app import create_app
from service.intake.protected_tables import TABLES
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.vocabulary.measures import Measure

BREAKDOWN = query("contributed_breakdown")
LEDGER = "{ privacyLedger { publishedIn { number publishedAt records } table year epsilon } edition { number publishedAt } }"
FAMILY = {"role": "machine-learning-engineer"}
GERMAN = ("metro", "subdivision")


def people() -> list[Any]:
    """Of 950 machine-learning engineers 700 are in the United States, where 450 work remotely; 160 are data scientists."""
    score = {"scores": {Measure.JOB_SATISFACTION: 4}, "competing_offers": "2"}
    silent = {"scores": {Measure.JOB_SATISFACTION: 2}, "competing_offers": "0"}
    return [
        *[answers(base=110_000, experience="5", **score)] * 450,
        *[answers(base=90_000, work_mode="hybrid", experience="12", **silent)] * 250,
        *[answers(*GERMAN, base=100_000, country="de", work_mode="hybrid", experience="1", **score)] * 250,
        *[answers(*GERMAN, base=100_000, country="de", role="data-scientist", work_mode="hybrid", experience="1")] * 160,
    ]


RECORDS = [
    {"role": role, "country": country, "base_salary": 100_000}
    for role in ("machine-learning-engineer", "data-scientist")
    for country in ("us", "de")
    for _ in range(5)
] + [
    {"role": role, "country": country, "source": "contributors", "total_compensation": 1_000 * amount}
    for role, country, amounts in (
        ("machine-learning-engineer", "us", range(200, 240)),
        ("machine-learning-engineer", "de", range(100, 120)),
        ("machine-learning", "de", range(120, 130)),
        ("research", "us", range(200, 240)),
    )
    for amount in amounts
]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    """Edition 1 has records, edition 2 the tables of 2026 too."""
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        contribute(found, people())
        publish_year(found, 2026)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    settings = load_settings(statistics=request.param)
    with TestClient(create_app(settings, url), raise_server_exceptions=True) as opened:
        yield opened


def rows(found: dict[str, Any]) -> dict[str, Any]:
    assert found["contributedBreakdown"]["unavailable"] is None
    return {row.pop("value")["code"]: row for row in found["contributedBreakdown"]["rows"]}


NO_MEDIAN = dict.fromkeys(("records", "median", "medianInterval"))
NOTHING = dict.fromkeys(("premiumPercent", "premiumInterval", "mean", "meanInterval")) | NO_MEDIAN


def test_numbers_are_by_family_in_a_country_and_by_country_in_a_family(execute):
    germany = rows(execute(BREAKDOWN, country="de"))
    assert germany == {
        "machine-learning": {"contributors": 250, **NOTHING},
        "data-science": {"contributors": 160, **NOTHING},
    }
    assert list(germany) == ["machine-learning", "data-science"]
    assert rows(execute(BREAKDOWN, roleFamily="machine-learning")) == {
        "us": {"contributors": 700, **NOTHING},
        "de": {"contributors": 250, **NOTHING},
    }
    both = execute(BREAKDOWN, roleFamily="data-science", country="de")
    assert both["contributedBreakdown"]["factor"] == "ROLE"
    assert rows(both) == {"data-science": {"contributors": 160, **NOTHING}}
    assert execute(BREAKDOWN, roleFamily="data-science")["contributedBreakdown"]["factor"] == "COUNTRY"


def test_premiums_are_percentages_of_the_published_median(execute):
    found = execute(BREAKDOWN, factor="WORK_MODE")
    assert {name: found["contributedBreakdown"][name] for name in ("factor", "measure", "year", "epsilon")} == {
        "factor": "WORK_MODE",
        "measure": "BASE_SALARY",
        "year": 2026,
        "epsilon": 0.1,
    }
    modes = rows(found)
    assert list(modes) == ["hybrid", "remote"]
    remote, hybrid = modes["remote"], modes["hybrid"]
    assert (remote["contributors"], hybrid["contributors"]) == (450, 660)
    assert remote["premiumPercent"] == pytest.approx(100 * expm1(round(1e4 * log(1.1)) / 1e4))
    assert hybrid["premiumPercent"] == pytest.approx(100 * expm1(250 * round(1e4 * log(0.9)) / 660 / 1e4))
    for row in (remote, hybrid):
        interval = row["premiumInterval"]
        low, high = (log(1 + interval[side] / 100) for side in ("low", "high"))
        assert (low + high) / 2 == pytest.approx(log(1 + row["premiumPercent"] / 100))
        assert interval["level"] == 0.95
        assert (row["mean"], row["meanInterval"]) == (None, None)
    least = 1.96 * 2**0.5 * (0.5 / 0.06) / 450  # of the noise of the sum alone
    assert exp((high - low) / 2) < exp(least * 1.5)
    assert remote["premiumInterval"]["high"] > 100 * expm1(log(1.1) + least)


def test_ordered_factors_are_in_their_order(execute):
    found = rows(execute(BREAKDOWN, factor="EXPERIENCE"))
    assert {band: row["contributors"] for band, row in found.items()} == {"0-to-1": 410, "4-to-6": 450}
    assert list(found) == ["0-to-1", "4-to-6"]


def test_means_and_shares_are_by_family(execute):
    expected = {"contributors": 950, "premiumPercent": None, "premiumInterval": None, **NO_MEDIAN}
    satisfaction = execute(BREAKDOWN, measure="JOB_SATISFACTION")
    assert (satisfaction["contributedBreakdown"]["factor"], satisfaction["contributedBreakdown"]["epsilon"]) == (
        "ROLE",
        0.04,
    )
    offers = execute(BREAKDOWN, factor="COMPETING_OFFERS")
    for found, mean in ((satisfaction, (700 * 4 + 250 * 2) / 950), (offers, 700 / 950)):
        row = rows(found)["machine-learning"]
        interval = row.pop("meanInterval")
        assert row == {**expected, "mean": pytest.approx(mean)}
        assert (interval["low"] + interval["high"]) / 2 == pytest.approx(mean)
    family = execute(BREAKDOWN, measure="JOB_SATISFACTION", roleFamily="machine-learning", factor="ROLE")
    assert set(rows(family)) == {"machine-learning"}


@pytest.mark.parametrize(
    ("arguments", "message", "available"),
    [
        (
            {"factor": "COUNTRY"},
            "Give a country, a role family or both.",
            [],
        ),
        ({"factor": "COMPETING_OFFERS", "measure": "BONUS"}, "of bonus by competing offers", ["BASE_SALARY"]),
        ({"factor": "LEVEL"}, "There is no protected table of base salary by level.", []),
        (
            {"factor": "SKILL", "measure": "JOB_SATISFACTION"},
            "no protected table of job satisfaction by skill",
            ["BASE_SALARY"],
        ),
        ({"measure": "BONUS", "country": "us"}, "no protected table of bonus by role", ["BASE_SALARY"]),
        ({"factor": "SKILL", "country": "us"}, "This table is for the world, not for countries. Remove `country`.", []),
        ({"factor": "SKILL", "roleFamily": "research"}, "This table is by skill alone. Remove `roleFamily`.", []),
        ({"factor": "SKILL"}, "No value has the 1,000 contributors that this table needs.", ["BASE_SALARY"]),
        ({"country": "fr"}, "No value has the 150 contributors that this table needs.", ["BASE_SALARY"]),
        (
            {"measure": "JOB_SATISFACTION", "country": "us"},
            "This table is for the world, not for countries. Remove `country`.",
            ["BASE_SALARY"],
        ),
    ],
)
def test_what_has_no_table_says_why_and_what_has(execute, arguments, message, available):
    found = execute(BREAKDOWN, **arguments)["contributedBreakdown"]
    assert found["rows"] == []
    assert message in found["unavailable"]["message"]
    assert found["unavailable"]["available"] == available


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"country": "europe"}, "Europe is a continent. Give a country."),
        ({"country": "xx"}, "There is no country with the code 'xx'."),
        ({"roleFamily": "data-scientist"}, "'data-scientist' is a role. Give its role family, 'data-science'."),
    ],
)
def test_codes_are_those_of_countries_and_families(error, arguments, message):
    assert message in error(BREAKDOWN, **arguments)["message"]


def test_the_method_names_noise_minimum_and_limits(execute):
    skills = execute(BREAKDOWN, factor="SKILL")["contributedBreakdown"]["method"]
    for part in (
        "epsilon 0.3",
        "within 333 of the exact one",
        "at least 1,000",
        "at most 10 values",
        "-0.5 to 0.5",
        "in 2026",
    ):
        assert part in skills
    numbers = execute(BREAKDOWN, country="us")["contributedBreakdown"]["method"]
    assert "epsilon 0.2" in numbers
    assert "within 15 of the exact one" in numbers
    assert "Intervals" not in numbers
    uplift = execute(BREAKDOWN, measure="NEGOTIATION_UPLIFT")["contributedBreakdown"]["method"]
    assert "limited to 0 to 30" in uplift


def test_the_ledger_lists_what_was_spent(execute):
    found = execute(LEDGER)
    assert {one["table"]: one["epsilon"] for one in found["privacyLedger"]} == {
        table.name: float(table.epsilon) for table in TABLES
    }
    assert {one["year"] for one in found["privacyLedger"]} == {2026}
    [published] = {tuple(one["publishedIn"].items()) for one in found["privacyLedger"]}
    assert dict(published) == {**found["edition"], "records": len(RECORDS)}
    assert found["edition"]["number"] == 2


WEIGHTED = """
    SELECT amount FROM (
        SELECT total_compensation AS amount, sum(weight) OVER (ORDER BY total_compensation) AS reached,
            sum(weight) OVER () AS whole
        FROM (
            SELECT total_compensation,
                CASE place.code WHEN 'us' THEN 700.0 ELSE 250 END / count(*) OVER (PARTITION BY country) AS weight
            FROM salary_record JOIN factor_value AS place ON place.id = country
            JOIN factor_value AS source ON source.id = source AND source.code = 'contributors'
            JOIN factor_value AS job ON job.id = role AND job.code LIKE 'machine-learning%'
        ) AS weighted
    ) AS ordered WHERE reached >= whole / 2 ORDER BY amount LIMIT 1
"""


def test_world_medians_are_weighted_by_the_numbers_of_contributors(url):
    """Of 700 in the United States and 250 in Germany, against PostgreSQL; research has no numbers of contributors."""
    with bulk_connection(url) as connection:
        median = connection.scalar(WEIGHTED)
    with TestClient(create_app(load_settings(), url), raise_server_exceptions=True) as opened:
        answers = [
            opened.post("/graphql", json={"query": BREAKDOWN, "variables": {"measure": "TOTAL_COMPENSATION", **one}})
            for one in ({}, {"factor": "ROLE"})
        ]
    for answer in answers:
        found = answer.json()["data"]
        assert (found["contributedBreakdown"]["factor"], found["contributedBreakdown"]["epsilon"]) == ("ROLE", 0.2)
        assert "weight of its number of contributors" in found["contributedBreakdown"]["method"]
        [(family, row)] = rows(found).items()
        interval = row.pop("medianInterval")
        expected = {**NOTHING, "contributors": 950, "records": 70, "median": median}
        expected.pop("medianInterval")
        assert (family, row) == ("machine-learning", expected)
        assert interval["low"] < median < interval["high"]


def test_world_medians_of_a_measure_without_contributed_records_are_unavailable(url):
    with TestClient(create_app(load_settings(), url), raise_server_exceptions=True) as opened:
        found = opened.post("/graphql", json={"query": BREAKDOWN}).json()["data"]["contributedBreakdown"]
    assert (found["factor"], found["rows"]) == ("ROLE", [])
    assert "No role family has enough contributors" in found["unavailable"]["message"]


def test_before_the_first_tables_nothing_was_spent(url_of_seven):
    with TestClient(create_app(load_settings(), url_of_seven), raise_server_exceptions=True) as opened:
        answer = opened.post("/graphql", json={"query": BREAKDOWN, "variables": {"factor": "SKILL"}}).json()
        found = answer["data"]["contributedBreakdown"]
        ledger = opened.post("/graphql", json={"query": "{ privacyLedger { table } edition { publishedAt } }"}).json()[
            "data"
        ]
    year = int(ledger["edition"]["publishedAt"][:4])
    assert ledger["privacyLedger"] == []
    assert (found["year"], found["epsilon"], found["method"], found["rows"]) == (year, 0, "", [])
    assert f"those of {year} in the first release of {year + 1}" in found["unavailable"]["message"]
