"""Building the rank index of an edition: from all of its records, or from an earlier index and the changes since."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from service.index.columns import (
    AmountColumn,
    CodedColumn,
    Columns,
    Ids,
    Ints,
    ListColumn,
    Records,
    ReportedPayColumns,
    RowChanges,
    amounts_of,
    encode,
    encode_texts,
)
from service.index.index import RankIndex
from service.store.bulk import BulkConnection, bulk_connection
from service.store.database import READER, Edition
from service.store.editions import current_edition, find_edition
from service.store.protected_tables import contributor_numbers
from service.store.records import RECORD_SCHEMA, load_records, load_removed_ids
from service.store.reference import Reference, load_reference
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_of, quarter_code, year_code

EMPTY_EDITION = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), 0)
"""The edition of an instance that has published nothing."""

PREBUILT_MEASURES = Measure.BASE_SALARY, Measure.TOTAL_COMPENSATION
"""The measures that most queries are about: a new index has their orders, and those of others are built on first use."""

_UNIX_EPOCH = month_of(1970)
_SORT_KEY = np.dtype([("month", ">u2"), ("high", ">u8"), ("low", ">u8")])
_NO_IDS: Ids = np.empty((2, 0), np.uint64)
_NO_RECORDS = pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in RECORD_SCHEMA], schema=RECORD_SCHEMA)


def build_current_index(
    url: str, measures: Sequence[Measure] = PREBUILT_MEASURES, former: RankIndex | None = None
) -> RankIndex:
    """The index of the current edition of a database.

    Blocks for about ten seconds per million records, or a quarter of that with a former index to start from. Raises
    DatabaseError.
    """
    with bulk_connection(url, READER) as rows:
        return build_index(rows, published_edition(rows), former, measures)


def published_edition(rows: BulkConnection) -> Edition:
    """The current edition, or EMPTY_EDITION if none has been published."""
    return current_edition(rows) or EMPTY_EDITION


def build_index(
    rows: BulkConnection,
    edition: Edition,
    former: RankIndex | None = None,
    measures: Sequence[Measure] = PREBUILT_MEASURES,
) -> RankIndex:
    """The index of an edition: updated from a former one if that is possible, else built from all records."""
    updated = update_index(rows, edition, former) if former else None
    index = updated or _build_from_all_records(rows, edition, measures)
    index.contributors = contributor_numbers(rows, edition.number)
    return index


def _build_from_all_records(rows: BulkConnection, edition: Edition, measures: Sequence[Measure]) -> RankIndex:
    reference = load_reference(rows)
    columns = sort_columns(load_records(rows.batches, edition.number), reference.taxonomy)
    index = RankIndex.of(edition, _public(reference, columns), columns)
    for measure in measures:
        index.order(measure)
    return index


def update_index(rows: BulkConnection, edition: Edition, former: RankIndex) -> RankIndex | None:
    """The index of an edition, built from an earlier one and the records added and removed since.

    Equal to one built from all records, with orders of the measures that the former has. None if the former edition is not
    part of this database's history, if the taxonomy has changed under its records, or if the counts do not match.
    """
    since = former.edition
    if find_edition(rows, since.number) != since:
        return None
    reference = load_reference(rows)
    if not reference.taxonomy.extends(former.reference.taxonomy):
        return None
    added = [records_of(batch) for batch in load_records(rows.batches, edition.number, since=since.number)]
    removed = [ids_of(batch.column("id")) for batch in load_removed_ids(rows.batches, edition.number, since.number)]
    columns, changes = merge_columns(former.columns, added, np.concatenate([_NO_IDS, *removed], 1), reference.taxonomy)
    if columns.size != edition.records:
        return None
    return former.apply_change(edition, _public(reference, columns), columns, changes)


def _public(reference: Reference, columns: Columns) -> Reference:
    """The reference data of an edition, without the names of employers that none of its records has."""
    return reference.with_employers(columns.one[Factor.EMPLOYER].categories)


def sort_columns(batches: Iterable[pa.RecordBatch], taxonomy: Taxonomy) -> Columns:
    """The columns of an edition, sorted by month and id, from what `store.records.load_records` returns in any order."""
    parts = [records_of(_NO_RECORDS), *map(records_of, batches)]
    return _columns_of(parts, _sorted_rows(parts), taxonomy)


def records_of(batch: pa.RecordBatch) -> Records:
    """One batch of what `store.records.load_records` returns, in its order; derived factors are still absent."""
    return Records(
        ids=ids_of(batch.column("id")),
        months=encode(_months(batch.column("effective"))),
        one={factor: encode(*amounts_of(batch.column(factor.value))) for factor in SINGLE},
        many={factor: _list_column(batch.column(factor.value)) for factor in MULTIPLE},
        amounts={measure: amounts_of(batch.column(measure.value)) for measure in MEASURES},
        reported_pay=ReportedPayColumns(
            encode_texts(batch.column("currency")), {name: amounts_of(batch.column(name)) for name in REPORTED_COLUMNS}
        ),
    )


def merge_columns(former: Columns, added: Sequence[Records], removed: Ids, taxonomy: Taxonomy) -> tuple[Columns, RowChanges]:
    """The columns of a later edition, from which some records are removed by their ids and to which others are added.

    Sorts only the added records, and merges them into the others by binary search.
    """
    added = [records_of(_NO_RECORDS), *added]
    rows = _sorted_rows(added)
    places = np.searchsorted(_sort_keys(former), np.concatenate([_sort_keys(part) for part in added])[rows], "right")
    rows = np.insert(np.arange(former.size), places, former.size + rows)
    stays = np.ones(len(rows), np.bool_)
    stays[former.rows_of(removed)] = False
    rows = rows[stays[rows]]
    is_added = rows >= former.size
    new_rows = np.full(former.size, len(rows), np.uint32)
    new_rows[rows[~is_added]] = np.flatnonzero(~is_added)
    changes = RowChanges(new_rows, np.flatnonzero(is_added).astype(np.uint32))
    return _columns_of([former, *added], rows, taxonomy), changes


def _sorted_rows(parts: Sequence[Records]) -> Ints:
    """The rows of all parts, numbered in turn, sorted by month and id."""
    high, low = _concatenated_ids(parts)
    return np.lexsort((low, high, CodedColumn.concatenate([part.months for part in parts]).codes))


def _sort_keys(records: Records) -> npt.NDArray[np.bytes_]:
    """Byte strings that sort by month and id: they can be searched, where sorting again would take longer."""
    keys = np.empty(records.size, _SORT_KEY)
    keys["month"] = records.months.decode()
    keys["high"], keys["low"] = records.ids
    return keys.view(f"S{_SORT_KEY.itemsize}")


def _columns_of(parts: Sequence[Records], rows: Ints, taxonomy: Taxonomy) -> Columns:
    """The columns of some rows of all parts, numbered in turn, which are already sorted by month and id."""
    ids = np.ascontiguousarray(_concatenated_ids(parts)[:, rows])  # or NumPy copies all of them for each few that are read
    rows_by_id = np.argsort(ids[0], kind="stable").astype(np.uint32)
    months = _take_coded([part.months for part in parts], rows)
    one = {factor: _take_coded([part.one[factor] for part in parts], rows) for factor in SINGLE}
    lists = {factor: ListColumn.concatenate([part.many[factor] for part in parts]) for factor in MULTIPLE}
    return Columns(
        ids=ids,
        months=months,
        one=one | _derived_factors(taxonomy, months, one[Factor.SOURCE]),
        many={factor: column.take(rows).remove_unused() for factor, column in lists.items()},
        amounts={
            measure: AmountColumn.concatenate([part.amounts[measure] for part in parts]).take(rows) for measure in MEASURES
        },
        reported_pay=ReportedPayColumns.concatenate([part.reported_pay for part in parts]).take(rows),
        rows_by_id=rows_by_id,
        sorted_high_halves=ids[0][rows_by_id],
    )


def _take_coded(parts: Sequence[CodedColumn[int]], rows: Ints) -> CodedColumn[int]:
    return CodedColumn.concatenate(parts).take(rows).remove_unused()


def _derived_factors(
    taxonomy: Taxonomy, months: CodedColumn[int], source: CodedColumn[int]
) -> dict[Factor, CodedColumn[int]]:
    years = [taxonomy.find(Factor.YEAR, year_code(month)).id for month in months.categories]
    quarters = [taxonomy.find(Factor.QUARTER, quarter_code(month)).id for month in months.categories]
    kinds = [cast(int, taxonomy[number].parent) for number in source.categories]
    return {
        Factor.YEAR: _derive(months, years),
        Factor.QUARTER: _derive(months, quarters),
        Factor.SOURCE_KIND: _derive(source, kinds),
    }


def _derive(column: CodedColumn[int], values: list[int]) -> CodedColumn[int]:
    """A derived factor, which has one of `values` for each category of another column."""
    return encode(column.recode(values), column.codes > 0)


def ids_of(array: pa.Array) -> Ids:
    """The ids in an Arrow array of UUIDs or of 16 bytes each."""
    array = array.storage if isinstance(array, pa.ExtensionArray) else array
    raw = np.frombuffer(array.buffers()[1] or b"", np.uint8)[array.offset * 16 : (array.offset + len(array)) * 16]
    return np.ascontiguousarray(raw.view(">u8").reshape(-1, 2).T.astype(np.uint64))


def _concatenated_ids(parts: Sequence[Records]) -> Ids:
    return np.concatenate([part.ids for part in parts], 1)


def _months(array: pa.Array) -> Ints:
    days = np.asarray(array.cast(pa.int32())).astype("datetime64[D]")
    return cast(Ints, days.astype("datetime64[M]").astype(np.int32) + _UNIX_EPOCH)


def _list_column(array: pa.Array) -> ListColumn:
    return ListColumn.of_lengths(np.diff(np.asarray(array.offsets)), encode(np.asarray(array.flatten())))
