"""Review: what moderators see and decide. Every decision is recorded with its reviewer and reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from service.errors import ProblemCode
from service.intake.access import Moderator
from service.intake.proof_of_work import already_used
from service.intake.receipt import flag_id
from service.intake.screening import Finding, FindingCode
from service.intake.submission import IntakeServices
from service.intake.validation import Problem, TextField
from service.store import review as store
from service.store import submissions
from service.store.database import PUBLISHER, Database, transaction_as
from service.store.review import FlaggedRecord, OpenTransaction, PastDecision, QueuedSubmission, Review
from service.store.submissions import Proof, Submission

NOTE = TextField("note", 3, 1_000)
REASON = TextField("reason", 3, 500)
_MAX_QUOTED = 3
"""Reasons of flags that are quoted to the moderator."""


class ReviewDecision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and how a transaction is opened that may see all submissions; the operator has no token."""

    name: str
    token: UUID | None
    transaction: OpenTransaction


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A submission pending review, with its findings and the number of flags on its record."""

    submission: Submission
    findings: Sequence[Finding]
    flags: int

    @property
    def cursor(self) -> tuple[datetime, UUID]:
        return self.submission.submitted_at, self.submission.id


@dataclass(frozen=True, slots=True)
class ReviewQueue:
    """A page of submissions pending review, oldest first; `total` counts all pages."""

    items: Sequence[ReviewItem]
    has_more: bool
    total: int


@dataclass(frozen=True, slots=True)
class ReviewOutcome:
    """The submission as it is now, None if there is none, and why the decision was refused, if it was."""

    submission: Submission | None
    problems: Sequence[Problem] = ()


def token_reviewer(database: Database, moderator: Moderator) -> Reviewer:
    """A moderator of the service; PostgreSQL checks the token again in each transaction."""
    transaction = partial(database.authorised_transaction, token=str(moderator.id), token_hash=moderator.token_hash.hex())
    return Reviewer(moderator.name, moderator.id, transaction)


def terminal_reviewer(url: str, user: str) -> Reviewer:
    """The operator, at the terminal."""
    return Reviewer(f"terminal:{user}", None, partial(transaction_as, url, PUBLISHER))


async def queue(
    reviewer: Reviewer, *, finding: FindingCode | None = None, after: tuple[datetime, UUID] | None = None, first: int = 20
) -> ReviewQueue:
    """Held submissions, and published ones whose records were flagged, after the cursor of one of them."""
    async with reviewer.transaction() as connection:
        found = await store.list_queue(connection, finding, after, first + 1)
        total = await store.count_queue(connection, finding)
    return ReviewQueue([_item(pending) for pending in found[:first]], len(found) > first, total)


async def decide(reviewer: Reviewer, id_: UUID, decision: ReviewDecision, note: str) -> ReviewOutcome:
    """Accept or reject a pending submission, or undo the last decision on one, which is then pending again.

    Of several concurrent decisions the first counts; the others are refused. The records of a rejected submission
    count as withdrawn; its contributor sees neither the decision nor the note. An acceptance can be undone until its
    submission is published. Raises DatabaseUnavailable if an edition is being written: an undo must not overtake it.
    """
    problems = NOTE.problems(note)
    if problems:
        return ReviewOutcome(None, problems)
    review = Review(uuid4(), id_, decision, note.strip(), reviewer.name, reviewer.token)
    async with reviewer.transaction() as connection:
        if decision is ReviewDecision.UNDO:
            await store.lock_editions(connection)
        found = await store.lock_submission(connection, id_)
        if found is None:
            return ReviewOutcome(None, [submission_not_found()])
        if decision is ReviewDecision.UNDO:
            past = await store.list_decisions(connection, id_)
            last = _undoable(found.submission, past)
            undone = await store.undo(connection, review, last) if last else None
            return ReviewOutcome(undone or found.submission, [] if undone else [_nothing_to_undo(found.submission, past)])
        if not _is_pending(found):
            return ReviewOutcome(found.submission, [_not_pending(found.submission)])
        record_decision = store.accept if decision is ReviewDecision.ACCEPT else store.reject
        return ReviewOutcome(await record_decision(connection, review))


_STATUS_AFTER: Mapping[str, Sequence[str]] = {
    ReviewDecision.ACCEPT: ("accepted", "published"),
    ReviewDecision.REJECT: ("rejected",),
}


def _undoable(submission: Submission, past: Sequence[PastDecision]) -> PastDecision | None:
    """The last decision, if the submission still has the status that it led to."""
    last = past[-1] if past else None
    return last if last and submission.status in _STATUS_AFTER.get(last.decision, ()) else None


async def find(reviewer: Reviewer, id_: UUID) -> ReviewItem | None:
    """A submission with its findings and flags, pending or not; None if there is none with this id."""
    async with reviewer.transaction() as connection:
        found = await store.lock_submission(connection, id_)
    return _item(found) if found else None


async def decisions(reviewer: Reviewer, id_: UUID) -> Sequence[PastDecision]:
    """The decisions on a submission, oldest first."""
    async with reviewer.transaction() as connection:
        return await store.list_decisions(connection, id_)


async def flag(
    intake: IntakeServices, record: UUID | None, reason: str, proof: Proof | None, network: str, edition: int
) -> list[Problem]:
    """Store a reader's flag on a record of an edition; returns the problems if it is not stored.

    A second flag of the same record from a network changes nothing, and does not say so: the first may be a neighbour's.
    """
    problems = REASON.problems(reason)
    if problems or record is None:
        return problems or [_record_not_found()]
    async with intake.database.write() as connection, connection.transaction():
        if not await store.has_record(connection, record, edition):
            return [_record_not_found()]
        if not await submissions.spend(connection, proof):
            return [already_used()]
        await store.add_flag(connection, flag_id(intake.secret, record, network), record, reason.strip())
    return []


async def flagged_records(reviewer: Reviewer) -> Sequence[FlaggedRecord]:
    """Flagged records that were imported, not contributed, for the operator to raise with their source."""
    async with reviewer.transaction() as connection:
        return await store.list_flagged_records(connection)


def submission_not_found() -> Problem:
    message = (
        "No submission has this id. Use the id of a submission in the review queue. An imported record has no submission: "
        "report it to its source, or remove all records of that source with `payrank data remove`."
    )
    return Problem(ProblemCode.NOT_FOUND, message, ("id",))


def _record_not_found() -> Problem:
    return Problem(ProblemCode.NOT_FOUND, "The current edition has no record with this id.", ("id",))


def _is_pending(found: QueuedSubmission) -> bool:
    status = found.submission.status
    return status == "held" or (status == "published" and found.flags > 0)


def _not_pending(submission: Submission) -> Problem:
    status = {
        "withdrawn": "was withdrawn by its contributor",
        "rejected": "was already rejected",
        "published": "is published and has no unresolved flags",
    }.get(submission.status, "was already accepted")
    return Problem(ProblemCode.NOT_ALLOWED, f"This submission {status}, so there is nothing to decide.", ("id",))


def _nothing_to_undo(submission: Submission, past: Sequence[PastDecision]) -> Problem:
    if not past:
        message = "No decision has been made on this submission, so there is nothing to undo."
        return Problem(ProblemCode.NOT_ALLOWED, message, ("id",))
    why = {
        "held": "is waiting for a decision",
        "withdrawn": "was withdrawn by its contributor",
        "published": "has been published since the last decision on it",
    }.get(submission.status, "has been changed since the last decision on it")
    return Problem(ProblemCode.NOT_ALLOWED, f"This submission {why}, so there is no decision to undo.", ("id",))


def _findings(submission: Submission) -> list[Finding]:
    return [Finding(FindingCode(one["code"]), one["message"], one["score"]) for one in submission.findings]


def _item(pending: QueuedSubmission) -> ReviewItem:
    findings = _findings(pending.submission)
    if pending.flags:
        findings.append(Finding(FindingCode.FLAGGED, _flagged_message(pending.flags, pending.reasons)))
    return ReviewItem(pending.submission, findings, pending.flags)


def _flagged_message(flags: int, reasons: Sequence[str]) -> str:
    """
    >>> _flagged_message(1, ["Too high\\nfor Lima"])
    'Flagged by readers once: "Too high for Lima".'
    >>> _flagged_message(5, ["a", "b", "c", "d"])
    'Flagged by readers 5 times: "a"; "b"; "c" and 2 more.'
    """
    quoted = "; ".join(f'"{" ".join(reason.split())}"' for reason in reasons[:_MAX_QUOTED])
    more = flags - min(_MAX_QUOTED, len(reasons))
    times = "once" if flags == 1 else f"{flags} times"
    return f"Flagged by readers {times}: {quoted}{f' and {more} more' if more else ''}."
