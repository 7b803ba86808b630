"""Arranging records: what PostgreSQL tells, piece by piece, becomes the columns of an edition."""

from collections.abc import Iterable, Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from service.index.arrays import Amounts, Ints, nullable
from service.index.coded import Coded, Listed, encode
from service.index.columns import Change, Columns, Ids, Records
from service.index.reported import Reported, reported_of
from service.store.records import RECORD_SCHEMA
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES
from service.vocabulary.units import month_of, quarter_code, year_code
from service.vocabulary.taxonomy import Taxonomy

_EPOCH = month_of(1970)
_KEY = np.dtype([("month", ">u2"), ("first", ">u8"), ("second", ">u8")])
_NOTHING = pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in RECORD_SCHEMA], schema=RECORD_SCHEMA)


def columns_of(batches: Iterable[pa.RecordBatch], taxonomy: Taxonomy) -> Columns:
    """Arrange what `store.records.load_columns` returns."""
    parts = [records_of(_NOTHING), *map(records_of, batches)]
    return arranged(parts, ordered(parts), taxonomy)


def records_of(batch: pa.RecordBatch) -> Records:
    """What `store.records.load_columns` tells of some records."""
    return Records(
        ids=ids_of(batch.column("id")),
        months=encode(_months(batch.column("effective"))),
        one={factor: encode(*nullable(batch.column(factor.value))) for factor in SINGLE},
        many={factor: _listed(batch.column(factor.value)) for factor in MULTIPLE},
        amounts={measure: nullable(batch.column(measure.value)) for measure in MEASURES},
        reported=reported_of(batch),
    )


def ordered(parts: Sequence[Records]) -> Ints:
    """The rows of all parts, counted through, in the order of their month and id."""
    first, second = _joined_ids(parts)
    return np.lexsort((second, first, Coded.joined([part.months for part in parts]).codes))


def arranged(parts: Sequence[Records], rows: Ints, taxonomy: Taxonomy) -> Columns:
    """Columns of some rows of all parts, counted through; they are in the order of their month and id."""
    ids = np.ascontiguousarray(_joined_ids(parts)[:, rows])  # or NumPy would copy all of them each time that some are read
    by_id = np.argsort(ids[0], kind="stable").astype(np.uint32)
    months = Coded.joined([part.months for part in parts]).taken(rows).present()
    one = {factor: Coded.joined([part.one[factor] for part in parts]).taken(rows).present() for factor in SINGLE}
    return Columns(
        ids=ids,
        months=months,
        one=one | _derived(taxonomy, months, one[Factor.SOURCE]),
        many={factor: Listed.joined([part.many[factor] for part in parts]).taken(rows).present() for factor in MULTIPLE},
        amounts={measure: Amounts.joined([part.amounts[measure] for part in parts]).taken(rows) for measure in MEASURES},
        reported=Reported.joined([part.reported for part in parts]).taken(rows),
        by_id=by_id,
        firsts=ids[0][by_id],
    )


def changed(former: Columns, added: Sequence[Records], gone: Ids, taxonomy: Taxonomy) -> tuple[Columns, Change]:
    """The columns of a later edition, to which some records have come and which others have left, by their ids."""
    come = [records_of(_NOTHING), *added]
    rows = ordered(come)
    places = np.searchsorted(_keys(former), np.concatenate([_keys(part) for part in come])[rows], "right")
    rows = np.insert(np.arange(former.size), places, former.size + rows)
    there = np.ones(len(rows), np.bool_)
    there[former.rows_of(gone)] = False
    rows = rows[there[rows]]
    came = rows >= former.size
    to = np.full(former.size, len(rows), np.uint32)
    to[rows[~came]] = np.flatnonzero(~came)
    return arranged([former, *come], rows, taxonomy), Change(to, np.flatnonzero(came).astype(np.uint32))


def _keys(records: Records) -> npt.NDArray[np.bytes_]:
    """Texts that are in the order of month and id, where sorting once more what is nearly sorted would take longer."""
    found = np.empty(records.size, _KEY)
    found["month"] = records.months.exchanged(records.months.numbers)
    found["first"], found["second"] = records.ids
    return found.view(f"S{_KEY.itemsize}")


def _joined_ids(parts: Sequence[Records]) -> Ids:
    return np.concatenate([part.ids for part in parts], 1)


def ids_of(array: pa.Array) -> Ids:
    """The two halves of each id."""
    array = array.storage if isinstance(array, pa.ExtensionArray) else array
    raw = np.frombuffer(array.buffers()[1] or b"", np.uint8)[array.offset * 16 : (array.offset + len(array)) * 16]
    return np.ascontiguousarray(raw.view(">u8").reshape(-1, 2).T.astype(np.uint64))


def _months(array: pa.Array) -> Ints:
    days = np.asarray(array.cast(pa.int32())).astype("datetime64[D]")
    return cast(Ints, days.astype("datetime64[M]").astype(np.int32) + _EPOCH)


def _listed(array: pa.Array) -> Listed:
    return Listed.of_lengths(np.diff(np.asarray(array.offsets)), encode(np.asarray(array.flatten())))


def _through(coded: Coded[int], wholes: list[int]) -> Coded[int]:
    """A derived factor: each number of `coded` exchanged for the number of what it belongs to."""
    return encode(coded.exchanged(wholes), coded.codes > 0)


def _derived(taxonomy: Taxonomy, months: Coded[int], source: Coded[int]) -> dict[Factor, Coded[int]]:
    years = [taxonomy.find(Factor.YEAR, year_code(month)).id for month in months.numbers]
    quarters = [taxonomy.find(Factor.QUARTER, quarter_code(month)).id for month in months.numbers]
    kinds = [cast(int, taxonomy[number].parent) for number in source.numbers]
    return {
        Factor.YEAR: _through(months, years),
        Factor.QUARTER: _through(months, quarters),
        Factor.SOURCE_KIND: _through(source, kinds),
    }
