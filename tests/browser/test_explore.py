"""The page Explore: filters, figures, charts and records, each against what the API returns for the same cohort."""

import re
from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from support.explore_page import card, four_digits, open_facet, query_api, scroll_to, wait_for_charts

from service.store.bulk import bulk_connection

Axe = Callable[[Page], list[str]]


def test_the_first_view_shows_pay_and_its_sample_size(page: Page) -> None:
    page.goto("/")
    cohort = query_api(page, "{ cohort { size stats(measure: BASE_SALARY) { count p10 p25 p50 p75 p90 } } }")["cohort"]
    stats = {name: four_digits(value) for name, value in cohort["stats"].items() if name != "count"}
    base_salary = card(page, "Base salary")
    expect(base_salary.locator(".headline")).to_have_text(
        f"Half of all {cohort['stats']['count']:,} records report a base salary between {stats['p25']} and {stats['p75']} a year; "
        f"the median is {stats['p50']}."
    )
    expect(base_salary).to_contain_text(f"One in ten is below {stats['p10']}, one in ten above {stats['p90']}.")
    expect(base_salary).to_contain_text("High confidence")
    expect(base_salary).to_contain_text("100% of the records are generated sample data.")
    expect(base_salary.locator("svg.plot text", has_text="Median")).to_have_text(f"Median {stats['p50']}")


