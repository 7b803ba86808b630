"""Reads one sheet of a workbook in a process of its own, and writes its texts to an Arrow file.

A workbook is read whole, by native code: a hostile or damaged one may take all memory or end the process.

    python -m seed.importer.tables.workbook_process WORKBOOK SHEET OUTPUT MEMORY_BYTES

`SHEET` is a name, a number from 1, or empty for the first visible sheet that is not empty. Prints a JSON object with the
`sheet` that was read, the names of all `sheets`, the number of cells in the `local` currency and the numbers of cells by
their currency in an ODS file (`currencies`), or an `error`.
"""

import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import reduce
from xml.etree import ElementTree
from zipfile import ZipFile

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

NOT_CALCULATED = "#NOT CALCULATED"
"""The text of a cell with a formula whose result is not in the workbook."""

NUMBERS = "numbers of "
"""What the names of columns begin with that say which cells of another column are numbers."""

SHOWN = "shown of "
"""What the names of columns begin with that say how the numbers of another column are shown, such as "{} zł"."""

_ERROR_TEXTS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}
_ERROR_NAME = re.compile(r"Error\((\w+)\)")
_DURATION = re.compile(r'DurationIso\("PT(\d+)H(\d+)M(\d+)S"\)')
_ODS_ATTRIBUTE = re.compile(rb'value-type="error"|office:currency="(?P<currency>[^"<]{1,20})"')
_MAX_ATTRIBUTE = 64
"""Bytes that an attribute which is looked for takes at most."""
_FORMULA_WITHOUT_RESULT = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_STYLED_CELL_WITH_VALUE = rb'<(?:\w+:)?c\b([^>]*?\bs="(%b)"[^>]*)>\s*<(?:\w+:)?[fv]\b'
_LOCAL_FORMATS, _LOCAL = ("5", "6", "7", "8", "42", "44"), "local currency"  # built in
_SIGNS = "$€£¥₩₹₽₺₪₫₱₦฿₴₡%"
_SECTION = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])*')
_FORMAT_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[\$(?P<sign>[^\]-]*)[^\]]*\]'
    rf"|(?P<bare>[{_SIGNS[:-1]} ])|(?P<skipped>\[[A-Z]\w+\]|_.|\*.|[-+()])|(?P<digits>[0#?][0#?,. ]*)|(?P<other>.)"
)
_CELL_NAME = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_FRACTION = r"^-?\d*\.\d+$"
_CHUNK_BYTES = 1 << 22
Columns = dict[int, pa.Array]
"""Texts of a sheet by the number of the column, from 0."""
Cells = dict[tuple[int, int], str]
"""Texts by row and column, from 0."""


def main() -> None:
    path, sheet, output, memory = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    try:
        found = _convert(path, sheet, output)
    except BaseException as error:
        found = {"error": (str(error).splitlines() or [""])[0].removeprefix("calamine error: ")[:200]}
    sys.stdout.write(json.dumps(found))


def _convert(path: str, wanted: str, output: str) -> dict[str, object]:
    currencies, has_errors = _ods_cells(path) if path.endswith(".ods") else (Counter[str](), False)
    if has_errors:
        raise ValueError("it has cells with errors such as #REF!, which are read as blank from an .ods file")
    reader = fastexcel.read_excel(path)
    sheet, local = _sheet(reader, wanted), 0
    if sheet:
        columns, cells = _texts(sheet)
        height = max(map(len, columns.values()), default=0)
        stored = _StoredCells.read(path, sheet.name, height) if path.endswith(".xlsx") else _StoredCells()
        columns, local = _with_cells(columns, cells | stored.uncalculated), stored.local
        parts = {str(number): texts for number, texts in columns.items()} | _numbers(reader, sheet, columns)
        parts |= stored.formats(columns)
        batch = pa.record_batch(list(parts.values()), list(parts))
        with pa.OSFile(output, "wb") as file, pa.ipc.new_file(file, batch.schema) as writer:
            writer.write(batch)
    return {
        "sheet": sheet.name if sheet else None,
        "sheets": reader.sheet_names,
        "local": local,
        "currencies": currencies,
    }


def _sheet(reader: fastexcel.ExcelReader, wanted: str) -> fastexcel.ExcelSheet | None:
    """The sheet of a name or number, or else the first that is visible and not empty; None if there is none."""
    names = reader.sheet_names
    if wanted and wanted not in names:
        number = int(wanted) if wanted.isdecimal() else 0
        return _load(reader, names[number - 1]) if 1 <= number <= len(names) else None
    sheets = (_load(reader, name) for name in ([wanted] if wanted else names))
    return next((sheet for sheet in sheets if wanted or (sheet.visible == "visible" and sheet.total_height)), None)


def _load(reader: fastexcel.ExcelReader, name: str) -> fastexcel.ExcelSheet:
    return reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")


