"""Submissions: stored once per idempotency key, then read, amended and withdrawn with the receipt."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from service.errors import DatabaseError, DatabaseUnavailable, ProblemCode
from service.intake.access import HourlyLimit, Secret
from service.intake.arrival import CurrentKey, Origin, count_amendment, count_arrival
from service.intake.contribution_rules import ContributionRules
from service.intake.invitations import parse_invitation, unusable_invitation
from service.intake.proof_of_work import already_used, verify
from service.intake.receipt import digest_of, receipt_hash, receipt_of, submission_id
from service.intake.screening import Finding
from service.intake.validation import Problem
from service.store import submissions
from service.store.database import Database
from service.store.journal import OpenJournal
from service.store.submissions import Arrival, Proof, Submission, insert_all
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.contribution_class import CLASS_FACTORS
from service.vocabulary.taxonomy import Taxonomy

MAX_BATCH = 64
_ROUNDS = 5
"""Iterations of the event loop before a batch is closed. A submission from the network takes four to get here, so those
that arrive together are stored together, in half as many commits."""

Queued = tuple[Arrival, asyncio.Future[datetime | None]]


@dataclass
class BatchWriter:
    """Stores submissions, one transaction at a time: those that arrive while it runs share the next one."""

    database: Database
    _queue: list[Queued] = field(default_factory=list)
    _writer: asyncio.Task[None] | None = None

    async def store(self, new: Arrival) -> datetime | None:
        """Store a submission and wait for its commit; the time of the commit if it was new.

        None means it may have been stored, now or earlier. Raises DatabaseError if it was not stored, or may not have been.
        """
        stored: asyncio.Future[datetime | None] = asyncio.get_running_loop().create_future()
        self._queue.append((new, stored))
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
            when = await insert_all(self.database, [new for new, _ in batch])
        except DatabaseUnavailable:
            raise
        except DatabaseError:  # PostgreSQL refuses one of them, which must not affect the others
            await self._write_each(batch)
            return
        for _, stored in batch:
            _resolve(stored, when)

    async def _write_each(self, batch: list[Queued]) -> None:
        for new, stored in batch:
            try:
                _resolve(stored, await insert_all(self.database, [new]))
            except DatabaseError as error:
                _fail([(new, stored)], error)


def _resolve(stored: asyncio.Future[datetime | None], when: datetime | None) -> None:
    if not stored.done():  # the client may have disconnected
        stored.set_result(when)


def _fail(batch: list[Queued], error: BaseException) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error if isinstance(error, Exception) else DatabaseUnavailable("The service is stopping."))


@dataclass(frozen=True, slots=True)
class IntakeServices:
    """The dependencies of intake; a `proof_cost` of 0 requires no proof of work."""

    database: Database
    secret: Secret
    limit: HourlyLimit
    proof_cost: int
    key: CurrentKey
    rules: ContributionRules
    journal: OpenJournal
    writer: BatchWriter

    @classmethod
    def create(
        cls,
        database: Database,
        secret: Secret,
        journal_dir: Path,
        *,
        per_hour: int,
        proof_cost: int,
        rules: ContributionRules | None = None,
    ) -> Self:
        limit, key, journal = HourlyLimit(per_hour, secret), CurrentKey(journal_dir), OpenJournal(database, journal_dir)
        return cls(database, secret, limit, proof_cost, key, rules or ContributionRules(), journal, BatchWriter(database))

    def with_database(self, database: Database) -> Self:
        """The same services with another database handle."""
        return replace(self, database=database, writer=BatchWriter(database))

    async def count_request(self, action: str, network: str) -> list[Problem]:
        """Count a request against its network's hourly limit; a problem if that is exceeded."""
        return await self.limit.check(self.database, action, network)

    def is_new(self, submission: Submission) -> bool:
        """Whether no release has been due since a submission arrived."""
        calendar = self.rules.calendar
        return calendar.number(submission.submitted_at) == calendar.number(datetime.now(UTC))

    def origin(self, network: str, invitation: str | None) -> Origin | Problem:
        """What a new submission counts by, or the problem with its invitation as far as its text shows it."""
        found = parse_invitation(invitation, required=self.rules.invitation_required)
        return found if isinstance(found, Problem) else Origin(network, found)


@dataclass(frozen=True, slots=True)
class SubmissionOutcome:
    """The submission in its current state, with its receipt if it is new or repeated; or the problems of the input."""

    submission: Submission | None = None
    receipt: str | None = None
    problems: Sequence[Problem] = ()


