"""The contribution form in a browser: filling it in step by step, and what it stores."""

import re

from playwright.sync_api import Locator, Page, expect

from service.store.bulk import bulk_connection

RECEIPT = re.compile(r"[A-Z2-7]{4}(-[A-Z2-7]{4}){7}")
DRAFT = "payrank-draft"
BASE = "187,654"


def pick(page: Page, label: str, text: str, option: str) -> None:
    page.get_by_role("combobox", name=label).fill(text)
    page.get_by_role("listbox", name=label).get_by_role("option", name=option).first.click()


def begin(page: Page) -> None:
    page.goto("/contribute")
    expect(page.get_by_label("Level").get_by_role("option", name="Senior")).to_be_attached()


def fill_work(page: Page) -> None:
    pick(page, "Role", "machine learning engineer", "Machine Learning Engineer")
    page.get_by_label("Level").select_option(label="Senior")
    page.get_by_label("Years of experience").fill("6")
    page.get_by_label("Work mode").select_option(label="Hybrid")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Place")).to_be_focused()


def fill_place(page: Page, country: str = "Germany") -> None:
    pick(page, "Country", country, country)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Pay", exact=True)).to_be_focused()


def fill_pay(page: Page, base: str = BASE) -> None:
    page.get_by_label("Currency of all amounts").select_option("EUR")
    page.get_by_label("Base salary per year").fill(base)
    page.get_by_label("Bonus per year").fill("0")
    page.get_by_label("Equity per year").fill("0")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="You and the job")).to_be_focused()


def fill_all(page: Page, country: str = "Germany", base: str = BASE) -> None:
    """Fill in every required field, up to the last step."""
    begin(page)
    fill_work(page)
    fill_place(page, country)
    fill_pay(page, base)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("heading", name="Check and send")).to_be_focused()


def send(page: Page) -> str:
    """Submit the form and return the receipt."""
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="Thank you for your contribution")).to_be_focused()
    receipt = page.get_by_text(RECEIPT).inner_text()
    assert RECEIPT.fullmatch(receipt)
    return receipt


def stored_state(page: Page) -> str:
    """Everything that the page has stored in the browser."""
    return str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href])"))


def error_of(field: Locator) -> str:
    """The description of a field, as a screen reader announces it."""
    ids = str(field.get_attribute("aria-describedby")).split()
    return " ".join(field.page.locator(f"[id='{id_}']").inner_text() for id_ in ids)


def submissions(url: str) -> int:
    with bulk_connection(url) as rows:
        return int(rows.scalar("SELECT count(*) FROM submission"))
