"""Small workbooks as bytes: XLSX by openpyxl, XLS by xlwt, and ODS and XLSB, which have no writer, record by record."""

import io
import struct
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Any, NamedTuple
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

import xlwt
from openpyxl import Workbook

Cells = Sequence[Sequence[Any]]
"""Rows of values: text, numbers, booleans, dates, times or None, or an `Error`."""
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_ERROR_CODES = {"#DIV/0!": 7, "#REF!": 23, "#N/A": 42}


class Error(str):
    """A cell with an error, such as #REF!."""

    __slots__ = ()


def zipped(members: dict[str, str | bytes]) -> bytes:
    """A zip archive."""
    found = io.BytesIO()
    with ZipFile(found, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return found.getvalue()


def xlsx(cells: Cells, edit: Callable[[Workbook], None] = lambda _: None) -> bytes:
    """A workbook with one sheet, `Sheet`, that `edit` may change before it is saved."""
    workbook, found = Workbook(), io.BytesIO()
    sheet = workbook.active
    for row, values in enumerate(cells, 1):
        for column, value in enumerate(values, 1):
            if value is not None:
                cell = sheet.cell(row, column, value)
                cell.data_type = "e" if isinstance(value, Error) else cell.data_type
    edit(workbook)
    workbook.save(found)
    return found.getvalue()


def xlsx_of(rows: str) -> bytes:
    """An XLSX workbook with one sheet, `Sheet`, of these rows in XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheets = '<sheets><sheet name="Sheet" sheetId="1" r:id="rId1"/></sheets>'
    return zipped(
        {
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{_RELATIONS}">{sheets}</workbook>',
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
        }
    )


def _relation(kind: str, target: str) -> str:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    relation = f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{package}">{relation}</Relationships>'


def xls(cells: Cells) -> bytes:
    """An Excel 97-2003 workbook with one sheet."""
    workbook, found = xlwt.Workbook(), io.BytesIO()
    sheet = workbook.add_sheet("Sheet")
    patterns = {datetime: "yyyy-mm-dd hh:mm:ss", date: "yyyy-mm-dd", time: "hh:mm:ss"}
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if isinstance(value, Error):
                sheet.row(row).set_cell_error(column, _ERROR_CODES[value])
            elif value is not None:
                sheet.write(row, column, value, xlwt.easyxf(num_format_str=patterns.get(type(value), "General")))
    workbook.save(found)
    return found.getvalue()


def ods(cells: Cells) -> bytes:
    """An OpenDocument spreadsheet with one sheet."""
    rows = "".join(f"<table:table-row>{''.join(map(_ods_cell, values))}</table:table-row>" for values in cells)
    names = ("office", "table", "text", "calcext")
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in names[:3])
    spaces += ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": "<manifest:manifest "
            'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
            "content.xml": f'<?xml version="1.0"?><office:document-content {spaces} office:version="1.3"><office:body>'
            f'<office:spreadsheet><table:table table:name="Sheet">{rows}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        }
    )


class OdsMoney(NamedTuple):
    """An amount in a currency, as cells of an OpenDocument spreadsheet have it."""

    amount: float
    currency: str


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind, attributes = "string", ""
    if isinstance(value, OdsMoney):
        kind, attributes = "currency", f' office:currency="{value.currency}" office:value="{value.amount!r}"'
        value = value.amount
    elif isinstance(value, Error):
        attributes = ' office:string-value="" calcext:value-type="error"'
    elif isinstance(value, bool):
        kind, attributes = "boolean", f' office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind, attributes = "float", f' office:value="{value!r}"'
    elif isinstance(value, date):
        kind, attributes = "date", f' office:date-value="{value.isoformat()}"'
    elif isinstance(value, time):
        kind, attributes = "time", f' office:time-value="{value:PT%HH%MM%SS}"'
    text = "" if isinstance(value, bool) else f"<text:p>{escape(str(value))}</text:p>"
    return f'<table:table-cell office:value-type="{kind}"{attributes}>{text}</table:table-cell>'


def xlsb(cells: Cells) -> bytes:
    """A binary workbook with one sheet, of texts, numbers, booleans and errors."""
    sheet = [_record(129), _record(148, struct.pack("<4I", 0, len(cells), 0, max(map(len, cells)))), _record(145)]
    for row, values in enumerate(cells):
        sheet.append(_record(0, struct.pack("<I", row) + bytes(13)))
        sheet += [_xlsb_cell(column, value) for column, value in enumerate(values) if value is not None]
    sheet += [_record(146), _record(130)]
    entry = struct.pack("<2I", 0, 1) + _wide("rId1") + _wide("Sheet")
    book = [_record(131), _record(143), _record(156, entry), _record(144), _record(157), _record(132)]
    relation = '<Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.bin"/>'
    return zipped(
        {
            "xl/workbook.bin": b"".join(book),
            "xl/_rels/workbook.bin.rels": f"<Relationships>{relation}</Relationships>",
            "xl/worksheets/sheet1.bin": b"".join(sheet),
        }
    )


def _xlsb_cell(column: int, value: Any) -> bytes:
    place = struct.pack("<2I", column, 0)
    if isinstance(value, Error):
        return _record(3, place + bytes([_ERROR_CODES[value]]))
    if isinstance(value, bool):
        return _record(4, place + bytes([value]))
    if isinstance(value, int | float):
        return _record(5, place + struct.pack("<d", value))
    return _record(6, place + _wide(value))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, data: bytes = b"") -> bytes:
    return _varint(kind) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])
