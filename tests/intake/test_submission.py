"""Submissions in a real database: stored exactly once, amended and withdrawn with the receipt."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import altcha
import asyncpg
import pytest
from support.parsed_submissions import parsed
from support.sample_tables import numbered_reference
from support.translating_proxy import translating

from service.errors import DatabaseUnavailable, ProblemCode
from service.intake import submission
from service.intake.access import Secret
from service.intake.arrival import Origin
from service.intake.proof_of_work import challenge, verify
from service.intake.screening import Finding, FindingCode
from service.intake.submission import IntakeServices, SubmissionOutcome
from service.intake.validation import Problem, validate
from service.settings import load_settings
from service.store.access import installation_secret
from service.store.database import Database
from service.store.submissions import Proof
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.units import parse_month

REFERENCE = numbered_reference(1)
SECRET = Secret(b"a secret of thirty-two bytes ....")
COST = 5
KEY = "the key of a submission"
ORIGIN = Origin("203.0.113.0/24")
SENDER = (ORIGIN.network, REFERENCE.taxonomy)
FINDING = Finding(FindingCode.OUTLIER, "The base salary is far from the median.", 7.5)


def answers(**more: Any) -> SubmissionAnswers:
    found = validate(parsed(**more), REFERENCE, date(2026, 11, 20))
    assert isinstance(found, SubmissionAnswers)
    return found


def solved(secret: Secret = SECRET) -> str:
    """The payload of a solved challenge, as a browser sends it."""
    unsolved = altcha.Challenge.from_dict(challenge(secret, COST))
    solution = altcha.solve_challenge(unsolved)
    assert solution
    return str(altcha.Payload(unsolved, solution).to_base64())


@asynccontextmanager
async def opened(url: str, per_hour: int = 0) -> AsyncIterator[IntakeServices]:
    async with Database.open(url) as database:
        yield IntakeServices.create(database, SECRET, load_settings().journal_dir, per_hour=per_hour, proof_cost=COST)


async def submitted(
    intake: IntakeServices,
    key: str = KEY,
    payload: str | None = None,
    findings: tuple[Finding, ...] = (),
    **more: Any,
) -> SubmissionOutcome:
    proof = await proof_in(intake, payload)
    return await submission.submit(intake, key, proof, answers(**more), findings, ORIGIN, REFERENCE.taxonomy)


async def proof_in(intake: IntakeServices, payload: str | None = None) -> Proof:
    proof = await submission.check_proof(intake, payload or solved())
    assert isinstance(proof, Proof)
    return proof


async def rows(url: str, sql: str = "SELECT * FROM submission") -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()


def codes(outcome: SubmissionOutcome) -> list[ProblemCode]:
    return [problem.code for problem in outcome.problems]


async def test_concurrent_equal_requests_store_one_submission_with_one_receipt(database_url: str) -> None:
    payload = solved()
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(opened(database_url)) for _ in range(2)]
        outcomes = await asyncio.gather(*(submitted(processes[n % 2], payload=payload) for n in range(50)))
    [row] = await rows(database_url)
    assert {(outcome.submission.id if outcome.submission else None, outcome.receipt) for outcome in outcomes} == {
        (row["id"], outcomes[0].receipt)
    }
    assert outcomes[0].receipt
    assert row["retries"] in (49, 50)  # the first may count as repeated too, if its batch had repetitions
    assert len(await rows(database_url, "SELECT * FROM spent_proof")) == 1


async def test_a_proof_of_work_is_good_for_one_submission(database_url: str) -> None:
    payload = solved()
    async with opened(database_url) as intake:
        outcomes = await asyncio.gather(*(submitted(intake, str(uuid4()), payload) for _ in range(50)))
    assert sorted(map(codes, outcomes)) == [[], *[[ProblemCode.PROOF_REQUIRED]] * 49]
    assert len(await rows(database_url)) == 1


async def test_a_key_used_with_other_answers_is_a_conflict(database_url: str) -> None:
    async with opened(database_url) as intake:
        first = await submitted(intake)
        second = await submitted(intake, base_salary=181_000.0)
    assert (codes(first), codes(second)) == ([], [ProblemCode.CONFLICT])
    assert second.receipt is None
    [row] = await rows(database_url)
    assert '"base": 180000' in row["answers"]


async def test_a_repetition_shows_the_first_proof_of_work_or_a_new_one(database_url: str) -> None:
    """Who knows a key but has neither gets nothing, whatever the answers."""
    first_proof, other_proof, new_proof = solved(), solved(), solved()
    async with opened(database_url) as intake:
        first = await submitted(intake, payload=first_proof)
        other = await submitted(intake, "the key of another submission", other_proof)
        with_first = await submitted(intake, payload=first_proof)
        with_new = await submitted(intake, payload=new_proof)
        again_with_new = await submitted(intake, payload=new_proof)
        with_proof_of_another = await submitted(intake, payload=other_proof)
        guessed = await submitted(intake, base_salary=181_000.0)
        moved = await submitted(intake, "the key of a third submission", new_proof)
    assert other.receipt != first.receipt
    assert {one.receipt for one in (with_first, with_new, again_with_new)} == {first.receipt}
    for refused, code in ((with_proof_of_another, "PROOF_REQUIRED"), (guessed, "CONFLICT"), (moved, "PROOF_REQUIRED")):
        assert ([one.name for one in codes(refused)], refused.receipt, refused.submission) == ([code], None, None)
    assert len(await rows(database_url)) == 2


async def test_an_amendment_needs_a_new_proof_of_work(database_url: str) -> None:
    payload = solved()
    async with opened(database_url) as intake:
        receipt = (await submitted(intake, payload=payload)).receipt or ""
        known = await submission.find(intake, receipt)
        assert known
        again, new = await proof_in(intake, payload), await proof_in(intake)
        outcomes = [
            await submission.amend(intake, known, proof, answers(base_salary=pay), (), *SENDER)
            for proof, pay in ((again, 181_000.0), (new, 182_000.0), (new, 183_000.0))
        ]
        seen = await submission.find(intake, receipt)
    assert list(map(codes, outcomes)) == [[ProblemCode.PROOF_REQUIRED], [], [ProblemCode.PROOF_REQUIRED]]
    assert seen
    assert seen.answers == answers(base_salary=182_000.0).to_json()


@pytest.mark.parametrize("payload", ["", "x", "e30=", "bnVsbA==", "[]", "a" * 5_000, "\ud800", "a\x00b"])
async def test_an_unsolved_challenge_is_rejected(payload: str) -> None:
    problem = await verify(SECRET, payload)
    assert isinstance(problem, Problem)
    assert "/challenge" in problem.message


async def test_a_proof_of_another_service_an_expired_one_and_a_cheaper_one_are_rejected() -> None:
    foreign = await verify(SECRET, solved(Secret(b"another")))
    expired = altcha.create_challenge(
        "PBKDF2/SHA-256", COST, expires_at=datetime.now(UTC) - timedelta(seconds=5), hmac_secret=SECRET.key("proof")
    )
    solution = altcha.solve_challenge(expired)
    assert solution
    old = await verify(SECRET, altcha.Payload(expired, solution).to_base64())
    cheaper = altcha.Challenge.from_dict(challenge(SECRET, COST))
    cheaper.parameters.cost = 1
    found = altcha.solve_challenge(cheaper)
    assert found
    cheap = await verify(SECRET, altcha.Payload(cheaper, found).to_base64())
    assert [isinstance(problem, Problem) for problem in (foreign, old, cheap)] == [True] * 3
    assert isinstance(old, Problem)
    assert "older than 10 minutes" in old.message
    assert isinstance(await verify(SECRET, solved()), Proof)


async def test_a_submission_with_findings_is_held(database_url: str) -> None:
    async with opened(database_url) as intake:
        outcome = await submitted(intake, findings=(FINDING,))
    assert outcome.submission
    assert outcome.submission.status == "held"
    assert outcome.submission.findings == [{"code": "outlier", "message": FINDING.message, "score": 7.5}]


async def test_a_receipt_finds_amends_and_withdraws_the_submission(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        found = await submission.find(intake, f" {receipt.lower()} ")
        assert found
        amended = await submission.amend(intake, found, await proof_in(intake), answers(base_salary=200_000.0), (), *SENDER)
        assert amended.submission
        assert amended.submission.answers == answers(base_salary=200_000.0).to_json()
        again = await submitted(intake)  # the first request once more: neither a conflict nor the old answers
        assert again.submission
        assert (codes(again), again.receipt, again.submission.answers) == ([], receipt, amended.submission.answers)
        gone = await submission.withdraw(intake, receipt)
        assert gone.submission
        assert gone.submission.status == "withdrawn"


async def test_a_withdrawn_submission_keeps_no_answers(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake, employer="Unmistakable Ltd", findings=(FINDING,))).receipt or ""
        known = await submission.find(intake, receipt)
        assert known
        for _ in range(2):
            assert codes(await submission.withdraw(intake, receipt)) == []
        repeated = await submitted(intake, employer="Unmistakable Ltd")
        amended = await submission.amend(intake, known, await proof_in(intake), answers(), (), *SENDER)
        seen = await submission.find(intake, receipt)
    [row] = await rows(database_url)
    deleted = ("answers", "digest", "findings", "base_record", "total_record", "published_in")
    assert {column: row[column] for column in deleted} == dict.fromkeys(deleted)
    assert repeated.submission
    assert (repeated.submission.status, repeated.receipt) == ("withdrawn", None)
    assert codes(amended) == [ProblemCode.NOT_ALLOWED]
    assert seen
    assert seen.status == "withdrawn"


BASE, TOTAL = UUID(int=1), UUID(int=2)
PUBLISH = f"""
    UPDATE submission SET status = 'published', base_record = '{BASE}', total_record = '{TOTAL}', published_in = 1
    RETURNING id
