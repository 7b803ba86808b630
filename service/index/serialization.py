"""The rank index as an Arrow record batch of one row, from which it is loaded without a copy.

Each array is one column, whose only value is a list of its elements: dtypes survive, `bool[n]` as `uint8[n]`. Bitmaps are in
the portable Roaring format, those of one mapping as a list of binaries beside a list of their keys. The edition and its
reference data are JSON. Names are paths, such as `columns.one.role.codes` or
`orders.base_salary.USD.none.sets.values.bitmaps`.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
from pyroaring import BitMap

from service.index.artifact import ArtifactGroup, ArtifactKind
from service.index.bitmaps import LazyBitmaps, PositionSets
from service.index.columns import AmountColumn, CodedColumn, Columns, ListColumn, ReportedPayColumns
from service.index.index import MAX_CURRENCY_ORDERS, OrderKey, RankIndex
from service.index.order import Order
from service.store.database import Edition
from service.store.protected_tables import ContributorNumbers
from service.store.reference import Reference, catalogue_entry
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.measures import STORED_CURRENCY, Adjustment, Basis, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, FxRate, Source

K = TypeVar("K", int, Factor)


def encode_index(index: RankIndex) -> pa.RecordBatch:
    """The whole index with its orders in the stored currency; `decode_index` is the inverse."""
    writer = _Writer()
    writer.json("edition", index.edition)
    numbers = index.contributors
    writer.json("contributors", numbers and [numbers.year, [(*cell, number) for cell, number in numbers.cells.items()]])
    _write_reference(writer, index.reference)
    _write_columns(writer, index.columns)
    _write_order(writer, "base", index.base)
    orders = dict(index.orders)
    writer.json("orders", [(measure, *basis) for measure, basis in orders])
    for key, order in orders.items():
        _write_order(writer, _order_name(*key), order)
    return writer.batch()


def decode_index(batch: pa.RecordBatch) -> RankIndex:
    """An index whose arrays and bitmaps are views of the batch; its arrays are read-only."""
    reader = _Reader(batch)
    edition = reader.json("edition")
    columns = _read_columns(reader)
    keys: list[OrderKey] = [
        (Measure(measure), Basis(currency, Adjustment(adjustment)))
        for measure, currency, adjustment in reader.json("orders")
    ]
    return RankIndex(
        Edition(**{**edition, "published_at": datetime.fromisoformat(edition["published_at"])}),
        _read_reference(reader),
        columns,
        _read_order(reader, "base", columns),
        {key: _read_order(reader, _order_name(*key), columns) for key in keys},
        contributors=_read_contributors(reader),
    )


INDEX_KIND = ArtifactKind("index", encode_index, decode_index)
_CURRENCY_ORDERS = ArtifactGroup(f"{INDEX_KIND.name}.currency-", MAX_CURRENCY_ORDERS)


def order_kind(columns: Columns, measure: Measure, basis: Basis) -> ArtifactKind[Order]:
    """The kind of artifact of one more order of an index with some columns: a part of the index's own kind.

    Those of other currencies than the stored one are a group, since there are hundreds.
    """

    def encode(order: Order) -> pa.RecordBatch:
        writer = _Writer()
        _write_order(writer, "order", order)
        return writer.batch()

    def decode(batch: pa.RecordBatch) -> Order:
        return _read_order(_Reader(batch), "order", columns)

    part = f"{measure}.{basis.adjustment}"
    if basis.currency == STORED_CURRENCY:
        return ArtifactKind(f"{INDEX_KIND.name}.{part}", encode, decode)
    return ArtifactKind(f"{_CURRENCY_ORDERS.prefix}{basis.currency}.{part}", encode, decode, _CURRENCY_ORDERS)


class _Writer:
    """Collects the columns of a batch."""

    def __init__(self) -> None:
        self._fields: dict[str, pa.Array] = {}

    def array(self, name: str, values: npt.NDArray[Any]) -> None:
        flat = np.ascontiguousarray(values).reshape(-1)
        flat = flat.view(np.uint8) if flat.dtype == np.bool_ else flat
        self._add(name, pa.Array.from_buffers(pa.from_numpy_dtype(flat.dtype), len(flat), [None, pa.py_buffer(flat)]))

    def json(self, name: str, value: object) -> None:
        self._add_binaries(name, [orjson.dumps(value)])

    def bitmap(self, name: str, bitmap: BitMap) -> None:
        self._add_binaries(name, [bitmap.serialize()])

    def bitmaps(self, name: str, bitmaps: Mapping[K, BitMap]) -> None:
        self.json(f"{name}.keys", list(bitmaps))
        self._add_binaries(f"{name}.bitmaps", [bitmap.serialize() for bitmap in bitmaps.values()])

    def _add_binaries(self, name: str, parts: Sequence[bytes]) -> None:
        offsets = pa.py_buffer(np.cumsum([0, *map(len, parts)], dtype=np.int64))
        self._add(name, pa.Array.from_buffers(pa.large_binary(), len(parts), [None, offsets, pa.py_buffer(b"".join(parts))]))

    def _add(self, name: str, values: pa.Array) -> None:
        offsets = pa.py_buffer(np.array([0, len(values)], np.int64))  # `pa.array` would import Pandas
        self._fields[name] = pa.Array.from_buffers(pa.large_list(values.type), 1, [None, offsets], children=[values])

    def batch(self) -> pa.RecordBatch:
        return pa.RecordBatch.from_pydict(self._fields)


class _Reader:
    """Reads the columns of a batch without copying arrays and bitmaps."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._fields = dict(zip(batch.schema.names, batch.columns, strict=True))

    def array(self, name: str) -> npt.NDArray[Any]:
        values = self._fields[name].values
        dtype = np.dtype(str(values.type))  # `to_numpy` would import Pandas: a quarter of a second
        return np.frombuffer(values.buffers()[1], dtype, len(values)) if len(values) else np.empty(0, dtype)

    def json(self, name: str) -> Any:
        return orjson.loads(self._binaries(name)[1])

    def bitmap(self, name: str) -> BitMap:
        return BitMap.deserialize(bytes(self._binaries(name)[1]))

    def bitmaps(self, name: str, key: Callable[[Any], K]) -> LazyBitmaps[K]:
        offsets, content = self._binaries(f"{name}.bitmaps")
        return LazyBitmaps.of_serialized(list(map(key, self.json(f"{name}.keys"))), offsets, content)

    def _binaries(self, name: str) -> tuple[list[int], memoryview]:
        values = self._fields[name].values
        _, offsets, content = values.buffers()
        return np.frombuffer(offsets, np.int64, len(values) + 1).tolist(), memoryview(content or b"")