def _texts(sheet: fastexcel.ExcelSheet) -> tuple[Columns, Cells]:
    """The texts of a sheet, and those of cells that the library does not read as text: errors, and times in ODS files."""
    numbers = [column.absolute_index for column in sheet.selected_columns]
    batch, errors = sheet.to_arrow_with_errors()
    columns = dict(zip(numbers, map(_iso_dates, batch.columns), strict=True))
    others = [(error.position, error.detail) for error in errors.errors] if errors else []
    return columns, {(row, numbers[column]): _error_text(detail) for (row, column), detail in others}


def _numbers(reader: fastexcel.ExcelReader, sheet: fastexcel.ExcelSheet, columns: Columns) -> dict[str, pa.Array]:
    """Which cells are fractional numbers, and not texts such as "85.125", by the column of their texts: `NUMBERS` and its
    name. The library reads any number as a moment too, but no text that looks like a number."""
    fractions = {
        number: pc.fill_null(pc.match_substring_regex(texts, _FRACTION), False) for number, texts in columns.items()
    }
    found = [number for number in sheet.selected_columns if number.absolute_index in columns]
    wanted = [one.absolute_index for one in found if pc.any(fractions[one.absolute_index]).as_py()]
    if not wanted:
        return {}
    moments = reader.load_sheet(
        sheet.name, header_row=None, skip_rows=0, dtypes="datetime", use_columns=wanted
    ).to_arrow_with_errors()[0]
    masks: dict[str, pa.Array] = {}
    for number, column in zip(wanted, moments.columns, strict=True):
        fraction = fractions[number]
        stored = pa.concat_arrays([column.is_valid(), pa.nulls(len(fraction) - len(column), pa.bool_()).fill_null(False)])
        masks[f"{NUMBERS}{number}"] = pc.and_(fraction, stored)
    return masks


def _iso_dates(texts: pa.Array) -> pa.Array:
    """Dates as ISO dates, with their time unless it is midnight."""
    if pc.any(pc.match_like(texts, "____-__-__T__:__:__%")).as_py():  # as in ODS files
        texts = pc.replace_substring_regex(texts, r"^(\d{4,}-\d\d-\d\d)T(\d\d:\d\d:\d\d.*)$", r"\1 \2")
    if pc.any(pc.ends_with(texts, " 00:00:00")).as_py():
        texts = pc.replace_substring_regex(texts, r"^(\d{4,}-\d\d-\d\d) 00:00:00$", r"\1")
    if pc.any(pc.starts_with(texts, "1899-12-3")).as_py():  # a time of day is a fraction of the first day
        texts = pc.replace_substring_regex(texts, r"^1899-12-3[01] (\d\d:\d\d:\d\d)", r"\1")
    return texts


def _error_text(detail: str) -> str:
    if time := _DURATION.search(detail):
        return f"{time[1]}:{time[2]}:{time[3]}"
    name = _ERROR_NAME.search(detail)
    return _ERROR_TEXTS.get(name[1] if name else "", "#VALUE!")


def _ods_cells(path: str) -> tuple[Counter[str], bool]:
    """The numbers of cells of an ODS file by their currency, and whether any has an error, in any sheet."""
    currencies: Counter[str] = Counter()
    has_errors = False
    with ZipFile(path) as archive, archive.open("content.xml") as xml:
        rest = b""
        while chunk := xml.read(_CHUNK_BYTES):
            text, end = rest + chunk, 0
            for found in _ODS_ATTRIBUTE.finditer(text):
                end = found.end()
                if currency := found["currency"]:
                    currencies[currency.decode(errors="replace")] += 1
                else:
                    has_errors = True
            rest = text[max(end, len(text) - _MAX_ATTRIBUTE) :]
    return currencies, has_errors


def _with_cells(columns: Columns, cells: Cells) -> Columns:
    if not cells:
        return columns
    height = max(max((len(texts) for texts in columns.values()), default=0), 1 + max(row for row, _ in cells))
    changed = {column for _, column in cells}
    found: Columns = {}
    for column in sorted(columns.keys() | changed):
        texts = columns[column].to_pylist() if column in columns else []
        texts += [None] * (height - len(texts))
        for row, at in cells if column in changed else ():
            if at == column:
                texts[row] = cells[row, at]
        found[column] = pa.array(texts, pa.string())
    return found


