"""Rows of Parquet files. Values become the texts that a CSV file would have."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from seed.importer.tables.rows import BLOCK_ROWS, NumberText, RowBlock, RowCheck
from service.errors import DataError

_Converter = Callable[[Any], str]


class ParquetTable:
    """The rows of a Parquet file."""

    truncated = False

    def __init__(self, path: Path, name: str) -> None:
        self._name, self._check = name, RowCheck()
        self.notes: Counter[str] = self._check.notes
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(name, error) from error
        self.header = self._check.header(self._file.schema_arrow.names, name)

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, in blocks of a few thousand."""
        first, batches = 1, self._file.iter_batches(BLOCK_ROWS)
        while (batch := self._next(batches)) is not None:
            rows = list(map(list, zip(*map(texts, batch.columns), strict=True)))
            yield self._check.checked(RowBlock(list(range(first, first + len(rows))), rows))
            first += len(rows)

    def _next(self, batches: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        try:
            return next(batches, None)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self._name, error) from error


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"{name} is a damaged or incomplete Parquet file ({str(error).splitlines()[0][:200]}); download it again."
    )


def texts(column: pa.Array) -> list[str]:
    """The text of each value of a column, blank for null and NaN: dates as ISO dates, with their time unless it is midnight,
    whole numbers without a fraction, lists and structures as JSON."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        return texts(column.storage)
    if pa.types.is_dictionary(kind):
        return texts(column.dictionary_decode())
    convert = next((convert for is_kind, convert in _CONVERTED_ONE_BY_ONE.items() if is_kind(kind)), None)
    if convert:
        return ["" if value is None else convert(value) for value in column.to_pylist()]
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)
    if pa.types.is_timestamp(kind) and kind.tz:
        column = pc.local_timestamp(column)
    found = column.cast(pa.string())
    if pa.types.is_timestamp(kind) or pa.types.is_time(kind):
        found = pc.replace_substring_regex(found, r"(?:\.|(\.\d*?))0+$", r"\1")
    if pa.types.is_timestamp(kind):
        found = pc.replace_substring_regex(found, " 00:00:00$", "")
    plain = cast(list[str], found.fill_null("").to_pylist())
    return list(map(NumberText, plain)) if pa.types.is_floating(kind) else plain


_CONVERTED_ONE_BY_ONE: dict[Callable[[pa.DataType], bool], _Converter] = {
    pa.types.is_decimal: lambda value: NumberText(format(value, "f")),
    pa.types.is_duration: str,
    pa.types.is_interval: str,
    pa.types.is_nested: lambda value: json.dumps(value, ensure_ascii=False, default=str),
    lambda kind: pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind): (
        lambda value: value.decode(errors="escape-invalid-bytes")
    ),
}
