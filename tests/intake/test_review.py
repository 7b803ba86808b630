"""Review in a real database: what moderators with a token and the operator at the terminal see and decide."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from support.moderators import BURST, FIRST, OUTLIER, execute, fetch, flags, good_token, submission
from support.records import publish, record_id

from service.errors import ProblemCode
from service.intake.access import Moderator, Secret, authenticate
from service.intake.review import (
    ReviewDecision,
    Reviewer,
    decide,
    decisions,
    flag,
    flagged_records,
    queue,
    terminal_reviewer,
    token_reviewer,
)
from service.intake.screening import FindingCode
from service.intake.submission import IntakeServices
from service.settings import load_settings
from service.store.database import Database
from service.store.review import PAGE, TOTAL
from service.store.submissions import find_by_receipt

ACCEPT, REJECT, UNDO = ReviewDecision
RECORD = UUID(int=77)


@asynccontextmanager
async def moderating(url: str) -> AsyncIterator[Reviewer]:
    text = await good_token(url)
    async with Database.open(url) as database:
        yield token_reviewer(database, await authenticate(database, text))


async def ids(reviewer: Reviewer, **arguments: Any) -> list[int]:
    """The numbers of the submissions in the queue."""
    return [item.submission.id.int - 1_000 for item in (await queue(reviewer, **arguments)).items]


async def stored(url: str, id_: UUID) -> tuple[Any, ...]:
    [row] = await fetch(url, "SELECT status, cleared, base_record, published_in FROM submission WHERE id = $1", id_)
    return row


async def test_the_queue_has_held_and_flagged_submissions_only(database_url: str) -> None:
    await submission(database_url, 5)
    await submission(database_url, 1, findings=[BURST])
    await submission(database_url, 2, status="accepted")
    await submission(database_url, 3, status="published", findings=[], record=RECORD)
    await submission(database_url, 4, status="published", findings=[OUTLIER], record=UUID(int=78))
    await submission(database_url, 6, status="withdrawn")
    await submission(database_url, 7, status="rejected")
    await submission(database_url, 8, findings=[])  # amended after a rejection
    await flags(database_url, RECORD, "Too high for Berlin", "Odd")
    async with moderating(database_url) as moderator:
        for reviewer in (moderator, terminal_reviewer(database_url, "ann")):
            found = await queue(reviewer)
            assert [item.submission.id.int - 1_000 for item in found.items] == [1, 3, 5, 8]
            assert [item.flags for item in found.items] == [0, 2, 0, 0]
            assert (found.total, found.has_more) == (4, False)
            findings = [[(one.code, one.message, one.score) for one in item.findings] for item in found.items]
            assert findings == [
                [(FindingCode.BURST, BURST["message"], 12.0)],
                [(FindingCode.FLAGGED, 'Flagged by readers 2 times: "Too high for Berlin"; "Odd".', None)],
                [(FindingCode.OUTLIER, OUTLIER["message"], 4.5)],
                [],
            ]


@pytest.mark.parametrize(
    ("finding", "expected"),
    [("outlier", [2, 3]), ("burst", [1, 2]), ("flagged", [3]), ("inconsistent", []), ("likely_duplicate", [])],
)
async def test_the_queue_by_finding(database_url: str, finding: str, expected: list[int]) -> None:
    await submission(database_url, 1, findings=[BURST])
    await submission(database_url, 2, findings=[OUTLIER, BURST])
    await submission(database_url, 3, status="published", record=RECORD)
    await submission(database_url, 4, findings=[])
    await flags(database_url, RECORD, "Odd")
    found = await queue(terminal_reviewer(database_url, "ann"), finding=FindingCode(finding))
    assert [item.submission.id.int - 1_000 for item in found.items] == expected
    assert found.total == len(expected)


async def test_pages_of_submissions_with_equal_times(database_url: str) -> None:
    for number in range(7):
        await submission(database_url, number)
    await execute(database_url, "UPDATE submission SET submitted_at = $1", FIRST)
    reviewer, seen, after, more = terminal_reviewer(database_url, "ann"), [], None, True
    while more:
        page = await queue(reviewer, after=after, first=3)
        seen.append([item.submission.id.int - 1_000 for item in page.items])
        after, more = page.items[-1].cursor, page.has_more
        assert page.total == 7
    assert seen == [[0, 1, 2], [3, 4, 5], [6]]
    assert (await queue(reviewer, after=after)).items == []
    assert (await queue(reviewer, first=0)).has_more


async def test_without_a_valid_token_the_queue_is_empty_and_decisions_are_refused(database_url: str) -> None:
    """Even if the token was never checked: PostgreSQL enforces it."""
    id_ = await submission(database_url, 1)
    async with Database.open(database_url) as database:
        stranger = token_reviewer(database, Moderator(UUID(int=1), "eve", bytes(32)))
        assert (await queue(stranger)).total == 0
        [problem] = (await decide(stranger, id_, ACCEPT, "looks fine")).problems
    assert problem.code is ProblemCode.NOT_FOUND
    assert (await stored(database_url, id_))[0] == "held"


async def test_an_accepted_submission_is_not_held_again(database_url: str) -> None:
    id_ = await submission(database_url, 1)
    async with moderating(database_url) as moderator:
        done = await decide(moderator, id_, ACCEPT, " A known employer pays this. ")
        assert await ids(moderator) == []
    assert not done.problems
    assert done.submission
    assert (done.submission.status, len(done.submission.findings)) == ("accepted", 1)
    assert await stored(database_url, id_) == ("accepted", True, None, None)
    [row] = await fetch(database_url, "SELECT submission, decision, note, reviewer, token, now() - decided_at FROM review")
    assert row[:5] == (id_, "accept", "A known employer pays this.", "ann", moderator.token)
    assert 0 <= row[5].total_seconds() < 60


async def test_a_rejection_is_stored_with_its_reviewer_and_note(database_url: str) -> None:
    id_ = await submission(database_url, 1)
    done = await decide(terminal_reviewer(database_url, "ann"), id_, REJECT, "This is a monthly amount.")
    assert not done.problems
    async with Database.open(database_url) as database:
        seen = await find_by_receipt(database, (1).to_bytes(32, "big"))
    assert seen
    assert seen.status == "rejected"
    reviews = await fetch(database_url, "SELECT decision, note, reviewer, token FROM review")
    assert reviews == [("reject", "This is a monthly amount.", "terminal:ann", None)]


@pytest.mark.parametrize(
    ("decision", "expected"),
    [(ACCEPT, ("published", True, RECORD, 1)), (REJECT, ("rejected", False, RECORD, 1))],
)
async def test_a_decision_resolves_the_flags_of_the_record(
    database_url: str, decision: ReviewDecision, expected: tuple[Any, ...]
) -> None:
    """But not those of other records, nor later ones."""
    id_ = await submission(database_url, 1, status="published", record=RECORD)
    await submission(database_url, 2, status="published", record=UUID(int=78))
    await flags(database_url, RECORD, "Odd", "Very odd")
    await flags(database_url, UUID(int=78), "Odd too")
    async with moderating(database_url) as moderator:
        assert not (await decide(moderator, id_, decision, "It was made up.")).problems
        assert await ids(moderator) == [2]
        [[review_id]] = await fetch(database_url, "SELECT id FROM review")
        settled = await fetch(database_url, "SELECT reason, review FROM flag ORDER BY reason")
        assert settled == [("Odd", review_id), ("Odd too", None), ("Very odd", review_id)]
        assert await stored(database_url, id_) == expected
        await flags(database_url, RECORD, "Still odd")
        assert await ids(moderator) == ([1, 2] if decision is ACCEPT else [2])


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("accepted", "was already accepted"),
        ("rejected", "was already rejected"),
        ("withdrawn", "was withdrawn by its contributor"),
        ("published", "has no unresolved flags"),
    ],
)
async def test_a_submission_that_is_not_pending_cannot_be_decided(database_url: str, status: str, words: str) -> None:
    id_ = await submission(database_url, 1, status=status, record=RECORD if status == "published" else None)
    before = await stored(database_url, id_)
    async with moderating(database_url) as moderator:
        done = await decide(moderator, id_, REJECT, "No good.")
    [problem] = done.problems
    assert (problem.code, problem.field) == (ProblemCode.NOT_ALLOWED, ("id",))
    assert words in problem.message
    assert done.submission
    assert done.submission.status == status
    assert await stored(database_url, id_) == before
    assert await fetch(database_url, "SELECT * FROM review") == []


async def test_an_unknown_submission_cannot_be_decided(database_url: str) -> None:
    done = await decide(terminal_reviewer(database_url, "ann"), UUID(int=1), ACCEPT, "Fine.")
    assert (done.submission, [problem.code for problem in done.problems]) == (None, [ProblemCode.NOT_FOUND])


async def notes(url: str) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in await fetch(url, "SELECT decision, note FROM review ORDER BY decided_at")]


@pytest.mark.parametrize("decision", [ACCEPT, REJECT])
async def test_a_decision_on_a_held_submission_can_be_undone(database_url: str, decision: ReviewDecision) -> None:
    id_ = await submission(database_url, 1)
    async with moderating(database_url) as moderator:
        assert not (await decide(moderator, id_, decision, "At first sight.")).problems
        undone = await decide(moderator, id_, UNDO, "The wrong row.")
        assert not undone.problems
        assert undone.submission
        assert (undone.submission.status, await ids(moderator)) == ("held", [1])
        assert await stored(database_url, id_) == ("held", False, None, None)
        assert not (await decide(moderator, id_, ACCEPT, "On reflection.")).problems
        past = await decisions(moderator, id_)
    expected = [(decision, "At first sight."), (UNDO, "The wrong row."), (ACCEPT, "On reflection.")]
    assert [(one.decision, one.note) for one in past] == expected == await notes(database_url)
    assert {one.reviewer for one in past} == {"ann"}


async def test_an_undone_rejection_of_amended_answers_is_held_as_before(database_url: str) -> None:
    id_ = await submission(database_url, 1, findings=[])
    reviewer = terminal_reviewer(database_url, "ann")
    await decide(reviewer, id_, REJECT, "Made up.")
    assert not (await decide(reviewer, id_, UNDO, "It was not.")).problems
    assert await stored(database_url, id_) == ("held", False, None, None)


@pytest.mark.parametrize("decision", [ACCEPT, REJECT])
async def test_an_undone_decision_on_a_flagged_record_restores_it_with_its_flags(
    database_url: str, decision: ReviewDecision
) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(2)])
    id_ = await submission(database_url, 1, status="published", record=record_id(1))
    await flags(database_url, record_id(1), "Odd", "Very odd")
    await flags(database_url, record_id(0), "Of another record")
    async with moderating(database_url) as moderator:
        assert not (await decide(moderator, id_, decision, "Looked at it.")).problems
        assert await ids(moderator) == []
        assert not (await decide(moderator, id_, UNDO, "Not closely enough.")).problems
        [item] = (await queue(moderator)).items
    assert (item.submission.id, item.flags) == (id_, 2)
    assert await stored(database_url, id_) == ("published", False, record_id(1), 1)


async def test_an_undone_rejection_of_a_record_that_has_left_is_held(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    id_ = await submission(database_url, 1, status="published", record=record_id(0))
    await flags(database_url, record_id(0), "Odd")
    reviewer = terminal_reviewer(database_url, "ann")
    await decide(reviewer, id_, REJECT, "Made up.")
    await execute(database_url, "UPDATE salary_record SET removed_in = 2")
    await execute(database_url, "UPDATE watermark SET edition = 2")
    assert not (await decide(reviewer, id_, UNDO, "It was not.")).problems
    assert (await stored(database_url, id_))[0] == "held"
    assert [item.flags for item in (await queue(reviewer)).items] == [0]


async def test_an_undone_rejection_keeps_the_record_that_is_still_published(database_url: str) -> None:
    """The batch of its base salary has lost the rejected records, that of its total compensation has not yet."""
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(2)])
    id_ = await submission(database_url, 1, status="published", record=record_id(0), total_record=record_id(1))
    await flags(database_url, record_id(1), "Odd")
    reviewer = terminal_reviewer(database_url, "ann")
    await decide(reviewer, id_, REJECT, "Made up.")
    await execute(database_url, "UPDATE salary_record SET removed_in = 2 WHERE id = $1", record_id(0))
    await execute(database_url, "UPDATE watermark SET edition = 2")
    assert not (await decide(reviewer, id_, UNDO, "It was not.")).problems
    assert await stored(database_url, id_) == ("published", False, None, 1)
    assert await fetch(database_url, "SELECT total_record FROM submission") == [(record_id(1),)]
    assert [item.flags for item in (await queue(reviewer)).items] == [1]


@pytest.mark.parametrize("flagged", ["record", "total_record"])
async def test_flags_of_either_record_lead_to_its_submission(database_url: str, flagged: str) -> None:
    id_ = await submission(database_url, 1, status="published", record=RECORD, total_record=UUID(int=78))
    await flags(database_url, RECORD if flagged == "record" else UUID(int=78), "Odd")
    async with moderating(database_url) as moderator:
        [item] = (await queue(moderator)).items
        assert (item.submission.id, item.flags) == (id_, 1)
        assert not (await decide(moderator, id_, REJECT, "Made up.")).problems
        assert await ids(moderator) == []
    assert await fetch(database_url, "SELECT review IS NULL FROM flag") == [(False,)]


async def _publish(url: str, id_: UUID) -> None:
    await execute(
        url, "UPDATE submission SET status = 'published', base_record = $2, published_in = 1 WHERE id = $1", id_, RECORD
    )


async def _amend(url: str, id_: UUID) -> None:
    await execute(url, "UPDATE submission SET status = 'accepted', cleared = false, base_record = NULL WHERE id = $1", id_)


async def _withdraw(url: str, id_: UUID) -> None:
    await execute(url, "UPDATE submission SET status = 'withdrawn', answers = NULL, findings = NULL WHERE id = $1", id_)


async def _nothing(url: str, id_: UUID) -> None:
    assert not (await decide(terminal_reviewer(url, "bea"), id_, UNDO, "Undone before.")).problems


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_publish, "has been published since the last decision"),
        (_amend, "has been changed since the last decision"),
        (_withdraw, "was withdrawn by its contributor"),
        (_nothing, "is waiting for a decision"),
    ],
)
async def test_a_decision_that_was_overtaken_cannot_be_undone(
    database_url: str, happens: Callable[[str, UUID], Awaitable[None]], words: str
) -> None:
    id_ = await submission(database_url, 1)
    reviewer = terminal_reviewer(database_url, "ann")
    await decide(reviewer, id_, ACCEPT, "Fine.")
    await happens(database_url, id_)
    before, past = await stored(database_url, id_), await notes(database_url)
    [problem] = (await decide(reviewer, id_, UNDO, "Not fine.")).problems
    assert (problem.code, problem.field) == (ProblemCode.NOT_ALLOWED, ("id",))
    assert words in problem.message
    assert (await stored(database_url, id_), await notes(database_url)) == (before, past)


@pytest.mark.parametrize("status", ["held", "accepted", "published"])
async def test_without_a_decision_there_is_nothing_to_undo(database_url: str, status: str) -> None:
    id_ = await submission(database_url, 1, status=status)
    [problem] = (await decide(terminal_reviewer(database_url, "ann"), id_, UNDO, "Not fine.")).problems
    assert problem.message == "No decision has been made on this submission, so there is nothing to undo."


async def test_a_flagged_record_whose_answers_were_amended_is_not_published_again_by_undoing(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    id_ = await submission(database_url, 1, status="published", record=record_id(0))
    await flags(database_url, record_id(0), "Odd")
    reviewer = terminal_reviewer(database_url, "ann")
    await decide(reviewer, id_, ACCEPT, "It is right.")
    await _amend(database_url, id_)
    [problem] = (await decide(reviewer, id_, UNDO, "It is not.")).problems
    assert problem.code is ProblemCode.NOT_ALLOWED
    assert (await stored(database_url, id_))[2] is None


@pytest.mark.parametrize("flagged", [False, True])
async def test_of_concurrent_decisions_one_counts(database_url: str, flagged: bool) -> None:
    id_ = await submission(database_url, 1, status="published" if flagged else "held", record=RECORD if flagged else None)
    if flagged:
        await flags(database_url, RECORD, "Odd")
    async with moderating(database_url) as moderator:
        reviewers = [moderator] * 6 + [terminal_reviewer(database_url, "ann")] * 4
        decisions, notes = (ACCEPT, REJECT) * 5, [f"Decision {number}." for number in range(10)]
        done = await asyncio.gather(
            *(decide(who, id_, what, note) for who, what, note in zip(reviewers, decisions, notes, strict=True))
        )
    taken = [number for number, one in enumerate(done) if not one.problems]
    assert len(taken) == 1
    assert {problem.code for one in done for problem in one.problems} == {ProblemCode.NOT_ALLOWED}
    assert await fetch(database_url, "SELECT note, decision FROM review") == [(notes[taken[0]], decisions[taken[0]].value)]
    accepted = "published" if flagged else "accepted"
    assert (await stored(database_url, id_))[0] == (accepted if decisions[taken[0]] is ACCEPT else "rejected")


@pytest.mark.parametrize("note", ["", "  ok  ", "x" * 1_001, "a\x00bc", "\ud800abc"])
async def test_invalid_notes(database_url: str, note: str) -> None:
    id_ = await submission(database_url, 1)
    done = await decide(terminal_reviewer(database_url, "ann"), id_, REJECT, note)
    assert [(problem.code, problem.field) for problem in done.problems] == [(ProblemCode.INVALID, ("note",))]
    assert (await stored(database_url, id_))[0] == "held"


async def test_only_published_records_of_the_edition_can_be_flagged(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(3)])
    await execute(database_url, "UPDATE salary_record SET removed_in = 2 WHERE id = $1", record_id(2))
    async with Database.open(database_url) as database:
        intake = IntakeServices.create(database, Secret(b"a secret"), load_settings().journal_dir, per_hour=0, proof_cost=0)
        assert await flag(intake, record_id(0), " Far too high ", None, "203.0.113.0/24", 1) == []
        assert await flag(intake, record_id(0), "Seen twice", None, "198.51.100.0/24", 1) == []
        for unknown, edition in ((record_id(9), 1), (record_id(2), 2), (None, 1)):
            [problem] = await flag(intake, unknown, "Odd", None, "203.0.113.0/24", edition)
            assert (problem.code, problem.field) == (ProblemCode.NOT_FOUND, ("id",))
        for reason in ("", "no", "x" * 501, "a\x00bc", "\udfffabc"):
            [problem] = await flag(intake, record_id(0), reason, None, "203.0.113.0/24", 1)
            assert (problem.code, problem.field) == (ProblemCode.INVALID, ("reason",))
    assert await fetch(database_url, "SELECT record, reason, review FROM flag ORDER BY reason") == [
        (record_id(0), "Far too high", None),
        (record_id(0), "Seen twice", None),
    ]


async def test_flags_of_imported_records_are_listed_for_the_operator(database_url: str) -> None:
    publish(database_url, [{"base_salary": 100_000 + n} for n in range(4)])
    await submission(database_url, 1, status="published", record=record_id(1))
    await execute(database_url, "UPDATE salary_record SET removed_in = 2 WHERE id = $1", record_id(3))
    await execute(database_url, "UPDATE watermark SET edition = 2")
    await flags(database_url, record_id(0), "Odd")
    await flags(database_url, record_id(1), "A contributor's: for the queue")
    await flags(database_url, record_id(2), "Odd", "Odder", *["Odd as well"] * 10)
    await flags(database_url, record_id(3), "Gone by now")
    found = await flagged_records(terminal_reviewer(database_url, "ann"))
    assert [(one.record, one.flags) for one in found] == [(record_id(2), 12), (record_id(0), 1)]
    assert found[0].reasons[:3] == ["Odd", "Odder", "Odd as well"]
    assert len(found[0].reasons) == 10
    assert found[1].source == "US Department of Labor: labor condition applications"


async def test_the_queue_is_found_without_reading_all_submissions(database_url: str) -> None:
    """Under the policies that a moderator's role has, as PostgreSQL plans both of its statements."""
    await submission(database_url, 1, findings=[BURST])
    await submission(database_url, 2, status="published", findings=[], record=RECORD)
    await flags(database_url, RECORD, "too high")
    await execute(
        database_url,
        "INSERT INTO submission (id, receipt_hash, status, submitted_at, cleared, base_record, total_record, "
        "earlier_records, counted, invited, releases_before, retries) "
        "SELECT gen_random_uuid(), '', 'published', now(), false, gen_random_uuid(), gen_random_uuid(), "
        "'{}', '{}', false, 0, 0 FROM generate_series(1, 20000)",
    )
    await execute(database_url, "ANALYZE submission, flag")
    async with moderating(database_url) as reviewer, reviewer.transaction() as connection:
        for statement, values in ((PAGE, (None, None, None, 21)), (TOTAL, (None,))):
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {statement}", *values))
            assert "on submission" in plan
            assert "Seq Scan on submission" not in plan
        assert await ids(reviewer) == [1, 2]
