"""Submissions against a real database: taken in once whatever happens, amended and withdrawn by receipt."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import altcha
import asyncpg
import pytest
from support.parsed_submissions import told
from support.sample_tables import numbered

from service.errors import DatabaseUnavailable
from service.intake import submission
from service.intake.submission import BatchWriter
from service.intake.submission import IntakeServices, Outcome
from service.intake.access import HourlyLimit
from service.intake.validation import Problem, ProblemCode
from service.intake.proof_of_work import challenge, verify
from service.intake.screening import Finding, FindingCode
from service.intake.access import Secret
from service.intake.validation import validate
from service.store.database import Database
from service.store.access import installation_secret
from service.store.submissions import Proof
from service.vocabulary.answers import SubmissionAnswers

REFERENCE = numbered(1)
SECRET = Secret(b"a secret of thirty-two bytes ....")
COST = 5
DOUBT = Finding(FindingCode.OUTLIER, "The pay is far from that of others.", 7.5)


def answers(**more: Any) -> SubmissionAnswers:
    found = validate(told(**more), REFERENCE, date(2026, 11, 20))
    assert isinstance(found, SubmissionAnswers)
    return found


def solved(secret: Secret = SECRET) -> str:
    """A solved challenge, as a browser sends it."""
    posed = altcha.Challenge.from_dict(challenge(secret, COST))
    solution = altcha.solve_challenge(posed)
    assert solution
    return str(altcha.Payload(posed, solution).to_base64())


@asynccontextmanager
async def desk(url: str, per_hour: int = 0) -> AsyncIterator[IntakeServices]:
    async with Database.open(url) as database:
        yield IntakeServices(database, SECRET, HourlyLimit(per_hour, SECRET), COST, BatchWriter(database))


async def submitted(
    at: IntakeServices, key: str = "a key of sixteen", payload: str | None = None, doubts: tuple[Finding, ...] = (), **more: Any
) -> Outcome:
    proof = await submission.check_proof(at, payload or solved())
    return await submission.submit(at, key, proof, answers(**more), doubts)


async def rows(url: str, sql: str = "SELECT * FROM submission") -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


def codes(outcome: Outcome) -> list[ProblemCode]:
    return [problem.code for problem in outcome.problems]


async def test_fifty_equal_requests_at_once_are_one_submission_with_one_receipt(database_url: str) -> None:
    payload = solved()
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk(database_url)) for _ in range(2)]  # as two processes would
        outcomes = await asyncio.gather(*(submitted(desks[n % 2], payload=payload) for n in range(50)))
    [row] = await rows(database_url)
    assert {(outcome.submission.id if outcome.submission else None, outcome.receipt) for outcome in outcomes} == {
        (row["id"], outcomes[0].receipt)
    }
    assert outcomes[0].receipt
    assert row["retries"] in (49, 50)  # the first may be looked at again too, when its batch held repetitions
    assert len(await rows(database_url, "SELECT * FROM spent_proof")) == 1


async def test_one_proof_at_once_under_fifty_keys_is_one_submission(database_url: str) -> None:
    payload = solved()
    async with desk(database_url) as at:
        outcomes = await asyncio.gather(*(submitted(at, str(uuid4()), payload) for _ in range(50)))
    assert sorted(map(codes, outcomes)) == [[], *[[ProblemCode.PROOF_REQUIRED]] * 49]
    assert len(await rows(database_url)) == 1


async def test_the_same_key_with_other_answers_is_a_conflict_and_changes_nothing(database_url: str) -> None:
    async with desk(database_url) as at:
        first = await submitted(at)
        second = await submitted(at, base_salary=181_000.0)
    assert (codes(first), codes(second)) == ([], [ProblemCode.CONFLICT])
    assert second.receipt is None
    [row] = await rows(database_url)
    assert '"base": 180000' in row["answers"]


async def test_a_lost_answer_is_given_again_even_when_its_proof_is_too_old(database_url: str) -> None:
    async with desk(database_url) as at:
        first = await submitted(at)
        again = await submission.submit(
            at, "a key of sixteen", Problem(ProblemCode.PROOF_REQUIRED, "Too old."), answers(), ()
        )
        fresh = await submission.submit(
            at, "another key of sixteen", Problem(ProblemCode.PROOF_REQUIRED, "Too old."), answers(), ()
        )
    assert (again.receipt, codes(again)) == (first.receipt, [])
    assert codes(fresh) == [ProblemCode.PROOF_REQUIRED]


@pytest.mark.parametrize("payload", ["", "x", "e30=", "bnVsbA==", "[]", "a" * 5_000, "\ud800", "a\x00b"])
async def test_what_is_no_solved_challenge_is_refused(payload: str) -> None:
    problem = await verify(SECRET, payload)
    assert isinstance(problem, Problem)
    assert "/challenge" in problem.message


async def test_a_proof_of_another_service_an_old_one_and_a_cheaper_one_are_refused() -> None:
    foreign = await verify(SECRET, solved(Secret(b"another")))
    posed = altcha.create_challenge(
        "PBKDF2/SHA-256", COST, expires_at=datetime.now(UTC) - timedelta(seconds=5), hmac_secret=SECRET.key("proof")
    )
    solution = altcha.solve_challenge(posed)
    assert solution
    old = await verify(SECRET, altcha.Payload(posed, solution).to_base64())
    cheaper = altcha.Challenge.from_dict(challenge(SECRET, COST))
    cheaper.parameters.cost = 1
    found = altcha.solve_challenge(cheaper)
    assert found
    cheap = await verify(SECRET, altcha.Payload(cheaper, found).to_base64())
    assert [isinstance(problem, Problem) for problem in (foreign, old, cheap)] == [True] * 3
    assert isinstance(old, Problem)
    assert "older than 10 minutes" in old.message
    assert isinstance(await verify(SECRET, solved()), Proof)


async def test_what_was_doubted_is_held_with_its_reason(database_url: str) -> None:
    async with desk(database_url) as at:
        outcome = await submitted(at, doubts=(DOUBT,))
    assert outcome.submission
    assert (outcome.submission.status, DOUBT.message in (outcome.submission.reason or "")) == ("held", True)


async def test_the_receipt_shows_amends_and_withdraws(database_url: str) -> None:
    async with desk(database_url) as at:
        receipt = (await submitted(at)).receipt or ""
        seen = await submission.find(at, f" {receipt.lower()} ")
        assert seen
        amended = await submission.amend(at, seen, answers(base_salary=200_000.0), ())
        assert amended.submission
        assert amended.submission.answers == answers(base_salary=200_000.0).to_json()
        again = await submitted(at)  # the first request once more: neither a conflict nor the old answers
        assert again.submission
        assert (codes(again), again.receipt, again.submission.answers) == ([], receipt, amended.submission.answers)
        gone = await submission.withdraw(at, receipt)
        assert gone.submission
        assert gone.submission.status == "withdrawn"


async def test_nothing_of_a_withdrawn_submission_is_left_but_its_place(database_url: str) -> None:
    async with desk(database_url) as at:
        receipt = (await submitted(at, employer="Unmistakable Ltd", doubts=(DOUBT,))).receipt or ""
        known = await submission.find(at, receipt)
        assert known
        for _ in range(2):
            assert codes(await submission.withdraw(at, receipt)) == []
        repeated = await submitted(at, employer="Unmistakable Ltd")
        amended = await submission.amend(at, known, answers(), ())
        seen = await submission.find(at, receipt)
    [row] = await rows(database_url)
    told_of = ("answers", "digest", "findings", "reason", "record", "published_in")
    assert {column: row[column] for column in told_of} == dict.fromkeys(told_of)
    assert repeated.submission
    assert (repeated.submission.status, repeated.receipt) == ("withdrawn", None)
    assert codes(amended) == [ProblemCode.NOT_ALLOWED]
    assert seen
    assert seen.status == "withdrawn"


@pytest.mark.parametrize("receipt", ["", "AAAA-" * 7 + "AAAA", "no receipt at all", "x" * 10_000, "\ud800", "a\x00"])
async def test_a_receipt_that_was_never_given_is_told(database_url: str, receipt: str) -> None:
    async with desk(database_url) as at:
        assert await submission.find(at, receipt) is None
        assert codes(await submission.withdraw(at, receipt)) == [ProblemCode.NOT_FOUND]


async def test_an_amendment_of_what_was_rejected_waits_for_a_moderator(database_url: str) -> None:
    async with desk(database_url) as at:
        receipt = (await submitted(at)).receipt or ""
        await rows(database_url, "UPDATE submission SET status = 'rejected' RETURNING id")
        known = await submission.find(at, receipt)
        assert known
        amended = await submission.amend(at, known, answers(base_salary=200_000.0), ())
    assert amended.submission
    assert (amended.submission.status, "rejected before" in (amended.submission.reason or "")) == ("held", True)


async def test_a_limit_holds_for_a_network_in_all_processes_and_says_when_to_try_again(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        desks = [await stack.enter_async_context(desk(database_url, per_hour=10)) for _ in range(2)]

        async def one(n: int, network: str) -> list[Problem]:
            return await desks[n % 2].count_request("submit", network)

        found = await asyncio.gather(*(one(n, "203.0.113.0/24") for n in range(30)))
        elsewhere = await one(0, "198.51.100.0/24")
    refused = [problems[0] for problems in found if problems]
    assert len(refused) == 20
    assert refused[0].code is ProblemCode.RATE_LIMITED
    assert "try again at" in refused[0].message
    assert elsewhere == []
    kept = str(await rows(database_url, "SELECT * FROM rate"))
    assert "203.0.113" not in kept


async def test_the_secret_is_one_for_all_processes(database_url: str) -> None:
    async with desk(database_url) as one, desk(database_url) as other:
        found = await asyncio.gather(*(installation_secret(at.database) for at in (one, other) for _ in range(10)))
    assert len(set(found)) == 1
    assert len(found[0]) == 32


async def _cancel_waiting(owner: asyncpg.Connection) -> None:
    """Have PostgreSQL give up each wait for a standby, as an operator may."""
    waiting = "SELECT bool_or(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    while not await owner.fetchval(waiting):  # noqa: ASYNC110 (PostgreSQL sets no event of ours)
        await asyncio.sleep(0)


async def test_what_no_standby_confirmed_is_not_acknowledged(database_url: str) -> None:
    """PostgreSQL has committed by then, and only warns. A repetition writes, so it has to wait for the standby as well."""
    owner = await asyncpg.connect(database_url, server_settings={"synchronous_commit": "off"})
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'on'")
    await owner.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    async with Database.open(database_url) as database:
        at = IntakeServices(database, SECRET, HourlyLimit(0, SECRET), 0, BatchWriter(database))
        try:
            await owner.execute("SELECT pg_reload_conf()")
            for _ in range(2):
                answer = asyncio.create_task(submission.submit(at, "a key of sixteen", None, answers(), ()))
                await _cancel_waiting(owner)
                with pytest.raises(DatabaseUnavailable, match="send the same request again"):
                    await answer
        finally:
            await owner.execute("ALTER SYSTEM RESET synchronous_standby_names")
            await owner.execute("SELECT pg_reload_conf()")
            await owner.close()
        again = await submission.submit(at, "a key of sixteen", None, answers(), ())
    assert codes(again) == []
    assert len(await rows(database_url)) == 1
