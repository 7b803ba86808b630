"""Messages about files and cells that cannot be read: what is wrong, and what to do."""

from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, refusals
from support.tables import parquet, read_table, refusal

from seed.importer.cells import ambiguous_size_reason, suggest_date_format
from seed.importer.mapping import FileFormat
from seed.importer.translation import Header
from service.errors import DataError
from service.vocabulary.factors import Factor

LONG = "x" * (2 << 20)
CELLS: list[tuple[str, str]] = [
    (f"a,b\n1,{LONG}\n2,3\n", "a cell has more than 1,048,576 characters"),
    (f'a,b\n1,"{LONG}"\n2,3\n', "a cell has more than 1,048,576 characters"),
    (
        'a,b\n1,"2\n' + "3,4\n" * (1 << 19),
        "a cell has more than 1,048,576 characters, perhaps since a quoted one is not closed; its lines are shown here",
    ),
]


@pytest.mark.parametrize(("content", "reason"), CELLS, ids=["plain", "quoted", "not closed"])
def test_cells_that_are_too_long(tmp_path: Path, content: str, reason: str) -> None:
    found = read_table(tmp_path / "a", content.encode())
    assert found.refused[0] == (2, reason)


@pytest.mark.parametrize("lines", [2, 3, 50])
def test_preamble_lines_beyond_the_end(tmp_path: Path, lines: int) -> None:
    message = refusal(tmp_path / "a", b"a,b\n1,2\n", preamble_lines=lines)
    assert message == f"a has no header below the {lines} lines of file.preamble_lines, only 2 lines in all; correct it."


def test_lists_in_cells(database_url: str, tmp_path: Path) -> None:
    content = parquet({"pay": [[85_000, 90_000], [70_000]]})
    with pytest.raises(DataError, match=r"pay '\[85000, 90000\]' is a list or a structure, not an amount; name a column"):
        import_text(database_url, tmp_path, content, PLAIN + PAY)


def test_a_single_row_is_called_so(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"its only row was refused \(pay '\?' is not an amount"):
        import_text(database_url, tmp_path, "pay\n?\n", PLAIN + PAY)
    with pytest.raises(DataError, match="the pay of the only row that could be read is implausible"):
        import_text(database_url, tmp_path, "pay\n7\n", PLAIN + PAY, keep_doubtful=False)


def test_names_of_columns_are_listed_whole() -> None:
    names = [f"column number {number}" for number in range(40)]
    with pytest.raises(DataError) as raised:
        Header(names, FileFormat()).positions(["pay"])
    listed = str(raised.value).split(", only ")[1].split(". Is it")[0].split(" and ")
    shown = listed[0].split(", ")
    assert shown == names[: len(shown)]
    assert listed[1] == f"{40 - len(shown)} more"
    assert 450 < len(listed[0]) <= 500


def test_dates_in_other_forms() -> None:
    either = "its day and its month fit two readings: set format = %d/%m/%Y or %m/%d/%Y"
    advice = {
        "01/02/2024": either,
        "31/12/2024": "set format = %d/%m/%Y",
        "12/31/2024": "set format = %m/%d/%Y",
        "Mar 2024": "set format = %b %Y",
        "March 2024": "set format = %b %Y",
        "2024年3月": "set format = %Y年%m月",
        "2024": "set format = %Y",
        "45352": "it seems to be a date as a number of days",
        "FY2023": "a fiscal year has no month",
        "FY 2023/24": "a fiscal year has no month",
        "2023-Q2": "a quarter has no month",
        "Q2 2023": "a quarter has no month",
        "soon": "",
    }
    advice["March 2024"] = "set format = %B %Y"
    found = {text: suggest_date_format(text) for text in advice}
    assert [(text, found[text]) for text, start in advice.items() if not found[text].startswith(start)] == []
    assert suggest_date_format("soon") == ""


def test_dates_are_read_or_refused_with_advice(database_url: str, tmp_path: Path) -> None:
    mapping = PLAIN.replace('"2024-06"', '{column = "posted_at"}') + PAY
    read = ["2024-03", "2024-03-05", "2024-03-05T12:00:00Z", "2024-03-05T12:00:00.123+02:00", "2024-03-05 12:00:00"]
    refused = ["01/02/2024", "45352", "FY2023", "2023-Q2", "Mar 2024", "2024年3月", "2024-13-05", "2024-03-05Tnoon"]
    content = "posted_at,pay\n" + "".join(f"{text},{50_000 + row}\n" for row, text in enumerate([*read, *refused]))
    report = import_text(database_url, tmp_path, content, mapping)
    assert (report.imported, report.refused) == (len(read), len(refused))
    reasons = [line[1] for line in refusals(report)[1:]]
    assert [
        text for text, reason in zip(refused, reasons, strict=True) if f"posted_at '{text}' is not a valid" not in reason
    ] == []
    assert [";" in reason for reason in reasons] == [True] * 6 + [False] * 2


def test_spans_of_several_employer_sizes_are_listed_as_such(database_url: str, tmp_path: Path) -> None:
    mapping = f'{PLAIN}{PAY}[[factor]]\nfactor = "employer_size"\ncolumn = "size"\n'
    report = import_text(database_url, tmp_path, "pay,size\n50000,11-50\n50001,101-500\n50002,51-100\n50003,vast\n", mapping)
    sizes = {"11-50 (lies in several sizes)": 1, "101-500 (lies in several sizes)": 1, "vast": 1}
    assert report.unknown == {Factor.EMPLOYER_SIZE: sizes}
    assert ambiguous_size_reason("500-11") == ""
