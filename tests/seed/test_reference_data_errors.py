"""Errors in reference files name the file, the line and the problem."""

import shutil
from pathlib import Path

import pytest

from seed import reference_data as reference
from service.errors import DataError
from service.vocabulary.factors import Factor
from service.vocabulary.terms import PriceLevel


@pytest.mark.parametrize(
    ("file", "line", "text", "problem"),
    [
        ("level", 2, "Entry,Entry,,", "line 2: 'Entry' is not a code"),
        ("level", 3, "entry,Another,,", "line 3: the code 'entry' is already on an earlier line"),
        ("level", 3, "mid,Mid,,EN", "line 3: 'EN' is already a spelling of 'entry'"),
        ("level", 3, "mid,Mid,,MI||Middle", "line 3: a label or an alias is empty"),
        ("level", 3, "mid,Mid", "line 3: 2 cells, but the header has 4"),
        ("level", 3, "mid,Mid,nowhere,", "the parent of 'mid', 'nowhere', does not exist"),
        ("level", 3, "mid,Mid,mid,", "'mid' is its own ancestor"),
        ("level", 3, "mid,Mid,planet:earth,", "line 3: 'planet' is not a factor"),
        (
            "employer",
            3,
            "other,Other,,AMAZON  com-services",
            "line 3: 'AMAZON  com-services' is already a spelling of 'amazon'",
        ),
        ("level", 1, "code,name,parent,aliases", "line 1: the columns must be code,label,parent,aliases"),
        ("level", 2, 'entry,"Entry,,', "is not a CSV file in UTF-8"),
        ("source", 2, "aijobs,aijobs.net,gossip,CC0 1.0,", "line 2: 'gossip' is not a kind of source"),
    ],
)
def test_error_in_a_file_of_values(tmp_path: Path, file: str, line: int, text: str, problem: str) -> None:
    broken = break_file(tmp_path, file, line, text)
    with pytest.raises(DataError) as raised:
        reference.terms(broken)
    assert f"{file}.csv" in str(raised.value)
    assert problem in str(raised.value)


def test_error_in_a_file_of_numbers(tmp_path: Path) -> None:
    broken = break_file(tmp_path, "price_level", 2, "country,ad,world-bank,none,,,,,,,,,")
    with pytest.raises(DataError, match="line 2: 'none' is not a positive number"):
        reference.price_levels(broken)
    broken = break_file(tmp_path, "fx_rate", 2, f"dollar,ecb,1{',' * 36}")
    with pytest.raises(DataError, match="line 2: 'dollar' is not an ISO 4217 currency code"):
        reference.fx_rates(broken)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"soc\.csv .* No such file"):
        reference.soc_roles(tmp_path)


def test_empty_cells_have_no_value(tmp_path: Path) -> None:
    (tmp_path / "price_level.csv").write_text("factor,code,source,2023,2024\ncountry,us,world-bank,,100.000\n")
    assert reference.price_levels(tmp_path) == [PriceLevel((Factor.COUNTRY, "us"), 2024, 100.0)]


def break_file(folder: Path, name: str, line: int, text: str) -> Path:
    """A copy of the reference folder with one line of one file replaced."""
    shutil.copytree(reference.REFERENCE, folder, dirs_exist_ok=True)
    path = folder / f"{name}.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    lines[line - 1] = text + "\n"
    path.write_text("".join(lines), "utf-8")
    return folder