"""
KEPT = {"status": "published", "base_record": BASE, "total_record": TOTAL, "published_in": 1, "earlier_records": []}
WAITS = {"status": "accepted", "base_record": None, "total_record": None, "published_in": None}
ANEW = WAITS | {"earlier_records": [BASE, TOTAL]}


async def amended(url: str, intake: IntakeServices, receipt: str, findings: Sequence[Finding] = (), **more: Any) -> Any:
    """How the submission is linked to records after an amendment, with all its answers in `more`."""
    known = await submission.find(intake, receipt)
    assert known
    outcome = await submission.amend(intake, known, await proof_in(intake), answers(**more), findings, *SENDER)
    assert (codes(outcome), outcome.submission and outcome.submission.answers) == ([], answers(**more).to_json())
    [row] = await rows(url)
    return {column: row[column] for column in KEPT}


async def withdrawn_records(url: str) -> set[UUID]:
    return {row["record"] for row in await rows(url, "SELECT record FROM withdrawn_record")}


@pytest.mark.parametrize(
    "changed",
    [
        {"one": {"work_mode": "remote"}},
        {"one": {"employment_type": "contract"}},
        {"experience": 9},
        {"many": {"skill": ["python"]}},
        {"initial_offer": 170_000.0},
        {"scores": {"job_satisfaction": 3}},
        {},
    ],
)
async def test_an_amendment_of_what_no_record_has_keeps_the_records(database_url: str, changed: dict[str, Any]) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, PUBLISH)
        assert await amended(database_url, intake, receipt, **changed) == KEPT
    assert await withdrawn_records(database_url) == set()


@pytest.mark.parametrize(
    "changed",
    [
        {"one": {"role": "data-scientist"}},
        {"one": {"level": "staff"}},
        {"one": {"metro": "new-york"}},
        {"one": {"metro": "", "country": "de"}, "currency": "EUR"},
        {"currency": "EUR"},
        {"base_salary": 181_000.0},
        {"bonus": 1_000.0},
        {"equity": 1_000.0},
        {"effective": parse_month("2026-04")},
        {"employer": "Acme"},
    ],
)
async def test_a_correction_withdraws_both_records_and_waits_anew(database_url: str, changed: dict[str, Any]) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, PUBLISH)
        await rows(database_url, "INSERT INTO release VALUES (now(), now(), 0, 10) RETURNING edition")
        assert await amended(database_url, intake, receipt, **changed) == ANEW
    assert await withdrawn_records(database_url) == {BASE, TOTAL}
    assert [row["releases_before"] for row in await rows(database_url)] == [1]


async def test_an_amendment_with_findings_is_held_and_withdraws_the_records(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, PUBLISH)
        assert await amended(database_url, intake, receipt, [FINDING]) == ANEW | {"status": "held"}
        assert await amended(database_url, intake, receipt) == ANEW, "it waits without findings"
    assert await withdrawn_records(database_url) == {BASE, TOTAL}


async def test_an_amendment_of_what_waits_begins_the_waiting_anew_only_if_it_changes_records(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, "INSERT INTO release VALUES (now(), now(), 0, 10) RETURNING edition")
        for changed, before in (({"experience": 7}, 0), ({"base_salary": 181_000.0}, 1)):
            assert await amended(database_url, intake, receipt, **changed) == WAITS | {"earlier_records": []}
            assert [row["releases_before"] for row in await rows(database_url)] == [before]


async def test_a_rejected_record_that_is_amended_counts_as_withdrawn(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, PUBLISH)
        await rows(database_url, "UPDATE submission SET status = 'rejected' RETURNING id")
        assert await amended(database_url, intake, receipt) == ANEW | {"status": "held"}
    assert await withdrawn_records(database_url) == {BASE, TOTAL}


async def test_a_withdrawal_keeps_the_records_of_all_versions_and_no_link_to_them(database_url: str) -> None:
    third = UUID(int=3)
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, PUBLISH)
        await amended(database_url, intake, receipt, base_salary=181_000.0)
        await rows(database_url, f"UPDATE submission SET status = 'published', base_record = '{third}' RETURNING id")
        for _ in range(2):
            assert codes(await submission.withdraw(intake, receipt)) == []
    [row] = await rows(database_url)
    unlinked = WAITS | {"status": "withdrawn", "earlier_records": [], "counted": "{}", "answers": None, "digest": None}
    assert {column: row[column] for column in unlinked} == unlinked
    assert await withdrawn_records(database_url) == {BASE, TOTAL, third}


@pytest.mark.parametrize("receipt", ["", "AAAA-" * 7 + "AAAA", "no receipt at all", "x" * 10_000, "\ud800", "a\x00"])
async def test_an_unknown_receipt_is_not_found(database_url: str, receipt: str) -> None:
    async with opened(database_url) as intake:
        assert await submission.find(intake, receipt) is None
        assert codes(await submission.withdraw(intake, receipt)) == [ProblemCode.NOT_FOUND]


async def test_an_amended_rejected_submission_is_held(database_url: str) -> None:
    async with opened(database_url) as intake:
        receipt = (await submitted(intake)).receipt or ""
        await rows(database_url, "UPDATE submission SET status = 'rejected' RETURNING id")
        known = await submission.find(intake, receipt)
        assert known
        amended = await submission.amend(intake, known, await proof_in(intake), answers(base_salary=200_000.0), (), *SENDER)
    assert amended.submission
    assert amended.submission.status == "held"


async def test_the_hourly_limit_is_shared_by_processes_and_says_when_to_try_again(database_url: str) -> None:
    async with AsyncExitStack() as stack:
        processes = [await stack.enter_async_context(opened(database_url, per_hour=10)) for _ in range(2)]

        async def one(n: int, network: str) -> list[Problem]:
            return await processes[n % 2].count_request("submit", network)

        found = await asyncio.gather(*(one(n, "203.0.113.0/24") for n in range(30)))
        elsewhere = await one(0, "198.51.100.0/24")
    refused = [problems[0] for problems in found if problems]
    assert len(refused) == 20
    assert refused[0].code is ProblemCode.RATE_LIMITED
    assert re.search(r"Try again at \d\d:00 UTC, in \d+ minutes?\.$", refused[0].message)
    assert elsewhere == []
    assert "203.0.113" not in str(await rows(database_url, "SELECT * FROM rate"))


async def test_all_processes_share_one_secret(database_url: str) -> None:
    async with opened(database_url) as one, opened(database_url) as other:
        found = await asyncio.gather(*(installation_secret(intake.database) for intake in (one, other) for _ in range(10)))
    assert len(set(found)) == 1
    assert len(found[0]) == 32


async def _cancel_waiting(owner: asyncpg.Connection) -> None:
    """Cancel the next wait for a standby, as an operator may."""
    waiting = "SELECT bool_or(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    async with asyncio.timeout(30):
        while not await owner.fetchval(waiting):  # noqa: ASYNC110 (PostgreSQL has no event for it)
            await asyncio.sleep(0)


GERMAN = {
    "S": "WARNUNG",
    "M": "storniere Warten auf synchrone Replikation wegen Benutzeraufforderung",
    "D": "Die Transaktion wurde lokal bereits committet, aber möglicherweise noch nicht zum Standby repliziert.",
}
"""What PostgreSQL says then with lc_messages = de_DE."""


@pytest.mark.parametrize("texts", [{}, GERMAN], ids=["english", "german"])
async def test_a_submission_that_no_standby_confirmed_is_not_acknowledged(database_url: str, texts: dict[str, str]) -> None:
    """PostgreSQL has committed by then and only warns. A repetition writes too, so it also waits for the standby."""
    owner = await asyncpg.connect(database_url, server_settings={"synchronous_commit": "off"})
    name = await owner.fetchval("SELECT current_database()")
    await owner.execute(f"ALTER DATABASE {name} SET synchronous_commit = 'on'")
    await owner.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
    async with translating(database_url, texts) as url, Database.open(url) as database:
        intake = IntakeServices.create(database, SECRET, load_settings().journal_dir, per_hour=0, proof_cost=0)
        try:
            await owner.execute("SELECT pg_reload_conf()")
            for _ in range(2):
                answer = asyncio.create_task(submission.submit(intake, KEY, None, answers(), (), ORIGIN, REFERENCE.taxonomy))
                await _cancel_waiting(owner)
                with pytest.raises(DatabaseUnavailable, match="standby"):
                    await answer
        finally:
            await owner.execute("ALTER SYSTEM RESET synchronous_standby_names")
            await owner.execute("SELECT pg_reload_conf()")
            await owner.close()
        again = await submission.submit(intake, KEY, None, answers(), (), ORIGIN, REFERENCE.taxonomy)
    assert codes(again) == []
    assert len(await rows(database_url)) == 1
