"""Submissions as their contributors see them, and what is wrong with what they gave."""

from collections.abc import Iterable
from datetime import datetime

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types.intake_enums import SubmissionStatus
from schema.types.offer import OfferBenchmark
from schema.types.source import Edition, edition_numbered
from service.intake.validation import Problem, ProblemCode
from service.market import offer
from service.market.offer import RANKED_BY
from service.market.profile import MANY, ONE, Profile
from service.store import submissions
from service.vocabulary.answers import Answers


@strawberry.type(description="What is wrong with what was given, and what to do about it.")
class UserError:
    code: ProblemCode = strawberry.field(description="The kind of problem, for programs.")
    message: str = strawberry.field(description="The problem in words, and what to do about it.")
    field: list[str] | None = strawberry.field(
        description="The way to what it is about, from the argument on: input, skills, 2. Null where it is the whole."
    )


def user_errors(problems: Iterable[Problem], argument: str | None = None) -> list[UserError]:
    """Problems as the API tells them; `argument` is the name of the one that their fields lie in."""
    return [
        UserError(
            code=problem.code,
            message=problem.message,
            field=[*([argument] if argument else []), *map(_camel, problem.field)] if problem.field else None,
        )
        for problem in problems
    ]


def _camel(name: str) -> str:
    """
    >>> _camel("base_salary"), _camel("2")
    ('baseSalary', '2')
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@strawberry.type(description="A contributor's submission; its answers are not told to anybody.")
class Submission:
    of: strawberry.Private[submissions.Submission]
    id: strawberry.ID = strawberry.field(description="The submission's id; it tells nothing of a published record's id.")
    status: SubmissionStatus = strawberry.field(description="How far it has come.")
    reason: str | None = strawberry.field(
        description="Why it is held or was rejected, in words for the contributor; null otherwise."
    )
    submitted_at: datetime = strawberry.field(description="When it was taken in.")

    @strawberry.field(description="The edition that its record came out with; null before.", metadata=costs(1))
    async def published_in(self, info: Info) -> Edition | None:
        number = self.of.published_in
        return await edition_numbered(info.context, number) if number else None

    @strawberry.field(
        description="Where the pay stands among published records like it, in the currency it was told in. Null when there "
        "are too few such records, and after a withdrawal.",
        metadata=costs(10),
    )
    async def benchmark(self, info: Info) -> OfferBenchmark | None:
        if self.of.answers is None:
            return None
        answers, context = Answers.from_json(self.of.answers), info.context
        for measure in RANKED_BY:
            await context.index.prepare(measure)
        pay = (answers.base, answers.bonus, answers.equity)
        profile = profile_of_answers(answers)
        found = offer.standing(context.index, profile, *pay, answers.currency, context.rules)
        return OfferBenchmark.of(found) if found else None

    @classmethod
    def seen(cls, found: submissions.Submission) -> "Submission":
        return cls(
            of=found,
            id=strawberry.ID(str(found.id)),
            status=SubmissionStatus(found.status),
            reason=found.reason,
            submitted_at=found.submitted_at,
        )


def profile_of_answers(answers: Answers) -> Profile:
    """Who the pay is for. Answers are checked and their places closed; the employer is free text yet and left out."""
    one = {factor: answers.one[factor] for factor in ONE if factor in answers.one}
    return Profile(one, {factor: answers.many[factor] for factor in MANY if factor in answers.many}, answers.experience)
