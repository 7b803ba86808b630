"""Editions: complete or not at all, and visible only when the watermark names them."""

from uuid import UUID

import pyarrow as pa
import pytest
from support.payrank_process import eventually
from support.records import publish, record_id

from service.errors import DatabaseError
from service.index.build import build_current_index
from service.store.bulk import bulk_connection
from service.store.editions import DiscardDraft, current_edition, discard_unfinished, draft
from service.vocabulary.factors import Factor

PAY = [{"base_salary": 100_000 + n} for n in range(10)]


def _ids(url: str) -> set[UUID]:
    index = build_current_index(url)
    return set(map(index.columns.id, range(index.columns.size)))


def _source(url: str) -> int:
    return build_current_index(url).reference.taxonomy.find(Factor.SOURCE, "lca").id


def test_an_edition_counts_its_records(database_url: str) -> None:
    assert publish(database_url, PAY) == 1
    with bulk_connection(database_url) as rows:
        edition = current_edition(rows)
    assert edition
    assert (edition.number, edition.records) == (1, 10)


def test_a_failed_draft_changes_nothing(database_url: str) -> None:
    publish(database_url, PAY)
    with pytest.raises(ZeroDivisionError), draft(database_url) as edition:
        edition.retire_source(_source(database_url))
        raise ZeroDivisionError
    assert len(_ids(database_url)) == 10
    assert build_current_index(database_url).edition.number == 1


def test_rows_of_a_writer_that_died_before_the_watermark_are_removed(database_url: str) -> None:
    """The next writer removes rows that were committed without a watermark."""
    publish(database_url, PAY)
    with pytest.raises(KeyboardInterrupt), draft(database_url) as edition:
        edition.retire_source(_source(database_url))
        edition.rows.execute(
            "INSERT INTO salary_record (id, added_in, effective, source, currency) "
            "SELECT gen_random_uuid(), $1, effective, source, currency FROM salary_record",
            [edition.number],
        )
        edition.rows.commit()
        raise KeyboardInterrupt
    assert len(_ids(database_url)) == 10
    with draft(database_url) as edition:
        edition.retire(pa.array([record_id(0).bytes], pa.binary(16)))
    assert _ids(database_url) == {record_id(n) for n in range(1, 10)}


def test_an_unfinished_edition_is_removed_unless_its_writer_is_still_at_work(database_url: str) -> None:
    started = "SELECT count(*) FROM edition"
    with bulk_connection(database_url) as rows:
        with pytest.raises(KeyboardInterrupt), draft(database_url) as edition:
            edition.rows.commit()
            discard_unfinished(rows)
            assert rows.scalar(started) == 1
            raise KeyboardInterrupt
        eventually(lambda: discard_unfinished(rows) or not rows.scalar(started))  # its connection ends a little later
        assert publish(database_url, PAY) == 1, "the lock is released"


def test_editions_are_in_order_of_time_after_the_clock_was_set_back(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    with bulk_connection(database_url) as rows:
        rows.execute("UPDATE edition SET published_at = now() + interval '1 day'")
        rows.commit()
        first = current_edition(rows)
        rows.commit()
        publish(database_url, [{"base_salary": 110_000}], first=1)
        second = current_edition(rows)
    assert first
    assert second
    assert first.published_at < second.published_at
    assert (second.number, second.records) == (2, 2)


def test_a_discarded_draft_keeps_the_current_edition(database_url: str) -> None:
    publish(database_url, PAY)
    with draft(database_url):
        raise DiscardDraft
    assert build_current_index(database_url).edition.number == 1


def test_retired_records_stay_in_their_editions(database_url: str) -> None:
    """Append-only: the row remains, with the edition that removed it."""
    publish(database_url, PAY)
    with draft(database_url) as edition:
        edition.retire(pa.array([record_id(3).bytes, record_id(4).bytes], pa.binary(16)))
    assert _ids(database_url) == {record_id(n) for n in range(10) if n not in (3, 4)}
    with bulk_connection(database_url) as rows:
        found = rows.query("SELECT id, added_in, removed_in FROM salary_record WHERE removed_in IS NOT NULL ORDER BY id")
    assert found.select(["added_in", "removed_in"]).to_pylist() == [{"added_in": 1, "removed_in": 2}] * 2


def test_a_record_that_returns_is_a_new_row_version(database_url: str) -> None:
    publish(database_url, PAY)
    with draft(database_url) as edition:
        edition.retire_source(_source(database_url))
    publish(database_url, PAY)
    assert len(_ids(database_url)) == 10
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM salary_record") == 20


@pytest.mark.parametrize(
    "record",
    [{"base_salary": 0}, {"base_salary": 2_000_000_000}, {"job_satisfaction": 6}, {"base_low": 5, "base_high": 4}],
    ids=["zero pay", "implausible pay", "score above five", "inverted range"],
)
def test_postgres_rejects_impossible_values(database_url: str, record: dict[str, int]) -> None:
    with pytest.raises(DatabaseError, match="violates check constraint"):
        publish(database_url, [record])
    assert build_current_index(database_url).columns.size == 0
