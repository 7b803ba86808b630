"""The protocol graphql-transport-ws against a real server, and its limits."""

import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
import websockets
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from support.databases import run_autocommit
from support.records import publish
from support.submissions import UNKNOWN_RECEIPT
from support.uvicorn_server import PROTOCOL, connected, listener, opened, served

from schema.context import Client, Context
from schema.transport.endpoint import Endpoint
from service.app import create_app
from service.limits import Limits
from service.settings import load_settings

MAX_BYTES = Limits().message_bytes
FOLLOW = "subscription { editionPublished { number } }"
EDITION = "{ edition { number } }"
FIRST = "query ($n: Int) { factorValues(factor: ROLE, first: $n) { totalCount } }"


@pytest.fixture(scope="module")
def port(url: str) -> Iterator[int]:
    with listener() as listening, served(create_app(load_settings(), url), listening):
        yield listening.getsockname()[1]


@pytest.fixture(autouse=True)
def _nothing_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_query_has_one_result(port: int) -> None:
    async with connected(port) as client:
        await client.subscribe(EDITION, "a b/ü")
        payload = {"data": {"edition": {"number": 1}}, "extensions": {"cost": {"requested": 1, "maximum": 1_000}}}
        expected = {"type": "next", "id": "a b/ü", "payload": payload}
        assert await client.receive() == expected
        assert await client.receive() == {"type": "complete", "id": "a b/ü"}


async def test_messages_are_text_frames(port: int) -> None:
    """Browsers deliver binary ones as blobs, which no client parses."""
    async with opened(port) as client:
        await client.send(type="connection_init", payload=None)
        assert await client.connection.recv() == '{"type":"connection_ack"}'


async def test_ping_gets_a_pong_at_any_time(port: int) -> None:
    async with opened(port) as client:
        for payload in ({}, {"payload": None}, {"payload": {"at": 1}}):
            await client.send(type="ping", **payload)
            assert await client.receive() == {"type": "pong"}
        await client.send(type="pong")
        await client.send(type="complete", id="never begun")
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}


SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": EDITION}}
INVALID_MESSAGES = [
    "",
    "{",
    "null",
    "5",
    '"ping"',
    "[]",
    "{}",
    '{"type": ["ping"]}',
    '{"type": {}}',
    '{"type": "pinge"}',
    '{"type": "connection_init", "payload": 5}',
    '{"type": "connection_init", "payload": []}',
    '{"type": "ping", "payload": "x"}',
    '{"type": "complete"}',
    '{"type": "complete", "id": ["1"]}',
    '{"type": "ping", "payload": {"at": NaN}}',
    '{"type": "ping", "payload": {"at": "\\ud800"}}',
    '{"type": "ping", "payload": {"at": ' + "9" * 5_000 + "}}",
    '{"type": "ping", "payload": ' + "[" * 50_000 + "]" * 50_000 + "}",
    '{"type": "ping", "payload": ' + '{"a":' * 40_000 + "1" + "}" * 40_000 + "}",
    b'{"type": "ping"}',
    *(
        json.dumps({**SUBSCRIBE, **change})
        for change in (
            {"id": None},
            {"id": 5},
            {"id": ["1"]},
            {"id": {}},
            {"id": ""},
            {"id": "x" * 101},
            {"payload": None},
            {"payload": []},
            {"payload": {}},
            {"payload": {"query": 5}},
            {"payload": {"query": ["x"]}},
            {"payload": {"query": EDITION, "variables": []}},
            {"payload": {"query": EDITION, "variables": "x"}},
            {"payload": {"query": EDITION, "operationName": 5}},
            {"payload": {"query": EDITION, "extensions": 5}},
        )
    ),
    json.dumps({"type": "subscribe", "payload": {"query": EDITION}}),
    json.dumps({"type": "subscribe", "id": "1"}),
]


@pytest.mark.parametrize("text", INVALID_MESSAGES, ids=range(len(INVALID_MESSAGES)))
async def test_invalid_message_closes_with_a_reason(port: int, text: str | bytes) -> None:
    async with connected(port) as client:
        await client.connection.send(text)
        code, reason = await client.closed()
        assert code == 4400
        assert len(reason) > 20
        assert "Error" not in reason


async def test_invalid_utf_8_closes(port: int) -> None:
    async with connected(port) as client:
        await client.connection.send(b"\xff\xfe{}", text=True)
        assert (await client.closed())[0] in (1007, 4400)


async def test_subscribe_before_init_closes(port: int) -> None:
    async with opened(port) as client:
        await client.subscribe(EDITION)
        assert (await client.closed())[0] == 4401


async def test_second_init_closes(port: int) -> None:
    async with connected(port) as client:
        await client.send(type="connection_init")
        assert (await client.closed())[0] == 4429


async def test_second_operation_with_the_same_id_closes(port: int) -> None:
    """The reason has as much of the id as fits a close frame."""
    async with connected(port) as client:
        for _ in range(2):
            await client.subscribe(FOLLOW, "é" * 100)
        code, reason = await client.closed()
        assert (code, reason[:17]) == (4409, "Subscriber for éé")
        assert len(reason.encode()) <= 123


async def test_id_can_be_reused_after_its_operation(port: int) -> None:
    async with connected(port) as client:
        for _ in range(3):
            await client.subscribe(EDITION)
            assert await client.data() == {"edition": {"number": 1}}
            assert (await client.receive())["type"] == "complete"


