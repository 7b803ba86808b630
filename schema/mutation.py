"""The root of all mutations."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs
from schema.types.inputs import SalaryAmendmentInput, SalarySubmissionInput
from schema.types import contribution, review
from schema.types.contribution import AmendSalaryPayload, Receipt, SubmitSalaryPayload, WithdrawSalaryPayload
from schema.types.review import FlagRecordPayload, ReviewSubmissionPayload
from service.intake.review import ReviewDecision


@strawberry.type(description="All that can be contributed and decided. What is wrong with it comes back as `userErrors`.")
class Mutation:
    @strawberry.field(
        description="Tell what you earn. All problems come back at once. What is answered with a submission is kept, "
        "whatever happens to the service; repeat the same request when no answer came.",
        metadata=costs(5),
    )
    async def submit_salary(
        self,
        info: Info,
        input: Annotated[SalarySubmissionInput, strawberry.argument(description="The answers.")],  # noqa: A002
    ) -> SubmitSalaryPayload:
        return await contribution.submit(info.context, input)

    @strawberry.field(
        description="Correct a submission. A record that is out already goes with the next edition; the corrected one comes "
        "under another id, as a new submission would.",
        metadata=costs(5),
    )
    async def amend_salary(
        self,
        info: Info,
        receipt: Receipt,
        changes: Annotated[SalaryAmendmentInput, strawberry.argument(description="What is to be another answer.")],
    ) -> AmendSalaryPayload:
        return await contribution.amend(info.context, receipt, changes)

    @strawberry.field(
        description="Take a submission back: its answers are deleted at once, its record is gone with the next edition.",
        metadata=costs(2),
    )
    async def withdraw_salary(self, info: Info, receipt: Receipt) -> WithdrawSalaryPayload:
        return await contribution.withdraw(info.context, receipt)

    @strawberry.field(
        description="Doubt a published record of the current edition: moderators look at what was contributed, the operator "
        "at what was imported.",
        metadata=costs(2),
    )
    async def flag_record(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The record's id.")],  # noqa: A002
        reason: Annotated[str, strawberry.argument(description="What is odd about it, in 3 to 500 characters.")],
    ) -> FlagRecordPayload:
        return await review.flag_record(info.context, id, reason)

    @strawberry.field(
        description="For moderators, by bearer token: decide on a submission of the review queue. Of several decisions at "
        "once the first counts; it is kept with who and why.",
        metadata=costs(2),
    )
    async def review_submission(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The submission's id.")],  # noqa: A002
        decision: Annotated[ReviewDecision, strawberry.argument(description="Whether it is good.")],
        note: Annotated[
            str, strawberry.argument(description="Why, in 3 to 1,000 characters; the contributor reads it on a rejection.")
        ],
    ) -> ReviewSubmissionPayload:
        return await review.review_submission(info.context, id, decision, note)
