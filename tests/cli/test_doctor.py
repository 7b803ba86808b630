"""`payrank doctor` finds what is wrong with an installation, and says how to fix it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import Result
from support.databases import named
from support.publishing import execute

from service.cli import doctor
from service.errors import DataError
from service.index.artifact import ArtifactKind, IndexStore
from service.store.bulk import bulk_connection
from service.store.database import Edition
from service.store.health import known_revisions
from service.store.migrate import downgrade

Invoke = Callable[..., Result]


@pytest.fixture
def url(installation: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation without problems, with its own cache."""
    monkeypatch.setenv("PAYRANK_CACHE_DIR", str(tmp_path / "cache"))
    return installation


def failed(result: Result) -> list[str]:
    """The lines of failed checks; the command ends with an error if and only if there are any."""
    lines = [line.removeprefix("✗ ") for line in result.stderr.splitlines() if line.startswith("✗")]
    assert isinstance(result.exception, DataError if lines else type(None))
    assert not lines or str(result.exception).startswith(f"{len(lines)} check")
    return lines


def test_nothing_is_wrong_with_a_sound_installation(url: str, invoke: Invoke) -> None:
    result = invoke("doctor")
    assert failed(result) == []
    passed = [line.removeprefix("✓ ").partition(":")[0] for line in result.stderr.splitlines() if line.startswith("✓")]
    assert passed == [
        "Cache disk",
        "Database",
        "Tables",
        "Roles",
        "Clock",
        "Cache",
        "Connections",
        "Edition",
        "Batches",
        "Privacy",
        "Journal",
    ]
    assert "Edition: 2 is published with 21 records." in result.stderr
    assert f"Privacy: No violations in {CHECKED}. Nothing else was checked." in result.stderr


CHECKED = (
    "the batches, steps, releases and removals of contributed pay in the editions up to 2, "
    "or in the ledger of the yearly tables"
)
NEEDED = known_revisions()[0]


@pytest.mark.parametrize(
    ("statement", "subject", "words"),
    [
        (
            "DELETE FROM salary_record WHERE id IN (SELECT id FROM salary_record WHERE added_in = 1 LIMIT 2)",
            "Edition: edition 2 should have 21 records but has 19.",
            "restore a backup",
        ),
        (
            "INSERT INTO edition (number, started_at) VALUES (3, now())",
            "Edition: 2 is published; 3 was started but not published.",
            "`payrank publish`",
        ),
        (
            "INSERT INTO batch_record SELECT gen_random_uuid(), id, 100000 FROM batch",
            "Batches: 1 record of contributed pay is missing.",
            "restore a backup",
        ),
        (
            "UPDATE submission SET submitted_at = now() + interval '1 day' WHERE id IN (SELECT id FROM submission LIMIT 1)",
            "Clock: 1 submission or edition is dated in the future",
            "Synchronise the clocks",
        ),
        (
            "UPDATE salary_record SET base_salary = base_salary + 9 WHERE id = (SELECT record FROM batch_record LIMIT 1)",
            f"Privacy: 1 violation in {CHECKED}.",
            "`payrank audit`",
        ),
        (
            "UPDATE alembic_version SET version_num = '0002'",
            f"Tables: revision 0002, but this version needs {NEEDED}.",
            "`payrank migrate`",
        ),
        (
            "UPDATE alembic_version SET version_num = '0099'",
            "Tables: unknown revision 0099, made by a newer version",
            "Run that version, or restore an older backup.",
        ),
    ],
)
def test_a_problem_in_the_database_is_named_with_its_remedy(
    url: str, invoke: Invoke, statement: str, subject: str, words: str
) -> None:
    execute(url, statement)
    [line] = failed(invoke("doctor"))
    assert line.startswith(subject)
    assert words in line.removeprefix(subject)


@pytest.mark.parametrize("days", ["28", "0"])
@pytest.mark.parametrize("command", ["doctor", "audit"])
def test_a_release_is_advised_only_if_there_are_any(
    url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, command: str, days: str
) -> None:
    monkeypatch.setenv("PAYRANK_CLASS_SIZE", "20")
    monkeypatch.setenv("PAYRANK_RELEASE_DAYS", days)
    result = invoke(command)
    assert isinstance(result.exception, DataError)
    said = f"{result.stderr} {result.exception}"
    assert ("There is no next release, since PAYRANK_RELEASE_DAYS is 0" in said) == (days == "0")


@pytest.mark.parametrize(
    "table",
    [
        "submission",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("salary_record", "batch", "secret", "factor_value")),
    ],
)
def test_a_locked_table_is_reported_and_not_waited_for(
    url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    """As by a process that was killed while it changed tables, or a vacuum that goes on after that."""
    monkeypatch.setattr(doctor, "_LOCK_SECONDS", 1)
    with bulk_connection(url) as rows:
        rows.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        [problem] = failed(invoke("doctor"))
    assert problem.startswith("Database: Another process, such as a release, holds a needed lock")
    assert problem.endswith("Try again in a minute. The other checks need it and were skipped.")


def test_a_check_that_takes_too_long_is_reported(url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_LOCK_SECONDS", 60)
    monkeypatch.setattr(doctor, "_STATEMENT_SECONDS", 1)
    with bulk_connection(url) as rows:
        rows.execute("LOCK TABLE submission IN ACCESS EXCLUSIVE MODE")
        [problem] = failed(invoke("doctor"))
    assert problem.startswith("Database: a check took more than 1 s. See in pg_stat_activity")


def test_missing_tables_are_reported(url: str, invoke: Invoke) -> None:
    downgrade(url, "base")
    assert failed(invoke("doctor")) == ["Tables: not created yet. Run `payrank migrate`."]


def test_an_unavailable_database_is_reported_once(url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_DATABASE_URL", named(url, "nowhere"))
    [line] = failed(invoke("doctor"))
    assert line.startswith("Database: ")
    assert 'database "nowhere" does not exist' in line


KIND: ArtifactKind[list[int]] = ArtifactKind(
    "thing",
    lambda numbers: pa.RecordBatch.from_pydict({"numbers": [numbers]}),
    lambda batch: batch.column("numbers")[0].as_py(),  # type: ignore[no-any-return]
)
DAMAGES = (lambda content: content[:-1], lambda content: content[:-40] + b"!" + content[-39:], lambda _: b"")


@pytest.mark.parametrize("damage", DAMAGES, ids=["shorter", "changed", "empty"])
def test_a_damaged_cache_file_is_named(url: str, invoke: Invoke, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    edition = Edition(2, datetime(2026, 1, 1, tzinfo=UTC), 21)
    IndexStore.of(tmp_path / "cache", url).get_or_create(KIND, edition, lambda: list(range(100)))
    assert failed(invoke("doctor")) == []
    [file] = (tmp_path / "cache").glob("thing-*.artifact")
    file.write_bytes(damage(file.read_bytes()))
    [line] = failed(invoke("doctor"))
    assert line.startswith(f"Cache: damaged or changed since written: {file.name}. Delete")


def test_a_cache_that_others_can_write_to_is_reported(url: str, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache").chmod(0o777)
    [line] = failed(invoke("doctor"))
    assert line.startswith(f"Cache: {tmp_path / 'cache'} cannot be used: ")
