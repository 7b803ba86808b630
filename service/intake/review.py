"""Review: what moderators see and decide. Every decision is recorded with its reviewer and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from service.intake.access import Moderator
from service.intake.screening import Finding, FindingCode
from service.intake.validation import Problem, ProblemCode, TextField
from service.store import review as store
from service.store.database import Database, publisher_transaction
from service.store.review import FlaggedRecord, OpenTransaction, QueuedSubmission, Review
from service.store.submissions import Submission

NOTE = TextField("note", 3, 1_000)
REASON = TextField("reason", 3, 500)
_MAX_QUOTED = 3
"""Reasons of flags that are quoted to the moderator."""


class ReviewDecision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


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
    return Reviewer(f"terminal:{user}", None, partial(publisher_transaction, url))


async def queue(
    reviewer: Reviewer, *, finding: FindingCode | None = None, after: tuple[datetime, UUID] | None = None, first: int = 20
) -> ReviewQueue:
    """Held submissions, and published ones whose records were flagged, after the cursor of one of them."""
    async with reviewer.transaction() as connection:
        found = await store.list_queue(connection, finding, after, first + 1)
        total = await store.count_queue(connection, finding)
    return ReviewQueue([_item(pending) for pending in found[:first]], len(found) > first, total)


async def decide(reviewer: Reviewer, id_: UUID, decision: ReviewDecision, note: str) -> ReviewOutcome:
    """Accept or reject a pending submission. Of several concurrent decisions the first counts; the others are refused.

    The next edition drops the record of a rejected submission, and its contributor can read the note.
    """
    problems = NOTE.problems(note)
    if problems:
        return ReviewOutcome(None, problems)
    review = Review(uuid4(), id_, decision, note.strip(), reviewer.name, reviewer.token)
    async with reviewer.transaction() as connection:
        found = await store.lock_submission(connection, id_)
        if found is None:
            return ReviewOutcome(None, [submission_not_found()])
        if not _is_pending(found):
            return ReviewOutcome(found.submission, [_not_pending(found.submission)])
        record_decision = store.accept if decision is ReviewDecision.ACCEPT else store.reject
        return ReviewOutcome(await record_decision(connection, review))


async def flag(database: Database, record: UUID | None, reason: str, edition: int) -> list[Problem]:
    """Store a reader's flag on a record of an edition; returns the problems if it is not stored."""
    problems = REASON.problems(reason)
    if problems or record is None:
        return problems or [_record_not_found()]
    async with database.write() as connection:
        stored = await store.add_flag(connection, uuid4(), record, reason.strip(), edition)
    return [] if stored else [_record_not_found()]


async def flagged_records(reviewer: Reviewer) -> Sequence[FlaggedRecord]:
    """Flagged records that were imported, not contributed, for the operator to raise with their source."""
    async with reviewer.transaction() as connection:
        return await store.list_flagged_records(connection)


def submission_not_found() -> Problem:
    message = "No submission has this id. Use the id of a submission in the review queue."
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


def _item(pending: QueuedSubmission) -> ReviewItem:
    findings = [Finding(FindingCode(one["code"]), one["message"], one["score"]) for one in pending.submission.findings]
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
