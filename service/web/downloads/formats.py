"""The formats of files: records become bytes batch by batch, and no more is held than one batch makes."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from service.web.downloads.records import SCHEMA

SEPARATOR = ";"
"""Between the several codes of a field of a CSV file."""

_FLAT = pa.schema([field.with_type(pa.string()) if pa.types.is_list(field.type) else field for field in SCHEMA])


class _Pipe(io.RawIOBase):
    """What a writer writes to; `taken` hands over what has come since it was last asked."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


def csv_pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with a header; several codes stand in one field, with semicolons between them."""
    options = csv.WriteOptions(quoting_header="none")
    flat = (pa.RecordBatch.from_arrays([_flat(column) for column in batch.columns], schema=_FLAT) for batch in batches)
    return _pieces(lambda pipe: csv.CSVWriter(pipe, _FLAT, write_options=options), flat)


def _flat(column: pa.Array) -> pa.Array:
    return pc.binary_join(column, SEPARATOR) if pa.types.is_list(column.type) else column


def parquet_pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A Parquet file with a row group for each batch; several codes are a list."""
    return _pieces(lambda pipe: parquet.ParquetWriter(pipe, SCHEMA, compression="zstd"), batches)


def _pieces(open_writer: Callable[[_Pipe], Any], batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    pipe = _Pipe()
    writer = open_writer(pipe)
    for batch in batches:
        writer.write_batch(batch)
        yield pipe.taken()
    writer.close()
    yield pipe.taken()
