"""Files that are no tables, damaged or hostile: refused by what they are, without their bytes in the message."""

import bz2
import gzip
import io
import lzma
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import pytest
from support.tables import parquet, read_table, refusal
from support.workbooks import ods, xls, xlsb, xlsx, xlsx_of, zipped

from seed.importer.tables import content as contents
from seed.importer.tables import kinds, workbook_rows

CSV = b"title,pay\nData Engineer,100\nData Analyst,90\n"
ROWS = [["Data Engineer", "100"], ["Data Analyst", "90"]]
PARQUET = parquet({"title": ["Data Engineer", "Data Analyst"] * 500, "pay": [100, 90] * 500})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
BINARY = random.Random(1).randbytes(5000)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF; export the table as CSV or XLSX"),
        (b"\x89PNG\r\n\x1a\n" + BINARY, "a PNG image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a JPEG image"),
        (b"\n <!DOCTYPE html><html><table><tr><td>1</td></tr></table>", "an HTML page; download the data file itself"),
        (b"<table><tr><td>pay</td></tr></table>", "an HTML page"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a Git LFS pointer"),
        (b"\x28\xb5\x2f\xfd\x24\x00", "a Zstandard-compressed file; decompress it"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (bytes(257) + b"ustar\x0000", "a tar archive"),
        (gzip.compress(b"a.csv".ljust(257, b"\0") + b"ustar  \0", mtime=0), "a tar archive"),
        (b"ARROW1\x00\x00" + BINARY, "an Arrow"),
        (
            OLE + "EncryptedPackage".encode("utf-16-le") + "Workbook".encode("utf-16-le"),
            "an encrypted workbook; save it without",
        ),
        (OLE + "WordDocument".encode("utf-16-le"), "a Word document"),
        (OLE, "a Microsoft compound file without a workbook"),
        (zipped({"word/document.xml": "<w/>"}), "a Word document"),
        (
            zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}),
            "an OpenDocument file, but not",
        ),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "an Excel workbook from before 1997"),
        (BINARY, "a binary file of an unknown kind"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, what: str) -> None:
    assert f"data.csv is {what}" in refusal(tmp_path / "data.csv", content)


def test_sqlite_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db") as database:
        database.execute("CREATE TABLE a (b)")
    database.close()
    assert "is an SQLite database" in refusal(tmp_path / "data.csv", (tmp_path / "db").read_bytes())


@pytest.mark.parametrize("name", ["PAR1", "PARENT", "MZ", "Rar!", "BZh", "$FL", "ORC"])
def test_column_names_that_begin_like_other_files(tmp_path: Path, name: str) -> None:
    assert read_table(tmp_path / "a.csv", f"{name},pay\nx,1\n".encode()).header == [name, "pay"]


CELLS = [["title", "pay"], *([f"Data Engineer {number}", number] for number in range(500))]
TEXT = "".join(f"{title},{pay}\n" for title, pay in CELLS).encode()
DAMAGED: dict[str, bytes] = {
    "xlsx": xlsx(CELLS),
    "xls": xls(CELLS),
    "ods": ods(CELLS),
    "xlsb": xlsb(CELLS),
    "zip": zipped({"a.csv": TEXT}),
    "parquet": PARQUET,
}


@pytest.mark.parametrize("suffix", DAMAGED)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.95])
def test_truncated_files(tmp_path: Path, suffix: str, share: float) -> None:
    content = DAMAGED[suffix]
    refusal(tmp_path / f"a.{suffix}", content[: max(int(len(content) * share), 30)])


