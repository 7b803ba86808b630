"""Traces: the spans of requests and statements that a collector receives, and the personal data that it does not."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import asyncpg
import pytest
from opentelemetry import trace
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.util._once import Once
from starlette.testclient import TestClient
from support.moderators import good_token
from support.otlp_collector import Collector, attributes_of, collecting, has_failed
from support.serve_process import SUBMIT, nth_input

from service.app import create_app
from service.intake.access import Secret
from service.intake.receipt import receipt_of
from service.settings import load_settings

INTERNAL, SERVER, CLIENT = Span.SPAN_KIND_INTERNAL, Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT
MINE = f'query Mine {{ submission(receipt: "{receipt_of(Secret(b"another"), "a key").text}") {{ id }} }}'
"""Reads the database each time."""
POST = {"http.request.method": "POST", "http.route": "/graphql", "http.response.status_code": 200}
MINE_ATTRIBUTES = {**POST, "graphql.operation.type": "query", "graphql.operation.name": "Mine"}
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
Traced = Callable[..., AbstractContextManager[tuple[TestClient, Collector]]]


@pytest.fixture
def traced(url_of_seven: str, monkeypatch: pytest.MonkeyPatch) -> Traced:
    """The service, and a collector that has received all spans once the service has stopped."""

    # A process sets its tracer provider once; here each test has another one.
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", None)
    monkeypatch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", Once())

    @contextmanager
    def opened(**settings: object) -> Iterator[tuple[TestClient, Collector]]:
        with collecting() as collector:
            monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
            with TestClient(create_app(load_settings(**settings), url_of_seven), raise_server_exceptions=False) as client:
                yield client, collector

    return opened


def statement(verb: str, table: str) -> tuple[str, dict[str, str]]:
    name = f"{verb} {table}"
    return name, {"db.system.name": "postgresql", "db.operation.name": verb, "db.query.summary": name}


def children(parent: Span, spans: list[Span]) -> list[tuple[str, dict[str, Any]]]:
    """Names and attributes of the children of a span."""
    assert {span.trace_id for span in spans if span.parent_span_id == parent.span_id} <= {parent.trace_id}
    return [(span.name, attributes_of(span)) for span in spans if span.parent_span_id == parent.span_id]


def test_request_has_a_span_with_its_operation_and_statements(traced: Traced) -> None:
    with traced() as (client, collector):
        assert client.post("/graphql", json={"query": MINE}).json()["data"] == {"submission": None}
        client.post("/graphql", json={"query": "{ cohort { size"})
        client.get("/graphql", params={"query": "{ cohort { size } }"})
        client.get("/nowhere")
        client.request("BREW", "/graphql")
    assert collector.services() == {"payrank"}
    requests = collector.spans(SERVER)
    assert [(span.name, attributes_of(span)) for span in requests] == [
        ("POST /graphql", MINE_ATTRIBUTES),
        ("POST /graphql", POST),
        ("GET /graphql", {**POST, "http.request.method": "GET", "graphql.operation.type": "query"}),
        ("GET", {"http.request.method": "GET", "http.response.status_code": 404}),
        ("HTTP /graphql", {**POST, "http.request.method": "_OTHER", "http.response.status_code": 405}),
    ]
    assert not any(span.parent_span_id or has_failed(span) for span in requests)
    assert statement("SELECT", "submission") in children(requests[0], collector.spans(CLIENT))
    [loaded] = collector.spans(INTERNAL)
    assert loaded.name == "load edition"
    assert statement("SELECT", "salary_record") in children(loaded, collector.spans(CLIENT))


def test_request_continues_the_trace_of_its_traceparent(traced: Traced) -> None:
    with traced() as (client, collector):
        client.post("/graphql", json={"query": MINE}, headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
        client.post("/graphql", json={"query": MINE}, headers={"traceparent": "00-nonsense-01"})
    known, unknown = collector.spans(SERVER)
    assert (known.trace_id.hex(), known.parent_span_id.hex()) == (TRACE, PARENT)
    assert (unknown.trace_id.hex() != TRACE, unknown.parent_span_id) == (True, b"")


def test_operation_over_a_websocket_has_its_own_trace(traced: Traced) -> None:
    with (
        traced() as (client, collector),
        client.websocket_connect("/graphql", subprotocols=["graphql-transport-ws"]) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": MINE}})
        assert [socket.receive_json()["type"] for _ in range(2)] == ["next", "complete"]
    [operation] = collector.spans(SERVER)
    expected = {"graphql.operation.type": "query", "graphql.operation.name": "Mine"}
    assert (operation.name, attributes_of(operation)) == ("query", expected)
    assert statement("SELECT", "submission") in children(operation, collector.spans(CLIENT))


def test_statistics_by_sql_are_in_the_trace_of_their_request(traced: Traced) -> None:
    with traced(statistics="sql") as (client, collector):
        assert client.post("/graphql", json={"query": "{ cohort { stats { count } } }"}).json()["data"]
    [request] = collector.spans(SERVER)
    assert statement("SELECT", "salary_record") in children(request, collector.spans(CLIENT))


async def test_failed_statement_has_the_class_of_its_error_alone(traced: Traced, url_of_seven: str) -> None:
    with traced(statement_seconds=0.05) as (client, collector):
        blocker = await asyncpg.connect(url_of_seven)
        async with blocker.transaction():
            await blocker.execute("LOCK TABLE submission")
            found = await asyncio.to_thread(client.post, "/graphql", json={"query": MINE})
        await blocker.close()
    assert found.json()["errors"][0]["extensions"] == {"code": "TIMEOUT"}
    [failed] = [span for span in collector.spans(CLIENT) if has_failed(span)]
    name, attributes = statement("SELECT", "submission")
    error = {"error.type": "QueryCanceledError", "db.response.status_code": "57014"}
    assert (failed.name, attributes_of(failed)) == (name, {**attributes, **error})
    assert (list(failed.events), failed.status.message) == ([], "")


def test_unexpected_error_has_no_message(traced: Traced) -> None:
    with traced() as (client, collector):
        del client.app_state["intake"]
        assert client.get("/challenge").status_code == 500
    [broken] = collector.spans(SERVER)
    assert (attributes_of(broken)["error.type"], has_failed(broken), list(broken.events)) == ("AttributeError", True, [])


def test_traces_have_no_pay_receipt_token_or_address(traced: Traced, url_of_seven: str) -> None:
    token = asyncio.run(good_token(url_of_seven))
    headers = {"authorization": f"Bearer {token}", "x-forwarded-for": "203.0.113.77", "user-agent": "Initech/7"}
    with traced(proof_cost=0, proxy_hops=1) as (client, collector):

        def post(query: str, **variables: object) -> dict[str, Any]:
            found = client.post("/graphql", json={"query": query, "variables": variables}, headers=headers).json()
            return dict(found["data"] or {})

        answers = {**nth_input(1), "baseSalary": 187_654, "employer": "Initech"}
        receipt = post(SUBMIT, input=answers)["submitSalary"]["receipt"]
        assert post("query ($r: String!) { submission(receipt: $r) { status } }", r=receipt)["submission"]
        post("{ reviewQueue { totalCount } }")
        post("query ($a: Float!) { cohort { percentileRank(amount: $a) { rank } } }", a=187_654)
        client.get("/graphql", params={"query": "{ cohort { percentileRank(amount: 187654) { rank } } }"}, headers=headers)
        client.get(f"/receipt/{receipt}", headers=headers)
        client.get(f"/downloads/{token}?receipt={receipt}", headers=headers)
    names = {span.name for span in collector.spans(SERVER, CLIENT)}
    assert {"POST /graphql", "GET /graphql", "INSERT submission", "SELECT submission", "SELECT api_token"} <= names
    secrets = (
        "187654",
        receipt,
        receipt.replace("-", ""),
        token,
        answers["idempotencyKey"],
        "203.0.113",
        "Initech",
        "127.0.0.1",
    )
    assert [secret for secret in secrets if secret.encode() in b"".join(collector.bodies)] == []


IMPORTED = "import sys; import service.app; print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"


@pytest.mark.slow
def test_sdk_is_not_imported_unless_traces_are_exported() -> None:
    found = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize("variable", ["OTEL_TRACES_EXPORTER=none", "OTEL_SDK_DISABLED=true"])
def test_variables_of_opentelemetry_turn_traces_off(traced: Traced, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(*variable.split("="))
    with traced() as (client, collector):
        assert client.post("/graphql", json={"query": MINE}).status_code == 200
    assert collector.bodies == []


def test_service_without_the_sdk_logs_a_warning_and_serves(
    traced: Traced, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with traced() as (client, collector):
        assert client.post("/graphql", json={"query": MINE}).status_code == 200
    assert collector.bodies == []
    assert "payrank[telemetry]" in capfd.readouterr().err
