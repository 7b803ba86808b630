"""The records of a whole file: posted ranges merged, ids assigned, and converted to Arrow columns of RECORD_SCHEMA."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seed.importer.identity import Keys, meaning_tags, mix64, name_hashes, occurrence_keys, pair_keys
from seed.importer.mapping import Pairs
from seed.importer.pay import measures
from seed.importer.translation import Batch
from service.store.records import RECORD_SCHEMA
from service.vocabulary.factors import FACTORS, MULTIPLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS, Unit
from service.vocabulary.taxonomy import Taxonomy

Lists = Mapping[Factor, Sequence[tuple[int, ...]]]
_SCORES = tuple(measure.value for measure, spec in MEASURES.items() if spec.unit is not Unit.MONEY_PER_YEAR)
_EPOCH = 1970 * 12
_OFFSET = 1 << 50  # distinguishes an amount of 0 from null


@dataclass(frozen=True, slots=True)
class ImportedRecords:
    """All records of a file in file order.

    `single` marks rows that are not part of a pair, which belong to the mapping's second source. `upper_lines` (`int64[n]`)
    has the line of the row that was merged into the one below, 0 if there is none.
    """

    batch: Batch
    single: NDArray[np.bool_]
    upper_lines: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.batch.months)

    @property
    def paired(self) -> int:
        """The number of rows that were merged into the row below."""
        return int(np.count_nonzero(self.upper_lines))

    def select(self, rows: NDArray[np.bool_]) -> "ImportedRecords":
        return ImportedRecords(rows_of(self.batch, rows), self.single[rows], self.upper_lines[rows])


def concatenate(batches: Sequence[Batch]) -> Batch:
    """One batch of all; factors and amounts that a batch lacks are null in its rows."""
    rows = [len(batch.months) for batch in batches]
    factors = {factor: None for batch in batches for factor in batch.ids}
    names = {name: None for batch in batches for name in batch.amounts}
    nulls = [np.full(count, np.nan) for count in rows]
    return Batch(
        np.concatenate([batch.lines for batch in batches]),
        np.concatenate([batch.months for batch in batches]),
        {
            factor: np.concatenate(
                [batch.ids.get(factor, np.zeros(n, np.int32)) for batch, n in zip(batches, rows, strict=True)]
            )
            for factor in factors
        },
        {
            name: np.concatenate([batch.amounts.get(name, null) for batch, null in zip(batches, nulls, strict=True)])
            for name in names
        },
        np.concatenate([batch.keys for batch in batches]),
        np.concatenate([batch.repeats for batch in batches]),
    )


def imported_records(batch: Batch, pairs: Pairs | None, merge: bool) -> ImportedRecords:
    """The records of a file. With `merge` the two rows of a range become one record, otherwise each stays its own."""
    upper_lines = np.zeros(len(batch.months), np.int64)
    if pairs is None:
        return ImportedRecords(batch, np.zeros(len(batch.months), bool), upper_lines)
    amounts = batch.amounts.get("base_reported", np.full(len(batch.months), np.nan))
    upper, lower = find_pairs(batch.repeats, amounts, batch.months >= pairs.since)
    single = np.ones(len(batch.months), bool)
    single[upper] = single[lower] = False
    if not merge or not len(upper):
        return ImportedRecords(batch, single, upper_lines)
    upper_lines[lower] = batch.lines[upper]
    remaining = np.ones(len(batch.months), bool)
    remaining[upper] = False
    return ImportedRecords(_merged(batch, amounts, upper, lower), single, upper_lines).select(remaining)


def find_pairs(
    repeats: NDArray[np.bool_], amounts: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The row numbers of adjacent pairs, upper and lower, `int64[pairs]` each, ascending.

    `repeats` marks rows that equal the row above in all but pay; the upper row's amount must not be smaller. The search
    runs from the end of the file, so that a snapshot that grew at the top pairs its old rows as before.
    """
    is_lower = repeats.copy()
    is_lower[1:] &= (amounts[:-1] >= amounts[1:]) & allowed[1:]
    is_lower[:1] = False
    found: list[int] = []
    above = len(repeats)
    for row in np.flatnonzero(is_lower)[::-1].tolist():
        if row < above:
            found.append(row)
            above = row - 1
    lower = np.array(found[::-1], np.int64)
    return lower - 1, lower


