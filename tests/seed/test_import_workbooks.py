"""Workbooks of all formats, read as the texts that a CSV file would have."""

import csv
import resource
import sys
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pyarrow as pa
import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from support.csv_imports import PAY, PLAIN, mapping_of, pays, records, refusals
from support.pay_rows import ROW
from support.tables import read_table
from support.workbooks import Cells, Error, OdsMoney, ods, xls, xlsb, xlsx, xlsx_of

from seed.importer.importing import import_file
from seed.importer.tables import workbook_process
from service.errors import DataError

pytestmark = pytest.mark.slow

WRITERS: dict[str, Callable[[Cells], bytes]] = {"xlsx": xlsx, "xls": xls, "ods": ods, "xlsb": xlsb}
KINDS: list[tuple[str, Any, str]] = [
    ("whole number", 120_000, "120000"),
    ("whole number with a fraction of 0", 120_000.0, "120000"),
    ("fraction", 0.1, "0.1"),
    ("negative", -1.5, "-1.5"),
    ("more digits than a float shows", 1234567.891, "1234567.891"),
    ("large", 1e15, "1000000000000000"),
    ("true", True, "true"),
    ("false", False, "false"),
    ("text", " Zürich, 東京 ", " Zürich, 東京 "),
    ("text of digits", "007", "007"),
    ("text that looks like an error", "#hashtag", "#hashtag"),
    ("missing", None, ""),
    ("last", "end", "end"),
]
TIMES: list[tuple[str, Any, str]] = [
    ("date", date(2024, 6, 1), "2024-06-01"),
    ("midnight", datetime(2024, 6, 1), "2024-06-01"),  # noqa: DTZ001 - workbooks have no time zones
    ("moment", datetime(2024, 6, 1, 12, 30), "2024-06-01 12:30:00"),  # noqa: DTZ001
    ("time", time(12, 30), "12:30:00"),
]
ERRORS: list[tuple[str, Any, str]] = [(text, Error(text), text) for text in ("#REF!", "#N/A", "#DIV/0!")]
EXPECTED = {"xlsx": KINDS + TIMES + ERRORS, "xls": KINDS + TIMES + ERRORS, "ods": KINDS + TIMES, "xlsb": KINDS + ERRORS}


@pytest.mark.parametrize("suffix", WRITERS)
def test_cells_become_texts(tmp_path: Path, suffix: str) -> None:
    expected = EXPECTED[suffix]
    cells = [["kind", "value"], *([kind, value] for kind, value, _ in expected)]
    found = read_table(tmp_path / "no-suffix", WRITERS[suffix](cells), format=suffix)
    assert found.header == ["kind", "value"]
    assert found.cells == [[kind, text] for kind, _, text in expected]
    assert [line for line, _ in found.rows] == list(range(2, len(expected) + 2))
    assert list(found.notes.values()) == ([len(expected)] if suffix in ("xls", "xlsb") else [])


FORMATTED = [
    (0.15, "0%", "0.15"),
    (45_444, "#,##0.00", "45444"),
    (45_444, '"Y"#,##0', "45444"),
    (45_444, "[Red]#,##0;[Blue]-#,##0", "45444"),
    (45_444, '#,##0 "per day"', "45444"),
    (45_444, "# ?/?", "45444"),
    (45_444, "dd.mm.yyyy hh:mm", "2024-06-01"),
    (45_444.5, "mmm-yy", "2024-06-01 12:00:00"),
    (45_444, 'yyyy"年"m"月"d"日"', "2024-06-01"),
    (0.75, "hh:mm", "18:00:00"),
]


def test_number_formats_that_mean_dates_and_those_that_do_not(tmp_path: Path) -> None:
    def formatted(workbook: Workbook) -> None:
        for row, (value, number_format, _) in enumerate(FORMATTED, 2):
            workbook.active.cell(row, 1, value).number_format = number_format

    found = read_table(tmp_path / "a.xlsx", xlsx([["value"]], formatted))
    assert found.cells == [[text] for _, _, text in FORMATTED]


