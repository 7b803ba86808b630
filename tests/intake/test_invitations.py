"""Invitations in a real database: each is good for one submission, which counts in place of its network."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
import pytest
from support.parsed_submissions import parsed
from support.sample_tables import numbered_reference

from service.errors import ProblemCode
from service.intake import submission
from service.intake.access import Secret
from service.intake.arrival import CurrentKey, Origin
from service.intake.contribution_rules import ContributionRules
from service.intake.counting import CountingKey
from service.intake.invitations import (
    create_invitations,
    parse_invitation,
    revoke_invitations,
    unusable_invitation,
)
from service.intake.submission import IntakeServices, SubmissionOutcome
from service.intake.validation import Problem, validate
from service.store.database import Database
from service.store.submissions import Proof, find_by_receipt
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import INVITATION_SCHEDULE
from service.vocabulary.factors import Factor

REFERENCE = numbered_reference(1)
NETWORK = "203.0.113.0/24"
YEAR = datetime.now(UTC).year
EVERY = {kind.value: YEAR for kind in INVITATION_SCHEDULE}
_FAMILY = REFERENCE.taxonomy[REFERENCE.taxonomy.root(REFERENCE.taxonomy.find(Factor.ROLE, "machine-learning-engineer").id)]
SIBLING = next(one.code for one in REFERENCE.taxonomy.children(_FAMILY) if one.code != "machine-learning-engineer")
"""Another role of the family of the default role."""


def answers(**one: str) -> SubmissionAnswers:
    found = validate(parsed(one), REFERENCE, date(2026, 11, 20))
    assert isinstance(found, SubmissionAnswers)
    return found


@pytest.fixture
async def intake(database_url: str, tmp_path: Path) -> AsyncIterator[IntakeServices]:
    async with opened(database_url, tmp_path) as found:
        yield found


@asynccontextmanager
async def opened(url: str, folder: Path) -> AsyncIterator[IntakeServices]:
    async with Database.open(url) as database:
        found = IntakeServices.create(database, Secret(b"a secret"), folder, per_hour=0, proof_cost=0)
        await found.key.get()
        yield found


async def send(
    intake: IntakeServices, invitation: str | None, key: str = "", proof: Proof | None = None, **one: str
) -> SubmissionOutcome:
    origin = intake.origin(NETWORK, invitation)
    if isinstance(origin, Problem):
        return SubmissionOutcome(problems=[origin])
    return await submission.submit(intake, key or str(uuid4()), proof, answers(**one), (), origin, REFERENCE.taxonomy)


def proof() -> Proof:
    return Proof(uuid4().bytes, datetime.now(UTC) + timedelta(minutes=10))


async def rows(url: str, sql: str) -> list[tuple[object, ...]]:
    owner = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await owner.fetch(sql)]
    finally:
        await owner.close()


async def invited(url: str) -> list[tuple[bool, dict[str, int]]]:
    """Of each submission, in the order of arrival, whether it came by invitation, and the years in which it counts."""
    found = await rows(url, "SELECT invited, counted FROM submission ORDER BY submitted_at")
    return [(bool(by), orjson.loads(str(years))) for by, years in found]


def refused(outcome: SubmissionOutcome) -> bool:
    return list(outcome.problems) == [unusable_invitation()] and outcome.submission is None


async def test_an_invitation_is_good_for_one_submission(database_url: str, intake: IntakeServices) -> None:
    [code] = await create_invitations(database_url, 1)
    assert (await send(intake, f" {code.upper()} ")).receipt
    assert refused(await send(intake, code))
    assert await invited(database_url) == [(True, EVERY)]
    assert await rows(database_url, "SELECT used FROM invitation") == [(True,)]
    assert await rows(database_url, "SELECT * FROM counting_mark") == []


async def test_it_takes_the_place_of_the_network(database_url: str, intake: IntakeServices) -> None:
    """Which may then still count by itself, once."""
    codes = await create_invitations(database_url, 2)
    for invitation in (codes[0], None, None, codes[1]):
        assert (await send(intake, invitation)).receipt
    by_network = {kind: YEAR for kind in EVERY if not kind.startswith(("employer", "metro"))}
    assert await invited(database_url) == [(True, EVERY), (False, by_network), (False, {}), (True, EVERY)]


async def test_used_revoked_and_unknown_ones_are_refused_alike(database_url: str, intake: IntakeServices) -> None:
    used, revoked, left = await create_invitations(database_url, 3)
    await send(intake, used)
    assert await revoke_invitations(database_url, [revoked]) == 1
    unknown = f"pri_{'a' * 26}"
    assert all([refused(await send(intake, code)) for code in (used, revoked, unknown, "pri_", "\ud800", "x" * 10_000)])
    assert (await send(intake, left)).receipt
    assert len(await invited(database_url)) == 2


async def test_a_refused_invitation_spends_no_proof(database_url: str, intake: IntakeServices) -> None:
    """The same request with another invitation then works."""
    used, left = await create_invitations(database_url, 2)
    await send(intake, used)
    key, one = str(uuid4()), proof()
    assert refused(await send(intake, used, key, one))
    assert (await send(intake, left, key, one)).receipt


async def test_a_proof_that_was_spent_before_uses_up_no_invitation(database_url: str, intake: IntakeServices) -> None:
    [code], one = await create_invitations(database_url, 1), proof()
    assert (await send(intake, None, proof=one)).receipt
    outcome = await send(intake, code, proof=one)
    assert [problem.code for problem in outcome.problems] == [ProblemCode.PROOF_REQUIRED]
    assert (await send(intake, code)).receipt


async def test_a_repetition_with_the_used_invitation_returns_the_receipt(database_url: str, intake: IntakeServices) -> None:
    code, other = await create_invitations(database_url, 2)
    key, one = str(uuid4()), proof()
    first = await send(intake, code, key, one)
    again = [
        await send(intake, invitation, key, shown) for invitation, shown in ((code, one), (code, proof()), (other, proof()))
    ]
    assert first.receipt
    assert {outcome.receipt for outcome in again} == {first.receipt}
    assert await invited(database_url) == [(True, EVERY)]
    assert (await send(intake, other)).receipt  # the repetition has not used it up


async def test_one_invitation_used_many_times_at_once(database_url: str, tmp_path: Path) -> None:
    """In batches of two processes."""
    [code] = await create_invitations(database_url, 1)
    async with AsyncExitStack() as stack:
        both = [await stack.enter_async_context(opened(database_url, tmp_path)) for _ in range(2)]
        outcomes = await asyncio.gather(*(send(both[n % 2], code, proof=proof()) for n in range(60)))
    assert sorted(map(refused, outcomes)) == [False] + [True] * 59
    assert await invited(database_url) == [(True, EVERY)]


async def test_a_refused_invitation_affects_no_other_submission_of_its_batch(
    database_url: str, intake: IntakeServices
) -> None:
    unknown = f"pri_{'a' * 26}"
    outcomes = await asyncio.gather(send(intake, None), send(intake, unknown), send(intake, None, level="staff"))
    assert [refused(outcome) for outcome in outcomes] == [False, True, False]
    assert all(outcome.receipt for outcome in outcomes if outcome.submission)
    assert len(await invited(database_url)) == 2


async def test_a_service_by_invitation_asks_for_one(intake: IntakeServices) -> None:
    closed = replace(intake, rules=ContributionRules(invitation_required=True))
    for missing in (None, "", "  "):
        [problem] = (await send(closed, missing)).problems
        assert (problem.code, problem.field) == (ProblemCode.REQUIRED, ("invitation",))
        assert intake.origin(NETWORK, missing) == Origin(NETWORK)


async def test_an_invited_amendment_counts_everywhere(database_url: str, intake: IntakeServices) -> None:
    """Anew in other classes, in the year of the key then; the years of the others stay."""
    [code] = await create_invitations(database_url, 1)
    sent = (await send(intake, code)).submission
    assert sent
    known = await find_by_receipt(intake.database, sent.receipt_hash)
    assert known
    assert known.invited
    later = replace(intake, key=CurrentKey(Path("unused"), CountingKey(YEAR + 1, bytes(range(32)))))
    changed = answers(role=SIBLING, level="staff")
    outcome = await submission.amend(later, known, None, changed, (), NETWORK, REFERENCE.taxonomy)
    assert outcome.submission
    anew = [kind for kind in EVERY if "role" in kind]
    assert outcome.submission.counted == EVERY | dict.fromkeys(anew, YEAR + 1)
    assert await rows(database_url, "SELECT * FROM counting_mark") == []


def test_the_hash_of_an_invitation_is_stored_not_the_code() -> None:
    code = f"pri_{'b' * 26}"
    found = parse_invitation(code, required=True)
    assert isinstance(found, bytes)
    assert found == parse_invitation(f"{code[:10]} {code[10:]}\n", required=False)
    assert code.encode() not in found
