"""GraphiQL in the page: examples, the URL, the documentation and both themes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

pytestmark = pytest.mark.slow

Contexts = Callable[..., BrowserContext]
NARROW = {"width": 360, "height": 800}
SUBSCRIPTION = "Subscribe to new editions"


def result(page: Page) -> Locator:
    return page.get_by_role("region", name="Result Window")


def editor(page: Page) -> Locator:
    return page.get_by_role("region", name="Operation Editor")


def tabs(page: Page) -> Locator:
    return page.get_by_role("list", name="Select active operation").get_by_role("listitem")


def tab(page: Page) -> Locator:
    """The active tab."""
    return tabs(page).get_by_role("button", pressed=True)


def opened(page: Page, **params: str) -> None:
    """Open the editor with parameters in the URL's fragment and wait until it is usable."""
    page.goto(f"/graphiql#{urlencode(params)}" if params else "/graphiql")
    expect(editor(page).locator(".view-line").first).to_be_visible()


def is_result(response: Response) -> bool:
    """Whether it is the result of a query in the editor rather than the schema, which the editor loads meanwhile."""
    return response.url.endswith("/graphql") and "IntrospectionQuery" not in (response.request.post_data or "")


def run(page: Page) -> None:
    page.get_by_role("button", name="Execute query").click()


def test_every_example_opens_in_its_own_tab_and_runs(page: Page) -> None:
    opened(page)
    examples = page.get_by_role("region", name="Examples").get_by_role("listitem").get_by_role("button")
    questions = examples.all_inner_texts()
    assert len(questions) == len(set(questions)) == 14
    for question in questions:
        if question == SUBSCRIPTION:
            examples.filter(has_text=question).click()
            expect(result(page)).to_contain_text('"editionPublished": { "number": 1,')
            page.get_by_role("button", name="Stop query").click()
            continue
        with page.expect_response(is_result) as answered:
            examples.filter(has_text=question).click()
        answer = answered.value.json()
        assert "errors" not in answer, question
        expect(result(page)).to_contain_text(f'"{next(iter(answer["data"]))}":')
    expect(tabs(page)).to_have_count(len(questions))  # the first was open already


def test_an_example_that_is_open_is_not_opened_again(page: Page) -> None:
    opened(page)
    for question, title in (("And at each level?", "PayByLevel"), ("Does remote work pay less?", "RemoteWork")):
        page.get_by_role("button", name=question).click()
        expect(tab(page)).to_have_text(title)
    page.get_by_role("button", name="And at each level?").click()
    expect(tab(page)).to_have_text("PayByLevel")
    expect(tabs(page)).to_have_count(3)
    expect(result(page)).to_contain_text('"by": [')


def test_the_address_opens_a_query_with_its_variables(page: Page) -> None:
    query = "query BySource($kind: [SourceKind!]) { cohort(where: {sourceKind: $kind}) { size } }"
    opened(page, query=query, variables=json.dumps({"kind": ["SAMPLE"]}))
    expect(tab(page)).to_have_text("BySource")
    expect(page.get_by_role("region", name="Variables")).to_contain_text('"SAMPLE"')
    expect(result(page)).not_to_contain_text("data")  # a link is not to run what it holds
    run(page)
    expect(result(page)).to_contain_text('"size": 3000')


def test_the_url_follows_the_editor(page: Page) -> None:
    opened(page, query="{ edition { number } }")
    editor(page).locator(".view-line").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("{ __typename ")
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).fragment).get("query") == ["{ __typename }"])
    page.reload()
    expect(editor(page)).to_contain_text("{ __typename }")
    run(page)
    expect(result(page)).to_contain_text('"__typename": "Query"')


def test_the_editor_knows_the_schema(page: Page) -> None:
    opened(page, query="{ nonsense }")
    expect(editor(page).locator(".squiggly-error")).to_have_count(1)
    editor(page).locator(".view-line").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("{ benchm")
    suggested = page.locator(".suggest-widget .monaco-list-row.focused")
    expect(suggested).to_contain_text("benchmarkOffer")  # the list is filtered after it is shown
    page.keyboard.press("Enter")
    expect(editor(page)).to_contain_text("benchmarkOffer")


def test_the_completion_list_can_be_read(page: Page) -> None:
    opened(page, query="{ }")
    editor(page).locator(".view-line").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("{ benchm")
    widget = page.locator(".suggest-widget")
    label = widget.locator(".monaco-list-row", has_text="benchmarkOffer").locator(".label-name")
    expect(label).to_be_visible()
    shown, row = label.bounding_box(), widget.locator(".monaco-list-row").first.bounding_box()
    assert shown
    assert row
    assert row["x"] < shown["x"] < shown["x"] + shown["width"] < row["x"] + row["width"]
    assert row["y"] <= shown["y"]
    assert shown["y"] + shown["height"] <= row["y"] + row["height"]
    assert colours(page, label.screenshot()) > 3  # letters on a ground, not the ground alone


