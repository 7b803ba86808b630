"""The records of a file: what the API tells of each, in columns, with codes in place of numbers."""

from collections.abc import Iterator
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schema.types.record import global_id
from service.store.export import TOLD_MANY, TOLD_ONE, TOLD_PAY, TOLD_REPORTED
from service.store.reference import Reference
from service.vocabulary.factors import Factor

_TEXT, _TEXTS = pa.string(), pa.list_(pa.string())

SCHEMA = pa.schema(
    [
        pa.field("id", _TEXT, nullable=False),
        pa.field("effective", _TEXT, nullable=False),
        pa.field(Factor.SOURCE_KIND.value, _TEXT, nullable=False),
        *(pa.field(factor.value, _TEXT) for factor in TOLD_ONE),
        *(pa.field(factor.value, _TEXTS, nullable=False) for factor in TOLD_MANY),
        pa.field("currency", _TEXT, nullable=False),
        *(pa.field(name, pa.int64()) for name in TOLD_REPORTED),
        *(pa.field(f"{measure.value}_usd", pa.int64()) for measure in TOLD_PAY),
    ]
)
"""`id` is the one of `node(id:)`, `effective` a month; amounts as reported are of `currency`, the others US dollars."""


def told(batches: Iterator[pa.Table], reference: Reference, sources: frozenset[int]) -> Iterator[pa.RecordBatch]:
    """The records of some sources, batch by batch; batches without any are left out."""
    values = (value for factor in Factor for value in reference.taxonomy.values(factor))
    codes = _by_number({value.id: value.code for value in values})
    kinds = _by_number({number: source.kind for number, source in reference.sources.items()})
    wanted = pa.array(sorted(sources), pa.int32())
    for batch in batches:
        found = batch.filter(pc.is_in(batch.column(Factor.SOURCE.value), wanted)).combine_chunks()
        if found.num_rows:
            yield _shown(found, codes, kinds)


def _by_number(texts: dict[int, str]) -> pa.Array:
    """An array that has the text of each number at its place."""
    return pa.array([texts.get(number) for number in range(max(texts) + 1)], _TEXT)


def _shown(found: pa.Table, codes: pa.Array, kinds: pa.Array) -> pa.RecordBatch:
    def column(name: str) -> pa.Array:
        return found.column(name).combine_chunks()

    return pa.RecordBatch.from_arrays(
        [
            pa.array([global_id(UUID(bytes=id_)) for id_ in column("id").to_pylist()], _TEXT),
            pc.strftime(column("effective"), "%Y-%m"),
            kinds.take(column(Factor.SOURCE.value)),
            *(codes.take(column(factor.value)) for factor in TOLD_ONE),
            *(_listed(column(factor.value), codes) for factor in TOLD_MANY),
            column("currency").cast(_TEXT),
            *(column(name) for name in TOLD_REPORTED),
            *(column(measure.value).cast(pa.int64()) for measure in TOLD_PAY),
        ],
        schema=SCHEMA,
    )


def _listed(numbers: pa.Array, codes: pa.Array) -> pa.Array:
    """Lists of codes; what is not told is an empty one, as the API has it."""
    lengths = pc.fill_null(pc.list_value_length(numbers), 0)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), codes.take(numbers.flatten()))