async def check_proof(intake: IntakeServices, payload: str) -> Proof | Problem | None:
    """The proof of work sent with a request, or what is wrong with it; None if none is required."""
    return await verify(intake.secret, payload) if intake.proof_cost else None


async def submit(
    intake: IntakeServices,
    key: str,
    proof: Proof | None,
    answers: SubmissionAnswers,
    findings: Sequence[Finding],
    origin: Origin,
    taxonomy: Taxonomy,
) -> SubmissionOutcome:
    """Store a submission, or return the stored one if its key was used with the same answers before.

    A repetition needs a proof of work too: the first one, which was spent for this submission, or a new one. It counts
    nothing and uses up no invitation. A submission that this returns has been committed, and survives any crash.
    """
    receipt, content = receipt_of(intake.secret, key), answers.to_json()
    counting = count_arrival(await intake.key.get(), origin, answers, taxonomy)
    new = Submission(
        id=submission_id(key),
        status="held" if findings else "accepted",
        submitted_at=datetime.now(UTC),  # replaced by the time of the commit, by PostgreSQL's clock
        published_in=None,
        answers=content,
        findings=findings_json(findings),
        digest=digest_of(intake.secret, content),
        receipt_hash=receipt.hash,
        counted=counting.counted,
    )
    if when := await intake.writer.store(Arrival(new, proof, origin.invitation, counting.year, counting.marks)):
        return SubmissionOutcome(replace(new, submitted_at=when), receipt.text)
    stored = await submissions.replay(intake.database, new.id, proof)
    if stored:
        return _repeated(stored, new, receipt.text)
    is_unproven = not origin.invitation or await submissions.is_spent_for_another(intake.database, proof, new.id)
    return SubmissionOutcome(problems=[already_used() if is_unproven else unusable_invitation()])


def _repeated(stored: Submission, new: Submission, receipt: str) -> SubmissionOutcome:
    """The stored submission; its receipt is returned only if the answers are identical, as a key may be guessed."""
    if stored.answers and stored.digest != new.digest:
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
    intake: IntakeServices,
    stored: Submission,
    proof: Proof | None,
    answers: SubmissionAnswers,
    findings: Sequence[Finding],
    network: str,
    taxonomy: Taxonomy,
) -> SubmissionOutcome:
    """Replace a submission's answers, which are screened again. Each amendment needs a new proof of work.

    A change of what its records contain is published again, once they are gone. A submission that was rejected before is
    always held for a moderator. In classes in which it was not before, apart from the level, it is counted like a new one.
    """
    rejected = stored.status == "rejected"
    counting = count_amendment(await intake.key.get(), network, stored, answers, taxonomy)
    changed = replace(
        stored,
        status="held" if findings or rejected else "accepted",
        answers=answers.to_json(),
        findings=findings_json(findings),
        counted=counting.counted,
    )
    async with intake.database.authorised_transaction(receipt=stored.receipt_hash.hex()) as connection:
        if not await submissions.spend(connection, proof):
            return SubmissionOutcome(problems=[already_used()])
        keeps_records = not (findings or rejected) and stored.status != "held" and _same_records(stored, answers)
        amended = await submissions.amend(connection, changed, keeps_records=keeps_records)
        if amended:
            amended = await submissions.recount(connection, changed, counting.year, counting.marks)
    return SubmissionOutcome(amended) if amended else SubmissionOutcome(problems=[already_withdrawn()])


def _same_records(stored: Submission, answers: SubmissionAnswers) -> bool:
    """Whether amended answers would be published as the same records."""
    assert stored.answers
    before = SubmissionAnswers.from_json(stored.answers)
    return all(answers.one.get(factor) == before.one.get(factor) for factor in CLASS_FACTORS) and all(
        getattr(answers, name) == getattr(before, name) for name in _PUBLISHED_ANSWERS
    )


_PUBLISHED_ANSWERS = ("employer", "effective", "currency", "base", "bonus", "equity")


async def withdraw(intake: IntakeServices, receipt: str) -> SubmissionOutcome:
    """Delete a submission's answers; its records are withdrawn in a later release. Repeating this changes nothing."""
    hashed = receipt_hash(receipt)
    journal = await intake.journal.get()
    withdrawn = await submissions.withdraw(intake.database, hashed, journal.withdraw) if hashed else None
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
