"""Mutations."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types import review, submission
from schema.types.inputs import SalaryAmendmentInput, SalarySubmissionInput
from schema.types.review import FlagRecordPayload, ReviewEmployerPayload, ReviewSubmissionPayload
from schema.types.scalars import Code
from schema.types.submission import AmendSalaryPayload, ProofOfWork, Receipt, SubmitSalaryPayload, WithdrawSalaryPayload
from service.intake.review import NOTE, REASON, ReviewDecision


@strawberry.type(description="Mutations. Errors in their input are returned as `userErrors`.")
class Mutation:
    @strawberry.field(
        description="Submit your pay. All errors in the input are returned together. Once this returns a submission, it is "
        "stored durably. If no response arrives, repeat the same request.",
        metadata=costs(5),
    )
    async def submit_salary(
        self,
        info: Info,
        input: Annotated[SalarySubmissionInput, strawberry.argument(description="Pay to submit.")],  # noqa: A002
    ) -> SubmitSalaryPayload:
        return await submission.submit(info.context, input)

    @strawberry.field(
        description="Correct any answers of a submission. If that changes a published record, a later release removes it "
        "with others of its batch, and the corrected one is published afterwards, under another id.",
        metadata=costs(5),
    )
    async def amend_salary(
        self,
        info: Info,
        receipt: Receipt,
        proof: ProofOfWork,
        changes: Annotated[SalaryAmendmentInput, strawberry.argument(description="Values to change.")],
    ) -> AmendSalaryPayload:
        return await submission.amend(info.context, receipt, proof, changes)

    @strawberry.field(
        description="Withdraw a submission. Its answers and its link to a published record are deleted immediately. The "
        "record is removed with others of its batch in a later release, at the latest 24 months after its own release.",
        metadata=costs(2),
    )
    async def withdraw_salary(self, info: Info, receipt: Receipt) -> WithdrawSalaryPayload:
        return await submission.withdraw(info.context, receipt)

    @strawberry.field(
        description="Flag a record of the current edition as implausible; each network counts once per record. Moderators "
        "review flags of contributed records, the operator reviews those of imported records.",
        metadata=costs(2),
    )
    async def flag_record(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the record.")],  # noqa: A002
        reason: Annotated[str, strawberry.argument(description=f"What is implausible, {REASON}.")],
        proof: ProofOfWork,
    ) -> FlagRecordPayload:
        return await review.flag_record(info.context, id, reason, proof)

    @strawberry.field(
        description="Decide on a submission in the review queue. Requires a moderator's bearer token. The first of several "
        "concurrent decisions counts. It is stored with the moderator's name and note.",
        metadata=costs(2),
    )
    async def review_submission(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the submission.")],  # noqa: A002
        decision: Annotated[ReviewDecision, strawberry.argument(description="Decision.")],
        note: Annotated[
            str,
            strawberry.argument(description=f"Reason, {NOTE}; stored for moderators, not shown to the contributor."),
        ],
    ) -> ReviewSubmissionPayload:
        return await review.review_submission(info.context, id, decision, note)

    @strawberry.field(
        description="Decide whether an employer name of contributions may be published: accept it as a new employer or as "
        "another name of a known one, reject it, or undo the last decision until records of the employer are released. "
        "Requires a moderator's bearer token. It is stored with the moderator's name and note.",
        metadata=costs(2),
    )
    async def review_employer(
        self,
        info: Info,
        name: Annotated[str, strawberry.argument(description="The name, in any of its spellings.")],
        decision: Annotated[ReviewDecision, strawberry.argument(description="Decision.")],
        note: Annotated[str, strawberry.argument(description=f"Reason, {NOTE}; stored for moderators.")],
        same_as: Annotated[
            Code | None,
            strawberry.argument(description="For an accepted name, the known employer that it is another name of."),
        ] = None,
    ) -> ReviewEmployerPayload:
        return await review.review_employer(info.context, name, decision, same_as, note)
