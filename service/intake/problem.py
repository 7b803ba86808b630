"""Problems: what is wrong with what somebody gave, as they can mend it."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    INVALID = "invalid"
    OUT_OF_RANGE = "out_of_range"
    UNKNOWN_CODE = "unknown_code"
    REQUIRED = "required"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    PROOF_REQUIRED = "proof_required"
    RATE_LIMITED = "rate_limited"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and what to do about it, in words; `field` is the way to it, empty where it is the whole."""

    code: ProblemCode
    message: str
    field: tuple[str, ...] = ()


def text_problem(what: str, text: str, shortest: int, longest: int, *field: str) -> list[Problem]:
    """What is wrong with a text for people to read, if anything.

    >>> text_problem("A note", "fine", 3, 10, "note")
    []
    >>> text_problem("A note", "a\\x00b", 3, 10, "note")[0].message
    'A note has 3 to 10 characters, none of them a control character.'
    """
    plain = text.isprintable() or all(character.isprintable() or character in "\n\t" for character in text)
    if shortest <= len(text.strip()) and len(text) <= longest and plain:
        return []
    message = f"{what} has {shortest} to {longest:,} characters, none of them a control character."
    return [Problem(ProblemCode.INVALID, message, field)]
