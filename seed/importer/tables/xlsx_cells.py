"""The cells of an XLSX sheet as batches of the texts that a CSV file would have.

A sheet is parsed in pieces of whole rows, so that memory does not grow with their number; only the shared strings of the
workbook are kept as a whole. Pieces have no document type definition, so no entities that expand.
"""

import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache, reduce
from typing import NamedTuple
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zipfile import ZipFile

import pyarrow as pa

from seed.importer.tables.number_formats import LOCAL, CellFormats

ROW = "row"
"""The name of the column with the numbers of rows, from 0."""

NUMBERS = "numbers of "
"""What the names of columns begin with that say which cells of another column are fractional numbers."""

SHOWN = "shown of "
"""What the names of columns begin with that say how the numbers of another column are shown, such as "{} zł"."""

NOT_CALCULATED = "#NOT CALCULATED"
"""The text of a cell with a formula whose result is not in the workbook."""

BATCH_ROWS = 4_000
_CHUNK_BYTES = 1 << 20
MAX_ELEMENT_BYTES = 64_000_000
"""Bytes of a row or a shared string, after which a part is not read further."""
_ROOT = re.compile(rb"<(?:(\w+):)?(?:worksheet|sst)\b[^>]*>")
_DIGITS = "0123456789"
_MAX_COLUMNS = 16_384
_TAG_END = r"[\s/>]"
_ROW = re.compile(r'<row r="(\d{1,7})"[^>]*>')
_PLAIN_CELL = re.compile(r'<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,6})")?(?: t="(\w+)")?(?:/>|><v>([^<&]*)</v></c>)')
_PRESERVED = "{http://www.w3.org/XML/1998/namespace}space"
_BLANKS = " \t\r\n"
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_INDEX = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
_TRUTHS = {"1": "true", "true": "true", "0": "false", "false": "false"}
_MIDNIGHT = " 00:00:00"


class Sheet(NamedTuple):
    """A sheet, and the part of the workbook with its cells; None for a chart."""

    name: str
    is_visible: bool
    part: str | None


@dataclass(frozen=True)
class Workbook:
    """The parts of an XLSX file. Raises for damaged ones, with exceptions of many types."""

    archive: ZipFile

    @cached_property
    def sheets(self) -> Sequence[Sheet]:
        """In the order of the workbook."""
        found = []
        for element in self._root.iterfind("{*}sheets/{*}sheet"):
            kind, part = next(self._relations[value] for key, value in element.items() if key.endswith("}id"))
            is_visible = element.get("state", "visible") == "visible"
            found.append(Sheet(element.get("name", ""), is_visible, part if kind.endswith("/worksheet") else None))
        return found

    def pieces(self, part: str, element: str) -> Iterator["_Piece"]:
        """A part, in pieces that end with an element of this name; what follows the last one is left out."""
        with self.archive.open(self._members[part.lower()]) as xml:
            rest, root, end = b"", b"", b""
            while chunk := xml.read(_CHUNK_BYTES):
                content = rest + chunk
                if not root:
                    root, prefix, content = _without_prologue(content, element)
                    end = b"</%s%s>" % (prefix, element.encode())
                found, last, rest = content.rpartition(end)
                if last:
                    yield _Piece(root.decode(), (found + last).decode())
                if len(rest) > MAX_ELEMENT_BYTES:
                    raise ValueError(f"it has a {element} of more than {MAX_ELEMENT_BYTES:,} bytes")
            if re.search(rb"<%s(?:\s[^>]*)?(?:(?<!/)>|$)" % end[2:-1], rest):
                raise ValueError(f"it ends within a {element}; perhaps it was not written to its end")

    @cached_property
    def strings(self) -> Sequence[str]:
        """The texts that cells refer to by their number."""
        part = next((part for kind, part in self._relations.values() if kind.endswith("/sharedStrings")), "")
        if part.lower() not in self._members:
            return ()
        return [_rich_text(element) for piece in self.pieces(part, "si") for element in piece.elements()]

    @cached_property
    def formats(self) -> CellFormats:
        part = next((part for kind, part in self._relations.values() if kind.endswith("/styles")), "")
        return CellFormats.of(self._document(part)) if part.lower() in self._members else CellFormats({}, frozenset())

    @cached_property
    def first_day(self) -> datetime:
        """The day whose number is 0 in dates from March 1900 on."""
        properties = self._root.find("{*}workbookPr")
        is_1904 = properties is not None and properties.get("date1904") in ("1", "true")
        return datetime(1904, 1, 1) if is_1904 else datetime(1899, 12, 30)  # noqa: DTZ001 - workbooks have no time zones

    @cached_property
    def _members(self) -> dict[str, str]:
        """The names of the archive's members, by the names of parts in lower case, which ignore case."""
        return {name.replace("\\", "/").lower(): name for name in self.archive.namelist()}

    @cached_property
    def _root(self) -> Element:
        return self._document("xl/workbook.xml")

    @cached_property
    def _relations(self) -> dict[str, tuple[str, str]]:
        """The type and the name of each part, by the id of its relation."""
        relations = self._document("xl/_rels/workbook.xml.rels")
        return {one.get("Id", ""): (one.get("Type", ""), _part(one.get("Target", ""))) for one in relations}

    def _document(self, part: str) -> Element:
        content = self.archive.read(self._members[part.lower()])
        if b"<!DOCTYPE" in content:
            raise ValueError("it has a document type definition, which workbooks do not have")
        return ElementTree.fromstring(content)


