"""Contributing: a submission is taken in once, seen, amended and withdrawn by its receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from service.intake.batching import Batches
from service.intake.limit import Limit
from service.intake.problem import Problem, ProblemCode
from service.intake.proof_of_work import spent, verified
from service.intake.receipt import digest_of, receipt_hash, receipt_of, submission_id
from service.intake.screening import Finding
from service.intake.secret import Secret
from service.store import submissions
from service.store.database import Database
from service.store.submissions import Proof, Submission
from service.vocabulary.answers import Answers

_HELD = "A moderator looks at it first: {reasons}"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where submissions are taken in; `proof_cost` 0 asks for no proof of work."""

    database: Database
    secret: Secret
    limit: Limit
    proof_cost: int
    batches: Batches


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: a submission, with its receipt where it was just given, or what is wrong."""

    submission: Submission | None = None
    receipt: str | None = None
    problems: Sequence[Problem] = ()


async def proven(desk: Desk, payload: str) -> Proof | Problem | None:
    """The proof of work that came with a submission; None where none is asked for."""
    return await verified(desk.secret, payload) if desk.proof_cost else None


async def submit(
    desk: Desk, key: str, proof: Proof | Problem | None, answers: Answers, findings: Sequence[Finding]
) -> Outcome:
    """Keep a submission, or give the first answer again where its key was used for the same answers before.

    What this returns a submission of has been committed, and is there after any crash.
    """
    receipt, told = receipt_of(desk.secret, key), answers.to_json()
    fresh = Submission(
        id=submission_id(key),
        status="held" if findings else "accepted",
        reason=reason_of(findings),
        submitted_at=datetime.now(UTC),  # until PostgreSQL has told the moment by its clock
        published_in=None,
        answers=told,
        findings=findings_json(findings),
        digest=digest_of(desk.secret, told),
        receipt_hash=receipt.hash,
    )
    if not isinstance(proof, Problem) and (when := await desk.batches.take(fresh, proof)):
        return Outcome(replace(fresh, submitted_at=when), receipt.text)
    known = await submissions.retried(desk.database, fresh.id)
    if known is None:
        return Outcome(problems=[proof if isinstance(proof, Problem) else spent()])
    return _again(known, fresh, receipt.text)


def _again(known: Submission, fresh: Submission, receipt: str) -> Outcome:
    if known.digest not in (None, fresh.digest):
        message = "This idempotency key came with other answers before; use a new key, or amend the first by its receipt."
        return Outcome(problems=[Problem(ProblemCode.CONFLICT, message, ("idempotency_key",))])
    ours = known.receipt_hash == fresh.receipt_hash  # not where the installation's secret is another by now
    return Outcome(known, receipt if ours and known.answers else None)


async def seen(desk: Desk, receipt: str) -> Submission | None:
    """The submission of a receipt."""
    hashed = receipt_hash(receipt)
    return await submissions.by_receipt(desk.database, hashed) if hashed else None


async def amend(desk: Desk, known: Submission, answers: Answers, findings: Sequence[Finding]) -> Outcome:
    """Put other answers in place of those of a submission; they are screened and published anew. One that was rejected waits
    for a moderator whatever it says now."""
    rejected = known.status == "rejected"
    changed = replace(
        known,
        status="held" if findings or rejected else "accepted",
        reason=reason_of(findings) or (_HELD.format(reasons="it was rejected before.") if rejected else None),
        answers=answers.to_json(),
        findings=findings_json(findings),
    )
    found = await submissions.amend(desk.database, changed)
    return Outcome(found) if found else Outcome(problems=[no_more()])


async def withdraw(desk: Desk, receipt: str) -> Outcome:
    """Delete what a submission told; its record is gone from the next edition on. Doing it again changes nothing."""
    hashed = receipt_hash(receipt)
    found = await submissions.withdraw(desk.database, hashed) if hashed else None
    return Outcome(found) if found else Outcome(problems=[unknown_receipt()])


def unknown_receipt() -> Problem:
    message = "No submission has this receipt; see that all eight groups of four are there."
    return Problem(ProblemCode.NOT_FOUND, message, ("receipt",))


def no_more() -> Problem:
    message = "This submission was withdrawn and nothing of it is left; make a new one."
    return Problem(ProblemCode.NOT_ALLOWED, message, ("receipt",))


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """As `submission.findings` holds them."""
    return [{"code": one.code.value, "message": one.message, "score": one.score} for one in findings]


def reason_of(findings: Sequence[Finding]) -> str | None:
    """Why a submission is held, in words for its contributor; None where nothing is doubtful."""
    return _HELD.format(reasons=" ".join(finding.message for finding in findings)) if findings else None
