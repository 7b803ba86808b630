"""GraphQL over HTTP: how requests are answered; those that are no GraphQL get an error of the same form as all others."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, cast

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from schema.asker import minimum_edition
from schema.cache import Cache, Kept, kept
from schema.context import Context
from schema.contract import Contract, contract
from schema.document import Document
from schema.execution.operation import Operation
from schema.persisted import Persisted
from schema.request import USE, Refusal, Request, media_type, read
from schema.response import Response, again, answer, of_edition, refusal, unanswered
from schema.socket import Adapter, Handler
from service.errors import PayRankError

MOST_BODY_BYTES, MOST_OPERATIONS, INIT_SECONDS = 100_000, 20, 10.0
Key = tuple[int, str, str | None, bytes]
"""What was asked: the number of the edition, the document, the name of the operation and its variables."""
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
        self._contract = cast(Contract, self.schema)
        self._persisted, self._cache = Persisted(), Cache()
        self._max_body_bytes = max_body_bytes

    async def get_context(self, request: Any, response: Any) -> Context:
        return self.context_of(request, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self._answered(HTTPConnection(scope), receive)
        except Refusal as found:
            response = refusal(found)
        await response.send(send)

    async def _answered(self, connection: HTTPConnection, receive: Receive) -> Response:
        kind = media_type(connection.headers.get("accept"))
        request = await read(connection, receive, self._max_body_bytes)
        try:
            text = self._persisted.text(request.query, request.persisted)
        except GraphQLError as error:
            return Response(200, orjson.dumps({"errors": [error.formatted]}), kind)
        document = self._contract.documents.find(text)
        if document.node is None:
            return answer(None, document.errors, kind)
        operation = _operation(document, request, connection.scope["method"])
        if document.errors:
            return answer(None, document.errors, kind)
        context = self.context_of(connection, {})
        try:
            if minimum := minimum_edition(connection, {}):
                await context.current.reach(minimum)
        except PayRankError as error:
            return of_edition(unanswered(error, kind), context.index.edition.number)
        found = await self._executed(operation, request, text, context)
        known = _known(connection)
        sent = again(found, kind, known) if isinstance(found, Kept) else answer(found.data, found.errors or (), kind)
        return of_edition(sent, context.index.edition.number)

    async def _executed(self, operation: Operation, request: Request, text: str, context: Context) -> Kept | ExecutionResult:
        variables = _flat(request.variables) if operation.public else None
        if variables is None:
            return await self._told(operation, request.variables, context)
        key = context.index.edition.number, text, request.operation_name, variables
        return self._cache.get(key) or await self._made(key, operation, request, context)

    async def _made(self, key: Key, operation: Operation, request: Request, context: Context) -> Kept | ExecutionResult:
        """The answer to anybody's question, kept for the next who asks it of the same edition, unless it has errors."""

        async def make() -> Kept | ExecutionResult:
            found = await self._told(operation, request.variables, context)
            return found if found.errors else kept(orjson.dumps({"data": found.data}))

        return await self._cache.shared(key, make, sum(map(len, (key[1], key[3]))))

    async def _told(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """What an operation comes to, here or, where that waits for SQL, in a clerk's thread."""
        answer = self._contract.answer
        if context.clerks is None:
            return await answer(operation, variables, context)
        return await context.clerks.run(lambda own: answer(operation, variables, context.handed_to(own)))


def _flat(variables: Mapping[str, Any]) -> bytes | None:
    """Variables as a part of a key; None where they are nested deeper than any that are meant."""
    try:
        return orjson.dumps(variables)
    except TypeError:
        return None


def _known(connection: HTTPConnection) -> str | None:
    """What a GET says that it has already; None of a POST, which no cache keeps."""
    return None if connection.scope["method"] == "POST" else connection.headers.get("if-none-match", "")


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
