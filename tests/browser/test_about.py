"""About the data: the edition, its files and how figures are calculated, with real and sample records."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from pyarrow import parquet
from support.databases import clone
from support.records import publish

pytestmark = pytest.mark.slow

Hold = Callable[[str], Callable[[], None]]

ASKED = "**/graphql?*Edition*"
CONTENTS = {
    "Sources": "sources",
    "Downloads": "downloads",
    "How figures are calculated": "methodology",
    "What is suppressed, and why": "suppression",
    "How contributions are used": "contributions",
    "What contributors reported": "reported",
}


@pytest.fixture(scope="module")
def site_database(server_url: str, sample_template: str) -> Iterator[str]:
    """Edition 2: the 3,000 made-up records and 1,007 of two real sources."""
    with clone(server_url, sample_template) as url:
        filed = [{"base_salary": 100_000 + n} for n in range(1_000)]
        publish(url, [*filed, *({"base_salary": 90_000, "source": "aijobs"} for _ in range(7))])
        yield url


def part(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title, exact=True)


def saved(page: Page, name: str) -> tuple[str, bytes]:
    """The name and content of the file behind a link."""
    with page.expect_download() as downloading:
        part(page, "Downloads").get_by_role("link", name=name, exact=True).click()
    return downloading.value.suggested_filename, Path(downloading.value.path()).read_bytes()


def test_the_edition_and_its_sources_are_listed_with_their_licences(page: Page) -> None:
    page.goto("/about")
    sources = part(page, "Sources")
    expect(sources.locator("dd")).to_have_count(4)
    facts = dict(zip(sources.locator("dt").all_inner_texts(), sources.locator("dd").all_inner_texts(), strict=True))
    assert facts | {"Published": ""} == {"Edition": "2", "Published": "", "Records": "4,007", "Sources": "3"}
    response = page.request.post(
        "/graphql", data={"query": "{ edition { publishedAt sources { label licence url records } } }"}
    )
    edition = response.json()["data"]["edition"]
    assert [source["records"] for source in edition["sources"]] == [3_000, 1_000, 7]
    rows = sources.get_by_role("row")
    expect(rows).to_have_count(4)
    for number, source in enumerate(edition["sources"], 1):
        expect(rows.nth(number).get_by_role("rowheader")).to_have_text(source["label"])
        expect(rows.nth(number).get_by_role("cell").nth(1)).to_have_text(f"{source['records']:,}")
        expect(rows.nth(number).get_by_role("cell").nth(2)).to_have_text(source["licence"])
        if source["url"]:
            expect(rows.nth(number).get_by_role("link")).to_have_attribute("href", source["url"])
    expect(rows.nth(1)).to_contain_text("Made up")
    expect(rows.nth(2)).to_contain_text("Government filing")
    expect(page.get_by_role("note").first).to_contain_text("3,000 of 4,007 records are made-up sample data")


def test_real_and_sample_records_are_separate_files(page: Page) -> None:
    page.goto("/about")
    found = {}
    for name in ("CSV of the real records", "CSV of the made-up records"):
        file, content = saved(page, name)
        rows = list(csv.DictReader(io.StringIO(content.decode())))
        found[file] = len(rows), {row["source"] for row in rows}
    assert found == {
        "payrank-edition-2.csv": (1_007, {"lca", "aijobs"}),
        "payrank-edition-2-sample.csv": (3_000, {"sample"}),
    }
    file, content = saved(page, "Parquet of the real records")
    assert file == "payrank-edition-2.parquet"
    table = parquet.read_table(io.BytesIO(content))
    assert (table.num_rows, sum(table["base_salary_usd"].to_pylist())) == (1_007, 100_499_500 + 630_000)
    expect(part(page, "Downloads")).to_contain_text("3,000 records. They say nothing about real pay.")


def test_the_table_of_contents_links_to_each_section(page: Page) -> None:
    page.goto("/about")
    contents = page.get_by_role("navigation", name="On this page").get_by_role("link")
    expect(contents).to_have_text(list(CONTENTS))
    for title, id_ in CONTENTS.items():
        contents.filter(has_text=title).click()
        expect(part(page, title).get_by_role("heading", level=2)).to_be_in_viewport()
        expect(page).to_have_url(f"/about#{id_}")


@pytest.mark.parametrize("id_", ["outlook", "methodology"])
def test_a_link_to_a_term_or_section_scrolls_to_it(page: Page, id_: str) -> None:
    page.goto(f"/about#{id_}")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    expect(page.locator(f"#{id_}")).to_be_in_viewport()


def test_heading_levels_are_not_skipped(page: Page) -> None:
    page.goto("/about")
    expect(part(page, "Downloads").get_by_role("heading", level=3)).to_have_text(["Real records", "Made-up records"])
    levels = [int(name[1]) for name in page.locator("h1, h2, h3, h4").evaluate_all("all => all.map((one) => one.tagName)")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_catalogue_metadata_lists_both_data_sets(page: Page) -> None:
    page.goto("/about")
    blocks = page.locator('script[type="application/ld+json"]').all_text_contents()
    assert [(json.loads(block)["@type"], json.loads(block)["size"]) for block in blocks] == [
        ("Dataset", "1,007 records"),
        ("Dataset", "3,000 records"),
    ]


def test_the_rest_of_the_page_is_shown_while_the_edition_loads(page: Page, hold: Hold) -> None:
    release = hold(ASKED)
    page.goto("/about")
    expect(part(page, "Sources").get_by_role("status")).to_have_text("Loading the edition…")
    expect(part(page, "How figures are calculated")).to_contain_text("Percentiles")
    release()
    expect(part(page, "Sources").get_by_role("row")).to_have_count(4)


def test_an_unavailable_service_is_reported_and_queried_again(page: Page, allowed_errors: list[str]) -> None:
    allowed_errors.append("ERR_FAILED")
    page.route(ASKED, lambda route: route.abort())
    page.goto("/about")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The service does not answer.")
    expect(part(page, "What is suppressed, and why")).to_contain_text("fewer than 5 records")
    page.unroute(ASKED)
    alert.get_by_role("button", name="Try again").click()
    expect(part(page, "Sources").get_by_role("row")).to_have_count(4)
    expect(alert).not_to_be_attached()


@pytest.mark.parametrize("width", [360, 1440])
def test_the_sources_fit_into_a_narrow_and_a_wide_window(
    new_context: Callable[..., BrowserContext], axe: Callable[[Page], list[str]], width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto("/about")
    expect(part(page, "Sources").get_by_role("row")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    table = page.locator(".table-scroll")
    assert table.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    assert axe(page) == []
