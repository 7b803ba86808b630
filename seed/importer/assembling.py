"""From columns of numbers to rows of `salary_record`: ids, and Arrow columns in the units of RECORD_SCHEMA."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seed.importer.identity import Keys, meaning_tags, mixed, name_hashes, occurrence_keys
from seed.importer.pairing import Records
from seed.importer.pay import measures
from seed.importer.translation import Batch
from service.store.records import RECORD_SCHEMA
from service.vocabulary.factors import FACTORS, MULTIPLE, Factor
from service.vocabulary.measures import MEASURES, Unit
from service.vocabulary.taxonomy import Taxonomy

Lists = Mapping[Factor, Sequence[tuple[int, ...]]]
_KEPT = ("base_reported", "base_low", "base_high", "bonus_reported", "equity_reported")
_SCORES = tuple(measure.value for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_EPOCH = 1970 * 12
_SHIFT = 1 << 50  # tells an amount of 0 from none


def record_ids(records: Records, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy) -> Keys:
    """The 16 bytes of every record's id."""
    tags = meaning_tags(_meanings(records.batch, lists, currencies, taxonomy), len(records))
    return np.concatenate([occurrence_keys(records.batch.keys), tags], axis=1)


def _meanings(batch: Batch, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy) -> dict[str, NDArray[np.uint64]]:
    """What each record means, in hashes of codes rather than numbers: these differ from database to database."""
    values = {value.id: f"{factor}:{value.code}" for factor in FACTORS for value in taxonomy.values(factor)}
    hashes = name_hashes([values.get(number, "") for number in range(max(values, default=0) + 1)])
    found = {"effective": batch.months.astype(np.uint64)}
    for factor, codes in batch.codes.items():
        if factor in MULTIPLE:
            sums = [mixed(hashes[list(values)]).sum(dtype=np.uint64) for values in lists[factor]]
            found[factor.value] = np.array(sums, np.uint64)[codes]
        else:
            found[factor.value] = hashes[codes]
    found["currency"] = name_hashes(currencies)[batch.numbers["currency"].astype(np.int64)]
    money = {measure.value: values for measure, values in measures(batch.numbers).items()}
    for name, amounts in (batch.numbers | money).items():
        if name not in ("currency", "rate", "total_compensation_reported"):
            shifted = np.nan_to_num(amounts, nan=-_SHIFT).astype(np.int64) + _SHIFT
            found[name] = shifted.astype(np.uint64)
    return found


def assemble(batch: Batch, ids: Keys, lists: Lists, currencies: Sequence[str]) -> pa.Table:
    """Rows for `Draft.add`; columns that the file does not tell are left out."""
    days = (batch.months.astype(np.int64) - _EPOCH).astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
    columns: dict[str, pa.Array] = {
        "id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(np.ascontiguousarray(ids))]),
        "effective": pa.array(days, pa.int32()).cast(pa.date32()),
        "currency": pa.array(currencies, pa.string()).take(pa.array(batch.numbers["currency"].astype(np.int32))),
    }
    for factor, codes in batch.codes.items():
        columns[factor.value] = _listed(codes, lists[factor]) if factor in MULTIPLE else _coded(codes)
    money = {measure.value: values for measure, values in measures(batch.numbers).items()}
    told = {name: values for name, values in batch.numbers.items() if name in (*_KEPT, *_SCORES)} | money
    for name, values in told.items():
        columns[name] = _whole(values, RECORD_SCHEMA.field(name).type)
    return pa.table({field.name: columns[field.name] for field in RECORD_SCHEMA if field.name in columns})


def _coded(codes: NDArray[np.int32]) -> pa.Array:
    return pa.array(codes, pa.int32(), mask=codes == 0)


def _listed(codes: NDArray[np.int32], lists: Sequence[tuple[int, ...]]) -> pa.Array:
    return pa.array([list(values) or None for values in lists], pa.list_(pa.int32())).take(pa.array(codes))


def _whole(values: NDArray[np.float64], kind: pa.DataType) -> pa.Array:
    return pa.array(np.nan_to_num(values).astype(np.int64), kind, mask=np.isnan(values))
