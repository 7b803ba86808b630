"""The charts of the page Explore: their figures, filters and downloads."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from support.explore_page import card, four_digits, period_name, query_api, scroll_to

pytestmark = pytest.mark.slow

Hold = Callable[[Callable[[str], bool]], Callable[[], None]]


def asks(operations: str) -> Callable[[str], bool]:
    """Whether a URL asks one of some operations, a regular expression."""
    query = re.compile(rf"\bquery ({operations})\b")
    return lambda url: bool(query.search(parse_qs(urlsplit(url).query).get("query", [""])[0]))


def test_bars_filter_and_drill_down_also_by_keyboard(page: Page) -> None:
    page.goto("/?by=role")
    groups = query_api(
        page,
        "{ cohort { by(factor: ROLE, first: 15) { value { code label children { code } } cohort { stats(measure: BASE_SALARY) { p50 } } } } }",
    )
    ranked = [group for group in groups["cohort"]["by"] if group["value"] and group["cohort"]["stats"]]
    best = max(ranked, key=lambda group: group["cohort"]["stats"]["p50"])["value"]
    bars = card(page, "Base salary by role")
    expect(bars.get_by_role("link", name=re.compile("Filter by it")).first).to_have_accessible_name(
        re.compile(f"^{best['label']}: ")
    )
    bars.get_by_role("link", name=f"Show values in {best['label']}").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"\?by=role&under={best['code']}$"))
    expect(bars.get_by_role("navigation", name="Breadcrumb")).to_contain_text(best["label"])
    expect(bars.locator(".chart")).to_be_focused()
    page.go_back()
    expect(bars.get_by_role("link", name=re.compile("BLS: ")).first).to_be_attached()  # the last redrawing of the chart
    bars.get_by_role("link", name=re.compile(f"^{best['label']}: .*Filter by it")).click()
    expect(page).to_have_url(re.compile(rf"\?role={best['code']}&by=role&under={best['code']}$"))
    expect(page.get_by_role("button", name=f"Role {best['label']}")).to_be_visible()


def test_a_focused_bar_keeps_the_focus_when_official_wages_arrive(page: Page, hold: Hold) -> None:
    release = hold(asks("OfficialByFactor"))
    page.goto("/?by=role")
    bars = card(page, "Base salary by role")
    filters = bars.get_by_role("link", name=re.compile("Filter by it"))
    expect(filters.first).to_be_visible()
    expect(bars.get_by_role("link", name=re.compile("BLS: "))).to_have_count(0)
    name = filters.nth(2).get_attribute("aria-label")
    filters.nth(2).focus()
    release()
    expect(bars.get_by_role("link", name=re.compile("BLS: ")).first).to_be_attached()
    focused = bars.locator("a:focus")
    expect(focused).to_have_accessible_name(re.compile("^" + re.escape(str(name).split(":")[0])))


def test_two_factors_make_a_cross_tab(page: Page) -> None:
    page.goto("/?by=level")
    page.get_by_label("and by").select_option("Work mode")
    expect(page).to_have_url(re.compile(r"\?by=level&and=work-mode$"))
    stats = query_api(
        page, "{ cohort(where: {level: [SENIOR], workMode: [REMOTE]}) { stats(measure: BASE_SALARY) { count p50 } } }"
    )["cohort"]["stats"]
    cell = card(page, "Base salary by level and work mode").get_by_role("link", name=re.compile("^Senior, Remote: "))
    expect(cell).to_have_accessible_name(
        f"Senior, Remote: {four_digits(stats['p50'])}, {stats['count']:,} records. Filter by both."
    )
    cell.click()
    expect(page).to_have_url(re.compile(r"\?level=senior&workMode=remote$"))


def test_the_marker_shows_the_percentile_rank_of_an_amount(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Your base salary", exact=True).last.fill("140000")
    query = "query($a: Float!) { cohort { percentileRank(measure: BASE_SALARY, amount: $a) { rank interval { low high } count } } }"
    rank = query_api(page, query, a=140000)["cohort"]["percentileRank"]
    marker = page.locator(".marker-rank")
    expect(marker).to_have_text(
        f"$140,000 is above {rank['rank']:.1f}% of {rank['count']:,} records "
        f"(95% CI: {rank['interval']['low']:.1f}% to {rank['interval']['high']:.1f}%)."
    )
    expect(page).to_have_url(re.compile(r"/#pay=140000$"))
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    moved = float(slider.input_value())
    assert moved > 140_000
    expect(page).to_have_url(re.compile(rf"/#pay={moved:.0f}$"))
    expect(marker).to_contain_text(
        f"${moved:,.0f} is above {query_api(page, query, a=moved)['cohort']['percentileRank']['rank']:.1f}% of"
    )
    expect(card(page, "Distribution").locator("svg text", has_text="You")).to_be_visible()


def test_quick_figures_do_not_wait_for_fitted_ones(page: Page, hold: Hold) -> None:
    release = hold(asks("AdjustedTrend|Outlook"))
    page.goto("/?measure=base-salary")
    over_time = card(page, "Over time")
    scroll_to(page, "the trend")
    expect(over_time.locator("svg.plot")).to_be_visible()
    expect(over_time.get_by_role("status")).to_have_text(["Loading the mix-adjusted median…", "Loading the outlook…"])
    page.get_by_label("Measure").select_option("TOTAL_CASH")
    median = query_api(page, "{ cohort { stats(measure: TOTAL_CASH) { p50 } } }")["cohort"]["stats"]["p50"]
    expect(page.locator(".headline")).to_contain_text(f"the median is {four_digits(median)}.")
    release()
    expect(over_time.get_by_role("status")).to_have_count(0, timeout=60_000)  # fits take their time


def test_the_trend_includes_mix_adjusted_pay_and_the_outlook(page: Page) -> None:
    page.goto("/")
    scroll_to(page, "the trend")
    over_time = card(page, "Over time")
    cohort = query_api(
        page,
        "{ cohort { trend(measure: BASE_SALARY) { period adjusted adjustedChange } "
        "outlook(measure: BASE_SALARY) { reason points { period median interval { low high } } } } }",
    )["cohort"]
    last = [point for point in cohort["trend"] if point["adjustedChange"] is not None][-1]
    side = "below" if last["adjustedChange"] < 0 else "above"
    expect(over_time).to_contain_text(
        f"In {period_name(last['period'])}, pay for the same work was {abs(last['adjustedChange']):.1f}% {side} that of a year before."
    )
    point = cohort["outlook"]["points"][-1]
    expect(over_time).to_contain_text(
        f"By {period_name(point['period'])} it may be {four_digits(point['median'])} "
        f"(95%: {four_digits(point['interval']['low'])} to {four_digits(point['interval']['high'])})."
    )
    over_time.get_by_role("button", name="Table").click()
    row = over_time.get_by_role("row", name=re.compile(f"^{period_name(last['period'])} "))
    expect(row).to_contain_text(f"{last['adjusted']:,.0f}")
    over_time.get_by_label("Years").check()
    expect(page).to_have_url(re.compile(r"\?interval=year$"))


def saved(page: Page, chart: Locator, what: str) -> bytes:
    chart.get_by_text("Download", exact=True).click()
    with page.expect_download() as waiting:
        chart.get_by_role("button", name=what).click()
    return Path(waiting.value.path()).read_bytes()


def test_a_chart_is_exported_as_image_and_csv(page: Page) -> None:
    page.goto("/?by=level")
    chart = card(page, "Base salary by level")
    expect(chart.locator("svg.plot")).to_be_visible()
    groups = query_api(
        page,
        """{ cohort { by(factor: LEVEL, orderBy: {field: VALUE, direction: ASC}) {
            value { label } cohort { stats(measure: BASE_SALARY) { count p50 interval { low high } } }
        } } }""",
    )
    levels = [(group["value"]["label"], group["cohort"]["stats"]) for group in groups["cohort"]["by"] if group["value"]]
    rows = list(csv.DictReader(io.StringIO(saved(page, chart, "Data (CSV)").decode())))
    assert [(row["Level"], int(row["Records"]), float(row["Median"]), float(row["Median, 95% CI low"])) for row in rows] == [
        (label, stats["count"], stats["p50"], stats["interval"]["low"]) for label, stats in levels
    ]
    drawn = ET.fromstring(saved(page, chart, "Image (SVG)"))
    texts = {element.text for element in drawn.iter("{http://www.w3.org/2000/svg}text")}
    assert {label for label, _ in levels} <= texts
    assert saved(page, chart, "Image (PNG)").startswith(b"\x89PNG\r\n")


def test_the_query_of_a_chart_returns_its_figures(page: Page) -> None:
    page.goto("/?country=us&level=senior")
    link = card(page, "Base salary").get_by_role("link", name="Show the query").get_attribute("href")
    parts = urlsplit(link or "")
    assert parts.path == "/graphiql"
    parameters = parse_qs(parts.fragment)
    stats = query_api(page, parameters["query"][0], **json.loads(parameters["variables"][0]))["cohort"]["stats"]
    expect(page.locator(".headline")).to_contain_text(f"the median is {four_digits(stats['p50'])}.")
