"""File formats: Arrow record batches as CSV, Parquet and JSON lines, written batch by batch so that memory holds one."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

BATCH_RECORDS = 20_000
"""Records of a row group of Parquet, which take less memory than as text."""
SEPARATOR = ";"
"""Between the codes in a field of a CSV file."""


def csv_chunks(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with a header; several codes share a field, separated by semicolons."""
    options = csv.WriteOptions(quoting_header="none")
    flat = pa.schema([field.with_type(pa.string()) if pa.types.is_list(field.type) else field for field in schema])
    joined = (pa.RecordBatch.from_arrays([_joined(column) for column in batch.columns], schema=flat) for batch in batches)
    return _chunks(lambda pipe: csv.CSVWriter(pipe, flat, write_options=options), joined)


def _joined(column: pa.Array) -> pa.Array:
    return pc.binary_join(column, SEPARATOR) if pa.types.is_list(column.type) else column


def parquet_chunks(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A Parquet file with a row group for each batch; several codes are a list."""
    return _chunks(lambda pipe: parquet.ParquetWriter(pipe, schema, compression="zstd"), batches)


class _Pipe(io.RawIOBase):
    """Collects what a writer writes until it is read."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def read_all(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def _chunks(open_writer: Callable[[_Pipe], Any], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """The bytes of each batch as it is written."""
    pipe = _Pipe()
    writer = open_writer(pipe)
    for batch in batches:
        writer.write_batch(batch)
        yield pipe.read_all()
    writer.close()
    yield pipe.read_all()


def json_lines_chunks(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A JSON object for each record, in a line of its own; several codes are an array, a missing value is null."""
    keys = [f"{'{' if number == 0 else ','}{orjson.dumps(name).decode()}:" for number, name in enumerate(schema.names)]
    for batch in batches:
        values = (part for key, column in zip(keys, batch.columns, strict=True) for part in (key, _json(column)))
        lines = pc.binary_join_element_wise(*values, "}\n", "")
        yield b"".join(lines.cast(pa.binary()).to_pylist())


def _json(column: pa.Array) -> pa.Array:
    """Each value as JSON: computed column by column, as a record at a time takes several times as long."""
    if pa.types.is_list(column.type):
        items = pa.ListArray.from_arrays(column.offsets, _json(column.values))
        return pc.binary_join_element_wise("[", pc.binary_join(items, ","), "]", "")
    if pa.types.is_string(column.type):
        encoded = column.dictionary_encode()
        found = _texts(encoded.dictionary.to_pylist()).take(encoded.indices)
    else:
        found = column.cast(pa.string())
    return found.fill_null("null")


def _texts(values: Iterable[str]) -> pa.Array:
    return pa.array([orjson.dumps(value).decode() for value in values], pa.string())


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its extension, its media type, and the function that writes batches of a schema.

    A stream has `batch_records` records in memory.
    """

    extension: str
    media_type: str
    chunks: Callable[[pa.Schema, Iterator[pa.RecordBatch]], Iterator[bytes]]
    batch_records: int = 5_000


JSON_LINES = "application/jsonl"
FORMATS = (
    Format("csv", "text/csv; charset=utf-8", csv_chunks),
    Format("parquet", "application/vnd.apache.parquet", parquet_chunks, BATCH_RECORDS),
)
"""The formats of the files of an edition."""
STREAMED_FORMATS = (*FORMATS, Format("jsonl", JSON_LINES, json_lines_chunks))
