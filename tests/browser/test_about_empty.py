"""About the data of a service without records."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from support.databases import clone

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site_database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        yield url


def test_an_edition_without_records_offers_no_files(page: Page) -> None:
    page.goto("/about")
    sources = page.get_by_role("region", name="Sources")
    expect(sources.get_by_role("status")).to_contain_text("There are no records yet")
    expect(page.get_by_role("region", name="Downloads").get_by_role("link")).to_have_count(0)
    expect(page.get_by_role("region", name="How figures are calculated")).to_contain_text("Percentiles")
    expect(page.get_by_role("note")).to_have_count(0)
    expect(page.locator('script[type="application/ld+json"]')).to_have_count(0)
