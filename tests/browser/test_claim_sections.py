"""Claims are sorted by how far the records answer them, in a browser over records that report a few factors."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from support.databases import clone
from support.records import publish

pytestmark = pytest.mark.slow

LEVELS, MODES = ("entry", "mid", "senior"), ("on-site", "remote")
RECORDS = [
    {
        "country": "us",
        "level": LEVELS[n % 3],
        "work_mode": MODES[n % 2],
        "base_salary": 80_000 + 20_000 * (n % 3) + 100 * n,
        "bonus": 10_000 + 10 * n,
    }
    for n in range(300)
]
"""They report a bonus and no equity."""


@pytest.fixture(scope="module")
def site_database(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url:
        publish(url, RECORDS)
        yield url


@pytest.fixture
def sections(page: Page) -> dict[str, list[str]]:
    """The claims below each heading, when all are measured."""
    page.goto("/factors")
    expect(page.get_by_text("20 claims, measured on")).to_be_visible(timeout=60_000)
    found: dict[str, list[str]] = {}
    for element in page.locator(".claims > h2, .claims > article > h3").all():
        if element.evaluate("element => element.tagName") == "H2":
            found[element.inner_text()] = []
        else:
            found[list(found)[-1]].append(element.inner_text())
    return found


def test_claims_that_the_records_answer_come_first(sections: dict[str, list[str]]) -> None:
    assert list(sections) == ["What the records answer", "What they answer in part", "What they do not answer"]
    answered, half, unanswered = sections.values()
    assert answered == ["Remote work pays a little less", "Promotions pay"]
    assert half == ["Bonus and equity add significantly"]
    assert len(unanswered) == 17


def test_each_claim_without_an_answer_names_what_would_answer_it(page: Page, sections: dict[str, list[str]]) -> None:
    for statement in sections["What they do not answer"]:
        shown = page.get_by_role("article", name=statement, exact=True)
        expect(shown).to_contain_text("Not enough data")
        expect(shown.get_by_role("status")).to_contain_text(
            re.compile("payrank data load [a-z]|only contributors are asked")
        )
    degrees = page.get_by_role("article", name="A master’s degree or a doctorate helps")
    expect(degrees.get_by_role("status")).to_contain_text("No loaded source reports education.")
    expect(degrees.get_by_role("status").locator("code")).to_have_text("payrank data load dataprofessionals")
    certifications = page.get_by_role("article", name="Cloud certifications help")
    expect(certifications.get_by_role("status")).to_contain_text("only contributors are asked for it")
    expect(certifications.get_by_role("link", name="Show the query")).to_be_visible()


def test_a_claim_answered_in_part_says_what_is_missing(page: Page, sections: dict[str, list[str]]) -> None:
    shown = page.get_by_role("article", name="Bonus and equity add significantly")
    expect(shown.get_by_role("rowheader", name="Bonus")).to_be_visible()
    expect(shown).to_contain_text("Not enough records: equity. No loaded source reports equity.")
    expect(shown.locator("code")).to_have_text("payrank data load koodiklinikka-2025")
