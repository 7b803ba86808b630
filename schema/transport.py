"""GraphQL over HTTP: requests that are no GraphQL get an error of the same form as all others."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import orjson
from cross_web import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from schema.context import Context
from schema.contract import Contract, contract
from schema.document import Document
from schema.failure import labelled
from schema.message import flaw_of_query
from schema.socket import Adapter, Handler

MOST_BODY_BYTES, MOST_OPERATIONS, INIT_SECONDS = 100_000, 20, 10.0
_BY_METHOD = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
_USE = 'Send a POST with the JSON {"query": "...", "variables": {...}} as application/json, or a GET with ?query='


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

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return self.context_of(request, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self._respond(Request(scope, _counting(receive, self._max_body_bytes)))
        except HTTPException as error:
            response = _refusal(error.status_code, error.reason)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        length = request.headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 15 or int(length) > self._max_body_bytes):
            raise _too_large(self._max_body_bytes)
        return await self.run(request)

    async def execute_single(
        self,
        request: Request,
        request_adapter: Any,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> ExecutionResult:
        """As Strawberry's, with documents that are remembered and no subscription answered as if it were a query."""
        if not request_data.query:
            raise HTTPException(400, f"The request has no query. {_USE}")
        contract = cast(Contract, self.schema)
        document = contract.documents.find(request_data.query)
        if document.node is None:
            return ExecutionResult(data=None, errors=list(document.errors))
        kind = document.kind(request_data.operation_name)
        if kind is None:
            raise HTTPException(400, _no_operation(document, request_data.operation_name))
        if kind not in _BY_METHOD[request.method]:
            raise _not_by(request.method, kind)
        if document.errors:
            return ExecutionResult(data=None, errors=list(document.errors))
        return await contract.answer(document, request_data, context)

    def decode_json(self, data: str | bytes) -> object:
        try:
            found = orjson.loads(data)  # refuses invalid UTF-8, NaN and endless nesting
        except orjson.JSONDecodeError as error:
            raise HTTPException(400, f"The request is not valid JSON. {_USE}") from error
        if not isinstance(found, dict):
            raise HTTPException(400, f"The request is not a JSON object. {_USE}")
        return found

    async def parse_http_body(self, request: Any) -> Any:
        body = cast(GraphQLRequestData, await super().parse_http_body(request))  # `decode_json` refuses batches
        if not isinstance(body.operation_name, str | None):
            raise HTTPException(400, "`operationName` is not a string.")
        flaw = flaw_of_query(body.query or "")
        if flaw:
            raise HTTPException(400, flaw)
        return body

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        if result.errors:
            result.errors = [labelled(error) for error in result.errors]
        return await super().process_result(request, result)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def _counting(receive: Receive, most: int) -> Receive:
    """Refuses a body as soon as it is too large: one that comes in chunks does not tell its length."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large(most)
        return message

    return counted


def _too_large(most: int) -> HTTPException:
    return HTTPException(413, f"A request has at most {most:,} bytes. Ask for less at once, and give values as variables.")


def _no_operation(document: Document, name: str | None) -> str:
    if name is not None:
        return f'Unknown operation named "{name[:60]}".'
    if not document.operations:
        return f"The document has no operation. {_USE}"
    return f"The document has several operations; name one as `operationName`: {', '.join(document.operations[:10])}."


def _not_by(method: str, kind: OperationType) -> HTTPException:
    if kind is OperationType.SUBSCRIPTION:
        protocol = GRAPHQL_TRANSPORT_WS_PROTOCOL
        return HTTPException(400, f"A subscription needs a WebSocket to this same address, with the protocol {protocol}.")
    return HTTPException(405, f"A {kind.value} is not for {method}; send a POST.")


def _refusal(status: int, reason: str) -> Response:
    body = {"errors": [{"message": reason, "extensions": {"code": "BAD_REQUEST"}}]}
    headers = {"allow": "POST"} if status == 405 else None
    return Response(orjson.dumps(body), status, headers, media_type="application/json")
