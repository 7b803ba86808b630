"""XLSX sheets read row by row, as the native reader reads them whole."""

import io
from datetime import datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import fastexcel
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from support.tables import read_table
from support.workbooks import Error, xlsx, xlsx_of, zipped

from seed.importer.tables import xlsx_cells
from seed.importer.tables.workbook_process import native_batches
from seed.importer.tables.xlsx_cells import NUMBERS, ROW, SheetRows

Rows = dict[int, dict[str, Any]]
"""By the number of the row and the name of a column of a batch."""
FORMATS = ("General", "0", "#,##0.00", "0%", "yyyy-mm-dd", "[h]:mm:ss", "hh:mm", '0 "kr"', "[Red]0.0", '0 "days"', "mmm-yy")
PLAIN_TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12)
TEXTS = PLAIN_TEXT | st.sampled_from(
    [" a ", "a\nb", "tab\t", "_x000D_", "_x0041_", "x_x005F_", "&amp;", "<c r='A1'>", "</row>", "007", "TRUE", "=", "1E5"]
)
NUMBERS_IN_CELLS = st.integers(-(10**9), 10**9) | st.integers(-(10**9), 10**9).map(lambda number: number / 1000)
VALUES = st.one_of(
    st.none(),
    TEXTS.filter(lambda text: not text.startswith("=")),
    NUMBERS_IN_CELLS,
    st.booleans(),
    st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(microsecond=0)),  # noqa: DTZ001
    st.times().map(lambda moment: moment.replace(microsecond=0)),
    st.sampled_from(["#N/A", "#REF!", "#DIV/0!"]).map(Error),
)
CELLS = st.lists(st.lists(st.tuples(VALUES, st.sampled_from(FORMATS)), max_size=5), min_size=1, max_size=8)


def rows_of(batches: Any) -> Rows:
    """What batches say about each row, without how numbers are shown."""
    found: Rows = {}
    for batch in batches:
        for row in pa.Table.from_batches([batch]).to_pylist():
            number = row.pop(ROW)
            found[number] = {name: value for name, value in row.items() if value and (name.isdecimal() or NUMBERS in name)}
    return found


def streamed(content: bytes) -> Rows:
    with ZipFile(io.BytesIO(content)) as archive:
        workbook = xlsx_cells.Workbook(archive)
        return rows_of(SheetRows(workbook, workbook.sheets[0]).batches())


def natively(content: bytes) -> Rows:
    reader = fastexcel.read_excel(content)
    return rows_of(native_batches(reader, reader.load_sheet(0, header_row=None, skip_rows=0, dtypes="string")))


def with_comments(content: bytes) -> bytes:
    """The same sheet with a comment in every row, which only an XML parser reads."""
    with ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    members[sheet] = members[sheet].replace(b"</row>", b"<!-- <c> --></row>")
    return zipped({**members})


@settings(max_examples=30)
@given(CELLS, st.booleans())
def test_workbooks_are_read_as_the_native_reader_does(cells: list[list[tuple[Any, str]]], from_1904: bool) -> None:
    def formatted(workbook: Workbook) -> None:
        for row, values in enumerate(cells, 1):
            for column, (value, number_format) in enumerate(values, 1):
                if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2_900_000:
                    workbook.active.cell(row, column).number_format = number_format
        workbook.epoch = CALENDAR_MAC_1904 if from_1904 else workbook.epoch

    content = xlsx([[value for value, _ in row] for row in cells], formatted)
    found = streamed(content)
    assert found == natively(content)
    assert found == streamed(with_comments(content))


def test_batches_have_the_columns_of_their_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_cells, "BATCH_ROWS", 2)
    content = xlsx([["a", "b"], [1], [2], [None, 0.5], [None, None, "x"]])
    with ZipFile(io.BytesIO(content)) as archive:
        workbook = xlsx_cells.Workbook(archive)
        batches = list(SheetRows(workbook, workbook.sheets[0]).batches())
    assert [batch.schema.names for batch in batches] == [[ROW, "0", "1"], [ROW, "0", "1", f"{NUMBERS}1"], [ROW, "2"]]
    assert read_table(tmp_path / "a.xlsx", content).cells == [["1", "", ""], ["2", "", ""], ["", "0.5", ""], ["", "", "x"]]


