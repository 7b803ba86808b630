"""The computations of `make validate` on small made-up files, compared with results worked out by hand."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.csv_imports import mapping_of
from support.databases import clone

from bench.validation.claims import CLAIMS, ClaimResult, ask_claims
from bench.validation.client import client_of
from bench.validation.comparison import PaySummary
from bench.validation.evidence import Estimate, Evidence, Interval, Side, difference, evidence_cell, growth, side_of
from bench.validation.imports import with_table
from bench.validation.official_wages import LocalComparison, by_industry, by_metro
from bench.validation.postings import Pair, pairs_of
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from service.store.bulk import bulk_connection
from service.store.reference import load_reference

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "seed" / "reference"
OCCUPATION, ROLE = "15-2051", "data-scientist"
CITIES = {
    "0035620": ("New York", "", "NY"),
    "0031080": ("Los Angeles", "", "CA"),
    "0016980": ("Chicago", "", "IL"),
    "0041860": ("San Francisco", "", "CA"),
    "0042660": ("Seattle", "", "WA"),
    "0014460": ("Boston", "", "MA"),
    "0012060": ("Atlanta", "", "GA"),
    "0019740": ("Denver", "", "CO"),
    "0038060": ("Phoenix", "", "AZ"),
    "0012420": ("Nowhere", "TRAVIS", "TX"),  # a city in no list is found by its county, here that of Austin
}
FEW = ("Nashville", "", "TN")
INDUSTRIES = {
    "325400": "325412",
    "334400": "334413",
    "481000": "481111",
    "513200": "513210",
    "517000": "517112",
    "522000": "522110",
    "541500": "541511",
    "541600": "541611",
    "611300": "611310",
    "622000": "622110",
}
"""The codes of BLS for industries, and of NAICS for applications in them."""
IN_FINANCE = "523930"
"""Finance includes banking (522), which is compared, so these applications are in no compared industry."""
COLUMNS = (
    "CASE_NUMBER",
    "CASE_STATUS",
    "DECISION_DATE",
    "JOB_TITLE",
    "SOC_CODE",
    "FULL_TIME_POSITION",
    "EMPLOYER_NAME",
    "NAICS_CODE",
    "WORKSITE_CITY",
    "WORKSITE_COUNTY",
    "WORKSITE_STATE",
    "WAGE_RATE_OF_PAY_FROM",
    "WAGE_RATE_OF_PAY_TO",
    "WAGE_UNIT_OF_PAY",
)
Worksite = tuple[str, str, str]


def official(areas: set[str], industries: set[str]) -> dict[str, int]:
    """The official medians of data scientists by area, or by industry of the whole country."""
    with (REFERENCE / "oews_wage.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["occupation"] == OCCUPATION]
    local = {row["area"]: int(row["p50"]) for row in rows if row["area"] in areas and not row["industry"]}
    national = (row for row in rows if row["area"] == "0000000" and row["industry"] in industries)
    return local | {row["industry"]: int(row["p50"]) for row in national}


def offered(medians: dict[str, int]) -> dict[str, int]:
    """Median offers in the order of official medians, except that each two neighbours are swapped."""
    ranked = sorted(medians, key=lambda code: medians[code])
    swapped = [code for pair in zip(ranked[1::2], ranked[::2], strict=True) for code in pair]
    return {code: 100_000 + 2_000 * rank for rank, code in enumerate(swapped)}


SWAPPED_RHO = 1 - 6 * 10 / (10 * 99)
"""Spearman's correlation of ten ranks of which each two neighbours are swapped: the sum of the squared differences is 10."""


def applications(naics: str, worksite: Worksite, median: int, count: int = 20) -> Iterator[tuple[str, ...]]:
    """Offers around a median, half of them with an hourly wage."""
    city, county, state = worksite
    for number in range(count):
        pay = median + 500 * (number - (count - 1) / 2)
        wage, unit = (f"{pay / 2080:.6f}", "Hour") if number % 2 else (f"{pay:,.2f}", "Year")
        case = f"I-200-{naics}-{city}-{number}"
        yield (
            case,
            "Certified",
            "2024-02-01",
            "Data Scientist",
            "15-2051.00",
            "Y",
            "Made-up Inc.",
            naics,
            city,
            county,
            state,
            wage,
            "",
            unit,
        )


