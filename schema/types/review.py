"""Moderation: the review queue, decisions on submissions, and flags on published records."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import cached_property
from uuid import UUID

import strawberry

from schema.context import Context
from schema.types.definitions import define_type, read
from schema.types.enums import Level, WorkMode
from schema.types.node import SUBMISSION, found_by
from schema.types.record import ReportedPay, record_id, reported_pay
from schema.types.scalars import Month
from schema.types.submission import user_errors
from schema.types.vocabulary import FactorValue, PageInfo, factor_value
from service.errors import InputError, out_of_range
from service.index.index import Index
from service.intake import employer_review, review
from service.intake.access import authenticate
from service.intake.review import ReviewDecision, Reviewer, ReviewOutcome, submission_not_found, token_reviewer
from service.intake.screening import Finding, FindingCode
from service.intake.submission import check_proof
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
        "score": "Deviation from the median pay of comparable records, in spreads, negative below it; null if nothing was "
        "measured.",
    },
)


@strawberry.type(description="Submission pending review, with the values that a moderator needs to decide.")
class ReviewItem:
    index: strawberry.Private[Index]
    item: strawberry.Private[review.ReviewItem]
    submission: Submission = read("item.submission", "The submission: pending a decision, or published and flagged.")
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

    @strawberry.field(description="Where the work is done; null if not reported.")
    def work_mode(self) -> WorkMode | None:
        code = self._answers.one.get(Factor.WORK_MODE)
        return WorkMode(code) if code else None

    @strawberry.field(description="Employer as the contributor wrote it; null if not reported.")
    def employer_name(self) -> str | None:
        return self._answers.employer

    @strawberry.field(description=FACTORS[Factor.SKILL].description)
    def skills(self) -> list[FactorValue]:
        taxonomy = self.index.reference.taxonomy
        codes = self._answers.many.get(Factor.SKILL, ())
        return [factor_value(self.index, taxonomy.find(Factor.SKILL, code).id) for code in codes]

    @strawberry.field(description="Month in which the pay applied.")
    def effective(self) -> Month:
        return Month(self._answers.effective)

    @strawberry.field(description="Base salary as reported; contributors report no ranges.")
    def pay(self) -> ReportedPay:
        answers = self._answers
        return reported_pay(self.index.reference.rates, answers.currency, answers.effective, answers.base)

    @strawberry.field(description="Bonus per year, in the currency of `pay`; null if not reported.")
    def bonus(self) -> float | None:
        return self._answers.bonus

    @strawberry.field(description="Equity per year, in the currency of `pay`; null if not reported.")
    def equity(self) -> float | None:
        return self._answers.equity

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


@strawberry.type(description="Employer name of contributions by invitation that matches no known employer.")
class EmployerCandidate:
    name: str = strawberry.field(description="Most frequent spelling.")
    submissions: int = strawberry.field(description="Number of submissions with the name, in any spelling.")
    lookalikes: list[FactorValue] = strawberry.field(
        description="Published employers with a similar name, the most similar first."
    )
    warning: str | None = strawberry.field(
        description="Which employers the name can be mistaken for, since it differs from theirs only in characters that "
        "look alike, such as the Latin and the Cyrillic a; null if there are none."
    )


@strawberry.type(description="Response to a moderator's decision on an employer name.")
class ReviewEmployerPayload:
    employer: FactorValue | None = strawberry.field(
        description="Published employer that the name now means; null if it means none, or a new one without published "
        "records."
    )
    user_errors: list[Problem] = strawberry.field(description="Why the decision was refused; empty if it was accepted.")


@strawberry.type(description="Response to a flag.")
class FlagRecordPayload:
    flagged: bool = strawberry.field(description="Whether a flag of this network is stored, by this request or before.")
    user_errors: list[Problem] = strawberry.field(description="Why the flag was refused; empty if it is stored.")


async def _reviewer(context: Context) -> Reviewer:
    """The moderator of the request's bearer token. Raises Unauthenticated."""
    return token_reviewer(context.database, await authenticate(context.database, context.client.token))


async def review_queue(context: Context, first: int, after: str | None, finding: FindingCode | None) -> ReviewItemConnection:
    """A page of the queue. Raises Unauthenticated before the arguments are checked, and InputError for invalid arguments."""
    reviewer = await _reviewer(context)
    max_size = context.limits.page_size
    if not 0 <= first <= max_size:
        raise out_of_range("first", f"from 0 to {max_size}, got {first}. Use a cursor to get further pages.")
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


async def employer_candidates(context: Context) -> list[EmployerCandidate]:
    index = context.index
    found = await employer_review.candidates(await _reviewer(context), index.reference)
    published = [[_employer(index, known.code) for known in one.lookalikes] for one in found]
    return [
        EmployerCandidate(
            name=one.name, submissions=one.submissions, lookalikes=[value for value in values if value], warning=one.warning
        )
        for one, values in zip(found, published, strict=True)
    ]


async def review_employer(
    context: Context, name: str, decision: ReviewDecision, same_as: str | None, note: str
) -> ReviewEmployerPayload:
    reviewer, index = await _reviewer(context), context.index
    outcome = await employer_review.decide(reviewer, index.reference, name, decision, note, same_as)
    return ReviewEmployerPayload(
        employer=_employer(index, outcome.employer or ""), user_errors=user_errors(outcome.problems)
    )


def _employer(index: Index, code: str) -> FactorValue | None:
    value = index.reference.taxonomy.lookup(Factor.EMPLOYER, code)
    return factor_value(index, value.id) if value else None


async def flag_record(context: Context, id_: str, reason: str, payload: str) -> FlagRecordPayload:
    problems = await _flag(context, id_, reason, payload)
    return FlagRecordPayload(flagged=not problems, user_errors=user_errors(problems))


async def _flag(context: Context, id_: str, reason: str, payload: str) -> list[Problem]:
    services, network = context.intake, context.client.network
    problems = await services.count_request("flag", network)
    if problems:
        return problems
    proof = await check_proof(services, payload)
    if isinstance(proof, Problem):
        return [proof]
    return await review.flag(services, record_id(id_), reason, proof, network, context.index.edition.number)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@found_by(SUBMISSION)
async def _find(context: Context, key: str) -> Submission | None:
    """The submission with an id, for a moderator. Raises Unauthenticated for a token that is not valid, whatever the id."""
    id_ = _uuid(key)
    if id_ is None or str(id_) != key or context.client.token is None:
        return None
    found = await review.find(await _reviewer(context), id_)
    return found.submission if found else None


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
        raise InputError(
            f"{cursor[:40]!r} is not a cursor of this list. Use one from pageInfo or edges.", ("after",)
        ) from error
