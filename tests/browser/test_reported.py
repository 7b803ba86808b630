"""What contributors reported, in a browser: yearly tables on the page about the data, and links from claims to them."""

import csv
import io
from collections.abc import Callable, Iterator
from math import log
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from support.databases import clone
from support.records import publish

from service.intake.breakdown import FAMILY_MEASURES, PREMIUM_FACTORS
from service.intake.protected_tables import TABLES
from service.store.bulk import bulk_connection

pytestmark = pytest.mark.slow

Axe = Callable[[Page], list[str]]

CELLS = [("remote", 1_234, 1.1, 1.0504, 1.16), ("hybrid", 450, 0.9, 0.7, 1.0001), ("on-site", 320, 1.0, 0.95, 1.05)]
"""Codes of work modes with a number of contributors, and their pay by that of their class with its interval."""
SHOWN = [
    ("Remote", "1,234", "+10.0%\n+5.0% to +16.0%"),
    ("Hybrid", "450", "−10.0%\n−30.0% to +0.0%"),
    ("On-site", "320", "+0.0%\n−5.0% to +5.0%"),
]
LEDGER = [("premium-by-work-mode", 0.1), ("premium-by-education", 0.1), ("job-satisfaction-by-role-family", 0.04)]
LEDGER += [("competing-offers-by-role-family", 0.04), ("contributors-by-country-and-role-family", 0.2)]
BY_FAMILY = [
    ("job-satisfaction-by-role-family", "research", "NULL", 800, "3.5, 3.25, 3.75"),
    ("job-satisfaction-by-role-family", "security", "NULL", 900, "4, 3.5, 4.5"),
    ("competing-offers-by-role-family", "research", "NULL", 760, "0.425, 0.4, 0.45"),
    ("contributors-by-country-and-role-family", "research", "'de'", 151, "NULL, NULL, NULL"),
    ("contributors-by-country-and-role-family", "research", "'us'", 1_500, "NULL, NULL, NULL"),
    ("contributors-by-country-and-role-family", "machine-learning", "'us'", 2_500, "NULL, NULL, NULL"),
]
"""The table, role family, country (all if it is NULL), number, and mean with its interval of a cell."""

WORLD_MEDIANS = ("BASE_SALARY", "TOTAL_COMPENSATION")
CONTRIBUTED = [
    {"role": "research", "country": country, "source": "contributors", "base_salary": 1_000 * thousands}
    for country, amounts in (("us", range(100, 120)), ("de", range(50, 60)))
    for thousands in amounts
]
"""Of 1,651 contributors 151 are in Germany and below all others, so that half of all are reached with the ninth of the 20
records of the United States, each of which has the weight of 75 contributors."""


@pytest.fixture(scope="module")
def site_database(server_url: str, sample_template: str) -> Iterator[str]:
    """The 3,000 made-up records, 30 contributed ones, and tables of 2025; the one by education has no cell."""
    with clone(server_url, sample_template) as url:
        with bulk_connection(url) as rows:
            for table, epsilon in LEDGER:
                rows.execute(f"INSERT INTO privacy_ledger VALUES (2025, '{table}', {epsilon}, 1)")
            for code, number, *ratios in CELLS:
                rows.execute(
                    "INSERT INTO protected_cell (year, table_name, value, country, number, mean, low, high) "
                    f"SELECT 2025, 'premium-by-work-mode', id, 0, {number}, {', '.join(str(log(ratio)) for ratio in ratios)} "
                    f"FROM factor_value WHERE factor = 'work_mode' AND code = '{code}'"
                )
            for table, family, country, number, figures in BY_FAMILY:
                rows.execute(
                    "INSERT INTO protected_cell (year, table_name, value, country, number, mean, low, high) "
                    f"SELECT 2025, '{table}', id, coalesce((SELECT id FROM factor_value WHERE factor = 'country' "
                    f"AND code = {country}), 0), {number}, {figures} "
                    f"FROM factor_value WHERE factor = 'role' AND code = '{family}'"
                )
            rows.commit()
        publish(url, CONTRIBUTED)
        yield url


