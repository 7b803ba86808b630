"""Exceptions of the service, whose messages are for its clients and operators.

PayRankError                base class
├── InputError              the client's input is invalid
│   ├── UnknownCode         unknown code of a factor; suggests similar ones
│   ├── NeedsIndex          not supported where statistics are computed by SQL
│   └── Unauthenticated     missing, invalid, expired or revoked token
├── RequestTimeout          a request exceeded its time limit
├── ModelUnavailable        a model could not be fitted a short time ago
├── DataError               an invalid file or data set
├── SettingsError           invalid configuration
└── DatabaseError           the database failed
    ├── DatabaseUnavailable it is unreachable or overloaded
    │   └── DatabaseTimeout a statement exceeded its time limit
    │       └── EditionAwaited  a requested edition did not arrive in time
    └── EmbeddedError       the embedded PostgreSQL did not start or stop
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Self

from service.counts import joined

MAX_PROBLEMS, MAX_SUGGESTED = 20, 3
"""Problems that one error reports, and unknown codes among them that get suggestions, which take long to find."""
Path = tuple[str | int, ...]


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
class InputProblem:
    """What is wrong with a value of an input, and how to correct it.

    `path` leads from the arguments to the value, by names in snake case and positions from 0; empty for all arguments.
    """

    message: str
    path: Path = ()
    code: ProblemCode = ProblemCode.INVALID
    suggestions: tuple[str, ...] = ()


class PayRankError(Exception):
    """Base class; `str(error)` says what is wrong and what to do, without internals of Python."""


class InputError(PayRankError):
    """The client's input is invalid, for one or several reasons."""

    def __init__(
        self, message: str, path: Path = (), code: ProblemCode = ProblemCode.INVALID, suggestions: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.problems: tuple[InputProblem, ...] = (InputProblem(message, path, code, tuple(suggestions)),)

    @classmethod
    def of(cls, problems: Sequence[InputProblem]) -> Self:
        """The error with several problems; its message has those of all.

        >>> str(InputError.of([InputProblem("Too low."), InputProblem("Unknown.")]))
        '2 problems: Too low. Unknown.'
        """
        messages = " ".join(problem.message for problem in problems)
        error = cls(messages if len(problems) == 1 else f"{len(problems)} problems: {messages}")
        error.problems = tuple(problems)
        return error


def out_of_range(argument: str, rest: str) -> InputError:
    """The error about an argument that is not within its limits.

    >>> error = out_of_range("first", "from 1 to 500, got 0.")
    >>> print(error, error.problems[0].path, error.problems[0].code)
    `first` must be from 1 to 500, got 0. ('first',) out_of_range
    """
    return InputError(f"`{argument}` must be {rest}", (argument,), ProblemCode.OUT_OF_RANGE)


class UnknownCode(InputError):
    """An unknown code; `nearest` lists the most similar known ones, if any."""

    def __init__(self, kind: str, code: str, nearest: Sequence[str]) -> None:
        self.kind, self.code, self.nearest = kind, code, tuple(nearest)
        every = "currencies" if kind == "currency" else "factorValues"
        hint = f"Did you mean {joined(nearest, 'or')}?" if nearest else f"The query `{every}` lists all codes."
        message = f"There is no {kind} with the code {code!r}. {hint}"
        super().__init__(message, code=ProblemCode.UNKNOWN_CODE, suggestions=self.nearest)


class NeedsIndex(InputError):
    """Not supported, or not with these arguments, where statistics are computed by SQL."""


class Unauthenticated(InputError):
    """A missing, invalid, expired or revoked token."""


class RequestTimeout(PayRankError):
    """A request exceeded its time limit."""


class ModelUnavailable(PayRankError):
    """A model could not be fitted a short time ago, and is not fitted again at once."""


class DataError(PayRankError):
    """An invalid file or data set."""


class SettingsError(PayRankError):
    """Invalid configuration."""


class DatabaseError(PayRankError):
    """The database failed."""


class DatabaseUnavailable(DatabaseError):
    """The database is unreachable or overloaded."""


class DatabaseTimeout(DatabaseUnavailable):
    """A statement exceeded its time limit."""


class EditionAwaited(DatabaseTimeout):
    """An edition that a client requested did not arrive in this process in time."""


class EmbeddedError(DatabaseError):
    """The embedded PostgreSQL did not start or stop."""


@dataclass
class Problems:
    """Collects the problems of several inputs, to report all of them at once."""

    found: list[InputProblem] = field(default_factory=list)
    _too_many: InputError | None = None

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Collects the problems of an InputError about the value at a path. Raises at once if there are MAX_PROBLEMS."""
        try:
            yield
        except (NeedsIndex, Unauthenticated):
            raise
        except InputError as error:
            if error is self._too_many:  # raised below, within this value
                raise
            self.found += [replace(problem, path=(*path, *problem.path)) for problem in error.problems]
            if len(self.found) >= MAX_PROBLEMS:
                self._too_many = InputError.of(self.found[:MAX_PROBLEMS])
                raise self._too_many from error

    @property
    def suggests(self) -> bool:
        """Whether to find suggestions for one more unknown code."""
        return len(self.found) < MAX_SUGGESTED


@contextmanager
def collected_problems() -> Iterator[Problems]:
    """Collects problems and raises InputError with all of them at the end.

    >>> with collected_problems() as problems:
    ...     with problems.at("first"): raise InputError("Too low.")
    ...     with problems.at("where", "role", 0): raise InputError("Unknown.")
    Traceback (most recent call last):
    service.errors.InputError: 2 problems: Too low. Unknown.
    """
    problems = Problems()
    yield problems
    if problems.found:
        raise InputError.of(problems.found)


@contextmanager
def problems_at(*path: str | int) -> Iterator[None]:
    """Adds the beginning of the path to the problems of an InputError."""
    with collected_problems() as problems, problems.at(*path):
        yield


_CREDENTIALS = re.compile(r"(://[^\s/?#:@]*:)\S*@|((?:\b|_)(?:ssl)?password=)[^\s&]+", re.IGNORECASE)


def masked(text: str) -> str:
    """A text without the passwords of the URLs in it, even of those in which a password has characters of URLs.

    >>> masked("not postgresql://ann:p/a@ss@db/pay?sslpassword=b but http://db:80/")
    'not postgresql://ann:***@db/pay?sslpassword=*** but http://db:80/'
    """
    return _CREDENTIALS.sub(lambda found: f"{found[1]}***@" if found[1] else f"{found[2]}***", text)
