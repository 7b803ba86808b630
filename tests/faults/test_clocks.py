"""A service whose clock jumps by days and hours: stored timestamps are the database's, and no proof is valid twice."""

import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import altcha
import pytest
from support.fault_injection import Clock
from support.moderators import good_token
from support.payrank_process import COMMAND, eventually
from support.postgres_processes import sql
from support.publishing import K
from support.serve_process import ROLES, SUBMIT, nth_address, nth_input, post_query, serving, settings
from support.standbys import free_ports
from support.submissions import LAST_MONTH

pytestmark = pytest.mark.slow

JUMPS = ("+3d", "-5h", "+0")
QUEUE = "{ reviewQueue(first: 100) { nodes { submission { id } } } }"
EDITION = "{ edition { number } cohort { size } }"


class Contributor:
    """A client that submits with proofs of work."""

    def __init__(self, port: int) -> None:
        self.port, self.number = port, 0

    def proof(self) -> str:
        with urlopen(f"http://127.0.0.1:{self.port}/challenge", timeout=60) as answer:
            challenge = altcha.Challenge.from_dict(json.load(answer))
        return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()

    def submit(self, proof: str, **other: Any) -> dict[str, Any]:
        given = {**nth_input(self.number), "effective": LAST_MONTH, "proof": proof, **other}  # past by any of the clocks
        answer = post_query(self.port, SUBMIT, address=nth_address(self.number), input=given)
        self.number += 1
        found: dict[str, Any] = answer["data"]["submitSalary"]
        return found


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def contributor(database_url: str, clock: Clock) -> Iterator[Contributor]:
    """A client of a service whose clock, and its publisher's, can be set."""
    [port] = free_ports(1)
    given = {"PROOF_COST": 1, "SUBMISSIONS_PER_HOUR": 1_000, "RELEASE_DAYS": 0.000001, "REFRESH_SECONDS": 0.1}
    with clock.shown(), serving(database_url, port, **given):
        yield Contributor(port)


async def test_stored_timestamps_are_the_databases(database_url: str, clock: Clock, contributor: Contributor) -> None:
    bearer = await good_token(database_url)
    for jump in JUMPS:
        clock.set(jump)
        found = contributor.submit(contributor.proof(), bonus=900_000)
        assert found["userErrors"] == [], found
        waiting = post_query(contributor.port, QUEUE, bearer)["data"]["reviewQueue"]["nodes"]
        assert found["submission"]["id"] in {one["submission"]["id"] for one in waiting}
    ahead = "submitted_at NOT BETWEEN now() - interval '10 minutes' AND now()"
    assert sql(database_url, f"SELECT count(*), count(*) FILTER (WHERE {ahead}) FROM submission") == "3|0"


def expired_rows_are_deleted(url: str) -> None:
    """Wait until the publisher has run again and deleted expired rows."""
    sql(url, "INSERT INTO rate VALUES ('old', now() - interval '2 days', 1)")
    sql(url, "UPDATE submission SET retries = retries + 1")
    eventually(lambda: sql(url, "SELECT count(*) FROM rate WHERE id = 'old'") == "0")


def test_a_proof_is_valid_once_however_the_clock_jumps(database_url: str, clock: Clock, contributor: Contributor) -> None:
    spent, unspent = contributor.proof(), contributor.proof()
    assert contributor.submit(spent)["receipt"]
    clock.set("+3d")
    [refused] = contributor.submit(unspent)["userErrors"]
    assert "older than 10 minutes" in refused["message"]
    sql(database_url, "UPDATE spent_proof SET expires_at = now() - interval '4 hours'")  # as if this much time had passed
    clock.set("-5h")
    expired_rows_are_deleted(database_url)
    [refused] = contributor.submit(spent)["userErrors"]
    assert "before" in refused["message"]
    assert contributor.submit(unspent)["receipt"]


def test_editions_continue_and_are_served_at_once(database_url: str, clock: Clock, contributor: Contributor) -> None:
    for number, (jump, role) in enumerate(zip(JUMPS, ROLES, strict=True), 1):
        clock.set(jump)
        for _ in range(K):
            assert contributor.submit(contributor.proof(), role=role)["receipt"]
        edition = {"edition": {"number": number}, "cohort": {"size": K * number}}
        eventually(lambda edition=edition: post_query(contributor.port, EDITION)["data"] == edition)
    dated = datetime.fromisoformat(sql(database_url, "SELECT max(published_at) FROM edition"))
    assert abs(datetime.now(UTC) - dated) < timedelta(minutes=10)


def test_doctor_reports_a_wrong_clock(database_url: str, clock: Clock) -> None:
    clock.set("-5h")
    with clock.shown():
        doctor = subprocess.run(
            [*COMMAND, "doctor"], env=settings(database_url, 1), capture_output=True, text=True, check=False, timeout=120
        )
    assert doctor.returncode == 1
    assert re.search(r"✗ Clock: .* differ by 1(8000|7999)\.\d s", doctor.stderr), doctor.stderr
