"""Fingerprints are equal exactly if the records are, independent of edition, order and codes."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.sample_tables import numbered_reference
from support.sql_oracle import random_records

from service.index.build import sort_columns
from service.index.columns import AmountColumn
from service.index.fingerprint import Fingerprints
from service.index.order import Order
from service.store.records import RECORD_SCHEMA
from service.vocabulary.conditions import AnyOf, Conditions
from service.vocabulary.factors import LEVELS, MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, REPORTED_COLUMNS, Adjustment, Measure

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
RECORDS = random_records(REFERENCE, 40, 3).to_pylist()
SENIOR, MID = (TAXONOMY.find(Factor.LEVEL, code).id for code in ("senior", "mid"))
SENIORS: Conditions = (AnyOf(Factor.LEVEL, frozenset({SENIOR})),)
Row = dict[str, Any]


def fingerprints(rows: list[Row], price_levels: dict[tuple[int, int], float] | None = None) -> Fingerprints:
    columns = sort_columns(pa.Table.from_pylist(rows, RECORD_SCHEMA).to_batches(), TAXONOMY)
    months = AmountColumn(columns.months.decode(), np.ones(columns.size, np.bool_))
    return Fingerprints(columns, Order.of(columns, TAXONOMY, months), replace(REFERENCE, price_levels=price_levels or {}))


def _some(factor: Factor) -> list[int]:
    return [value.id for value in TAXONOMY.values(factor)][:4]


_SOME: dict[str, list[Any]] = {
    "id": [bytes([n]) * 16 for n in range(3)],
    "effective": [date(2025, 1, 1), date(2025, 2, 1), date(2026, 2, 1)],
    "currency": ["USD", "EUR", "IDR"],
    **{name: [None, 0, 1, 3_000_000_000] for name in REPORTED_COLUMNS},
}


def _values(field: str) -> st.SearchStrategy[Any]:
    """A few values of a field, so that a change often changes nothing or is reverted by a later one."""
    if field in _SOME:
        return st.sampled_from(_SOME[field])
    if field in MULTIPLE:
        return st.lists(st.sampled_from(_some(Factor(field))), unique=True)
    if field in SINGLE:
        return st.sampled_from([*_some(Factor(field)), *([] if field == "source" else [None])])
    spec = MEASURES[Measure(field)]
    return st.sampled_from([None, spec.low, spec.low + 1, spec.high])


FIELDS = RECORD_SCHEMA.names


def content(rows: list[Row]) -> list[tuple[Any, ...]]:
    """What the records have, without their order or that of several values of one factor."""
    return sorted((tuple(_plain(row[field]) for field in FIELDS) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, list) else () if value is None else value


WHOLE, OF_SENIORS = fingerprints(RECORDS).compute(()), fingerprints(RECORDS).compute(SENIORS)

changes = st.lists(
    st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.integers(0, 2), st.just(field), _values(field))), max_size=4
)


@pytest.mark.slow
@settings(max_examples=100)
@given(before=changes, after=changes)
def test_fingerprints_are_equal_exactly_if_the_records_are(before: Any, after: Any) -> None:
    first, second = [dict(row) for row in RECORDS[:3]], [dict(row) for row in RECORDS[:3]]
    for rows, changed in ((first, before), (second, after)):
        for number, field, value in changed:
            rows[number][field] = value
    assert (fingerprints(first).compute(()) == fingerprints(second).compute(())) == (content(first) == content(second))


@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=10)
@given(data=st.data())
def test_a_change_of_any_field_changes_the_fingerprint(field: str, data: st.DataObject) -> None:
    """Each field by itself, so that none can be left out unnoticed."""
    number, value = data.draw(st.integers(0, 39)), data.draw(_values(field))
    if _plain(RECORDS[number][field]) == _plain(value):
        return
    changed = [{**row, field: value} if n == number else row for n, row in enumerate(RECORDS)]
    assert fingerprints(changed).compute(()) != WHOLE


@settings(max_examples=40)
@given(data=st.data())
def test_a_fingerprint_depends_on_the_cohort_only(data: st.DataObject) -> None:
    """Other records are added, removed and changed, and all have other rows and codes: that of the seniors is the same."""
    rows = [dict(row) for row in RECORDS]
    others = [row for row in rows if row["level"] != SENIOR]
    remaining = [row for row in others if data.draw(st.booleans())]
    for row in remaining:
        field = data.draw(st.sampled_from([name for name in FIELDS if name not in ("id", "level")]))
        row[field] = data.draw(_values(field))
    later = data.draw(st.permutations([row for row in rows if row["level"] == SENIOR] + remaining))
    for row in later:
        row["skill"] = row["skill"] and data.draw(st.permutations(row["skill"]))
    assert fingerprints(later).compute(SENIORS) == OF_SENIORS
    assert OF_SENIORS.size == sum(row["level"] == SENIOR for row in RECORDS) > 0


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("id", bytes(16), bytes(15) + b"\1"),
        ("id", bytes(16), b"\1" + bytes(15)),
        ("effective", date(2025, 1, 1), date(2025, 2, 1)),
        ("bonus", 0, None),
        ("negotiation_uplift", -1, 1),
        ("skill", [SENIOR], [SENIOR, MID]),
    ],
    ids=["low half", "high half", "same quarter", "zero and missing", "sign", "one more"],
)
def test_similar_records_have_different_fingerprints(field: str, one: Any, other: Any) -> None:
    assert fingerprints([{**RECORDS[0], field: one}]).compute(()) != fingerprints([{**RECORDS[0], field: other}]).compute(())


def test_two_records_that_swap_a_value_are_different_records() -> None:
    rows = [{**row, "level": level} for row, level in zip(RECORDS[:2], (SENIOR, MID), strict=True)]
    swapped = [{**row, "level": level} for row, level in zip(RECORDS[:2], (MID, SENIOR), strict=True)]
    assert fingerprints(rows).compute(()) != fingerprints(swapped).compute(())


def test_an_added_or_removed_record_changes_the_fingerprint() -> None:
    assert len({fingerprints(RECORDS[:count]).compute(()) for count in range(len(RECORDS) + 1)}) == len(RECORDS) + 1


def test_price_levels_count_only_if_they_adjust_the_cohort() -> None:
    germany, chile = (TAXONOMY.find(Factor.COUNTRY, code).id for code in ("de", "cl"))
    place = {"country": germany, "metro": None, "subdivision": None, "base_salary": 100_000}
    rows = [{**row, **place} for row in RECORDS[:5]]
    before, after = fingerprints(rows, {(germany, 2025): 80.0}), fingerprints(rows, {(germany, 2025): 81.0})
    elsewhere = fingerprints(rows, {(germany, 2025): 80.0, (chile, 2025): 60.0})
    assert before.compute(()) == after.compute(())
    assert before.compute((), Adjustment.COST_OF_LIVING) != after.compute((), Adjustment.COST_OF_LIVING)
    assert before.compute((), Adjustment.COST_OF_LIVING) == elsewhere.compute((), Adjustment.COST_OF_LIVING)


async def test_concurrent_callers_get_the_same() -> None:
    found = fingerprints(RECORDS)
    conditions: list[Conditions] = [
        (AnyOf(Factor.LEVEL, frozenset({TAXONOMY.find(Factor.LEVEL, code).id})),) for code in LEVELS
    ]
    results = await asyncio.gather(*(found.of(one) for one in conditions * 200))
    assert results == [found.compute(one) for one in conditions] * 200


async def test_a_cancelled_caller_does_not_cancel_the_others() -> None:
    found = fingerprints(RECORDS)
    leaving, staying = asyncio.create_task(found.of(())), asyncio.create_task(found.of(()))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == found.compute(())
    assert leaving.cancelled()
