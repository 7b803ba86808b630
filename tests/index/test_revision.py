"""An index made of an earlier edition's and of what has changed since: to the last bit what building it anew gives."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support.sample_tables import numbered_reference
from support.sql_oracle import publish_random, random_records

from service.index.build import sort_columns
from service.index.build import build_current_index, update_index
from service.index.index import RankIndex
from service.index.order import Order
from service.index.bitmaps import PositionSets
from service.store.bulk import bulk_connection
from service.store.editions import current_edition, draft
from service.store.reference import load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

REFERENCE = numbered_reference(1)
CARRIED = Measure.BASE_SALARY, Measure.JOB_SATISFACTION


def all_of(thing: object) -> Any:
    """All that an index, or a part of one, holds: plain values that can be compared."""
    match thing:
        case RankIndex():
            orders = {measure: all_of(thing.order(measure)) for measure in CARRIED}
            return thing.edition, all_of(thing.columns), all_of(thing.base), orders
        case Order():
            return all_of(thing.rows), all_of(thing.values), all_of(thing.sets), thing.carriers
        case PositionSets():
            return dict(thing.values), dict(thing.reported), dict(thing.months), thing.everyone
        case np.ndarray():
            return thing.dtype.name, thing.tolist()
        case dict():
            return {key: all_of(value) for key, value in thing.items()}
    names = getattr(thing, "__dataclass_fields__", None) or getattr(thing, "_fields", None)
    return {name: all_of(getattr(thing, name)) for name in names} if names else thing


def anew(url: str) -> RankIndex:
    return build_current_index(url, CARRIED)


def from_earlier(url: str, former: RankIndex) -> RankIndex | None:
    with bulk_connection(url) as rows:
        edition = current_edition(rows)
        assert edition
        return update_index(rows, edition, former)


def _change(url: str, rng: np.random.Generator, left: list[pa.Table]) -> None:
    """An edition in which some records leave, some come, and some that had left are back, perhaps with other pay."""
    with bulk_connection(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        there = edition.rows.query("SELECT uuid_send(id) AS id FROM salary_record WHERE removed_in IS NULL")
        ids = there.column("id").cast(pa.binary(16)).combine_chunks()
        gone = ids.filter(pa.array(rng.random(len(ids)) < rng.choice([0, 0.05, 0.6]), pa.bool_()))
        edition.retire(gone)
        come = random_records(reference, int(rng.choice([1, 20, 90])), int(rng.integers(1_000_000)))
        edition.add(come)
        if left and rng.random() < 0.5:
            edition.add(left.pop())
    if len(gone) > 2:
        others = random_records(reference, 3, int(rng.integers(1_000_000)))
        left.append(others.set_column(0, come.schema.field("id"), gone[:3]))


@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_one_that_is_built_anew_whatever_has_changed_since(database_url: str, seed: int) -> None:
    rng, left = np.random.default_rng(seed), list[pa.Table]()
    publish_random(database_url, 60, seed)
    earlier = [anew(database_url)]
    for _ in range(5):
        _change(database_url, rng, left)
        now = anew(database_url)
        expected = all_of(now)
        for former in earlier:
            assert all_of(from_earlier(database_url, former)) == expected
        earlier.append(now)
    assert len({index.columns.size for index in earlier}) > 3


def test_all_may_leave_and_all_may_come(database_url: str) -> None:
    with bulk_connection(database_url) as rows:
        reference = load_reference(rows)
    with draft(database_url) as edition:
        edition.add(random_records(reference, 5, 1))
    full = anew(database_url)
    with draft(database_url) as edition:
        edition.retire(edition.current_ids(value.id for value in reference.taxonomy.values(Factor.SOURCE)))
    empty = from_earlier(database_url, full)
    assert empty
    assert (empty.columns.size, all_of(empty)) == (0, all_of(anew(database_url)))
    publish_random(database_url, 7, 2)
    assert (
        all_of(from_earlier(database_url, empty)) == all_of(from_earlier(database_url, full)) == all_of(anew(database_url))
    )


def test_what_has_not_changed_is_taken_over_and_not_read_again(database_url: str) -> None:
    """Told by an amount that the table does not have."""
    publish_random(database_url, 30, 1)
    former = anew(database_url)
    salaries = former.columns.amounts[Measure.BASE_SALARY]
    marked = {**former.columns.amounts, Measure.BASE_SALARY: salaries._replace(values=np.full(30, 77_777, np.int32))}
    publish_random(database_url, 10, 2)
    found = from_earlier(database_url, replace(former, columns=replace(former.columns, amounts=marked)))
    assert found
    values = found.columns.amounts[Measure.BASE_SALARY].values.tolist()
    assert (len(values), values.count(77_777)) == (40, 30)


def test_an_index_of_another_past_is_not_built_upon(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = anew(database_url)
    publish_random(database_url, 10, 2)
    other = replace(former.edition, records=31)
    assert from_earlier(database_url, replace(former, edition=other)) is None
    with bulk_connection(database_url) as rows:
        rows.execute("UPDATE edition SET published_at = published_at - interval '1 second' WHERE number = 1")
        rows.commit()
    assert from_earlier(database_url, former) is None


def test_an_index_that_has_lost_count_is_not_built_upon(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = anew(database_url)
    with bulk_connection(database_url) as rows:  # no one of us deletes a record
        rows.execute("DELETE FROM salary_record WHERE id = (SELECT min(id::text)::uuid FROM salary_record)")
        rows.commit()
    publish_random(database_url, 10, 2)
    assert from_earlier(database_url, former) is None


def test_an_index_is_not_built_upon_where_a_value_has_come_to_lie_in_another(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = anew(database_url)
    with bulk_connection(database_url) as rows:
        moved = "UPDATE factor_value SET parent = (SELECT max(id) FROM factor_value WHERE factor = 'role') WHERE id = "
        rows.execute(f"{moved} (SELECT min(id) FROM factor_value WHERE factor = 'role')")
        rows.commit()
    publish_random(database_url, 10, 2)
    assert from_earlier(database_url, former) is None


def test_records_are_found_by_ids_that_are_nearly_the_same() -> None:
    """Ids of which one half is equal, and of which each half is some record's."""
    halves = [(5, 1), (5, 2), (7, 2), (9, 1)]
    ids = pa.array([first.to_bytes(8) + second.to_bytes(8) for first, second in halves], pa.binary(16))
    records = random_records(REFERENCE, 4, 1)
    columns = sort_columns(records.set_column(0, records.schema.field("id"), ids).to_batches(), REFERENCE.taxonomy)
    asked = np.array([[5, 7, 9, 8, 5], [2, 1, 1, 1, 3]], np.uint64)
    assert {columns.id(row).int for row in columns.rows_of(asked)} == {(5 << 64) + 2, (9 << 64) + 1}
    assert len(columns.rows_of(asked)) == 2
