"""A receipt in a browser: the status of a submission, corrections and withdrawal."""

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from support.submissions import submit

from service.intake.receipt import receipt_hash
from service.store.bulk import bulk_connection

pytestmark = pytest.mark.slow

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def site_database(surveyed_database: str) -> str:
    return surveyed_database


def show(page: Page, receipt: str) -> None:
    page.goto("/receipt")
    page.get_by_label("Receipt").fill(receipt)
    page.get_by_role("button", name="Show my submission").click()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()


def stored(url: str, receipt: str, column: str) -> str | None:
    """A column of the submission's row, as text."""
    with bulk_connection(url) as rows:
        found = rows.scalar(f"SELECT {column}::text FROM submission WHERE receipt_hash = $1", [receipt_hash(receipt)])
    return None if found is None else str(found)


def spelled(receipt: str, way: str) -> str:
    return {
        "as given": receipt,
        "small": receipt.lower(),
        "spaced": receipt.replace("-", "  "),
        "in one": receipt.replace("-", ""),
        "on lines": receipt.replace("-", "\n"),
    }[way]


def test_a_receipt_is_accepted_in_any_spelling_and_never_stored(page: Page, site: str) -> None:
    receipt = submit(site)
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    for way in ("as given", "small", "spaced", "in one", "on lines"):
        show(page, spelled(receipt, way))
        expect(page.get_by_text(re.compile(r"^(Received|Waiting)$"))).to_be_visible()
    expect(page.get_by_text(re.compile(r"of \d+ published records \(.*Germany\)"))).to_be_visible()
    plain = receipt.replace("-", "").lower()
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state, location.href])")
    assert plain not in re.sub(r"[^a-z2-7]", "", f"{kept} {requested}".lower())


def test_a_malformed_receipt_is_not_queried(page: Page) -> None:
    page.goto("/receipt")
    field = page.get_by_label("Receipt")
    for typed, said in {
        "": "Type or paste your receipt.",
        "abcd-efgh": "eight groups of four; this one has 8.",
        "abcd-efg1": "“1” is neither. Perhaps it is an O, an I or a B?",
        "abcd-efg?": "“?” is neither.",
    }.items():
        field.fill(typed)
        field.press("Enter")
        expect(page.get_by_text(said)).to_be_visible()
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")


def test_an_unknown_receipt_is_reported(page: Page) -> None:
    page.goto("/receipt")
    page.get_by_label("Receipt").fill("A" * 32)
    page.get_by_role("button", name="Show my submission").click()
    expect(page.get_by_role("heading", name="No submission has this receipt")).to_be_visible()
    page.get_by_role("button", name="Another receipt").click()
    expect(page.get_by_label("Receipt")).to_have_value("")


def test_corrections_change_only_completed_fields(page: Page, site: str, site_database: str) -> None:
    receipt = submit(site)
    before = json.loads(stored(site_database, receipt, "answers") or "")
    show(page, receipt)
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_text("Fill in what has changed")).to_be_visible()

    page.get_by_label("Base salary per year").fill("97 000")
    page.get_by_label("Years of experience").fill("61")
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_label("Years of experience")).to_be_focused()
    expect(page.get_by_text("Enter a whole number from 0 to 60.")).to_be_visible()
    page.get_by_label("Years of experience").fill("7")
    page.get_by_label("Work mode").select_option(label="Remote")
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_text("Your corrections are saved.")).to_be_focused()

    after = json.loads(stored(site_database, receipt, "answers") or "")
    assert after == {
        **before,
        "base": 97_000,
        "one": {**before["one"], "experience": "7", "work_mode": "remote"},
    }


def test_error_of_a_correction_is_shown_at_its_field(page: Page, site: str) -> None:
    show(page, submit(site))
    bonus = page.get_by_label("Bonus per year")
    bonus.fill("900,000,000")
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_text("The bonus of 900,000,000 EUR a year is out of range")).to_be_visible()
    expect(bonus).to_be_focused()
    bonus.fill("9,000")
    expect(page.get_by_text("is out of range")).to_be_hidden()


def test_an_implausible_correction_waits_and_says_what_to_check(page: Page, site: str, site_database: str) -> None:
    receipt = submit(site)
    show(page, receipt)
    page.get_by_label("Base salary per year").fill("7,900")
    page.get_by_role("button", name="Save corrections").click()
    expect(page.get_by_text(re.compile(r"^(Received|Waiting)$"))).to_be_visible()
    expect(page.get_by_text("it looks like pay for a month")).to_be_visible()
    assert stored(site_database, receipt, "status") == "held"


def test_a_published_submission_says_until_when_its_records_stay(page: Page, site: str, site_database: str) -> None:
    receipt = submit(site)
    with bulk_connection(site_database) as rows:
        rows.execute(
            "UPDATE submission SET status = 'published', published_in = 1 WHERE receipt_hash = $1", [receipt_hash(receipt)]
        )
        rows.commit()
    show(page, receipt)
    status = page.get_by_label("Status")
    expect(status).to_contain_text(re.compile(r"of the same class, in edition 1 on \d+ \w+ \d{4}\. Its records stay until"))
    expect(status).to_contain_text("This status stays the same.")


def test_a_withdrawal_is_confirmed_and_deletes_the_answers(page: Page, site: str, site_database: str) -> None:
    receipt = submit(site)
    show(page, receipt)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("button", name="Keep them")).to_be_focused()
    expect(page.get_by_text("may stay among others of their class for up to 24 months")).to_be_visible()
    page.get_by_role("button", name="Keep them").click()
    assert stored(site_database, receipt, "answers")
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_role("button", name="Yes, delete them").click()
    expect(page.get_by_text("Your submission is withdrawn")).to_be_focused()
    expect(page.get_by_text("Withdrawn", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="Correct")).to_be_hidden()
    assert stored(site_database, receipt, "answers") is None
    assert stored(site_database, receipt, "status") == "withdrawn"


def test_without_the_service_a_retry_is_offered(page: Page, site: str, allowed_errors: list[str]) -> None:
    allowed_errors.append("net::ERR_FAILED")
    receipt = submit(site)
    page.goto("/receipt")
    page.get_by_label("Receipt").fill(receipt)
    page.route("**/graphql", lambda route: route.abort())
    page.get_by_role("button", name="Show my submission").click()
    expect(page.get_by_role("alert")).to_contain_text("The service does not answer.")
    page.unroute("**/graphql")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()


def test_it_is_accessible_and_fits_a_phone(page: Page, site: str, axe: Axe) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/receipt")
    page.get_by_role("button", name="Show my submission").click()
    assert axe(page) == []
    show(page, submit(site, baseSalary=7_500))
    page.get_by_role("button", name="Withdraw").click()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