@dataclass
class _StoredCells:
    """What the XML of an XLSX sheet says besides the texts of its cells.

    `uncalculated` are cells with a formula but no result, written by a program that does not calculate. `shown` has, by
    column, how the number of each row is shown, such as "{} zł", and `local` is the number of cells that are shown in the
    currency of the program that opens the file.
    """

    uncalculated: Cells = field(default_factory=dict)
    shown: dict[int, list[str | None]] = field(default_factory=dict)
    local: int = 0

    @classmethod
    def read(cls, path: str, sheet: str, height: int) -> "_StoredCells":
        """From the XML of a sheet, which is unpacked once; `height` is the number of rows with a value."""
        found, formats = cls(), _cell_formats(path)
        cells = re.compile(_STYLED_CELL_WITH_VALUE % b"|".join(formats)) if formats else None
        for rows in _xml_rows(path, sheet):
            found._add_uncalculated(rows)
            for cell in cells.finditer(rows) if cells else ():
                found._add_format(cell[1], formats[cell[2]], height)
        return found

    def formats(self, columns: Columns) -> dict[str, pa.Array]:
        """How the numbers of columns are shown, by `SHOWN` and the name of the column of their texts."""
        return {
            f"{SHOWN}{number}": pa.array([*texts, *[None] * (len(columns[number]) - len(texts))], pa.string())
            for number, texts in self.shown.items()
            if number in columns
        }

    def _add_uncalculated(self, rows: bytes) -> None:
        for cell in _FORMULA_WITHOUT_RESULT.finditer(rows) if b"<f" in rows or b":f" in rows else ():
            place = _CELL_NAME.search(cell[1])
            if place and b't="str"' not in cell[1]:  # an empty text is a result
                self.uncalculated[int(place[2]) - 1, _column_number(place[1])] = NOT_CALCULATED

    def _add_format(self, attributes: bytes, shown: str, height: int) -> None:
        if b't="s' in attributes:  # a text
            return
        self.local += shown == _LOCAL
        place = _CELL_NAME.search(attributes)
        if shown != _LOCAL and place and int(place[2]) <= height:
            column = self.shown.setdefault(_column_number(place[1]), [None] * height)
            column[int(place[2]) - 1] = shown


def _cell_formats(path: str) -> dict[bytes, str]:
    """How the styles of an XLSX workbook show numbers, by the number of the style, as far as they add a text to them."""
    with ZipFile(path) as archive:
        if "xl/styles.xml" not in archive.namelist():
            return {}
        styles = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = dict.fromkeys(_LOCAL_FORMATS, _LOCAL)
    formats |= {
        found.get("numFmtId", ""): _shown_by(found.get("formatCode", ""))
        for found in styles.iter()
        if found.tag.endswith("}numFmt")
    }
    cell_styles = next((found for found in styles if found.tag.endswith("}cellXfs")), ())
    shown = {number: formats.get(found.get("numFmtId", ""), "") for number, found in enumerate(cell_styles)}
    return {b"%d" % number: text for number, text in shown.items() if text}


def _shown_by(number_format: str) -> str:
    """How a format shows a positive number; "" if without a text, or not by its value: percentages, dates, thousands.

    >>> [_shown_by(text) for text in ('#,##0.00 "zł"', "[$€-407] #,##0", "$#,##0_);($#,##0)", 'General" LPA"', '"A$"0')]
    ['{} zł', '€ {}', '${}', '{} LPA', 'A${}']
    >>> [_shown_by(text) for text in ("[$-409]#,##0", "0%", '0.0,"k"', "yyyy-mm-dd", "# ?/?", '[<10]0" K";0', "@")]
    ['', '', '', '', '', '', '']
    """
    section, shown = _SECTION.match(number_format.replace("General", "0")), ""
    for part in _FORMAT_PART.finditer(section[0] if section else ""):
        kind = part.lastgroup or "other"
        if kind == "other" or (kind == "digits" and part[kind].rstrip().endswith(",")):
            return ""
        if kind == "digits":
            shown += ("" if "{}" in shown else "{}") + (" " if part[kind].endswith(" ") else "")
        elif kind != "skipped":
            shown += part[kind]
    return shown.strip() if any(character.isalpha() or character in _SIGNS for character in shown) else ""


def _xml_rows(path: str, sheet: str) -> Iterator[bytes]:
    """The XML of an XLSX sheet in pieces of whole rows."""
    with ZipFile(path) as archive, archive.open(_part(archive, sheet)) as xml:
        rest = b""
        while chunk := xml.read(_CHUNK_BYTES):
            rows, end, rest = (rest + chunk).rpartition(b"row>")
            yield rows + end


def _part(archive: ZipFile, sheet: str) -> str:
    """The name of the member of an XLSX file that has a sheet."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
    sheets = {element.get("name"): element for element in workbook.iter() if element.tag.endswith("}sheet")}
    target = next(targets[value] for key, value in sheets[sheet].items() if key.endswith("}id"))
    return target[1:] if target.startswith("/") else f"xl/{target}"


def _column_number(letters: bytes) -> int:
    """The number of a column from 0.

    >>> _column_number(b"A"), _column_number(b"Z"), _column_number(b"AA"), _column_number(b"XFD")
    (0, 25, 26, 16383)
    """
    return reduce(lambda number, letter: number * 26 + letter - 64, letters, 0) - 1


if __name__ == "__main__":
    main()
