"""Variants of CSV files, each in a small file."""

import gzip
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, mapping_of, pays, records, refusals
from support.databases import clone

from seed.importer.importing import import_file
from seed.importer.tables import delimited
from service.errors import DataError


@pytest.fixture(scope="module")
def shared_url(server_url: str, empty_template: str) -> Iterator[str]:
    """One database for tests that do not depend on other sources, which is faster than one for each."""
    with clone(server_url, empty_template) as url:
        yield url


TITLES = PLAIN + PAY + '\n[[factor]]\nfactor = "role"\ncolumn = "title"\n'


@pytest.mark.parametrize(
    "content",
    [
        b"title,pay\nData Engineer,100\nData Analyst,90\n",
        b"title,pay\r\nData Engineer,100\r\nData Analyst,90\r\n",
        b"title,pay\rData Engineer,100\rData Analyst,90\r",
        b"\xef\xbb\xbftitle,pay\nData Engineer,100\nData Analyst,90\n",
        b'\xef\xbb\xbf"title","pay"\r\n"Data Engineer","100"\r\n"Data Analyst","90"\r\n',
        b"title,pay\nData Engineer,100\nData Analyst,90",
        b"\ntitle,pay\n\nData Engineer,100\n\n\nData Analyst,90\n\n",
        b"title,pay,,\nData Engineer,100,,\nData Analyst,90,,\n",
        b"title,pay,\nData Engineer,100\nData Analyst,90,,,\n",
        b" Title , PAY\n data  ENGINEER ,100 \nData analyst, 90\n",
        b'title,pay\n"Data\nEngineer",100\n"Data\r\n Analyst",90\n',
        gzip.compress(b"title,pay\nData Engineer,100\nData Analyst,90\n"),
    ],
    ids=[
        "plain", "crlf", "cr", "bom", "bom-quoted", "no-last-line-end", "blank-lines", "empty-columns",
        "uneven-empty-columns", "case-and-blanks", "cells-over-lines", "gzip",
    ],
)  # fmt: skip
def test_variants_of_the_same_file(shared_url: str, tmp_path: Path, request: pytest.FixtureRequest, content: bytes) -> None:
    code = request.node.callspec.id
    report = import_text(shared_url, tmp_path, content, TITLES.replace('"test"', f'"{code}"'))
    assert [(row["role"], row["base_salary"]) for row in records(shared_url) if row["source"] == code] == [
        ("data-analyst", 90),
        ("data-engineer", 100),
    ]
    assert (report.read, report.imported, report.refused, report.truncated) == (2, 2, 0, False)


def test_preamble_and_footer(database_url: str, tmp_path: Path) -> None:
    content = 'Survey of 2024\n"a, quoted, line"\ntitle,pay\nData Engineer,100\nData Analyst,90\nNote: made up\n"(NA)"'
    mapping = TITLES + "[file]\npreamble_lines = 2\nfooter_lines = 2\n"
    report = import_text(database_url, tmp_path, content, mapping)
    assert (pays(database_url), report.read, report.truncated) == ([90, 100], 2, False)


def test_footer_after_a_record_over_several_lines(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_ROWS", 3)
    content = 'title,pay\nData Engineer,100\n"Data\n\n\n\nAnalyst",90\nData Scientist,80\nNote\nmade up\n'
    report = import_text(database_url, tmp_path, content, TITLES + "[file]\nfooter_lines = 2\n")
    assert (pays(database_url), report.refused) == ([80, 90, 100], 0)


def test_semicolons_and_decimal_commas_in_latin_1(database_url: str, tmp_path: Path) -> None:
    mapping = TITLES + '[file]\ndelimiter = ";"\ndecimal = ","\nencoding = "latin-1"\nmissing = ["fällt aus"]\n'
    content = "title;pay\nData Engineer;45.000,50\nData Engineer;fällt aus\n".encode("latin-1")
    report = import_text(database_url, tmp_path, content, mapping)
    assert (pays(database_url), report.refused) == ([45_000], 1)


def test_invalid_rows_are_refused_with_line_and_reason(database_url: str, tmp_path: Path) -> None:
    content = (
        b"title,pay\n"
        b"Data Engineer,1\n"
        b"Data Engineer\n"
        b"Data Engineer,2,3\n"
        b'"Data\nEngineer",4\n'
        b"Data\0Engineer,5\n"
        b"Data\xffEngineer,6\n"
        b'"Data" Engineer,7\n'
        b"Data Engineer,8\n"
    )
    report = import_text(database_url, tmp_path, content, TITLES)
    assert pays(database_url) == [1, 4, 8]
    assert report.refused_file == tmp_path / "data.csv.refused.csv"
    assert report.refused_file.read_text().splitlines() == [
        "line,reason,title,pay",
        '3,"1 cell, but the header has 2",Data Engineer',
        '4,"3 cells, but the header has 2",Data Engineer,2,3',
        "7,a NUL byte,Data\\0Engineer,5",
        "8,bytes that are invalid in UTF-8; the file may need encoding = 'cp1252',Data\\udcffEngineer,6",
        """9,"invalid CSV: ',' expected after '""'",""" + '''"""Data"" Engineer,7''',
        '"',
    ]
    assert (report.read, report.imported, report.refused, report.truncated) == (8, 3, 5, False)


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"title,pay\nData Engineer,1\nData Eng", "3"), (b'title,pay\nData Engineer,1\n"Data\nEng', "3")],
    ids=["in-a-row", "in-quotes"],
)
def test_file_truncated_inside_a_record(database_url: str, tmp_path: Path, content: bytes, line: str) -> None:
    report = import_text(database_url, tmp_path, content, TITLES)
    assert (pays(database_url), report.read, report.truncated) == ([1], 2, True)
    assert refusals(report)[1][:2] == [line, "the file ends inside this record"]


