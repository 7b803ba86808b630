"""`payrank restore` of a backup with contributions: no withdrawn answer comes back, and releases come back as they were."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from support.publishing import FIRST, PERIOD, RULES, execute, linked, release
from support.stored_submissions import amend, answers, contribute, records, submissions, withdraw
from support.yearly_tables import publish_year

from service.errors import DatabaseError, DataError
from service.intake.audit import audit
from service.intake.publication import publish
from service.limits import DEFAULT_CLASS_SIZE
from service.settings import load_settings
from service.store import restoration
from service.store.bulk import bulk_connection
from service.store.erasure import Erasure
from service.store.journal import Journal, journal_of
from service.vocabulary.measures import Measure

pytestmark = pytest.mark.slow

Invoke = Callable[..., Result]
K = DEFAULT_CLASS_SIZE
PEOPLE = [answers(base=100_000 + 7_000 * n, bonus=5_000, equity=10_000 * (n % 3)) for n in range(24)]
NEWCOMERS = [answers(base=90_000 + 11_000 * n, bonus=0, equity=0, country="de") for n in range(12)]


def journal(url: str) -> Journal:
    return journal_of(url, load_settings().journal_dir)


def make(url: str, number: int) -> None:
    """A release that reaches the journal."""
    release(url, number)
    Erasure(url, load_settings().journal_dir).run(FIRST)


@pytest.fixture
def people(database_url: str) -> list[UUID]:
    """Contributors who wait for the first release."""
    journal(database_url)
    return contribute(database_url, PEOPLE)


@pytest.fixture
def backup(database_url: str, people: list[UUID], tmp_path: Path, invoke: Invoke) -> Path:
    """A backup from before the first release."""
    done = invoke("backup", str(tmp_path / "old.dump"))
    assert f"needs the newest state of the journal in {load_settings().journal_dir}" in done.stderr
    return tmp_path / "old.dump"


def continue_for_a_year(url: str, people: list[UUID]) -> None:
    """Three releases, with withdrawals before the first, after it, and of so many that their records leave."""
    withdraw(url, people[0])
    make(url, 0)
    contribute(url, NEWCOMERS)
    withdraw(url, people[1])
    make(url, 1)
    for id_ in people[2 : 2 + K]:
        withdraw(url, id_)
    make(url, 2)
    make(url, 3)


def restore(invoke: Invoke, patch: pytest.MonkeyPatch, url: str, *arguments: str) -> Result:
    patch.setenv("PAYRANK_DATABASE_URL", url)
    return invoke("restore", *arguments)


def stored(url: str, query: str) -> list[Mapping[str, Any]]:
    with bulk_connection(url) as rows:
        return rows.query(query).to_pylist()  # type: ignore[no-any-return]


CONTENTS = "SELECT id::text, status, answers::text, digest, findings::text, counted::text FROM submission ORDER BY id"
RELEASES = "SELECT due_at, made_at, class_size FROM release ORDER BY due_at"
BATCHES = """
    SELECT id::text, released_at, measure, kind, role, country, level, currency::text, coarse, counted, record::text, step
    FROM batch JOIN batch_record ON batch.id = batch ORDER BY id, record
"""


def test_an_old_backup_has_no_withdrawn_answers_and_the_same_releases(
    database_url: str, empty: str, people: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the next release publishes nothing again."""
    continue_for_a_year(database_url, people)
    done = restore(invoke, monkeypatch, empty, str(backup))
    assert done.exit_code == 0, done
    assert "Applied 12 withdrawals and 4 releases of the journal." in done.stderr
    gone = set(people[: 2 + K])
    for row in stored(empty, CONTENTS):
        if UUID(row["id"]) in gone:
            assert row | {"id": ""} == {
                "id": "",
                "status": "withdrawn",
                "answers": None,
                "digest": None,
                "findings": None,
                "counted": "{}",
            }
        else:
            assert row["status"] == "published"
    assert records(empty) == records(database_url)
    assert len(records(empty)) > K
    for query in (RELEASES, BATCHES):
        assert stored(empty, query) == stored(database_url, query)
    assert audit(empty, K) == []
    assert not linked(empty) & set(records(empty)), "submissions are linked to records again"
    done_again = publish(empty, RULES, FIRST + 4 * PERIOD)
    assert done_again
    assert (done_again.edition, done_again.waiting) == (None, 0)
    assert records(empty) == records(database_url)


