"""Amounts and currencies on the three forms: the country sets the currency, and an amount is shown as it is read."""

import re

import pytest
from playwright.sync_api import Page, expect
from support.contribution_form import begin, fill_place, fill_work, pick
from support.explore_page import open_facet

pytestmark = pytest.mark.slow


def test_the_country_of_an_offer_sets_its_currency(page: Page) -> None:
    page.goto("/offer")
    currency, base = page.get_by_label("Currency"), page.get_by_label("Base salary")
    expect(currency).to_have_value("USD")
    pick(page, "Country", "germany", "Germany")
    expect(currency).to_have_value("EUR")
    base.fill("€95.000,50")
    expect(page.get_by_text("Read as €95,000.50.")).to_be_visible()
    pick(page, "Country", "united kingdom", "United Kingdom")
    expect(currency).to_have_value("GBP")
    page.get_by_role("button", name="Check this offer").click()
    expect(page.get_by_text("The amount says €, and the currency is GBP: change one of them.")).to_be_visible()
    currency.select_option("EUR")
    expect(page.get_by_text("The amount says €")).to_be_hidden()
    pick(page, "Country", "poland", "Poland")
    expect(page.get_by_role("combobox", name="Country")).to_have_value("Poland")
    expect(currency).to_have_value("EUR")  # it was chosen


def test_the_country_of_a_contribution_sets_its_currency(page: Page) -> None:
    begin(page)
    fill_work(page)
    fill_place(page, "Germany")
    currency = page.get_by_label("Currency of all amounts")
    expect(currency).to_have_value("EUR")
    page.get_by_role("button", name="Back").click()
    fill_place(page, "Poland")
    expect(currency).to_have_value("PLN")
    currency.select_option("USD")
    page.get_by_role("button", name="Back").click()
    fill_place(page, "Germany")
    expect(currency).to_have_value("USD")  # it was chosen


def test_the_country_of_a_filter_sets_the_currency(page: Page) -> None:
    page.goto("/")
    panel = open_facet(page, "Country")
    panel.get_by_role("searchbox").fill("germany")
    panel.get_by_role("checkbox", name=re.compile("^Germany")).check()
    expect(page).to_have_url(re.compile(r"\?country=de&currency=EUR$"))
    page.keyboard.press("Escape")
    pay = page.get_by_label("Your base salary", exact=True).last
    pay.fill("95.000,50 €")
    expect(page.locator(".marker-rank")).to_contain_text("€95,001 is above")
    pay.fill("$95k")
    expect(page.get_by_text("The amount says $, and the currency is EUR: change one of them.")).to_be_visible()
    expect(page.locator(".marker-rank")).to_contain_text("Move the slider or enter an amount")
    pay.fill("95k")
    expect(page.get_by_text("Read as €95,000.")).to_be_visible()
    expect(page.locator(".marker-rank")).to_contain_text("€95,000 is above")
