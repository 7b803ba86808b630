"""Contributors' records as they are published: read from `salary_record` and made into rows of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa

from service.intake.anonymisation import Protected
from service.intake.pay import Pay
from service.store.bulk import Bulk
from service.store.publication import current_records
from service.store.records import RECORD_SCHEMA
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES
from service.vocabulary.periods import month_of

_ONE = tuple((factor, factor.value) for factor in SINGLE if factor is not Factor.SOURCE)
_MANY = tuple((factor, factor.value) for factor in MULTIPLE)
_MEASURES = tuple((measure, measure.value) for measure in MEASURES)
_PAY = ("base_reported", "bonus_reported", "equity_reported")
_COLUMNS = ("effective", "currency", *_PAY, *(name for _, name in (*_ONE, *_MANY, *_MEASURES)))


def load_published(rows: Bulk, source: int) -> dict[UUID, Protected]:
    """The records of the current edition by id."""
    table = current_records(rows, source, _COLUMNS)
    return {UUID(bytes=row["id"]): _protected(row) for row in table.to_pylist()}


def _protected(row: Mapping[str, Any]) -> Protected:
    effective: date = row["effective"]
    return Protected(
        one={factor: row[name] for factor, name in _ONE if row[name] is not None},
        many={factor: tuple(sorted(row[name])) for factor, name in _MANY if row[name]},
        effective=month_of(effective.year, effective.month),
        pay=Pay(row["currency"], *(row[name] for name in _PAY)),
        measures={measure: row[name] for measure, name in _MEASURES if row[name] is not None},
    )


def rows_of(records: Mapping[UUID, Protected], source: int) -> pa.Table:
    """Rows for `Draft.add`."""
    return pa.Table.from_pylist([_row(id_, record, source) for id_, record in records.items()], RECORD_SCHEMA)


def _row(id_: UUID, record: Protected, source: int) -> dict[str, Any]:
    pay, month = record.pay, record.effective
    return {
        "id": id_.bytes,
        "effective": date(month // 12, month % 12 + 1, 1),
        **{factor.value: number for factor, number in record.one.items()},
        **{factor.value: list(numbers) for factor, numbers in record.many.items()},
        Factor.SOURCE.value: source,
        "currency": pay.currency,
        **dict(zip(_PAY, (pay.base, pay.bonus, pay.equity), strict=True)),
        **{measure.value: amount for measure, amount in record.measures.items()},
    }
