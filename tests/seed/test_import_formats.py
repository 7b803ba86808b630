"""Parquet, JSON, TSV, compressed files and members of zip archives, read as the texts that a CSV file would have."""

import bz2
import gzip
import json
import lzma
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.csv_imports import PAY, PLAIN, mapping_of, pays
from support.tables import parquet, read_table
from support.workbooks import ods, xls, xlsx, zipped

from seed.importer.importing import import_file
from seed.importer.tables import json_rows
from service.errors import DataError

CSV = b"title,pay\nData Engineer,100\nData Analyst,90\n"
ROWS = [["Data Engineer", "100"], ["Data Analyst", "90"]]
OBJECTS = [{"title": "Data Engineer", "pay": 100}, {"title": "Data Analyst", "pay": 90}]
LINES = b'{"title": "Data Engineer", "pay": 100}\n{"title": "Data Analyst", "pay": 90}\n'


PARQUET = parquet({"title": ["Data Engineer", "Data Analyst"], "pay": [100, 90]})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.tsv", CSV.replace(b",", b"\t")),
        ("A.TAB.gz", gzip.compress(CSV.replace(b",", b"\t"), mtime=0)),
        ("a.csv.bz2", bz2.compress(CSV)),
        ("a.csv.xz", lzma.compress(CSV)),
        ("a.jsonl", LINES),
        ("a.jsonl.gz", gzip.compress(LINES, mtime=0)),
        ("a.json", json.dumps(OBJECTS).encode()),
        ("a.json", json.dumps(OBJECTS, indent=2).encode()),
        ("a.json", b"\xef\xbb\xbf \n" + json.dumps(OBJECTS).encode("utf-8")),
        ("a.parquet", PARQUET),
        ("a.parquet.gz", gzip.compress(PARQUET, mtime=0)),
        ("a.xlsx.gz", gzip.compress(xlsx([["title", "pay"], *ROWS]), mtime=0)),
        ("a.zip", zipped({"a.csv": CSV})),
        ("a.zip", zipped({"data/": "", "data/a.CSV": CSV, "README.txt": "x", "__MACOSX/data/._a.csv": "x"})),
        ("a.zip", zipped({"data/a.tsv.gz": gzip.compress(CSV.replace(b",", b"\t"), mtime=0), "schema.pdf": b"%PDF-1.7"})),
        ("a.zip", zipped({"a.xlsx": xlsx([["title", "pay"], *ROWS])})),
        ("a.zip", zipped({"a.parquet": PARQUET})),
        ("a.zip", zipped({"a.json": json.dumps(OBJECTS)})),
        ("a.zip", zipped({"export.txt": CSV})),
        ("a.zip.gz", gzip.compress(zipped({"a.csv": CSV}), mtime=0)),
        ("a.csv", b"\xff\xfe" + CSV.decode().encode("utf-16-le")),
        ("a.csv", b"\xfe\xff" + CSV.decode().encode("utf-16-be")),
        ("a.csv", CSV.decode().encode("utf-32")),
        ("a.jsonl", LINES.decode().encode("utf-16")),
    ],
)  # fmt: skip
def test_the_same_table_in_all_formats(tmp_path: Path, name: str, content: bytes) -> None:
    found = read_table(tmp_path / name, content)
    assert (found.header, found.cells) == (["title", "pay"], ROWS)
    assert (found.refused, found.notes, found.truncated) == ([], {}, False)