@pytest.mark.parametrize("protocol", ["graphql-ws", "mqtt"])
async def test_other_protocol_closes(port: int, protocol: str) -> None:
    async with opened(port, protocol) as client:
        assert (await client.closed())[0] == 4406


async def test_other_origin_is_refused(port: int) -> None:
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with opened(port, Origin="https://elsewhere.example"):
            pass
    assert refused.value.response.status_code == 403
    async with opened(port, Origin=f"http://127.0.0.1:{port}") as client:
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}


async def test_message_that_is_too_large_closes(port: int) -> None:
    async with connected(port) as client:
        padding = "x" * (MAX_BYTES - len('{"type":"ping","payload":{"x":""}}'))
        await client.connection.send(f'{{"type":"ping","payload":{{"x":"{padding}"}}}}')
        assert await client.receive() == {"type": "pong"}
        await client.connection.send(f'{{"type":"ping","payload":{{"x":"{padding}x"}}}}')
        assert (await client.closed())[0] == 1009


async def test_message_that_is_too_large_closes_behind_any_server(client: Any) -> None:
    """Starlette's test client has no limit."""
    with client.websocket_connect("/graphql", subprotocols=[PROTOCOL]) as session:
        session.send_text(json.dumps({"type": "ping", "payload": {"x": "x" * MAX_BYTES}}))
        closed = session.receive()
        assert (closed["type"], closed["code"]) == ("websocket.close", 1009)


async def test_concurrent_operations_are_limited(port: int) -> None:
    async with connected(port) as client:
        for number in range(20):
            await client.subscribe(FOLLOW, str(number))
            assert await client.data() == {"editionPublished": {"number": 1}}
        await client.subscribe(FOLLOW, "one too many")
        refused = await client.receive()
        assert (refused["type"], refused["id"]) == ("error", "one too many")
        assert refused["payload"][0]["extensions"] == {"code": "BAD_REQUEST"}
        assert "20" in refused["payload"][0]["message"]
        await client.send(type="complete", id="7")
        await client.subscribe(FOLLOW, "one too many")
        assert await client.data() == {"editionPublished": {"number": 1}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"query": "{ cohort {"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ a }" * 600}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "\u0000"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "subscription { nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "subscription { a: editionPublished { number } cohort { size } }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { currencies }", "operationName": "B"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query A { currencies } query B { currencies }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "fragment f on Query { currencies }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ cohort { by(factor: METRO, first: 500) { cohort { stats { p50 } } } } }"}, "COST_LIMIT_EXCEEDED"),
        ({"query": "query ($c: Currency!) { cohort(currency: $c) { size } }"}, "BAD_USER_INPUT"),
        ({"query": FIRST, "variables": {"n": 10**30}}, "BAD_USER_INPUT"),
        ({"query": "{ cohort { stats { percentile(p: " + "9" * 5_000 + ") } } }"}, "BAD_REQUEST"),
    ],
)
async def test_error_has_a_code_and_leaves_the_websocket_open(port: int, payload: Any, code: str) -> None:
    async with connected(port) as client:
        await client.send(type="subscribe", id="1", payload=payload)
        message = await client.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert {error["extensions"]["code"] for error in message["payload"]} == {code}
        await client.subscribe(EDITION)
        assert await client.data() == {"edition": {"number": 1}}


async def test_field_error_comes_with_the_result(port: int) -> None:
    async with connected(port) as client:
        await client.subscribe('{ edition { number } cohort(currency: "EUX") { size } }')
        message = await client.receive()
        assert message["type"] == "next"
        [error] = message["payload"]["errors"]
        assert (error["extensions"]["code"], error["path"]) == ("BAD_USER_INPUT", ["cohort"])


async def test_unexpected_error_is_masked(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    publish(database_url, [{"base_salary": 100_000}])
    with listener() as listening, served(create_app(load_settings(), database_url), listening):
        run_autocommit(database_url, "ALTER TABLE submission RENAME TO gone")
        async with connected(listening.getsockname()[1]) as client:
            await client.subscribe(UNKNOWN_RECEIPT)
            message = await client.receive()
            [error] = message["payload"]["errors"]
            assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
            assert "relation" not in json.dumps(message)
            assert error["extensions"]["id"] in capsys.readouterr().err
            assert (await client.receive())["type"] == "complete"


def _bare(context: Any, **limits: Any) -> Starlette:
    return Starlette(routes=[WebSocketRoute("/graphql", Endpoint(context, Limits(**limits)))])


async def test_client_without_init_is_closed() -> None:
    with listener() as listening, served(_bare(lambda *_: None, init_seconds=0.05), listening):
        async with opened(listening.getsockname()[1]) as client:
            assert (await client.closed())[0] == 4408


async def test_payload_of_init_reaches_every_operation() -> None:
    payloads: list[Any] = []

    def context(connection: Any, params: Any) -> Context:
        payloads.append(params)
        found = Context(*[cast(Any, None)] * len(Context.__dataclass_fields__))
        found.client = Client(connection, params, 0)
        return found

    with listener() as listening, served(_bare(context), listening):
        async with connected(listening.getsockname()[1], authorization="Bearer x") as client:
            for _ in range(2):
                await client.subscribe("{ __typename }")
                assert await client.data() == {"__typename": "Query"}
                await client.receive()
    assert payloads == [{}, {"authorization": "Bearer x"}, {"authorization": "Bearer x"}]