@pytest.fixture
def section(page: Page) -> Locator:
    page.goto("/about")
    return page.get_by_role("region", name="What contributors reported", exact=True)


def cells(table: Locator) -> list[tuple[str, ...]]:
    """The texts of each row without the header."""
    expect(table).to_be_visible()
    return [tuple(row.locator("th, td").all_inner_texts()) for row in table.locator("tbody tr").all()]


def downloaded(page: Page, section: Locator, name: str) -> list[dict[str, str]]:
    """The rows of the file that the section's button downloads."""
    with page.expect_download() as downloading:
        section.get_by_role("button", name="Download this table (CSV)").click()
    assert downloading.value.suggested_filename == name
    return list(csv.DictReader(io.StringIO(Path(downloading.value.path()).read_text())))


def test_premiums_are_shown_with_intervals_year_epsilon_and_method(section: Locator) -> None:
    table = section.get_by_role("table", name="Premiums of contributors by work mode, 2025")
    assert cells(table) == SHOWN
    expect(table.get_by_role("columnheader")).to_have_text(["Work mode", "Contributors (about)", "Premium and 95% CI"])
    expect(section).to_contain_text("Year 2025, epsilon 0.1. Geometric mean of base salaries")


def test_every_protected_table_is_in_the_picker(section: Locator) -> None:
    options = section.get_by_label("Table").get_by_role("option")
    expect(options).to_have_count(len(TABLES) + len(WORLD_MEDIANS))
    expected = {factor.name for factor in PREMIUM_FACTORS} | {measure.name for measure in FAMILY_MEASURES}
    shown = options.evaluate_all("all => all.map((one) => one.value)")
    assert sorted(shown) == sorted(expected | {"COMPETING_OFFERS", "CONTRIBUTORS", *WORLD_MEDIANS})


def test_means_and_shares_are_by_role_family(page: Page, section: Locator) -> None:
    section.get_by_label("Table").select_option("Job satisfaction")
    means = section.get_by_role("table", name="Job satisfaction by role family, 2025")
    assert cells(means) == [("Security", "900", "4.00\n3.50 to 4.50"), ("Research and science", "800", "3.50\n3.25 to 3.75")]
    expect(means.get_by_role("columnheader")).to_have_text(["Role family", "Contributors (about)", "Mean and 95% CI"])
    expect(section).to_contain_text("Year 2025, epsilon 0.04. Mean over the contributors who answered")
    section.get_by_label("Table").select_option("Competing offers")
    shares = section.get_by_role("table", name="Contributors with competing offers by role family, 2025")
    assert cells(shares) == [("Research and science", "760", "42.5%\n40.0% to 45.0%")]
    expect(page).to_have_url("/about?table=COMPETING_OFFERS")
    assert downloaded(page, section, "payrank-contributed-by-competing-offers-2025.csv") == [
        {
            "Role family": "Research and science",
            "Contributors (about)": "760",
            "Share (0 to 1)": "0.425",
            "Share (0 to 1), 95% CI low": "0.4",
            "Share (0 to 1), 95% CI high": "0.45",
        }
    ]


def test_world_medians_are_weighted_by_country(page: Page, section: Locator) -> None:
    section.get_by_label("Table").select_option("BASE_SALARY")
    table = section.get_by_role("table", name="World medians of base salary by role family, 2025")
    assert cells(table) == [("Research and science", "1,651", "30", "$108,000\n$104,000 to $113,000")]
    expect(table.get_by_role("columnheader")).to_have_text(
        ["Role family", "Contributors (about)", "Records", "Median and 95% CI"]
    )
    expect(section).to_contain_text("Year 2025, epsilon 0.2. Medians of contributed records, in which each country has")
    assert downloaded(page, section, "payrank-contributed-by-base-salary-2025.csv") == [
        {
            "Role family": "Research and science",
            "Contributors (about)": "1651",
            "Records": "30",
            "Median (US dollars)": "108000",
            "Median (US dollars), 95% CI low": "104000",
            "Median (US dollars), 95% CI high": "113000",
        }
    ]
    section.get_by_label("Table").select_option("TOTAL_COMPENSATION")
    expect(section).to_contain_text("No role family has enough contributors for a world median.")


