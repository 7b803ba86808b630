"""Measures on the page, where advertisements report base salaries, and a survey only total compensation."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Page, Request, expect
from support.databases import clone
from support.explore_page import card, open_facet, query_api
from support.offer_page import address, result
from support.records import publish

pytestmark = pytest.mark.slow

Hold = Callable[..., Callable[[], None]]

ADVERTISED = [
    {"source": "aijobs", "role": "data-scientist", "level": "senior", "country": "us", "base_salary": 150_000 + 500 * n}
    for n in range(40)
]
FILED = [
    {"source": "lca", "role": "data-scientist", "level": "mid", "country": "us", "base_salary": 110_000 + 500 * n}
    for n in range(15)
]
SURVEYED = [
    {
        "source": "stackoverflow-2025",
        "role": "data-scientist",
        "level": "senior",
        "country": "us" if n < 10 else "de",
        "total_compensation": 60_000 + 500 * n,
        "effective": date(2025, 6, 1),
    }
    for n in range(35)
]
PARTIAL = "query ($measure: Measure!) { cohort { stats(measure: $measure) { cautions { code message } } } }"


@pytest.fixture(scope="module")
def site_database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        publish(url, [*ADVERTISED, *FILED, *SURVEYED])
        yield url


def partial_coverage(page: Page, measure: str) -> str:
    """The message of the caution, from the API."""
    cautions = query_api(page, PARTIAL, measure=measure)["cohort"]["stats"]["cautions"]
    [message] = [one["message"] for one in cautions if one["code"] == "PARTIAL_COVERAGE"]
    return str(message)


def queried(page: Page) -> list[str]:
    """The queries that the page sends from now on, with their variables."""
    urls: list[str] = []

    def add(request: Request) -> None:
        if "/graphql?" in request.url:
            urls.append(unquote_plus(request.url))

    page.on("request", add)
    return urls


def test_the_measure_is_the_one_that_most_records_report(page: Page) -> None:
    """No other one is queried before."""
    urls = queried(page)
    page.goto("/")
    expect(card(page, "Base salary").locator(".headline")).to_have_text(
        "Half of 55 records report a base salary between $116,800 and $162,800 a year; the median is $156,000."
    )
    expect(card(page, "Base salary by role").get_by_role("link", name=re.compile("^Data science"))).to_be_visible()
    assert sum("query Measures" in url for url in urls) == 1
    assert [url for url in urls if "query Headline" in url and '"measure":"BASE_SALARY"' not in url] == []
    assert sum("query Headline" in url for url in urls) == 1
    expect(page).to_have_url(re.compile("/$"))
    options = page.get_by_label("Measure").locator("option")
    expect(options).to_have_text(
        [
            "Base salary · 55",
            "Total cash · none",
            "Total compensation · 35",
            "Bonus · none",
            "Equity · none",
            "Negotiation uplift · none",
            "Job satisfaction · none",
            "Career growth · none",
            "Work-life balance · none",
        ]
    )
    expect(options.and_(page.locator(":disabled"))).to_have_count(7)


def test_a_measure_of_other_records_says_whose_it_is(page: Page) -> None:
    page.goto("/")
    expect(card(page, "Base salary").locator(".caution")).to_have_text(partial_coverage(page, "BASE_SALARY"))
    page.get_by_label("Measure").select_option("TOTAL_COMPENSATION")
    total = card(page, "Total compensation")
    expect(total.locator(".caution")).to_have_text(partial_coverage(page, "TOTAL_COMPENSATION"))
    expect(total.locator(".caution")).to_contain_text(
        "report total compensation: Stack Overflow Developer Survey 2025, 2025."
    )
    expect(total.locator(".headline")).to_contain_text("the median is $68,500.")
    expect(page).to_have_url(re.compile(r"/\?measure=total-compensation$"))
    page.goto("/?sourceKind=survey")
    expect(total.locator(".headline")).to_contain_text("half of 35 records report total compensation")
    expect(total.locator(".caution")).to_have_count(0)


def test_a_filter_changes_a_measure_that_was_not_chosen_and_says_so(page: Page, hold: Hold) -> None:
    page.goto("/")
    base = card(page, "Base salary")
    before = base.locator(".headline").inner_text()
    release = hold(lambda url: "query+Measures" in url and "%22de%22" in url)
    panel = open_facet(page, "Country")
    panel.get_by_role("button", name=re.compile("Show values in Europe")).click()
    with page.expect_request(lambda request: "query+Measures" in request.url and "%22de%22" in request.url):
        panel.get_by_role("checkbox", name=re.compile("^Germany")).check()
    expect(page).to_have_url(re.compile(r"/\?country=de&currency=EUR$"))
    expect(base.locator(".headline")).to_have_text(before)  # until the measure of the other cohort is known
    release()
    total = card(page, "Total compensation")
    expect(total.locator(".headline")).to_contain_text("half of 25 records report total compensation")
    expect(total).to_contain_text(
        "Total compensation instead of base salary: the measure that most of these records report."
    )
    expect(page.get_by_label("Measure")).to_have_value("TOTAL_COMPENSATION")
    expect(page).to_have_url(re.compile(r"/\?country=de&currency=EUR$"))
    page.go_back()
    expect(base.locator(".headline")).to_have_text(before)


def test_a_filter_does_not_change_a_chosen_measure(page: Page) -> None:
    page.goto("/?measure=base-salary&country=de")
    expect(page.get_by_role("heading", name="Not enough records with base salary")).to_be_visible()
    expect(page.get_by_label("Measure")).to_have_value("BASE_SALARY")
    expect(page.get_by_label("Measure").locator("option").first).to_have_text("Base salary · none")
    page.get_by_role("button", name="Remove the filter “Country”").click()
    expect(page).to_have_url(re.compile(r"/\?measure=base-salary$"))
    expect(card(page, "Base salary").locator(".headline")).to_contain_text("Half of 55 records")
    page.get_by_label("Measure").select_option("TOTAL_COMPENSATION")
    panel = open_facet(page, "Level")
    panel.get_by_role("checkbox", name=re.compile("^Senior")).check()
    expect(page).to_have_url(re.compile(r"/\?level=senior&measure=total-compensation$"))
    expect(card(page, "Total compensation").locator(".headline")).to_contain_text("half of 35 records")


def test_groups_of_other_data_sets_are_named(page: Page) -> None:
    """The middle level is filed, and most base salaries are advertised."""
    page.goto("/?by=level")
    by_level = card(page, "Base salary by level")
    expect(by_level.get_by_role("link", name=re.compile("^Senior"))).to_be_visible()
    expect(by_level).to_contain_text("Mostly from other data sets than the cohort, which may explain how they differ: Mid.")


def test_an_offer_says_how_many_records_report_its_measure(page: Page) -> None:
    """Ten of fifty seniors report total compensation, too few for the total of the offer."""
    offer = {
        "label": "Bay",
        "base": "100000",
        "currency": "USD",
        "role": "data-scientist",
        "country": "us",
        "level": "senior",
    }
    page.goto(address(offer))
    shown = result(page, "Bay")
    expect(shown).to_contain_text("by the base salary of $100,000 only")
    expect(shown.locator(".relaxations")).to_contain_text("40 of 50 records report base salary, enough")


def test_claims_say_which_records_they_are_measured_on(page: Page) -> None:
    page.goto("/factors")
    tally = page.get_by_role("status").filter(has_text="claims, measured on")
    expect(tally).to_contain_text("measured on the 55 of 90 records that report base salary:", timeout=60_000)
    caution = page.locator(".factors-tally + .caution")
    expect(caution).to_have_text(partial_coverage(page, "BASE_SALARY"))
    page.goto("/factors?country=de")
    expect(page.get_by_label("Measure")).to_have_value("TOTAL_COMPENSATION")
    expect(tally).to_contain_text("measured on 25 records:", timeout=60_000)
    expect(caution).to_have_count(0)
