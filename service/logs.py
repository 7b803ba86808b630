"""Logs: one JSON object per line on standard error, with the id of the request.

Unexpected exceptions are logged by their class and the lines of code alone: their messages, and the values of variables, may
reveal what somebody earns.
"""

import sys
import traceback
from collections.abc import Iterator

import structlog

from service.errors import PayRankError


def configure_logs() -> None:
    """Configures structlog for the process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda info: "\n".join(_traceback(info[1]))),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # looked up for each line: it may have been replaced
        cache_logger_on_first_use=False,
    )


def _traceback(error: BaseException) -> Iterator[str]:
    """The exception after those that caused it."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _traceback(cause)
    yield "".join(traceback.format_tb(error.__traceback__)) + _description(error)


def _description(error: BaseException) -> str:
    """
    >>> _description(ValueError("190000")), _description(PayRankError("The database is gone."))
    ('builtins.ValueError', 'service.errors.PayRankError: The database is gone.')
    """
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    state = getattr(error, "sqlstate", None)
    message = str(error) if isinstance(error, PayRankError) else f"SQLSTATE {state}" if state else ""
    return f"{name}: {message}" if message else name
