"""Official wages in a browser: a marker on charts with its source, and beside a cohort without statistics."""

import re

from playwright.sync_api import Page, expect
from support.explore_page import card, query_api

SOURCE = "US Bureau of Labor Statistics: Occupational Employment and Wage Statistics, May 2025"
NATIONAL = (
    "BLS: Data Scientists, United States: median $120,230, middle half $85,660 to $158,880 (262,440 jobs), all levels; "
    "excludes equity and most bonuses."
)


def test_charts_mark_the_official_median_with_its_source(page: Page) -> None:
    page.goto("/?role=data-scientist&country=us&by=metro")
    distribution = card(page, "Distribution")
    expect(distribution).to_contain_text(NATIONAL)
    expect(distribution.locator("svg.plot text", has_text="BLS")).to_have_text("BLS")
    expect(distribution.get_by_role("link", name=SOURCE)).to_have_attribute("href", "https://www.bls.gov/oes/")

    groups = query_api(
        page,
        """{ cohort(where: {role: ["data-scientist"], country: ["us"]}) { by(factor: METRO, first: 1) {
            value { label } cohort { officialWages { p50 } } } } }""",
    )["cohort"]["by"]
    label, [official] = groups[0]["value"]["label"], groups[0]["cohort"]["officialWages"]
    by_metro = card(page, "Base salary by metro area")
    expect(by_metro.get_by_role("link", name=label)).to_have_accessible_name(
        re.compile(re.escape(f" records; BLS: ${official['p50']:,.0f}. Filter by it.") + "$")
    )
    expect(by_metro).to_contain_text(
        "BLS: median wage of Data Scientists, each place, all levels; excludes equity and most bonuses."
    )

    page.goto("/?role=data-scientist&country=us&workMode=remote&by=metro")
    expect(distribution.locator("svg.plot")).to_be_visible()
    expect(distribution).to_contain_text(
        "No official wages to compare with. Official wages are by role and place only. Remove the filter by work mode."
    )
    expect(distribution.get_by_text("BLS")).to_have_count(0)


def test_a_cohort_without_statistics_shows_official_wages(page: Page) -> None:
    page.goto("/?role=data-scientist&metro=abilene")
    wage = query_api(page, '{ officialWages(role: "data-scientist", place: "abilene") { p50 employment } }')[
        "officialWages"
    ][0]
    expect(page.get_by_role("status").filter(has_text="Not enough data")).to_contain_text(
        f"BLS: Data Scientists, Abilene, TX: median ${wage['p50']:,.0f}"
    )
