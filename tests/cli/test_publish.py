"""`payrank publish` and `payrank audit`: from submissions to an edition, once and repeatedly."""

import asyncio
import json
import subprocess
from collections.abc import Callable
from uuid import UUID

import pytest
from click.testing import Result
from support.moderators import execute, fetch, submission
from support.payrank_process import COMMAND

from service.errors import DataError

Invoke = Callable[..., Result]


async def _contributed(url: str, count: int) -> list[UUID]:
    """Equal submissions that a moderator has cleared."""
    ids = [await submission(url, number, status="accepted", findings=[], base=90_000 + number) for number in range(count)]
    await execute(url, "UPDATE submission SET cleared = true")
    return ids


def test_enough_submissions_become_an_edition_without_violations(invoke: Invoke, database_url: str) -> None:
    asyncio.run(_contributed(database_url, 6))
    published = invoke("publish")
    assert published.exit_code == 0
    assert "Published edition 1." in published.stderr
    assert dict(reversed(line.split()) for line in published.stderr.splitlines()[1:]) == {
        "added": "6",
        "generalised": "0",
        "refined": "0",
        "removed": "0",
        "waiting": "0",
        "held": "0",
    }
    assert asyncio.run(fetch(database_url, "SELECT DISTINCT status, published_in FROM submission")) == [("published", 1)]
    assert "Nothing to publish" in invoke("publish").stderr
    audited = invoke("audit")
    assert (audited.exit_code, audited.stdout) == (0, "")
    assert "up to 1, which has 6 records." in audited.stderr


def test_too_few_submissions_wait(invoke: Invoke, database_url: str) -> None:
    asyncio.run(_contributed(database_url, 4))
    assert "Nothing to publish" in invoke("publish").stderr
    assert "no editions to audit" in invoke("audit").stderr


def test_an_audit_lists_each_violation(invoke: Invoke, database_url: str) -> None:
    asyncio.run(_contributed(database_url, 6))
    invoke("publish")
    asyncio.run(execute(database_url, "UPDATE salary_record SET base_reported = 91234 WHERE base_reported = 90000"))
    audited = invoke("audit")
    assert isinstance(audited.exception, DataError)
    assert "violations" in str(audited.exception)
    assert audited.stdout.startswith("Edition 1: ")


@pytest.mark.slow
def test_repeated_publishing_survives_an_unavailable_database_and_ends_with_its_input(
    bare_environment: dict[str, str],
) -> None:
    nowhere = bare_environment | {"PAYRANK_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}
    process = subprocess.Popen(
        [*COMMAND, "publish", "--every", "0.1", "--until-eof"],
        env=nowhere,
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
