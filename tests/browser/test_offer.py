"""Checking offers in a browser: the form, the URL and the results."""

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from support.offer_page import BAY, BENCHMARK, BERLIN, COMPARE, address, benchmark_of, input_of, money, query_api, result

Axe = Callable[[Page], list[str]]
Hold = Callable[[str], Callable[[], None]]


@pytest.mark.slow
def test_an_offer_is_entered_and_compared_by_keyboard(page: Page) -> None:
    page.goto("/offer")
    page.get_by_label("Name of the offer").focus()
    page.keyboard.type("Bay")
    page.keyboard.press("Tab")
    page.keyboard.type("machine learning engineer")
    expect(page.get_by_role("listbox", name="Role").get_by_role("option").first).to_contain_text("Machine Learning Engineer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Role")).to_have_value("Machine Learning Engineer")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Level").get_by_role("option", name="Senior")).to_be_attached()
    page.keyboard.type("Senior")
    expect(page.get_by_label("Level")).to_have_value("senior")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("us")
    expect(page.get_by_role("listbox", name="Country").get_by_role("option").first).to_contain_text("United States")
    page.keyboard.press("Enter")
    expect(page.get_by_role("combobox", name="Country")).to_have_value("United States")
    page.get_by_label("Base salary").focus()
    page.keyboard.type("190,000")
    page.keyboard.press("Enter")

    us = {name: text for name, text in BAY.items() if name != "metro"} | {
        "bonus": "0",
        "grant": "0",
        "employmentType": "FULL_TIME",
    }
    rank = benchmark_of(page, us)["rank"]
    expect(result(page, "Bay").get_by_role("status")).to_have_text(
        f"Above {rank['rank']:.0f}% of {rank['count']:,} similar records"
    )
    assert dict(parse_qsl(urlsplit(page.url).fragment)) == {
        "label": "Bay",
        "role": "machine-learning-engineer",
        "level": "senior",
        "country": "us",
        "employmentType": "full-time",
        "currency": "USD",
        "base": "190,000",
        "vesting": "4",
    }
    assert page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]") == ["payrank-theme"]


def enter_before_the_options_load(page: Page, hold: Hold, text: str, *keys: str) -> tuple[Locator, Callable[[], None]]:
    """Type a country, Enter and further keys while the options are held back: the field, and what lets them load."""
    page.goto("/offer")
    release = hold(f"**/graphql?*{text}*")
    country = page.get_by_role("combobox", name="Country")
    country.focus()
    with page.expect_request(f"**/graphql?*{text}*"):
        page.keyboard.type(text)
        for key in ("Enter", *keys):
            page.keyboard.press(key)
    return country, release


def test_enter_selects_the_typed_text_even_before_the_options_load(page: Page, hold: Hold) -> None:
    country, release = enter_before_the_options_load(page, hold, "germany")
    expect(country).to_have_value("germany")
    release()
    expect(country).to_have_value("Germany")


@pytest.mark.slow
def test_enter_selects_the_typed_text_after_the_focus_has_left(page: Page, hold: Hold) -> None:
    country, release = enter_before_the_options_load(page, hold, "germany", "Tab")
    expect(country).not_to_be_focused()
    expect(country).to_have_value("germany")
    release()
    expect(country).to_have_value("Germany")


@pytest.mark.slow
def test_an_entered_text_without_matches_is_dropped_after_the_focus_has_left(page: Page, hold: Hold) -> None:
    country, release = enter_before_the_options_load(page, hold, "atlantis", "Tab")
    expect(country).to_have_value("atlantis")
    release()
    expect(country).to_have_value("")


@pytest.mark.slow
def test_options_of_an_earlier_text_are_disabled(page: Page, hold: Hold) -> None:
    page.goto("/offer")
    release = hold("**/graphql?*germany*")
    country = page.get_by_role("combobox", name="Country")
    country.click()
    options = page.get_by_role("listbox", name="Country").get_by_role("option")
    expect(options.first).to_be_enabled()
    with page.expect_request("**/graphql?*germany*"):
        page.keyboard.type("germany")
    expect(options.first).to_be_disabled()
    expect(options.and_(page.locator(":not([aria-disabled=true])"))).to_have_count(0)
    release()
    options.filter(has_text="Germany").first.click()
    expect(country).to_have_value("Germany")
    expect(page.get_by_role("listbox")).to_have_count(0)
    country.fill("fran")
    expect(options.first).to_contain_text("France")
    page.keyboard.press("Escape")
    expect(country).to_have_value("Germany")


