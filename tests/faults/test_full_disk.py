"""A full disk: nothing is acknowledged that is not stored, queries continue, and service resumes when there is space."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.fault_injection import filled, small_disk
from support.postgres_processes import PSQL, quiet, sql
from support.publishing import RULES
from support.serve_process import SUBMIT, is_ready, nth_input, post_query, serving
from support.soundness import failed_checks
from support.standbys import free_ports

from service.errors import DatabaseUnavailable
from service.intake.publication import publish
from service.intake.receipt import submission_id
from service.store.embedded import embedded_server

SMALL_WAL = {"min_wal_size": "32MB", "max_wal_size": "32MB", "fsync": "off"}
MAX_SUBMISSIONS = 1_000
"""Submissions after which the space already allocated to a table must be used up."""


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(128) as found:
        yield found


class Contributors:
    """Submissions sent to a service, and those that were acknowledged."""

    def __init__(self, port: int) -> None:
        self.port, self.sent, self.acknowledged = port, 0, set[str]()

    def submit(self) -> list[str]:
        """Submit once more and return the error codes."""
        given = nth_input(self.sent)
        self.sent += 1
        errors = codes(post_query(self.port, SUBMIT, input=given))
        if not errors:
            self.acknowledged.add(str(submission_id(given["idempotencyKey"])))
        return errors

    def check(self, url: str) -> None:
        """Exactly the acknowledged submissions are stored."""
        assert set(sql(url, "SELECT id FROM submission").split()) == self.acknowledged


def codes(found: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in found.get("errors", [])]


def still_answers(port: int) -> bool:
    return is_ready(port) and not codes(post_query(port, "{ cohort { size } }"))


@pytest.mark.slow
def test_without_space_for_tables_submissions_fail_and_then_recover(disk: Path) -> None:
    [port] = free_ports(1)
    contributors = Contributors(port)
    with embedded_server(disk / "data", quiet, SMALL_WAL) as url, serving(url, port, RELEASE_DAYS=0):
        assert contributors.submit() == []
        with filled(disk):
            assert next(errors for _ in range(MAX_SUBMISSIONS) if (errors := contributors.submit())) == ["OVERLOADED"]
            assert {code for _ in range(20) for code in contributors.submit()} <= {"OVERLOADED"}
            with pytest.raises(DatabaseUnavailable, match="out of disk space"):
                publish(url, RULES)
            assert still_answers(port)
            [line] = [found for found in failed_checks(url, "doctor") if found.startswith("Database")]
            assert "cannot write" in line
            assert "No space left on device" in line
            contributors.check(url)
        assert contributors.submit() == []
        contributors.check(url)
        assert failed_checks(url, "publish") + failed_checks(url, "doctor") + failed_checks(url, "audit") == []


@pytest.mark.slow
def test_without_space_for_wal_the_server_stops_and_loses_nothing(disk: Path) -> None:
    [port] = free_ports(1)
    contributors = Contributors(port)
    with ExitStack() as stack:
        url = stack.enter_context(embedded_server(disk / "data", quiet, SMALL_WAL))
        stack.enter_context(serving(url, port, RELEASE_DAYS=0))
        assert contributors.submit() == []
        with filled(disk):
            errors = next(errors for _ in range(MAX_SUBMISSIONS) if (errors := switch_wal(url) or contributors.submit()))
            assert errors == ["OVERLOADED"]
            assert still_answers(port)
            [line] = failed_checks(url, "doctor")
            assert line.startswith("Database: The database cannot be reached")
        with embedded_server(disk / "data", quiet, SMALL_WAL):
            assert contributors.submit() == []
            contributors.check(url)
            assert failed_checks(url, "publish") + failed_checks(url, "doctor") + failed_checks(url, "audit") == []


def switch_wal(url: str) -> None:
    """Switch to the next WAL segment, if the server still runs."""
    subprocess.run([PSQL, "-wXAtq", "-c", "SELECT pg_switch_wal()", url], capture_output=True, check=False, timeout=60)
