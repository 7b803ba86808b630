"""Mutations."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types import review, submission
from schema.types.inputs import SalaryAmendmentInput, SalarySubmissionInput
from schema.types.review import FlagRecordPayload, ReviewSubmissionPayload
from schema.types.submission import AmendSalaryPayload, Receipt, SubmitSalaryPayload, WithdrawSalaryPayload
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
        description="Correct a submission. If its record is already published, the next edition drops it; the corrected "
        "record is published under another id, like a new submission.",
        metadata=costs(5),
    )
    async def amend_salary(
        self,
        info: Info,
        receipt: Receipt,
        changes: Annotated[SalaryAmendmentInput, strawberry.argument(description="Values to change.")],
    ) -> AmendSalaryPayload:
        return await submission.amend(info.context, receipt, changes)

    @strawberry.field(
        description="Withdraw a submission. Its answers are deleted immediately; the next edition drops its record.",
        metadata=costs(2),
    )
    async def withdraw_salary(self, info: Info, receipt: Receipt) -> WithdrawSalaryPayload:
        return await submission.withdraw(info.context, receipt)

    @strawberry.field(
        description="Flag a record of the current edition as implausible. Moderators review flags of contributed "
        "records, the operator reviews those of imported records.",
        metadata=costs(2),
    )
    async def flag_record(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of the record.")],  # noqa: A002
        reason: Annotated[str, strawberry.argument(description=f"What is implausible, {REASON}.")],
    ) -> FlagRecordPayload:
        return await review.flag_record(info.context, id, reason)

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
            strawberry.argument(description=f"Reason, {NOTE}; shown to the contributor of a rejected submission."),
        ],
    ) -> ReviewSubmissionPayload:
        return await review.review_submission(info.context, id, decision, note)
