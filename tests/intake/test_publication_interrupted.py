"""Releases while contributors change submissions, and when their process is killed."""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from support.databases import clone
from support.moderators import flags
from support.publishing import FIRST, PERIOD, RULES, K, editions_of, execute, linked, release, removed
from support.records import publish as publish_others
from support.stored_submissions import amend, answers, contribute, records, reject, submissions, withdraw

from service.errors import DatabaseError, DatabaseUnavailable
from service.intake import publication
from service.intake.audit import audit
from service.intake.publication import ReleaseResult, publish
from service.intake.review import ReviewDecision, decide, terminal_reviewer
from service.store import editions
from service.store import publication as store
from service.store.bulk import bulk_connection
from service.store.database import EDITION_LOCK, PUBLISHER_LOCK

BASES = [100_000 + 3_000 * n for n in range(12)]
GERMAN = answers("metro", "subdivision", country="de", currency="EUR", base=70_000)


def test_one_process_publishes_at_a_time_and_others_return_at_once(database_url: str) -> None:
    contribute(database_url, [answers()] * K)
    with store.publisher_lock(database_url) as rows:
        assert rows
        assert publish(database_url, RULES, FIRST) is None
    assert release(database_url).records == K


Step = tuple[ModuleType, str]


def change_during_release(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[], object], before: Step = (publication, "_write")
) -> None:
    """Make a change before a step of the next release, by default when it has planned its edition."""
    step = getattr(*before)

    def change_first(*arguments: Any) -> Any:
        monkeypatch.setattr(*before, step)
        change()
        return step(*arguments)

    monkeypatch.setattr(*before, change_first)


@pytest.mark.parametrize(("people", "expected"), [(K + 1, K), (K, 0)])
@pytest.mark.parametrize("leave", [withdraw, reject])
def test_a_withdrawal_or_rejection_during_a_release_wins(
    database_url: str, monkeypatch: pytest.MonkeyPatch, leave: Callable[[str, UUID], None], people: int, expected: int
) -> None:
    """Of k contributions then none is published."""
    ids = contribute(database_url, [answers()] * people)
    change_during_release(monkeypatch, lambda: leave(database_url, ids[0]))
    done = release(database_url)
    assert (done.records, done.edition) == (expected, 1 if expected else None)
    assert linked(database_url) == set(records(database_url))
    assert {row["base_record"] for id_, row in submissions(database_url).items() if id_ == ids[0]} == {None}


def test_a_withdrawal_of_a_published_record_during_a_release_counts_in_the_next(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES * 2])
    release(database_url)
    for id_ in ids[1:K]:
        withdraw(database_url, id_)
    contribute(database_url, [GERMAN] * K)
    change_during_release(monkeypatch, lambda: withdraw(database_url, ids[0]))
    done = release(database_url, 1)
    assert (done.records, done.removed) == (K, 0)
    assert submissions(database_url)[ids[0]] == WITHDRAWN
    done = release(database_url, 2)
    assert (done.records, done.removed) == (0, K)


def undo(url: str, id_: UUID) -> None:
    """Undo the last decision on a submission, over a connection of its own."""
    done = asyncio.run(decide(terminal_reviewer(url, "ann"), id_, ReviewDecision.UNDO, "It was right."))
    assert not done.problems


@pytest.mark.slow
@pytest.mark.parametrize(
    "step",
    [(publication, "_write"), (editions, "_publish")],
    ids=["planned", "committed"],
)
def test_a_rejection_is_not_undone_while_a_release_removes_its_record(
    database_url: str, monkeypatch: pytest.MonkeyPatch, step: Step
) -> None:
    """The submission would count as published with a record that has left."""
    ids = contribute(database_url, [answers(base=base) for base in BASES * 2])
    release(database_url)
    for id_ in ids[:K]:
        asyncio.run(flags(database_url, submissions(database_url)[id_]["base_record"], "Odd"))
        asyncio.run(decide(terminal_reviewer(database_url, "ann"), id_, ReviewDecision.REJECT, "Made up."))
    refused: list[DatabaseUnavailable] = []

    def try_to_undo() -> None:
        with pytest.raises(DatabaseUnavailable, match="Another process, such as a release") as caught:
            undo(database_url, ids[0])
        refused.append(caught.value)

    change_during_release(monkeypatch, try_to_undo, step)
    assert release(database_url, 1).removed == K
    assert len(refused) == 1
    undo(database_url, ids[0])
    assert submissions(database_url)[ids[0]] == WITHDRAWN | {"status": "held"}


WITHDRAWN = {"status": "withdrawn", "base_record": None, "total_record": None, "published_in": None}