def _merged(batch: Batch, amounts: NDArray[np.float64], upper: NDArray[np.int64], lower: NDArray[np.int64]) -> Batch:
    """The batch with both ends and the midpoint of each range in the lower row."""
    low, high, base = np.full(len(amounts), np.nan), np.full(len(amounts), np.nan), amounts.copy()
    low[lower], high[lower] = amounts[lower], amounts[upper]
    base[lower] = np.rint((amounts[lower] + amounts[upper]) / 2)
    keys = batch.keys.copy()
    keys[lower] = pair_keys(batch.keys[upper], batch.keys[lower])
    return replace(batch, keys=keys, amounts=batch.amounts | {"base_reported": base, "base_low": low, "base_high": high})


def rows_of(batch: Batch, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Batch:
    """Some rows of a batch, by mask or by number."""
    return Batch(
        batch.lines[rows],
        batch.months[rows],
        {factor: ids[rows] for factor, ids in batch.ids.items()},
        {name: values[rows] for name, values in batch.amounts.items()},
        batch.keys[rows],
        batch.repeats[rows],
    )


def record_ids(records: ImportedRecords, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy) -> Keys:
    """The ids of all records, `uint8[n, 16]`."""
    tags = meaning_tags(_interpreted_values(records.batch, lists, currencies, taxonomy), len(records))
    return np.concatenate([occurrence_keys(records.batch.keys), tags], axis=1)


def _interpreted_values(
    batch: Batch, lists: Lists, currencies: Sequence[str], taxonomy: Taxonomy
) -> dict[str, NDArray[np.uint64]]:
    """Hashes of the values of each record, by codes rather than ids, since ids differ between databases."""
    codes = {value.id: f"{factor}:{value.code}" for factor in FACTORS for value in taxonomy.values(factor)}
    hashes = name_hashes([codes.get(number, "") for number in range(max(codes, default=0) + 1)])
    found = {"effective": batch.months.astype(np.uint64)}
    for factor, ids in batch.ids.items():
        if factor in MULTIPLE:
            sums = [mix64(hashes[list(values)]).sum(dtype=np.uint64) for values in lists[factor]]
            found[factor.value] = np.array(sums, np.uint64)[ids]
        else:
            found[factor.value] = hashes[ids]
    found["currency"] = name_hashes(currencies)[batch.amounts["currency"].astype(np.int64)]
    money = {measure.value: values for measure, values in measures(batch.amounts).items()}
    for name, amounts in (batch.amounts | money).items():
        if name not in ("currency", "rate"):
            shifted = np.nan_to_num(amounts, nan=-_OFFSET).astype(np.int64) + _OFFSET
            found[name] = shifted.astype(np.uint64)
    return found


def to_arrow(batch: Batch, ids: Keys, lists: Lists, currencies: Sequence[str]) -> pa.Table:
    """A table for `Draft.add`; columns of RECORD_SCHEMA without any value are left out."""
    days = (batch.months.astype(np.int64) - _EPOCH).astype("datetime64[M]").astype("datetime64[D]").astype(np.int32)
    columns: dict[str, pa.Array] = {
        "id": pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(ids), [None, pa.py_buffer(np.ascontiguousarray(ids))]),
        "effective": pa.array(days, pa.int32()).cast(pa.date32()),
        "currency": pa.array(currencies, pa.string()).take(pa.array(batch.amounts["currency"].astype(np.int32))),
    }
    for factor, values in batch.ids.items():
        columns[factor.value] = _list_column(values, lists[factor]) if factor in MULTIPLE else _id_column(values)
    money = {measure.value: values for measure, values in measures(batch.amounts).items()}
    stored = {name: values for name, values in batch.amounts.items() if name in (*REPORTED_COLUMNS, *_SCORES)} | money
    for name, amounts in stored.items():
        columns[name] = _integer_column(amounts, RECORD_SCHEMA.field(name).type)
    return pa.table({field.name: columns[field.name] for field in RECORD_SCHEMA if field.name in columns})


def _id_column(ids: NDArray[np.int32]) -> pa.Array:
    return pa.array(ids, pa.int32(), mask=ids == 0)


def _list_column(positions: NDArray[np.int32], lists: Sequence[tuple[int, ...]]) -> pa.Array:
    return pa.array([list(values) or None for values in lists], pa.list_(pa.int32())).take(pa.array(positions))


def _integer_column(values: NDArray[np.float64], kind: pa.DataType) -> pa.Array:
    return pa.array(np.nan_to_num(values).astype(np.int64), kind, mask=np.isnan(values))
