"""Reads one sheet of a workbook in a process of its own, and writes its texts to a file of Arrow streams.

XLSX files are read row by row. Others are read whole, by native code: a hostile or damaged one may take all memory or end
the process.

    python -m seed.importer.tables.workbook_process WORKBOOK SHEET OUTPUT MEMORY_BYTES

`SHEET` is a name, a number from 1, or empty for the first visible sheet that is not empty. Prints a JSON object with the
`sheet` that was read, the names of all `sheets`, the number of cells in the `local` currency and the numbers of cells by
their currency in an ODS file (`currencies`), or an `error`.
"""

import gc
import json
import re
import resource
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from zipfile import ZipFile

import fastexcel
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seed.importer.tables.xlsx_cells import BATCH_ROWS, NUMBERS, ROW, SheetRows, Workbook

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
_FRACTION = r"^-?\d*\.\d+$"
_CHUNK_BYTES = 1 << 22
Columns = dict[int, pa.Array]
"""Texts of a sheet by the number of the column, from 0."""
Cells = dict[tuple[int, int], str]
"""Texts by row and column, from 0."""


def main() -> None:
    path, sheet, output, memory = sys.argv[1:]
    gc.disable()  # cells make no reference cycles, and there are millions
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
    try:
        found = _convert(path, sheet, output)
    except BaseException as error:
        found = {"error": (str(error).splitlines() or [""])[0].removeprefix("calamine error: ")[:200]}
    sys.stdout.write(json.dumps(found))


def _convert(path: str, wanted: str, output: str) -> dict[str, object]:
    if path.endswith(".xlsx"):
        with ZipFile(path) as archive:
            return _convert_xlsx(Workbook(archive), wanted, output)
    currencies, has_errors = _ods_cells(path) if path.endswith(".ods") else (Counter[str](), False)
    if has_errors:
        raise ValueError("it has cells with errors such as #REF!, which are read as blank from an .ods file")
    reader = fastexcel.read_excel(path)
    loaded = ((_load(reader, name), name) for name in _candidates(reader.sheet_names, wanted))
    sheet = next((one for one, _ in loaded if wanted or (one.visible == "visible" and one.total_height)), None)
    if sheet:
        _write(native_batches(reader, sheet), output)
    name = sheet.name if sheet else None
    return {"sheet": name, "sheets": reader.sheet_names, "local": 0, "currencies": currencies}


def _convert_xlsx(workbook: Workbook, wanted: str, output: str) -> dict[str, object]:
    names = [sheet.name for sheet in workbook.sheets]
    for sheet in workbook.sheets:
        if sheet.name in _candidates(names, wanted) and (wanted or sheet.is_visible):
            rows = SheetRows(workbook, sheet)
            if _write(rows.batches(), output) or wanted:
                return {"sheet": sheet.name, "sheets": names, "local": rows.local, "currencies": {}}
    return {"sheet": None, "sheets": names, "local": 0, "currencies": {}}


def _candidates(names: Sequence[str], wanted: str) -> Sequence[str]:
    """The name of the sheet that is wanted, by name or number; all names if none is."""
    if not wanted or wanted in names:
        return [wanted] if wanted else names
    number = int(wanted) if wanted.isdecimal() else 0
    return names[number - 1 : number] if number else []


def _write(batches: Iterable[pa.RecordBatch], output: str) -> int:
    """Writes each batch as a separate Arrow stream, since their columns differ; returns the number of rows."""
    rows = 0
    with pa.OSFile(output, "wb") as file:
        for batch in batches:
            rows += batch.num_rows
            with pa.ipc.new_stream(file, batch.schema) as writer:
                writer.write(batch)
    return rows


def native_batches(reader: fastexcel.ExcelReader, sheet: fastexcel.ExcelSheet) -> Iterator[pa.RecordBatch]:
    """The rows of a sheet that have a text, as `SheetRows.batches` has those of an XLSX file, but without SHOWN."""
    columns, cells = _texts(sheet)
    columns = _with_cells(columns, cells)
    filled = np.zeros(max(map(len, columns.values()), default=0), bool)
    for column, texts in columns.items():
        columns[column] = pc.if_else(pc.equal(texts, ""), None, texts)
        filled |= columns[column].is_valid().to_numpy(zero_copy_only=False)
    parts = {ROW: pa.array(np.arange(len(filled)), pa.int32())}
    parts |= {str(number): texts for number, texts in columns.items()} | _numbers(reader, sheet, columns)
    rows = pa.record_batch(parts).filter(pa.array(filled))
    yield from (rows.slice(start, BATCH_ROWS) for start in range(0, len(rows), BATCH_ROWS))


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


if __name__ == "__main__":
    main()
