"""Amounts in a currency: as reported where records were reported in it, at the rates of their own year elsewhere."""

from collections.abc import Iterator
from datetime import date
from statistics import median
from typing import Any

import pytest
from starlette.testclient import TestClient
from support.databases import clone
from support.records import publish, record_id

from schema.types.record import global_id
from service.app import create_app
from service.settings import load_settings

EUR = {2022: 1.05304864, 2024: 1.08238047}
ARS = {2022: 0.007695969875, 2024: 0.001093717112}
GBP_2022 = 1.23486981
ENGINEER = {"role": "machine-learning-engineer", "level": "senior"}


def reported(country: str, currency: str, year: int, base: int, rate: float) -> dict[str, Any]:
    pay = {"currency": currency, "base_reported": base, "base_salary": round(base * rate)}
    return {**ENGINEER, "country": country, "effective": date(year, 1, 1), **pay}


RECORDS = [
    *(reported("de", "EUR", 2022, 100_000, EUR[2022]) for _ in range(30)),
    *(reported("fr", "EUR", year, 80_000 + n, EUR[year]) for n in range(10) for year in EUR),
    *(reported("gb", "GBP", 2022, 70_000 + 1_000 * n, GBP_2022) for n in range(9)),
    *(reported("ar", "ARS", 2026, 100_000_000 + n, ARS[2024]) for n in range(6)),
    *({**ENGINEER, "country": "us", "effective": date(2024, 1, 1), "base_salary": 90_000 + n} for n in range(7)),
]


