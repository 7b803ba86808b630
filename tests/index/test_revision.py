"""An index updated from an earlier edition equals one built from all records, to the last bit."""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from support.index_contents import contents
from support.sample_tables import numbered_reference
from support.sql_oracle import publish_random, random_records

from service.index.build import build_current_index, sort_columns, update_index
from service.index.index import RankIndex
from service.store.bulk import bulk_connection
from service.store.editions import current_edition, draft
from service.store.reference import load_reference
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

REFERENCE = numbered_reference(1)
MEASURES = Measure.BASE_SALARY, Measure.JOB_SATISFACTION


def all_of(index: RankIndex | None) -> Any:
    """Everything in an index but its reference data, as plain values."""
    assert index
    orders = {measure: contents(index.order(measure)) for measure in MEASURES}
    return index.edition, contents(index.columns), contents(index.base), orders


def build(url: str) -> RankIndex:
    return build_current_index(url, MEASURES)


def update(url: str, former: RankIndex) -> RankIndex | None:
    with bulk_connection(url) as rows:
        edition = current_edition(rows)
        assert edition
        return update_index(rows, edition, former)


def _change(url: str, rng: np.random.Generator, removed: list[pa.Table]) -> None:
    """An edition that removes some records, adds some, and adds some removed earlier again, perhaps with other pay."""
    with bulk_connection(url) as rows:
        reference = load_reference(rows)
    with draft(url) as edition:
        current = edition.rows.query("SELECT uuid_send(id) AS id FROM salary_record WHERE removed_in IS NULL")
        ids = current.column("id").cast(pa.binary(16)).combine_chunks()
        retired = ids.filter(pa.array(rng.random(len(ids)) < rng.choice([0, 0.05, 0.6]), pa.bool_()))
        edition.retire(retired)
        added = random_records(reference, int(rng.choice([1, 20, 90])), int(rng.integers(1_000_000)))
        edition.add(added)
        if removed and rng.random() < 0.5:
            edition.add(removed.pop())
    if len(retired) > 2:
        others = random_records(reference, 3, int(rng.integers(1_000_000)))
        removed.append(others.set_column(0, added.schema.field("id"), retired[:3]))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_an_updated_index_equals_a_built_one(database_url: str, seed: int) -> None:
    rng, removed = np.random.default_rng(seed), list[pa.Table]()
    publish_random(database_url, 60, seed)
    earlier = [build(database_url)]
    for _ in range(5):
        _change(database_url, rng, removed)
        now = build(database_url)
        expected = all_of(now)
        for former in earlier:
            assert all_of(update(database_url, former)) == expected
        earlier.append(now)
    assert len({index.columns.size for index in earlier}) > 3


def test_an_index_can_become_empty_and_be_filled_again(database_url: str) -> None:
    with bulk_connection(database_url) as rows:
        reference = load_reference(rows)
    with draft(database_url) as edition:
        edition.add(random_records(reference, 5, 1))
    full = build(database_url)
    with draft(database_url) as edition:
        edition.retire(edition.current_ids(value.id for value in reference.taxonomy.values(Factor.SOURCE)))
    empty = update(database_url, full)
    assert empty
    assert (empty.columns.size, all_of(empty)) == (0, all_of(build(database_url)))
    publish_random(database_url, 7, 2)
    assert all_of(update(database_url, empty)) == all_of(update(database_url, full)) == all_of(build(database_url))


def test_unchanged_records_are_not_read_again(database_url: str) -> None:
    """Shown by an amount that the table does not have."""
    publish_random(database_url, 30, 1)
    former = build(database_url)
    salaries = former.columns.amounts[Measure.BASE_SALARY]
    marked = {**former.columns.amounts, Measure.BASE_SALARY: salaries._replace(values=np.full(30, 77_777, np.int32))}
    publish_random(database_url, 10, 2)
    found = update(database_url, replace(former, columns=replace(former.columns, amounts=marked)))
    assert found
    values = found.columns.amounts[Measure.BASE_SALARY].values.tolist()
    assert (len(values), values.count(77_777)) == (40, 30)


def test_an_index_of_another_history_is_not_updated(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = build(database_url)
    publish_random(database_url, 10, 2)
    other = replace(former.edition, records=31)
    assert update(database_url, replace(former, edition=other)) is None
    with bulk_connection(database_url) as rows:
        rows.execute("UPDATE edition SET published_at = published_at - interval '1 second' WHERE number = 1")
        rows.commit()
    assert update(database_url, former) is None


def test_an_index_is_not_updated_if_the_counts_do_not_match(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = build(database_url)
    with bulk_connection(database_url) as rows:  # PayRank itself never deletes one
        rows.execute("DELETE FROM salary_record WHERE id = (SELECT min(id::text)::uuid FROM salary_record)")
        rows.commit()
    publish_random(database_url, 10, 2)
    assert update(database_url, former) is None


def test_an_index_is_not_updated_if_a_value_has_another_parent(database_url: str) -> None:
    publish_random(database_url, 30, 1)
    former = build(database_url)
    with bulk_connection(database_url) as rows:
        moved = "UPDATE factor_value SET parent = (SELECT max(id) FROM factor_value WHERE factor = 'role') WHERE id = "
        rows.execute(f"{moved} (SELECT min(id) FROM factor_value WHERE factor = 'role')")
        rows.commit()
    publish_random(database_url, 10, 2)
    assert update(database_url, former) is None


def test_records_are_found_by_ids_that_share_a_half() -> None:
    """Ids of which one half is equal, and ids of which each half belongs to some record."""
    halves = [(5, 1), (5, 2), (7, 2), (9, 1)]
    ids = pa.array([first.to_bytes(8) + second.to_bytes(8) for first, second in halves], pa.binary(16))
    records = random_records(REFERENCE, 4, 1)
    columns = sort_columns(records.set_column(0, records.schema.field("id"), ids).to_batches(), REFERENCE.taxonomy)
    wanted = np.array([[5, 7, 9, 8, 5], [2, 1, 1, 1, 3]], np.uint64)
    assert {columns.id(row).int for row in columns.rows_of(wanted)} == {(5 << 64) + 2, (9 << 64) + 1}
    assert len(columns.rows_of(wanted)) == 2