class _Piece(NamedTuple):
    """Some whole elements of a part, and the tag of the root that they are in."""

    root: str
    content: str

    def elements(self) -> Element:
        """The root with these elements."""
        return ElementTree.fromstring(f"{self.root}{self.content}</{re.split(_TAG_END, self.root[1:], maxsplit=1)[0]}>")


def _part(target: str) -> str:
    """The name of a part from a relation of the workbook.

    >>> _part("worksheets/sheet1.xml"), _part("/xl/worksheets/sheet1.xml"), _part("../xl/styles.xml")
    ('xl/worksheets/sheet1.xml', 'xl/worksheets/sheet1.xml', 'xl/styles.xml')
    """
    return posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


def _without_prologue(content: bytes, element: str) -> tuple[bytes, bytes, bytes]:
    """The tag of the root, the prefix of its name, and what begins with the first element."""
    root = _ROOT.search(content)
    if root is None:
        raise ValueError("it is not in the XML that spreadsheet programs write")
    prefix = (root[1] or b"") + (b":" if root[1] else b"")
    first = re.compile(rb"<%s%s[\s/>]" % (prefix, element.encode())).search(content, root.end())
    tag = root[0].removesuffix(b"/>").removesuffix(b">") + b">"
    return tag, prefix, content[first.start() :] if first else b""


