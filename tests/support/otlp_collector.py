"""A collector of traces on this machine, which receives OTLP over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@dataclass
class Collector:
    """The requests that it has received."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def spans(self, *kinds: int) -> list[Span]:
        """The spans of some kinds, ordered by start."""
        sent = (ExportTraceServiceRequest.FromString(body) for body in self.bodies)
        found = [span for one in sent for part in one.resource_spans for scope in part.scope_spans for span in scope.spans]
        return sorted((span for span in found if span.kind in kinds), key=lambda span: span.start_time_unix_nano)

    def services(self) -> set[str]:
        sent = (ExportTraceServiceRequest.FromString(body) for body in self.bodies)
        attributes = (attribute for one in sent for part in one.resource_spans for attribute in part.resource.attributes)
        return {attribute.value.string_value for attribute in attributes if attribute.key == "service.name"}


def attributes_of(span: Span) -> dict[str, Any]:
    """The attributes of a span."""
    values = ((each.key, each.value) for each in span.attributes)
    return {key: getattr(value, str(value.WhichOneof("value"))) for key, value in values}


def has_failed(span: Span) -> bool:
    return bool(span.status.code == Status.STATUS_CODE_ERROR)


@contextmanager
def collecting() -> Iterator[Collector]:
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            collector.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        collector.port = server.server_address[1]
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join(60)
            assert not thread.is_alive()