@pytest.fixture(scope="module")
def compared(
    server_url: str, empty_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LocalComparison, LocalComparison]]:
    """The comparisons by metro area and by industry of made-up applications in the layout of the Department of Labor."""
    metros, industries = offered(official({*CITIES}, set())), offered(official(set(), {*INDUSTRIES}))
    path = tmp_path_factory.mktemp("applications") / "LCA_Disclosure_Data_FY2024_Q2.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for area, median in metros.items():
            writer.writerows(applications("", CITIES[area], median))
        writer.writerows(applications("", FEW, 100_000, count=19))
        for industry, median in industries.items():
            writer.writerows(applications(INDUSTRIES[industry], ("", "", "AK"), median))
        writer.writerows(applications(IN_FINANCE, ("", "", "AK"), 100_000))
    with clone(server_url, empty_template) as url:
        assert import_file(url, builtin_mapping("lca"), str(path)).imported == 20 * 10 + 19 + 20 * 11
        with bulk_connection(url) as connection:
            taxonomy = load_reference(connection).taxonomy
        with client_of(url) as client:
            yield by_metro(client, "lca", ROLE), by_industry(client, taxonomy, "lca", ROLE)


def test_medians_by_metro_area(compared: tuple[LocalComparison, LocalComparison]) -> None:
    found, _ = compared
    medians = official({*CITIES}, set())
    assert (found.occupation, found.reported, found.records) == ("Data Scientists", 219, 200)
    assert sorted(found.pairs.values()) == sorted((offered(medians)[area], medians[area]) for area in CITIES)
    assert found.correlation
    assert found.correlation.rho == pytest.approx(SWAPPED_RHO)
    ratios = sorted(offered(medians)[area] / medians[area] for area in CITIES)
    assert found.ratio == pytest.approx((ratios[4] + ratios[5]) / 2)


def test_medians_by_industry(compared: tuple[LocalComparison, LocalComparison]) -> None:
    _, found = compared
    medians = official(set(), {*INDUSTRIES})
    assert (found.occupation, found.reported, found.records) == ("Data Scientists", 220, 200)
    assert sorted(found.pairs.values()) == sorted((offered(medians)[code], medians[code]) for code in INDUSTRIES)
    assert found.correlation
    assert found.correlation.rho == pytest.approx(SWAPPED_RHO)


def test_few_groups_have_no_correlation() -> None:
    pairs = {str(number): (float(number), float(number)) for number in range(9)}
    assert LocalComparison("lca", None, "", 0, 0, pairs).correlation is None
    assert LocalComparison("lca", None, "", 0, 0, {}).ratio is None


def summary(count: int, median: float) -> PaySummary:
    return PaySummary(count, (None, None, median, None, None))


def test_groups_of_two_sources() -> None:
    first = {("a",): summary(20, 100.0), ("b",): summary(30, 100.0), ("c",): summary(19, 1.0), ("d",): summary(50, 1.0)}
    second = {("a",): summary(20, 90.0), ("b",): summary(21, 125.0), ("c",): summary(50, 1.0)}
    found = pairs_of(first, second)
    assert [pair.key for pair in found] == [("b",), ("a",)]
    assert [pair.difference for pair in found] == pytest.approx([0.25, -0.1])
    assert isinstance(found[0], Pair)


# Claims


def estimate(low: float, high: float, predicted: Side = "above") -> Estimate:
    return Estimate("x", Interval((low + high) / 2, low, high), 10, predicted)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (Evidence([]), "no figure"),
        (Evidence([estimate(1, 2)]), "supported"),
        (Evidence([estimate(-2, -1, "below"), estimate(1, 2)]), "supported"),
        (Evidence([estimate(1, 2)], missing=["y"]), "partly supported"),
        (Evidence([estimate(1, 2), estimate(-1, 2)]), "partly supported"),
        (Evidence([estimate(-2, -1)]), "not supported"),
        (Evidence([estimate(1, 2)], threshold=1.5), "not supported"),
    ],
)
def test_verdicts(found: Evidence, verdict: str) -> None:
    assert found.verdict == verdict


