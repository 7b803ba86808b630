"""Moderation: the review queue, decisions on submissions, and flags on published records."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

import strawberry

from schema.context import Context
from schema.types.definitions import define_type, read
from schema.types.enums import Level
from schema.types.record import ReportedPay, record_id
from schema.types.scalars import Currency, Month
from schema.types.submission import user_errors
from schema.types.vocabulary import FactorValue, PageInfo, factor_value
from service.errors import InputError
from service.index.index import Index
from service.intake import review
from service.intake.access import authenticate
from service.intake.review import ReviewDecision, Reviewer, ReviewOutcome, submission_not_found, token_reviewer
from service.intake.screening import Finding, FindingCode
from service.intake.validation import Problem
from service.store.submissions import Submission
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import FACTORS, Factor

define_type(
    Finding,
    "Reason to review a submission before publication.",
    {
        "code": "Machine-readable code.",
        "message": "Explanation in English.",
        "score": "OUTLIER and INCONSISTENT: deviation from the median pay of comparable records, in spreads, negative below "
        "it. BURST: number of submissions within the hour. LIKELY_DUPLICATE: expected number of chance matches. Null if "
        "nothing was measured.",
    },
)


@strawberry.type(description="Submission pending review, with the values that a moderator needs to decide.")
class ReviewItem:
    index: strawberry.Private[Index]
    item: strawberry.Private[review.ReviewItem]
    submission: Submission = read("item.submission", "The submission: HELD, or PUBLISHED and flagged.")
    findings: list[Finding] = read("item.findings", "All findings; empty if it was amended after a rejection.")

    @cached_property
    def _answers(self) -> SubmissionAnswers:
        return SubmissionAnswers.from_json(self.item.submission.answers or {})

    def _value(self, factor: Factor) -> FactorValue:
        value = self.index.reference.taxonomy.find(factor, self._answers.one[factor])
        return factor_value(self.index, value.id)

    @strawberry.field(description=FACTORS[Factor.ROLE].description)
    def role(self) -> FactorValue:
        return self._value(Factor.ROLE)

    @strawberry.field(description=FACTORS[Factor.LEVEL].description)
    def level(self) -> Level:
        return Level(self._answers.one[Factor.LEVEL])

    @strawberry.field(description="Years of professional experience.")
    def experience(self) -> int:
        return self._answers.experience

    @strawberry.field(description=FACTORS[Factor.COUNTRY].description)
    def country(self) -> FactorValue:
        return self._value(Factor.COUNTRY)

    @strawberry.field(description="Metro area of the workplace; null if not reported.")
    def metro(self) -> FactorValue | None:
        return self._value(Factor.METRO) if Factor.METRO in self._answers.one else None

    @strawberry.field(description="Month in which the pay applied.")
    def effective(self) -> Month:
        return Month(self._answers.effective)

    @strawberry.field(description="Base salary as reported; contributors report no ranges.")
    def pay(self) -> ReportedPay:
        answers = self._answers
        return ReportedPay(currency=Currency(answers.currency), base_salary=answers.base, base_low=None, base_high=None)

    @strawberry.field(
        description="Base salary plus reported bonus and equity per year, in whole US dollars at the exchange rate of the "
        "year of the pay."
    )
    def total_compensation(self) -> float:
        answers = self._answers
        return float(round(answers.total * self.index.reference.rates.usd(answers.currency, answers.effective // 12)))

    flags: int = read("item.flags", "Number of unresolved flags on its published record.")


@strawberry.type(description="Submission in the review queue, with its cursor.")
class ReviewItemEdge:
    cursor: str = strawberry.field(description="Cursor for `after`.")
    node: ReviewItem = strawberry.field(description="The submission with its findings.")


@strawberry.type(description="Page of the review queue, oldest first.")
class ReviewItemConnection:
    edges: list[ReviewItemEdge] = strawberry.field(description="Submissions with their cursors.")
    page_info: PageInfo = strawberry.field(description="Position of the page.")
    total_count: int = strawberry.field(description="Number of submissions on all pages; exact.")

    @strawberry.field(description="Submissions without cursors.")
    def nodes(self) -> list[ReviewItem]:
        return [edge.node for edge in self.edges]


@strawberry.type(description="Response to a moderator's decision.")
class ReviewSubmissionPayload:
    submission: Submission | None = strawberry.field(
        description="The submission in its current state, also if it was decided before; null if no submission has the id."
    )
    user_errors: list[Problem] = strawberry.field(description="Why the decision was refused; empty if it was accepted.")


@strawberry.type(description="Response to a flag.")
class FlagRecordPayload:
    flagged: bool = strawberry.field(description="Whether the flag was stored.")
    user_errors: list[Problem] = strawberry.field(description="Why the flag was refused; empty if it was stored.")


async def _reviewer(context: Context) -> Reviewer:
    """The moderator of the request's bearer token. Raises Unauthenticated."""
    return token_reviewer(context.database, await authenticate(context.database, context.client.token))


async def review_queue(context: Context, first: int, after: str | None, finding: FindingCode | None) -> ReviewItemConnection:
    """A page of the queue. Raises Unauthenticated before the arguments are checked, and InputError for invalid arguments."""
    reviewer = await _reviewer(context)
    max_size = context.limits.page_size
    if not 0 <= first <= max_size:
        raise InputError(f"`first` must be from 0 to {max_size}, got {first}. Use a cursor to get further pages.")
    queue = await review.queue(reviewer, finding=finding, after=_position(after) if after else None, first=first)
    edges = [ReviewItemEdge(cursor=_cursor(item), node=ReviewItem(index=context.index, item=item)) for item in queue.items]
    info = PageInfo.of([edge.cursor for edge in edges], has_next=queue.has_more, has_previous=after is not None)
    return ReviewItemConnection(edges=edges, page_info=info, total_count=queue.total)


async def review_submission(context: Context, id_: str, decision: ReviewDecision, note: str) -> ReviewSubmissionPayload:
    reviewer = await _reviewer(context)
    known = _uuid(id_)
    outcome = (
        await review.decide(reviewer, known, decision, note) if known else ReviewOutcome(None, [submission_not_found()])
    )
    return ReviewSubmissionPayload(submission=outcome.submission, user_errors=user_errors(outcome.problems))


async def flag_record(context: Context, id_: str, reason: str) -> FlagRecordPayload:
    problems = await context.intake.count_request("flag", context.client.network)
    if not problems:
        problems = await review.flag(context.database, record_id(id_), reason, context.index.edition.number)
    return FlagRecordPayload(flagged=not problems, user_errors=user_errors(problems))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _cursor(item: review.ReviewItem) -> str:
    submitted_at, id_ = item.cursor
    return urlsafe_b64encode(f"review:{submitted_at.isoformat()} {id_}".encode()).decode()


def _position(cursor: str) -> tuple[datetime, UUID]:
    """Time and id of the submission that a cursor refers to. Raises InputError."""
    try:
        kind, _, position = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(":")
        submitted_at, _, id_ = position.partition(" ")
        if kind != "review":
            raise ValueError
        return datetime.fromisoformat(submitted_at).astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{cursor[:40]!r} is not a cursor of this list. Use one from pageInfo or edges.") from error