def test_a_row_without_an_end_is_not_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_cells, "MAX_ELEMENT_BYTES", 3_000_000)
    with pytest.raises(ValueError, match="it has a row of more than 3,000,000 bytes"):
        streamed(xlsx_of(f'<row r="1"><c r="A1" t="str"><v>{"x" * 5_000_000}</v></c></row>'))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>', "the column 'ZZZZZZ', which no sheet has"),
        ('<row r="1"><c t="n" r="XFE1"><v>1</v></c></row>', "the column 'XFE', which no sheet has"),
        ('<row r="1"><c r="a1"><v>1</v></c></row>', "the column 'a', which no sheet has"),
        ('<row r="1"><c r="A1"><v>1</v></c></row><row r="2"><c r="A2"><v>2', "it ends within a row"),
    ],
)
def test_damaged_cells_are_not_read_as_others(rows: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        streamed(xlsx_of(rows))


@pytest.mark.parametrize("number", ["-1", "0_0", "2", "1.0", "x"])
def test_a_number_of_no_shared_string_is_not_that_of_another(number: str) -> None:
    row = f'<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>{number}</v></c></row>'
    with ZipFile(io.BytesIO(xlsx_of(row))) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    shared = '<Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    members["xl/_rels/workbook.xml.rels"] = members["xl/_rels/workbook.xml.rels"].replace("</Relationships>", shared)
    members["xl/sharedStrings.xml"] = "<sst><si><t>first</t></si><si><t>last</t></si></sst>"
    with pytest.raises(ValueError, match=f"no shared string '{number}'"):
        streamed(zipped({**members}))


def test_empty_rows_end_a_sheet() -> None:
    assert streamed(xlsx_of('<row r="1"><c r="A1" t="b"><v>1</v></c></row><row r="2"/><row r="3" spans="1:2"/>')) == {
        0: {"0": "true"}
    }


CELLS_IN_XML = [
    ('<c r="A2" t="inlineStr"><is><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></is></c>', "rich"),
    ('<c r="A2" t="inlineStr"><is><t>東</t><rPh sb="0" eb="1"><t>ヒガシ</t></rPh></is></c>', "東"),
    ('<c r="A2" t="inlineStr"><is><t xml:space="preserve"> a_x000D_ </t></is></c>', " a\r "),
    ('<c r="A2" t="inlineStr"><is><t> a </t></is></c>', "a"),
    ('<c r="A2" t="str"><f>B1</f><v>a &amp; b</v></c>', "a & b"),
    ('<c t="str" r="A2"><v><![CDATA[a < b]]></v></c>', "a < b"),
    ('<c r="A2" t="d"><v>2024-06-01T12:30:00</v></c>', "2024-06-01 12:30:00"),
    ('<c r="A2" t="e"><v>#SPILL!</v></c>', "#SPILL!"),
    ('<c r="A2"><v>1E+15</v></c>', "1000000000000000"),
    ("<c><v>0.30000000000000004</v></c>", "0.3"),
]


@pytest.mark.parametrize(("cell", "text"), CELLS_IN_XML)
def test_cells_that_programs_write_in_other_ways(cell: str, text: str) -> None:
    content = xlsx_of(
        f'<row r="1"><c r="A1"><v>1</v></c></row><row>{cell}</row><row r="7"><c><v>2</v></c><c><v>3</v></c></row>'
    )
    assert [row.get("0") for row in streamed(content).values()] == ["1", text, "2"]
    assert list(streamed(content)) == [0, 1, 6]
    assert streamed(content)[6]["1"] == "3"


def test_parts_with_prefixes_absolute_names_and_other_cases() -> None:
    with ZipFile(io.BytesIO(xlsx([["a"], [time(12, 30)]]))) as archive:
        members = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = members.pop("xl/worksheets/sheet1.xml").replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    members["xl/Worksheets/Sheet1.xml"] = sheet.replace("xmlns=", "xmlns:x=")
    relations = "xl/_rels/workbook.xml.rels"
    assert 'Target="/xl/worksheets/sheet1.xml"' in members[relations]
    assert streamed(zipped({**members})) == {0: {"0": "a"}, 1: {"0": "12:30:00"}}
    members[relations] = members[relations].replace('"/xl/', '"')
    assert streamed(zipped({**members})) == {0: {"0": "a"}, 1: {"0": "12:30:00"}}
