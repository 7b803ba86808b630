"""Rows of one sheet of a workbook: XLSX, XLSB, XLS or ODS."""

import json
import re
import subprocess
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from seed.importer.mapping import FileFormat
from seed.importer.tables.content import DataFile
from seed.importer.tables.kinds import Kind, shown
from seed.importer.tables.rows import (
    MAX_PREAMBLE_LINES,
    FormattedNumber,
    NumberText,
    RowBlock,
    RowCheck,
    has_name,
    two_line_header,
    without_header,
    without_name,
)
from seed.importer.tables.xlsx_cells import NUMBERS, ROW, SHOWN
from service.errors import DataError
from service.limits import WORKBOOK_MEMORY_BYTES

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SUFFIXES = {Kind.XLSX: ".xlsx", Kind.XLSB: ".xlsb", Kind.XLS: ".xls", Kind.ODS: ".ods"}
_READER = (sys.executable, "-P", "-m", "seed.importer.tables.workbook_process")
_LOCAL_CURRENCY = "cells shown in the currency of the program that opens the workbook: see pay.currency"
_FORMATS_UNREAD = "rows whose number formats are not read from {} files: they may show another currency or unit"
_CELL_CURRENCY = "cells shown in {}, which is not read from .ods files: compare it with pay.currency"
_OUT_OF_MEMORY = f"it takes more than {WORKBOOK_MEMORY_BYTES // 10**9} GB of memory; perhaps a cell is far outside the table"


class WorkbookTable:
    """The rows of a sheet. Blank rows are skipped; rows have their number in the sheet.

    `sheets` has the names of all sheets of the workbook, that of this one first.
    """

    truncated = False

    def __init__(
        self, batches: Sequence[pa.RecordBatch], file_format: FileFormat, name: str, sheets: Sequence[str] = ()
    ) -> None:
        self.sheets = list(sheets)
        self._check = RowCheck()
        self.notes: Counter[str] = self._check.notes
        first = _header_row(batches, file_format, name)
        columns = range(min(map(min, map(_columns, batches))), 1 + max(map(max, map(_columns, batches))))
        names = _row(batches, first, columns)
        below = _row(batches, first + 1, columns) if file_format.second_header else []
        if below and has_name(below, file_format.second_header):
            names, first = two_line_header(names, below, file_format.second_header or ""), first + 1
        count = sum(batch.num_rows for batch in batches)
        self._batches = list(_between(batches, first + 1, count - file_format.footer_lines))
        named = (number for number, name in zip(columns, names, strict=True) if name.strip())
        used = (
            number for batch in self._batches for number in _columns(batch) if batch[str(number)].null_count < len(batch)
        )
        self._columns = range(columns.start, 1 + max((*named, *used), default=columns.start - 1))
        self.header = self._check.header(names[: len(self._columns)], name)

    def __len__(self) -> int:
        return sum(batch.num_rows for batch in self._batches)

    def blocks(self) -> Iterator[RowBlock]:
        """All rows before the footer, in blocks of a few thousand."""
        for batch in self._batches:
            rows = list(map(list, zip(*(_texts(batch, column) for column in self._columns), strict=True)))
            yield self._check.checked(RowBlock([row + 1 for row in batch[ROW].to_pylist()], rows))


def _columns(batch: pa.RecordBatch) -> list[int]:
    """The numbers of the columns with texts."""
    return [int(name) for name in batch.schema.names if name.isdecimal()]


def _between(batches: Sequence[pa.RecordBatch], start: int, end: int) -> Iterator[pa.RecordBatch]:
    """Batches of the rows from `start` to before `end`."""
    at = 0
    for batch in batches:
        low, high = max(start - at, 0), min(end - at, batch.num_rows)
        if low < high:
            yield batch.slice(low, high - low)
        at += batch.num_rows


def _row(batches: Sequence[pa.RecordBatch], place: int, columns: Sequence[int]) -> list[str]:
    """The texts of a row; empty if there is no such row."""
    return [_texts(batch, column)[0] for batch in _between(batches, place, place + 1) for column in columns]


