"""`payrank publish` and `payrank audit`: from contributions to releases, once and repeatedly, and what they say."""

import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import Result
from support.payrank_process import COMMAND
from support.publishing import K, execute
from support.stored_submissions import answers, contribute, records, submissions, withdraw

from service.errors import DataError
from service.intake.publication import due_release
from service.intake.release_calendar import ReleaseCalendar
from service.store.publication import publisher_lock

Invoke = Callable[..., Result]
PERIOD = timedelta(days=28)
CONTRIBUTORS = K + 2
PUBLISHED = f"1: {CONTRIBUTORS} records published in 1 batch, 0 records removed. 1 contribution waits."


@pytest.fixture
def contributors(database_url: str) -> str:
    """Enough of a class for a release, and one of another."""
    contribute(database_url, [answers(base=90_000 + 4_000 * n) for n in range(CONTRIBUTORS)] + [answers(level="staff")])
    return database_url


def said(result: Result) -> str:
    """What a command said last, after which database it uses."""
    assert result.exit_code == 0, result.output
    [database, *lines] = [line.removeprefix("· ") for line in result.stderr.splitlines()]
    assert database.startswith("Database: ")
    [line] = lines
    return line


def due() -> datetime:
    """When the release of today was due."""
    first = datetime(1970, 1, 5, tzinfo=UTC)
    return first + (datetime.now(UTC) - first) // PERIOD * PERIOD


def test_a_release_is_made_once_as_an_edition_without_violations(invoke: Invoke, contributors: str) -> None:
    assert said(invoke("publish")) == f"Published the release of {due():%Y-%m-%d} 00:00 UTC as edition {PUBLISHED}"
    assert len(records(contributors)) == CONTRIBUTORS
    assert sorted(row["status"] for row in submissions(contributors).values()) == ["accepted", *["published"] * CONTRIBUTORS]
    assert said(invoke("publish")) == (
        f"No release is due: the last one was published. The next one is due on {due() + PERIOD:%Y-%m-%d} 00:00 UTC."
    )
    audited = invoke("audit")
    assert audited.stdout == ""
    expected = f"the editions up to 1, which has {CONTRIBUTORS} records, or in the ledger of the yearly tables."
    assert said(audited) == f"Found no violations in {expected}"


def test_too_few_contributions_wait(invoke: Invoke, database_url: str) -> None:
    contribute(database_url, [answers()] * (K - 1))
    made = f"Published the release of {due():%Y-%m-%d} 00:00 UTC, with nothing to publish or to remove."
    assert said(invoke("publish")) == f"{made} {K - 1} contributions wait."
    assert said(invoke("audit")) == "There are no editions to audit yet."


def test_a_release_that_removes_says_so(invoke: Invoke, contributors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    invoke("publish")
    for id_ in submissions(contributors):
        withdraw(contributors, id_)
    monkeypatch.setenv("PAYRANK_RELEASE_DAYS", "0.000001")
    assert said(invoke("publish")).endswith(
        f"as edition 2: 0 records published in 0 batches, {CONTRIBUTORS} records removed. 0 contributions wait."
    )


def test_while_another_process_makes_the_release_nothing_is_done(invoke: Invoke, contributors: str) -> None:
    with publisher_lock(contributors):
        assert said(invoke("publish")) == f"Another process is publishing the release of {due():%Y-%m-%d} 00:00 UTC."
    assert records(contributors) == {}
    assert due_release(contributors, ReleaseCalendar(PERIOD)) == due()
    invoke("publish")
    assert due_release(contributors, ReleaseCalendar(PERIOD)) is None


def test_an_unfinished_edition_is_removed_when_no_release_is_due(invoke: Invoke, contributors: str) -> None:
    """As doctor advises."""
    invoke("publish")
    execute(contributors, "INSERT INTO edition (number, started_at) VALUES (2, now())")
    assert "run `payrank publish` to remove it" in invoke("doctor").stderr
    assert said(invoke("publish")).startswith("No release is due")
    assert invoke("doctor").exit_code == 0


def test_without_releases_nothing_is_published(invoke: Invoke, contributors: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYRANK_RELEASE_DAYS", "0")
    assert said(invoke("publish")) == "PAYRANK_RELEASE_DAYS is 0, so no releases are published."
    assert records(contributors) == {}


def test_an_audit_lists_each_violation(invoke: Invoke, contributors: str) -> None:
    invoke("publish")
    execute(contributors, "UPDATE salary_record SET base_reported = base_reported + 1 WHERE base_reported < 100000")
    audited = invoke("audit")
    assert isinstance(audited.exception, DataError)
    assert "violations of the rules" in str(audited.exception)
    assert audited.stdout.startswith("Edition 1: ")


@pytest.mark.slow
def test_repeated_publishing_survives_an_unavailable_database_and_ends_with_its_input(
    bare_environment: dict[str, str],
) -> None:
    nowhere = {"PAYRANK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PAYRANK_RELEASE_DAYS": "0.000001"}
    process = subprocess.Popen(
        [*COMMAND, "publish", "--repeat", "--until-eof"],
        env=bare_environment | nowhere,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdin
        assert process.stderr
        logged = [json.loads(process.stderr.readline()) for _ in range(3)]
        process.stdin.close()
        assert process.wait(60) == 0
        logged += [json.loads(line) for line in process.stderr]
    assert {one["event"] for one in logged} == {"publication.failed"}
    assert {one["level"] for one in logged} == {"warning"}
    assert all("cannot be reached" in one["reason"] for one in logged)
