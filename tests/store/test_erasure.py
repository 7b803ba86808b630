"""What was withdrawn or retired leaves the database, its files included, and readers and audits get on without it."""

import subprocess
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from support.databases import run_autocommit
from support.publishing import FIRST, PERIOD, RULES, K, execute, release
from support.stored_submissions import amend, answers, contribute, records, submissions, withdraw

from seed.reference_data import load_reference_data
from service.index.build import build_current_index
from service.intake.audit import audit
from service.intake.publication import publish
from service.settings import load_settings
from service.store.bulk import bulk_connection
from service.store.embedded import embedded_server
from service.store.erasure import ERASURE_INTERVAL, Erasure, rewrite
from service.store.journal import Journal, journal_of
from service.store.migrate import migrate

CANARY = "Zyzzogeton Xylophage"
PEOPLE = [answers(base=100_000 + 7_000 * n) for n in range(24)]


def journal(url: str) -> Journal:
    return journal_of(url, load_settings().journal_dir)


def count(url: str, table: str) -> int:
    with bulk_connection(url) as rows:
        return int(rows.scalar(f"SELECT count(*) FROM {table}"))


@pytest.fixture
def cluster() -> Iterator[tuple[str, Path]]:
    """An embedded server of its own, with default settings, and its data folder."""
    with tempfile.TemporaryDirectory(prefix="payrank-test-") as path:
        folder = Path(path)
        folder.chmod(0o755)
        with embedded_server(folder, lambda _: None) as url:
            migrate(url)
            load_reference_data(url)
            yield url, folder


def files_with(folder: Path, text: str, *options: str) -> list[str]:
    found = subprocess.run(["grep", "-rlaF", *options, text, str(folder)], capture_output=True, text=True, check=False)
    return [str(Path(name).relative_to(folder)) for name in found.stdout.splitlines()]


@pytest.mark.slow
def test_a_withdrawn_answer_is_in_no_file_after_the_next_run(cluster: tuple[str, Path]) -> None:
    url, folder = cluster
    people = contribute(url, [answers(employer=CANARY, base=100_000 + n) for n in range(2 * K)])
    execute(
        url,
        "UPDATE submission SET findings = (SELECT jsonb_agg(md5(n::text)) || to_jsonb('Quixotry'::text) "
        f"FROM generate_series(1, 2000) AS n) WHERE id = '{people[0]}'",
    )
    amend(url, people[1], answers(employer=CANARY, base=120_000))
    run_autocommit(url, "ANALYZE")
    run_autocommit(url, "CHECKPOINT")
    for text in (CANARY, "Quixotry"):
        assert files_with(folder, text, "--exclude-dir=pg_wal"), f"{text} is not found where it is"
    for id_ in people:
        withdraw(url, id_)
    Erasure(url, load_settings().journal_dir).run(FIRST)
    run_autocommit(url, "CHECKPOINT")
    for text in (CANARY, "Quixotry"):
        assert files_with(folder, text) == []


def test_the_planners_statistics_have_no_answers(database_url: str) -> None:
    """They are compressed in their file, where a search for text does not find them."""
    contribute(database_url, [answers(employer=CANARY, base=100_000 + n) for n in range(2 * K)])
    execute(database_url, "ANALYZE")
    with bulk_connection(database_url) as rows:
        found = rows.query(
            "SELECT tablename::text, attname::text FROM pg_stats WHERE strpos(pg_stats::text, $1) > 0", [CANARY]
        )
    assert found.to_pylist() == []


def test_answers_of_others_survive_the_rewriting(database_url: str) -> None:
    people = contribute(database_url, PEOPLE)
    before = submissions(database_url)
    withdraw(database_url, people[0])
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    after = submissions(database_url)
    assert after.pop(people[0])["status"] == "withdrawn"
    before.pop(people[0])
    assert after == before


def size_of_files(url: str) -> int:
    """The number of the table's file, which a rewriting changes."""
    with bulk_connection(url) as rows:
        return int(rows.scalar("SELECT pg_relation_filenode('submission')::int8"))


