"""Places of imported records: [place] reads texts of whole places, [[factor]] columns of a place are read together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, records
from support.databases import clone

from seed.importer.report import ImportReport
from service.errors import DataError
from service.vocabulary.factors import PLACES, Factor

SPRINGFIELD = (
    "may be metro:eugene, metro:springfield, metro:springfield-il, metro:springfield-mo, metro:springfield-oh or "
    "metro:washington"
)


@pytest.fixture(scope="module")
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for all tests of the module, each of which replaces the records of the source."""
    with clone(server_url, empty_template) as url:
        yield url


def imported(url: str, folder: Path, header: str, rows: list[str], keys: str) -> tuple[list[list[str | None]], ImportReport]:
    """The codes of metro area, subdivision and country of each row, and the report."""
    content = f"pay,{header}\n" + "".join(f"{number},{row}\n" for number, row in enumerate(rows, 1))
    report = import_text(url, folder, content, PLAIN + PAY + keys)
    return [[row.get(factor.value) for factor in PLACES] for row in records(url)], report


def factors(**columns: str) -> str:
    return "".join(f'\n[[factor]]\nfactor = "{factor}"\n{keys}\n' for factor, keys in columns.items())


def test_a_text_of_a_whole_place_with_the_country_in_its_column(database_url: str, tmp_path: Path) -> None:
    keys = """
[place]
column = "where"
country = {column = "land", map = {Inland = "us"}}
map = {"HQ" = "metro:new-york", "the lab" = "subdivision:de-by", "field" = "country:fr", "At sea" = "nowhere"}
no_answer = ["rather not say"]
"""
    rows = [
        '"Portland, ME",United States',
        '"Portland, ME",',
        "Georgia,Inland",
        "Georgia,",
        "hq,Germany",
        "The Lab,",
        "Field,us",
        "Remote,Finland",
        ",Finland",
        "Rather not say,Finland",
        '"Berlin, Germany",Ruritania',
        '"Springfield",US',
        '"Springfield",US',
        "Smalltown,Sverige",
        "at sea,Finland",
    ]
    found, report = imported(database_url, tmp_path, "where,land", rows, keys)
    assert found == [
        ["portland-me", "us-me", "us"],
        ["portland-me", "us-me", "us"],
        [None, "us-ga", "us"],
        [None, None, None],
        ["new-york", None, "us"],
        [None, "de-by", "de"],
        [None, None, "fr"],
        [None, None, "fi"],
        [None, None, "fi"],
        [None, None, "fi"],
        ["berlin", "de-be", "de"],
        [None, None, "us"],
        [None, None, "us"],
        [None, None, "se"],
        [None, None, None],
    ]
    ambiguous = {"Georgia (may be country:ge or subdivision:us-ga)": 1, f"Springfield ({SPRINGFIELD})": 2}
    assert report.unknown == {"place": ambiguous | {"Smalltown": 1}, Factor.COUNTRY: {"Ruritania": 1}}
    assert report.ambiguous == set(ambiguous)


def test_a_part_of_a_country_in_the_column_of_countries(database_url: str, tmp_path: Path) -> None:
    keys = '[place]\ncolumn = "where"\ncountry = {column = "land"}\n'
    rows = ["Birmingham,Wales", "Glasgow,Scotland", ",Northern Ireland", "London,UK"]
    found, report = imported(database_url, tmp_path, "where,land", rows, keys)
    assert found == [
        [None, "gb-wls", "gb"],
        ["glasgow", "gb-sct", "gb"],
        [None, "gb-nir", "gb"],
        ["london", "gb-eng", "gb"],
    ]
    assert report.unknown == {"place": {"Birmingham (not in Wales)": 1}}


def test_columns_of_a_place_are_joined(database_url: str, tmp_path: Path) -> None:
    keys = '[place]\ncolumns = ["city", "state"]\ncountry = "us"\nmissing = ["-"]\n'
    rows = ["Vienna,VA", "-,CA", "Ontario,CA", "Paris,-", "Toronto,Canada", "-,-"]
    found, report = imported(database_url, tmp_path, "city,state", rows, keys)
    assert found == [
        ["washington", "us-va", "us"],
        [None, "us-ca", "us"],
        ["riverside", "us-ca", "us"],
        [None, None, "us"],
        [None, None, None],
        [None, None, "us"],
    ]
    states = ", ".join(f"subdivision:us-{code}" for code in ("ar", "il", "me", "mo"))
    paris = f"Paris (may be metro:lexington, {states} or 2 others)"
    assert list(report.unknown["place"]) == [paris, "Toronto, Canada (not in United States)"]