def test_answers_amended_during_a_release_are_published(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = contribute(database_url, [answers(base=base) for base in BASES])
    change_during_release(monkeypatch, lambda: amend(database_url, ids[0], answers(base=170_000)))
    release(database_url)
    found, stored = records(database_url), submissions(database_url)
    assert len(found) == len(BASES)
    assert 160_000 <= found[stored[ids[0]]["base_record"]]["base_salary"] < 180_000


def test_a_contribution_that_arrives_during_a_release_waits_for_the_next(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    contribute(database_url, [answers()] * K)
    change_during_release(monkeypatch, lambda: contribute(database_url, [answers()] * K))
    assert [release(database_url, number).records for number in (0, 1)] == [K, K]


def test_a_release_with_repeated_conflicts_locks_submissions(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From before it reads them until it is committed."""
    monkeypatch.setattr(publication, "_ATTEMPTS", 0)
    contribute(database_url, [answers()] * K)

    def change() -> None:
        with pytest.raises(DatabaseError, match="could not obtain lock"):
            execute(database_url, "LOCK TABLE submission IN ROW EXCLUSIVE MODE NOWAIT")

    change_during_release(monkeypatch, change)
    assert release(database_url).records == K
    execute(database_url, "LOCK TABLE submission IN ROW EXCLUSIVE MODE NOWAIT")


def test_a_release_that_conflicts_even_with_a_lock_says_what_to_do(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publication, "_ATTEMPTS", 0)
    monkeypatch.setattr(store, "lock_submissions", lambda _: None)
    ids = contribute(database_url, [answers()] * K)
    change_during_release(monkeypatch, lambda: withdraw(database_url, ids[0]))
    with pytest.raises(DatabaseUnavailable, match="Run `payrank publish` again"):
        publish(database_url, RULES, FIRST)
    assert editions_of(database_url) == 0
    assert release(database_url).edition is None


WORKER = """
import os, signal, sys
from datetime import datetime
from service.intake.publication import ReleaseRules, publish
from service.intake.release_calendar import ReleaseCalendar
from service.store.bulk import BulkConnection as Bulk

STATEMENTS = {call.__code__ for call in (Bulk.query, Bulk.execute, Bulk.append, Bulk.commit)}

def die_at(number):
    left = [number]
    def count(frame, event, _):
        if event == "call" and frame.f_code in STATEMENTS:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.setprofile(count)

for line in sys.stdin:
    url, number, now = line.split()
    if not (child := os.fork()):
        die_at(int(number))
        publish(url, ReleaseRules(10, ReleaseCalendar.of_days(28)), datetime.fromisoformat(now))
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""
NEXT = FIRST + PERIOD
Killer = Callable[[str, int], bool]


@contextmanager
def killer() -> Iterator[Killer]:
    """Publishes in another process that is killed (-9) before its n-th statement; returns whether it got that far."""
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin
        assert worker.stdout

        def kill(url: str, number: int) -> bool:
            worker.stdin.write(f"{url} {number} {NEXT.isoformat()}\n")  # type: ignore[union-attr]
            worker.stdin.flush()  # type: ignore[union-attr]
            killed = int(worker.stdout.readline()) == signal.SIGKILL  # type: ignore[union-attr]
            _wait_for_locks(url)
            return killed

        yield kill
        worker.stdin.close()


def _wait_for_locks(url: str) -> None:
    """PostgreSQL has noticed the end of the process when its locks are free."""
    with bulk_connection(url) as rows:
        rows.execute("SET lock_timeout = '60s'")
        for lock in (PUBLISHER_LOCK, EDITION_LOCK):
            rows.execute("SELECT pg_advisory_lock($1)", [lock])


def published(url: str) -> list[str]:
    """All contributors' records without their ids."""
    return sorted(str(sorted(record.items())) for record in records(url).values())


@pytest.fixture
def pending_changes(server_url: str, empty_template: str) -> Iterator[str]:
    """A template where the next release adds a batch, removes records from another, and leaves some waiting."""
    with clone(server_url, empty_template) as url:
        ids = contribute(url, [answers(base=base, bonus=1_000, equity=0) for base in BASES * 2])
        release(url)
        for id_ in ids[:11]:
            withdraw(url, id_)
        amend(url, ids[11], answers(base=170_000))
        reject(url, ids[12])
        contribute(url, [GERMAN] * 12)
        contribute(url, [answers("metro", "subdivision", country="fr", currency="EUR")] * 3)
        yield urlsplit(url).path[1:]


@pytest.mark.slow
@pytest.mark.timeout(1_200)  # it publishes some fifty times
def test_a_publisher_killed_before_any_statement_leaves_nothing_to_repair(server_url: str, pending_changes: str) -> None:
    """The next run makes the release that the first would have made, whether or not an import comes before it."""
    with clone(server_url, pending_changes) as url:
        before = published(url)
        expected = ReleaseResult(NEXT.replace(hour=0), 2, batches=1, records=12, removed=26, waiting=3)
        assert release(url, 1) == expected
        after = published(url)
    with killer() as kill:
        for statement in count(1):
            with clone(server_url, pending_changes) as url:
                killed = kill(url, statement)
                assert published(url) in (before, after)
                if statement % 2:
                    publish_others(url, [{"base_salary": 100_000}])
                    numbers = [row["published_in"] or 0 for row in submissions(url).values()]
                    assert max(numbers) <= editions_of(url)
                was_made = published(url) == after
                done = publish(url, RULES, NEXT)
                assert done == (None if was_made else replace(expected, edition=editions_of(url)))
                assert published(url) == after
                assert audit(url, K) == []
                assert linked(url) <= set(records(url)) | removed(url)
                statuses = Counter(row["status"] for row in submissions(url).values())
                assert statuses == {"accepted": 4, "published": 23, "withdrawn": 11, "rejected": 1}
                assert publish(url, RULES, NEXT) is None
            if not killed:
                break
    assert statement > 25


@pytest.mark.slow
@pytest.mark.parametrize("statement", [20, 10])
def test_a_release_that_was_interrupted_is_made_with_all_that_wait_by_then(database_url: str, statement: int) -> None:
    contribute(database_url, [answers(base=base) for base in BASES])
    with killer() as kill:
        assert kill(database_url, statement)
    contribute(database_url, [answers(base=base) for base in BASES])
    done = publish(database_url, RULES, NEXT + timedelta(days=3))
    assert done
    assert (done.due, done.records) == (NEXT.replace(hour=0), 24)
    assert audit(database_url, K) == []
