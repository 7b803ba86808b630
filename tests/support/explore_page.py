"""The explore page in a browser: its sections, and the API's results for the same cohort."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


def query_api(page: Page, query: str, **variables: object) -> Any:
    """The data that the API returns, without the page."""
    response = page.request.post("/graphql", data={"query": query, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer
    return answer["data"]


def period_name(code: str) -> str:
    """A period as the page writes it: 2026 Q3 for 2026-q3."""
    return code.replace("-q", " Q")


def card(page: Page, title: str) -> Locator:
    """A section of the page, by its heading."""
    return page.get_by_role("region", name=title, exact=True)


def wait_for_charts(page: Page) -> None:
    """Until the first view has all of its results: one that is missing when the service fails shows an error of its own."""
    expect(page.locator("svg.plot")).to_have_count(3)
    expect(page.locator(".headline")).to_be_visible()


def scroll_to(page: Page, section: str) -> None:
    """Scroll to a section, which loads it."""
    expect(page.locator(".headline")).to_be_visible()
    page.locator(f"[data-section='{section}']").scroll_into_view_if_needed()


def open_facet(page: Page, name: str) -> Locator:
    page.get_by_role("region", name="Filters").get_by_role("button", name=re.compile(f"^{name}")).click()
    return page.get_by_role("dialog", name=name, exact=True)


def four_digits(amount: float) -> str:
    """An amount as the sentence formats it."""
    return f"${float(f'{amount:.4g}'):,.0f}"