def test_a_link_shows_the_rank_of_an_offer_and_the_negotiation_target(page: Page) -> None:
    page.goto(address(BAY))
    found, shown = benchmark_of(page, BAY), result(page, "Bay")
    interval = found["rank"]["interval"]
    expect(shown).to_contain_text(f"95% CI: {interval['low']:.0f}% to {interval['high']:.0f}%")
    expect(shown.get_by_role("definition").filter(has_text=f"{found['compaRatio']:.2f}")).to_be_visible()
    assert found["annualized"] == 250_000
    expect(shown.get_by_text(money(found["negotiation"]["target"]), exact=True)).to_be_visible()
    for reason in found["negotiation"]["reasons"]:
        expect(shown.get_by_text(reason, exact=True)).to_be_visible()
    for rung, item in zip(found["relaxations"], shown.locator(".relaxations > li").all(), strict=True):
        expect(item).to_contain_text(f"{rung['cohort']['size']:,} record")
    bonus = next(part for part in found["components"] if part["measure"] == "BONUS")
    row = shown.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Bonus"))
    expect(row).to_contain_text(money(bonus["amount"]))
    expect(row).to_contain_text(f"{bonus['rank']['rank']:.0f}%")
    expect(shown).to_contain_text("The ranks of components neither add up")


@pytest.mark.slow
def test_the_distribution_is_a_chart_and_a_table(page: Page) -> None:
    page.goto(address(BAY))
    found = benchmark_of(page, BAY)
    assert found["measure"] == "TOTAL_COMPENSATION"
    expect(page.get_by_role("img", name=f"above {found['rank']['rank']:.0f}% of them")).to_be_visible()
    page.get_by_role("button", name="Table").click()
    rows = page.get_by_role("table", name="Bay among similar records").get_by_role("row")
    expect(rows).to_have_count(1 + len(found["cohort"]["distribution"]["bins"]))
    first = found["cohort"]["distribution"]["bins"][0]
    assert rows.nth(1).get_by_role("cell").all_inner_texts() == [f"{first[name]:,.0f}" for name in ("low", "high", "count")]


def test_offers_are_compared_at_the_price_level_of_the_first(page: Page) -> None:
    page.goto(address(BAY, BERLIN))
    offers = [input_of(BAY), input_of(BERLIN)]
    compared = query_api(page, COMPARE, offers=offers)["data"]["compareOffers"]
    table = page.get_by_role("region", name="Offers side by side").get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Bay", "Berlin"])
    value = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Real value"))
    for number, offer in enumerate(compared["offers"]):
        cell = value.get_by_role("cell").nth(number)
        expect(cell).to_contain_text(money(offer["realValue"]))
        expect(cell.get_by_text("Highest")).to_have_count(1 if number == compared["best"] else 0)
    other = compared["offers"][1 - compared["best"]]
    match = table.get_by_role("row").filter(has=page.get_by_role("rowheader", name="To match the best"))
    expect(match).to_contain_text(money(other["equivalentAnnualized"], "€"))
    expect(result(page, "Bay")).to_be_visible()
    expect(result(page, "Berlin")).to_be_visible()


@pytest.mark.slow
def test_an_error_of_one_offer_is_shown_at_that_offer(page: Page) -> None:
    page.goto("/offer")
    places = query_api(page, "{ factorValues(factor: COUNTRY, first: 500) { nodes { code records parent { code } } } }")
    nowhere = next(one["code"] for one in places["data"]["factorValues"]["nodes"] if one["parent"] and not one["records"])
    elsewhere = BERLIN | {"label": "Elsewhere", "country": nowhere}
    refused = query_api(page, BENCHMARK, offer=input_of(elsewhere))["errors"][0]["message"]
    assert "Not enough data" in refused
    page.goto(address(BAY, elsewhere))
    expect(result(page, "Elsewhere").get_by_role("alert")).to_have_text(refused)
    expect(page.get_by_role("alert").filter(has_text="The offers cannot be compared because of Elsewhere")).to_be_visible()
    expect(result(page, "Bay").get_by_role("status")).to_contain_text("similar records")


@pytest.mark.slow
def test_an_offer_without_a_price_level_shows_the_error_and_its_rank(page: Page) -> None:
    page.goto("/offer")
    places = query_api(page, "{ factorValues(factor: COUNTRY, first: 500) { nodes { code records parent { code } } } }")
    continent = next(
        one["code"] for one in places["data"]["factorValues"]["nodes"] if not one["parent"] and one["records"] > 200
    )
    wide = BERLIN | {"label": "Wide", "country": continent}
    refused = query_api(page, COMPARE, offers=[input_of(BAY), input_of(wide)])["errors"][0]["message"]
    assert refused.startswith("Offer 2 ('Wide'): ")
    page.goto(address(BAY, wide))
    expect(result(page, "Wide").get_by_role("alert")).to_have_text(refused.removeprefix("Offer 2 ('Wide'): "))
    expect(result(page, "Wide").get_by_role("status")).to_contain_text("similar records")


