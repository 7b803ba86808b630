"""Enumerations of what is contributed: how far it has come, what is wrong with it, what is doubted and decided."""

from enum import StrEnum

from schema.types.enums import described
from service.intake.validation import ProblemCode
from service.intake.review import ReviewDecision
from service.intake.screening import FindingCode


class SubmissionStatus(StrEnum):
    HELD = "held"
    ACCEPTED = "accepted"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


described(
    SubmissionStatus,
    "How far a submission has come.",
    {
        "HELD": "A moderator looks at it first; `reason` says why.",
        "ACCEPTED": "It goes out with one of the next editions, once enough others share what is told of it.",
        "PUBLISHED": "Its record is out, as coarse as it takes for others to share it.",
        "REJECTED": "A moderator found that it cannot be published; `reason` says why.",
        "WITHDRAWN": "Its contributor took it back; its answers are deleted.",
    },
)
described(
    ProblemCode,
    "What is wrong with what a user gave.",
    {
        "INVALID": "It is not of the form asked for, or contradicts something else that was given.",
        "OUT_OF_RANGE": "It is too small, too large, too many or in the future.",
        "UNKNOWN_CODE": "No reference knows the code; the message names the nearest.",
        "REQUIRED": "Something is missing.",
        "DUPLICATE": "It was done already.",
        "CONFLICT": "The idempotency key came with other content before.",
        "PROOF_REQUIRED": "The proof of work is missing, wrong, too old or was used before.",
        "RATE_LIMITED": "Too many from one network; the message says when to try again.",
        "NOT_FOUND": "There is nothing with this id or receipt.",
        "NOT_ALLOWED": "It is there, but in a state in which this cannot be done.",
    },
    name="UserErrorCode",
)
described(
    FindingCode,
    "The kinds of doubt about a submission.",
    {
        "OUTLIER": "The pay is far from that of comparable records.",
        "LIKELY_DUPLICATE": "It tells much the same as another recent submission.",
        "BURST": "Many like it came within an hour.",
        "INCONSISTENT": "Its answers don't go together, or the pay looks like that of a month, an hour or another currency.",
        "FLAGGED": "Readers doubt its published record.",
    },
)
described(
    ReviewDecision,
    "What a moderator decides on a submission.",
    {
        "ACCEPT": "It is good: it goes out with one of the next editions, or stays out; its flags are settled.",
        "REJECT": "It is no good: its contributor reads the note, its record is gone with the next edition.",
    },
)
