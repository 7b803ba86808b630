"""kill -9 of the service and of PostgreSQL under a mixed load: every acknowledged change is stored, exactly once."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.mixed_load import Load
from support.moderators import good_token
from support.payrank_process import eventually, publishers, still_running
from support.postgres_processes import kill_all, kill_server, quiet, server_pid, server_processes
from support.publishing import K
from support.serve_process import SUBMIT, is_ready, kill_with_publisher, nth_input, post_query, serving
from support.soundness import check_consistency, failed_checks

from service.cli.database import prepare
from service.intake.publication import ReleaseRules, publish
from service.intake.release_calendar import ReleaseCalendar
from service.store.bulk import bulk_connection
from service.store.embedded import embedded_server

pytestmark = pytest.mark.slow

ROUNDS = 6
SETTINGS = {"RELEASE_DAYS": 0.000003}
RULES = ReleaseRules(K, ReleaseCalendar.of_days(SETTINGS["RELEASE_DAYS"]))
UNFINISHED = "SELECT count(*) FROM edition WHERE number > (SELECT edition FROM watermark)"
UNPUBLISHED = "SELECT count(*) FROM batch WHERE edition > (SELECT edition FROM watermark)"


@pytest.fixture
def port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="payrank-test-") as path:
        Path(path).chmod(0o755)
        yield Path(path) / "data"


def test_every_acknowledged_change_survives_exactly_once(folder: Path, port: int) -> None:
    rng = random.Random(20)
    load = Load(port, rng)
    for number in range(ROUNDS):
        with ExitStack() as stack:
            url = stack.enter_context(embedded_server(folder, quiet))
            if number == 0:
                prepare(url)
                load.bearer = asyncio.run(good_token(url))
            _recovers(url)
            service = stack.enter_context(serving(url, port, RELEASE_DAYS=0.00002))
            victims = (service.kill, partial(kill_server, folder))
            chosen = ((victims[0],), (victims[1],), rng.sample(victims, 2))[number % 3]
            load.run_until(rng.randrange(20, 120), chosen)
    with embedded_server(folder, quiet) as url:
        _recovers(url)
        check_consistency(url, load)
        with serving(url, port, **SETTINGS):
            _repeat(load)
        _recovers(url)
        check_consistency(url, load)
    assert load.acknowledged["submitted"] > 20 * ROUNDS
    assert min(load.acknowledged[what] for what in ("amended", "withdrawn", "decided", "read")) > ROUNDS


def test_releases_that_are_killed_leave_nothing_half_done(database_url: str, port: int) -> None:
    """Of the publisher, at the start of a release and when its rows are written but not yet published, and then of the
    service, while contributors come and go. The next release that nothing kills makes up for them.
    """
    load = Load(port, random.Random(7), submitters=1, changers=1)
    load.bearer = asyncio.run(good_token(database_url))
    for _ in range(ROUNDS // 2):
        with serving(database_url, port, **SETTINGS) as service:
            kills = [partial(_kill_publisher, database_url, service, reached) for reached in (UNFINISHED, UNPUBLISHED)]
            load.run_until(60, (*kills, partial(kill_with_publisher, service)))
        _recovers(database_url)
        assert publish(database_url, RULES)
        check_consistency(database_url, load)
    assert load.acknowledged["withdrawn"] > ROUNDS
    with bulk_connection(database_url) as rows:
        published = "SELECT count(*) FROM submission WHERE base_record IS NOT NULL AND total_record IS NOT NULL"
        assert rows.scalar(published) > ROUNDS
        assert rows.scalar("SELECT count(*) FROM salary_record WHERE removed_in IS NOT NULL") >= K


def _kill_publisher(url: str, service: subprocess.Popen[bytes], reached: str) -> None:
    """kill -9 of the publisher once its release has some rows, which it is kept from publishing."""
    [publisher] = eventually(lambda: publishers(service.pid))
    with bulk_connection(url) as rows, bulk_connection(url) as locked:
        locked.query("SELECT edition FROM watermark FOR UPDATE")
        while not rows.scalar(reached):
            rows.commit()
        publisher.kill()
    assert still_running([publisher]) == []


def _recovers(url: str) -> None:
    """Doctor reports at most an unfinished edition, which the next publication clears up; the audit passes."""
    with bulk_connection(url) as rows:
        unfinished = rows.scalar(UNFINISHED)
    found = failed_checks(url, "doctor")
    assert len(found) == bool(unfinished), found
    assert all("was started but not published" in line for line in found)
    assert [line for command in ("publish", "doctor", "audit") for line in failed_checks(url, command)] == []


def _repeat(load: Load) -> None:
    """Repeating a submission returns the first response: its receipt, unless it has been withdrawn."""
    known = [one for one in load.contributions.values() if one.receipt and len(one.pays) == 1]
    for one in known[::7]:
        found = post_query(load.port, SUBMIT, input=one.input)["data"]["submitSalary"]
        assert not found["userErrors"]
        assert found["receipt"] == (None if one.pays == {None} else one.receipt)
        assert (found["submission"]["status"] == "WITHDRAWN") == (one.pays == {None})


def test_the_service_reports_a_stopped_or_hanging_database_and_recovers(folder: Path, port: int) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(embedded_server(folder, quiet))
        stack.enter_context(serving(url, port, RELEASE_DAYS=0))
        assert _codes(post_query(port, SUBMIT, input=nth_input(0))) == []
        kill_all(folder)
        assert _codes(post_query(port, SUBMIT, input=nth_input(1))) == ["OVERLOADED"]
        assert _codes(post_query(port, "{ cohort { size } }")) == []  # answered from memory
        with embedded_server(folder, quiet):
            assert _codes(post_query(port, SUBMIT, input=nth_input(2))) == []
            _signal_all(folder, signal.SIGSTOP)
            try:
                hung = [_codes(post_query(port, SUBMIT, input=nth_input(n))) for n in range(3, 6)]
            finally:
                _signal_all(folder, signal.SIGCONT)
            assert {code for codes in hung for code in codes} <= {"TIMEOUT", "OVERLOADED"}
            assert all(hung)
            assert is_ready(port)
            assert _codes(post_query(port, SUBMIT, input=nth_input(6))) == []


def test_an_embedded_server_that_crashes_is_restarted(folder: Path, port: int) -> None:
    """Twice in a row. Repeating a submission returns the first response, which was stored."""
    with embedded_server(folder, quiet), serving("", port, DATA_DIR=folder, RELEASE_DAYS=0):
        servers = {server_pid(folder)}
        for number in range(2):
            given = nth_input(number)
            first = post_query(port, SUBMIT, input=given)
            assert first["data"]["submitSalary"]["receipt"]
            kill_all(folder)
            eventually(lambda: _codes(post_query(port, SUBMIT, input=nth_input(9))) == [])
            assert post_query(port, SUBMIT, input=given) == first
            servers.add(server_pid(folder))
    assert len(servers) == 3


def _codes(found: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in found.get("errors", [])]


def _signal_all(folder: Path, number: signal.Signals) -> None:
    """Send a signal to every PostgreSQL process."""
    for pid in server_processes(folder):
        os.kill(pid, number)