def test_numbers_of_contributors_are_by_country_and_role_family(page: Page, section: Locator) -> None:
    section.get_by_label("Table").select_option("By country and role family")
    table = section.get_by_role("table", name="Contributors by country, Machine learning, 2025")
    assert cells(table) == [("United States", "2,500")]
    section.get_by_label("Role family").select_option("Research and science")
    expect(page).to_have_url("/about?table=CONTRIBUTORS&family=research")
    table = section.get_by_role("table", name="Contributors by country, Research and science, 2025")
    assert cells(table) == [("United States", "1,500"), ("Germany", "151")]
    expect(section).to_contain_text("Year 2025, epsilon 0.2.")
    assert downloaded(page, section, "payrank-contributed-by-contributors-research-2025.csv") == [
        {"Country": "United States", "Contributors (about)": "1500"},
        {"Country": "Germany", "Contributors (about)": "151"},
    ]


def test_a_table_without_values_says_why(page: Page, section: Locator) -> None:
    section.get_by_label("Table").select_option("Education")
    expect(section).to_contain_text("No value has the 300 contributors that this table needs.")
    expect(page).to_have_url("/about?table=EDUCATION")
    expect(section.get_by_role("table")).to_have_count(0)
    section.get_by_label("Table").select_option("Industry")
    expect(section).to_contain_text("No protected tables are published yet.")


def test_the_ledger_lists_the_epsilon_of_every_table(section: Locator) -> None:
    section.get_by_text("Privacy ledger").click()
    assert cells(section.get_by_role("table", name="Epsilon of every published table")) == [
        ("2025", "Competing offers by role family", "0.04"),
        ("2025", "Contributors by country and role family", "0.2"),
        ("2025", "Job satisfaction by role family", "0.04"),
        ("2025", "Premium by education", "0.1"),
        ("2025", "Premium by work mode", "0.1"),
    ]


def test_the_table_is_downloaded_as_csv(page: Page, section: Locator) -> None:
    rows = downloaded(page, section, "payrank-contributed-by-work-mode-2025.csv")
    assert [(row["Work mode"], row["Contributors (about)"]) for row in rows] == [
        ("Remote", "1234"),
        ("Hybrid", "450"),
        ("On-site", "320"),
    ]
    figures = ("Premium (%)", "Premium (%), 95% CI low", "Premium (%), 95% CI high")
    for row, (*_, middle, low, high) in zip(rows, CELLS, strict=True):
        expected = [100 * (ratio - 1) for ratio in (middle, low, high)]
        assert [float(row[name]) for name in figures] == pytest.approx(expected)


def test_claims_link_to_the_table_of_their_factor(page: Page) -> None:
    page.goto("/factors")
    remote = page.get_by_role("article", name="Remote work pays a little less", exact=True)
    expect(remote).to_contain_text("What contributors reported by work mode: base salary, worldwide, 2025.")
    links = page.get_by_role("link", name="What contributors reported by")
    expect(links).to_have_count(1)  # not from the scores by work mode, nor from factors without cells
    links.click()
    expect(page).to_have_url("/about?table=WORK_MODE#reported")
    section = page.get_by_role("region", name="What contributors reported", exact=True)
    expect(section.get_by_label("Table")).to_have_value("WORK_MODE")
    expect(section.get_by_role("heading", level=2)).to_be_in_viewport()


def test_it_is_accessible_and_fits_a_small_screen(page: Page, section: Locator, axe: Axe) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    section.get_by_text("Privacy ledger").click()
    expect(section.get_by_role("table")).to_have_count(2)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
