"""Contributing by invitation only in a browser: what the page says of the installation's rules, and the invitation."""

import asyncio
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Page, expect
from support.contribution_form import BASE, fill_pay, fill_place, fill_work, send

from browser.conftest import service_of
from service.intake.invitations import create_invitations

pytestmark = pytest.mark.slow

Axe = Callable[[Page], list[str]]


@pytest.fixture(scope="module")
def site(sample_database: str) -> Iterator[str]:
    with service_of(sample_database, contributions="invited", employer_classes=True, class_size=8, release_days=7) as url:
        yield url


def test_the_page_says_at_the_top_that_an_invitation_is_needed(page: Page, axe: Axe) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/contribute")
    notice = page.get_by_role("note", name="Invitation")
    expect(notice).to_contain_text("You need an invitation to contribute here.")
    expect(notice).to_contain_text("in the step “You and the job”")
    first_field = page.get_by_role("combobox", name="Role").bounding_box()
    shown = notice.bounding_box()
    assert first_field
    assert shown
    assert shown["y"] + shown["height"] < first_field["y"]
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    notice.get_by_role("button", name="Enter the invitation").click()
    expect(page.get_by_role("textbox", name="Invitation")).to_be_focused()
    expect(page.get_by_role("textbox", name="Employer", exact=True)).to_have_accessible_description(
        re.compile("Published only if at least 8 contributors share it")
    )


def test_a_contribution_needs_an_invitation(page: Page, sample_database: str) -> None:
    with ThreadPoolExecutor(1) as threads:  # Playwright's loop runs in this one
        [code] = threads.submit(asyncio.run, create_invitations(sample_database, 1)).result()
    page.goto("/contribute")
    fill_work(page)
    fill_place(page)
    fill_pay(page, BASE)
    page.get_by_role("button", name="Next").click()
    field = page.get_by_role("textbox", name="Invitation")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("Enter your invitation"))
    field.fill(code)
    page.get_by_role("button", name="Next").click()
    send(page)
    expect(page.get_by_label("Status")).to_contain_text(
        "It can be published in the next release if at least 8 contributors share its employer, role family, level and country. "
        "Releases come every 7 days; the next one is due on"
    )


def test_the_page_about_the_data_has_the_rules_of_the_installation(page: Page) -> None:
    page.goto("/about")
    section = page.get_by_role("region", name="How contributions are used")
    for text in (
        "A release has a class only if at least 8 contributors wait for it",
        "Releases come every 7 days; the next one is due on",
        "This service also publishes the employer or the metro area",
        "This service takes contributions by invitation only.",
        "Somebody with 7 invitations can single out the pay",
    ):
        expect(section).to_contain_text(text)