def colours(page: Page, picture: bytes) -> int:
    """The number of different colours in a PNG image."""
    count: int = page.evaluate(
        """async (bytes) => {
            const bitmap = await createImageBitmap(new Blob([new Uint8Array(bytes)], { type: "image/png" }));
            const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
            context.drawImage(bitmap, 0, 0);
            const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
            return new Set(new Uint32Array(data.buffer)).size;
        }""",
        list(picture),
    )
    return count


QUERY = """query Copied($search: String) { # it's "quoted", a \\ and `${x}`
  factorValues(factor: ROLE, search: $search) { nodes { code } }
}"""


@pytest.mark.parametrize("language", ["curl", "Python (requests)", "JavaScript (fetch)"])
def test_a_request_is_copied_as_code_that_runs(page: Page, language: str) -> None:
    opened(page, query=QUERY, variables='{"search": "computer vision"} // as typed')
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the request as code").click()
    page.get_by_role("menuitem", name=language).click()
    expect(page.get_by_text(f"Copied as {language}.")).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    if language == "JavaScript (fetch)":
        output = json.dumps(page.evaluate(f"async () => {{ {code} return data; }}"))
    else:
        program = ["bash", "-c", code] if language == "curl" else [sys.executable, "-c", code]
        output = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "computer-vision-engineer" in output


def test_a_request_with_broken_variables_is_not_copied(page: Page) -> None:
    opened(page, query="{ edition { number } }", variables='{"search": ')
    page.get_by_role("button", name="Copy the request as code").click()
    page.get_by_role("menuitem", name="curl").click()
    expect(page.get_by_text("Not copied: the variables are invalid JSON")).to_be_visible()


def test_the_documentation_describes_the_fields(page: Page) -> None:
    opened(page)
    page.get_by_role("button", name="Show Documentation Explorer").click()
    panel = page.get_by_role("region", name="Documentation Explorer")
    panel.get_by_role("link", name="Query", exact=True).click()
    panel.get_by_role("link", name="cohort", exact=True).click()
    expect(panel).to_contain_text("CohortFilter")


def test_the_prettify_button_formats_a_query(page: Page) -> None:
    opened(page, query="{edition{number records}}")
    page.get_by_role("button", name="Prettify query").click()
    expect(editor(page).locator(".view-line")).to_have_text(
        ["{", "  edition {", "    number", "    records", "  }", "}", ""]
    )


def test_the_editor_follows_the_theme_of_the_page(new_context: Contexts) -> None:
    page = new_context(color_scheme="dark").new_page()
    opened(page)
    editors = page.locator(".graphiql-editors")
    white = "rgb(255, 255, 255)"
    expect(page.locator("body")).to_contain_class("graphiql-dark")
    expect(editors).not_to_have_css("background-color", white)
    page.get_by_role("button", name="Theme: auto").click()
    expect(page.locator("body")).to_contain_class("graphiql-light")
    expect(editors).to_have_css("background-color", white)
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Theme: light").click()
    expect(page.locator("body")).to_contain_class("graphiql-dark")
    page.get_by_role("button", name="Theme: dark").click()
    expect(page.locator("body")).to_contain_class("graphiql-light")


def test_no_panel_has_a_serious_accessibility_violation(page: Page, axe: Callable[[Page], list[str]]) -> None:
    opened(page)
    page.get_by_role("button", name="What do bonus and equity add?").click()
    expect(result(page)).to_contain_text('"equity":')
    assert axe(page) == []
    page.get_by_role("button", name="Show Documentation Explorer").click()
    documented = page.get_by_role("region", name="Documentation Explorer")
    expect(documented.get_by_role("link", name="SalaryRecord", exact=True)).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="Show History").click()
    expect(page.get_by_role("region", name="History")).to_contain_text("BeyondBase")
    assert axe(page) == []
    page.get_by_role("button", name="Variables").click()
    page.get_by_role("button", name="Open settings dialog").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert axe(page) == []


def test_a_narrow_window_stacks_the_panels(new_context: Contexts) -> None:
    page = new_context(viewport=NARROW).new_page()
    opened(page)
    panel = page.get_by_role("region", name="Examples")
    expect(panel).not_to_be_visible()
    page.get_by_role("button", name="Show Examples").click()
    panel.get_by_role("button", name="And at each level?").click()
    expect(panel).not_to_be_visible()
    expect(result(page)).to_contain_text('"by": [')
    boxes = [found.bounding_box() for found in (editor(page), result(page))]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_opening_the_endpoint_in_a_browser_redirects_to_the_editor(page: Page) -> None:
    page.goto("/graphql")
    expect(page).to_have_url(re.compile("/graphiql$"))
    expect(page).to_have_title("GraphiQL · PayRank")


def test_an_unavailable_service_is_reported(page: Page, allowed_errors: list[str]) -> None:
    opened(page, query="{ edition { number } }")
    page.wait_for_load_state("networkidle")
    allowed_errors.append("ERR_FAILED")
    page.route("**/graphql", lambda route: route.abort())
    run(page)
    expect(result(page)).to_contain_text("Failed to fetch")
    page.unroute("**/graphql")
    run(page)
    expect(result(page)).to_contain_text('"number": 1')
