"""GraphQL over HTTP: how requests are answered; those that are no GraphQL get an error of the same form as all others."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.graphql import OperationType

from schema.context import Context
from schema.contract import Contract, contract
from schema.document import Document
from schema.execution.operation import Operation
from schema.failure import labelled
from schema.request import GRAPHQL, JSON, USE, Refusal, Request, media_type, read
from schema.socket import Adapter, Handler

MOST_BODY_BYTES, MOST_OPERATIONS, INIT_SECONDS = 100_000, 20, 10.0
Answer = tuple[int, str, Mapping[str, object], Mapping[str, str]]
"""A status, the media type, what JSON is made of, and headers beside."""
_GET_ALLOWS = {OperationType.QUERY}
_POST_ALLOWS = {OperationType.QUERY, OperationType.MUTATION}


class Endpoint(GraphQL[Context, None]):
    """The service's `/graphql`: queries and mutations by HTTP, these and subscriptions by WebSocket.

    `context` makes what resolvers get, once for each operation, from the request or handshake and the payload of
    `connection_init` (empty by HTTP). A request has at most `max_body_bytes`; a socket at most `most_operations` at a time,
    and `init_seconds` to say `connection_init`.
    """

    websocket_adapter_class = Adapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self,
        context: Callable[[HTTPConnection, Mapping[str, object]], Context],
        *,
        max_body_bytes: int = MOST_BODY_BYTES,
        most_operations: int = MOST_OPERATIONS,
        init_seconds: float = INIT_SECONDS,
    ) -> None:
        super().__init__(
            contract(),
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=init_seconds),
            max_subscriptions_per_connection=most_operations,
        )
        self.context_of = context
        self._max_body_bytes = max_body_bytes

    async def get_context(self, request: Any, response: Response | WebSocket) -> Context:
        return self.context_of(request, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            answer = await self._answered(HTTPConnection(scope), receive)
        except Refusal as refusal:
            answer = refusal.status, JSON, _told(refusal), refusal.headers
        await _send(send, *answer)

    async def _answered(self, connection: HTTPConnection, receive: Receive) -> Answer:
        kind = media_type(connection.headers.get("accept"))
        request = await read(connection, receive, self._max_body_bytes)
        schema = cast(Contract, self.schema)
        document = schema.documents.find(request.query)
        errors, data = document.errors, None
        if document.node is not None:
            operation = _operation(document, request, connection.scope["method"])
            if not errors:
                found = await schema.answer(operation, request.variables, self.context_of(connection, {}))
                errors, data = found.errors or (), found.data
        if not errors:
            return 200, kind, {"data": data}, {}
        body: dict[str, object] = {"errors": [labelled(error).formatted for error in errors]}
        if not _of_request(data, errors):
            return 200, kind, {"data": data, **body}, {}
        return 400 if kind == GRAPHQL else 200, kind, body, {}


def _of_request(data: object, errors: Sequence[GraphQLError]) -> bool:
    """Whether errors kept an operation from being executed at all: then there is not even null for data."""
    return data is None and not any(error.path for error in errors)


def _operation(document: Document, request: Request, method: str) -> Operation:
    found = document.operation(request.operation_name)
    if found is None:
        raise Refusal(400, _no_operation(document, request.operation_name))
    if found.kind not in (_POST_ALLOWS if method == "POST" else _GET_ALLOWS):
        raise _not_by(method, found.kind)
    return found


def _no_operation(document: Document, name: str | None) -> str:
    if name is not None:
        return f'Unknown operation named "{name[:60]}".'
    if not document.operations:
        return f"The document has no operation. {USE}"
    names = [known for known in document.operations if known][:10]
    return f"The document has several operations; name one as `operationName`: {', '.join(names)}."


def _not_by(method: str, kind: OperationType) -> Refusal:
    if kind is OperationType.SUBSCRIPTION:
        protocol = GRAPHQL_TRANSPORT_WS_PROTOCOL
        return Refusal(400, f"A subscription needs a WebSocket to this same address, with the protocol {protocol}.")
    return Refusal(405, f"A {kind.value} is not for {method}; send a POST.", {"allow": "POST"})


def _told(refusal: Refusal) -> dict[str, object]:
    return {"errors": [{"message": str(refusal), "extensions": {"code": "BAD_REQUEST"}}]}


async def _send(send: Send, status: int, kind: str, answer: object, headers: Mapping[str, str]) -> None:
    body = orjson.dumps(answer)
    named = {"content-type": f"{kind}; charset=utf-8", "content-length": str(len(body)), **headers}
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": [(name.encode(), value.encode()) for name, value in named.items()]})
    await send({"type": "http.response.body", "body": body})