def test_a_facet_counts_under_the_other_filters_and_filters(page: Page) -> None:
    page.goto("/?level=senior")
    where = "{level: [SENIOR]}"
    groups = query_api(
        page, f"{{ cohort(where: {where}) {{ by(factor: WORK_MODE) {{ value {{ label }} cohort {{ size }} }} }} }}"
    )
    sizes = {group["value"]["label"]: group["cohort"]["size"] for group in groups["cohort"]["by"] if group["value"]}
    panel = open_facet(page, "Work mode")
    for label, size in sizes.items():
        expect(panel.get_by_role("checkbox", name=f"{label} {size:,} records")).to_be_visible()
    panel.get_by_role("checkbox", name=re.compile("^Remote")).check()
    expect(page).to_have_url(re.compile(r"/\?level=senior&workMode=remote$"))
    expect(card(page, "Base salary").locator(".headline")).to_contain_text(f"half of {sizes['Remote']:,} records report")
    expect(panel.get_by_role("checkbox", name=f"Remote {sizes['Remote']:,} records")).to_be_checked()

    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Work mode Remote")).to_be_focused()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/\?level=senior$"))
    expect(page.get_by_role("button", name="Work mode", exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_facet_opens_the_children_of_a_value(page: Page) -> None:
    page.goto("/")
    top = query_api(page, "{ cohort { by(factor: ROLE, first: 1) { value { code label } } } }")["cohort"]["by"][0]["value"]
    query = "query($c: Code) { cohort { by(factor: ROLE, under: $c, first: 1) { value { code label } cohort { size } } } }"
    below = query_api(page, query, c=top["code"])["cohort"]["by"][0]
    panel = open_facet(page, "Role")
    panel.get_by_role("button", name=f"Show values in {top['label']}").click()
    panel.get_by_role("checkbox", name=f"{below['value']['label']} {below['cohort']['size']:,} records").check()
    expect(page).to_have_url(re.compile(rf"\?role={below['value']['code']}$"))
    expect(page.locator(".headline")).to_contain_text(
        f"Half of {below['cohort']['size']:,} {below['value']['label']}s are paid"
    )


@pytest.mark.slow
def test_a_facet_is_searched_and_sets_can_require_all_values(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="More filters").click()
    panel = open_facet(page, "Skills")
    for skill in ("Python", "PyTorch"):
        panel.get_by_role("searchbox").fill(skill)
        panel.get_by_role("checkbox", name=re.compile(rf"^{skill} [\d,]+ records")).check()
    expect(page).to_have_url(re.compile(r"\?skill=python,pytorch$"))
    either = query_api(page, '{ cohort(where: {skill: {any: ["python", "pytorch"]}}) { size } }')["cohort"]["size"]
    expect(page.locator(".headline")).to_contain_text(f"half of {either:,} records report")
    panel.get_by_role("combobox", name="Records with").select_option("all of these")
    expect(page).to_have_url(re.compile(r"\?skill=all:python,pytorch$"))
    both = query_api(page, '{ cohort(where: {skill: {all: ["python", "pytorch"]}}) { size } }')["cohort"]["size"]
    expect(page.locator(".headline")).to_contain_text(f"half of {both:,} records report")
    panel.get_by_role("button", name="Remove Python").click()
    expect(page).to_have_url(re.compile(r"\?skill=all:pytorch$"))


@pytest.mark.slow
def test_a_range_is_selected_as_a_band_or_typed(page: Page) -> None:
    page.goto("/")
    panel = open_facet(page, "Experience")
    panel.get_by_role("button", name=re.compile("^4 to 6 years")).click()
    expect(page).to_have_url(re.compile(r"\?experience=4\.\.6$"))
    panel.get_by_label("To").fill("9")
    expect(page).to_have_url(re.compile(r"\?experience=4\.\.9$"))
    size = query_api(page, "{ cohort(where: {experience: {min: 4, max: 9}}) { size } }")["cohort"]["size"]
    expect(page.locator(".headline")).to_contain_text(f"half of {size:,} records report")
    panel.get_by_label("From").fill("5")
    page.keyboard.press("Escape")  # without a pause
    expect(page).to_have_url(re.compile(r"\?experience=5\.\.9$"))
    panel = open_facet(page, "Experience")
    panel.get_by_label("From").fill("12")
    expect(panel.get_by_role("alert")).to_have_text("The first must not be after the second.")
    expect(page).to_have_url(re.compile(r"\?experience=5\.\.9$"))


def test_a_link_shares_the_view(page: Page) -> None:
    page.goto(
        "/?country=us&level=senior,staff&measure=total-cash&currency=EUR&adjust=cost-of-living&by=work-mode#pay=150000"
    )
    where = '{country: ["us"], level: [SENIOR, STAFF]}'
    cohort = query_api(
        page,
        f'{{ cohort(where: {where}, currency: "EUR", adjust: COST_OF_LIVING) {{ stats(measure: TOTAL_CASH) {{ count p50 }} '
        "percentileRank(measure: TOTAL_CASH, amount: 150000) { rank } } }",
    )["cohort"]
    expect(page.get_by_role("button", name="Country United States")).to_be_visible()
    expect(page.get_by_role("button", name="Level Senior +1")).to_be_visible()
    expect(page.get_by_label("Measure")).to_have_value("TOTAL_CASH")
    expect(page.get_by_label("Currency")).to_have_value("EUR")
    expect(page.get_by_label("Adjust for cost of living")).to_be_checked()
    expect(card(page, "Total cash, adjusted for the cost of living").locator(".headline")).to_contain_text(
        f"the median is {four_digits(cohort['stats']['p50']).replace('$', '€')}."
    )
    expect(card(page, "Total cash by work mode").get_by_role("link", name=re.compile("^Remote"))).to_be_visible()
    expect(page.locator(".marker-rank")).to_contain_text(f"€150,000 is above {cohort['percentileRank']['rank']:.1f}% of")


@pytest.mark.slow
def test_records_are_paged_and_ordered(page: Page) -> None:
    page.goto("/?country=us")
    scroll_to(page, "the records")
    table = page.get_by_role("region", name="Records", exact=True)
    query = """query($after: String, $order: RecordOrder) {
      salaryRecords(where: {country: ["us"]}, first: 20, after: $after, orderBy: $order) {
        totalCount pageInfo { endCursor } nodes { effective pay { baseSalary } } } }"""
    by_pay = {"field": "BASE_SALARY", "direction": "DESC"}
    first = query_api(page, query, order=by_pay)["salaryRecords"]
    second = query_api(page, query, order=by_pay, after=first["pageInfo"]["endCursor"])["salaryRecords"]

    def shown() -> Locator:
        return table.locator("tbody td:nth-child(2)")

    def amounts(records: Any) -> list[str]:
        return [f"${node['pay']['baseSalary']:,.0f}" for node in records["nodes"]]

    table.get_by_role("button", name="Base salary").click()
    expect(shown()).to_have_text(amounts(first))
    expect(table.get_by_role("columnheader", name="Base salary")).to_have_attribute("aria-sort", "descending")
    turning = page.get_by_role("navigation", name="Pages of records")
    expect(turning).to_contain_text(f"20 of {first['totalCount']:,} records")
    expect(turning.get_by_role("button", name="Previous")).to_be_disabled()
    turning.get_by_role("button", name="Next").click()
    expect(shown()).to_have_text(amounts(second))
    expect(page).to_have_url(re.compile(r"[?&]after="))
    page.reload()
    scroll_to(page, "the records")
    expect(shown()).to_have_text(amounts(second))
    turning.get_by_role("button", name="Previous").click()
    expect(shown()).to_have_text(amounts(first))


@pytest.mark.slow
def test_a_record_is_flagged_from_the_table(page: Page, site_database: str) -> None:
    page.goto("/?country=us")
    scroll_to(page, "the records")
    table = page.get_by_role("region", name="Records", exact=True)
    query = (
        '{ salaryRecords(where: {country: ["us"]}, first: 1) { nodes { id role { label } effective pay { baseSalary } } } }'
    )
    record = query_api(page, query)["salaryRecords"]["nodes"][0]
    name = f"{record['role']['label']}, ${record['pay']['baseSalary']:,.0f}, {record['effective']}"
    flag = table.get_by_role("button", name=f"Flag: {name}").first
    flag.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Flag: {name}")
    why = dialog.get_by_label("What is wrong with it?")
    expect(why).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(dialog).to_contain_text("Write at least 3 characters.")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(flag).to_be_focused()
    flag.click()
    why.fill("Twice the usual pay.")
    dialog.get_by_role("button", name="Flag the record").click()
    expect(page.get_by_text(f"Thank you. The moderators were notified about {name}.")).to_be_visible()
    expect(flag).to_have_attribute("aria-pressed", "true")
    with bulk_connection(site_database) as rows:
        kept = rows.query("SELECT record::text, reason FROM flag", []).to_pylist()
    assert kept == [{"record": b64decode(record["id"]).decode().split(":")[1], "reason": "Twice the usual pay."}]


def test_a_suppressed_cohort_shows_the_reason_and_wider_cohorts(page: Page) -> None:
    page.goto("/?country=us&level=executive&experience=0..0")
    message = query_api(
        page,
        '{ cohort(where: {country: ["us"], level: [EXECUTIVE], experience: {min: 0, max: 0}}) { suppressed { message } } }',
    )
    expect(page.get_by_text("Not enough data")).to_be_visible()
    expect(page.get_by_text(message["cohort"]["suppressed"]["message"])).to_be_visible()
    expect(page.locator("svg.plot")).to_have_count(0)
    page.get_by_role("button", name="Remove the filter “Experience”").click()
    expect(page).to_have_url(re.compile(r"\?country=us&level=executive$"))
    expect(page.locator(".headline")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("allowed_errors", [["net::ERR_FAILED"]])
def test_without_the_service_the_page_shows_an_error_and_a_retry(page: Page) -> None:
    page.goto("/")
    wait_for_charts(page)
    before = page.locator(".headline").inner_text()
    page.route("**/graphql?*", lambda route: route.abort())
    page.get_by_label("Measure").select_option("TOTAL_CASH")
    expect(page.get_by_role("alert")).to_contain_text("The service does not answer.")
    expect(page.locator(".headline")).to_have_text(before)
    page.unroute("**/graphql?*")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(card(page, "Total cash").locator(".headline")).to_contain_text("total cash between")


@pytest.mark.parametrize("allowed_errors", [["net::ERR_INTERNET_DISCONNECTED"]])
@pytest.mark.slow
def test_offline_the_page_keeps_its_content_and_reloads_when_online(page: Page) -> None:
    page.goto("/")
    wait_for_charts(page)
    before = page.locator(".headline").inner_text()
    page.context.set_offline(True)
    page.get_by_label("Measure").select_option("TOTAL_CASH")
    expect(page.get_by_role("alert")).to_contain_text("You are offline.")
    expect(page.locator(".headline")).to_have_text(before)
    page.context.set_offline(False)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(card(page, "Total cash").locator(".headline")).to_contain_text("total cash between")


def test_an_invalid_filter_in_the_address_is_explained(page: Page) -> None:
    page.goto("/?role=nonsense&level=senior", wait_until="networkidle")  # until then parts of the page may say so, each
    expect(page.get_by_role("alert")).to_have_text("This link has a value that PayRank does not know: role “nonsense”.")
    page.get_by_role("button", name="Leave it out").click()
    expect(page).to_have_url(re.compile(r"/\?level=senior$"))
    expect(page.locator(".headline")).to_contain_text("Senior")
    page.go_back()
    page.get_by_role("button", name="Clear all filters").click()
    expect(page.locator(".headline")).to_contain_text("Half of all")


@pytest.mark.slow
def test_what_is_typed_after_opening_a_filter_searches_it(page: Page) -> None:
    page.goto("/")
    wait_for_charts(page)
    page.get_by_role("region", name="Filters").get_by_role("button", name=re.compile("^Metro area")).press("Enter")
    panel = page.get_by_role("dialog", name="Metro area")
    search = panel.get_by_role("searchbox")
    expect(search).to_be_focused()
    page.keyboard.type("san francisco")
    expect(search).to_have_value("san francisco")
    expect(panel.get_by_role("checkbox").first).to_have_accessible_name(re.compile("^San Francisco"))


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1440])
def test_it_is_accessible_and_fits(page: Page, axe: Axe, width: int) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/?by=level#pay=150000")
    expect(card(page, "Base salary by level").locator("svg.plot")).to_be_visible()
    open_facet(page, "Role")
    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    scroll_to(page, "the records")
    expect(page.get_by_role("region", name="Records", exact=True)).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
