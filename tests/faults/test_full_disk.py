"""A disk that is full: what cannot be kept is not acknowledged, what is known is told, and it goes on when there is room."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.postgres_processes import PSQL, quiet, sql
from support.serve_process import SUBMIT, answers, ask, is_ready, serving
from support.small_disks import filled, small_disk
from support.soundness import needs_care
from support.standbys import free_ports

from service.errors import DatabaseUnavailable
from service.intake.publication import publish
from service.intake.receipt import submission_id
from service.store.embedded import embedded_server

LITTLE_LOG = {"min_wal_size": "32MB", "max_wal_size": "32MB", "fsync": "off"}
MOST = 1_000
"""Submissions by which the room that a table has got already must be used up."""


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(128) as found:
        yield found


class Contributors:
    """What they sent to a service, and which of it was acknowledged."""

    def __init__(self, port: int) -> None:
        self.port, self.sent, self.kept = port, 0, set[str]()

    def submit(self) -> list[str]:
        """The codes of the errors that one more is told."""
        given = answers(self.sent)
        self.sent += 1
        told = codes(ask(self.port, SUBMIT, input=given))
        if not told:
            self.kept.add(str(submission_id(given["idempotencyKey"])))
        return told

    def check(self, url: str) -> None:
        """All that was acknowledged is there, and nothing else."""
        assert set(sql(url, "SELECT id FROM submission").split()) == self.kept


def codes(found: dict[str, Any]) -> list[str]:
    return [error["extensions"]["code"] for error in found.get("errors", [])]


def still_tells(port: int) -> bool:
    return is_ready(port) and not codes(ask(port, "{ cohort { size } }"))


def test_tables_that_cannot_grow_take_nothing_and_heal(disk: Path) -> None:
    [port] = free_ports(1)
    contributors = Contributors(port)
    with embedded_server(disk / "data", quiet, LITTLE_LOG) as url, serving(url, port, PUBLISH_SECONDS=0):
        assert contributors.submit() == []
        with filled(disk):
            assert next(told for _ in range(MOST) if (told := contributors.submit())) == ["OVERLOADED"]
            assert {code for _ in range(20) for code in contributors.submit()} <= {"OVERLOADED"}
            with pytest.raises(DatabaseUnavailable, match="run out of room"):
                publish(url, k=5)
            assert still_tells(port)
            [line] = [found for found in needs_care(url, "doctor") if found.startswith("Database")]
            assert "can write nothing more" in line
            assert "No space left on device" in line
            contributors.check(url)
        assert contributors.submit() == []
        contributors.check(url)
        assert needs_care(url, "publish") + needs_care(url, "doctor") + needs_care(url, "audit") == []


def test_a_log_that_cannot_grow_ends_the_server_and_loses_nothing(disk: Path) -> None:
    [port] = free_ports(1)
    contributors = Contributors(port)
    with ExitStack() as stack:
        url = stack.enter_context(embedded_server(disk / "data", quiet, LITTLE_LOG))
        stack.enter_context(serving(url, port, PUBLISH_SECONDS=0))
        assert contributors.submit() == []
        with filled(disk):
            told = next(told for _ in range(MOST) if (told := fill_the_log(url) or contributors.submit()))
            assert told == ["OVERLOADED"]
            assert still_tells(port)
            [line] = needs_care(url, "doctor")
            assert line.startswith("Database: The database cannot be reached")
        with embedded_server(disk / "data", quiet, LITTLE_LOG):
            assert contributors.submit() == []
            contributors.check(url)
            assert needs_care(url, "publish") + needs_care(url, "doctor") + needs_care(url, "audit") == []


def fill_the_log(url: str) -> None:
    """Go on to the next file of PostgreSQL's log, as long as there is a server."""
    subprocess.run([PSQL, "-wXAtq", "-c", "SELECT pg_switch_wal()", url], capture_output=True, check=False)