SHOWN = [
    # value, number format, currency of the mapping, base salary in it or the reason of the refusal
    (45_000, '#,##0.00 "zł"', "PLN", 45_000),
    (45_000, '#,##0.00 "zł"', "USD", "'45000 zł' is in PLN"),
    (45_000, '#,##0 "Kč"', "USD", "is in CZK"),
    (45_000, '#,##0 "Ft"', "USD", "is in HUF"),
    (45_000, '"A$"#,##0', "USD", "'A$45000' is in AUD"),
    (45_000, "[$€-407] #,##0", "USD", "'€ 45000' is in EUR"),
    (45_000, "$#,##0_);($#,##0)", "USD", 45_000),
    (45_000.5, "$#,##0.00", "USD", 45_000),
    (45_000, '0 "USD"', "cell", 45_000),
    (45_000, "0", "cell", "'45000' names no currency"),
    (4_500, '#,##0" /month"', "USD", 54_000),
    (4_500, '#,##0 "€/Monat"', "EUR", 54_000),
    (12, '0" LPA"', "INR", 1_200_000),
    (12, '0" LPA"', "USD", "12 LPA"),
    (85_000, '0,"k"', "USD", 85_000),
    (85_000, '0" points"', "USD", "'points' is not a known currency"),
    (45_000, '"Y"#,##0;0', "USD", "unknown order"),
]


@pytest.mark.parametrize("currency", dict.fromkeys(row[2] for row in SHOWN))
def test_pay_is_read_as_its_number_format_shows_it(database_url: str, tmp_path: Path, currency: str) -> None:
    """In one workbook for each currency, in which the first row has no format."""
    rows = [row for row in SHOWN if row[2] == currency]

    def formatted(workbook: Workbook) -> None:
        for line, (_, number_format, _, _) in enumerate(rows, 3):
            workbook.active.cell(line, 1).number_format = number_format

    cells = [["pay", "row"], ["60000 EUR" if currency == "cell" else 50_000, 0]]
    cells += [[value, number] for number, (value, *_) in enumerate(rows, 1)]
    (tmp_path / "a.xlsx").write_bytes(xlsx(cells, formatted))
    mapping = mapping_of(tmp_path, PLAIN + PAY.replace("USD", currency) + ROW)
    report = import_file(database_url, mapping, str(tmp_path / "a.xlsx"), keep_doubtful=True)
    found: dict[str, Any] = {row["competing_offers"]: row["base_reported"] for row in records(database_url)}
    if report.refused_file:
        refused = csv.DictReader(report.refused_file.read_text(encoding="utf-8").splitlines())
        found |= {line["row"]: line["reason"] for line in refused}
    outcomes = [(row, found[str(number)]) for number, row in enumerate(rows, 1)]
    assert [
        (row, outcome)
        for row, outcome in outcomes
        if (row[3] not in str(outcome) if isinstance(row[3], str) else row[3] != outcome)
    ] == []


def test_cells_in_the_currency_of_the_program_are_noted(tmp_path: Path) -> None:
    def formatted(workbook: Workbook) -> None:
        workbook.active.cell(2, 1).number_format = '"$"#,##0_);("$"#,##0)'  # built in, as number 5

    found = read_table(tmp_path / "a.xlsx", xlsx([["pay", "note"], [45_000, "x"]], formatted))
    assert (found.cells, len(found.notes)) == ([["45000", "x"]], 1)


def test_currencies_of_cells_that_are_not_read_are_noted(tmp_path: Path) -> None:
    cells: Cells = [["pay"], [OdsMoney(8_000_000, "JPY")], [OdsMoney(45_000, "EUR")], [OdsMoney(46_000, "EUR")], [47_000]]
    found = read_table(tmp_path / "a.ods", ods(cells))
    assert [row[0] for row in found.cells] == ["8000000", "45000", "46000", "47000"]
    assert {note.split(",")[0]: count for note, count in found.notes.items()} == {
        "cells shown in JPY": 1,
        "cells shown in EUR": 2,
    }


@pytest.mark.parametrize("suffix", ["xls", "xlsb"])
def test_rows_of_workbooks_whose_number_formats_are_not_read_are_noted(suffix: str, tmp_path: Path) -> None:
    found = read_table(tmp_path / f"a.{suffix}", WRITERS[suffix]([["pay"], [45_000], [46_000]]))
    assert list(found.notes.values()) == [2]


def test_dates_from_1904_on(tmp_path: Path) -> None:
    def from_1904(workbook: Workbook) -> None:
        workbook.epoch = CALENDAR_MAC_1904

    found = read_table(tmp_path / "a.xlsx", xlsx([["day"], [date(2024, 6, 1)]], from_1904))
    assert found.cells == [["2024-06-01"]]


