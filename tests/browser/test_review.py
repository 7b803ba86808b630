"""Review in a browser: a token, the queue by keyboard, and decisions with a note."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from support.moderators import BURST, OUTLIER, bad_token, good_token, submission
from support.stored_submissions import answers, contribute

from service.store.bulk import bulk_connection
from service.vocabulary.factors import Factor

pytestmark = pytest.mark.slow

Axe = Callable[[Page], list[str]]
Hold = Callable[[str, str], Callable[[], None]]
T = TypeVar("T")


@pytest.fixture(scope="module")
def site_database(surveyed_database: str) -> str:
    return surveyed_database


WAITING = 23
"""Submissions in the queue of each test: two pages."""


def done(work: Coroutine[Any, Any, T]) -> T:
    """Runs in another thread, since the loop of this one is Playwright's."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, work).result()


@pytest.fixture
def waiting(site_database: str) -> list[UUID]:
    """A queue of submissions, the n-th of them with a base salary of 100,000 and n euros; every fifth came in a burst."""
    with bulk_connection(site_database) as rows:
        rows.execute("DELETE FROM review")
        rows.execute("DELETE FROM submission")
        rows.commit()

    async def all_of_them() -> list[UUID]:
        return await asyncio.gather(
            *(
                submission(
                    site_database,
                    number,
                    findings=(BURST,) if number % 5 == 0 else (OUTLIER,),
                    base=100_000 + number,
                    bonus=7_000,
                    employer="ACME Labs",
                    many={Factor.SKILL: ("python", "pytorch")},
                )
                for number in range(1, WAITING + 1)
            )
        )

    return done(all_of_them())


def come_in(page: Page, token: str) -> None:
    page.goto("/review")
    page.get_by_label("Moderator’s token").fill(token)
    page.get_by_role("button", name="Open the queue").click()


@pytest.fixture
def queue(page: Page, site_database: str, waiting: list[UUID]) -> Page:
    """The page with its queue open."""
    assert len(waiting) == WAITING
    come_in(page, done(good_token(site_database)))
    expect(page.get_by_text(f"{WAITING} submissions to review.")).to_be_visible()
    return page


def at(page: Page, number: int) -> None:
    """Expect the n-th submission to be selected and focused."""
    looked_at = page.locator("[data-item][aria-current=true]")
    expect(looked_at).to_contain_text(f"€{100_000 + number:,}")
    expect(looked_at).to_be_focused()
    expect(page.get_by_role("region", name="Senior Machine Learning Engineer")).to_contain_text(f"€{100_000 + number:,}")


def status_of(url: str, id_: UUID) -> str:
    with bulk_connection(url) as rows:
        return str(rows.scalar("SELECT status FROM submission WHERE id = $1::uuid", [str(id_)]))


def decisions(url: str) -> list[tuple[str, str, str]]:
    """Who decided what, and why, in the order of the decisions."""
    with bulk_connection(url) as rows:
        found = rows.query("SELECT reviewer, decision::text, note FROM review ORDER BY decided_at").to_pylist()
    return [(one["reviewer"], one["decision"], one["note"]) for one in found]