def test_truncated_compressed_file(database_url: str, tmp_path: Path) -> None:
    """All readable rows are imported except the last, which may be incomplete."""
    rows = "".join(f"Data Engineer,{number}\n" for number in range(1000, 9000))
    half = gzip.compress(f"title,pay\n{rows}".encode())[:9000]
    readable = zlib.decompressobj(31).decompress(half).decode()
    report = import_text(database_url, tmp_path, half, TITLES)
    whole = readable.count("\n") - 1
    assert whole > 1000
    assert pays(database_url) == list(range(1000, 1000 + whole))
    assert (report.truncated, report.refused) == (True, int(not readable.endswith("\n")))


def test_unclosed_quote_refuses_only_the_lines_it_contains(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "_MAX_CELL_LENGTH", 100)
    rows = "".join(f"Data Engineer,{number}\n" for number in range(100, 120))
    report = import_text(database_url, tmp_path, f'title,pay\nData Engineer,1\n"Data Engineer,2\n{rows}', TITLES)
    assert pays(database_url)[0] == 1
    assert pays(database_url)[-1] == 119
    assert report.refused == 1
    assert refusals(report)[1][0] == "3"
    contained = report.refused_file.read_text().count("Data Engineer") if report.refused_file else 0
    assert contained + report.imported == 22


def test_damaged_compressed_file(database_url: str, tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(b"title,pay\n" + b"Data Engineer,1\n" * 5000))
    packed[-6] ^= 1  # in the checksum
    with pytest.raises(DataError, match="is damaged"):
        import_text(database_url, tmp_path, bytes(packed), TITLES)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        (",,\n1,2,3\n", "no column names"),
        ("title,pay\n", "it has no rows"),
        ("title,salary\nData Engineer,1\n", "has no column 'pay', only title, salary"),
        ("title,pay,Pay\nData Engineer,1,2\n", "has 2 columns 'pay'"),
        ("title,pay\nData Engineer,?\nData Engineer,\n", r"2 rows were refused \(the first: pay '\?' is not"),
    ],
)
def test_file_without_records_changes_nothing(shared_url: str, tmp_path: Path, content: str, message: str) -> None:
    import_text(shared_url, tmp_path, "title,pay\nData Engineer,7\n", TITLES)
    with pytest.raises(DataError, match=message):
        import_text(shared_url, tmp_path, content, TITLES)
    assert [row["base_salary"] for row in records(shared_url) if row["source"] == "test"] == [7]


def test_missing_file(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file or directory"):
        import_file(database_url, mapping_of(tmp_path, TITLES), str(tmp_path / "no.csv"))
    with pytest.raises(DataError, match="has no files to download"):
        import_file(database_url, mapping_of(tmp_path, TITLES))


def test_progress_and_blocks(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK_ROWS", 4)
    seen: list[int] = []
    rows = "".join(f"Data Engineer,{number}\n" for number in range(1, 11))
    import_text(database_url, tmp_path, "title,pay\n" + rows, TITLES, progress=seen.append)
    assert seen == [4, 8, 10]
    assert pays(database_url) == list(range(1, 11))


def test_month_from_a_column(database_url: str, tmp_path: Path) -> None:
    mapping = TITLES.replace('effective = "2024-06"', 'effective = {column = "day", format = "%d/%m/%Y"}')
    rows = ("31/12/2023,1", "2024-01-31,2", "31/13/2024,3", "01/01/0199,4", ",5")
    content = "day,pay,title\n" + "".join(f"{row},Data Engineer\n" for row in rows)
    report = import_text(database_url, tmp_path, content, mapping)
    assert [(row["effective"], row["base_salary"]) for row in records(database_url)] == [(date(2023, 12, 1), 1)]
    assert [line[:2] for line in refusals(report)[1:]] == [
        ["3", "day '2024-01-31' is not a valid month by the format %d/%m/%Y; set format = %Y-%m-%d"],
        ["4", "day '31/13/2024' is not a valid month by the format %d/%m/%Y"],
        ["5", "day '01/01/0199' is not a valid month by the format %d/%m/%Y"],
        ["6", "no day reported"],
    ]
