"""Rows of one sheet of a workbook: XLSX, XLSB, XLS or ODS."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seed.importer.mapping import FileFormat
from seed.importer.tables.content import DataFile
from seed.importer.tables.kinds import Kind, shown
from seed.importer.tables.rows import (
    BLOCK_ROWS,
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
from seed.importer.tables.workbook_process import NUMBERS, SHOWN
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

    def __init__(self, cells: pa.RecordBatch, file_format: FileFormat, name: str, sheets: Sequence[str] = ()) -> None:
        self.sheets = list(sheets)
        self._check = RowCheck()
        self.notes: Counter[str] = self._check.notes
        numbers = {name.removeprefix(NUMBERS): cells[name] for name in cells.schema.names if name.startswith(NUMBERS)}
        formats = {name.removeprefix(SHOWN): cells[name] for name in cells.schema.names if name.startswith(SHOWN)}
        cells = cells.select([name for name in cells.schema.names if not name.startswith((NUMBERS, SHOWN))])
        filled = np.zeros(cells.num_rows, bool)
        for column in cells.columns:
            filled |= _filled(column)
        rows = np.flatnonzero(filled)
        last = rows[-1].item() + 1 if len(rows) else 0
        rows = rows[rows >= file_format.preamble_lines]
        if not len(rows):
            raise without_header(name, last, file_format.preamble_lines)
        first = _header_row(cells, rows, file_format, name)
        names = _names(cells, rows[first].item())
        below = _names(cells, rows[first + 1].item()) if file_format.second_header and first + 1 < len(rows) else []
        if below and has_name(below, file_format.second_header):
            names, first = two_line_header(names, below, file_format.second_header or ""), first + 1
        self._rows = rows[first + 1 : len(rows) - file_format.footer_lines]
        self._cells = cells.select(list(range(self._width(cells, names))))
        self._kinds = [(numbers.get(name), formats.get(name)) for name in self._cells.schema.names]
        self.header = self._check.header(names[: len(self._cells.columns)], name)

    def _width(self, cells: pa.RecordBatch, names: list[str]) -> int:
        """The number of columns up to the last that has a name or a cell below the header."""
        named = (number for number, name in enumerate(names, 1) if name.strip())
        used = (number for number, column in enumerate(cells.columns, 1) if _filled(column)[self._rows].any())
        return max((*named, *used), default=0)

    def __len__(self) -> int:
        return len(self._rows)

    def blocks(self) -> Iterator[RowBlock]:
        """All rows before the footer, in blocks of a few thousand."""
        for start in range(0, len(self._rows), BLOCK_ROWS):
            numbers = self._rows[start : start + BLOCK_ROWS]
            columns = zip(self._cells.columns, self._kinds, strict=True)
            rows = list(map(list, zip(*(_texts(column, *kinds, numbers) for column, kinds in columns), strict=True)))
            yield self._check.checked(RowBlock((numbers + 1).tolist(), rows))


def _texts(
    column: pa.Array, are_numbers: pa.Array | None, formats: pa.Array | None, rows: np.ndarray[Any, np.dtype[np.int64]]
) -> list[str]:
    texts: list[str] = column.take(rows).fill_null("").to_pylist()
    if are_numbers is not None:
        marked = zip(texts, are_numbers.take(rows).to_pylist(), strict=True)
        texts = [NumberText(text) if is_number else text for text, is_number in marked]
    if formats is not None:
        shown_as = zip(texts, formats.take(rows).to_pylist(), strict=True)
        texts = [FormattedNumber.of(text, form) if form and _NUMBER.fullmatch(text) else text for text, form in shown_as]
    return texts


def _names(cells: pa.RecordBatch, row: int) -> list[str]:
    return [column[row].as_py() or "" for column in cells.columns]


def _header_row(cells: pa.RecordBatch, rows: np.ndarray[Any, np.dtype[np.int64]], file_format: FileFormat, name: str) -> int:
    """The place in `rows` of the header: the first, or that with a name which is known to be in it."""
    if file_format.header is None:
        return 0
    first = rows[: MAX_PREAMBLE_LINES + 1].tolist()
    found = next((at for at, row in enumerate(first) if has_name(_names(cells, row), file_format.header)), None)
    if found is None:
        raise without_name(name, file_format.header)
    return found


def _filled(column: pa.Array) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(pc.fill_null(pc.not_equal(column, ""), False))


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
            table = WorkbookTable(pa.ipc.open_file(cells).get_batch(0), file_format, file.name, sheets)
            if len(found["sheets"]) > 1 and not file_format.sheet:
                table.notes[_several_sheets(found)] += len(table)
            if found["local"]:
                table.notes[_LOCAL_CURRENCY] += found["local"]
            for currency, cells_ in found["currencies"].items():
                table.notes[_CELL_CURRENCY.format(shown(currency))] += cells_
            if kind in (Kind.XLS, Kind.XLSB):
                table.notes[_FORMATS_UNREAD.format(_SUFFIXES[kind])] += len(table)
            yield table


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
