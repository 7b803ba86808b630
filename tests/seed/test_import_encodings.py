"""Encodings of text files: declared, marked, and declared wrongly; text that was encoded twice; wrong delimiters."""

from pathlib import Path

import pytest
from support.csv_imports import PAY, PLAIN, import_text, pays, refusals
from support.tables import read_table, refusal

from service.errors import DataError

ENCODED: list[tuple[bytes, dict[str, str], str]] = [
    ("title;Zürich\n".encode(), {"encoding": "cp1252"}, "is UTF-8, not cp1252; remove file.encoding from the mapping"),
    ("title;Zürich\n".encode(), {"encoding": "latin-1"}, "is UTF-8, not latin-1"),
    ("title;東京\n".encode(), {"encoding": "shift_jis"}, "is UTF-8, not shift_jis"),
    ("a,b\n1,2\n".encode("utf-8-sig"), {"encoding": "cp1252"}, "is UTF-8, not cp1252"),
    ("a,b\n1,2\n".encode("utf-16"), {"encoding": "cp1252"}, "is UTF-16, not cp1252"),
    (b"a,b\n1,2\n", {"encoding": "utf-16"}, "is a text with one byte for most letters, not utf-16"),
    ("Größe,b\n1,2\n".encode("cp1252"), {}, "The header of a has bytes that are invalid in UTF-8; the file may"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "file_format", "message"), ENCODED)
def test_encodings_that_are_declared_wrongly(
    tmp_path: Path, content: bytes, file_format: dict[str, str], message: str
) -> None:
    assert message in refusal(tmp_path / "a", content, **file_format)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Größe,€\nMüller,“x”\n"),
        ("latin-1", "Größe,b\nMüller,ÿ\n"),
        ("shift_jis", "職種,年収\nデータエンジニア,800万\n"),
        ("gb18030", "职位,薪资\n数据工程师,30\n"),
        ("utf-16-le", "Größe,b\n職種,ÿ\n"),
        ("utf-16", "Größe,b\n職種,ÿ\n"),
        ("UTF8", "Größe,b\n職種,ÿ\n"),
        ("cp1252", "a,b\nx,y\n"),
    ],
)
def test_declared_encodings(tmp_path: Path, encoding: str, text: str) -> None:
    found = read_table(tmp_path / "a", text.encode(encoding), encoding=encoding)
    assert [found.header, *found.cells] == [line.split(",") for line in text.splitlines()]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([b"M\xfcller", b"Gr\xf6\xdfe"], "bytes that are invalid in UTF-8; the file may need encoding = 'cp1252'"),
        (["データ".encode("cp932")] * 2, "bytes that are invalid in UTF-8; the file may need encoding = 'cp932'"),
        (["Größe, Weiß".encode(), b"M\xfcller"], "bytes that are invalid in UTF-8"),
    ],
)  # fmt: skip
def test_rows_with_invalid_bytes_name_the_encoding_that_fits(tmp_path: Path, lines: list[bytes], reason: str) -> None:
    content = b"title\nData Engineer\n" + b"".join(b'"%s"\n' % line for line in lines)
    found = read_table(tmp_path / "a", content)
    assert {found_reason for _, found_reason in found.refused} == {reason}
    assert found.cells[0] == ["Data Engineer"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["a,b\n1,2\n", "職種,年収\nデータエンジニア,800万\n", "Должность,Оклад\nАналитик,5\n"])
def test_utf_16_needs_no_byte_order_mark(tmp_path: Path, encoding: str, text: str) -> None:
    found = read_table(tmp_path / "a", text.encode(encoding))
    assert [found.header, *found.cells] == [line.split(",") for line in text.splitlines()]


def test_a_stray_nul_is_not_utf_16(tmp_path: Path) -> None:
    found = read_table(tmp_path / "a", b"title,pay\nData\0Engineer,1\nData Analyst,2\n")
    assert (found.cells, found.refused) == ([["Data Analyst", "2"]], [(2, "a NUL byte")])