@pytest.fixture(scope="module")
def url(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as found:
        publish(found, RECORDS)
        yield found


@pytest.fixture(scope="module", params=["index", "sql"])
def client(url: str, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    with TestClient(create_app(load_settings(statistics=request.param), url), raise_server_exceptions=True) as opened:
        yield opened


@pytest.fixture
def index_only(request: pytest.FixtureRequest) -> None:
    if "sql" in request.node.name:
        pytest.skip("lists of records need the index")


def median_of(execute: Any, country: str, currency: str) -> float:
    medians = """query ($country: Code!, $currency: Currency!) { cohort(where: {country: [$country]}, currency: $currency) {
      stats(measure: BASE_SALARY) { p50 } } }"""
    found: float = execute(medians, country=country, currency=currency)["cohort"]["stats"]["p50"]
    return found


def test_records_in_the_requested_currency_keep_their_amounts(execute):
    """30 records of EUR 100,000 of 2022 have that median in euros, not 105,305 dollars at the rate of the latest year."""
    assert [median_of(execute, "de", code) for code in ("EUR", "USD")] == [100_000, 105_305]
    assert median_of(execute, "fr", "EUR") == 80_004.5
    assert median_of(execute, "gb", "GBP") == 74_000


def test_other_records_are_converted_at_the_rates_of_their_own_year(execute):
    assert median_of(execute, "gb", "EUR") == round(74_000 * GBP_2022 / EUR[2022])
    assert median_of(execute, "us", "EUR") == round(90_003 / EUR[2024])
    in_pesos = [round((80_000 + n) * EUR[year] / ARS[year]) for n in range(10) for year in EUR]
    assert median_of(execute, "fr", "ARS") == median(in_pesos)


def test_groups_trends_and_ranks_are_in_the_requested_currency(execute):
    found = execute("""{ cohort(where: {country: ["de", "fr", "gb"]}, currency: "EUR") {
      by(factor: COUNTRY, under: "europe", orderBy: {field: MEDIAN, measure: BASE_SALARY, direction: ASC}) {
        value { code } cohort { stats(measure: BASE_SALARY) { p50 } } }
      percentileRank(amount: 100000, measure: BASE_SALARY) { rank count }
      distribution(measure: BASE_SALARY, bins: 5) { below above bins { count } } } }""")["cohort"]
    medians = {group["value"]["code"]: group["cohort"]["stats"]["p50"] for group in found["by"]}
    assert medians == {"fr": 80_004.5, "gb": round(74_000 * GBP_2022 / EUR[2022]), "de": 100_000}
    assert list(medians) == ["fr", "gb", "de"]
    assert found["percentileRank"] == {"rank": pytest.approx(100 * (20 + 9 + 15) / 59), "count": 59}
    histogram = found["distribution"]
    assert histogram["below"] + histogram["above"] + sum(part["count"] for part in histogram["bins"]) == 59
    french = """{ cohort(where: {country: ["fr"]}, currency: "EUR") {
      trend(interval: YEAR, measure: BASE_SALARY) { period stats { p50 } } } }"""
    points = execute(french)["cohort"]["trend"]
    assert [(point["period"], point["stats"] and point["stats"]["p50"]) for point in points] == [
        ("2022", 80_004.5),
        ("2023", None),
        ("2024", 80_004.5),
    ]


def test_an_offer_is_compared_in_its_own_currency(execute):
    offer = """query ($base: Float!, $currency: Currency!) { benchmarkOffer(offer: {baseSalary: $base, currency: $currency,
      profile: {role: "machine-learning-engineer", country: "de"}}) { measure rank { rank count } compaRatio } }"""
    found = execute(offer, base=100_000, currency="EUR")["benchmarkOffer"]
    assert found == {"measure": "BASE_SALARY", "rank": {"rank": 50, "count": 30}, "compaRatio": 1}


def test_old_exchange_rates_bring_a_caution(execute):
    """The latest rate of the peso is of 2024. Pesos in pesos need no rate, and dollars in pesos of 2024 have one."""
    cautions = """query ($country: Code!, $currency: Currency!) { cohort(where: {country: [$country]}, currency: $currency) {
      stats(measure: BASE_SALARY) { cautions { code message } } } }"""

    def of(country: str, currency: str) -> list[str]:
        found = execute(cautions, country=country, currency=currency)["cohort"]["stats"]["cautions"]
        return [caution["message"] for caution in found if caution["code"] == "OLD_RATE"]

    message = "6 records were converted at an exchange rate from more than a year before or after."
    assert of("ar", "USD") == of("ar", "EUR") == [message]
    assert of("ar", "ARS") == of("us", "ARS") == of("de", "EUR") == of("de", "USD") == []


def test_a_record_reports_the_year_of_its_exchange_rate(execute):
    pay = "query ($id: ID!) { node(id: $id) { ... on SalaryRecord { pay { baseSalary reported { currency rateYear } } } } }"
    expected = {0: ("EUR", 2022), 59: ("ARS", 2024), len(RECORDS) - 1: ("USD", None)}
    for number, (currency, year) in expected.items():
        found = execute(pay, id=global_id(record_id(number)))["node"]["pay"]
        assert found["reported"] == {"currency": currency, "rateYear": year}
        assert found["baseSalary"] == RECORDS[number]["base_salary"]


@pytest.mark.usefixtures("index_only")
def test_records_are_sorted_and_paged_by_amounts_in_the_requested_currency(execute):
    page = """query ($after: String, $before: String, $last: Int, $first: Int) { cohort(currency: "EUR") { records(
      first: $first, after: $after, last: $last, before: $before, orderBy: {field: BASE_SALARY, direction: ASC}) {
      nodes { id pay(currency: "EUR") { currency baseSalary reported { currency baseSalary } } }
      pageInfo { hasNextPage startCursor endCursor } } } }"""
    pages = [execute(page, first=7)["cohort"]["records"]]
    while pages[-1]["pageInfo"]["hasNextPage"]:
        pages.append(execute(page, first=7, after=pages[-1]["pageInfo"]["endCursor"])["cohort"]["records"])
    nodes = [node for one in pages for node in one["nodes"]]
    amounts = [node["pay"]["baseSalary"] for node in nodes]
    assert (len({node["id"] for node in nodes}), amounts) == (len(RECORDS), sorted(amounts))
    in_euros = [node["pay"] for node in nodes if node["pay"]["reported"]["currency"] == "EUR"]
    assert all(pay["baseSalary"] == pay["reported"]["baseSalary"] for pay in in_euros)
    assert {node["pay"]["currency"] for node in nodes} == {"EUR"}
    back = execute(page, last=7, before=pages[-1]["pageInfo"]["startCursor"])["cohort"]["records"]
    assert back["nodes"] == pages[-2]["nodes"]


def test_one_record_has_its_pay_in_several_currencies_and_at_the_cost_of_living(execute):
    """The price level of Germany in 2022 was 73.511 (World Bank, United States = 100)."""
    pay = """query ($id: ID!, $c: Currency) { node(id: $id) { ... on SalaryRecord {
      dollars: pay { currency baseSalary } none: pay(currency: null) { currency baseSalary }
      euros: pay(currency: "EUR") { currency baseSalary } given: pay(currency: $c) { currency baseSalary }
      adjusted: pay(currency: "EUR", adjust: COST_OF_LIVING) { currency baseSalary bonus } } } }"""
    found = execute(pay, id=global_id(record_id(0)), c="GBP")["node"]
    assert found["dollars"] == found["none"] == {"currency": "USD", "baseSalary": 105_305}
    assert found["euros"] == {"currency": "EUR", "baseSalary": 100_000}
    assert found["given"] == {"currency": "GBP", "baseSalary": round(105_304.864 / GBP_2022)}
    assert found["adjusted"] == {"currency": "EUR", "baseSalary": round(100_000 / 0.73511), "bonus": None}


@pytest.mark.usefixtures("index_only")
def test_records_of_an_adjusted_cohort_are_sorted_by_adjusted_amounts(execute):
    page = """query ($after: String) { cohort(currency: "GBP", adjust: COST_OF_LIVING) { records(first: 9, after: $after,
      orderBy: {field: BASE_SALARY}) { nodes { id pay(currency: "GBP", adjust: COST_OF_LIVING) { baseSalary } }
      pageInfo { hasNextPage endCursor } } } }"""
    nodes, after = [], None
    while True:
        found = execute(page, after=after)["cohort"]["records"]
        nodes += found["nodes"]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    amounts = [node["pay"]["baseSalary"] for node in nodes]
    known = [amount for amount in amounts if amount is not None]
    assert len({node["id"] for node in nodes}) == len(nodes) == len(RECORDS)
    assert known == sorted(known, reverse=True)
    assert amounts[len(known) :] == [None] * (len(amounts) - len(known))


def test_an_unknown_currency_of_pay_leaves_the_data_of_other_fields(client, index_only):
    query = '{ edition { number } salaryRecords { nodes { pay(currency: "XXX") { baseSalary } } } }'
    answer = client.post("/graphql", json={"query": query}).json()
    [error] = answer["errors"]
    assert answer["data"] == {"edition": {"number": 1}, "salaryRecords": None}
    assert (error["path"], error["extensions"]["code"]) == (["salaryRecords", "nodes", 0, "pay"], "BAD_USER_INPUT")
    assert "XXX" in error["message"]
