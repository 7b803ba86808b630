"""The reference data, compared with the real data sets that it was compiled from."""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.sample_tables import numbered_reference

from seed import reference_data as reference
from service.vocabulary.currencies import LOCAL_CURRENCY
from service.vocabulary.factors import Factor
from service.vocabulary.spellings import fold

DATA = Path(__file__).parents[2].parent / "shared" / "data"
TERMS = reference.terms()
READER = numbered_reference(1).titles
ENGINEER = "machine-learning-engineer"

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
    unmapped = {fold(title) for title in reference.unmapped_titles()}
    read = {title: READER.read(title) for title in titles if fold(title) not in unmapped}
    assert {title for title, reading in read.items() if reading.certainty < 1} == set()


def test_titles_of_machine_learning_engineers_differ_only_by_level() -> None:
    titles = cells("aijobs_salaries_2025-08-03.csv.gz", "job_title")
    assert len(titles) == 422
    read = {title: READER.read(title) for title in titles}
    engineers = {title: reading for title, reading in read.items() if reading.role and reading.role.code == ENGINEER}
    assert {title: reading.level.code if reading.level else None for title, reading in engineers.items()} == {
        "Machine Learning Engineer": None,
        "Machine Learning Lead": "staff",
        "Machine Learning Tech Lead": "staff",
        "Lead Machine Learning Engineer": "staff",
        "Staff Machine Learning Engineer": "staff",
        "Principal Machine Learning Engineer": "principal",
    }
    assert not [term for term in TERMS if term.parent == (Factor.ROLE, ENGINEER)]


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


def test_frequent_databases_platforms_and_frameworks_of_the_survey_are_skills() -> None:
    header, *rows = lines("more/stackoverflow_2025_first1000_full_factors.csv.gz")
    columns = [header.index(f"{kind}HaveWorkedWith") for kind in ("Database", "Platform", "Webframe")]
    named = Counter(text.strip() for row in rows for column in columns for text in row[column].split(";"))
    known = spellings(Factor.SKILL)
    assert [text for text, count in named.most_common() if count >= 20 and text != "NA" and fold(text) not in known] == []


def test_every_major_of_2017_is_a_field_of_study() -> None:
    majors = cells("stackoverflow_2017_compensation_extract.csv.gz", "MajorUndergrad") - {"NA"}
    assert {major for major in majors if fold(major) not in spellings(Factor.FIELD_OF_STUDY)} == set()


TERRITORIES = {"PR", "GU", "VI", "MP", "AS", "PW", "FM", "MH"}
"""In the filings among the states, in the reference data countries as by ISO 3166."""


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


RATES = {(rate.currency, rate.year): rate.usd for rate in reference.fx_rates()}
METHODS = {row[0]: row[1].split("+") for row in csv.reader((reference.REFERENCE / "fx_rate.csv").read_text().splitlines())}
WORLD_BANK_COUNTRIES = {"CHF": "ch", "GBP": "gb", "ILS": "il", "MAD": "ma", "RSD": "rs", "XAF": "cm", "XOF": "sn"}
"""Whose figures are used of the countries that share a currency."""

H10_COUNTRIES = {
    "Australia": "AUD",
    "Brazil": "BRL",
    "Canada": "CAD",
    "China": "CNY",
    "Denmark": "DKK",
    "Hong Kong": "HKD",
    "India": "INR",
    "Japan": "JPY",
    "Malaysia": "MYR",
    "Mexico": "MXN",
    "New Zealand": "NZD",
    "Norway": "NOK",
    "Singapore": "SGD",
    "South Africa": "ZAR",
    "South Korea": "KRW",
    "Sweden": "SEK",
    "Switzerland": "CHF",
    "Taiwan": "TWD",
    "Thailand": "THB",
    "Venezuela": "VES",
}


INCOMPLETE_YEARS = {
    *((currency, 2005) for currency in ("CNY", "HRK", "IDR", "MYR", "PHP", "RON", "RUB", "THB")),
    *(("BGN", 2000), ("ISK", 2008), ("ISK", 2018), ("RUB", 2022)),
}
"""Years of which the ECB has rates for fewer than 245 days."""


def ecb_rates() -> dict[tuple[str, int], float]:
    _, *rows = lines("ecb_fx_yearly_average_1999_2026.csv")
    found = {(row[0], int(row[1])): float(row[3]) for row in rows}
    return {key: usd for key, usd in found.items() if key not in INCOMPLETE_YEARS}


def fed_rates() -> dict[tuple[str, int], float]:
    rows = [row for row in lines("fed_h10_fx_annual_1971_2025.csv") if row[1] in H10_COUNTRIES]
    return {(H10_COUNTRIES[row[1]], int(row[0][:4])): 1 / float(row[2]) for row in rows}


