"""Traces, where they are wanted: how long a request takes and what in it, for the collector that the environment names.

Off unless OTEL_EXPORTER_OTLP_ENDPOINT (or the one for traces) is set, and then nothing of OpenTelemetry is imported: it is
an extra of the package. All other variables of it are read by its own SDK alone.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from service.spans import Spans

log = structlog.get_logger()

_NAMED = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_spans: "Spans | None" = None


def wanted() -> bool:
    """Whether the environment names a collector of traces."""
    return any(os.environ.get(name) for name in _NAMED) and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "none"


@contextmanager
def tracing() -> Iterator["Spans | None"]:
    """Have spans sent until left, where that is wanted; what has not been sent by then is sent last."""
    global _spans  # noqa: PLW0603 - a process has one collector, and its floors tell of themselves without knowing whom
    found = _found() if wanted() else None
    if found is None:
        yield None
        return
    _spans = found
    try:
        yield found
    finally:
        _spans = None
        found.close()


def _found() -> "Spans | None":
    try:
        from service.spans import Spans  # noqa: PLC0415 - what it imports need not be installed
    except ImportError:
        way_out = "Install payrank[telemetry], or unset the variable."
        log.warning("traces.off", reason=f"{_NAMED[0]} names a collector, but OpenTelemetry is not installed. {way_out}")
        return None
    return Spans.sent()


def request(method: str, headers: Mapping[str, str]) -> AbstractContextManager[Callable[[str | None, int], None] | None]:
    """A request, as a context that takes the route and status of its answer."""
    return _spans.request(method, headers) if _spans else nullcontext()


def span(name: str, **attributes: str) -> AbstractContextManager[Any]:
    """What the service does, for somebody or of itself."""
    return _spans.internal(name, attributes) if _spans else nullcontext()


def served(kind: str, name: str | None) -> AbstractContextManager[Any]:
    """An operation that comes by itself, since its socket has no end."""
    return _spans.operation(kind, name) if _spans else nullcontext()


def asked(kind: str, name: str | None) -> None:
    """Tell which operation a request is about."""
    if _spans:
        _spans.tell_operation(kind, name)


def statement(sql: str) -> AbstractContextManager[Any]:
    """A statement that this thread waits for."""
    return _spans.statement(sql) if _spans else nullcontext()


def listen(connection: Any) -> None:
    """Hear of the statements of an asyncpg connection."""
    if _spans:
        connection.add_query_logger(_spans.heard)
