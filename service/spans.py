"""Spans: what traces tell, in OpenTelemetry's words. Imported only where traces are wanted.

They tell names, kinds and durations: never a document, a variable, a statement's values, an error's words, a path, a header
or an address, for any of them may hold what somebody earns, or who that is.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import time_ns
from typing import Any

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span

Attributes = Mapping[str, str]
_METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}
_WHERE = re.compile(r"\b(INSERT INTO|(?<!DO )(?<!FOR )UPDATE|DELETE FROM|FROM)\s+(\w+)", re.IGNORECASE)
_FIRST = re.compile(r"\w+")


@dataclass(frozen=True)
class Spans:
    """Where they go."""

    provider: TracerProvider
    tracer: Tracer

    @classmethod
    def sent(cls) -> "Spans":
        """To the collector, with the name, sampling and limits that the environment says."""
        resource = Resource.create()
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "payrank"}))
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider, provider.get_tracer("payrank"))

    def close(self) -> None:
        self.provider.shutdown()

    @contextmanager
    def request(self, method: str, headers: Attributes) -> Iterator[Callable[[str | None, int], None]]:
        """What somebody asked, in the trace that the headers name (W3C's traceparent), until it is answered."""
        name, known = (method, method) if method in _METHODS else ("HTTP", "_OTHER")
        with self._open(name, SpanKind.SERVER, {"http.request.method": known}, extract(headers)) as span:
            yield partial(_answer, span, name)

    @contextmanager
    def operation(self, kind: str, name: str | None) -> Iterator[None]:
        with self._open(kind, SpanKind.SERVER, _operation(kind, name)):
            yield

    @contextmanager
    def internal(self, name: str, attributes: Attributes) -> Iterator[None]:
        with self._open(name, SpanKind.INTERNAL, attributes):
            yield

    @contextmanager
    def statement(self, sql: str) -> Iterator[None]:
        if not _within():
            yield
            return
        name, attributes = summary(sql)
        with self._open(name, SpanKind.CLIENT, attributes):
            yield

    def heard(self, record: Any) -> None:
        """What asyncpg tells of a statement, in the context of whoever asked it."""
        if not _within():
            return
        name, attributes = summary(record.query)
        ended = time_ns()
        began = ended - int(record.elapsed * 1e9)
        span = self.tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes, start_time=began)
        if record.exception:
            _fail(span, record.exception)
        span.end(ended)

    def tell_operation(self, kind: str, name: str | None) -> None:
        get_current_span().set_attributes(_operation(kind, name))

    @contextmanager
    def _open(self, name: str, kind: SpanKind, told: Attributes, within: Context | None = None) -> Iterator[Span]:
        with self.tracer.start_as_current_span(
            name, within, kind, told, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                _fail(span, error)
                raise


def _answer(span: Span, name: str, route: str | None, status: int) -> None:
    if route:
        span.update_name(f"{name} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        _fail(span, status)


def _fail(span: Span, why: BaseException | int) -> None:
    """Tell that what a span is of went wrong, by the kind of error or by a status."""
    span.set_status(StatusCode.ERROR)
    span.set_attribute("error.type", str(why) if isinstance(why, int) else type(why).__qualname__)
    state = getattr(why, "sqlstate", None)
    if state:
        span.set_attribute("db.response.status_code", state)


def _within() -> bool:
    """Whether there is a span around this: to look for a new edition every second is no trace of its own."""
    return get_current_span().is_recording()


def _operation(kind: str, name: str | None) -> Attributes:
    return {"graphql.operation.type": kind} | ({"graphql.operation.name": name} if name else {})


def summary(sql: str) -> tuple[str, Attributes]:
    """What a statement does and to which table, where it writes to one the last such: that is what the others lead to.

    >>> summary("SELECT * FROM salary_record WHERE id = ANY($1)")[0], summary("SET statement_timeout = 5000")[0]
    ('SELECT salary_record', 'SET')
    >>> summary("WITH row AS (SELECT 1) INSERT INTO flag (n) SELECT * FROM row ON CONFLICT (n) DO UPDATE SET n = 1")[0]
    'INSERT flag'
    """
    found = [(verb.split()[0].upper(), table) for verb, table in _WHERE.findall(sql)]
    written = [(verb, table) for verb, table in found if verb != "FROM"]
    first = _FIRST.search(sql)
    verb, table = written[-1] if written else (first[0].upper() if first else "", found[0][1] if found else "")
    name = f"{verb} {table}".strip()
    return name, {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.summary": name}