def implied_rates() -> dict[tuple[str, int], float]:
    """Price level ratio divided by PPP factor, by lower-case country code and year."""
    factors = {
        (row[1], row[2]): float(row[3]) for row in lines("worldbank_ppp_factor_PA.NUS.PPP.csv.gz") if row[2].isdecimal()
    }
    iso2 = {row[3]: row[2] for row in lines("geonames_countries.csv")}
    found: dict[tuple[str, int], float] = {}
    for row in lines("worldbank_price_level_ratio_PA.NUS.PPPC.RF_1960_2024.csv.gz"):
        if len(row) > 60 and row[1] in iso2:
            years = ((iso2[row[1]], str(year), row[4 + year - 1960]) for year in range(1990, 2025))
            found |= {(c.lower(), int(y)): float(text) / factors[c, y] for c, y, text in years if text and (c, y) in factors}
    return found


def test_currency_rates_equal_the_ecb_in_complete_years() -> None:
    euro_area_and_old_units = {"CYP", "EEK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL"}
    expected = {key: usd for key, usd in ecb_rates().items() if key[0] not in euro_area_and_old_units}
    assert {key: RATES.get(key) for key in expected} == pytest.approx(expected, rel=1e-9)
    assert len(expected) == 799


def test_currency_rates_equal_the_federal_reserve_where_the_ecb_has_none() -> None:
    ecb, first = ecb_rates(), {"VES": 2022}
    expected = {key: usd for key, usd in fed_rates().items() if key not in ecb and key[1] >= first.get(key[0], 1990)}
    assert {key: RATES.get(key) for key in expected} == pytest.approx(expected, rel=1e-9)


PEGS = [
    *(("AED", 3.671, "USD", 1990, 1997), ("AED", 3.6725, "USD", 1998, 2026), ("JOD", 0.709, "USD", 1996, 2026)),
    *((code, ratio, "USD", 1990, 2026) for code, ratio in {"SAR": 3.75, "QAR": 3.64, "BHD": 0.376, "OMR": 0.3845}.items()),
    *((code, ratio, "USD", 1990, 2026) for code, ratio in {"AWG": 1.79, "ANG": 1.79, "XCD": 2.7, "DJF": 177.721}.items()),
    *((code, ratio, "USD", 1990, 2026) for code, ratio in {"BBD": 2, "BZD": 2, "BSD": 1, "BMD": 1, "PAB": 1}.items()),
    *(("XCG", 1.79, "USD", 2025, 2026), ("STN", 24.5, "EUR", 2018, 2026), ("BGN", 1.95583, "EUR", 1999, 2000)),
    *((code, 655.957, "EUR", 1999, 2026) for code in ("XOF", "XAF")),
    *((code, ratio, "EUR", 1999, 2026) for code, ratio in {"XPF": 119.332, "KMF": 491.96775, "CVE": 110.265}.items()),
    *(("BAM", 1.95583, "EUR", 1999, 2026), ("NPR", 1.6, "INR", 1994, 2026), ("BTN", 1, "INR", 1990, 2026)),
    *(("NAD", 1, "ZAR", 1993, 2026), ("LSL", 1, "ZAR", 1990, 2026), ("SZL", 1, "ZAR", 1990, 2026)),
    *((code, 1, "GBP", 1990, 2026) for code in ("FKP", "GIP", "SHP")),
    *(("BND", 1, "SGD", 1990, 2026), ("MOP", 1.03, "HKD", 1990, 2026)),
]
"""Pegged currencies: units per unit of another, first and last year."""


@pytest.mark.parametrize(("currency", "ratio", "to", "first", "last"), PEGS)
def test_pegged_currencies_keep_their_ratio(currency: str, ratio: float, to: str, first: int, last: int) -> None:
    for year in range(first, last + 1):
        assert RATES[currency, year] == pytest.approx(RATES[to, year] / ratio, rel=1e-9)


def test_all_other_currency_rates_are_implied_by_the_world_bank() -> None:
    pegged = {(currency, year) for currency, _, _, first, last in PEGS for year in range(first, last + 1)}
    elsewhere = ecb_rates().keys() | fed_rates().keys() | pegged
    country = {currency: code for code, currency in LOCAL_CURRENCY.items()} | WORLD_BANK_COUNTRIES
    others = {key: usd for key, usd in RATES.items() if key not in elsewhere and key[0] != "USD"}
    implied = implied_rates()
    assert others == pytest.approx({key: implied[country[key[0]], key[1]] for key in others}, rel=1e-9)
    assert {currency for currency, _ in others} == {code for code, methods in METHODS.items() if "world-bank" in methods}
