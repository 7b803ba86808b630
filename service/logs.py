"""Logs: one JSON object a line, on standard error, each with the id of the request that it is about.

What went wrong unexpectedly is told by the places in the code and the kind of error alone: its words, and the values of
variables, may hold what somebody earns.
"""

import sys
import traceback
from collections.abc import Iterator

import structlog

from service.errors import PayRankError


def configure_logs() -> None:
    """Set structlog up for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda info: "\n".join(_told(info[1]))),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # as it is by then: it may have been exchanged
        cache_logger_on_first_use=False,
    )


def _told(error: BaseException) -> Iterator[str]:
    """The error after those that led to it."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _told(before)
    yield "".join(traceback.format_tb(error.__traceback__)) + _kind(error)


def _kind(error: BaseException) -> str:
    """
    >>> _kind(ValueError("190000")), _kind(PayRankError("The database is gone."))
    ('builtins.ValueError', 'service.errors.PayRankError: The database is gone.')
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    state = getattr(error, "sqlstate", None)
    words = str(error) if isinstance(error, PayRankError) else f"SQLSTATE {state}" if state else ""
    return f"{name}: {words}" if words else name