def test_formulas_have_their_stored_results_or_are_marked(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="B1" t="inlineStr"><is><t>b</t></is></c></row>'
        '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="str"><f>""</f><v></v></c></row>'
        '<row r="3"><c r="A3"><f>A2</f></c><c r="B3"><f>A2</f><v></v></c></row>'
        '<row r="5"><c r="A5" s="0"><f t="shared" si="0"/><v/></c></row>'
    )
    found = read_table(tmp_path / "a.xlsx", xlsx_of(rows))
    mark = "#NOT CALCULATED"
    assert found.rows == [(2, ["2", ""]), (3, [mark, mark]), (5, [mark, ""])]


def test_formulas_of_a_program_that_does_not_calculate(tmp_path: Path) -> None:
    found = read_table(tmp_path / "a.xlsx", xlsx([["a", "b"], [1, "=A2*2"]]))
    assert found.cells == [["1", "#NOT CALCULATED"]]


def test_a_sheet_is_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = ZipFile.open

    def counting(archive: ZipFile, name: Any, *arguments: Any, **options: Any) -> Any:
        opened.append(str(getattr(name, "filename", name)))
        return original(archive, name, *arguments, **options)

    monkeypatch.setattr(ZipFile, "open", counting)
    path, output = tmp_path / "pay.xlsx", tmp_path / "cells.arrow"
    path.write_bytes(xlsx([["pay"], [100_000]], lambda workbook: setattr(workbook.active["A2"], "number_format", '0 "zł"')))
    opened.clear()
    monkeypatch.setattr(sys, "argv", ["workbook_process", str(path), "", str(output), str(resource.RLIM_INFINITY)])
    workbook_process.main()
    assert opened.count("xl/worksheets/sheet1.xml") == 1
    with pa.memory_map(str(output)) as cells:
        found = pa.ipc.open_stream(cells).read_all().to_pydict()
    assert found == {"row": [0, 1], "0": ["pay", "100000"], "shown of 0": [None, "{} zł"]}


@pytest.mark.parametrize("suffix", ["xlsx", "xls", "ods", "xlsb"])
def test_lines_before_and_after_the_table_and_blank_rows(tmp_path: Path, suffix: str) -> None:
    cells = [[None], ["Survey of 2024", None, None, "page 1"], [None], ["title", "pay"], ["A", 1], [None, None], ["B", 2]]
    cells += [[None], ["Note: made up"]]
    found = read_table(tmp_path / "a", WRITERS[suffix](cells), preamble_lines=2, footer_lines=1)
    assert (found.header, found.rows) == (["title", "pay"], [(5, ["A", "1"]), (7, ["B", "2"])])


def test_merged_headers_and_cells_beside_the_table(tmp_path: Path) -> None:
    def merged(workbook: Workbook) -> None:
        workbook.active.merge_cells("A1:B1")

    found = read_table(tmp_path / "a.xlsx", xlsx([["name", None, "pay"], ["A", "B", 1, "remark"], ["C", "D", 2]], merged))
    assert found.header == ["name", "", "pay", ""]
    assert found.cells == [["A", "B", "1", "remark"], ["C", "D", "2", ""]]


def test_a_table_that_does_not_begin_in_the_first_cell(tmp_path: Path) -> None:
    found = read_table(tmp_path / "a.xlsx", xlsx([[None], [None, None, "title", "pay"], [None, None, "A", Error("#REF!")]]))
    assert (found.header, found.rows) == (["title", "pay"], [(3, ["A", "#REF!"])])


SHEETS = {"Chart": "chart", "Secret": "hidden", "Empty": "visible", "Data": "visible", "2": "visible", "Notes": "visible"}


def _several(workbook: Workbook) -> None:
    """Sheets, each with its name in a cell, except the empty one."""
    workbook.remove(workbook.active)
    for name, state in SHEETS.items():
        if state == "chart":
            workbook.create_chartsheet(name)
            continue
        sheet = workbook.create_sheet(name)
        sheet.sheet_state = state
        for row in (("name",), (name,)) if name != "Empty" else ():
            sheet.append(row)


