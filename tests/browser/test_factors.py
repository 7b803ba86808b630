"""What moves pay, in a browser: each claim is tested by its own query and shows the evidence."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from support.explore_page import period_name

pytestmark = pytest.mark.slow

Axe = Callable[[Page], list[str]]

CLAIMS = 20
PREMIUMS = """query ($where: CohortFilter, $factor: Factor!, $baseline: Code, $measure: Measure!, $adjust: Adjustment! = NONE) {
  cohort(where: $where, adjust: $adjust) { premiums(factor: $factor, baseline: $baseline, measure: $measure) {
    baseline { label } rows { value { code label } percent interval { low high } records }
  } }
}"""
UPLIFT = """{ cohort { by(factor: COMPETING_OFFERS, orderBy: {field: VALUE, direction: ASC}) {
  value { code } cohort { stats(measure: NEGOTIATION_UPLIFT) { mean count } }
} } }"""

OUTLOOK = """{ cohort {
  outlook(measure: BASE_SALARY, quarters: 4) { points { period start median interval { low high } } records }
  trend(interval: QUARTER, measure: BASE_SALARY) { period start adjusted stats { p50 } }
} }"""
BENEFITS = """{ cohort { premiums(factor: BENEFIT, under: "flexibility", measure: BASE_SALARY) {
  rows { value { label } percent interval { low high } records }
} } }"""


def query_data(page: Page, query: str, **variables: Any) -> dict[str, Any]:
    """The data of a query that the test sends itself."""
    data: dict[str, Any] = page.request.post("/graphql", data={"query": query, "variables": variables}).json()["data"]
    return data


def claim(page: Page, sentence: str) -> Locator:
    return page.get_by_role("article", name=sentence, exact=True)


def measured(page: Page) -> None:
    """Wait until all claims are measured; the first fit of a cohort takes some time."""
    expect(page.get_by_text(f"{CLAIMS} claims, measured on")).to_be_visible(timeout=60_000)


def percent(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value):.1f}%"


def test_each_claim_shows_its_figures_intervals_and_records(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    table = query_data(page, PREMIUMS, factor="WORK_MODE", baseline="on-site", measure="BASE_SALARY")["cohort"]["premiums"]
    shown = claim(page, "Remote work pays a little less")
    for row in table["rows"]:
        line = shown.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row["value"]["label"]))
        expect(line).to_contain_text(percent(row["percent"]))
        expect(line).to_contain_text(f"{percent(row['interval']['low'])} to {percent(row['interval']['high'])}")
        expect(line).to_contain_text(f"{row['records']:,} records")
    remote = next(row for row in table["rows"] if row["value"]["code"] == "remote")
    expect(shown).to_contain_text("Supported" if remote["interval"]["high"] < 0 else "Not supported")


def test_means_are_compared_with_those_without_competing_offers(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    stats_by_value = {
        group["value"]["code"]: group["cohort"]["stats"]
        for group in query_data(page, UPLIFT)["cohort"]["by"]
        if group["value"]
    }
    line = claim(page, "Competing offers strengthen a negotiation").get_by_role("row").nth(1)
    expect(line).to_contain_text(f"+{stats_by_value['1']['mean'] - stats_by_value['0']['mean']:.1f} points")
    expect(line).to_contain_text(f"{stats_by_value['1']['count']:,} records")


def test_pay_in_a_year_is_compared_with_the_last_complete_quarter(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    cohort = query_data(page, OUTLOOK)["cohort"]
    first, *_, then = cohort["outlook"]["points"]
    last = [quarter for quarter in cohort["trend"] if quarter["start"] < first["start"]][-1]
    now = last["adjusted"] or last["stats"]["p50"]
    low, at, high = (
        100 * (value / now - 1) for value in (then["interval"]["low"], then["median"], then["interval"]["high"])
    )
    shown = claim(page, "Pay will be higher in a year")
    interval = f"95% CI: {percent(low)} to {percent(high)}, {cohort['outlook']['records']:,} records"
    future, present = (period_name(point["period"]) for point in (then, last))
    expect(shown).to_contain_text(f"{future}: {percent(at)} compared with {present} ({interval}).")
    expect(shown).to_contain_text("Supported" if low > 0 else "Not supported")


def test_flexible_benefits_are_listed_individually(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    shown = claim(page, "Flexible work costs salary")
    rows = query_data(page, BENEFITS)["cohort"]["premiums"]["rows"]
    assert len(rows) >= 3
    for row in rows:
        line = shown.get_by_role("row").filter(has=page.get_by_role("rowheader", name=row["value"]["label"]))
        expect(line).to_contain_text(percent(row["percent"]))
        expect(line).to_contain_text(f"{row['records']:,} records")


def test_hubs_are_those_of_the_data(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    query = (
        '{ cohort(where: {country: ["us"]}) { by(factor: METRO, orderBy: {field: SIZE}, first: 2) { value { label } } } }'
    )
    largest = [group["value"]["label"] for group in query_data(page, query)["cohort"]["by"][:2]]
    rows = claim(page, "Hubs pay more").get_by_role("rowheader")
    for number, label in enumerate(largest):
        expect(rows.nth(number)).to_contain_text(label)


def test_every_claim_has_a_verdict(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    verdicts = page.get_by_role("article").locator(".verdict").all_inner_texts()
    assert len(verdicts) == CLAIMS
    assert {verdict.split(maxsplit=1)[1] for verdict in verdicts} <= {
        "Supported",
        "Partly supported",
        "Not supported",
        "Not enough data",
    }


COUNT_QUERIES = """
  const queried = /query\\+(Premiums|Industries|Startups|PayComponents|MeansByFactor|PayGrowth|FuturePay)/
  const fetchIt = window.fetch
  let going = 0
  window.most = 0
  window.fetch = async (resource, options) => {
    if (!queried.test(resource)) return fetchIt(resource, options)
    window.most = Math.max(window.most, ++going)
    try {
      return await fetchIt(resource, options)
    } finally {
      going--
    }
  }
