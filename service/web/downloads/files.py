"""The files of an edition: real records and sample records separately, as CSV and as Parquet, written batch by batch.

The columns of a file are the fields of the API for each record, with codes in place of ids.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from schema.types.record import global_id
from service.index.index import Index
from service.store.database import Edition
from service.store.export import PUBLISHED_MULTIPLE, PUBLISHED_PAY, PUBLISHED_REPORTED, PUBLISHED_SINGLE
from service.store.reference import Reference
from service.vocabulary.factors import Factor

_STRING, _STRINGS = pa.string(), pa.list_(pa.string())
_SAMPLE = "sample"

SCHEMA = pa.schema(
    [
        pa.field("id", _STRING, nullable=False),
        pa.field("effective", _STRING, nullable=False),
        pa.field(Factor.SOURCE_KIND.value, _STRING, nullable=False),
        *(pa.field(factor.value, _STRING) for factor in PUBLISHED_SINGLE),
        *(pa.field(factor.value, _STRINGS, nullable=False) for factor in PUBLISHED_MULTIPLE),
        pa.field("currency", _STRING, nullable=False),
        *(pa.field(name, pa.int64()) for name in PUBLISHED_REPORTED),
        *(pa.field(f"{measure.value}_usd", pa.int64()) for measure in PUBLISHED_PAY),
    ]
)
"""`id` is that of `node(id:)`, `effective` a month; reported amounts are in `currency`, the others in US dollars."""

SEPARATOR = ";"
"""Between the codes in a field of a CSV file."""
_CSV_SCHEMA = pa.schema([field.with_type(_STRING) if pa.types.is_list(field.type) else field for field in SCHEMA])


def published_batches(
    batches: Iterator[pa.Table], reference: Reference, sources: frozenset[int]
) -> Iterator[pa.RecordBatch]:
    """The records of some sources, batch by batch; skips batches without any."""
    values = (value for factor in Factor for value in reference.taxonomy.values(factor))
    codes = _by_id({value.id: value.code for value in values})
    kinds = _by_id({id_: source.kind for id_, source in reference.sources.items()})
    wanted = pa.array(sorted(sources), pa.int32())
    for batch in batches:
        found = batch.filter(pc.is_in(batch.column(Factor.SOURCE.value), wanted)).combine_chunks()
        if found.num_rows:
            yield _published(found, codes, kinds)


def _by_id(texts: dict[int, str]) -> pa.Array:
    """An array with the text of each id at that index."""
    return pa.array([texts.get(id_) for id_ in range(max(texts) + 1)], _STRING)


def _published(records: pa.Table, codes: pa.Array, kinds: pa.Array) -> pa.RecordBatch:
    def column(name: str) -> pa.Array:
        return records.column(name).combine_chunks()

    return pa.RecordBatch.from_arrays(
        [
            pa.array([global_id(UUID(bytes=id_)) for id_ in column("id").to_pylist()], _STRING),
            pc.strftime(column("effective"), "%Y-%m"),
            kinds.take(column(Factor.SOURCE.value)),
            *(codes.take(column(factor.value)) for factor in PUBLISHED_SINGLE),
            *(_lists(column(factor.value), codes) for factor in PUBLISHED_MULTIPLE),
            column("currency").cast(_STRING),
            *(column(name) for name in PUBLISHED_REPORTED),
            *(column(measure.value).cast(pa.int64()) for measure in PUBLISHED_PAY),
        ],
        schema=SCHEMA,
    )


def _lists(ids: pa.Array, codes: pa.Array) -> pa.Array:
    """Lists of codes; a missing value is an empty list, as in the API."""
    lengths = pc.fill_null(pc.list_value_length(ids), 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), codes.take(ids.flatten()))


def csv_chunks(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A CSV file in UTF-8 with a header; several codes share a field, separated by semicolons."""
    options = csv.WriteOptions(quoting_header="none")
    joined = (
        pa.RecordBatch.from_arrays([_joined(column) for column in batch.columns], schema=_CSV_SCHEMA) for batch in batches
    )
    return _chunks(lambda pipe: csv.CSVWriter(pipe, _CSV_SCHEMA, write_options=options), joined)


def _joined(column: pa.Array) -> pa.Array:
    return pc.binary_join(column, SEPARATOR) if pa.types.is_list(column.type) else column


def parquet_chunks(batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """A Parquet file with a row group for each batch; several codes are a list."""
    return _chunks(lambda pipe: parquet.ParquetWriter(pipe, SCHEMA, compression="zstd"), batches)


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
    """The bytes of each batch as it is written, so that memory holds one batch at a time."""
    pipe = _Pipe()
    writer = open_writer(pipe)
    for batch in batches:
        writer.write_batch(batch)
        yield pipe.read_all()
    writer.close()
    yield pipe.read_all()


@dataclass(frozen=True, slots=True)
class Format:
    """A file format: its extension, its media type, and the function that writes it."""

    extension: str
    media_type: str
    chunks: Callable[[Iterator[pa.RecordBatch]], Iterator[bytes]]


FORMATS = (
    Format("csv", "text/csv; charset=utf-8", csv_chunks),
    Format("parquet", "application/vnd.apache.parquet", parquet_chunks),
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition, with the ids of its sources and the number of its records."""

    edition: Edition
    is_sample: bool
    format: Format
    sources: frozenset[int]
    records: int

    @property
    def name(self) -> str:
        return f"payrank-edition-{self.edition.number}{'-sample' if self.is_sample else ''}.{self.format.extension}"

    @property
    def etag(self) -> str:
        """A weak entity tag, since the file may be sent compressed."""
        return f'W/"{self.edition.key}-{self.name}"'


def files_of(index: Index) -> list[File]:
    """The files of an edition; none for a set without records."""
    sets = [(is_sample, sources_of(index, is_sample=is_sample)) for is_sample in (False, True)]
    return [
        File(index.edition, is_sample, format_, sources, sum(map(index.records, sources)))
        for is_sample, sources in sets
        if sources
        for format_ in FORMATS
    ]


def sources_of(index: Index, *, is_sample: bool) -> frozenset[int]:
    """The ids of the sources of sample or of real records that have any in this edition."""
    known = index.reference.sources.items()
    return frozenset(id_ for id_, source in known if (source.kind == _SAMPLE) is is_sample and index.records(id_))