def test_the_table_is_rewritten_only_after_withdrawals_and_once_an_hour(database_url: str) -> None:
    people = contribute(database_url, PEOPLE)
    first = size_of_files(database_url)
    erasure = Erasure(database_url, load_settings().journal_dir)
    erasure.run(FIRST)
    assert size_of_files(database_url) == first
    withdraw(database_url, people[0])
    erasure.run(FIRST)
    second = size_of_files(database_url)
    assert second != first
    erasure.run(FIRST + 2 * ERASURE_INTERVAL)
    withdraw(database_url, people[1])
    Erasure(database_url, load_settings().journal_dir).run(FIRST + ERASURE_INTERVAL - timedelta(seconds=1))
    assert size_of_files(database_url) == second
    Erasure(database_url, load_settings().journal_dir).run(FIRST + ERASURE_INTERVAL)
    assert size_of_files(database_url) != second


@pytest.mark.slow
def test_a_transaction_that_still_sees_the_answers_postpones_their_erasure(database_url: str) -> None:
    """As a running backup does, first by its snapshot and then by its lock."""
    people = contribute(database_url, PEOPLE[:1])
    with bulk_connection(database_url) as backup:
        with backup.connection.cursor() as cursor:  # before anything else in its transaction
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        backup.query("SELECT 1 FROM release")
        withdraw(database_url, people[0])
        assert not rewrite(database_url, "submission")
        Erasure(database_url, load_settings().journal_dir).run(FIRST)
        backup.query("SELECT 1 FROM submission")
        assert not rewrite(database_url, "submission")
    before = size_of_files(database_url)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    assert size_of_files(database_url) != before
    assert rewrite(database_url, "submission")


# Retired records


@pytest.fixture
def retired(database_url: str) -> set[UUID]:
    """Records that were withdrawn together, and left a batch of which others stay."""
    people = contribute(database_url, PEOPLE)
    release(database_url, 0)
    links = submissions(database_url)
    for id_ in people[:K]:
        withdraw(database_url, id_)
    release(database_url, 1)
    return {links[id_]["base_record"] for id_ in people[:K]}


def age_editions(url: str, days: int) -> None:
    execute(url, f"UPDATE edition SET published_at = published_at - interval '{days} days'")


def stored_records(url: str) -> set[UUID]:
    with bulk_connection(url) as rows:
        return {UUID(text) for text in rows.query("SELECT id::text FROM salary_record").column(0).to_pylist()}


def test_withdrawn_records_are_deleted_a_day_after_they_left(database_url: str, retired: set[UUID]) -> None:
    erasure = Erasure(database_url, load_settings().journal_dir)
    erasure.run(FIRST)
    assert retired <= stored_records(database_url)
    age_editions(database_url, 2)
    erasure.run(FIRST)
    assert stored_records(database_url) == set(records(database_url))
    assert not retired & stored_records(database_url)
    assert count(database_url, "batch_record") == len(records(database_url)) == 24 - K
    assert count(database_url, "batch") == 1


def test_batches_without_records_are_deleted(database_url: str, retired: set[UUID]) -> None:
    execute(database_url, "UPDATE batch SET withdrawn_at = now()")
    publish(database_url, RULES, FIRST + 2 * PERIOD)
    age_editions(database_url, 2)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    assert [count(database_url, table) for table in ("salary_record", "batch_record", "batch")] == [0, 0, 0]


def test_an_index_of_before_the_removal_is_not_updated_but_loaded_anew(database_url: str) -> None:
    people = contribute(database_url, PEOPLE)
    release(database_url, 0)
    former = build_current_index(database_url)
    for id_ in people[:K]:
        withdraw(database_url, id_)
    release(database_url, 1)
    age_editions(database_url, 2)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    index = build_current_index(database_url, former=former)
    assert index.edition.number == 2
    assert index.columns.size == 24 - K


def test_records_of_imports_are_not_deleted(url_of_seven: str) -> None:
    execute(url_of_seven, "UPDATE salary_record SET removed_in = 2 WHERE id IN (SELECT id FROM salary_record LIMIT 1)")
    age_editions(url_of_seven, 2)
    Erasure(url_of_seven, load_settings().journal_dir).run(FIRST)
    assert count(url_of_seven, "salary_record") == 7


def test_an_audit_finds_nothing_wrong_without_the_deleted_records(database_url: str, retired: set[UUID]) -> None:
    age_editions(database_url, 2)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    assert audit(database_url, K) == []
    execute(
        database_url,
        "UPDATE salary_record SET base_reported = base_reported + 1, base_salary = base_salary + 1 "
        "WHERE id IN (SELECT id FROM salary_record LIMIT 1)",
    )
    assert [violation.guarantee for violation in audit(database_url, K)] == ["steps"]
