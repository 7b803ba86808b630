"""Official wages of roles, places and industries, and of cohorts. Figures are copied from BLS's table of May 2025."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.queries import query

from service.app import create_app
from service.settings import load_settings

WAGES = query("official_wages")
OF_COHORT = """query ($where: CohortFilter, $currency: Currency! = "USD", $adjust: Adjustment! = NONE) {
    cohort(where: $where, currency: $currency, adjust: $adjust) {
        officialWages { occupationCode areaCode naicsCode p50 } officialWagesUnavailable { code message }
    }
}"""
SAN_JOSE = {
    "occupation": "Data Scientists",
    "occupationCode": "15-2051",
    "area": "San Jose-Sunnyvale-Santa Clara, CA",
    "areaCode": "0041940",
    "place": {"factor": "METRO", "code": "san-jose", "label": "San Jose-Sunnyvale-Santa Clara, CA"},
    "naicsCode": "000000",
    "naicsTitle": "Cross-Industry, Private, Federal, State, and Local",
    "industry": None,
    "year": 2025,
    "currency": "USD",
    "employment": 6_060,
    "p10": 109_740,
    "p25": 149_570,
    "p50": 185_080,
    "p75": 219_460,
    "p90": 282_840,
    "mean": 212_760,
    "source": {
        "code": "oews-2025",
        "label": "US Bureau of Labor Statistics: Occupational Employment and Wage Statistics, May 2025",
        "kind": "SURVEY",
        "licence": "US government work, public domain",
        "url": "https://www.bls.gov/oes/",
        "records": 0,
    },
}


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    settings = load_settings(statistics=request.param)
    with TestClient(create_app(settings, url), raise_server_exceptions=True) as opened:
        yield opened


def test_wages_of_a_role_in_a_metro_area(execute):
    assert execute(WAGES, role="data-scientist", place="san-jose")["officialWages"] == [SAN_JOSE]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"role": "data-scientist", "place": "us-ca"}, [("15-2051", "0600000", "000000", 141_590)]),
        ({"role": "data-scientist", "place": "pr"}, [("15-2051", "7200000", "000000", 80_350)]),
        ({"role": "data-scientist", "place": "us", "first": 1}, [("15-2051", "0000000", "000000", 120_230)]),
        ({"role": "machine-learning-engineer", "place": "us", "first": 1}, [("15-1252", "0000000", "000000", 135_980)]),
        ({"role": "machine-learning", "place": "san-jose"}, [("15-1252", "0041940", "000000", 213_110)]),
        ({"role": "data-scientist", "industry": "finance"}, [("15-2051", "0000000", "52--53", 124_770)]),
        ({"role": "data-scientist", "place": "us", "industry": "software"}, [("15-2051", "0000000", "513200", 156_220)]),
        ({"role": "data-scientist", "place": "us-ca", "industry": "software"}, []),
        ({"role": "data-scientist", "place": "de"}, []),
        ({"role": "data-scientist", "first": 0}, []),
        ({"role": "data-engineer"}, []),
        ({"role": "researcher"}, []),
        ({"role": "data-scientist", "industry": "biotechnology"}, []),
    ],
)
def test_wages_are_joined_by_role_place_and_industry(execute, arguments, expected):
    found = execute(WAGES, **arguments)["officialWages"]
    assert [(wage["occupationCode"], wage["areaCode"], wage["naicsCode"], wage["p50"]) for wage in found] == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role": "data-scientist"}, None),
        ({"role": "data-scientist", "first": 0}, None),
        ({"role": "data-engineer", "place": "us"}, "The role Data Engineer has no official occupation"),
        ({"role": "data-scientist", "place": "de"}, "not of Germany. Choose a place in it, or none."),
        ({"role": "data-scientist", "place": "us-ca", "industry": "software"}, "Leave out the place or the industry."),
        ({"role": "data-scientist", "industry": "biotechnology"}, "has released no such wages."),
    ],
)
def test_no_wages_have_a_reason(execute, arguments, message):
    unavailable = execute(WAGES, **arguments)["officialWagesUnavailable"]
    assert (unavailable and unavailable["code"]) == (message and "NOT_PUBLISHED")
    assert (message or "") in (unavailable or {"message": ""})["message"]


def test_figures_over_all_industries_come_first_and_then_the_largest(execute):
    found = execute(WAGES, role="data-scientist", first=500)["officialWages"]
    assert [(wage["area"], wage["employment"]) for wage in found[:4]] == [
        ("National", 262_440),
        ("California", 39_310),
        ("Texas", 25_860),
        ("New York", 23_970),
    ]
    found = execute(WAGES, role="actuary", first=500)["officialWages"]
    of_an_industry = [wage["naicsCode"] != "000000" for wage in found]
    assert len(found) == 166
    assert of_an_industry == sorted(of_an_industry)
    assert set(of_an_industry) == {False, True}
    software = execute(WAGES, place="us", industry="software", first=500)["officialWages"]
    employment = [wage["employment"] for wage in software if wage["employment"] is not None]
    assert employment == sorted(employment, reverse=True)
    assert {wage["industry"]["code"] for wage in software} == {"software"}


def test_figures_that_were_not_released_are_null(execute):
    [bangor] = execute(WAGES, role="data-scientist", place="bangor")["officialWages"]
    assert bangor["employment"] == 60
    assert [bangor[name] for name in ("p10", "p25", "p50", "p75", "p90", "mean")] == [None] * 6


def test_areas_without_a_place_are_listed(execute):
    found = execute(WAGES, role="software-developer", first=500)["officialWages"]
    [area] = [wage for wage in found if wage["area"] == "San Juan-Bayamon-Caguas, PR"]
    assert (area["areaCode"], area["place"]) == ("0041980", None)


def test_amounts_are_converted_at_the_rate_of_the_year(execute):
    """US dollars per euro in 2025, by the ECB: 1.12998314."""
    [wage] = execute(WAGES, role="data-scientist", place="san-jose", currency="EUR")["officialWages"]
    assert (wage["currency"], wage["p50"], wage["p90"], wage["employment"]) == ("EUR", 163_790, 250_305, 6_060)
    assert wage["p10"] == round(109_740 / 1.12998314)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"role": "data-scientits"}, "data-scientist"),
        ({"place": "sanjose"}, "san-jose"),
        ({"industry": "softwar"}, "software"),
        ({"role": "data-scientist", "currency": "XXX"}, "'XXX'"),
        ({"first": -1}, "`first` must be from 0 to 500, got -1."),
        ({"first": 501}, "`first` must be from 0 to 500, got 501."),
    ],
)
def test_invalid_arguments_are_refused(client, arguments, message):
    answer = client.post("/graphql", json={"query": WAGES, "variables": arguments}).json()
    assert answer["data"]["officialWages"] is None
    [error] = [error for error in answer["errors"] if error["path"] == ["officialWages"]]
    assert message in error["message"]


NATIONAL, METRO = ("0000000", 120_230), ("0041940", 185_080)
ROLE = {"role": ["data-scientist"]}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (ROLE, NATIONAL),
        (ROLE | {"country": ["us"]}, NATIONAL),
        (ROLE | {"subdivision": ["us-ca"]}, ("0600000", 141_590)),
        (ROLE | {"metro": ["san-jose"]}, METRO),
        (ROLE | {"metro": ["san-jose"], "subdivision": ["us-ca"], "country": ["us"]}, METRO),
        (ROLE | {"metro": ["san-jose"], "country": ["north-america"]}, METRO),
        (ROLE | {"metro": ["san-jose"], "level": ["SENIOR"], "experience": {"min": 3}}, METRO),
        (ROLE | {"metro": ["san-jose"], "source": ["lca"], "sourceKind": ["SURVEY"]}, METRO),
    ],
)
def test_official_wages_of_a_cohort(execute, where, expected):
    [wage] = execute(OF_COHORT, where=where)["cohort"]["officialWages"]
    assert wage == {"occupationCode": "15-2051", "areaCode": expected[0], "naicsCode": "000000", "p50": expected[1]}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (None, "Official wages are by role. Filter by a role."),
        ({"metro": ["san-jose"]}, "Official wages are by role. Filter by a role."),
        ({"role": ["data-scientist", "actuary"]}, "Filter by one role only."),
        ({"role": ["data-engineer"]}, "The role Data Engineer has no official occupation"),
        (ROLE | {"metro": ["san-jose", "austin"]}, "Filter by one place only."),
        (ROLE | {"metro": ["san-jose"], "subdivision": ["us-tx"]}, "Filter by one place only."),
        (ROLE | {"metro": ["new-york"], "subdivision": ["us-ny"]}, "Filter by one place only."),
        (ROLE | {"country": ["de"]}, "those of the United States, not of Germany."),
        (ROLE | {"country": ["north-america"]}, "those of the United States, not of North America."),
        (ROLE | {"industry": ["software"]}, "Remove the filter by industry."),
        (ROLE | {"workMode": ["REMOTE"]}, "Remove the filter by work mode."),
        (ROLE | {"employer": ["google"]}, "Remove the filter by employer."),
        (ROLE | {"employmentType": ["FULL_TIME"]}, "Remove the filter by employment type."),
        (ROLE | {"education": ["MASTER"]}, "Remove the filter by education."),
        (ROLE | {"skill": {"all": ["python"]}}, "Remove the filter by skill."),
        (ROLE | {"skill": {"none": ["python"]}}, "Remove the filter by skill."),
        (ROLE | {"effective": {"from": "2025-01"}}, "Remove the filter by date."),
    ],
)
def test_cohorts_without_official_wages(execute, where, message):
    found = execute(OF_COHORT, where=where)["cohort"]
    assert found["officialWages"] == []
    assert found["officialWagesUnavailable"]["code"] == (
        "NOT_PUBLISHED" if "official occupation" in message or "those of" in message else "NOT_COMPARABLE"
    )
    assert message in found["officialWagesUnavailable"]["message"]


def test_cohorts_adjusted_for_cost_of_living_have_no_official_wages(execute):
    found = execute(OF_COHORT, where=ROLE, adjust="COST_OF_LIVING")
    message = "Official wages are not adjusted for cost of living. Ask for amounts without adjustment."
    unavailable = {"code": "NOT_COMPARABLE", "message": message}
    assert found["cohort"] == {"officialWages": [], "officialWagesUnavailable": unavailable}


def test_wages_of_a_cohort_are_in_its_currency(execute):
    found = execute(OF_COHORT, where=ROLE | {"metro": ["san-jose"]}, currency="EUR")
    assert found["cohort"]["officialWages"][0]["p50"] == 163_790


def test_groups_have_official_wages(execute):
    found = execute(
        """{ cohort(where: {country: ["us"]}) { by(factor: ROLE, under: "data-science") {
            value { code } cohort { officialWages { p50 } } } } }"""
    )["cohort"]["by"]
    assert [(group["value"]["code"], group["cohort"]["officialWages"]) for group in found if group["value"]] == [
        ("data-scientist", [{"p50": 120_230}])
    ]


def test_official_wages_are_in_no_figure_of_records(execute):
    found: Any = execute('{ edition { records sources { code } } cohort(where: {source: ["oews-2025"]}) { size } }')
    assert found["edition"]["records"] == 22
    assert "oews-2025" not in {source["code"] for source in found["edition"]["sources"]}
    assert found["cohort"]["size"] == 0
