"""The page of a service whose public address has a path: links, views, requests and downloads stay below it."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings

EXAMPLE = "{ edition { number } }"


@pytest.fixture(scope="module")
def site(sample_database: str) -> Iterator[str]:
    with listener() as listening:
        origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
        settings = load_settings(public_url=f"{origin}/pay", queries_per_minute=0)
        with served(create_app(settings, sample_database), listening):
            yield origin


@pytest.mark.slow
def test_views_and_their_links_are_below_the_path(page: Page) -> None:
    paths: list[str] = []
    page.on("request", lambda request: paths.append(re.sub("^https?://[^/]+", "", request.url)))
    page.goto("/pay")
    expect(page).to_have_title("Explore pay · PayRank")
    expect(page).to_have_url(re.compile("/pay/$"))
    page.locator(".plot a").first.click()
    expect(page).to_have_url(re.compile(r"/pay/\?"))
    page.get_by_role("link", name="Check an offer").click()
    expect(page).to_have_url(re.compile("/pay/offer$"))
    page.reload()
    expect(page).to_have_title("Check an offer · PayRank")
    page.get_by_role("link", name="Look up your contribution").click()
    expect(page).to_have_url(re.compile("/pay/receipt$"))
    page.get_by_role("link", name="PayRank").click()
    expect(page).to_have_url(re.compile("/pay/$"))
    assert [path for path in paths if not path.startswith("/pay")] == []


@pytest.mark.parametrize("path", ["/pay/nowhere", "/pay/a/b/c"])
def test_unknown_paths_lead_back_to_the_start(page: Page, allowed_errors: list[str], path: str) -> None:
    allowed_errors.append("404")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.get_by_role("main").get_by_role("link", name="Explore pay").click()
    expect(page).to_have_url(re.compile("/pay/$"))


@pytest.mark.slow
def test_graphiql_and_downloads_are_below_the_path(page: Page) -> None:
    page.goto(f"/pay/graphiql#{urlencode({'query': EXAMPLE})}")
    expect(page.get_by_role("region", name="Operation Editor")).to_contain_text("number")  # until then nothing is executed
    page.get_by_role("button", name="Execute query").click()
    expect(page.get_by_role("region", name="Result Window")).to_contain_text('"number": 1')
    page.goto("/pay/about")
    with page.expect_download() as downloading:
        page.get_by_role("region", name="Downloads", exact=True).get_by_role("link", name="CSV").first.click()
    assert downloading.value.suggested_filename.endswith(".csv")
