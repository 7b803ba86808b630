"""Submissions: stored once per idempotency key, then read, amended and withdrawn with the receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self

from service.errors import DatabaseError, DatabaseUnavailable
from service.intake.access import HourlyLimit, Secret
from service.intake.proof_of_work import already_used, verify
from service.intake.receipt import digest_of, receipt_hash, receipt_of, submission_id
from service.intake.screening import Finding
from service.intake.validation import Problem, ProblemCode
from service.store import submissions
from service.store.database import Database
from service.store.submissions import Proof, Submission, insert_all
from service.vocabulary.answers import SubmissionAnswers

MAX_BATCH = 64
_ROUNDS = 5
"""Iterations of the event loop before a batch is closed. A submission from the network takes four to get here, so those
that arrive together are stored together, in half as many commits."""
_HELD = "A moderator will review it: {reasons}"
_REJECTED_BEFORE = "it was rejected before."

Queued = tuple[Submission, Proof | None, asyncio.Future[datetime | None]]


@dataclass
class BatchWriter:
    """Stores submissions, one transaction at a time: those that arrive while it runs share the next one."""

    database: Database
    _queue: list[Queued] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def store(self, submission: Submission, proof: Proof | None) -> datetime | None:
        """Store a submission and wait for its commit; the time of the commit if it was new.

        None means it may have been stored, now or earlier. Raises DatabaseError if it was not stored, or may not have been.
        """
        stored: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        self._queue.append((submission, proof, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return await stored

    async def _write(self) -> None:
        while self._queue:
            for _ in range(_ROUNDS):
                await asyncio.sleep(0)
            batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
            try:
                await self._write_together(batch)
            except BaseException as error:
                _fail(batch, error)
                if not isinstance(error, Exception):
                    raise

    async def _write_together(self, batch: list[Queued]) -> None:
        try:
            when = await insert_all(self.database, [(submission, proof) for submission, proof, _ in batch])
        except DatabaseUnavailable:
            raise
        except DatabaseError:  # PostgreSQL refuses one of them, which must not affect the others
            await self._write_each(batch)
            return
        for _, _, stored in batch:
            _resolve(stored, when)

    async def _write_each(self, batch: list[Queued]) -> None:
        for submission, proof, stored in batch:
            try:
                _resolve(stored, await insert_all(self.database, [(submission, proof)]))
            except DatabaseError as error:
                _fail([(submission, proof, stored)], error)


def _resolve(stored: asyncio.Future[datetime | None], when: datetime | None) -> None:
    if not stored.done():  # the client may have disconnected
        stored.set_result(when)


def _fail(batch: list[Queued], error: BaseException) -> None:
    for _, _, stored in batch:
        if not stored.done():
            stored.set_exception(error if isinstance(error, Exception) else DatabaseUnavailable("The service is stopping."))


@dataclass(frozen=True, slots=True)
class IntakeServices:
    """The dependencies of intake; a `proof_cost` of 0 requires no proof of work."""

    database: Database
    secret: Secret
    limit: HourlyLimit
    proof_cost: int
    writer: BatchWriter

    @classmethod
    def create(cls, database: Database, secret: Secret, *, per_hour: int, proof_cost: int) -> Self:
        return cls(database, secret, HourlyLimit(per_hour, secret), proof_cost, BatchWriter(database))

    def with_database(self, database: Database) -> Self:
        """The same services with another database handle."""
        return replace(self, database=database, writer=BatchWriter(database))

    async def count_request(self, action: str, network: str) -> list[Problem]:
        """Count a request against its network's hourly limit; a problem if that is exceeded."""
        return await self.limit.check(self.database, action, network)


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """The submission in its current state, with its receipt if it is new or repeated; or the problems of the input."""

    submission: Submission | None = None
    receipt: str | None = None
    problems: Sequence[Problem] = ()


async def check_proof(intake: IntakeServices, payload: str) -> Proof | Problem | None:
    """The proof of work sent with a submission; None if none is required."""
    return await verify(intake.secret, payload) if intake.proof_cost else None


