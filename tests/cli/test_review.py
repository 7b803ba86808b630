"""`payrank review`: the queue and decisions in the terminal."""

import asyncio
import os
import pwd
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from support.moderators import BURST, OUTLIER, fetch, flags, submission
from support.records import publish, record_id

from service.errors import InputError
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Invoke = Callable[..., Result]


def _fetched(url: str, query: str) -> list[tuple[Any, ...]]:
    return asyncio.run(fetch(url, query))


def _cells(table: str) -> list[list[str]]:
    """The rows of a table without its header; cells are at least two spaces apart."""
    return [[cell for cell in line.strip().split("  ") if cell] for line in table.splitlines()[1:]]


def test_the_queue_is_a_table(invoke: Invoke, database_url: str) -> None:
    many = {Factor.SKILL: ("python", "pytorch")}
    first = asyncio.run(
        submission(database_url, 1, findings=[OUTLIER, BURST], bonus=5_000, equity=0, many=many, employer="ACME [Labs]")
    )
    second = asyncio.run(submission(database_url, 2, findings=[BURST]))
    shown = invoke("review")
    assert shown.exit_code == 0
    rows = [[cell.strip() for cell in row] for row in _cells(shown.stdout)]
    assert rows[0][:8] == [
        str(first),
        "outlier, burst",
        "machine-learning-engineer",
        "berlin",
        "senior",
        "EUR base 90,000, bonus 5,000, equity 0",
        "ACME [Labs]",
        "python, pytorch",
    ]
    assert OUTLIER["message"] in shown.stdout.replace("\n", " ")
    assert [row[0] for row in rows if row[0] == str(second)]
    assert "2 of 2 submissions" in shown.stderr
    assert str(first) not in invoke("review", "--finding", "inconsistent").stdout
    assert "1 of 2 submissions" in invoke("review", "--first", "1").stderr


def test_a_decision_is_recorded_under_the_name_of_the_account(invoke: Invoke, database_url: str) -> None:
    ids = [asyncio.run(submission(database_url, number)) for number in (1, 2)]
    assert f"Submission {ids[0]} is now accepted." in invoke("review", "accept", str(ids[0]), "--note", "Fine.").stderr
    assert f"Submission {ids[1]} is now rejected." in invoke("review", "reject", str(ids[1]), "--note", "Made up.").stderr
    reviewer = f"terminal:{pwd.getpwuid(os.getuid()).pw_name}"
    assert _fetched(database_url, "SELECT submission, decision, note, reviewer, token FROM review ORDER BY submission") == [
        (ids[0], "accept", "Fine.", reviewer, None),
        (ids[1], "reject", "Made up.", reviewer, None),
    ]
    again = invoke("review", "accept", str(ids[1]), "--note", "After all.")
    assert isinstance(again.exception, InputError)
    assert "was already rejected" in str(again.exception)


def test_a_submission_is_shown_with_all_answers_and_decisions(invoke: Invoke, database_url: str) -> None:
    id_ = asyncio.run(
        submission(
            database_url,
            1,
            bonus=5_000,
            employer="Acme Labs",
            initial_offer=85_000,
            many={Factor.SKILL: ("python", "pytorch")},
            scores={Measure.JOB_SATISFACTION: 4},
        )
    )
    invoke("review", "accept", str(id_), "--note", "Fine.")
    assert f"Submission {id_} is now held." in invoke("review", "undo", str(id_), "--note", "Not so fast.").stderr
    rows = [[cell.strip() for cell in row] for row in _cells(invoke("review", "show", str(id_)).stdout)]
    assert rows[:2] == [["status", "held"], ["submitted", "2026-03-01 12:01"]]
    assert rows[2:-3] == [
        ["month", "2026-02"],
        ["pay", "EUR base 90,000, bonus 5,000"],
        ["first offer", "EUR 85,000"],
        ["employer", "Acme Labs"],
        ["role", "machine-learning-engineer"],
        ["level", "senior"],
        ["experience", "6"],
        ["country", "de"],
        ["metro", "berlin"],
        ["skill", "python, pytorch"],
        ["job satisfaction", "4"],
    ]
    assert rows[-3] == ["outlier", OUTLIER["message"]]
    assert [(row[0], row[1].split(": ")[1]) for row in rows[-2:]] == [("accept", "Fine."), ("undo", "Not so fast.")]
    unknown = invoke("review", "show", str(UUID(int=1)))
    assert isinstance(unknown.exception, InputError)
    assert "No submission has this id" in str(unknown.exception)


@pytest.mark.parametrize(
    ("id_", "note", "words"),
    [(UUID(int=1), "Fine.", "No submission has this id"), (UUID(int=1_001), "x", "The note must have 3 to")],
)
def test_invalid_decisions(invoke: Invoke, database_url: str, id_: UUID, note: str, words: str) -> None:
    asyncio.run(submission(database_url, 1))
    ended = invoke("review", "reject", str(id_), "--note", note)
    assert isinstance(ended.exception, InputError)
    assert words in str(ended.exception)


def test_an_invalid_id_is_a_usage_error(invoke: Invoke) -> None:
    assert invoke("review", "accept", "x", "--note", "Fine.").exit_code == 2


def test_flags_of_imported_records_are_a_table(invoke: Invoke, database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    assert "0 imported records are flagged." in invoke("review", "flags").stderr
    asyncio.run(flags(database_url, record_id(0), "Odd [b]", "Too high"))
    shown = invoke("review", "flags")
    [row] = [[cell.strip() for cell in row] for row in _cells(shown.stdout)]
    assert row == [str(record_id(0)), "US Department of Labor: labor condition applications", "2", "Odd [b]; Too high"]


def test_an_id_that_is_none_is_refused_in_plain_words(invoke: Invoke) -> None:
    refused = invoke("review", "accept", "nosuch", "--note", "Fine.")
    assert refused.exit_code == 2
    assert "'nosuch' is not an id" in refused.stderr
