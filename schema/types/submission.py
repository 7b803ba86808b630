"""Submissions of pay: submit, view, amend and withdraw."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import strawberry

from schema.context import Context, Info
from schema.limits.arguments import similar_records
from schema.limits.cost import costs
from schema.types.definitions import define_type
from schema.types.edition import Edition, edition_numbered
from schema.types.enums import SubmissionStatus
from schema.types.inputs import SalaryAmendmentInput, SalarySubmissionInput, amended, submission_of
from schema.types.node import Node
from schema.types.offer import prepare_benchmarks
from service.index.index import Index
from service.intake import submission as intake
from service.intake.contribution_rules import ContributionRules
from service.intake.screening import Finding, FindingCode, Peers, screen
from service.intake.validation import Problem, validate, validate_key
from service.market.offer import OfferBenchmark, benchmark_pay
from service.market.profile import MULTI_VALUED, SINGLE_VALUED, Profile
from service.market.relaxation import most_specific_cohort
from service.stats.percentiles import log_mad, percentile
from service.stats.suppression import SuppressionRules
from service.store.submissions import Submission
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.measures import Measure

Receipt = Annotated[str, strawberry.argument(description="Receipt of the submission.")]
ProofOfWork = Annotated[
    str,
    strawberry.argument(
        description="Solved proof-of-work challenge of GET /challenge, as ALTCHA's base64 payload; valid once, for ten "
        "minutes. Empty if the service requires none."
    ),
]


def _problem_path(self: Problem) -> list[str] | None:
    return list(self.field) or None


define_type(
    Problem,
    "Error in the input of a mutation.",
    {
        "code": "Machine-readable code.",
        "message": "Explanation in English, and what to do about it.",
        "field": strawberry.field(
            resolver=_problem_path,
            description="Path to the value, from the argument on: input, skills, 2. Null if it concerns the whole input.",
        ),
    },
    name="UserError",
)


def user_errors(problems: Iterable[Problem], argument: str | None = None) -> list[Problem]:
    """Problems with their paths as in the API; `argument` is the argument that contains the values."""
    prefix = (argument,) if argument else ()
    return [replace(one, field=(*prefix, *map(_camel_case, one.field)) if one.field else ()) for one in problems]


def _camel_case(name: str) -> str:
    """
    >>> _camel_case("base_salary"), _camel_case("2")
    ('baseSalary', '2')
    """
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _status(self: Submission, info: Info) -> SubmissionStatus:
    """Until it is published, by the time of receipt and the calendar alone: whether it is held or rejected does not show."""
    if self.status in (SubmissionStatus.PUBLISHED.value, SubmissionStatus.WITHDRAWN.value):
        return SubmissionStatus(self.status)
    return SubmissionStatus.RECEIVED if info.context.intake.is_new(self) else SubmissionStatus.WAITING


def _reason(self: Submission) -> str | None:
    """The findings about its own answers; those about other submissions, of earlier versions, are left out."""
    if self.published_in:
        return None
    doubts = [finding["message"] for finding in self.findings if finding["code"] in _OWN_FINDINGS]
    return f"Check your answers, and correct them if they are wrong. {' '.join(doubts)}" if doubts else None


_OWN_FINDINGS = (FindingCode.OUTLIER, FindingCode.INCONSISTENT)


@strawberry.field(description="Edition that first contained its record; null before.", metadata=costs(1))
async def published_in(self: Submission, info: Info) -> Edition | None:
    return await edition_numbered(info.context, self.published_in) if self.published_in else None


@strawberry.field(
    description="Comparison of the pay with similar published records, never with generated samples, in the currency of the "
    "submission. Null if there are too few such records, and after a withdrawal.",
    metadata=costs(10, selects=similar_records),
)
async def benchmark(self: Submission, info: Info) -> OfferBenchmark | None:
    if self.answers is None:
        return None
    answers, index = SubmissionAnswers.from_json(self.answers), info.context.index
    await prepare_benchmarks(index, [answers.currency])
    pay = (answers.base, answers.bonus, answers.equity)
    return benchmark_pay(index, _profile(answers), *pay, answers.currency, info.context.rules)


define_type(
    Submission,
    "Submission of a contributor. Its answers are never shown.",
    {
        "id": strawberry.field(
            graphql_type=strawberry.ID, description="Id of the submission, unrelated to the id of the published record."
        ),
        "status": strawberry.field(resolver=_status, description="State of the submission."),
        "reason": strawberry.field(
            resolver=_reason,
            description="Screening findings, in English; null if there are none or once it is published. Independent of "
            "other submissions and of moderators.",
        ),
        "submitted_at": "Time of receipt.",
        "published_in": published_in,
        "benchmark": benchmark,
    },
    interfaces=[Node],
)


define_type(
    ContributionRules,
    "How this service takes and publishes contributed pay; docs/trust.md describes it.",
    {
        "invitation_required": "Whether a submission needs an invitation by the operator.",
        "class_size": "Minimum number of contributed records of a class that are published together.",
        "employer_classes": "Whether pay is also published by employer and by metro area, where enough contributors share "
        "them. If not, no published record of a contributor has an employer or a place within the country.",
        "release_days": "Days between two releases of contributed pay; 0 if there are none.",
        "next_release": "When the next release is due; null if there are none.",
    },
)


@strawberry.type(description="Response to a submission.")
class SubmitSalaryPayload:
    submission: Submission | None = strawberry.field(description="The submission; null if there are errors.")
    receipt: str | None = strawberry.field(
        description="The only way to view, amend or withdraw the submission, shown only here: no account, name or address "
        "is stored. The same if the same submission is repeated."
    )
    user_errors: list[Problem] = strawberry.field(description="All errors in the input; empty if there are none.")


@strawberry.type(description="Response to an amendment.")
class AmendSalaryPayload:
    submission: Submission | None = strawberry.field(description="The amended submission; null if there are errors.")
    user_errors: list[Problem] = strawberry.field(description="All errors in the input; empty if there are none.")


@strawberry.type(description="Response to a withdrawal.")
class WithdrawSalaryPayload:
    submission: Submission | None = strawberry.field(description="The withdrawn submission, without its answers.")
    user_errors: list[Problem] = strawberry.field(description="Errors in the receipt; empty if there are none.")


async def submit(context: Context, input_: SalarySubmissionInput) -> SubmitSalaryPayload:
    services = context.intake
    problems = await services.count_request("submit", context.client.network)
    if problems:
        return SubmitSalaryPayload(submission=None, receipt=None, user_errors=user_errors(problems))
    proof = await intake.check_proof(services, input_.proof)
    reference = context.index.reference
    answers = validate(submission_of(input_), reference, datetime.now(UTC).date())
    origin = services.origin(context.client.network, input_.invitation)
    problems = [*validate_key(input_.idempotency_key), *_problems(origin), *_problems(answers), *_problems(proof)]
    if isinstance(answers, list) or isinstance(proof, Problem) or isinstance(origin, Problem) or problems:
        return SubmitSalaryPayload(submission=None, receipt=None, user_errors=user_errors(problems, "input"))
    findings = await _screen(context, answers)
    key, taxonomy = input_.idempotency_key, reference.taxonomy
    outcome = await intake.submit(services, key, proof, answers, findings, origin, taxonomy)
    return SubmitSalaryPayload(
        submission=outcome.submission, receipt=outcome.receipt, user_errors=user_errors(outcome.problems, "input")
    )


def _problems(found: object) -> list[Problem]:
    """The problems in the result of a check: a list of them, one, or none if it is something else."""
    if isinstance(found, list):
        return found
    return [found] if isinstance(found, Problem) else []


async def amend(context: Context, receipt: str, payload: str, changes: SalaryAmendmentInput) -> AmendSalaryPayload:
    services = context.intake
    problems = await services.count_request("submit", context.client.network)
    if problems:
        return AmendSalaryPayload(submission=None, user_errors=user_errors(problems))
    proof, stored = await intake.check_proof(services, payload), await intake.find(services, receipt)
    if stored is None or stored.answers is None:
        problems = [intake.already_withdrawn() if stored else intake.unknown_receipt(), *_problems(proof)]
        return AmendSalaryPayload(submission=None, user_errors=user_errors(problems))
    parsed = amended(SubmissionAnswers.from_json(stored.answers), changes)
    reference = context.index.reference
    answers = validate(parsed, reference, datetime.now(UTC).date())
    if isinstance(answers, list) or isinstance(proof, Problem):
        errors = [*user_errors(_problems(answers), "changes"), *user_errors(_problems(proof))]
        return AmendSalaryPayload(submission=None, user_errors=errors)
    findings, network = await _screen(context, answers), context.client.network
    outcome = await intake.amend(services, stored, proof, answers, findings, network, reference.taxonomy)
    return AmendSalaryPayload(submission=outcome.submission, user_errors=user_errors(outcome.problems))


async def withdraw(context: Context, receipt: str) -> WithdrawSalaryPayload:
    outcome = await intake.withdraw(context.intake, receipt)
    return WithdrawSalaryPayload(submission=outcome.submission, user_errors=user_errors(outcome.problems))


async def _screen(context: Context, answers: SubmissionAnswers) -> list[Finding]:
    """Findings of a comparison with the base salaries of the most specific cohort of real records that is large enough."""
    index, profile = context.index, _profile(answers)
    await index.prepare(Measure.BASE_SALARY)
    peers = index.cache.get_or_create((Peers, profile, context.rules), lambda: _peers(index, profile, context.rules))
    return screen(answers, peers, index.reference.rates)


def _peers(index: Index, profile: Profile, rules: SuppressionRules) -> Peers | None:
    values = most_specific_cohort(index, profile, measure=Measure.BASE_SALARY, rules=rules)
    return Peers(len(values), percentile(values, 0.5), log_mad(values)) if values else None


def _profile(answers: SubmissionAnswers) -> Profile:
    """The profile of validated answers; the employer is left out, as a free text without a code."""
    one = {factor: answers.one[factor] for factor in SINGLE_VALUED if factor in answers.one}
    many = {factor: answers.many[factor] for factor in MULTI_VALUED if factor in answers.many}
    return Profile(one, many, answers.experience)