def _header_row(batches: Sequence[pa.RecordBatch], file_format: FileFormat, name: str) -> int:
    """The place of the header: the first row below the preamble, or that with a name which is known to be in it."""
    rows = [number for batch in batches for number in batch[ROW].to_pylist()]
    start = bisect_left(rows, file_format.preamble_lines)
    if start == len(rows):
        raise without_header(name, rows[-1] + 1 if rows else 0, file_format.preamble_lines)
    if file_format.header is None:
        return start
    for batch in _between(batches, start, start + MAX_PREAMBLE_LINES + 1):
        texts = zip(*(_texts(batch, column) for column in _columns(batch)), strict=True)
        found = next((place for place, row in enumerate(texts) if has_name(row, file_format.header)), None)
        if found is not None:
            return bisect_left(rows, batch[ROW][found].as_py())
    raise without_name(name, file_format.header)


def _texts(batch: pa.RecordBatch, column: int) -> list[str]:
    """The texts of a column, those of numbers marked as such."""
    names = batch.schema.names
    if str(column) not in names:
        return [""] * batch.num_rows
    texts: list[str] = batch[str(column)].fill_null("").to_pylist()
    if f"{NUMBERS}{column}" in names:
        marked = zip(texts, batch[f"{NUMBERS}{column}"].to_pylist(), strict=True)
        texts = [NumberText(text) if is_number else text for text, is_number in marked]
    if f"{SHOWN}{column}" in names:
        shown_as = zip(texts, batch[f"{SHOWN}{column}"].to_pylist(), strict=True)
        texts = [FormattedNumber.of(text, form) if form and _NUMBER.fullmatch(text) else text for text, form in shown_as]
    return texts


@contextmanager
def open_workbook(file: DataFile, kind: Kind, file_format: FileFormat) -> Iterator[WorkbookTable]:
    """The table in the sheet that a mapping names, or else in the first visible sheet. Raises DataError."""
    with file.unpacked() as path, TemporaryDirectory() as folder:
        workbook, output = Path(folder) / f"workbook{_SUFFIXES[kind]}", Path(folder) / "cells.arrow"
        workbook.symlink_to(path.absolute())
        found = _read(workbook, str(file_format.sheet or ""), output, file.name)
        with pa.memory_map(str(output)) as cells:
            others = [sheet for sheet in found["sheets"] if sheet != found["sheet"]]
            sheets = [found["sheet"], *others]
            table = WorkbookTable(list(_batches(cells)), file_format, file.name, sheets)
            if len(found["sheets"]) > 1 and not file_format.sheet:
                table.notes[_several_sheets(found)] += len(table)
            if found["local"]:
                table.notes[_LOCAL_CURRENCY] += found["local"]
            for currency, cells_ in found["currencies"].items():
                table.notes[_CELL_CURRENCY.format(shown(currency))] += cells_
            if kind in (Kind.XLS, Kind.XLSB):
                table.notes[_FORMATS_UNREAD.format(_SUFFIXES[kind])] += len(table)
            yield table


def _batches(cells: pa.MemoryMappedFile) -> Iterator[pa.RecordBatch]:
    """All batches of a file of Arrow streams, without a copy."""
    while cells.tell() < cells.size():
        yield from pa.ipc.open_stream(cells)


def _read(workbook: Path, sheet: str, output: Path, name: str) -> dict[str, Any]:
    arguments = (str(workbook), sheet, str(output), str(WORKBOOK_MEMORY_BYTES))
    process = subprocess.run((*_READER, *arguments), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    found: dict[str, Any] = {"error": _OUT_OF_MEMORY} if process.returncode else json.loads(process.stdout)
    if reason := found.get("error"):
        advice = "open it in a spreadsheet program and save the sheet as CSV"
        raise DataError(f"{name} cannot be read as a workbook ({shown(reason)}); {advice}.")
    if found["sheet"] is None:
        problem = f"no sheet {sheet!r}" if sheet else "no visible sheet with cells"
        raise DataError(f"{name} has {problem}; set file.sheet to one of {', '.join(map(shown, found['sheets']))}.")
    return found


def _several_sheets(found: dict[str, Any]) -> str:
    others = ", ".join(shown(sheet) for sheet in found["sheets"] if sheet != found["sheet"])
    return f"only the sheet {shown(found['sheet'])!r} was read; file.sheet can name another: {others}"