def _write_reference(writer: _Writer, reference: Reference) -> None:
    writer.json("reference.values", list(reference.taxonomy))
    writer.json("reference.sources", list(reference.sources.items()))
    writer.json("reference.rates", list(reference.rates))
    writer.json("reference.price_levels", [(*key, level) for key, level in reference.price_levels.items()])
    writer.json("reference.catalogue", reference.catalogue)


def _read_reference(reader: _Reader) -> Reference:
    values = (
        FactorValue(**{**value, "factor": Factor(value["factor"]), "aliases": tuple(value["aliases"])})
        for value in reader.json("reference.values")
    )
    return Reference(
        Taxonomy(values),
        {number: Source(**source) for number, source in reader.json("reference.sources")},
        Rates(FxRate(**rate) for rate in reader.json("reference.rates")),
        {(place, year): level for place, year, level in reader.json("reference.price_levels")},
        tuple(catalogue_entry(**entry) for entry in reader.json("reference.catalogue")),
    )


def _read_contributors(reader: _Reader) -> ContributorNumbers | None:
    year, cells = reader.json("contributors") or (None, ())
    numbers = {(family, place): number for family, place, number in cells}
    return None if year is None else ContributorNumbers(year, numbers)


def _write_columns(writer: _Writer, columns: Columns) -> None:
    writer.array("columns.ids", columns.ids)
    writer.array("columns.rows_by_id", columns.rows_by_id)
    writer.array("columns.sorted_high_halves", columns.sorted_high_halves)
    _write_coded(writer, "columns.months", columns.months)
    for factor, column in columns.one.items():
        _write_coded(writer, f"columns.one.{factor}", column)
    for factor, lists in columns.many.items():
        writer.array(f"columns.many.{factor}.starts", lists.starts)
        _write_coded(writer, f"columns.many.{factor}.items", lists.items)
    for measure, amounts in columns.amounts.items():
        _write_amounts(writer, f"columns.amounts.{measure}", amounts)
    pay = columns.reported_pay
    writer.json("columns.reported_pay.currencies.categories", pay.currencies.categories)
    writer.array("columns.reported_pay.currencies.codes", pay.currencies.codes)
    for name, amounts in pay.amounts.items():
        _write_amounts(writer, f"columns.reported_pay.{name}", amounts)
    writer.json("columns.fields", [list(part) for part in (columns.one, columns.many, columns.amounts, pay.amounts)])