@pytest.mark.slow
def test_missing_and_invalid_values_are_reported_at_their_fields(page: Page) -> None:
    page.goto("/offer")
    page.get_by_label("Target bonus").fill("a lot")
    page.get_by_label("Years of experience").fill("sixty")
    page.get_by_role("button", name="Check this offer").click()
    role = page.get_by_role("combobox", name="Role")
    expect(role).to_be_focused()
    expect(role).to_have_accessible_description("Choose a role, or the closest role family.")
    expect(page.get_by_label("Years of experience")).to_have_accessible_description("A whole number of years from 0 to 60.")
    expect(page.get_by_label("Base salary")).to_have_accessible_description(
        "Per year, full-time Enter the base salary per year."
    )
    expect(page.get_by_label("Target bonus")).to_have_attribute("aria-invalid", "true")
    assert urlsplit(page.url).fragment == ""


@pytest.mark.slow
def test_offers_are_added_edited_and_removed(page: Page) -> None:
    page.goto(address(BAY, BERLIN))
    page.get_by_role("button", name="Compare with another offer").click()
    expect(page.get_by_label("Name of the offer")).to_be_focused()
    expect(page.get_by_role("combobox", name="Role")).to_have_value("Machine Learning Engineer")
    page.get_by_label("Base salary").fill("101k")
    page.get_by_role("button", name="Check this offer").click()
    expect(result(page, "Offer 3").get_by_role("status")).to_contain_text("similar records")
    page.get_by_role("button", name="Edit Berlin").click()
    page.get_by_label("Name of the offer").fill("Hauptstadt")
    page.get_by_role("button", name="Check this offer").click()
    expect(result(page, "Hauptstadt").get_by_role("status")).to_contain_text("similar records")
    page.get_by_role("button", name="Remove Bay").click()
    expect(page.get_by_role("list", name="Offers").get_by_role("listitem").locator("strong")).to_have_text(
        ["Hauptstadt", "Offer 2"]
    )
    page.go_back()
    expect(page.get_by_role("list", name="Offers").get_by_role("listitem").locator("strong")).to_have_text(
        ["Bay", "Hauptstadt", "Offer 3"]
    )


@pytest.mark.slow
def test_five_offers_are_the_maximum(page: Page) -> None:
    page.goto(address(*(BERLIN | {"label": f"Berlin {number}"} for number in range(1, 6))))
    expect(page.get_by_role("list", name="Offers").get_by_role("listitem")).to_have_count(5)
    expect(page.get_by_role("button", name="Compare with another offer")).to_have_count(0)
    expect(page.get_by_role("region", name="Offers side by side").get_by_role("columnheader")).to_have_count(5)


def test_no_requested_url_contains_an_amount(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/graphql" in request.url else None)
    page.goto(address(BAY))
    expect(result(page, "Bay").get_by_role("status")).to_contain_text("similar records")
    assert sent
    assert not [url for url in sent if "190000" in url]


@pytest.mark.slow
class TestUnanswered:
    @pytest.fixture
    def allowed_errors(self) -> list[str]:
        return [r"Failed to load resource.*/graphql"]

    def test_an_error_is_shown_until_a_retry_succeeds(self, page: Page) -> None:
        def stop(route: Route) -> None:
            if "benchmarkOffer" in (route.request.post_data or ""):
                route.abort()
            else:
                route.continue_()

        page.route("**/graphql*", stop)
        page.goto(address(BAY))
        expect(result(page, "Bay").get_by_role("alert")).to_contain_text("The service does not answer.")
        page.unroute("**/graphql*")
        page.get_by_role("button", name="Try again").click()
        expect(result(page, "Bay").get_by_role("status")).to_contain_text("similar records")


@pytest.mark.slow
def test_it_is_accessible_in_both_themes_and_fits_a_small_screen(page: Page, axe: Axe) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/offer")
    page.get_by_text("More about you and the employer").click()
    expect(page.get_by_label("Highest education")).to_be_visible()
    assert axe(page) == []
    page.goto(address(BAY, BERLIN))
    expect(page.get_by_role("img", name="middle half")).to_have_count(2)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.slow
def test_its_query_opens_in_graphiql(page: Page) -> None:
    page.goto(address(BAY))
    link = page.get_by_role("link", name="Show the query")
    parameters = dict(parse_qsl(urlsplit(link.get_attribute("href") or "").fragment))
    answer = query_api(page, parameters["query"], **json.loads(parameters["variables"]))
    assert answer["data"]["benchmarkOffer"]["annualized"] == 250_000
