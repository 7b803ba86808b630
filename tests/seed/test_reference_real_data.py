"""The reference data, compared with the real data sets that it was compiled from."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from seed import reference_data as reference
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import fold

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TERMS = reference.terms()

pytestmark = pytest.mark.real_data


def lines(name: str) -> Iterator[list[str]]:
    content = (DATA / name).read_bytes()
    text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8-sig")
    yield from csv.reader(io.StringIO(text, newline=""))


def cells(name: str, column: str) -> set[str]:
    rows = lines(name)
    at = next(rows).index(column)
    return {row[at] for row in rows}


def spellings(factor: Factor) -> dict[str, str]:
    found: dict[str, str] = {}
    for term in TERMS:
        if term.factor is factor:
            found |= {fold(text): term.code for text in (term.code, term.label, *term.aliases)}
    return found


TITLES = (
    ("aijobs_salaries_2025-08-03.csv.gz", "job_title"),
    ("aijobs_salaries_2022-12-25.csv.gz", "job_title"),
    ("stackoverflow_2025_compensation_extract.csv.gz", "PrimaryRole"),
    ("stackoverflow_2017_compensation_extract.csv.gz", "DeveloperType"),
)


@pytest.mark.parametrize(("name", "column"), TITLES)
def test_every_title_is_a_role_or_listed_as_unmapped(name: str, column: str) -> None:
    titles = {title.strip() for cell in cells(name, column) for title in cell.split(";")}
    known = spellings(Factor.ROLE).keys() | {fold(title) for title in reference.unmapped_titles()}
    assert {title for title in titles if fold(title) not in known} == set()


def test_machine_learning_engineer_has_a_single_title() -> None:
    titles = cells("aijobs_salaries_2025-08-03.csv.gz", "job_title")
    assert len(titles) == 422
    roles = spellings(Factor.ROLE)
    named = {title for title in titles if roles.get(fold(title)) == "machine-learning-engineer"}
    assert named == {"Machine Learning Engineer"}
    assert not [term for term in TERMS if term.parent == (Factor.ROLE, "machine-learning-engineer")]


def test_every_country_of_the_surveys_is_known() -> None:
    named = cells("stackoverflow_2025_compensation_extract.csv.gz", "Country")
    named |= cells("stackoverflow_2017_compensation_extract.csv.gz", "Country")
    known = spellings(Factor.COUNTRY)
    assert {name for name in named if fold(name) not in known} == {"Nomadic", "I prefer not to say"}


def test_every_country_of_the_world_bank_is_known_by_its_name() -> None:
    codes = cells("geonames_countries.csv", "iso3")
    rows = [row for row in lines("worldbank_price_level_ratio_PA.NUS.PPPC.RF_1960_2024.csv.gz") if len(row) > 4]
    named = {row[0]: row[1] for row in rows if row[1] in codes} | {
        row[0]: row[1] for row in lines("worldbank_ppp_factor_PA.NUS.PPP.csv.gz") if row[0] != "Country"
    }
    assert len(named) > 210
    known = spellings(Factor.COUNTRY)
    wrong = {name for name, code in named.items() if known.get(fold(name), name) != known.get(fold(code), code)}
    assert wrong == set()


def test_every_country_of_aijobs_and_geonames_is_known_by_its_code() -> None:
    codes = cells("aijobs_salaries_2025-08-03.csv.gz", "employee_residence")
    codes |= cells("aijobs_salaries_2025-08-03.csv.gz", "company_location") | cells("geonames_countries.csv", "iso2")
    assert "NA" in codes
    assert codes <= {term.code.upper() for term in TERMS if term.factor is Factor.COUNTRY}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("stackoverflow_2025_compensation_extract.csv.gz", "LanguageHaveWorkedWith"),
        ("stackoverflow_2017_compensation_extract.csv.gz", "HaveWorkedLanguage"),
    ],
)
def test_every_language_of_the_surveys_is_a_skill(name: str, column: str) -> None:
    languages = {language.strip() for cell in cells(name, column) for language in cell.split(";")} - {"", "NA"}
    known = spellings(Factor.SKILL)
    assert {language for language in languages if fold(language) not in known} == set()


def test_every_major_of_2017_is_a_field_of_study() -> None:
    majors = cells("stackoverflow_2017_compensation_extract.csv.gz", "MajorUndergrad") - {"NA"}
    assert {major for major in majors if fold(major) not in spellings(Factor.FIELD_OF_STUDY)} == set()


TERRITORIES = {"GU", "VI", "MP", "AS", "PW", "FM", "MH"}
"""In the filings, but not in the reference data."""


def test_every_state_of_the_filings_is_known_by_its_postal_code() -> None:
    states = cells("us_dol_lca_fy2024q1_certified_fulltime.csv.gz", "WORKSITE_STATE") - {""}
    known = spellings(Factor.SUBDIVISION)
    assert {state for state in states if not known.get(fold(state), "").startswith("us-")} <= TERRITORIES


YEARS = range(2015, 2025)


def levels(factor: Factor) -> dict[tuple[str, int], float]:
    return {(level.place[1], level.year): level.level for level in reference.price_levels() if level.place[0] is factor}


def test_price_levels_of_countries_equal_the_world_bank() -> None:
    by_iso3 = {row[3]: row[2].lower() for row in lines("geonames_countries.csv")}
    found: dict[tuple[str, int], float] = {}
    for row in lines("worldbank_price_level_ratio_PA.NUS.PPPC.RF_1960_2024.csv.gz"):
        if len(row) > 60 and row[1] in by_iso3:
            values = {year: row[4 + year - 1960] for year in YEARS}
            found |= {(by_iso3[row[1]], year): round(100 * float(ratio), 3) for year, ratio in values.items() if ratio}
    assert levels(Factor.COUNTRY) == found


def test_price_levels_of_metros_equal_bea() -> None:
    by_cbsa = {term.aliases[0]: term.code for term in TERMS if term.factor is Factor.METRO and term.aliases}
    found: dict[tuple[str, int], float] = {}
    for row in lines("us_bea_MARPP_MSA_2008_2024.csv.gz"):
        area = row[0].strip(' "')
        if len(row) == 25 and row[4] == "1" and area in by_cbsa:
            values = {year: row[8 + year - 2008] for year in YEARS}
            found |= {(by_cbsa[area], year): float(index) for year, index in values.items() if index != "(NA)"}
    assert len({code for code, _ in found}) == 387
    assert levels(Factor.METRO) == found


def test_price_levels_of_states_equal_bea() -> None:
    names = {term.label: term.code for term in TERMS if term.parent == (Factor.COUNTRY, "us")}
    found: dict[tuple[str, int], float] = {}
    for row in lines("us_bea_SARPP_STATE_2008_2023.csv.gz"):
        if len(row) == 24 and row[6].strip() == "RPPs: All items" and row[1] in names:
            found |= {(names[row[1]], year): float(row[8 + year - 2008]) for year in YEARS if year < 2024}
    for row in lines("us_bea_rpp_state_2024.csv"):
        if row[2] in names:
            found[names[row[2]], 2024] = float(row[3])
    assert len(found) == 51 * len(YEARS)
    assert levels(Factor.SUBDIVISION) == found


def test_currency_rates_equal_the_ecb_in_complete_years() -> None:
    rates = {(rate.currency, rate.year): rate.usd for rate in reference.fx_rates()}
    rows = [row for row in lines("ecb_fx_yearly_average_1999_2026.csv") if row[1] >= "2015" and row[1].isdecimal()]
    whole = [row for row in rows if int(row[5]) >= 245 or row[1] == "2026"]
    assert len(rows) - len(whole) == 2  # the rouble ends in March 2022, the krona starts in February 2018
    assert {(row[0], int(row[1])): float(row[3]) for row in whole}.items() <= rates.items()
