"""`payrank doctor` finds what is wrong, and says what to do about it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from support.databases import named
from support.moderators import execute, submission
from support.records import publish

from service.errors import DataError
from service.index.artifact import Shelf
from service.store.editions import Edition
from service.store.migrate import downgrade

Invoke = Callable[..., Result]


@pytest.fixture
def url(database_url: str, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A sound installation: published records of a source and of contributors, and a cache of its own."""
    monkeypatch.setenv("PAYRANK_CACHE_DIR", str(tmp_path / "cache"))
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(5)])
    for number in range(6):
        asyncio.run(submission(database_url, number, status="accepted", findings=[], base=90_000 + number))
    assert invoke("publish").exit_code == 0
    return database_url


def ill(ran: Result) -> list[str]:
    """The lines with something to do; the command ends with an error where there are any."""
    lines = [line.removeprefix("✗ ") for line in ran.stderr.splitlines() if line.startswith("✗")]
    assert isinstance(ran.exception, DataError if lines else type(None))
    assert not lines or str(ran.exception) == f"{len(lines)} of these need care."
    return lines


def test_nothing_is_wrong_with_a_sound_installation(url: str, invoke: Invoke) -> None:
    ran = invoke("doctor")
    assert ill(ran) == []
    seen = [line.removeprefix("✓ ").partition(":")[0] for line in ran.stderr.splitlines() if line.startswith("✓")]
    assert seen == ["Cache folder", "Database", "Tables", "Roles", "Clock", "Cache", "Edition", "Submissions", "Promises"]
    assert "Edition: 2 is out with its 11 records." in ran.stderr


CHANGED = "Restore a backup: rows were {} by something other than PayRank."


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "DELETE FROM salary_record WHERE id IN (SELECT id FROM salary_record WHERE added_in = 1 LIMIT 2)",
            ["Edition: edition 2 tells of 11 records, and the table has 9 of it. " + CHANGED.format("changed")],
        ),
        (
            "INSERT INTO edition (number, started_at) VALUES (3, now())",
            [
                (
                    "Edition: 2 is out; 3 was begun and is not out. "
                    "If no import or publication runs now, the next `payrank publish` clears it up."
                )
            ],
        ),
        (
            "UPDATE submission SET record = id WHERE id IN (SELECT id FROM submission LIMIT 1)",
            ["Submissions: 1 published ones have no record. " + CHANGED.format("removed")],
        ),
        (
            "UPDATE submission SET submitted_at = now() + interval '1 day' WHERE id IN (SELECT id FROM submission LIMIT 1)",
            [
                (
                    "Clock: 1 submissions or editions are dated after this moment: a clock has been wrong. "
                    "Set the clocks of all machines by one time server (chrony, systemd-timesyncd)."
                )
            ],
        ),
        (
            "UPDATE salary_record SET base_reported = 91234 WHERE base_reported = 90000",
            ["Promises: 6 are broken. `payrank audit` names each; withdraw those records."],
        ),
        (
            "UPDATE alembic_version SET version_num = '0002'",
            ["Tables: of revision 0002; this version needs 0003. Run `payrank migrate`."],
        ),
        (
            "UPDATE alembic_version SET version_num = '0099'",
            [
                (
                    "Tables: of revision 0099, which this version does not know: a newer PayRank has made them. "
                    "Run that version, or restore a backup from before."
                )
            ],
        ),
    ],
)
def test_what_is_wrong_in_the_database_is_named(url: str, invoke: Invoke, statement: str, expected: list[str]) -> None:
    asyncio.run(execute(url, statement))
    assert ill(invoke("doctor")) == expected


def test_a_database_without_tables_wants_them(url: str, invoke: Invoke) -> None:
    downgrade(url, "base")
    assert ill(invoke("doctor")) == ["Tables: there are none of PayRank's yet. Run `payrank migrate`."]


def test_a_database_that_is_gone_is_told_once(url: str, invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_DATABASE_URL", named(url, "nowhere"))
    [line] = ill(invoke("doctor"))
    assert line.startswith("Database: ")
    assert 'database "nowhere" does not exist' in line


HARMS = (lambda content: content[:-1], lambda content: content[:40] + b"!" + content[41:], lambda _: b"")


@pytest.mark.parametrize("harm", HARMS)
def test_a_torn_cache_is_named(url: str, invoke: Invoke, tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    edition = Edition(2, datetime(2026, 1, 1, tzinfo=UTC), 11)
    Shelf.of(tmp_path / "cache", url).kept("thing", edition, lambda: list(range(100)))
    assert ill(invoke("doctor")) == []
    [file] = (tmp_path / "cache").glob("thing-*.artifact")
    file.write_bytes(harm(file.read_bytes()))
    assert ill(invoke("doctor")) == [
        f"Cache: torn or changed since it was written: {file.name}. Delete it; it is made anew."
    ]


def test_a_cache_that_others_may_write_to_is_named(url: str, invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache").chmod(0o777)
    [line] = ill(invoke("doctor"))
    assert line.startswith(f"Cache: {tmp_path / 'cache'} cannot be used: it must belong to the user of this process alone")