def test_invalid_utf_16_refuses_its_rows(tmp_path: Path) -> None:
    content = "title\nA\nB\nC".encode("utf-16-le").replace("B".encode("utf-16-le"), b"\x00\xd8") + b"\x41"
    found = read_table(tmp_path / "a", b"\xff\xfe" + content)
    assert found.cells == [["A"]]
    assert [line for line, _ in found.refused] == [3, 4]


TWICE = [
    ("München", "'Ã¼' for 'ü'"),
    ("it’s", "'â€™' for '’'"),
    ("İzmir", "'Ä°' for 'İ'"),
    ("Яндекс", "'Ð¯' for 'Я'"),
    ("東京", ""),
]


@pytest.mark.parametrize(("text", "example"), TWICE)
def test_text_that_was_encoded_twice_is_noted(tmp_path: Path, text: str, example: str) -> None:
    twice = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    found = read_table(tmp_path / "a", f"title\n{twice}\nok\n{twice} 2\n".encode())
    assert found.cells == [[twice], ["ok"], [f"{twice} 2"]]
    assert found.notes == {f"text that was encoded twice, such as {example or repr(twice) + ' for ' + repr(text)}": 2}


@pytest.mark.parametrize(
    "text",
    [
        "São Paulo – MANHÃ", "CAFÉ”", "« marché »", "MALMÅ…", "Ångström, Århus", "Ñandú", "Ørsted", "naïve Ä", "İstanbul",
        "Łódź", "東京", "Đà Nẵng",
    ],
)  # fmt: skip
def test_text_with_accents_is_not_noted(tmp_path: Path, text: str) -> None:
    assert read_table(tmp_path / "a", f"title\n{text}\n".encode()).notes == {}


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        (
            "title;pay",
            r"""only title;pay. Its cells seem to be separated by ";": set file.delimiter = ";" in the mapping.""",
        ),
        ("title\tpay", r"""set file.delimiter = "\t" in the mapping."""),
        ("title|pay", r"""set file.delimiter = "|" in the mapping."""),
        ("title;base, bonus;pay", r"""set file.delimiter = ";" in the mapping."""),
        ('"title"|"pay"', "check file.delimiter in the mapping."),
        ("title;salary", "Is it the right file for this mapping?"),
    ],
)
def test_wrong_delimiter(database_url: str, tmp_path: Path, header: str, hint: str) -> None:
    mapping = PLAIN + PAY + '[[factor]]\nfactor = "role"\ncolumn = "title"\n'
    with pytest.raises(DataError) as raised:
        import_text(database_url, tmp_path, f"{header}\n", mapping)
    assert str(raised.value).endswith(hint)
    assert pays(database_url) == []


def test_a_stray_nul_does_not_make_a_file_utf_16(tmp_path: Path) -> None:
    """Before a line end, at an odd offset, it reads as a line end of UTF-16."""
    content = b"title,pay\n" + b"Data Engineer,90000\n" * 20
    places = [place for place, byte in enumerate(content) if byte == ord("\n")]
    found = [read_table(tmp_path / "a", content[:place] + b"\0" + content[place:]) for place in places[1:]]
    assert [(one.header, len(one.cells)) for one in found] == [(["title", "pay"], 19)] * 20


def test_control_characters_in_pay_are_refused(database_url: str, tmp_path: Path) -> None:
    """The sign of the euro and dashes of a cp1252 file are control characters in latin-1; other columns keep them."""
    mapping = f'{PLAIN}[file]\nencoding = "latin-1"\n{PAY}'
    content = b"pay,note\n\x8045000,\n120\x96130,\n\x8080 000,\n70000,\x93fine\x94\n"
    report = import_text(database_url, tmp_path, content, mapping)
    assert pays(database_url) == [70_000]
    advice = "perhaps the file is in Windows-1252: set encoding"
    assert [(line, advice in reason) for line, reason, *_ in refusals(report)[1:]] == [("2", True), ("3", True), ("4", True)]
