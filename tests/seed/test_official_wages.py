"""The official wages and the occupations of roles, compared with the files that they were compiled from."""

import csv
import gzip
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest
from support.databases import run_autocommit
from support.sample_tables import numbered_reference

from seed.official_wages import occupation_code, occupations_of_roles
from seed.reference_data import REFERENCE, load_reference_data, official_wages, role_occupations, terms
from service.errors import DataError
from service.store.bulk import bulk_connection
from service.vocabulary.factors import Factor
from service.vocabulary.official_wages import OfficialWage

WAGES = {(wage.occupation_code, wage.area_code, wage.naics_code): wage for wage in official_wages()}
ROLES = {role.role: role for role in role_occupations()}
KNOWN = {(term.factor, term.code) for term in terms()}


def lines(folder: Path, name: str) -> list[dict[str, str]]:
    with gzip.open(folder / name, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def published(data_files: Path) -> list[dict[str, str]]:
    return lines(data_files, "us_bls_oews_may2025_tech_occupations.csv.gz")


@pytest.fixture(scope="module")
def filings(data_files: Path) -> list[dict[str, str]]:
    return lines(data_files, "us_dol_lca_fy2024q1_certified_fulltime.csv.gz")


@pytest.mark.real_data
def test_every_figure_is_that_of_bls(published: list[dict[str, str]]) -> None:
    def figures(row: dict[str, str]) -> tuple[str, ...]:
        annual = (row[f"annual_{name}"] for name in ("mean", "p10", "p25", "p50", "p75", "p90"))
        return (row["soc_title"], row["area_name"], row["industry_name"], row["employment"], *annual)

    def stored(wage: OfficialWage) -> tuple[str, ...]:
        amounts = (wage.employment, wage.mean, wage.p10, wage.p25, wage.p50, wage.p75, wage.p90)
        return (wage.occupation, wage.area, wage.naics_title, *("-" if one is None else str(one) for one in amounts))

    expected = {(row["soc_code"], row["area_code"], row["industry_code"]): figures(row) for row in published}
    assert len(expected) == len(published) == 11_957
    assert {key: stored(wage) for key, wage in WAGES.items()} == expected
    assert {(wage.source, wage.year, wage.currency) for wage in WAGES.values()} == {("oews-2025", 2025, "USD")}


@pytest.mark.real_data
def test_areas_are_joined_by_their_codes_and_names(published: list[dict[str, str]]) -> None:
    cbsa = {term.aliases[0]: term.code for term in terms() if term.factor is Factor.METRO and term.aliases}
    states = {term.label: (term.factor, term.code) for term in terms() if term.code.startswith("us-")}
    territories = {"Guam": "gu", "Puerto Rico": "pr", "Virgin Islands": "vi", "National": "us"}
    names = states | {name: (Factor.COUNTRY, code) for name, code in territories.items()}
    places = {wage.area_code: wage.place for wage in WAGES.values()}
    areas = {(row["area_type"], row["area_code"]) for row in published}
    assert Counter(kind for kind, _ in areas) == {"metro_or_nonmetro": 528, "state": 54, "national": 1}
    for row in published:
        if row["area_type"] == "metro_or_nonmetro":
            code = cbsa.get(row["area_code"][2:])
            assert places[row["area_code"]] == ((Factor.METRO, code) if code else None), row["area_name"]
        else:
            assert places[row["area_code"]] == names[row["area_name"]]


def test_places_and_industries_are_joined_to_at_most_one_area_and_industry() -> None:
    places = {wage.area_code: wage.place for wage in WAGES.values() if wage.place}
    assert len(places) == len(set(places.values())) == 387 + 51 + 4
    assert set(places.values()) <= KNOWN
    industries = {wage.naics_code: wage.industry for wage in WAGES.values() if wage.industry}
    assert len(industries) == len(set(industries.values())) == 40
    assert {(Factor.INDUSTRY, code) for code in industries.values()} <= KNOWN
    assert (industries["513200"], industries["52--53"], industries["541500"]) == ("software", "finance", "it-services")
    assert "000000" not in industries


def test_known_joins() -> None:
    places = {wage.area: wage.place for wage in WAGES.values()}
    assert places["San Jose-Sunnyvale-Santa Clara, CA"] == (Factor.METRO, "san-jose")
    assert places["New York-Newark-Jersey City, NY-NJ"] == (Factor.METRO, "new-york")
    assert places["Georgia"] == (Factor.SUBDIVISION, "us-ga")
    assert places["Puerto Rico"] == (Factor.COUNTRY, "pr")
    assert places["Northeast Alabama nonmetropolitan area"] is None
    assert places["San Juan-Bayamon-Caguas, PR"] is None


def test_roles_have_an_occupation_of_at_least_half_of_their_filings() -> None:
    assert {(Factor.ROLE, role) for role in ROLES} <= KNOWN
    assert all(role.share >= 0.5 and role.filings >= 5 for role in ROLES.values())
    assert (ROLES["data-scientist"].occupation_code, ROLES["actuary"].occupation_code) == ("15-2051", "15-2011")
    assert "data-engineer" not in ROLES


def filing(title: str, code: str) -> dict[str, str]:
    return {"JOB_TITLE": title, "SOC_CODE": code}


def test_occupation_of_a_role_is_that_of_most_filings_with_its_titles() -> None:
    found = occupations_of_roles(
        [
            *[filing("Senior Data Scientist", "15-2051.01")] * 3,
            filing("Data Scientist, Payments ", "15-2041"),
            filing("DATA SCIENTIST II", "15-1111"),
            *[filing("Software Engineer", "15-1132")] * 2,
            *[filing("Software Engineer", "15-1252.00")] * 2,
            filing("Software Engineer", "15-1299.08"),
            *[filing("Actuary", "15-2011")] * 4,
            *[filing("Statistician", "15-2041")] * 3,
            *[filing("Statistician", "15-2099")] * 3,
            *[filing("Welder", "51-4121")] * 9,
        ],
        numbered_reference(1).taxonomy,
    )
    assert {role.role: (role.occupation_code, role.share, role.filings) for role in found} == {
        "data-scientist": ("15-2051", 0.6, 5),
        "data-science": ("15-2051", 0.6, 5),
        "software-engineer": ("15-1252", 0.8, 5),
        "software-engineering": ("15-1252", 0.8, 5),
    }, "actuaries have too few, statisticians two codes, and their family of ten has four, three and three"


@pytest.mark.slow
@pytest.mark.real_data
def test_occupations_of_all_roles_equal_a_count_of_the_filings(filings: list[dict[str, str]]) -> None:
    taxonomy, read = numbered_reference(1).taxonomy, cache(numbered_reference(1).titles.read)
    roles = [reading.code if (reading := read(row["JOB_TITLE"]).role) else "" for row in filings]
    codes = [occupation_code(row["SOC_CODE"]) for row in filings]
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for role, code in zip(roles, codes, strict=True):
        if role:
            counted[role][code] += 1
            family = taxonomy.find(Factor.ROLE, role).parent
            if family:
                counted[taxonomy[family].code][code] += 1
    expected = {}
    for role, counts in counted.items():
        total, most = sum(counts.values()), max(counts.values())
        leading = [code for code, count in counts.items() if count == most]
        if total >= 5 and most / total >= 0.5 and len(leading) == 1:
            expected[role] = (leading[0], pytest.approx(most / total, abs=0.0005), total)
    assert {role.role: (role.occupation_code, role.share, role.filings) for role in ROLES.values()} == expected
    assert ROLES["data-scientist"].filings == 1_061


def test_loading_again_changes_nothing_and_corrections_are_loaded(database_url: str) -> None:
    def wages() -> list[dict[str, object]]:
        with bulk_connection(database_url) as rows:
            order = "ORDER BY occupation_code, area_code, naics_code"
            return rows.query(f"SELECT *, xmin::text AS version FROM official_wage {order}").to_pylist()

    before = wages()
    assert len(before) == len(WAGES)
    load_reference_data(database_url)
    assert wages() == before
    run_autocommit(database_url, "UPDATE official_wage SET p50 = p50 + 1 WHERE area_code = '0041940'")
    load_reference_data(database_url)
    assert [{**row, "version": ""} for row in wages()] == [{**row, "version": ""} for row in before]


@pytest.mark.parametrize(
    ("file", "text", "problem"),
    [
        ("oews_wage", "15-2051,0041940,,6060,x,1,1,1,1,1", "oews_wage.csv, line 2: 'x' is not a whole number"),
        ("oews_wage", "15-2052,0041940,,6060,1,1,1,1,1,1", "'15-2052' is not a code of oews_occupation.csv"),
        ("oews_wage", "15-2051,0041941,,6060,1,1,1,1,1,1", "'0041941' is not a code of oews_area.csv"),
        ("oews_wage", "15-2051,0041940,9,6060,1,1,1,1,1,1", "'9' is not a code of oews_industry.csv"),
        ("oews_area", "9999999,Nowhere,planet:earth", "oews_area.csv, line 2: 'planet' is not a factor"),
        ("oews_area", "0000000,National,", "oews_area.csv, line 3: the code '0000000' is already on an earlier line"),
    ],
)
def test_error_in_a_file(tmp_path: Path, file: str, text: str, problem: str) -> None:
    for path in REFERENCE.glob("oews_*.csv"):
        content = path.read_text("utf-8").splitlines(keepends=True)
        (tmp_path / path.name).write_text(
            "".join([content[0], f"{text}\n" if path.stem == file else "", *content[1:]]), "utf-8"
        )
    with pytest.raises(DataError) as raised:
        official_wages(tmp_path)
    assert problem in str(raised.value)
