"""Pay over time on the page, where the records report only the year of their pay."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from support.databases import clone
from support.explore_page import card, scroll_to
from support.records import publish

pytestmark = pytest.mark.slow

ADVERTISED = [
    {
        "source": "aijobs",
        "role": "data-scientist",
        "level": "senior",
        "country": "us",
        "base_salary": 100_000 + 1_000 * (year - 2020) + 500 * n,
        "effective": date(year, 1, 1),
    }
    for year in (2022, 2023, 2024)
    for n in range(20)
]


@pytest.fixture(scope="module")
def site_database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        publish(url, ADVERTISED)
        yield url


def test_years_are_shown_where_records_report_years(page: Page) -> None:
    page.goto("/")
    scroll_to(page, "the trend")
    over_time = card(page, "Over time")
    expect(over_time.get_by_label("Years")).to_be_checked()
    over_time.get_by_role("button", name="Table").click()
    expect(over_time.get_by_role("row", name=re.compile("^2023 "))).to_be_visible()
    over_time.get_by_label("Quarters").check()
    expect(page).to_have_url(re.compile(r"\?interval=quarter$"))
    expect(over_time.get_by_role("row", name=re.compile("^2023 Q1 "))).to_be_visible()
