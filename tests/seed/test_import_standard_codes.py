"""Columns of US codes and counties, sums with multipliers, scores of texts, and ranges in one or two columns."""

from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, mapping_of, records

from service.errors import DataError

INDUSTRY = '[[factor]]\nfactor = "industry"\nnaics_column = "naics"\n'
PLACE = """
[[factor]]
factor = "metro"
column = "city"
county_column = "county"
[[factor]]
factor = "subdivision"
column = "state"
[[factor]]
factor = "country"
constant = "us"
"""


def found(url: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.get(name) for name in names) for row in records(url)]


def test_industries_by_the_longest_beginning(database_url: str, tmp_path: Path) -> None:
    codes = ["541511", "54", "513210", "522110.0", "", "n/a", "999999"]
    text = "pay,naics\n" + "".join(f"{10_001 + number},{code}\n" for number, code in enumerate(codes))
    report = import_text(database_url, tmp_path, text, PLAIN + PAY + INDUSTRY)
    expected = ["it-services", "professional-services", "software", "banking", None, None, None]
    assert found(database_url, "industry") == [(code,) for code in expected]
    assert report.unknown == {}


def test_counties_of_cities_that_are_unknown(database_url: str, tmp_path: Path) -> None:
    rows = [
        ("Nowhere", "KING", "WA", "seattle"),
        ("Nowhere", "King County", "WA", "seattle"),
        ("Nowhere", "Orleans", "LA", "new-orleans"),
        ("Portland", "KING", "OR", "portland"),
        ("Nowhere", "Nowhere", "WA", None),
        ("Nowhere", "", "WA", None),
        ("Nowhere", "KING", "", None),
    ]
    text = "pay,city,county,state\n" + "".join(
        f"{10_001 + number},{city},{county},{state}\n" for number, (city, county, state, _) in enumerate(rows)
    )
    report = import_text(database_url, tmp_path, text, PLAIN + PAY + PLACE)
    assert found(database_url, "metro") == [(metro,) for *_, metro in rows]
    assert report.unknown == {"metro": {"Nowhere": 3}}


def test_multipliers_of_single_columns(database_url: str, tmp_path: Path) -> None:
    bonus = '[pay.bonus]\ncolumns = ["a", "b"]\none_missing = "zero"\nmultipliers = {b = 12}\n'
    import_text(database_url, tmp_path, "pay,a,b\n10001,5,2\n10002,,3\n", PLAIN + PAY + bonus)
    assert found(database_url, "bonus_reported") == [(29,), (36,)]
    with pytest.raises(DataError, match=r"pay\.bonus\.multipliers\.c is not one of columns"):
        mapping_of(tmp_path, PLAIN + PAY + bonus.replace("{b", "{c"))


def test_scores_of_texts(database_url: str, tmp_path: Path) -> None:
    score = '[[measure]]\nmeasure = "job_satisfaction"\ncolumn = "mood"\nmap = {"Very good" = 5, Bad = 1}\n'
    report = import_text(database_url, tmp_path, "pay,mood\n10001,very good\n10002,BAD\n10003,so-so\n", PLAIN + PAY + score)
    assert found(database_url, "job_satisfaction") == [(5,), (1,), (None,)]
    assert report.unknown == {"job_satisfaction": {"so-so": 1}}
    with pytest.raises(DataError, match=r"map\.Bad must be from 1 to 5"):
        mapping_of(tmp_path, PLAIN + PAY + score.replace("Bad = 1", "Bad = 6"))


def test_range_in_one_column_where_the_other_is_absent(database_url: str, tmp_path: Path) -> None:
    pay = '[pay]\nbase = {low = "from", high = "to", one_end = "exact"}\ncurrency = "USD"\n[file]\noptional = ["to"]\n'
    import_text(database_url, tmp_path, "from\n10001.00 - 12001.00\n13001.00 -\n14001\n", PLAIN + pay)
    assert found(database_url, "base_low", "base_high", "base_reported") == [
        (10_001, 12_001, 11_001),
        (None, None, 13_001),
        (None, None, 14_001),
    ]