@pytest.mark.parametrize("suffix", DAMAGED)
def test_damaged_files(tmp_path: Path, suffix: str) -> None:
    content, chance = bytearray(DAMAGED[suffix]), random.Random(2)
    for place in range(len(content) // 3, len(content) // 2):
        content[place] = chance.randrange(256)
    assert f"a.{suffix}" in refusal(tmp_path / f"a.{suffix}", bytes(content))


@pytest.mark.parametrize(
    "compress", [gzip.compress, lambda text: bz2.compress(text, 1), lzma.compress], ids=["gzip", "bz2", "xz"]
)  # bz2 in blocks of 100 kB
def test_truncated_compressed_text_is_read_as_far_as_it_goes(tmp_path: Path, compress: Callable[[bytes], bytes]) -> None:
    text = b"title,pay\n" + b"".join(b"%d,%d\n" % (number, number * 7919 % 10007) for number in range(30_000))
    packed = compress(text)
    found = read_table(tmp_path / "a", packed[: len(packed) // 2])
    assert found.truncated
    assert 1000 < len(found.rows) < 30_000
    assert found.rows[-1][1] == [str(len(found.rows) - 1), str((len(found.rows) - 1) * 7919 % 10007)]


@pytest.mark.parametrize("content", [gzip.compress(xlsx(CELLS), mtime=0)[:-2000], gzip.compress(PARQUET, mtime=0)[:-20]])
def test_truncated_compressed_workbooks_are_refused(tmp_path: Path, content: bytes) -> None:
    assert "is incomplete; download it again" in refusal(tmp_path / "a", content)


def test_zip_with_a_wrong_checksum(tmp_path: Path) -> None:
    stored = io.BytesIO()
    with ZipFile(stored, "w", ZIP_STORED) as archive:
        archive.writestr("a.csv", CSV)
    assert "a.csv in a.zip is damaged (Bad CRC-32" in refusal(
        tmp_path / "a.zip", stored.getvalue().replace(b"90\n", b"91\n")
    )


def test_encrypted_member(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": CSV}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    assert "a.csv in a.zip is encrypted; unpack it" in refusal(tmp_path / "a.zip", bytes(content))


def test_member_compressed_by_an_unknown_method(tmp_path: Path) -> None:
    content = bytearray(zipped({"a.csv": CSV}))
    for header, method in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        content[content.index(header) + method] = 9  # Deflate64, as Windows writes it
    assert "is compressed by a method that cannot be read" in refusal(tmp_path / "a.zip", bytes(content))


def test_member_names_are_not_paths_and_not_printed_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    assert read_table(folder / "a.zip", zipped({"../../evil.csv": CSV})).cells == ROWS
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]
    message = refusal(tmp_path / "a.zip", zipped({"\x1b[31ma.csv": CSV, "b.csv": CSV}))
    assert "one of ?[31ma.csv, b.csv" in message


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, lambda text: zipped({"a.csv": text})])
def test_files_that_expand_too_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]) -> None:
    for module in (contents, kinds):
        monkeypatch.setattr(module, "MAX_UNCOMPRESSED_BYTES", 300_000)
    assert read_table(tmp_path / "a", pack(b"a,b\n" * 50_000)).header == ["a", "b"]
    assert "expands to more than" in refusal(tmp_path / "a", pack(b"a,b\n" * 100_000))


def test_workbook_whose_parts_expand_too_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kinds, "MAX_UNCOMPRESSED_BYTES", 100_000)
    assert "expands to more than" in refusal(tmp_path / "a.xlsx", xlsx([["x" * 30_000] for _ in range(10)]))


def test_a_line_without_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MAX_LINE_BYTES", 3_000_000)
    for rows in (b"x" * 5_000_000, b"1,2\n" * 20_000 + b"\0" * 5_000_000):
        assert "a line of more than 3,000,000 bytes" in refusal(tmp_path / "a.csv", gzip.compress(b"a,b\n" + rows, mtime=0))


FAR = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
REPEATED = (
    '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated="16384" '
    'office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
)
ENTITIES = (
    '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 20}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)


def bombs() -> dict[str, bytes]:
    """Small workbooks that take terabytes if they are read as they are written."""
    name, text = "content.xml", "<table:table-row></table:table-row>"
    with ZipFile(io.BytesIO(ods([[]]))) as archive:
        members = {member: archive.read(member).decode() for member in archive.namelist()}
    repeated = {**members, name: members[name].replace(text, REPEATED)}
    with ZipFile(io.BytesIO(xlsx_of('<row r="1"><c r="A1" t="inlineStr"><is><t>&i;</t></is></c></row>'))) as archive:
        entities = {member: archive.read(member).decode() for member in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    entities[sheet] = ENTITIES + entities[sheet]
    part = "xl/workbook.xml"
    declared = {**entities, sheet: "<worksheet/>", part: ENTITIES + entities[part].replace('name="Sheet"', 'name="&i;"')}
    return {"repeated.ods": zipped({**repeated}), "entities.xlsx": zipped({**entities}), "names.xlsx": zipped({**declared})}


@pytest.mark.parametrize("name", ["repeated.ods", "entities.xlsx", "names.xlsx"])
def test_workbooks_that_take_all_memory(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_rows, "WORKBOOK_MEMORY_BYTES", 500_000_000)
    assert f"{name} cannot be read as a workbook" in refusal(tmp_path / name, bombs()[name])


def test_a_cell_far_outside_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_rows, "WORKBOOK_MEMORY_BYTES", 500_000_000)
    assert read_table(tmp_path / "a.xlsx", xlsx_of(FAR)).rows == [(1_048_576, [""] * 16_383 + ["1"])]


ROWS_IN_XML = {
    "its row 2 comes after row 3": '<row r="3"><c r="A3"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row>',
    "it has no shared string '5', which a cell refers to": '<row r="1"><c r="A1" t="s"><v>5</v></c></row>',
    "it has a cell of the unknown type 'x'": '<row r="1"><c r="A1" t="x"><v>5</v></c></row>',
}


@pytest.mark.parametrize("message", ROWS_IN_XML)
def test_sheets_that_are_not_as_programs_write_them(tmp_path: Path, message: str) -> None:
    assert message in refusal(tmp_path / "a.xlsx", xlsx_of(ROWS_IN_XML[message]))


@pytest.mark.slow
def test_a_million_empty_rows(tmp_path: Path) -> None:
    """As a spreadsheet program writes them where whole columns have a format."""
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>5</v></c></row>'
    empty = "".join(f'<row r="{row}"><c r="A{row}" s="0"/><c r="B{row}"/></row>' for row in range(3, 1_048_577))
    assert read_table(tmp_path / "a.xlsx", xlsx_of(rows + empty)).rows == [(2, ["5"])]
