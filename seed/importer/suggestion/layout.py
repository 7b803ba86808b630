"""How a file is written: encoding, delimiter and lines before the header, and which sheet or member has the pay."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

from seed.importer.mapping import FileFormat
from seed.importer.suggestion.columns import Column, columns_of
from seed.importer.suggestion.pay import propose_pay
from seed.importer.tables.content import DataFile
from seed.importer.tables.delimited import delimiter_of
from seed.importer.tables.encoding import MARKS, decoded
from seed.importer.tables.kinds import Kind, kind_of, zip_member, zip_members
from seed.importer.tables.opening import open_table
from seed.importer.tables.rows import Table
from seed.importer.tables.workbook_rows import WorkbookTable
from service.errors import DataError

_SAMPLED_ROWS, _MAX_READ_ROWS = 5_000, 200_000
_DELIMITERS = (",", ";", "\t", "|")
_CJK = re.compile("[\u3040-\u9fff]+")
_RECORDS = 300
_MAX_TABLES = 20
"""The number of sheets or members that are looked into."""

Record = tuple[int, Sequence[str]]
"""The number of lines before a record, and its cells."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The keys of [file] that differ from their defaults, the columns by rows spread over the table, and other tables.

    `rows` of the `read` rows are in the sample.
    """

    keys: dict[str, str | int]
    columns: list[Column]
    rows: int
    read: int
    others: tuple[str, ...] = ()

    @property
    def has_pay(self) -> bool:
        return propose_pay(self.columns).certain


def sample_of(data: DataFile) -> Sample:
    """A sample of a file: of the first sheet or member that names pay, or else of the first with rows.

    Raises DataError if the file cannot be read or no table in it has rows.
    """
    samples, first_error = list[Sample](), None
    for keys, others in islice(_tables(data), _MAX_TABLES):
        try:
            sample = _sample(data, keys, others)
        except DataError as error:
            first_error = first_error or error
            continue
        if sample.has_pay:
            return sample
        samples.append(sample)
    if not samples:
        raise first_error or DataError(f"{data.name} has no rows below a header to propose a mapping from.")
    return samples[0]


def _tables(data: DataFile) -> Iterator[tuple[dict[str, str | int], tuple[str, ...]]]:
    """The keys that choose each table of a file, and the names of its other tables."""
    kind = kind_of(data, data.head())
    if kind is Kind.ZIP:
        members = zip_members(data)
        for name in members:
            others = tuple(other for other in members if other != name)
            yield ({"member": name} if others else {}), others
    elif kind in (Kind.TEXT, Kind.PARQUET):
        yield {}, ()
    else:
        with open_table(data, FileFormat()) as table:
            sheets = table.sheets if isinstance(table, WorkbookTable) else []
        yield {}, tuple(sheets[1:])
        for name in sheets[1:]:
            yield {"sheet": name}, tuple(sheet for sheet in sheets if sheet != name)


def _sample(data: DataFile, keys: dict[str, str | int], others: tuple[str, ...]) -> Sample:
    found = keys | _layout(data, keys)
    with open_table(data, FileFormat.model_validate(found)) as table:
        is_sheet = isinstance(table, WorkbookTable) and "preamble_lines" not in keys
        if is_sheet and (before := _preamble(_sheet_records(table))):
            return _sample(data, keys | {"preamble_lines": before}, others)
        rows, read = _spread_rows(table)
        if not rows:
            raise DataError(f"{data.name} has no rows below a header to propose a mapping from.")
        return Sample(found, list(columns_of(table.header, rows)), len(rows), read, others)


def _spread_rows(table: Table) -> tuple[list[list[str]], int]:
    """Every row, or every second, fourth, ... of a larger table, so that all parts of it are seen; and the rows read."""
    rows, step, read = list[list[str]](), 1, 0
    for row in islice((row for block in table.blocks() for row in block.rows), _MAX_READ_ROWS):
        if read % step == 0:
            rows.append(row)
        read += 1
        if len(rows) > 2 * _SAMPLED_ROWS:
            rows, step = rows[::2], 2 * step
    return rows, read


def _sheet_records(table: Table) -> list[Record]:
    """The first rows of a sheet, each with its number of rows before; the header is the row above the first."""
    rows = [
        (line - 1, row) for block in islice(table.blocks(), 1) for line, row in zip(block.lines, block.rows, strict=True)
    ]
    before = rows[0][0] - 1 if rows else 0
    return [(before, table.header), *rows[:_RECORDS]]


def _layout(data: DataFile, keys: dict[str, str | int]) -> dict[str, str | int]:
    """The keys of a delimited text, by its beginning; none for other files."""
    kind = kind_of(data, data.head())
    if kind is Kind.ZIP:
        with zip_member(data, str(keys["member"]) if "member" in keys else None) as member:
            return _layout(member, {})
    return _text_layout(data) if kind is Kind.TEXT else {}


def _text_layout(file: DataFile) -> dict[str, str | int]:
    head = file.head()
    encoding = _encoding(head)
    marked = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), None)
    text = decoded(head, marked or encoding)
    lines = text.splitlines(keepends=True)[:-1] or [text]  # the last may be cut off
    default = delimiter_of(file, None)
    records = {delimiter: _records(lines, delimiter) for delimiter in dict.fromkeys((default, *_DELIMITERS))}
    best = max(records, key=lambda delimiter: _regularity(records[delimiter]))
    found: dict[str, str | int] = {
        "encoding": encoding,
        "delimiter": best if best != default else "",
        "preamble_lines": _preamble(records[best]),
    }
    return {key: value for key, value in found.items() if value not in ("utf-8", "", 0)}


def _encoding(head: bytes) -> str:
    if any(head.startswith(mark) for mark in MARKS):
        return "utf-8"  # the mark takes precedence
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return "utf-8"
    with suppress(UnicodeDecodeError):
        text = codecs.getincrementaldecoder("cp932")().decode(head)
        words = _CJK.findall(text)  # in other text read as Japanese the characters stand alone
        if sum(len(word) for word in words if len(word) > 1) * 2 > sum(map(len, words)):
            return "cp932"
    return "cp1252"


def _records(lines: list[str], delimiter: str) -> list[Record]:
    reader, found, before = csv.reader(lines, delimiter=delimiter), list[Record](), 0
    with suppress(csv.Error):
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((before, cells))
            before = reader.line_num
            if len(found) == _RECORDS:
                break
    return found


def _regularity(records: list[Record]) -> tuple[float, int]:
    """The share of records of the most frequent width, if that is more than one cell, and that width."""
    widths = Counter(len(cells) for _, cells in records)
    width, count = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1])) if widths else (1, 0)
    return (count / len(records), width) if width > 1 else (0.0, 1)


def _preamble(records: list[Record]) -> int:
    """The number of lines before the first record with at least half as many filled cells as the fullest."""
    named = [sum(1 for cell in cells if cell.strip()) for _, cells in records]
    minimum = max(named, default=0) * 0.5
    return next((before for (before, _), cells in zip(records, named, strict=True) if cells >= minimum), 0)