@pytest.mark.parametrize(
    "name", ["a.pdf", pytest.param("a", marks=pytest.mark.slow), pytest.param("a.csv", marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    "content", [CSV, LINES, PARQUET, xlsx([["title", "pay"], *ROWS])], ids=["csv", "jsonl", "parquet", "xlsx"]
)
def test_the_content_decides_whatever_the_name_says(tmp_path: Path, name: str, content: bytes) -> None:
    assert read_table(tmp_path / name, content).cells == ROWS


MOMENT = datetime(2024, 6, 1, 12, 30, 15, 500_000)  # noqa: DTZ001 - with and without time zones
VALUES: list[tuple[pa.DataType, Any, str]] = [
    (pa.int8(), -5, "-5"),
    (pa.uint64(), 2**64 - 1, "18446744073709551615"),
    (pa.float64(), 120_000.0, "120000"),
    (pa.float64(), 0.1, "0.1"),
    (pa.float64(), float("nan"), ""),
    (pa.float32(), 0.1, "0.1"),
    (pa.float16(), 0.5, "0.5"),
    (pa.decimal128(12, 2), Decimal("120000.50"), "120000.50"),
    (pa.decimal128(7, 7), Decimal("0.0000001"), "0.0000001"),
    (pa.bool_(), True, "true"),
    (pa.string(), " a ", " a "),
    (pa.large_string(), "a", "a"),
    (pa.binary(), "ü".encode(), "ü"),
    (pa.dictionary(pa.int8(), pa.string()), "a", "a"),
    (pa.date32(), date(2024, 6, 1), "2024-06-01"),
    (pa.timestamp("us"), datetime(2024, 6, 1), "2024-06-01"),  # noqa: DTZ001
    (pa.timestamp("ms"), MOMENT, "2024-06-01 12:30:15.5"),
    (pa.timestamp("ns"), MOMENT, "2024-06-01 12:30:15.5"),
    (pa.timestamp("us", "Europe/Helsinki"), datetime(2024, 5, 31, 22, 30, tzinfo=UTC), "2024-06-01 01:30:00"),
    (pa.time64("us"), time(12, 30), "12:30:00"),
    (pa.duration("s"), timedelta(hours=37, minutes=30), "1 day, 13:30:00"),
    (pa.list_(pa.string()), ["C++", "ü, \"x\""], '["C++", "ü, \\"x\\""]'),
    (pa.list_(pa.int64()), [1, 2], "[1, 2]"),
    (pa.struct({"low": pa.int64()}), {"low": 1}, '{"low": 1}'),
]  # fmt: skip


def test_values_of_parquet_files_become_texts(tmp_path: Path) -> None:
    columns = {f"{number}": pa.array([value, None], kind) for number, (kind, value, _) in enumerate(VALUES)}
    columns["null"] = pa.nulls(2)
    found = read_table(tmp_path / "a.parquet", parquet(columns))
    assert dict(zip(found.header, found.cells[0], strict=True)) == {
        **{f"{number}": text for number, (_, _, text) in enumerate(VALUES)},
        "null": "",
    }
    assert set(found.cells[1]) == {""}


def test_rows_of_parquet_files_have_numbers(tmp_path: Path) -> None:
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, pa.schema({"a": pa.int64()})) as writer:
        for numbers in ([1, 2], [], [3]):
            writer.write_table(pa.table({"a": pa.array(numbers, pa.int64())}))
    assert read_table(tmp_path / "a.parquet", bytes(sink.getvalue())).rows == [(1, ["1"]), (2, ["2"]), (3, ["3"])]


def test_values_of_json_become_texts(tmp_path: Path) -> None:
    """Numbers keep the digits that the file has. A key that is missing is a blank cell."""
    content = (
        '{"a": 1, "b": 1.10, "c": true, "d": null}\n\n'
        '{"b": 1e5, "e": ["C++", "ü"], "a": 12345678901234567890123.4567890123456789}\r\n'
        '{"f": {"low": 1}, "a": "1", " g ": NaN, "c": false, "h": "x\\u0041\u2028"}\n'
    )
    found = read_table(tmp_path / "a", content.encode())
    assert found.header == ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert found.rows == [
        (1, ["1", "1.10", "true", "", "", "", "", ""]),
        (3, ["12345678901234567890123.4567890123456789", "1e5", "", "", '["C++", "ü"]', "", "", ""]),
        (4, ["1", "", "false", "", "", '{"low": 1}', "", "xA\u2028"]),
    ]


def test_invalid_lines_of_json_are_refused(tmp_path: Path) -> None:
    lines = [
        '{"a": 1}',
        '{"a": 2',
        "[3]",
        '{"a": 4, "a": 5}',
        "[" * 9999,
        '{"a": "\\ud800"}',
        '{"a": "\\u0000"}',
        '{"a": 7}',
    ]
    found = read_table(tmp_path / "a", "\n".join(lines).encode())
    assert (found.rows, found.truncated) == ([(1, ["1"]), (8, ["7"])], False)
    assert sorted(found.refused) == [
        (2, "invalid JSON: Expecting ',' delimiter"),
        (3, "not a JSON object"),
        (4, "invalid JSON: the key 'a' appears twice"),
        (5, "JSON that is nested too deeply"),
        (6, "text that is not valid Unicode"),
        (7, "a NUL byte"),
    ]


@pytest.mark.parametrize(
    ("content", "rows"),
    [('{"a": 1}\n{"a": 2', 1), ('[{"a": 1}, {"a": 2', 1), ('[{"a": 1}, {"a": 2}', 2), ('[{"a": 1}, {"a": "x', 1)],
)
def test_truncated_json(tmp_path: Path, content: str, rows: int) -> None:
    found = read_table(tmp_path / "a", content.encode())
    assert (len(found.rows), found.truncated) == (rows, True)
    assert found.refused == [(rows + 1, "the file ends inside this record")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{\n"data": [{"a": 1}]}', "neither a JSON object on each line nor an array of objects"),
        ('[{"a": 1} x {"a": 2}]', "after object 1 of its array: invalid JSON: Expecting value"),
        ('[{"a": 1}, {"a": }]', "after object 1 of its array: invalid JSON: Expecting value"),
        ('[{"a": 1}] [{"a": 2}]', "there is text after the end of the array"),
        ('[{"a": 1, "a": 2}]', "the key 'a' appears twice"),
        ("[[1, 2], [3, 4]]", "no JSON object with a key"),
        ("[]", "no JSON object with a key"),
        ("[" * 99_999, "nested too deeply"),
    ],
)
def test_malformed_json(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a", content.encode())


def test_a_json_array_is_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the limits of the parts are, and with numbers and texts across them."""
    objects = [{"a": number, "b": "x" * (number % 7), "c": [number, {"d": None}]} for number in range(50)]
    for characters in range(1, 40):
        monkeypatch.setattr(json_rows, "_CHUNK_CHARACTERS", characters)
        found = read_table(tmp_path / "a", json.dumps([*objects, 5]).encode())
        assert [cells[:2] for cells in found.cells] == [[str(item["a"]), item["b"]] for item in objects]
        assert (found.refused, found.truncated) == ([(51, "not a JSON object")], False)


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_rows_are_the_same_records_as_in_a_csv_file(database_url: str, tmp_path: Path, name: str) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "a.jsonl").write_bytes(LINES)
    (tmp_path / "a.json").write_text(json.dumps(OBJECTS))
    (tmp_path / "a.parquet").write_bytes(PARQUET)
    mapping = mapping_of(tmp_path, PLAIN + PAY)
    assert import_file(database_url, mapping, str(tmp_path / "a.csv"), keep_doubtful=True).imported == 2
    report = import_file(database_url, mapping, str(tmp_path / name), keep_doubtful=True)
    assert (report.unchanged, report.imported, report.edition, pays(database_url)) == (2, 0, None, [90, 100])


@pytest.mark.parametrize(
    ("file_format", "content", "message"),
    [
        ("xlsx", CSV, "is a text file, but file.format in the mapping is 'xlsx'"),
        ("csv", PARQUET, "is a Parquet file, but file.format in the mapping is 'csv'"),
        ("ods", xlsx([["a"]]), r"is an Excel workbook \(.xlsx\), but file.format in the mapping is 'ods'"),
        ("jsonl", CSV, "has no JSON objects; remove file.format"),
    ],
)
def test_format_that_the_file_does_not_have(tmp_path: Path, file_format: str, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a", content, format=file_format)


def test_csv_that_begins_like_json(tmp_path: Path) -> None:
    assert read_table(tmp_path / "a", b'["x"],b\n1,2\n', format="csv").header == ['["x"]', "b"]


MEMBERS = zipped(
    {"data/pay.csv": CSV, "data/schema.csv": "a\n1\n", "notes.txt": "x", "copy/pay.csv": CSV, "inner.zip": b"PK\3\4"}
)


@pytest.mark.parametrize("member", ["data/pay.csv", "copy/pay.csv"])
def test_member_of_a_zip(tmp_path: Path, member: str) -> None:
    assert read_table(tmp_path / "a.zip", MEMBERS, member=member).cells == ROWS


def test_member_by_its_name_without_folders(tmp_path: Path) -> None:
    assert read_table(tmp_path / "a.zip", MEMBERS, member="schema.csv").cells == [["1"]]


@pytest.mark.parametrize(
    ("content", "member", "message"),
    [
        (MEMBERS, None, "set file.member in the mapping to the file to import, one of data/pay.csv, data/schema.csv, notes"),
        (MEMBERS, "pay.csv", "has 2 members 'pay.csv'; set file.member to one of data/pay.csv"),
        (MEMBERS, "none.csv", "has no members 'none.csv'"),
        (MEMBERS, "inner.zip", "inner.zip in a.zip is damaged"),
        (zipped({"b.zip": zipped({"a.csv": CSV})}), None, "b.zip in a.zip is a zip archive in a zip archive"),
        (zipped({}), None, "is a zip archive without files"),
        (zipped({"a.pdf": b"%PDF-1.7"}), None, "a.pdf in a.zip is a PDF"),
    ],
)
def test_zip_without_a_clear_member(tmp_path: Path, content: bytes, member: str | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / "a.zip", content, member=member)


@pytest.mark.parametrize(
    "decimal", [",", pytest.param(None, marks=pytest.mark.slow), pytest.param(".", marks=pytest.mark.slow)]
)
def test_stored_numbers_have_a_decimal_point(database_url: str, tmp_path: Path, decimal: str | None) -> None:
    """Whatever the decimal separator of texts is; a text such as 85.125 in a workbook has that of the mapping."""
    keys = f'decimal = "{decimal}"\n' if decimal else ""
    mapping = mapping_of(
        tmp_path, f'{PLAIN}[file]\n{keys}[pay]\nbase = {{column = "pay", multiplier = 1000}}\ncurrency = "USD"\n'
    )
    numbers = [85.125, 85.5, 85]
    files = {
        "a.xlsx": xlsx([["pay"], *([number] for number in numbers)]),
        "a.xls": xls([["pay"], *([number] for number in numbers)]),
        "a.ods": ods([["pay"], *([number] for number in numbers)]),
        "a.jsonl": b"".join(b'{"pay": %a}\n' % number for number in numbers),
        "a.parquet": parquet({"pay": [Decimal("85.125"), Decimal("85.500"), Decimal("85.000")]}),
        "b.parquet": parquet({"pay": numbers}),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        import_file(database_url, mapping, str(tmp_path / name))
        assert pays(database_url) == [85_000, 85_125, 85_500], name


def test_texts_of_numbers_in_workbooks_have_the_separator_of_the_mapping(database_url: str, tmp_path: Path) -> None:
    mapping = mapping_of(tmp_path, f'{PLAIN}[file]\ndecimal = ","\n{PAY}')
    (tmp_path / "a.xlsx").write_bytes(xlsx([["note", "pay"], ["", "85.125"], ["", 85_125.5], ["", "90.000,00"]]))
    import_file(database_url, mapping, str(tmp_path / "a.xlsx"))
    assert pays(database_url) == [85_125, 85_126, 90_000]
