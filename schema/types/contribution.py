"""Contributing pay: submit, amend, withdraw."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry

from schema.context import Context
from schema.types.inputs import SalaryAmendmentInput, SalarySubmissionInput, changed, told
from schema.types.submission import Submission, UserError, profile_of_answers, user_errors
from service.index.index import Index
from service.intake import submission
from service.intake.submission import Outcome
from service.intake.validation import Problem
from service.intake.screening import Finding, Peers, screen
from service.intake.validation import validate, validate_key
from service.market.profile import Profile
from service.market.relaxation import most_specific_cohort
from service.stats.percentiles import log_spread, percentile
from service.stats.suppression import SuppressionRules
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.measures import Measure


@strawberry.type(description="The answer to a submission.")
class SubmitSalaryPayload:
    submission: Submission | None = strawberry.field(description="The submission; null where there are errors.")
    receipt: str | None = strawberry.field(
        description="Shown only here. The only way to see, amend or withdraw the submission: no account, no name, no "
        "address is kept. The same again when the same submission is repeated."
    )
    user_errors: list[UserError] = strawberry.field(description="All that is wrong with what was given; empty if nothing.")


@strawberry.type(description="The answer to an amendment.")
class AmendSalaryPayload:
    submission: Submission | None = strawberry.field(description="The submission as amended; null where there are errors.")
    user_errors: list[UserError] = strawberry.field(description="All that is wrong with what was given; empty if nothing.")


@strawberry.type(description="The answer to a withdrawal.")
class WithdrawSalaryPayload:
    submission: Submission | None = strawberry.field(description="What is left of it: that there was one.")
    user_errors: list[UserError] = strawberry.field(description="What is wrong with the receipt; empty if nothing.")


Receipt = Annotated[str, strawberry.argument(description="The receipt that the submission was answered with.")]


async def submit(context: Context, given: SalarySubmissionInput) -> SubmitSalaryPayload:
    intake = context.intake
    problems = await intake.count_request("submit", context.client.network)
    if problems:
        return SubmitSalaryPayload(submission=None, receipt=None, user_errors=user_errors(problems))
    proof = await submission.check_proof(intake, given.proof)
    checked = validate(told(given), context.index.reference, datetime.now(UTC).date())
    problems = [*validate_key(given.idempotency_key), *(checked if isinstance(checked, list) else [])]
    if isinstance(checked, list) or problems:
        problems += [proof] if isinstance(proof, Problem) else []
        return SubmitSalaryPayload(submission=None, receipt=None, user_errors=user_errors(problems, "input"))
    outcome = await submission.submit(intake, given.idempotency_key, proof, checked, await screened(context, checked))
    return SubmitSalaryPayload(
        submission=_seen(outcome), receipt=outcome.receipt, user_errors=user_errors(outcome.problems, "input")
    )


async def amend(context: Context, receipt: str, changes: SalaryAmendmentInput) -> AmendSalaryPayload:
    intake = context.intake
    problems = await intake.count_request("submit", context.client.network)
    if problems:
        return AmendSalaryPayload(submission=None, user_errors=user_errors(problems))
    known = await submission.find(intake, receipt)
    if known is None or known.answers is None:
        problems = [submission.already_withdrawn() if known else submission.unknown_receipt()]
        return AmendSalaryPayload(submission=None, user_errors=user_errors(problems))
    checked = validate(changed(SubmissionAnswers.from_json(known.answers), changes), context.index.reference, datetime.now(UTC).date())
    if isinstance(checked, list):
        return AmendSalaryPayload(submission=None, user_errors=user_errors(checked, "changes"))
    outcome = await submission.amend(intake, known, checked, await screened(context, checked))
    return AmendSalaryPayload(submission=_seen(outcome), user_errors=user_errors(outcome.problems))


async def withdraw(context: Context, receipt: str) -> WithdrawSalaryPayload:
    outcome = await submission.withdraw(context.intake, receipt)
    return WithdrawSalaryPayload(submission=_seen(outcome), user_errors=user_errors(outcome.problems))


async def by_receipt(context: Context, receipt: str) -> Submission | None:
    found = await submission.find(context.intake, receipt)
    return Submission.seen(found) if found else None


async def screened(context: Context, answers: SubmissionAnswers) -> list[Finding]:
    """What makes the answers doubtful beside the base salaries of the narrowest cohort that is large enough."""
    index = context.index
    await index.prepare(Measure.BASE_SALARY)
    profile = profile_of_answers(answers)
    peers = index.cache.get_or_create((Peers, profile, context.rules), lambda: _peers(index, profile, context.rules))
    return screen(answers, peers, index.reference.rates)


def _peers(index: Index, profile: Profile, rules: SuppressionRules) -> Peers | None:
    values = most_specific_cohort(index, profile, measure=Measure.BASE_SALARY, rules=rules)
    return Peers(len(values), percentile(values, 0.5), log_spread(values)) if values else None


def _seen(outcome: Outcome) -> Submission | None:
    return Submission.seen(outcome.submission) if outcome.submission else None
