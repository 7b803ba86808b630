"""Telemetry: metrics for Prometheus, and traces for a collector of OpenTelemetry.

The metrics of all serving processes are added up. They do not count challenges and mutations, and do not separate the
connections that write: by these, readers of the metrics would learn of contributions before they are published.

Traces are exported if the environment names a collector (OTEL_EXPORTER_OTLP_ENDPOINT, or the variable for traces alone) and
`payrank[telemetry]` is installed; otherwise the tracer of OpenTelemetry's API does nothing. Its SDK reads all other
variables.

Spans have names, kinds and durations: never a document, a variable, the values of a statement, the message of an error, a
path, a header or an address, since each may reveal what somebody earns, or who that is.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from time import time_ns
from typing import TYPE_CHECKING, Any, Literal

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import extract
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

log = structlog.get_logger()

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable with the folder in which several processes share their metrics; prometheus_client reads it."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_POINTS = (1, 5, 10, 25, 50, 100, 250, 500, 1_000)
_REQUESTS = Histogram("payrank_request_seconds", "Response time by part and status.", ("part", "status"), buckets=_SECONDS)
_RESPONSES = Counter(
    "payrank_responses", "GraphQL responses over HTTP: cached, computed, rate_limited or overloaded.", ("outcome",)
)
CACHED, COMPUTED, RATE_LIMITED, OVERLOADED = (
    _RESPONSES.labels(outcome) for outcome in ("cached", "computed", "rate_limited", "overloaded")
)
CLOSED_CONNECTIONS = Counter(
    "payrank_closed_connections",
    "Connections closed by the service: timeout of the client, or too many of its network or in total.",
    ("reason",),
)
OPERATION_POINTS = Histogram("payrank_operation_points", "Cost of the operations that were executed.", buckets=_POINTS)


def _gauge(name: str, description: str, mode: Literal["livemax", "livesum"], *labels: str) -> Gauge:
    return Gauge(f"payrank_{name}", description, labels, multiprocess_mode=mode)


IN_PROGRESS = _gauge("requests_in_progress", "Requests that have started and have no response yet.", "livesum")
QUEUED = _gauge("queued_requests", "Requests in the queue.", "livesum")
SOCKETS = _gauge("sockets", "Open WebSockets.", "livesum")
CONNECTIONS = _gauge("connections", "Open connections.", "livesum")
EDITION = _gauge("edition_number", "The edition that responses are computed from.", "livemax")
RECORDS = _gauge("edition_records", "Records of that edition.", "livemax")
PUBLISHED = _gauge("edition_published_timestamp_seconds", "Publication of that edition, in Unix time.", "livemax")
BEHIND = _gauge("editions_behind", "Editions published since that edition.", "livemax")
POOL = _gauge("pool_connections", "Connections to PostgreSQL in use, for reading and writing together.", "livesum")


UNCOUNTED = "payrank.uncounted"
"""The key of an ASGI scope that keeps a request out of the metrics unless it fails."""


@cache
def request_seconds(part: str, status: int) -> Histogram:
    """The histogram of the requests to a part of the service that had a status."""
    return _REQUESTS.labels(part, status)


def metrics_text() -> tuple[bytes, str]:
    """All metrics in Prometheus's text format, and its media type."""
    if METRICS_FOLDER not in os.environ:
        return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def drop_gauges(pid: int) -> None:
    """Removes the gauges of a process that has ended."""
    if METRICS_FOLDER in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


_COLLECTOR_VARIABLES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def traces_wanted() -> bool:
    """Whether the environment names a collector."""
    named = any(os.environ.get(name) for name in _COLLECTOR_VARIABLES)
    return named and os.environ.get("OTEL_TRACES_EXPORTER", "otlp") != "none"


