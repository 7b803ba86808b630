"""Headers below other lines, and headers of two lines, in delimited text and in workbooks."""

import csv
import io
from pathlib import Path

import pytest
from support.csv_imports import PLAIN, import_text, pays, records
from support.published_files import workbook

from service.errors import DataError

BASE = PLAIN + '[pay]\nbase = "Pay :: base"\nbonus = "Pay :: bonus"\ncurrency = "USD"\n[file]\nsecond_header = "Response"\n'
PREAMBLE = PLAIN + '[pay]\nbase = "Pay"\ncurrency = "USD"\n[file]\nheader = "pay"\n'
FORMS = pytest.mark.parametrize("as_workbook", [False, True])


def content(text: str, *, as_workbook: bool) -> bytes:
    return workbook(csv.reader(io.StringIO(text))) if as_workbook else text.encode()


@FORMS
def test_lines_above_the_header_are_skipped(database_url: str, tmp_path: Path, as_workbook: bool) -> None:
    text = "A survey of pay,,\nPublic domain,,\nYear,Pay,City\n2024,10001,Oslo\n2024,10002,Bergen\n"
    report = import_text(database_url, tmp_path, content(text, as_workbook=as_workbook), PREAMBLE)
    assert report.read == 2
    assert pays(database_url) == [10_001, 10_002]


@FORMS
def test_header_in_the_first_line(database_url: str, tmp_path: Path, as_workbook: bool) -> None:
    import_text(database_url, tmp_path, content("Year,Pay\n2024,10001\n", as_workbook=as_workbook), PREAMBLE)
    assert pays(database_url) == [10_001]


@FORMS
def test_name_that_no_line_has(database_url: str, tmp_path: Path, as_workbook: bool) -> None:
    text = content("A survey,\nYear,Wage\n2024,10001\n", as_workbook=as_workbook)
    with pytest.raises(DataError, match="has no column 'pay' in its first 51 lines"):
        import_text(database_url, tmp_path, text, PREAMBLE)


@FORMS
def test_header_of_two_lines(database_url: str, tmp_path: Path, as_workbook: bool) -> None:
    text = "Id,Pay,,City\n,base,bonus,Response\n1,10001,7,Oslo\n2,secret,1,Oslo\n"
    report = import_text(database_url, tmp_path, content(text, as_workbook=as_workbook), BASE)
    assert [(row["base_reported"], row["bonus_reported"]) for row in records(database_url)] == [(10_001, 7)]
    assert report.refused_file
    assert report.refused_file.read_text(encoding="utf-8").splitlines()[:2] == [
        "line,reason,Id,Pay :: base,Pay :: bonus,City",
        "4,Pay :: base 'secret' is not an amount,2,secret,1,Oslo",
    ]


@FORMS
def test_copy_with_a_header_of_one_line(database_url: str, tmp_path: Path, as_workbook: bool) -> None:
    text = "Id,Pay :: base,Pay :: bonus\n1,10001,7\n2,secret,1\n"
    report = import_text(database_url, tmp_path, content(text, as_workbook=as_workbook), BASE)
    assert pays(database_url) == [10_001]
    assert report.refused_file
    assert "3,Pay :: base 'secret' is not an amount,2,secret,1" in report.refused_file.read_text(encoding="utf-8")


def test_header_alone(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it has no rows"):
        import_text(database_url, tmp_path, "Id,Pay :: base,Pay :: bonus\n", BASE)