def _letters(column: int) -> str:
    """The letters of a column, by its number from 0.

    >>> _letters(0), _letters(25), _letters(26), _letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    letters, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


# Texts


def _name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def _rich_text(element: Element) -> str:
    """The text of an element with its runs, without phonetic readings."""
    if len(element) == 1 and not len(element[0]):
        return _text(element[0])
    runs = (child for child in element if _name(child) in ("t", "r"))
    return "".join(_text(text) for run in runs for text in run.iter() if _name(text) == "t")


def _text(element: Element) -> str:
    """The text of an element, without blanks around it unless they are to be preserved."""
    text = element.text or ""
    if text[:1] in _BLANKS or text[-1:] in _BLANKS:
        text = text if element.get(_PRESERVED) == "preserve" else text.strip(_BLANKS)
    return _ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


@lru_cache(1 << 16)
def number_text(stored: str) -> str:
    """A stored number without exponent and trailing zeros, with at most nine decimals; another text as it is.

    >>> [number_text(text) for text in ("120000", "120000.0", "0.30000000000000004", "1E+15", "-1.50", "abc")]
    ['120000', '120000', '0.3', '1000000000000000', '-1.5', 'abc']
    """
    if not _NUMBER.fullmatch(stored):
        return stored
    return f"{float(stored):.9f}".rstrip("0").rstrip(".")


@lru_cache(1 << 16)
def date_text(stored: str, first_day: datetime) -> str:
    """A stored number of days as an ISO date, followed by the time unless it is midnight; a time alone within the first day.

    The days from 1900-01-01 to 1900-02-28 are those of programs in which 1900 is a leap year.

    >>> [date_text(text, datetime(1899, 12, 30)) for text in ("45444", "45444.5", "0.75", "59", "1e10")]
    ['2024-06-01', '2024-06-01 12:00:00', '18:00:00', '1900-02-28', '#VALUE!']
    """
    if not _NUMBER.fullmatch(stored):
        return stored
    days = float(stored)
    is_leap_1900 = first_day.year < 1904 and days < 60
    try:
        moment = first_day + timedelta(days=is_leap_1900, milliseconds=round(days * 86_400_000))
    except OverflowError:
        return "#VALUE!"
    text = moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")
    is_time = moment.year == 1899 and not text.endswith(_MIDNIGHT)
    return text[11:] if is_time else text.removesuffix(_MIDNIGHT)


@lru_cache(1 << 14)
def _column(letters: str) -> int:
    """The number of a column from 0. Raises ValueError for one that no sheet has.

    >>> _column("A"), _column("Z"), _column("AA"), _column("XFD")
    (0, 25, 26, 16383)
    """
    number = reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0) - 1
    if number >= _MAX_COLUMNS or not (letters.isascii() and letters.isupper()):
        raise ValueError(f"it has a cell in the column {letters[:20]!r}, which no sheet has")
    return number


# Rows


_Cell = tuple[str, str, str, str]
"""The letters of the column, the number of the style, the type and what is stored, before the type gives it a meaning."""
_Row = tuple[int, Sequence[_Cell]]
"""A row, by its number from 1."""


def _plain_rows(piece: _Piece) -> list[_Row] | None:
    """The rows of a piece in which rows and cells have the form that most programs write, three times as fast as by an XML
    parser; None for others."""
    _, *parts = _ROW.split(piece.content)
    rows: list[_Row] = list(zip(map(int, parts[::2]), map(_PLAIN_CELL.findall, parts[1::2]), strict=True))
    is_plain = piece.content.count("<row") == len(rows) and piece.content.count("<c") == sum(len(cells) for _, cells in rows)
    return rows if is_plain and "<!" not in piece.content else None


def _parsed_rows(piece: _Piece, last: int) -> Iterator[_Row]:
    for row in piece.elements():
        last = int(row.get("r") or last + 1)
        yield last, list(_parsed_cells(row))


def _parsed_cells(row: Element) -> Iterator[_Cell]:
    column = -1
    for cell in row:
        if _name(cell) == "c":
            letters = cell.get("r", "").rstrip(_DIGITS)
            column = _column(letters) if letters else column + 1
            yield letters or _letters(column), cell.get("s", ""), *_stored(cell)


def _stored(cell: Element) -> tuple[str, str]:
    kind, parts = cell.get("t", ""), {_name(part): part for part in cell}
    if "is" in parts:
        return "inlineStr", _rich_text(parts["is"])
    stored = (parts["v"].text or "") if "v" in parts else ""
    is_calculated = "f" not in parts or stored or kind == "str"  # an empty text is a result
    return (kind, stored) if is_calculated else ("e", NOT_CALCULATED)


class SheetRows:
    """The rows of a sheet that have a cell with a text. `local` counts the cells in the currency of the program."""

    def __init__(self, workbook: Workbook, sheet: Sheet) -> None:
        self._pieces = workbook.pieces(sheet.part, "row") if sheet.part else iter(())
        self._strings, self._first_day = workbook.strings, workbook.first_day
        self._dates, self._shown = workbook.formats.dates, workbook.formats.shown
        self._readers: dict[str, Callable[[str], str]] = {
            "b": lambda stored: _TRUTHS.get(stored, stored),
            "d": lambda stored: stored.replace("T", " ").removesuffix(_MIDNIGHT),
            **dict.fromkeys(("str", "inlineStr", "e"), str),
        }
        self.local = 0

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of up to `BATCH_ROWS` rows: ROW, and the columns with a text in them by their number from 0, in order,
        then NUMBERS and SHOWN of those that have any. Raises ValueError for rows out of order."""
        batch, last = _Batch(), 0
        for piece in self._pieces:
            for number, cells in _plain_rows(piece) or _parsed_rows(piece, last):
                if number <= last:
                    raise ValueError(f"its row {number:,} comes after row {last:,}")
                last = number
                if texts := self._texts(cells, batch):
                    batch.add(number - 1, texts)
                if len(batch) == BATCH_ROWS:
                    yield batch.finish()
                    batch = _Batch()
        if len(batch):
            yield batch.finish()

    def _texts(self, cells: Sequence[_Cell], batch: "_Batch") -> dict[str, str]:
        """The texts of a row by the letters of columns, those of numbers marked in the batch too."""
        texts: dict[str, str] = {}
        for letters, style, kind, stored in cells:
            if not stored:
                continue
            if kind == "s":
                if text := self._shared(stored):
                    texts[letters] = text
            elif kind not in ("", "n"):
                texts[letters] = self._reader(kind)(stored)
            elif style in self._dates:
                texts[letters] = date_text(stored, self._first_day)
            else:
                texts[letters] = text = number_text(stored)
                self._mark(batch, letters, text, style)
        return texts

    def _reader(self, kind: str) -> Callable[[str], str]:
        if kind not in self._readers:
            raise ValueError(f"it has a cell of the unknown type {kind[:20]!r}")
        return self._readers[kind]

    def _shared(self, stored: str) -> str:
        if _INDEX.fullmatch(stored) and int(stored) < len(self._strings):
            return self._strings[int(stored)]
        raise ValueError(f"it has no shared string {stored[:20]!r}, which a cell refers to")

    def _mark(self, batch: "_Batch", letters: str, text: str, style: str) -> None:
        if "." in text:
            batch.fractions[letters].add(len(batch))
        if shown := self._shown.get(style):
            self.local += shown == LOCAL
            if shown != LOCAL:
                batch.shown[letters][len(batch)] = shown


class _Batch:
    """Rows with a text, and which of their cells are numbers with a fraction or a format, by column and place."""

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._texts: list[dict[str, str]] = []
        self.fractions: defaultdict[str, set[int]] = defaultdict(set)
        self.shown: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, number: int, texts: dict[str, str]) -> None:
        self._numbers.append(number)
        self._texts.append(texts)

    def finish(self) -> pa.RecordBatch:
        places = range(len(self))
        columns = sorted((_column(letters), letters) for letters in set().union(*self._texts))
        parts = {ROW: pa.array(self._numbers, pa.int32())}
        parts |= {str(number): pa.array([row.get(column) for row in self._texts], pa.string()) for number, column in columns}
        for number, column in columns:
            if fractions := self.fractions.get(column):
                parts[f"{NUMBERS}{number}"] = pa.array([place in fractions for place in places], pa.bool_())
            if shown := self.shown.get(column):
                parts[f"{SHOWN}{number}"] = pa.array(list(map(shown.get, places)), pa.string())
        return pa.record_batch(parts)
