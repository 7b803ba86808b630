"""Exceptions of the service, whose messages are for its clients and operators.

PayRankError                base class
├── InputError              the client's input is invalid
│   ├── UnknownCode         unknown code of a factor; suggests similar ones
│   ├── NeedsIndex          not supported where statistics are computed by SQL
│   └── Unauthenticated     missing, invalid, expired or revoked token
├── RequestTimeout          a request exceeded its time limit
├── DataError               an invalid file or data set
├── SettingsError           invalid configuration
└── DatabaseError           the database failed
    ├── DatabaseUnavailable it is unreachable or overloaded
    │   └── DatabaseTimeout a statement exceeded its time limit
    │       └── EditionAwaited  a requested edition did not arrive in time
    └── EmbeddedError       the embedded PostgreSQL did not start or stop
"""

from collections.abc import Sequence


class PayRankError(Exception):
    """Base class; `str(error)` says what is wrong and what to do, without internals of Python."""


class InputError(PayRankError):
    """The client's input is invalid."""


class UnknownCode(InputError):
    """An unknown code; `nearest` lists the most similar known ones, if any."""

    def __init__(self, kind: str, code: str, nearest: Sequence[str]) -> None:
        self.kind, self.code, self.nearest = kind, code, tuple(nearest)
        every = "currencies" if kind == "currency" else "factorValues"
        hint = f"Did you mean {' or '.join(nearest)}?" if nearest else f"The query `{every}` lists all codes."
        super().__init__(f"There is no {kind} with the code {code!r}. {hint}")


class NeedsIndex(InputError):
    """Not supported, or not with these arguments, where statistics are computed by SQL."""


class Unauthenticated(InputError):
    """A missing, invalid, expired or revoked token."""


class RequestTimeout(PayRankError):
    """A request exceeded its time limit."""


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
