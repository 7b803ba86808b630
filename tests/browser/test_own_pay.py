"""The reader's own pay and offers are in no URL and no header that a server receives."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect
from starlette.types import ASGIApp, Receive, Scope, Send
from support.offer_page import BAY, address, result
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

pytestmark = pytest.mark.slow

AMOUNT = "187654"


class Received:
    """An application that keeps the paths, query strings and headers of all requests to another, as one text each."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.requests: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            self.requests.append(f"{scope['raw_path']!r} {scope['query_string']!r} {scope['headers']!r}")
        await self._app(scope, receive, send)

    def with_amount(self) -> list[str]:
        return [request for request in self.requests if AMOUNT in request.replace(",", "").replace("%2C", "")]


@pytest.fixture(scope="module")
def received(site_database: str) -> Received:
    settings = load_settings(submissions_per_hour=0, queries_per_minute=0, sample_records=0)
    return Received(create_app(settings, site_database))


@pytest.fixture(scope="module")
def site(received: Received) -> Iterator[str]:
    with listener() as listening, served(received, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(autouse=True)
def forget(received: Received) -> None:
    received.requests.clear()


def test_pay_on_the_distribution(page: Page, received: Received) -> None:
    page.goto("/?country=us")
    page.get_by_label("Your base salary", exact=True).last.fill(AMOUNT)
    expect(page.locator(".marker-rank")).to_contain_text("$187,654 is above")
    expect(page).to_have_url(re.compile(rf"/\?country=us#pay={AMOUNT}$"))
    page.get_by_label("Measure").select_option("TOTAL_CASH")
    expect(page).to_have_url(re.compile(rf"/\?country=us&measure=total-cash#pay={AMOUNT}$"))
    page.reload()
    expect(page.locator(".marker-rank")).to_contain_text("$187,654 is above")
    page.keyboard.press("Tab")
    page.get_by_role("link", name="Skip to content").press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"#pay={AMOUNT}$"))
    assert received.requests
    assert received.with_amount() == []


def test_an_offer_and_its_query(page: Page, received: Received) -> None:
    page.goto(address(BAY | {"base": AMOUNT}))
    expect(result(page, "Bay").get_by_role("status")).to_contain_text("similar records")
    page.get_by_role("link", name="Show the query").click()
    expect(page.get_by_role("region", name="Variables")).to_contain_text('"Bay"')
    expect(page).to_have_url(re.compile(rf"/graphiql#.*{AMOUNT}"))
    assert received.with_amount() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "own", "rest"),
    [
        ("/", {"pay": AMOUNT}, {"country": "us", "by": "level"}),
        ("/offer", BAY | {"base": AMOUNT}, {}),
        ("/graphiql", {"query": f"{{ cohort {{ percentileRank(amount: {AMOUNT}) {{ rank }} }} }}"}, {}),
    ],
)
def test_links_with_it_in_the_query_are_rewritten(
    page: Page, received: Received, path: str, own: dict[str, str], rest: dict[str, str]
) -> None:
    """Only the first request, which such a link makes, has the amount."""
    page.goto(f"{path}?{urlencode({**rest, **own})}")
    shown = {"/": page.locator(".marker-rank b"), "/offer": result(page, "Bay").get_by_role("status")}
    expect(shown.get(path, page.get_by_role("region", name="Operation Editor"))).to_contain_text(
        {"/": "%", "/offer": "similar records"}.get(path, AMOUNT)
    )
    parts = urlsplit(page.url)
    assert {name: values[0] for name, values in parse_qs(parts.query).items()} == rest
    assert {name: values[0] for name, values in parse_qs(parts.fragment).items()}.items() >= own.items()
    assert len(received.with_amount()) == 1
