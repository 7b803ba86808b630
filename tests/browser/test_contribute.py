"""Contributing pay in a browser: the steps, the draft, the proof of work and the receipt."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from support.contribution_form import (
    BASE,
    DRAFT,
    RECEIPT,
    begin,
    error_of,
    fill_all,
    fill_pay,
    fill_place,
    fill_work,
    send,
    stored_state,
    submissions,
)

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def site_database(surveyed_database: str) -> str:
    return surveyed_database


def test_pay_is_submitted_once_and_returns_a_receipt_and_a_benchmark(page: Page, site_database: str) -> None:
    before = submissions(site_database)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
    fill_all(page)
    assert not [text for text in sent if "187654" in text or BASE in text], "sent before it was submitted"

    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    receipt = send(page)
    assert submissions(site_database) == before + 1
    assert receipt not in stored_state(page)
    assert DRAFT not in stored_state(page)
    expect(page.get_by_text("Received", exact=True).or_(page.get_by_text("Waiting", exact=True))).to_be_visible()
    expect(
        page.get_by_text(
            re.compile(r"is above (about|more than) \d+% of \d+ published records \(.*Machine learning.*Germany\)")
        )
    ).to_be_visible()

    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == receipt
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as text").click()
    assert download.value.suggested_filename == "payrank-receipt.txt"
    assert receipt in download.value.path().read_text()

    page.get_by_role("link", name="View, correct or withdraw").click()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()
    assert receipt not in stored_state(page)


@pytest.mark.slow
def test_a_link_explains_how_contributions_are_used(page: Page) -> None:
    begin(page)
    for _ in range(2):  # also once the page that it leads to is loaded
        page.get_by_role("link", name="How contributions are used").click()
        expect(page).to_have_url("/about#contributions")
        expect(page.get_by_role("table")).to_be_visible()
        expect(page.get_by_role("heading", name="How contributions are used")).to_be_in_viewport()
        page.go_back()


@pytest.mark.slow
def test_leaving_before_the_receipt_was_copied_asks(page: Page) -> None:
    asked: list[str] = []
    agree = False

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if agree:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    page.goto("/about")
    page.get_by_role("contentinfo").get_by_role("link", name="Look up your contribution").click()
    expect(page).to_have_title("Your submission · PayRank")
    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Contribute").click()
    fill_work(page)
    fill_place(page)
    fill_pay(page)
    page.get_by_role("button", name="Next").click()
    send(page)
    thanks = page.get_by_role("heading", name="Thank you for your contribution")
    for leave in (
        pages.get_by_role("link", name="Explore").click,
        page.get_by_role("button", name="Make another contribution").click,
        lambda: page.evaluate("history.go(-5)"),  # over the steps of the form to the page before
    ):
        with page.expect_event("dialog"):
            leave()
        expect(thanks).to_be_visible()
        expect(page).to_have_url(re.compile(r"/contribute\?step=send$"))
    assert asked == ["confirm"] * 3
    agree = True
    with page.expect_event("dialog"):
        page.reload()
    expect(page.get_by_role("heading", name="Check and send")).to_be_visible()
    assert asked == ["confirm"] * 3 + ["beforeunload"]


@pytest.mark.slow
def test_leaving_after_the_receipt_was_downloaded_does_not_ask(page: Page) -> None:
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    fill_all(page)
    send(page)
    with page.expect_download():
        page.get_by_role("button", name="Download as text").click()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="About the data").click()
    expect(page).to_have_title("About the data · PayRank")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Contribute").click()
    expect(page.get_by_role("main").get_by_role("link", name="I have a receipt")).to_be_visible()
    page.reload()
    expect(page.get_by_role("main").get_by_role("link", name="I have a receipt")).to_be_visible()
    assert asked == []


@pytest.mark.slow
def test_what_to_check_is_shown_at_once(page: Page) -> None:
    fill_all(page, base="7,500")
    send(page)
    expect(page.get_by_text("Received", exact=True).or_(page.get_by_text("Waiting", exact=True))).to_be_visible()
    expect(page.get_by_text("it looks like pay for a month")).to_be_visible()


@pytest.mark.slow
def test_the_whole_form_works_by_keyboard(page: Page) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    def search(label: str, text: str, found: str) -> None:
        expect(page.get_by_role("combobox", name=label)).to_be_focused()
        page.keyboard.type(text)
        expect(page.get_by_role("listbox", name=label).get_by_role("option").first).to_contain_text(found)
        press("ArrowDown", "Enter")
        expect(page.get_by_role("combobox", name=label)).to_have_value(re.compile(found))

    begin(page)
    page.get_by_role("heading", name="Work", exact=True).focus()
    press("Tab")
    search("Role", "data scientist", "Data Scientist")
    expect(page.get_by_label("Level").get_by_role("option", name="Senior")).to_be_attached()
    expect(page.get_by_label("Work mode").get_by_role("option", name="Remote")).to_be_attached()
    press("Tab", "s", "Tab", "9", "Tab", "r")  # level, years of experience, where
    expect(page.get_by_label("Level")).to_have_value("senior")
    expect(page.get_by_label("Work mode")).to_have_value("remote")
    page.get_by_label("Years of experience").press("Enter")
    expect(page.get_by_role("heading", name="Place")).to_be_focused()
    press("Tab")
    search("Country", "united states", "United States")
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_role("heading", name="Pay", exact=True)).to_be_focused()
    press("Tab")
    expect(page.get_by_label("Currency of all amounts").get_by_role("option", name="USD")).to_be_attached()
    page.keyboard.type("USD")
    expect(page.get_by_label("Currency of all amounts")).to_have_value("USD")
    page.get_by_label("Base salary per year").focus()
    page.keyboard.type("160k")
    press("Enter")
    expect(page.get_by_role("heading", name="You and the job")).to_be_focused()
    page.get_by_label("Employer", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Check and send")).to_be_focused()
    page.get_by_role("button", name="Send", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Thank you for your contribution")).to_be_focused()


@pytest.mark.slow
def test_the_draft_persists_until_it_is_cleared(page: Page) -> None:
    begin(page)
    fill_work(page)
    page.reload()
    expect(page.get_by_role("heading", name="Place")).to_be_visible()  # the step is in the address
    page.get_by_role("button", name="Work (done)").click()
    expect(page.get_by_role("combobox", name="Role")).to_have_value("Machine Learning Engineer")
    expect(page.get_by_label("Years of experience")).to_have_value("6")
    key = page.evaluate(f"JSON.parse(localStorage['{DRAFT}']).key")
    page.get_by_label("Years of experience").fill("7")
    assert page.evaluate(f"JSON.parse(localStorage['{DRAFT}']).key") == key

    page.get_by_role("button", name="Clear all answers").click()
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_label("Years of experience")).to_have_value("7")
    page.get_by_role("button", name="Clear all answers").click()
    page.get_by_role("button", name="Clear them").click()
    expect(page.get_by_label("Years of experience")).to_have_value("")
    assert DRAFT not in stored_state(page)


@pytest.mark.slow
def test_an_unreadable_draft_is_ignored(page: Page) -> None:
    begin(page)
    for broken in ("no JSON", "[]", "null", '{"key": "k", "answers": {"role": 3, "skills": "python"}}'):
        page.evaluate("(text) => localStorage.setItem('payrank-draft', text)", broken)
        page.reload()
        expect(page.get_by_role("combobox", name="Role")).to_have_value("")


def test_missing_answers_are_reported_at_their_fields_and_the_first_has_the_focus(page: Page) -> None:
    begin(page)
    level = page.get_by_label("Level")
    level.select_option(label="Senior")
    page.get_by_role("button", name="Next").click()
    role = page.get_by_role("combobox", name="Role")
    expect(role).to_be_focused()
    expect(role).to_have_attribute("aria-invalid", "true")
    assert "Choose your role" in error_of(role)
    expect(level).to_have_attribute("aria-invalid", "false")
    page.get_by_role("button", name="Check and send").click()
    expect(page.get_by_text("6 answers have to be corrected")).to_be_visible()
    page.get_by_role("button", name="Choose the country you work in.").click()
    expect(page.get_by_role("combobox", name="Country")).to_be_focused()


@pytest.mark.slow
def test_errors_of_the_service_are_shown_at_their_fields(page: Page) -> None:
    fill_all(page, country="Europe")
    page.get_by_role("button", name="Send", exact=True).click()
    country = page.get_by_role("combobox", name="Country")
    expect(country).to_be_focused()
    assert "Europe is a continent." in error_of(country)
    expect(page.get_by_role("button", name="Place (has errors)")).to_be_visible()
    country.fill("Germany")
    page.get_by_role("listbox", name="Country").get_by_role("option", name="Germany").click()
    expect(page.get_by_text("Europe is a continent")).to_be_hidden()
    page.get_by_role("button", name="Check and send").click()
    send(page)


def this_month() -> str:
    return f"{datetime.now(UTC):%Y-%m}"


@pytest.mark.slow
def test_answers_are_checked_as_they_are_typed(page: Page) -> None:
    month_before = this_month()
    begin(page)
    fill_work(page)
    fill_place(page, "United States")
    page.get_by_label("Currency of all amounts").select_option("USD")
    base = page.get_by_label("Base salary per year")
    for typed, said in {
        "0": "Enter more than 0",
        "much": "Enter an amount such as 85000",
        "190000": "Read as $190,000",
        "190.000": "Read as $190,000",
        "190 000": "Read as $190,000",
        "190k": "Read as $190,000",
        "$190,000.50": "Read as $190,000.50",
        "€190,000": "The amount says €, and the currency is USD",
    }.items():
        base.fill(typed)
        expect(page.locator("[data-question=baseSalary]")).to_contain_text(said)
    base.fill("15,800")
    expect(page.get_by_text("It looks like pay for a month.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"80% of \d+ records"))).to_be_visible()
    page.get_by_role("button", name="Change to $189,600 per year").click()
    expect(base).to_have_value("189600")
    expect(page.get_by_text("It looks like pay for a month.")).to_be_hidden()
    base.fill("91")
    page.get_by_role("button", name="Change to $189,280 per year").click()  # an hour's

    page.get_by_text("What is annualised equity?").click()
    page.get_by_label("Value of the grant").fill("160,000")
    page.get_by_role("button", name="Use $40,000 per year").click()
    expect(page.get_by_label("Equity per year")).to_have_value("40000")

    month = page.get_by_label("Month of this pay")
    assert month.get_attribute("max") in {month_before, this_month()}

    page.get_by_role("button", name="Work (done)").click()
    years = page.get_by_label("Years of experience")
    years.fill("0")
    expect(page.get_by_text("0 years are unusually few for this level.")).to_be_visible()
    years.fill("61")
    expect(page.get_by_text("Enter a whole number from 0 to 60.")).to_be_visible()


@pytest.mark.slow
def test_a_lost_response_is_requested_again(page: Page, site_database: str, allowed_errors: list[str]) -> None:
    allowed_errors.append("net::ERR_FAILED")

    def lose(route: Route) -> None:
        if "submitSalary" in (route.request.post_data or ""):
            route.fetch()  # it arrives and is stored
            route.abort()
        else:
            route.continue_()

    before = submissions(site_database)
    fill_all(page)
    page.route("**/graphql", lose)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Your answers were sent, but no response arrived")).to_be_visible()
    page.unroute("**/graphql")
    page.reload()
    page.get_by_role("button", name="Work (done)").click()
    expect(page.get_by_label("Years of experience")).to_be_disabled()
    page.get_by_role("button", name="Check and send").click()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="Thank you for your contribution")).to_be_focused()
    expect(page.get_by_text(RECEIPT)).to_be_visible()
    assert submissions(site_database) == before + 1


@pytest.mark.slow
def test_a_draft_with_changed_answers_is_a_new_submission(page: Page, site_database: str) -> None:
    fill_all(page)
    draft = page.evaluate(f"localStorage['{DRAFT}']")
    send(page)
    before = submissions(site_database)
    page.evaluate(f"(draft) => localStorage['{DRAFT}'] = draft", draft)  # as another tab of it would have left it
    page.goto("/contribute?step=pay")
    page.get_by_label("Base salary per year").fill("99,000")
    page.get_by_role("button", name="Check and send").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Send as a new contribution").click()
    send(page)
    assert submissions(site_database) == before + 1


@pytest.mark.slow
def test_an_expired_proof_is_solved_again(page: Page) -> None:
    challenges: list[str] = []
    page.on("request", lambda request: challenges.append(request.url) if request.url.endswith("/challenge") else None)
    fill_all(page)
    expect(page.get_by_text("Ready to send.")).to_be_visible()
    assert len(challenges) == 1
    page.clock.set_fixed_time(datetime.now(UTC) + timedelta(minutes=10))
    send(page)
    assert len(challenges) == 2


@pytest.mark.slow
def test_without_a_challenge_nothing_is_sent_until_a_retry(page: Page, allowed_errors: list[str]) -> None:
    allowed_errors.append("net::ERR_FAILED")
    page.route("**/challenge", lambda route: route.abort())
    fill_all(page)
    expect(page.get_by_text("could not be solved. The service did not answer.")).to_be_visible()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Nothing was sent.")).to_be_visible()
    page.unroute("**/challenge")
    send(page)


@pytest.mark.slow
def test_each_step_is_accessible_and_fits_a_phone(page: Page, axe: Axe) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 800})
    fill_all(page, base="7,500")
    for step in ("Work", "Place", "Pay", "You and the job", "Check and send"):
        page.get_by_role("navigation", name="Steps").get_by_role("button", name=re.compile(f"{step}")).click()
        expect(page.get_by_role("heading", name=step, exact=True).first).to_be_focused()
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    send(page)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
