"""A fingerprint is equal where the records are, whatever edition, order and codes they come in, and else differs."""

import asyncio
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
from service.vocabulary.measures import REPORTED_COLUMNS, MEASURES, Adjustment, Measure

REFERENCE = numbered_reference(1)
TAXONOMY = REFERENCE.taxonomy
RECORDS = random_records(REFERENCE, 40, 3).to_pylist()
SENIOR, MID = (TAXONOMY.find(Factor.LEVEL, code).id for code in ("senior", "mid"))
SENIORS: Conditions = (AnyOf(Factor.LEVEL, frozenset({SENIOR})),)
Row = dict[str, Any]


def prints(rows: list[Row], levels: dict[tuple[int, int], float] | None = None) -> Fingerprints:
    columns = sort_columns(pa.Table.from_pylist(rows, RECORD_SCHEMA).to_batches(), TAXONOMY)
    months = columns.months.decode()
    return Fingerprints(columns, Order.of(columns, TAXONOMY, AmountColumn(months, np.ones(columns.size, np.bool_))), levels or {})


def _some(factor: Factor) -> list[int]:
    return [value.id for value in TAXONOMY.values(factor)][:4]


def _values(field: str) -> st.SearchStrategy[Any]:
    """A few values that a field can have, so that a change often changes nothing or is undone by a later one."""
    if field == "id":
        return st.sampled_from([bytes([n]) * 16 for n in range(3)])
    if field == "effective":
        return st.sampled_from([date(2025, 1, 1), date(2025, 2, 1), date(2026, 2, 1)])
    if field in MULTIPLE:
        return st.lists(st.sampled_from(_some(Factor(field))), unique=True)
    if field in SINGLE:
        return st.sampled_from([*_some(Factor(field)), *([] if field == "source" else [None])])
    spec = MEASURES[Measure(field)]
    return st.sampled_from([None, spec.low, spec.low + 1, spec.high])


FIELDS = [name for name in RECORD_SCHEMA.names if name not in ("currency", *REPORTED_COLUMNS)]


def content(rows: list[Row]) -> list[tuple[Any, ...]]:
    """What the records are: their order and that of several values of one factor say nothing."""
    return sorted((tuple(_plain(row[field]) for field in FIELDS) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    return tuple(sorted(value)) if isinstance(value, list) else () if value is None else value


WHOLE, OF_SENIORS = prints(RECORDS).compute(()), prints(RECORDS).compute(SENIORS)

changes = st.lists(
    st.sampled_from(FIELDS).flatmap(lambda field: st.tuples(st.integers(0, 2), st.just(field), _values(field))), max_size=4
)


@settings(max_examples=100)
@given(before=changes, after=changes)
def test_fingerprints_are_equal_just_when_the_records_are(before: Any, after: Any) -> None:
    first, second = [dict(row) for row in RECORDS[:3]], [dict(row) for row in RECORDS[:3]]
    for rows, made in ((first, before), (second, after)):
        for number, field, value in made:
            rows[number][field] = value
    assert (prints(first).compute(()) == prints(second).compute(())) == (content(first) == content(second))


@pytest.mark.parametrize("field", FIELDS)
@settings(max_examples=10)
@given(data=st.data())
def test_a_change_of_any_single_field_changes_it(field: str, data: st.DataObject) -> None:
    """Each of the fields by itself, so that none can be left out unnoticed."""
    number, value = data.draw(st.integers(0, 39)), data.draw(_values(field))
    if _plain(RECORDS[number][field]) == _plain(value):
        return
    changed = [{**row, field: value} if n == number else row for n, row in enumerate(RECORDS)]
    assert prints(changed).compute(()) != WHOLE


@settings(max_examples=40)
@given(data=st.data())
def test_only_the_cohort_counts(data: st.DataObject) -> None:
    """Other records come, go and change, all stand elsewhere and have other codes: the seniors' fingerprint stays."""
    rows = [dict(row) for row in RECORDS]
    others = [row for row in rows if row["level"] != SENIOR]
    kept = [row for row in others if data.draw(st.booleans())]
    for row in kept:
        field = data.draw(st.sampled_from([name for name in FIELDS if name not in ("id", "level")]))
        row[field] = data.draw(_values(field))
    later = data.draw(st.permutations([row for row in rows if row["level"] == SENIOR] + kept))
    for row in later:
        row["skill"] = row["skill"] and data.draw(st.permutations(row["skill"]))
    assert prints(later).compute(SENIORS) == OF_SENIORS
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
    ids=["low half", "high half", "same quarter", "nothing and not told", "sign", "one more"],
)
def test_near_things_are_told_apart(field: str, one: Any, other: Any) -> None:
    assert prints([{**RECORDS[0], field: one}]).compute(()) != prints([{**RECORDS[0], field: other}]).compute(())


def test_two_records_that_exchange_a_value_are_other_records() -> None:
    rows = [{**row, "level": level} for row, level in zip(RECORDS[:2], (SENIOR, MID), strict=True)]
    exchanged = [{**row, "level": level} for row, level in zip(RECORDS[:2], (MID, SENIOR), strict=True)]
    assert prints(rows).compute(()) != prints(exchanged).compute(())


def test_a_record_that_leaves_or_joins_changes_it() -> None:
    assert len({prints(RECORDS[:count]).compute(()) for count in range(len(RECORDS) + 1)}) == len(RECORDS) + 1


def test_price_levels_count_where_they_adjust() -> None:
    germany, chile = (TAXONOMY.find(Factor.COUNTRY, code).id for code in ("de", "cl"))
    place = {"country": germany, "metro": None, "subdivision": None, "base_salary": 100_000}
    rows = [{**row, **place} for row in RECORDS[:5]]
    before, after = prints(rows, {(germany, 2025): 80.0}), prints(rows, {(germany, 2025): 81.0})
    elsewhere = prints(rows, {(germany, 2025): 80.0, (chile, 2025): 60.0})
    assert before.compute(()) == after.compute(())
    assert before.compute((), Adjustment.COST_OF_LIVING) != after.compute((), Adjustment.COST_OF_LIVING)
    assert before.compute((), Adjustment.COST_OF_LIVING) == elsewhere.compute((), Adjustment.COST_OF_LIVING)


async def test_many_who_ask_at_once_get_the_same() -> None:
    found = prints(RECORDS)
    conditions: list[Conditions] = [
        (AnyOf(Factor.LEVEL, frozenset({TAXONOMY.find(Factor.LEVEL, code).id})),) for code in LEVELS
    ]
    answers = await asyncio.gather(*(found.of(asked) for asked in conditions * 200))
    assert answers == [found.compute(asked) for asked in conditions] * 200


async def test_who_leaves_does_not_take_it_from_the_others() -> None:
    found = prints(RECORDS)
    leaving, staying = asyncio.create_task(found.of(())), asyncio.create_task(found.of(()))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == found.compute(())
    assert leaving.cancelled()
