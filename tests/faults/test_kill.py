"""Kill -9 of the service and of PostgreSQL under a load of submissions: what was acknowledged is there, once."""

import os
import random
import signal
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from postgres_users import kill_all, kill_server, quiet, server_processes
from serving import NO_ANSWER, SUBMIT, answers, ask, is_ready, serving

from service.intake.receipt import submission_id
from service.store.bulk import bulk
from service.store.embedded import embedded_server

pytestmark = pytest.mark.slow

ROUNDS, CLIENTS = 6, 8
SETTINGS = {"PUBLISH_SECONDS": 0.2}


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


class Load:
    """Clients that submit without pause, and what they were told."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.sent: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, str] = {}
        self._lock, self._number = Lock(), 0

    def run_until(self, acknowledgements: int, kills: Iterable[Callable[[], None]]) -> None:
        """Submit until so many more are acknowledged; then kill, and go on until nobody gets an answer."""
        goal, reached = len(self.acknowledged) + acknowledgements, Event()
        with ThreadPoolExecutor(CLIENTS) as clients:
            running = [clients.submit(self._client, goal, reached) for _ in range(CLIENTS)]
            assert reached.wait(120)
            for kill in kills:
                kill()
            for client in running:
                client.result()

    def _client(self, goal: int, reached: Event) -> None:
        while True:
            with self._lock:
                given, self._number = answers(self._number), self._number + 1
                self.sent[given["idempotencyKey"]] = given
            try:
                found = ask(self.port, SUBMIT, input=given)
            except NO_ANSWER:
                return
            if found.get("errors"):
                assert found["errors"][0]["extensions"]["code"] in ("OVERLOADED", "TIMEOUT"), found
                return
            with self._lock:
                self.acknowledged[given["idempotencyKey"]] = found["data"]["submitSalary"]["receipt"]
                if len(self.acknowledged) >= goal:
                    reached.set()


def test_every_acknowledged_submission_survives_and_none_is_there_twice(folder: Path, port: int) -> None:
    rng = random.Random(20)
    load = Load(port)
    for number in range(ROUNDS):
        with ExitStack() as stack:
            url = stack.enter_context(embedded_server(folder, quiet))
            service = stack.enter_context(serving(url, port, **SETTINGS))
            victims = (service.kill, partial(kill_server, folder))
            chosen = ((victims[0],), (victims[1],), rng.sample(victims, 2))[number % 3]
            load.run_until(rng.randrange(20, 120), chosen)
    with embedded_server(folder, quiet) as url:
        _check(url, load)
        with serving(url, port, **SETTINGS):
            again = {key: ask(port, SUBMIT, input=load.sent[key]) for key in list(load.acknowledged)[::7]}
        _check(url, load)
    assert {key: found["data"]["submitSalary"]["receipt"] for key, found in again.items()} == {
        key: load.acknowledged[key] for key in again
    }
    assert len(load.acknowledged) > 20 * ROUNDS


def _check(url: str, load: Load) -> None:
    with bulk(url) as rows:
        stored = rows.rows("SELECT id::text, status, record::text, answers::text FROM submission").to_pylist()
        records = rows.rows("SELECT id::text FROM salary_record WHERE removed_in IS NULL").to_pylist()
    there = {row["id"]: row for row in stored}
    known = {str(submission_id(key)): key for key in load.sent}
    assert len(there) == len(stored)
    assert {str(submission_id(key)) for key in load.acknowledged} <= set(there) <= set(known)
    assert all(str(load.sent[known[id_]]["baseSalary"]) in row["answers"] for id_, row in there.items())
    linked = [row["record"] for row in stored if row["record"]]
    assert len(linked) == len(set(linked))
    assert {record["id"] for record in records} == set(linked)


def test_a_database_that_is_gone_or_hangs_is_told_and_the_service_heals(folder: Path, port: int) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(embedded_server(folder, quiet))
        stack.enter_context(serving(url, port, PUBLISH_SECONDS=0))
        assert _codes(ask(port, SUBMIT, input=answers(0))) == []
        kill_all(folder)
        assert _codes(ask(port, SUBMIT, input=answers(1))) == ["OVERLOADED"]
        assert _codes(ask(port, "{ cohort { size } }")) == []  # what is in memory is answered still
        with embedded_server(folder, quiet):
            assert _codes(ask(port, SUBMIT, input=answers(2))) == []
            _each(folder, signal.SIGSTOP)
            try:
                hung = [_codes(ask(port, SUBMIT, input=answers(n))) for n in range(3, 6)]
            finally:
                _each(folder, signal.SIGCONT)
            assert {code for codes in hung for code in codes} <= {"TIMEOUT", "OVERLOADED"}
            assert all(hung)
            assert is_ready(port)
            assert _codes(ask(port, SUBMIT, input=answers(6))) == []


def _codes(found: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in found.get("errors", [])]


def _each(folder: Path, number: signal.Signals) -> None:
    """Send a signal to PostgreSQL and all of its processes."""
    for pid in server_processes(folder):
        os.kill(pid, number)
