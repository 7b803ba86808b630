"""The error tree.

PayRankError                what went wrong and what to do next, in words for whoever asked
├── InputError              the caller's input cannot be used
│   ├── UnknownCode         a code that no reference knows, with the nearest that it does
│   ├── NeedsIndex          a question that is not answered where statistics are made by SQL
│   └── Unauthenticated     a token that is missing, wrong, expired or revoked
├── RequestTimeout          a request took too long and was given up
├── DataError               a file or a data set cannot be used
├── SettingsError           the configuration cannot be used
└── DatabaseError           the database cannot be used
    ├── DatabaseUnavailable it cannot be reached, or is too busy
    │   └── DatabaseTimeout it took too long
    │       └── EditionAwaited  an edition that was asked for has not come here in time
    └── EmbeddedError       the embedded PostgreSQL cannot be started or stopped
"""

from collections.abc import Sequence


class PayRankError(Exception):
    """Base of all expected errors; `str(error)` is a sentence for its reader, never a Python text."""


class InputError(PayRankError):
    """The caller's input cannot be used."""


class UnknownCode(InputError):
    """A code that no reference knows; `nearest` lists the known ones that look most like it."""

    def __init__(self, kind: str, code: str, nearest: Sequence[str]) -> None:
        self.kind, self.code, self.nearest = kind, code, tuple(nearest)
        hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f"There is no {kind} with the code {code!r}.{hint}")


class NeedsIndex(InputError):
    """A question that is not answered, or not this way, where statistics are made by SQL."""


class Unauthenticated(InputError):
    """A token that is missing, wrong, expired or revoked."""


class RequestTimeout(PayRankError):
    """A request took too long and was given up."""


class DataError(PayRankError):
    """A file or a data set cannot be used."""


class SettingsError(PayRankError):
    """The configuration cannot be used."""


class DatabaseError(PayRankError):
    """The database cannot be used."""


class DatabaseUnavailable(DatabaseError):
    """The database cannot be reached, or is too busy to answer."""


class DatabaseTimeout(DatabaseUnavailable):
    """The database took too long and was told to stop."""


class EditionAwaited(DatabaseTimeout):
    """An edition that the caller wants an answer from has not come to this process in time."""


class EmbeddedError(DatabaseError):
    """The embedded PostgreSQL cannot be started or stopped."""