@pytest.mark.parametrize(
    ("sheet", "found"),
    [
        (None, "Data"),
        ("2", "2"),
        (4, "Data"),
        ("Notes", "Notes"),
        ("Secret", "Secret"),
        (6, "Notes"),
    ],
)
def test_sheet_by_name_or_number(tmp_path: Path, sheet: str | int | None, found: str) -> None:
    table = read_table(tmp_path / "a.xlsx", xlsx([], _several), sheet=sheet)
    assert table.cells == [[found]]
    note = "only the sheet 'Data' was read; file.sheet can name another: Chart, Secret, Empty, 2, Notes"
    assert table.notes == ({note: 1} if sheet is None else {})


@pytest.mark.parametrize(
    ("sheet", "message"),
    [
        ("data", "has no sheet 'data'; set file.sheet to one of Chart, Secret, Empty, Data, 2, Notes."),
        (7, "has no sheet '7'"),
        ("Empty", "is empty"),
    ],
)
def test_sheet_that_cannot_be_read(tmp_path: Path, sheet: str | int, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a.xlsx", xlsx([], _several), sheet=sheet)


def test_workbook_without_a_sheet_to_read(tmp_path: Path) -> None:
    def hidden(workbook: Workbook) -> None:
        workbook.create_sheet("Secret").sheet_state = "hidden"
        workbook["Secret"].append(["a"])

    with pytest.raises(DataError, match=r"no visible sheet with cells; set file.sheet to one of Sheet, Secret\."):
        read_table(tmp_path / "a.xlsx", xlsx([], hidden))


MAPPING = PLAIN + PAY + '\n[[factor]]\nfactor = "role"\ncolumn = "title"\n'
ROWS = [["title", "pay", "note"], ["Data Engineer", 100, "ß, \n x"], ["Data Analyst", 90.5, None], ["Data Engineer", 100, 1]]


def test_rows_are_the_same_records_as_in_a_csv_file(database_url: str, tmp_path: Path) -> None:
    """An import of the same rows in another format changes nothing."""
    content = 'title,pay,note\nData Engineer,100,"ß, \n x"\nData Analyst,90.5,\nData Engineer,100,1\n'
    mapping = mapping_of(tmp_path, MAPPING)
    (tmp_path / "data.csv").write_text(content, encoding="utf-8")
    assert import_file(database_url, mapping, str(tmp_path / "data.csv"), keep_doubtful=True).imported == 3
    for suffix, write in WRITERS.items():
        (tmp_path / "workbook").write_bytes(write(ROWS))
        report = import_file(database_url, mapping, str(tmp_path / "workbook"), keep_doubtful=True)
        assert (report.unchanged, report.imported, report.retired, report.edition) == (3, 0, 0, None), suffix


def test_rows_with_an_error_in_a_column_that_is_used_are_refused(database_url: str, tmp_path: Path) -> None:
    cells = [["title", "pay", "note"], ["Data Engineer", 100, Error("#REF!")], [Error("#N/A"), 90, "x"]]
    cells += [["Data Engineer", Error("#DIV/0!"), "x"], ["Data Analyst", 80, "x"], ["Data Engineer", "=B2", "x"]]
    (tmp_path / "a.xlsx").write_bytes(xlsx(cells))
    report = import_file(database_url, mapping_of(tmp_path, MAPPING), str(tmp_path / "a.xlsx"), keep_doubtful=True)
    assert pays(database_url) == [80, 100]
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["3", "title is the error #N/A"],
        ["4", "pay is the error #DIV/0!"],
        ["6", "pay is the error #NOT CALCULATED"],
    ]


def test_errors_that_the_mapping_has_a_meaning_for_are_no_reason_to_refuse(database_url: str, tmp_path: Path) -> None:
    cells = "title,pay,place\n#N/A,1,#REF!\nData Engineer,2,#N/A\nData Engineer,#N/A,Berlin\n"
    (tmp_path / "a.csv").write_text(cells)
    mapping = MAPPING + 'no_answer = ["#N/A"]\n[[factor]]\nfactor = "metro"\ncolumn = "place"\nmissing = ["#N/A", "#REF!"]\n'
    report = import_file(database_url, mapping_of(tmp_path, mapping), str(tmp_path / "a.csv"), keep_doubtful=True)
    assert (pays(database_url), report.unknown, report.refused) == ([1, 2], {}, 1)
