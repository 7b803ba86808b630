"""Publication while contributors change submissions, and when its process is killed."""

import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import pytest
from support.databases import clone
from support.publishing import K, editions_of, linked, no_findings, publish_and_audit
from support.records import publish as publish_others
from support.stored_submissions import amend, answers, contribute, records, submissions, withdraw

from service.intake import publication
from service.intake.publication import PublicationResult, publish
from service.store import publication as store
from service.store.bulk import bulk_connection
from service.store.database import EDITION_LOCK, PUBLISHER_LOCK


def test_one_process_publishes_at_a_time_and_others_return_at_once(database_url: str) -> None:
    contribute(database_url, [answers()] * 3)
    with store.publisher_lock(database_url) as rows:
        assert rows
        assert publish_and_audit(database_url) is None
    assert publish_and_audit(database_url) == PublicationResult(1, 3, 0, 0, 0, 0, 0)


def test_a_withdrawal_during_a_publication_wins(database_url: str) -> None:
    """Screening runs once everything is read; a submission withdrawn then is not published."""
    ids = contribute(database_url, [answers()] * 4)
    done = publish(database_url, k=K, screen=lambda _: withdraw(database_url, ids[0]) or {})
    assert done == PublicationResult(1, 3, 0, 0, 0, 0, 0)
    assert linked(database_url) == set(records(database_url))
    assert ids[0] not in {id_ for id_, row in submissions(database_url).items() if row["record"]}


def test_a_record_withdrawn_during_a_publication_is_removed_by_it(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 4)
    publish_and_audit(database_url)
    gone = submissions(database_url)[ids[0]]["record"]
    contribute(database_url, [answers()] * 3)
    done = publish(database_url, k=K, screen=lambda _: withdraw(database_url, ids[0]) or {})
    assert done == PublicationResult(2, added=3, generalised=0, refined=0, removed=1, waiting=0, held=0)
    assert gone not in records(database_url)


def test_answers_amended_during_a_publication_are_published(database_url: str) -> None:
    ids = contribute(database_url, [answers()] * 3)
    publish(database_url, k=K, screen=lambda _: amend(database_url, ids[0], answers(base=170_000)) or {})
    assert sorted(record["base_salary"] for record in records(database_url).values()) == [100_000, 100_000, 170_000]


def test_a_publication_with_repeated_conflicts_locks_submissions(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "_ATTEMPTS", 0)
    ids = contribute(database_url, [answers()] * 4)
    assert publish_and_audit(database_url) == PublicationResult(1, 4, 0, 0, 0, 0, 0)
    withdraw(database_url, ids[0])
    assert publish_and_audit(database_url) == PublicationResult(2, 0, 0, 0, 1, 0, 0)
    assert publish_and_audit(database_url) is None
    assert editions_of(database_url) == 2


WORKER = """
import os, signal, sys
from service.intake.publication import publish
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
    url, number = line.split()
    if not (child := os.fork()):
        die_at(int(number))
        publish(url, k=3, screen=lambda _: {})
        os._exit(0)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""
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
            worker.stdin.write(f"{url} {number}\n")  # type: ignore[union-attr]
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
    """A template where the next edition adds, changes and removes records, and lets some submissions wait again."""
    with clone(server_url, empty_template) as url:
        contribute(url, [answers()] * 3 + [answers("metro")] * 3)
        los_angeles = contribute(url, [answers(metro="los-angeles")] * 3)
        germany = contribute(url, [answers("metro", "subdivision", country="de")] * 3)
        publish_and_audit(url)
        withdraw(url, los_angeles[0])
        withdraw(url, germany[0])
        contribute(url, [answers(employer="Acme")] * 3)
        yield urlsplit(url).path[1:]


@pytest.mark.slow
@pytest.mark.timeout(1_200)  # it publishes some fifty times
def test_a_publisher_killed_before_any_statement_leaves_nothing_to_repair(server_url: str, pending_changes: str) -> None:
    """The next run ends where the first would have, whether or not an import discards the rest before it."""
    with clone(server_url, pending_changes) as url:
        before = published(url)
        assert publish_and_audit(url) == PublicationResult(
            2, added=3, generalised=2, refined=0, removed=4, waiting=2, held=0
        )
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
                publish(url, k=K, screen=no_findings)
                assert published(url) == after
                assert linked(url) == set(records(url))
                statuses = Counter(row["status"] for row in submissions(url).values())
                assert statuses == {"accepted": 2, "published": 11, "withdrawn": 2}
            if not killed:
                break
    assert statement > 25
