"""Logs: one JSON object per line on standard error, with the id of the request.

Unexpected exceptions are logged by their class and the lines of code alone: their messages, and the values of variables, may
reveal what somebody earns. Messages of libraries are logged in the same way, with their text only if it is a constant:
uvicorn's contain addresses and URLs, asyncio's the arguments of functions. Passwords in URLs are masked in every line.
"""

import errno
import linecache
import logging
import sys
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import structlog

from service.errors import InputError, PayRankError, masked

_log = structlog.get_logger()


def configure_logs() -> None:
    """Configures structlog for the process, and sends the messages of libraries to the same log."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(lambda info: described(info[1])),
            _masked_values,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),  # looked up for each line: it may have been replaced
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    if not any(isinstance(handler, _LibraryHandler) for handler in root.handlers):
        root.addHandler(_LibraryHandler(logging.WARNING))


def log_uncaught_exceptions() -> None:
    """Logs exceptions that no code of this process catches, which Python would print with their messages."""
    sys.excepthook = lambda _, error, __: _log.critical("process.failed", exc_info=error)
    threading.excepthook = lambda found: _log.error("thread.failed", exc_info=found.exc_value)
    sys.unraisablehook = lambda found: _log.error("cleanup.failed", exc_info=found.exc_value)


class _LibraryHandler(logging.Handler):
    """Writes the lines of libraries to this log."""

    def emit(self, record: logging.LogRecord) -> None:
        write = _log.error if record.levelno >= logging.ERROR else _log.warning
        found = {"text": _constant_text(record), "exc_info": record.exc_info[1] if record.exc_info else None}
        at = f"{Path(record.pathname).name}:{record.lineno} {record.funcName}"
        with suppress(OSError, ValueError):  # standard error is closed: no reason for the library to fail
            write("library", logger=record.name, at=at, **{name: value for name, value in found.items() if value})


def _constant_text(record: logging.LogRecord) -> str:
    """The first line of a record's text, without its arguments, if the module that logs it has these words; else empty.

    A text that was formatted before it was logged is not in the module, and may contain values.
    """
    text = record.msg.partition("\n")[0] if isinstance(record.msg, str) else ""
    return text if any(text in line for line in linecache.getlines(record.pathname)) else ""


def _masked_values(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {name: masked(value) if isinstance(value, str) else value for name, value in event.items()}


def described(error: BaseException) -> str:
    """An exception after those that caused it, each with the lines of code and its class, but not its message."""
    return "\n".join(_traceback(error))


def _traceback(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _traceback(cause)
    yield "".join(traceback.format_tb(error.__traceback__)) + _description(error)


def _description(error: BaseException) -> str:
    """
    >>> _description(ValueError("190000")), _description(PayRankError("The database is gone."))
    ('builtins.ValueError', 'service.errors.PayRankError: The database is gone.')
    """
    message = _message(error)
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return f"{name}: {message}" if message else name


def _message(error: BaseException) -> str:
    """The message of an error of PayRank, the code of one of PostgreSQL or the operating system, else nothing."""
    if isinstance(error, PayRankError):
        return "" if isinstance(error, InputError) else str(error)  # which repeats the client's input
    if state := getattr(error, "sqlstate", None):
        return f"SQLSTATE {state}"
    return errno.errorcode.get(error.errno or 0, "") if isinstance(error, OSError) else ""
