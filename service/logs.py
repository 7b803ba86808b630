"""Logs: one JSON object a line, on standard error. Tracebacks come without the values of variables, which may be secret."""

import sys

import structlog


def configure_logs() -> None:
    """Set structlog up for the process."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
