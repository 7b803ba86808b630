"""Data files read as tables of texts, without a mapping or a database."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seed.importer.mapping import FileFormat
from seed.importer.tables.content import DataFile
from seed.importer.tables.opening import open_table
from service.errors import DataError


@dataclass
class ReadTable:
    """What a file was read as; `rows` have their line, `refused` their line and reason."""

    header: list[str]
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    truncated: bool = False

    @property
    def cells(self) -> list[list[str]]:
        return [cells for _, cells in self.rows]


def read_table(path: Path, content: bytes | None = None, **file_format: Any) -> ReadTable:
    """The table in a file, after writing its content if there is any."""
    if content is not None:
        path.write_bytes(content)
    with open_table(DataFile(path, path.name), FileFormat(**file_format)) as table:
        found = ReadTable(table.header)
        for block in table.blocks():
            found.rows += zip(block.lines, block.rows, strict=True)
            found.refused += [(row.line, row.reason) for row in block.refused]
        found.notes, found.truncated = table.notes, table.truncated
    return found


def refusal(path: Path, content: bytes, **file_format: Any) -> str:
    """The message of a file that is refused, which a terminal can show."""
    with pytest.raises(DataError) as raised:
        read_table(path, content, **file_format)
    message = str(raised.value)
    assert message.isprintable()
    assert len(message) < 500
    return message


def parquet(columns: dict[str, Any]) -> bytes:
    """A Parquet file with checksums."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, write_page_checksum=True)
    return bytes(sink.getvalue())