def _read_columns(reader: _Reader) -> Columns:
    one, many, amounts, reported = reader.json("columns.fields")
    currencies = "columns.reported_pay.currencies"
    return Columns(
        ids=reader.array("columns.ids").reshape(2, -1),
        months=_read_coded(reader, "columns.months"),
        one={Factor(name): _read_coded(reader, f"columns.one.{name}") for name in one},
        many={
            Factor(name): ListColumn(
                reader.array(f"columns.many.{name}.starts"), _read_coded(reader, f"columns.many.{name}.items")
            )
            for name in many
        },
        amounts={Measure(name): _read_amounts(reader, f"columns.amounts.{name}") for name in amounts},
        reported_pay=ReportedPayColumns(
            CodedColumn(tuple(reader.json(f"{currencies}.categories")), reader.array(f"{currencies}.codes")),
            {name: _read_amounts(reader, f"columns.reported_pay.{name}") for name in reported},
        ),
        rows_by_id=reader.array("columns.rows_by_id"),
        sorted_high_halves=reader.array("columns.sorted_high_halves"),
    )


def _write_coded(writer: _Writer, name: str, column: CodedColumn[int]) -> None:
    writer.array(f"{name}.categories", np.array(column.categories, np.int64))
    writer.array(f"{name}.codes", column.codes)


def _read_coded(reader: _Reader, name: str) -> CodedColumn[int]:
    return CodedColumn(tuple(reader.array(f"{name}.categories").tolist()), reader.array(f"{name}.codes"))


def _write_amounts(writer: _Writer, name: str, amounts: AmountColumn) -> None:
    writer.array(f"{name}.values", amounts.values)
    writer.array(f"{name}.reported", amounts.reported)


def _read_amounts(reader: _Reader, name: str) -> AmountColumn:
    return AmountColumn(reader.array(f"{name}.values"), reader.array(f"{name}.reported").view(np.bool_))


def _order_name(measure: Measure, basis: Basis) -> str:
    return f"orders.{measure}.{basis.currency}.{basis.adjustment}"


def _write_order(writer: _Writer, name: str, order: Order) -> None:
    writer.array(f"{name}.rows", order.rows)
    writer.array(f"{name}.values", order.values)
    writer.bitmap(f"{name}.carriers", order.carriers)
    writer.bitmaps(f"{name}.sets.values", order.sets.values)
    writer.bitmaps(f"{name}.sets.reported", order.sets.reported)
    writer.bitmaps(f"{name}.sets.months", order.sets.months)
    writer.bitmap(f"{name}.sets.everyone", order.sets.everyone)


def _read_order(reader: _Reader, name: str, columns: Columns) -> Order:
    sets = PositionSets(
        reader.bitmaps(f"{name}.sets.values", int),
        reader.bitmaps(f"{name}.sets.reported", Factor),
        reader.bitmaps(f"{name}.sets.months", int),
        reader.bitmap(f"{name}.sets.everyone"),
    )
    carriers = reader.bitmap(f"{name}.carriers")
    return Order(columns, reader.array(f"{name}.rows"), reader.array(f"{name}.values"), sets, carriers)