"""
"""Counts the most queries of claims at a time in the page: its events reach the test in another order."""


def test_a_few_claims_are_queried_at_a_time(page: Page) -> None:
    page.add_init_script(COUNT_QUERIES)
    page.goto("/factors")
    measured(page)
    assert page.evaluate("most") == 2


def test_country_and_measure_are_in_the_url(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    page.get_by_role("combobox", name="Country").fill("united kingdom")
    page.get_by_role("option", name="United Kingdom").click()
    page.get_by_label("Measure").select_option("TOTAL_COMPENSATION")
    expect(page).to_have_url("/factors?country=gb&measure=TOTAL_COMPENSATION")
    cohort = query_data(page, '{ cohort(where: {country: ["gb"]}) { size stats { count } } }')["cohort"]
    measured_on = (
        f"measured on the {cohort['stats']['count']:,} of {cohort['size']:,} records that report total compensation"
    )
    expect(page.get_by_role("status").filter(has_text=measured_on)).to_be_visible(timeout=60_000)
    page.go_back()
    expect(page.get_by_label("Measure")).to_have_value("BASE_SALARY")
    expect(page.get_by_role("combobox", name="Country")).to_have_value("United Kingdom")


def test_a_claim_with_too_few_records_is_marked_as_not_enough_data(page: Page) -> None:
    page.goto("/factors")
    query = "{ factorValues(factor: COUNTRY, first: 500) { nodes { code records parent { code } } } }"
    places = [place for place in query_data(page, query)["factorValues"]["nodes"] if place["parent"]]
    few = min((place for place in places if place["records"] > 4), key=lambda place: place["records"])
    page.goto(f"/factors?country={few['code']}")
    measured(page)
    shown = claim(page, "Remote work pays a little less")
    expect(shown).to_contain_text("Not enough data")
    expect(shown.get_by_role("heading", name="Not measured")).to_be_visible()
    nowhere = next(place["code"] for place in places if not place["records"])
    page.goto(f"/factors?country={nowhere}")
    expect(page.get_by_text("There are no records in this country.")).to_be_visible()


class TestUnanswered:
    @pytest.fixture
    def allowed_errors(self) -> list[str]:
        return [r"Failed to load resource.*/graphql"]

    def test_a_failed_claim_does_not_affect_the_others(self, page: Page) -> None:
        def stop(route: Route) -> None:
            if "query+PayComponents" in route.request.url:
                route.abort()
            else:
                route.continue_()

        page.route("**/graphql*", stop)
        page.goto("/factors")
        shown = claim(page, "Bonus and equity add significantly")
        expect(shown.get_by_role("alert")).to_contain_text("The service does not answer.", timeout=60_000)
        expect(claim(page, "Employers who pay less can satisfy more").get_by_role("table")).to_be_visible(timeout=60_000)
        page.unroute("**/graphql*")
        shown.get_by_role("button", name="Try again").click()
        expect(shown.get_by_role("table")).to_be_visible()
        measured(page)

    def test_no_response_is_reported_with_a_retry(self, page: Page) -> None:
        page.route("**/graphql*", lambda route: route.abort())
        page.goto("/factors")
        expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("The service does not answer.")


def test_it_is_accessible_in_both_themes_and_fits_a_small_screen(page: Page, axe: Axe) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/factors")
    measured(page)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


OFFICIAL = """query ($place: Code) { officialWages(role: "data-scientist", place: $place, first: 300) {
  area naicsCode industry { code label } p50
} }"""


def test_industries_have_official_wages_as_a_second_source(page: Page) -> None:
    page.goto("/factors")
    measured(page)
    wages = query_data(page, OFFICIAL, place="us")["officialWages"]
    medians = {wage["industry"]["code"]: wage["p50"] for wage in wages if wage["industry"]}
    [everywhere] = [wage["p50"] for wage in wages if wage["naicsCode"] == "000000"]
    finance, healthcare = (percent(100 * (medians[code] / everywhere - 1)) for code in ("finance", "healthcare"))
    shown = claim(page, "Finance, healthcare and driverless cars pay more")
    expect(shown).to_contain_text("Official wages (BLS), median compared with all industries: Software Developers: ")
    expect(shown).to_contain_text(f"; Data Scientists: Finance {finance}, Healthcare {healthcare}. Not adjusted")
    expect(claim(page, "Hubs pay more")).to_contain_text("Official wages (BLS), median compared with ")
    expect(claim(page, "Promotions pay").get_by_text("BLS")).to_have_count(0)
    page.goto("/factors?country=de")
    measured(page)
    expect(page.get_by_text("Official wages (BLS)")).to_have_count(0)