def test_intervals_of_differences_and_growth() -> None:
    """Half-widths of 3 and 4 have one of 5; 21% in two years are 10% a year."""
    assert difference(Interval(4, 1, 7), Interval(3, -1, 7)) == Interval(1, -4, 6)
    found = growth(Interval(121, 110, 133.1), Interval(100, 100, 100), 2)
    assert (found.value, found.low, found.high) == pytest.approx((10, 100 * (1.1**0.5 - 1), 100 * (1.1**1.5 - 1)))
    assert [side_of(Interval(0, low, high), 5) for low, high in ((6, 7), (5, 7), (1, 4))] == ["above", None, "below"]


def test_cells_of_evidence() -> None:
    assert evidence_cell(Evidence([estimate(1, 2)])) == "x +1.5% (+1.0% to +2.0%; 10)"
    assert evidence_cell(Evidence([estimate(-0.5, 0.25)], "score")) == "x -0.12 (-0.50 to +0.25; 10)"
    many = [Estimate(label, Interval(value, 0, 9), 1, "above") for label, value in zip("badc", (2, 1, 4, 3), strict=True)]
    assert evidence_cell(Evidence(many)) == "4 values, from a +1.0% to d +4.0%"


def test_claims_are_those_of_the_page() -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "web" / "src" / "pages" / "factors").glob("*claims.ts"))
    assert sorted(re.findall(r'^\s+statement: "(.+)",$', "".join(texts), re.MULTILINE)) == sorted(
        claim.statement for claim in CLAIMS
    )


SURVEY = """
[effective]
column = "month"

[dataset]
code = "made-up"
kind = "survey"

[pay]
base = "base"
bonus = "bonus"
currency = "USD"

[[factor]]
factor = "work_mode"
column = "mode"

[[factor]]
factor = "role"
constant = "data-scientist"
"""


@pytest.fixture(scope="module")
def asked(
    server_url: str, empty_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ClaimResult]]:
    """64 answers: 99,000 or 101,000 on site, 10% less remote, and 10% more of everything in the second year."""
    lines = ["month,base,bonus,mode"]
    for year, level in ((2023, 1.0), (2024, 1.1)):
        for mode, share in (("on-site", 1.0), ("remote", 0.9)):
            amounts = [base * share * level for base in (99_000, 101_000) * 8]
            lines += [f"{year}-06,{amount:.0f},{amount / 10:.0f},{mode}" for amount in amounts]
    folder = tmp_path_factory.mktemp("answers")
    path = folder / "answers.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with clone(server_url, empty_template) as url:
        assert import_file(url, mapping_of(folder, SURVEY), str(path)).imported == 64
        with client_of(url) as client:
            yield {one.statement: one for one in ask_claims(client, {"survey": ["made-up"], "none": ["lca"]})}


def test_what_a_source_says(asked: dict[str, ClaimResult]) -> None:
    remote = asked["Remote work pays a little less"].evidence["survey"]
    assert remote.verdict == "supported"
    [found] = remote.estimates
    assert (found.label, found.records) == ("Remote", 32)
    assert found.interval.value == pytest.approx(-10)
    rising = asked["Pay keeps rising"].evidence["survey"]
    assert [(one.label, one.records) for one in rising.estimates] == [("2023 to 2024", 64)]
    assert rising.estimates[0].interval.value == pytest.approx(10, abs=0.001)
    parts = asked["Bonus and equity add significantly"].evidence["survey"]
    assert [(one.label, round(one.interval.value, 3)) for one in parts.estimates] == [("bonus", 10.0)]


def test_what_a_source_cannot_say(asked: dict[str, ClaimResult]) -> None:
    silent = {statement: result.silent.get("survey") for statement, result in asked.items()}
    assert silent["Hubs pay more"] == "no metro area"
    assert silent["Work-life balance is better away from the office"] == "no work-life balance"
    assert silent["Pay will be higher in a year"] == "too few quarters"
    assert [statement for statement, reason in silent.items() if reason is None] == [
        "Remote work pays a little less",
        "Bonus and equity add significantly",
        "Pay keeps rising",
    ]
    assert all("none" in result.silent for result in asked.values())


def test_the_table_of_imports_replaces_the_former_one() -> None:
    page = "before\n<!-- written by make validate -->\nold\n<!-- end -->\nafter\n"
    header = "| name | rows | records | merged | left out | refused | doubtful | unknown |"
    rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    assert with_table(page, {}) == page.replace("old", f"{header}\n{rule}")