async def submit(
    intake: IntakeServices,
    key: str,
    proof: Proof | Problem | None,
    answers: SubmissionAnswers,
    findings: Sequence[Finding],
) -> SubmissionOutcome:
    """Store a submission, or return the stored one if its key was used with the same answers before.

    A submission that this returns has been committed, and survives any crash.
    """
    receipt, content = receipt_of(intake.secret, key), answers.to_json()
    new = Submission(
        id=submission_id(key),
        status="held" if findings else "accepted",
        reason=reason_of(findings),
        submitted_at=datetime.now(UTC),  # replaced by the time of the commit, by PostgreSQL's clock
        published_in=None,
        answers=content,
        findings=findings_json(findings),
        digest=digest_of(intake.secret, content),
        receipt_hash=receipt.hash,
    )
    if not isinstance(proof, Problem) and (when := await intake.writer.store(new, proof)):
        return SubmissionOutcome(replace(new, submitted_at=when), receipt.text)
    stored = await submissions.replay(intake.database, new.id)
    if stored is None:
        return SubmissionOutcome(problems=[proof if isinstance(proof, Problem) else already_used()])
    return _repeated(stored, new, receipt.text)


def _repeated(stored: Submission, new: Submission, receipt: str) -> SubmissionOutcome:
    if stored.digest not in (None, new.digest):
        message = (
            "This idempotency key was used with other answers. Use a new key, or amend the submission with its receipt."
        )
        return SubmissionOutcome(problems=[Problem(ProblemCode.CONFLICT, message, ("idempotency_key",))])
    is_ours = stored.receipt_hash == new.receipt_hash  # False if the installation's secret has changed
    return SubmissionOutcome(stored, receipt if is_ours and stored.answers else None)


async def find(intake: IntakeServices, receipt: str) -> Submission | None:
    """The submission of a receipt."""
    hashed = receipt_hash(receipt)
    return await submissions.find_by_receipt(intake.database, hashed) if hashed else None


async def amend(
    intake: IntakeServices, stored: Submission, answers: SubmissionAnswers, findings: Sequence[Finding]
) -> SubmissionOutcome:
    """Replace a submission's answers, which are screened and published again.

    A submission that was rejected before is always held for a moderator.
    """
    rejected = stored.status == "rejected"
    changed = replace(
        stored,
        status="held" if findings or rejected else "accepted",
        reason=reason_of(findings) or (_HELD.format(reasons=_REJECTED_BEFORE) if rejected else None),
        answers=answers.to_json(),
        findings=findings_json(findings),
    )
    amended = await submissions.amend(intake.database, changed)
    return SubmissionOutcome(amended) if amended else SubmissionOutcome(problems=[already_withdrawn()])


async def withdraw(intake: IntakeServices, receipt: str) -> SubmissionOutcome:
    """Delete a submission's answers; the next edition drops its record. Repeating this changes nothing."""
    hashed = receipt_hash(receipt)
    withdrawn = await submissions.withdraw(intake.database, hashed) if hashed else None
    return SubmissionOutcome(withdrawn) if withdrawn else SubmissionOutcome(problems=[unknown_receipt()])


def unknown_receipt() -> Problem:
    message = "No submission has this receipt. Check that it has all eight groups of four characters."
    return Problem(ProblemCode.NOT_FOUND, message, ("receipt",))


def already_withdrawn() -> Problem:
    message = "This submission was withdrawn and its answers were deleted. Make a new submission."
    return Problem(ProblemCode.NOT_ALLOWED, message, ("receipt",))


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Findings in the form of the column `submission.findings`."""
    return [{"code": one.code.value, "message": one.message, "score": one.score} for one in findings]


def reason_of(findings: Sequence[Finding]) -> str | None:
    """Why a submission is held, for its contributor; None if there are no findings."""
    return _HELD.format(reasons=" ".join(finding.message for finding in findings)) if findings else None