@contextmanager
def exported_traces() -> Iterator[None]:
    """Exports spans if wanted; at exit, those that have not been sent yet."""
    provider = _tracer_provider() if traces_wanted() else None
    if provider is None:
        yield
        return
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def _tracer_provider() -> "TracerProvider | None":
    """Configured by the environment. The SDK is imported only here: it is an extra of the package."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        reason = f"{_COLLECTOR_VARIABLES[0]} is set, but the OpenTelemetry SDK is not installed"
        log.warning("traces.off", reason=f"{reason}. Install payrank[telemetry], or unset the variable.")
        return None
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        resource = resource.merge(Resource({SERVICE_NAME: "payrank"}))
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _tracer() -> trace.Tracer:
    return trace.get_tracer("payrank")


@contextmanager
def _span(name: str, kind: SpanKind, attributes: Mapping[str, str], context: Context | None = None) -> Iterator[Span]:
    with _tracer().start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as found:
        try:
            yield found
        except BaseException as error:
            _record_failure(found, error)
            raise


_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}


@contextmanager
def request_span(method: str, headers: Mapping[str, str]) -> Iterator[Callable[[str | None, int], None]]:
    """A request, in the trace of its `traceparent` header; yields a function that records its route and status."""
    name, attribute = (method, method) if method in _METHODS else ("HTTP", "_OTHER")
    with _span(name, SpanKind.SERVER, {"http.request.method": attribute}, extract(headers)) as found:
        yield partial(_record_response, found, name)


def _record_response(span: Span, name: str, route: str | None, status: int) -> None:
    if route:
        span.update_name(f"{name} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        _record_failure(span, status)


def _record_failure(span: Span, reason: BaseException | int) -> None:
    """Records the class of an exception, or a status."""
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", str(reason) if isinstance(reason, int) else type(reason).__qualname__)
    sqlstate = getattr(reason, "sqlstate", None)
    if sqlstate:
        span.set_attribute("db.response.status_code", sqlstate)


def record_operation(kind: str, name: str | None) -> None:
    """Records the GraphQL operation of the current request."""
    span = trace.get_current_span()
    if span.is_recording():
        span.set_attributes(_operation(kind, name))


@contextmanager
def operation_span(kind: str, name: str | None) -> Iterator[None]:
    """An operation over a WebSocket: a separate trace, as the WebSocket may stay open for days."""
    with _span(kind, SpanKind.SERVER, _operation(kind, name)):
        yield


def _operation(kind: str, name: str | None) -> Mapping[str, str]:
    return {"graphql.operation.type": kind} | ({"graphql.operation.name": name} if name else {})


@contextmanager
def span(name: str, **attributes: str) -> Iterator[None]:
    """A task of the service."""
    with _span(name, SpanKind.INTERNAL, attributes):
        yield


@contextmanager
def statement_span(sql: str) -> Iterator[None]:
    """A statement that this thread waits for."""
    if not _is_traced():
        yield
        return
    with _span(*_statement(sql)):
        yield


def trace_statements(connection: Any) -> None:
    """Makes spans of the statements of an asyncpg connection, if traces are exported."""
    if traces_wanted():
        connection.add_query_logger(_record_statement)


def _record_statement(record: Any) -> None:
    """Called by asyncpg after a statement, in the context of the task that executed it."""
    if not _is_traced():
        return
    name, kind, attributes = _statement(record.query)
    ended = time_ns()
    began = ended - int(record.elapsed * 1e9)
    found = _tracer().start_span(name, kind=kind, attributes=attributes, start_time=began)
    if record.exception:
        _record_failure(found, record.exception)
    found.end(ended)


def _is_traced() -> bool:
    """Whether there is a parent span: the query for a new edition every second must not start a trace."""
    return trace.get_current_span().is_recording()


_TABLE = re.compile(r"\b(INSERT INTO|(?<!DO )(?<!FOR )UPDATE|DELETE FROM|FROM)\s+(\w+)", re.IGNORECASE)
_WORD = re.compile(r"\w+")


def _statement(sql: str) -> tuple[str, SpanKind, Mapping[str, str]]:
    name, verb = summarise(sql)
    return name, SpanKind.CLIENT, {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.summary": name}


def summarise(sql: str) -> tuple[str, str]:
    """A statement as its verb and table, and the verb; of several tables the last one written to, else the first.

    >>> summarise("SELECT * FROM salary_record WHERE id = ANY($1)"), summarise("SET statement_timeout = 5000")
    (('SELECT salary_record', 'SELECT'), ('SET', 'SET'))
    >>> summarise("WITH row AS (SELECT 1) INSERT INTO flag (n) SELECT * FROM row ON CONFLICT (n) DO UPDATE SET n = 1")
    ('INSERT flag', 'INSERT')
    """
    found = [(verb.split()[0].upper(), table) for verb, table in _TABLE.findall(sql)]
    written = [(verb, table) for verb, table in found if verb != "FROM"]
    first = _WORD.search(sql)
    verb, table = written[-1] if written else (first[0].upper() if first else "", found[0][1] if found else "")
    return f"{verb} {table}".strip(), verb
