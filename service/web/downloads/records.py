"""Records as rows of a file: from batches of the database, and from the index. Both give the same rows.

The columns are the fields of the API for each record, with codes in place of ids.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from schema.types.record import global_id
from service.index.bitmaps import Positions, to_positions
from service.index.columns import AmountColumn, CodedColumn, Columns, ListColumn
from service.index.index import RankIndex
from service.store.export import PUBLISHED_MULTIPLE, PUBLISHED_PAY, PUBLISHED_REPORTED, PUBLISHED_SINGLE
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import STORED_CURRENCY, Basis
from service.vocabulary.units import month_text

_STRING, _STRINGS = pa.string(), pa.list_(pa.string())


def schema_in(currency: str) -> pa.Schema:
    """The columns of records whose pay is in a currency.

    `id` is that of `node(id:)`, `effective` a month; reported amounts are in the column `currency`, the others in the
    currency that their names end with.
    """
    return pa.schema(
        [
            pa.field("id", _STRING, nullable=False),
            pa.field("effective", _STRING, nullable=False),
            pa.field(Factor.SOURCE_KIND.value, _STRING, nullable=False),
            *(pa.field(factor.value, _STRING) for factor in PUBLISHED_SINGLE),
            *(pa.field(factor.value, _STRINGS, nullable=False) for factor in PUBLISHED_MULTIPLE),
            pa.field("currency", _STRING, nullable=False),
            *(pa.field(name, pa.int64()) for name in PUBLISHED_REPORTED),
            *(pa.field(f"{measure.value}_{currency.lower()}", pa.int64()) for measure in PUBLISHED_PAY),
        ]
    )


SCHEMA = schema_in(STORED_CURRENCY)


def published_batches(
    batches: Iterator[pa.Table], reference: Reference, sources: frozenset[int]
) -> Iterator[pa.RecordBatch]:
    """The records of some sources, batch by batch; skips batches without any."""
    codes, kinds = _by_id(_codes(reference)), _by_id(_kinds(reference))
    wanted = pa.array(sorted(sources), pa.int32())
    for batch in batches:
        found = batch.filter(pc.is_in(batch.column(Factor.SOURCE.value), wanted)).combine_chunks()
        if found.num_rows:
            yield _published(found, codes, kinds)


def _codes(reference: Reference) -> dict[int, str]:
    return {value.id: value.code for factor in Factor for value in reference.taxonomy.values(factor)}


def _kinds(reference: Reference) -> dict[int, str]:
    return {id_: source.kind for id_, source in reference.sources.items()}


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


def indexed_batches(index: RankIndex, members: BitMap, currency: str, size: int) -> Iterator[pa.RecordBatch]:
    """The records of some rows of an index, `size` at a time, by month and id; pay is in a currency.

    Raises UnknownCode for an unknown currency.
    """
    columns, codes, kinds = index.columns, _codes(index.reference), _kinds(index.reference)
    amounts, schema = index.amounts(Basis(currency)), schema_in(currency)
    months = _Texts(columns.months, map(month_text, columns.months.categories))
    sources = columns.one[Factor.SOURCE]
    one = [
        _Texts(sources, map(kinds.__getitem__, sources.categories)),
        *(_Texts.of_codes(columns.one[factor], codes) for factor in PUBLISHED_SINGLE),
    ]
    many = [(columns.many[factor], _Texts.of_codes(columns.many[factor].items, codes)) for factor in PUBLISHED_MULTIPLE]
    currencies = _Texts(columns.reported_pay.currencies, columns.reported_pay.currencies.categories)
    for start in range(0, len(members), size):
        rows = to_positions(members[start : start + size])
        yield pa.RecordBatch.from_arrays(
            [
                _ids(columns, rows),
                months.of(rows),
                *(texts.of(rows) for texts in one),
                *(_lists_of(column, texts, rows) for column, texts in many),
                currencies.of(rows),
                *(_integers(columns.reported_pay.amounts[name].take(rows)) for name in PUBLISHED_REPORTED),
                *(_integers(amounts.column(measure, rows)) for measure in PUBLISHED_PAY),
            ],
            schema=schema,
        )


class _Texts:
    """The texts of a coded column, by its codes; null where a value is missing."""

    def __init__(self, column: CodedColumn[int] | CodedColumn[str], texts: Iterable[str]) -> None:
        self._codes, self._texts = column.codes, pa.array([None, *texts], _STRING)

    @classmethod
    def of_codes(cls, column: CodedColumn[int], codes: dict[int, str]) -> "_Texts":
        return cls(column, map(codes.__getitem__, column.categories))

    def of(self, rows: Positions) -> pa.Array:
        return self.by_code(self._codes[rows])

    def by_code(self, codes: np.ndarray) -> pa.Array:
        return self._texts.take(pa.array(codes))


def _ids(columns: Columns, rows: Positions) -> pa.Array:
    return pa.array(list(map(global_id, columns.id_texts(rows.tolist()))), _STRING)


def _lists_of(column: ListColumn, texts: _Texts, rows: Positions) -> pa.Array:
    taken = column.take(rows)
    return pa.ListArray.from_arrays(pa.array(taken.starts, pa.int32()), texts.by_code(taken.items.codes))


def _integers(column: AmountColumn) -> pa.Array:
    return pa.array(column.values.astype(np.int64), pa.int64(), mask=~column.reported)