@pytest.mark.parametrize("width", [360, 1440])
def test_the_token_command_fits_one_line(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/review")
    command = page.get_by_text("payrank token create --name ann --expires 90d", exact=True)
    lines = command.evaluate(
        "it => { const made = new Range(); made.selectNodeContents(it); return made.getClientRects().length }"
    )
    assert lines == 1
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_rejected_token_is_requested_again(page: Page, site_database: str) -> None:
    for state, said in {
        "malformed": "This token is not valid.",
        "unknown": "This token is not valid.",
        "wrong": "This token is not valid.",
        "expired": "This token expired at",
        "revoked": "This token was revoked.",
    }.items():
        come_in(page, done(bad_token(site_database, state)) or "")
        expect(page.get_by_role("alert")).to_contain_text(said)
        expect(page.get_by_label("Moderator’s token")).to_be_focused()
        assert page.evaluate("({...sessionStorage})") == {}


def test_the_token_is_stored_in_this_tab_until_sign_out(page: Page, site_database: str, waiting: list[UUID]) -> None:
    token = done(good_token(site_database))
    requested: list[str] = []
    page.on("request", lambda request: requested.append(f"{request.url} {request.post_data}"))
    come_in(page, token)
    at(page, 1)
    assert page.evaluate("Object.values(sessionStorage)") == [token]
    assert token not in page.evaluate("JSON.stringify([{...localStorage}, history.state, location.href, document.cookie])")
    assert token not in "".join(requested)
    page.reload()
    at(page, 1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Moderator’s token")).to_be_visible()
    assert page.evaluate("({...sessionStorage})") == {}


def test_keys_move_through_the_queue_and_its_pages(queue: Page) -> None:
    at(queue, 1)
    for key, number in (("j", 2), ("ArrowDown", 3), ("k", 2), ("ArrowUp", 1), ("k", 1)):
        queue.keyboard.press(key)
        at(queue, number)
    queue.get_by_role("button", name="Next page").click()
    at(queue, 21)
    queue.keyboard.press("j")
    at(queue, 22)
    queue.get_by_role("button", name="Previous page").click()
    at(queue, 1)
    queue.keyboard.press("j")
    at(queue, 2)


def test_the_queue_is_filtered_by_finding_in_the_url(queue: Page) -> None:
    show = queue.get_by_label("Show")
    show.select_option(label="Burst")
    expect(queue.get_by_text("4 submissions to review with this finding.")).to_be_visible()
    expect(queue.locator("[data-item]")).to_have_count(4)
    queue.reload()
    expect(show).to_have_value("BURST")
    expect(queue.locator("[data-item]")).to_have_count(4)
    show.select_option(label="Likely duplicate")
    expect(queue.get_by_role("heading", name="Nothing to review")).to_be_visible()


def test_a_submission_is_shown_beside_its_cohort_with_its_findings(queue: Page) -> None:
    record = queue.get_by_role("region", name="Senior Machine Learning Engineer")
    expect(record).to_contain_text("The pay is far from that of comparable records. (4.5 deviations above the median)")
    expect(record).to_contain_text("€100,001 per year")
    expect(record).to_contain_text("6 years")
    facts = {"Bonus": "€7,000 per year", "Equity": "not reported", "Employer, as written": "ACME Labs"}
    for name, value in (facts | {"Work mode": "not reported", "Skills": "Python, PyTorch"}).items():
        expect(record.locator("dl.facts > div").filter(has_text=name)).to_have_text(name + value)
    expect(record.get_by_text("published records (")).to_contain_text("Germany")


def test_accepting_needs_a_key_and_a_note(queue: Page, site_database: str, waiting: list[UUID]) -> None:
    at(queue, 1)
    queue.keyboard.press("j")
    queue.keyboard.press("a")
    note = queue.get_by_label("Note")
    expect(note).to_be_focused()
    queue.keyboard.press("Control+Enter")
    expect(queue.get_by_text("Write at least 3 characters.")).to_be_visible()
    queue.keyboard.type("A jar of job adverts agrees.")  # letters that are keys, too
    queue.keyboard.press("Control+Enter")
    expect(queue.get_by_role("status").filter(has_text="Accepted: Senior Machine Learning Engineer")).to_be_visible()
    expect(queue.get_by_text(f"{WAITING - 1} submissions to review.")).to_be_visible()
    assert status_of(site_database, waiting[1]) == "accepted"
    assert decisions(site_database) == [("ann", "accept", "A jar of job adverts agrees.")]
    queue.keyboard.press("r")  # the keys go on working, at the one that came after
    expect(queue.get_by_role("dialog")).to_be_visible()
    expect(queue.locator("[data-item][aria-current=true]")).to_contain_text("€100,003")


def test_keys_act_on_the_next_submission_before_the_queue_is_loaded_again(
    queue: Page, hold: Hold, site_database: str, waiting: list[UUID]
) -> None:
    at(queue, 1)
    release = hold("**/graphql", "reviewQueue")
    for note in ("The first.", "The second."):
        queue.keyboard.press("r")
        queue.get_by_label("Note").fill(note)
        queue.keyboard.press("Control+Enter")
        expect(queue.get_by_role("dialog")).to_have_count(0)
    at(queue, 3)
    release()
    expect(queue.get_by_text(f"{WAITING - 2} submissions to review.")).to_be_visible()
    at(queue, 3)
    assert [status_of(site_database, id_) for id_ in waiting[:3]] == ["rejected", "rejected", "held"]
    assert decisions(site_database) == [("ann", "reject", "The first."), ("ann", "reject", "The second.")]


def test_a_decision_is_undone(queue: Page, site_database: str, waiting: list[UUID]) -> None:
    at(queue, 1)
    queue.keyboard.press("r")
    queue.get_by_label("Note").fill("Made up.")
    queue.keyboard.press("Control+Enter")
    decided = queue.get_by_role("region", name="Decided just now")
    expect(decided.get_by_role("listitem")).to_contain_text("Rejected: Senior Machine Learning Engineer")
    expect(queue.get_by_text(f"{WAITING - 1} submissions to review.")).to_be_visible()
    decided.get_by_role("button", name="Undo").click()
    queue.get_by_label("Note").fill("The wrong one.")
    queue.keyboard.press("Control+Enter")
    expect(queue.get_by_text("Undone: Senior Machine Learning Engineer")).to_be_visible()
    expect(queue.get_by_text(f"{WAITING} submissions to review.")).to_be_visible()
    expect(decided).to_have_count(0)
    assert status_of(site_database, waiting[0]) == "held"
    assert decisions(site_database) == [("ann", "reject", "Made up."), ("ann", "undo", "The wrong one.")]


def test_a_rejection_is_stored_with_its_note(queue: Page, site_database: str, waiting: list[UUID]) -> None:
    at(queue, 1)
    queue.keyboard.press("r")
    queue.keyboard.press("Escape")
    expect(queue.get_by_role("dialog")).to_be_hidden()
    at(queue, 1)
    queue.get_by_role("button", name="Reject").click()
    queue.get_by_label("Note").fill("The amount seems to be in pounds; please submit it again.")
    queue.get_by_role("dialog").get_by_role("button", name="Reject").click()
    expect(queue.get_by_role("status").filter(has_text="Rejected: Senior Machine Learning Engineer")).to_be_visible()
    assert status_of(site_database, waiting[0]) == "rejected"
    assert decisions(site_database) == [("ann", "reject", "The amount seems to be in pounds; please submit it again.")]


def test_a_decision_of_another_moderator_is_shown(queue: Page, site_database: str, waiting: list[UUID]) -> None:
    at(queue, 1)
    with bulk_connection(site_database) as rows:
        rows.execute("UPDATE submission SET status = 'accepted' WHERE id = $1::uuid", [str(waiting[0])])
        rows.commit()
    queue.keyboard.press("a")
    queue.get_by_label("Note").fill("It looks fine.")
    queue.keyboard.press("Control+Enter")
    expect(queue.get_by_text("there is nothing to decide.")).to_be_visible()
    expect(queue.get_by_text(f"{WAITING - 1} submissions to review.")).to_be_visible()
    assert decisions(site_database) == []


def test_keys_outside_of_the_queue_decide_nothing(queue: Page) -> None:
    at(queue, 1)
    queue.get_by_role("button", name="Sign out").focus()
    for key in ("a", "r", "j"):
        queue.keyboard.press(key)
    queue.get_by_label("Show").focus()
    queue.keyboard.press("a")
    expect(queue.get_by_role("dialog")).to_have_count(0)


def test_it_is_accessible_and_fits_a_phone(queue: Page, axe: Axe) -> None:
    queue.emulate_media(reduced_motion="reduce")
    queue.set_viewport_size({"width": 360, "height": 800})
    at(queue, 1)
    assert axe(queue) == []
    assert queue.evaluate("document.documentElement.scrollWidth") == 360
    queue.keyboard.press("r")
    expect(queue.get_by_label("Note")).to_be_focused()
    assert axe(queue) == []


def test_employer_names_are_accepted_and_rejected(page: Page, site_database: str, waiting: list[UUID], axe: Axe) -> None:
    with bulk_connection(site_database) as rows:
        rows.execute("DELETE FROM employer_review")
        rows.commit()
    contribute(site_database, [answers(employer=name) for name in ("Acme", "Gооgle", "n0 c0mpany")], invited=True)
    come_in(page, done(good_token(site_database)))
    names = page.get_by_role("region", name="Employer names")
    expect(names.get_by_role("listitem")).to_have_count(3)
    expect(names.get_by_text("Looks like Google, but has other characters.")).to_be_visible()
    assert axe(page) == []
    for button, verb, said in (
        ("Same as Google… Gооgle", "Accept", "Accepted: Gооgle."),
        ("Accept as new… Acme", "Accept", "Accepted: Acme."),
        ("Reject… n0 c0mpany", "Reject", "Rejected: n0 c0mpany."),
    ):
        names.get_by_role("button", name=button).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Note").fill("Checked.")
        dialog.get_by_role("button", name=verb, exact=True).click()
        expect(names.get_by_role("status")).to_have_text(said)
    expect(names.get_by_role("listitem")).to_have_count(0)
    with bulk_connection(site_database) as rows:
        found = rows.query("SELECT name, decision, employer FROM employer_review ORDER BY decided_at").to_pylist()
    assert [(one["name"], one["decision"], one["employer"]) for one in found] == [
        ("gооgle", "accept", "google"),
        ("acme", "accept", "acme"),
        ("n0-c0mpany", "reject", None),
    ]
