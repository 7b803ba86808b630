"""kill -9 of the primary under a load of submissions, with two standbys and two services: nothing acknowledged is lost."""

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest
from support.payrank_process import eventually
from support.serve_process import NO_ANSWER, SUBMIT, nth_address, nth_input, post_query, serving
from support.standbys import Servers, free_ports, servers

from service.intake.receipt import submission_id
from service.store.bulk import bulk_connection
from service.store.health import wait_for_standbys
from service.store.hosts import primary_url

pytestmark = pytest.mark.slow

CLIENTS = 6
PAGE = "query ($first: Int!) { edition { number } salaryRecords(first: $first) { totalCount nodes { id } } }"


@pytest.fixture
def three() -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="payrank-test-") as path:
        Path(path).chmod(0o755)
        with servers(Path(path) / "servers") as found:
            yield found


class Contributors:
    """Clients that submit continuously and repeat each submission until it is acknowledged."""

    def __init__(self, ports: list[int]) -> None:
        self.ports, self.leaving = ports, Event()
        self.sent: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, str] = {}
        self.codes: set[str] = set()
        self._lock = Lock()

    def run(self, client: int) -> None:
        while not self.leaving.is_set():
            with self._lock:
                number = len(self.sent)
                given = nth_input(number)
                self.sent[given["idempotencyKey"]] = given
            port, address = self.ports[client % len(self.ports)], nth_address(number)
            while (receipt := self._submitted(given, port, address)) is None:
                if self.leaving.is_set():
                    return
            with self._lock:
                self.acknowledged[given["idempotencyKey"]] = receipt

    def _submitted(self, given: dict[str, Any], port: int, address: str) -> str | None:
        found = post_query(port, SUBMIT, address=address, input=given)
        if found.get("errors"):
            self.codes |= {error["extensions"]["code"] for error in found["errors"]}
            return None
        return str(found["data"]["submitSalary"]["receipt"])

    def more(self, count: int) -> None:
        """Wait until `count` more have been acknowledged."""
        goal = len(self.acknowledged) + count
        eventually(lambda: len(self.acknowledged) >= goal, 120)


class Readers:
    """A client of one service that reads pages from the standbys continuously; any failure ends it."""

    def __init__(self, port: int) -> None:
        self.port, self.leaving, self.pages, self.editions = port, Event(), 0, [0]

    def run(self) -> None:
        while not self.leaving.is_set():
            try:
                found = post_query(self.port, PAGE, first=self.pages % 100 + 1)
            except NO_ANSWER as error:
                raise AssertionError("a read was not answered") from error
            assert "errors" not in found, found
            assert len(found["data"]["salaryRecords"]["nodes"]) == min(
                self.pages % 100 + 1, found["data"]["salaryRecords"]["totalCount"]
            )
            self.editions.append(found["data"]["edition"]["number"])
            self.pages += 1

    def more(self, count: int) -> None:
        goal = self.pages + count
        eventually(lambda: self.pages >= goal)

    def newer(self) -> None:
        """Wait for an edition newer than the current one."""
        before = self.editions[-1]
        eventually(lambda: self.editions[-1] > before, 120)


def test_nothing_acknowledged_is_lost_with_the_primary(three: Servers) -> None:
    to_write, to_read = three.addresses()
    ports = free_ports(2)
    contributors, readers = Contributors(ports), [Readers(port) for port in ports]
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(serving(to_write, port, READER_URL=to_read, RELEASE_DAYS=0.000005, REFRESH_SECONDS=0.1))
        threads = stack.enter_context(ThreadPoolExecutor(CLIENTS + len(readers)))
        try:
            running = [threads.submit(contributors.run, client) for client in range(CLIENTS)]
            contributors.more(60)
            running += [threads.submit(reader.run) for reader in readers]
            for reader in readers:
                reader.newer()
            three.kill("one")
            for reader in readers:
                reader.more(50)
            eventually(lambda: contributors.codes)
            three.fail_over()
            contributors.more(60)
            for reader in readers:
                reader.newer()
        finally:
            for one in (contributors, *readers):
                one.leaving.set()
        for done in running:
            done.result(timeout=120)
        assert contributors.codes <= {"OVERLOADED", "TIMEOUT"}
        for reader in readers:
            assert reader.editions == sorted(reader.editions)
        again = {
            key: post_query(ports[0], SUBMIT, input=contributors.sent[key]) for key in list(contributors.acknowledged)[::9]
        }
        assert {key: found["data"]["submitSalary"]["receipt"] for key, found in again.items()} == {
            key: contributors.acknowledged[key] for key in again
        }
    _check(to_write, contributors)
    three.bring_back()
    eventually(lambda: wait_for_standbys(primary_url(to_write), to_write, 5) == 0)
    _check(f"{to_write}?target_session_attrs=standby", contributors)


def _check(url: str, contributors: Contributors) -> None:
    """Each acknowledged submission is stored once, and no other; each record comes from one submission."""
    with bulk_connection(primary_url(url)) as rows:
        stored = rows.query("SELECT id::text, base_record::text, answers::text FROM submission").to_pylist()
        records = rows.query("SELECT id::text FROM salary_record WHERE removed_in IS NULL").to_pylist()
    there = {row["id"]: row for row in stored}
    known = {str(submission_id(key)): given for key, given in contributors.sent.items()}
    assert len(there) == len(stored)
    assert {str(submission_id(key)) for key in contributors.acknowledged} <= set(there) <= set(known)
    assert all(str(known[id_]["baseSalary"]) in row["answers"] for id_, row in there.items())
    linked = [row["base_record"] for row in stored if row["base_record"]]
    assert len(linked) == len(set(linked))
    assert {record["id"] for record in records} == set(linked)
