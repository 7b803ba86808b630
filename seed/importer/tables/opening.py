"""Opens a data file as a table, by its content."""

from collections.abc import Iterator
from contextlib import contextmanager

from seed.importer.mapping import FileFormat
from seed.importer.tables.content import DataFile
from seed.importer.tables.delimited import DelimitedTable
from seed.importer.tables.encoding import decoded, encoding_of, text_of
from seed.importer.tables.json_rows import JsonTable, json_kind
from seed.importer.tables.kinds import FORMATS, Kind, kind_of, zip_member
from seed.importer.tables.parquet_rows import ParquetTable
from seed.importer.tables.rows import Table
from seed.importer.tables.workbook_rows import open_workbook
from service.errors import DataError


@contextmanager
def open_table(file: DataFile, file_format: FileFormat) -> Iterator[Table]:
    """The table in a file, or in a member of a zip archive. Raises DataError if there is none that can be read."""
    head = file.head()
    kind = kind_of(file, head)
    if kind is not Kind.ZIP:
        with _table(file, kind, head, file_format) as table:
            yield table
        return
    with zip_member(file, file_format.member) as member:
        head = member.head()
        kind = kind_of(member, head)
        if kind is Kind.ZIP:
            raise DataError(f"{member.name} is a zip archive in a zip archive; unpack it and import the file in it.")
        with _table(member, kind, head, file_format) as table:
            yield table


@contextmanager
def _table(file: DataFile, kind: Kind, head: bytes, file_format: FileFormat) -> Iterator[Table]:
    wanted = file_format.format
    if wanted and wanted not in FORMATS[kind]:
        raise DataError(f"{file.name} is {kind.value}, but file.format in the mapping is {wanted!r}; correct or remove it.")
    if kind is Kind.PARQUET:
        with file.unpacked() as path:
            yield ParquetTable(path, file.name)
    elif kind is Kind.TEXT:
        with _text_table(file, head, file_format) as table:
            yield table
    else:
        with open_workbook(file, kind, file_format) as table:
            yield table


@contextmanager
def _text_table(file: DataFile, head: bytes, file_format: FileFormat) -> Iterator[Table]:
    codec = encoding_of(file, head, file_format.encoding)
    json = None if file_format.format == "csv" else json_kind(decoded(head, codec))
    if json is None and file_format.format == "jsonl":
        raise DataError(f"{file.name} has no JSON objects; remove file.format from the mapping if it is a CSV file.")
    if json is not None:
        yield JsonTable(file, codec, json)
        return
    with file.content(lines=True) as content:
        yield DelimitedTable(file, content, text_of(content, codec), file_format)
