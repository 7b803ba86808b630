"""Review: what waits for moderators, what they decide, and readers' doubts about published records."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import strawberry

from schema.context import Context
from schema.types.enums import Level
from schema.types.page import PageInfo
from schema.types.pay import ReportedPay
from schema.types.record import record_id
from schema.types.scalars import Currency, Month
from schema.types.submission import Submission, UserError, user_errors
from schema.types.vocabulary import FactorValue, shown
from service.errors import InputError
from service.index.index import Index
from service.intake import review
from service.intake.review import ReviewOutcome, ReviewDecision, Reviewer, token_reviewer, submission_not_found
from service.intake.screening import FindingCode
from service.intake.access import authenticate
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor


@strawberry.type(description="A reason to look at a submission before it is published.")
class Finding:
    code: FindingCode = strawberry.field(description="The kind of doubt, for programs.")
    message: str = strawberry.field(description="The doubt in words.")
    score: float | None = strawberry.field(
        description="OUTLIER and INCONSISTENT: spreads from the median pay of comparable records, negative "
        "below it; BURST: submissions within the hour; LIKELY_DUPLICATE: chance matches to be expected. Null where nothing "
        "was measured."
    )


@strawberry.type(description="A submission that waits for a moderator's decision, with what it takes to decide.")
class ReviewItem:
    index: strawberry.Private[Index]
    of: strawberry.Private[review.ReviewItem]
    answers: strawberry.Private[SubmissionAnswers]

    def _value(self, factor: Factor) -> FactorValue | None:
        code = self.answers.one.get(factor)
        return shown(self.index, self.index.reference.taxonomy.find(factor, code).id) if code else None

    def _told(self, factor: Factor) -> FactorValue:
        return shown(self.index, self.index.reference.taxonomy.find(factor, self.answers.one[factor]).id)

    @strawberry.field(description="The submission. It is HELD, or PUBLISHED and flagged.")
    def submission(self) -> Submission:
        return Submission.seen(self.of.submission)

    @strawberry.field(description="All that is doubtful; empty where it was amended after a rejection.")
    def findings(self) -> list[Finding]:
        return [Finding(code=FindingCode(one.code), message=one.message, score=one.score) for one in self.of.findings]

    @strawberry.field(description="The work done.")
    def role(self) -> FactorValue:
        return self._told(Factor.ROLE)

    @strawberry.field(description="Seniority.")
    def level(self) -> Level:
        return Level(self.answers.one[Factor.LEVEL])

    @strawberry.field(description="Whole years of professional experience.")
    def experience(self) -> int:
        return self.answers.experience

    @strawberry.field(description="Country of the workplace.")
    def country(self) -> FactorValue:
        return self._told(Factor.COUNTRY)

    @strawberry.field(description="Metropolitan area of the workplace; null where untold.")
    def metro(self) -> FactorValue | None:
        return self._value(Factor.METRO)

    @strawberry.field(description="The month that the pay is of.")
    def effective(self) -> Month:
        return Month(self.answers.effective)

    @strawberry.field(description="The base salary as it was told; contributors tell no ranges.")
    def pay(self) -> ReportedPay:
        answers = self.answers
        return ReportedPay(currency=Currency(answers.currency), base_salary=answers.base, base_low=None, base_high=None)

    @strawberry.field(
        description="Base salary, bonus and equity as far as they were told, in whole US dollars a year, at its year's rate."
    )
    def total_compensation(self) -> float:
        answers = self.answers
        return float(round(answers.total * self.index.reference.rates.usd(answers.currency, answers.effective // 12)))

    @strawberry.field(description="How many flags of its published record no decision has settled.")
    def flags(self) -> int:
        return self.of.flags


@strawberry.type(description="A submission in the review queue, with its cursor.")
class ReviewItemEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this submission.")
    node: ReviewItem = strawberry.field(description="The submission with what is doubtful about it.")


@strawberry.type(description="A page of the review queue, oldest first.")
class ReviewItemConnection:
    edges: list[ReviewItemEdge] = strawberry.field(description="The submissions with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where.")
    total_count: int = strawberry.field(description="How many wait on all pages; exact.")

    @strawberry.field(description="The submissions without cursors.")
    def nodes(self) -> list[ReviewItem]:
        return [edge.node for edge in self.edges]


@strawberry.type(description="The answer to a moderator's decision.")
class ReviewSubmissionPayload:
    submission: Submission | None = strawberry.field(
        description="The submission as it is now, also where it was decided on before; null where no submission has the id."
    )
    user_errors: list[UserError] = strawberry.field(description="Why the decision was not taken; empty if it was.")


@strawberry.type(description="The answer to a flag.")
class FlagRecordPayload:
    flagged: bool = strawberry.field(description="Whether the doubt is kept.")
    user_errors: list[UserError] = strawberry.field(description="Why it is not; empty if it is.")


async def moderator(context: Context) -> Reviewer:
    """Who asks, by the bearer token of the request; raises Unauthenticated."""
    return token_reviewer(context.database, await authenticate(context.database, context.client.token))


async def review_queue(context: Context, first: int, after: str | None, finding: FindingCode | None) -> ReviewItemConnection:
    """A page of what waits; nothing of the arguments is looked at before the token."""
    reviewer = await moderator(context)
    most = context.limits.page_size
    if not 0 <= first <= most:
        raise InputError(f"`first` is from 0 to {most} submissions a page, not {first}; page on with a cursor.")
    found = await review.queue(reviewer, finding=finding, after=_after(after) if after else None, first=first)
    edges = [ReviewItemEdge(cursor=_cursor(item), node=_item(context.index, item)) for item in found.items]
    info = PageInfo.of([edge.cursor for edge in edges], has_next=found.has_more, has_previous=after is not None)
    return ReviewItemConnection(edges=edges, page_info=info, total_count=found.total)


async def review_submission(context: Context, id_: str, decision: ReviewDecision, note: str) -> ReviewSubmissionPayload:
    reviewer = await moderator(context)
    known = _uuid(id_)
    done = await review.decide(reviewer, known, decision, note) if known else ReviewOutcome(None, [submission_not_found()])
    submission = Submission.seen(done.submission) if done.submission else None
    return ReviewSubmissionPayload(submission=submission, user_errors=user_errors(done.problems))


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


def _item(index: Index, item: review.ReviewItem) -> ReviewItem:
    return ReviewItem(index=index, of=item, answers=SubmissionAnswers.from_json(item.submission.answers or {}))


def _cursor(item: review.ReviewItem) -> str:
    submitted_at, id_ = item.cursor
    return urlsafe_b64encode(f"review:{submitted_at.isoformat()} {id_}".encode()).decode()


def _after(cursor: str) -> tuple[datetime, UUID]:
    try:
        kind, _, place = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(":")
        submitted_at, _, id_ = place.partition(" ")
        if kind != "review":
            raise ValueError
        return datetime.fromisoformat(submitted_at).astimezone(UTC), UUID(id_)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{cursor[:40]!r} is not a cursor of this list; use one from pageInfo or edges.") from error