def test_an_amendment_between_a_release_and_its_journaling_does_not_publish_twice(
    database_url: str, empty: str, people: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(database_url, 0)
    amend(database_url, people[0], answers(base=400_000))
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    restore(invoke, monkeypatch, empty, str(backup))
    assert {row["status"] for row in submissions(empty).values()} == {"published"}


def test_a_backup_after_the_releases_restores_them_once(
    database_url: str, empty: str, people: list[UUID], tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw(database_url, people[0])
    make(database_url, 0)
    withdraw(database_url, people[1])
    invoke("backup", str(tmp_path / "new.dump"))
    done = restore(invoke, monkeypatch, empty, str(tmp_path / "new.dump"))
    assert "Applied 0 withdrawals and 0 releases of the journal." in done.stderr
    assert records(empty) == records(database_url)
    assert linked(empty) == linked(database_url)


def test_employers_that_were_added_after_the_backup_come_back(
    database_url: str, empty: str, people: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database_url, 0)
    [entry] = [dict(one) for one in journal(database_url).entries() if one["entry"] == "release"]
    for batch in entry["batches"]:
        batch["values"]["employer"] = ["employer", "canary-labs", "Canary Labs"]
    path = journal(database_url).path
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    journal(database_url).append(entry)
    restore(invoke, monkeypatch, empty, str(backup))
    assert {record["employer"] for record in records(empty).values()} == {"canary-labs"}


# The tables of a year


def tables(url: str) -> list[list[Mapping[str, Any]]]:
    """The ledger and all cells of all years, with codes for what a database numbers by itself."""
    codes = "(SELECT code FROM factor_value WHERE factor_value.id = {})"
    amounts = "year, table_name, number, mean, low, high"
    return [
        stored(url, "SELECT year, table_name, epsilon, edition FROM privacy_ledger ORDER BY 1, 2"),
        stored(
            url,
            f"SELECT {amounts}, {codes.format('value')} AS of_value, {codes.format('country')} AS of_country "
            "FROM protected_cell ORDER BY year, table_name, of_value, of_country",
        ),
    ]


@pytest.fixture
def many(database_url: str) -> list[UUID]:
    """So many contributors of 2026 that some cells of the year's tables are published."""
    journal(database_url)
    execute(
        database_url, "INSERT INTO edition (number, started_at, published_at, records) VALUES (1, now(), '2026-01-02Z', 0)"
    )
    execute(database_url, "UPDATE watermark SET edition = 1")
    return contribute(database_url, [answers(base=100_000, scores={Measure.JOB_SATISFACTION: 4.0})] * 1_200)


IN_2027 = 13


def test_the_tables_of_a_year_are_restored_as_they_were_and_not_drawn_again(
    database_url: str, empty: str, many: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next release. The people of `many` are in the backup, since that fixture comes first."""
    make(database_url, 0)
    make(database_url, IN_2027)
    published = tables(database_url)
    assert {row["table_name"] for row in published[1]} >= {
        "contributors-by-country-and-role-family",
        "job-satisfaction-by-role-family",
    }
    done = restore(invoke, monkeypatch, empty, str(backup))
    assert "Applied 0 withdrawals and 2 releases of the journal, and the tables of 1 year." in done.stderr
    assert tables(empty) == published
    assert stored(empty, "SELECT DISTINCT tabulated_in FROM submission") == [{"tabulated_in": 2026}]
    assert audit(empty, K) == []
    done_again = publish(empty, RULES, FIRST + (IN_2027 + 1) * PERIOD)
    assert done_again
    assert done_again.edition is None
    assert tables(empty) == published


def test_who_was_not_counted_in_a_restored_year_takes_part_later(
    database_url: str, empty: str, many: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(database_url, f"""UPDATE submission SET counted = '{{"role-level-country": 2025}}' WHERE id = '{many[0]}'""")
    execute(database_url, f"UPDATE submission SET tabulated_in = 2025 WHERE id = '{many[1]}'")
    backup.unlink()
    invoke("backup", str(backup))
    make(database_url, IN_2027)
    restore(invoke, monkeypatch, empty, str(backup))
    counts = "SELECT tabulated_in AS year, count(*) AS number FROM submission GROUP BY 1 ORDER BY 1"
    expected = [(2025, 1), (2026, len(many) + len(PEOPLE) - 2), (None, 1)]
    assert [(row["year"], row["number"]) for row in stored(empty, counts)] == expected


def test_tables_that_the_backup_has_are_not_changed(
    database_url: str, empty: str, many: list[UUID], tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database_url, IN_2027)
    execute(database_url, f"UPDATE submission SET tabulated_in = NULL WHERE id = '{many[0]}'")
    invoke("backup", str(tmp_path / "new.dump"))
    done = restore(invoke, monkeypatch, empty, str(tmp_path / "new.dump"))
    assert "Applied 0 withdrawals and 0 releases of the journal." in done.stderr
    assert tables(empty) == tables(database_url)
    assert stored(empty, CONTENTS) == stored(database_url, CONTENTS)
    assert {"tabulated_in": None} in stored(empty, "SELECT tabulated_in FROM submission")


def test_tables_of_an_edition_that_was_no_release_are_restored_too(
    database_url: str, empty: str, many: list[UUID], backup: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the writer of the release died before it was published, and an import came next."""
    number = publish_year(database_url, 2026)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    Erasure(database_url, load_settings().journal_dir).run(FIRST)
    assert [entry["year"] for entry in journal(database_url).entries() if entry["entry"] == "tables"] == [2026]
    done = restore(invoke, monkeypatch, empty, str(backup))
    assert "and the tables of 1 year." in done.stderr
    assert tables(empty) == tables(database_url)
    assert stored(empty, "SELECT edition FROM watermark") == [{"edition": number}]


# Without the journal that is needed


def refused(done: Result, words: str) -> None:
    assert isinstance(done.exception, DataError), done.output
    assert words in str(done.exception)
    assert "--without-contributions" in str(done.exception)


def test_a_backup_with_contributions_is_not_restored_without_its_journal(
    database_url: str, empty: str, backup: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(
        restore(invoke, monkeypatch, empty, str(backup), "--journal", str(tmp_path / "none")),
        "does not have the journal of this database",
    )
    other = tmp_path / "other"
    other.mkdir()
    Journal(other / f"journal-{bytes(16).hex()}.jsonl").path.write_text(f'{{"journal":"{bytes(16).hex()}"}}\n')
    refused(
        restore(invoke, monkeypatch, empty, str(backup), "--journal", str(other)), "has journals of other databases only"
    )
    assert stored(empty, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'") == []
    name = journal(database_url).path.name
    (other / name).write_bytes(journal(database_url).path.read_bytes())
    assert restore(invoke, monkeypatch, empty, str(backup), "--journal", str(other)).exit_code == 0


def test_a_journal_older_than_the_backup_is_refused(
    database_url: str, empty: str, people: list[UUID], tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    old.mkdir()
    (old / journal(database_url).path.name).write_bytes(journal(database_url).path.read_bytes())
    withdraw(database_url, people[0])
    invoke("backup", str(tmp_path / "dump"))
    refused(
        restore(invoke, monkeypatch, empty, str(tmp_path / "dump"), "--journal", str(old)),
        "is older than this backup: it lacks 1 of the backup's withdrawals",
    )


def test_a_journal_that_lacks_releases_of_the_backup_is_refused(
    database_url: str, empty: str, people: list[UUID], tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database_url, 0)
    invoke("backup", str(tmp_path / "dump"))
    old, whole = tmp_path / "old", journal(database_url).path
    old.mkdir()
    kept = [line for line in whole.read_text().splitlines(keepends=True) if '"release"' not in line]
    (old / whole.name).write_text("".join(kept))
    released = whole.read_text().count('"entry":"release"')
    assert released
    refused(
        restore(invoke, monkeypatch, empty, str(tmp_path / "dump"), "--journal", str(old)),
        f"is older than this backup: it lacks {released} of the backup's releases",
    )


def test_a_backup_from_before_the_journal_is_refused(
    database_url: str, empty: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    contribute(database_url, PEOPLE[:1])
    invoke("backup", str(tmp_path / "dump"))
    refused(restore(invoke, monkeypatch, empty, str(tmp_path / "dump")), "is older than the journal")


def test_a_backup_without_contributions_needs_no_journal(
    database_url: str, empty: str, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal(database_url)
    invoke("backup", str(tmp_path / "dump"))
    done = restore(invoke, monkeypatch, empty, str(tmp_path / "dump"), "--journal", str(tmp_path / "none"))
    assert done.exit_code == 0, done
    assert journal_of(empty, tmp_path / "new").withdrawn() == set()


def test_contributions_can_be_left_out(
    database_url: str, empty: str, people: list[UUID], tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(database_url, 0)
    invoke("backup", str(tmp_path / "dump"))
    done = restore(invoke, monkeypatch, empty, str(tmp_path / "dump"), "--without-contributions")
    assert done.exit_code == 0, done
    assert (submissions(empty), records(empty)) == ({}, {})
    for table in ("salary_record", "batch", "batch_record", "counting_mark", "spent_proof"):
        assert stored(empty, f"SELECT * FROM {table}") == []
    assert audit(empty, K) == []
    contribute(empty, NEWCOMERS)
    release(empty, 1)
    assert len(records(empty)) == 2 * len(NEWCOMERS)


# Interrupted


@pytest.mark.parametrize(
    "step",
    [
        "_withdraw",
        "_remake",
        "_rewrite_submissions",
        "unmark",
    ],
)
def test_an_interrupted_restoration_is_not_used_until_it_is_finished(
    database_url: str,
    empty: str,
    people: list[UUID],
    backup: Path,
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    continue_for_a_year(database_url, people)
    original = getattr(restoration, step)

    def fail_after(*arguments: Any) -> None:
        if step != "unmark":
            original(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(restoration, step, fail_after)
    assert restore(invoke, monkeypatch, empty, str(backup)).exit_code != 0
    for command in (("publish",), ("backup", f"{backup}.second"), ("migrate",)):
        assert isinstance((done := invoke(*command)).exception, DatabaseError), command
        assert "Run `payrank restore` without a file to finish." in str(done.exception)
    assert Erasure(empty, load_settings().journal_dir).run(FIRST) is None  # as a service on another machine does
    assert "without a file" in str(invoke("restore", str(backup)).exception)
    monkeypatch.setattr(restoration, step, original)
    assert "Finished the restore" in invoke("restore").stderr
    assert records(empty) == records(database_url)
    assert {row["status"] for row in submissions(empty).values()} == {"withdrawn", "published"}
    assert "There is no restore to finish" in str(invoke("restore").exception)


def test_a_database_in_restoration_publishes_nothing(database_url: str, people: list[UUID]) -> None:
    execute(database_url, "CREATE SCHEMA payrank_restoring")
    with pytest.raises(AssertionError, match="no release is due"):
        release(database_url, 0)
    execute(database_url, "DROP SCHEMA payrank_restoring")
    assert release(database_url, 0).batches


def test_a_withdrawal_without_a_journal_is_not_acknowledged(database_url: str, people: list[UUID]) -> None:
    path = journal(database_url).path
    hidden = path.rename(path.with_suffix(".hidden"))
    with pytest.raises(DataError, match="payrank journal --new"):
        withdraw(database_url, people[0])
    hidden.rename(path)
    assert submissions(database_url)[people[0]]["status"] == "accepted"
