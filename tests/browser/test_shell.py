"""The frame of every view: header, title, theme and the sample-data banner, without third-party requests."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, Response, Route, expect
from support.explore_page import wait_for_charts

from service.web.page import GRAPHIQL_POLICY

VIEWS = {
    "/": "Explore pay",
    "/offer": "Check an offer",
    "/factors": "What moves pay",
    "/contribute": "Contribute your pay",
    "/receipt": "Your submission",
    "/review": "Review",
    "/about": "About the data",
    "/graphiql": "GraphiQL",
}
FAST = ("/", "/contribute")
"""The views that also the fast tests look at."""
NAMED = ["Explore", "Check an offer", "What moves pay", "Contribute", "About the data", "GraphiQL"]
SKIP = "Skip to content"

Axe = Callable[[Page], list[str]]


@pytest.fixture
def only_here(page: Page, site: str) -> Iterator[Page]:
    """A page whose requests to other hosts are aborted and fail the test."""
    others: list[str] = []

    def cut(route: Route, request: Request) -> None:
        others.append(request.url)
        route.abort()

    page.route(re.compile(rf"^(?!{re.escape(site)}/|data:|blob:)"), cut)
    yield page
    assert others == []


@pytest.mark.parametrize(
    ("path", "title"), [pytest.param(*view, marks=[pytest.mark.slow] * (view[0] not in FAST)) for view in VIEWS.items()]
)
def test_no_view_makes_third_party_requests(only_here: Page, axe: Axe, path: str, title: str) -> None:
    """Each view has a title, no serious violation in either theme and no horizontal scrolling at 360 pixels."""
    only_here.set_viewport_size({"width": 360, "height": 800})
    only_here.goto(path)
    expect(only_here).to_have_title(f"{title} · PayRank")
    expect(only_here.get_by_role("heading", level=1)).to_have_count(1)
    expect(only_here.locator(".loading:not([aria-hidden])")).to_have_count(0, timeout=60_000)  # fits take their time
    assert only_here.evaluate("document.documentElement.scrollWidth") == 360
    assert axe(only_here) == []


def test_the_first_view_loads_little_script_and_not_the_editor(page: Page) -> None:
    scripts: dict[str, int] = {}

    def took(response: Response) -> None:
        if response.request.resource_type == "script":
            scripts[urlsplit(response.url).path] = int(response.headers["content-length"])

    page.on("response", took)
    page.goto("/")
    wait_for_charts(page)
    assert sum(scripts.values()) < 200_000  # with the charts, which the headline does not wait for
    assert not [name for name in scripts if re.search("graphiql|monaco|worker", name)]


def test_the_navigation_links_to_the_views_and_marks_the_current_one(page: Page) -> None:
    page.goto("/")
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")
    expect(links).to_have_text(NAMED)
    for name in [*NAMED[1:-1], NAMED[0]]:
        link = links.filter(has_text=re.compile(f"^{name}$"))
        link.click()
        expect(page.locator("nav a[aria-current=page]")).to_have_text(name)
        expect(page).to_have_title(f"{VIEWS[str(link.get_attribute('href'))]} · PayRank")
        expect(page.get_by_role("main")).to_be_focused()
    page.go_back()
    expect(page).to_have_title("About the data · PayRank")


@pytest.mark.slow
def test_the_editor_is_a_separate_document_with_its_own_policy(page: Page) -> None:
    page.goto("/about")
    link = page.get_by_role("navigation", name="Pages").get_by_role("link", name="GraphiQL")
    with page.expect_navigation(url="**/graphiql") as navigated:
        link.click()
    assert navigated.value.headers["content-security-policy"] == GRAPHIQL_POLICY
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Check an offer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check an offer")
    page.go_back()
    expect(page).to_have_title("GraphiQL · PayRank")


def test_the_first_tab_stop_skips_the_navigation(page: Page) -> None:
    page.goto("/about")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.keyboard.press("Tab")
    link = page.get_by_role("link", name=SKIP)
    expect(link).to_be_focused()
    expect(link).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_theme_cycles_and_is_stored_in_the_browser(page: Page) -> None:
    page.goto("/about")
    ground = "getComputedStyle(document.body).backgroundColor"
    colours = [page.evaluate(ground)]
    for now, following in (("auto", "light"), ("light", "dark"), ("dark", "auto")):
        button = page.get_by_role("button", name=f"Theme: {now}. Change to {following}.")
        button.click()
        expect(page.locator("html")).to_have_attribute("data-theme", following)
        colours.append(page.evaluate(ground))
    assert (colours[0], colours[1], colours[2]) == (colours[3], colours[0], "rgb(17, 21, 27)")
    page.get_by_role("button", name="Theme: auto").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate(ground) == "rgb(17, 21, 27)"
    assert page.context.cookies() == []


def test_sample_data_is_labelled(page: Page) -> None:
    page.goto("/about")
    expect(page.get_by_role("note").first).to_have_text(
        "All records are made-up sample data. They say nothing about real pay."
    )


def test_an_unknown_address_is_reported(page: Page, allowed_errors: list[str]) -> None:
    allowed_errors.append("status of 404")
    answer = page.goto("/nowhere")
    assert answer
    assert answer.status == 404
    expect(page).to_have_title("Not found · PayRank")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("main").get_by_role("link").first.click()
    expect(page).to_have_title("Explore pay · PayRank")


@pytest.mark.slow
def test_a_failed_chunk_leaves_the_rest_of_the_page(page: Page, allowed_errors: list[str]) -> None:
    allowed_errors += ["ERR_FAILED", "dynamically imported module"]
    page.goto("/about")
    page.route("**/assets/offer-*.js", lambda route: route.abort())
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Check an offer").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This page could not be shown")
    page.unroute("**/assets/offer-*.js")
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


BLOCKED = """for (const name of ["localStorage", "sessionStorage"]) {
    Object.defineProperty(window, name, { get() { throw new DOMException("blocked", "SecurityError"); } });
}"""


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/offer", "/contribute", "/review"])
def test_blocked_storage_does_not_blank_the_page(page: Page, path: str) -> None:
    page.add_init_script(BLOCKED)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("button", name="Theme: auto. Change to light.").click()
    expect(page.get_by_role("button", name="Theme: light. Change to dark.")).to_be_visible()
