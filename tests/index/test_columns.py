"""Columns: records by their ids."""

from collections.abc import Iterator, Sequence
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.databases import clone
from support.sql_oracle import random_records

from service.index.build import sort_columns
from service.index.columns import Columns
from service.store.bulk import bulk_connection
from service.store.reference import Reference, load_reference

LAST = 2**64 - 1
HALVES = st.one_of(st.sampled_from([0, 1, 2**63, LAST - 1, LAST]), st.integers(0, LAST))
IDS = st.lists(st.builds(lambda first, second: UUID(int=first << 64 | second), HALVES, HALVES), max_size=300, unique=True)


@pytest.fixture(scope="module")
def reference(server_url: str, empty_template: str) -> Iterator[Reference]:
    with clone(server_url, empty_template) as url, bulk_connection(url) as rows:
        yield load_reference(rows)


def columns(reference: Reference, ids: Sequence[UUID]) -> Columns:
    table = random_records(reference, len(ids), 3)
    own = pa.chunked_array([pa.array([id_.bytes for id_ in ids], pa.binary(16))])
    return sort_columns(table.set_column(0, "id", own).to_batches(), reference.taxonomy)


@settings(deadline=None)
@given(ids=IDS, others=IDS)
@example(ids=[], others=[UUID(int=0), UUID(int=2**128 - 1)])
@example(ids=[UUID(int=number) for number in range(200)], others=[UUID(int=200), UUID(int=1 << 64)])
@example(ids=[UUID(int=number << 64) for number in range(1, 200)], others=[UUID(int=0), UUID(int=1), UUID(int=200 << 64)])
def test_a_record_is_found_by_its_id(reference: Reference, ids: list[UUID], others: list[UUID]) -> None:
    found = columns(reference, ids)
    rows = [found.row(id_) for id_ in ids]
    assert sorted(row for row in rows if row is not None) == list(range(len(ids)))
    assert [found.id(row) for row in rows if row is not None] == ids
    assert [found.row(id_) for id_ in others if id_ not in set(ids)] == [None] * len(set(others) - set(ids))


def test_ids_are_formatted_alike_one_by_one_and_together(reference: Reference) -> None:
    ids = [UUID(int=0), UUID(int=0x0123456789ABCDEF_FEDCBA9876543210), UUID(int=2**128 - 1)]
    found = columns(reference, ids)
    texts = [found.id_text(row) for row in range(len(ids))]
    assert found.id_texts(range(len(ids))) == texts
    assert sorted(texts) == [str(id_) for id_ in ids]
    assert found.ids.flags.c_contiguous  # or NumPy would copy all of them for each call
