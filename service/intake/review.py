"""Review: what moderators look at, and what they decide. Every decision is kept with who and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID, uuid4

from service.intake.problem import Problem, ProblemCode, text_problem
from service.intake.screening import Finding, FindingCode
from service.intake.token import Moderator
from service.store import review as store
from service.store.database import Database, publishing
from service.store.review import Doubted, Entrance, Review, Waiting
from service.store.submissions import Submission

NOTE, REASON = (3, 1_000), (3, 500)
"""Fewest and most characters of a moderator's note, and of the reason of a flag."""
_TOLD = 3


class ReviewDecision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and the way in to the submissions: a moderator's by token, or that of the terminal."""

    name: str
    token: UUID | None
    enter: Entrance


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """A submission that waits for a decision, with all that is doubtful about it."""

    submission: Submission
    findings: Sequence[Finding]
    flags: int

    @property
    def cursor(self) -> tuple[datetime, UUID]:
        return self.submission.submitted_at, self.submission.id


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of what waits, oldest first; `total` counts all pages."""

    items: Sequence[ReviewItem]
    has_more: bool
    total: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The submission as it is now, if there is one, and why the decision was not taken, if it was not."""

    submission: Submission | None
    problems: Sequence[Problem] = ()


def by_token(database: Database, moderator: Moderator) -> Reviewer:
    """A moderator of the service; PostgreSQL itself checks the token again in each transaction."""
    enter = partial(database.entrusted, token=str(moderator.id), token_hash=moderator.token_hash.hex())
    return Reviewer(moderator.name, moderator.id, enter)


def in_terminal(url: str, user: str) -> Reviewer:
    """Whoever runs the service, at its terminal."""
    return Reviewer(f"terminal:{user}", None, partial(publishing, url))


async def queue(
    reviewer: Reviewer, *, finding: FindingCode | None = None, after: tuple[datetime, UUID] | None = None, most: int = 20
) -> Queue:
    """Held submissions, and published ones whose records readers doubt, behind the cursor of one of them."""
    async with reviewer.enter() as connection:
        found = await store.waiting(connection, finding, after, most + 1)
        total = await store.count_waiting(connection, finding)
    return Queue([_item(waiting) for waiting in found[:most]], len(found) > most, total)


async def decide(reviewer: Reviewer, id_: UUID, decision: ReviewDecision, note: str) -> Decided:
    """Accept or reject a submission that waits. Of several decisions at once the first counts, the others are told of it.

    A rejected one's record goes with the next edition, and its contributor reads the note.
    """
    problems = text_problem("A note", note, *NOTE, "note")
    if problems:
        return Decided(None, problems)
    review = Review(uuid4(), id_, decision, note.strip(), reviewer.name, reviewer.token)
    async with reviewer.enter() as connection:
        found = await store.locked(connection, id_)
        if found is None:
            return Decided(None, [no_submission()])
        if not _open(found):
            return Decided(found.submission, [_closed(found.submission)])
        take = store.accept if decision is ReviewDecision.ACCEPT else store.reject
        return Decided(await take(connection, review))


async def flag(database: Database, record: UUID | None, reason: str, edition: int) -> list[Problem]:
    """Keep a reader's doubt about a record of an edition; or what is wrong with it."""
    problems = text_problem("A reason", reason, *REASON, "reason")
    if problems or record is None:
        return problems or [_no_record()]
    async with database.write() as connection:
        kept = await store.flag(connection, uuid4(), record, reason.strip(), edition)
    return [] if kept else [_no_record()]


async def doubted(reviewer: Reviewer) -> Sequence[Doubted]:
    """Flagged records that were not contributed: for whoever runs the service to take up with their source."""
    async with reviewer.enter() as connection:
        return await store.doubted(connection)


def no_submission() -> Problem:
    return Problem(ProblemCode.NOT_FOUND, "No submission has this id; take one of the review queue's.", ("id",))


def _no_record() -> Problem:
    return Problem(ProblemCode.NOT_FOUND, "The current edition has no record with this id.", ("id",))


def _open(waiting: Waiting) -> bool:
    return waiting.submission.status == "held" or (waiting.submission.status == "published" and waiting.flags > 0)


def _closed(submission: Submission) -> Problem:
    why = {
        "withdrawn": "was withdrawn by its contributor",
        "rejected": "was rejected already",
        "published": "is published, and no flag of it waits",
    }.get(submission.status, "was accepted already")
    return Problem(ProblemCode.NOT_ALLOWED, f"This submission {why}; there is nothing to decide.", ("id",))


def _item(waiting: Waiting) -> ReviewItem:
    findings = [Finding(FindingCode(told["code"]), told["message"], told["score"]) for told in waiting.submission.findings]
    if waiting.flags:
        findings.append(Finding(FindingCode.FLAGGED, _doubts(waiting.flags, waiting.reasons)))
    return ReviewItem(waiting.submission, findings, waiting.flags)


def _doubts(flags: int, reasons: Sequence[str]) -> str:
    """
    >>> _doubts(1, ["Too high\\nfor Lima"])
    'Readers flagged it once: "Too high for Lima".'
    >>> _doubts(5, ["a", "b", "c", "d"])
    'Readers flagged it 5 times: "a"; "b"; "c" and 2 more.'
    """
    told = "; ".join(f'"{" ".join(reason.split())}"' for reason in reasons[:_TOLD])
    more = flags - min(_TOLD, len(reasons))
    return f"Readers flagged it {'once' if flags == 1 else f'{flags} times'}: {told}{f' and {more} more' if more else ''}."