def test_a_constant_country_stays_unless_a_text_is_mapped_to_nowhere(database_url: str, tmp_path: Path) -> None:
    keys = '[place]\ncolumn = "where"\ncountry = "us"\nno_answer = ["rather not say"]\nmap = {Offshore = "nowhere"}\n'
    found, report = imported(database_url, tmp_path, "where,x", ["Rather not say,", ",", "Remote,", "Offshore,"], keys)
    assert found == [[None, None, "us"]] * 3 + [[None, None, None]]
    assert report.unknown == {}


def test_separate_columns_are_read_together(database_url: str, tmp_path: Path) -> None:
    keys = factors(
        metro='column = "city"\nmap = {HQ = "boston"}\nno_answer = ["n/a"]',
        subdivision='column = "state"',
        country='column = "land"',
    )
    rows = [
        "Portland,ME,",
        "Portland,OR,US",
        "Portland,,",
        "Dublin,CA,",
        "hq,,",
        "hq,CA,",
        "n/a,TX,",
        "Remote,TX,",
        "Key West,FL,US",
        "Nowhereville,FL,US",
        "Springfield,,US",
        ",CA,Germany",
        ",,England",
    ]
    found, report = imported(database_url, tmp_path, "city,state,land", rows, keys)
    assert found == [
        ["portland-me", "us-me", "us"],
        ["portland", "us-or", "us"],
        ["portland", "us-or", "us"],
        ["san-francisco", "us-ca", "us"],
        ["boston", None, "us"],
        [None, "us-ca", "us"],
        [None, "us-tx", "us"],
        [None, "us-tx", "us"],
        [None, "us-fl", "us"],
        [None, "us-fl", "us"],
        [None, None, "us"],
        [None, None, "de"],
        [None, "gb-eng", "gb"],
    ]
    assert report.unknown == {
        Factor.METRO: {
            "Boston-Cambridge-Newton, MA-NH (not in California)": 1,
            "Nowhereville": 1,
            f"Springfield ({SPRINGFIELD})": 1,
        },
        Factor.SUBDIVISION: {"CA (not in Germany)": 1},
    }
    assert report.ambiguous == {f"Springfield ({SPRINGFIELD})"}


@pytest.mark.parametrize(
    ("keys", "columns", "expected"),
    [
        (factors(metro='column = "a"'), "Munich,", ["munich", "de-by", "de"]),
        (factors(subdivision='column = "a"'), "Georgia,", [None, "us-ga", "us"]),
        (factors(country='column = "a"'), "Georgia,", [None, None, "ge"]),
        (factors(country='column = "a"'), "Korea,", [None, None, "kr"]),
        (factors(subdivision='column = "a"', country='constant = "us"'), "ME,", [None, "us-me", "us"]),
        (factors(metro='column = "a"', country='constant = "ie"'), "Dublin,", ["dublin", None, "ie"]),
        (factors(metro='columns = ["a", "b"]'), "Dublin,OH", ["columbus", "us-oh", "us"]),
        (factors(metro='column = "a"\nseparator = ";"'), "Berlin;Munich,", [None, None, None]),
    ],
)
def test_some_columns_of_a_place(
    database_url: str, tmp_path: Path, keys: str, columns: str, expected: list[str | None]
) -> None:
    assert imported(database_url, tmp_path, "a,b", [columns], keys)[0] == [expected]


@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        (
            'map = {x = "boston"}',
            'map of [place] has "boston"; write "metro:", "subdivision:" or "country:" before the code, or "nowhere" for',
        ),
        ('map = {x = "metro:bostn"}', "boston"),
        ('country = "usa"', "country of [place]"),
        ('country = {column = "land", map = {x = "usa"}}', "country of [place]"),
    ],
)
def test_unknown_codes_of_places(database_url: str, tmp_path: Path, keys: str, problem: str) -> None:
    with pytest.raises(DataError) as raised:
        imported(database_url, tmp_path, "where,land", ["x,y"], f'[place]\ncolumn = "where"\n{keys}\n')
    assert problem in str(raised.value)


def test_a_state_in_another_country_than_city_and_country_is_reported(database_url: str, tmp_path: Path) -> None:
    keys = factors(metro='column = "city"', subdivision='column = "state"', country='column = "land"')
    found, report = imported(database_url, tmp_path, "city,state,land", ["Paris,TX,France", "Paris,,France"], keys)
    assert found == [["paris", "fr-idf", "fr"]] * 2
    [(factor, texts)] = report.unknown.items()
    assert (factor, list(texts.values())) == (Factor.SUBDIVISION, [1])
    assert next(iter(texts)).startswith("TX")
