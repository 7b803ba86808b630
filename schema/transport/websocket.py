"""GraphQL over WebSocket by the protocol graphql-transport-ws.

Anything that is not a message of the protocol closes the socket with a reason; errors have the same form as over HTTP. Every
operation gets its own context, made with the payload of `connection_init`. Queries and mutations share the concurrency limit
of HTTP requests; events of subscriptions have their own limit (`service.index.refresh`) and wait for it without a deadline.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, Protocol, cast

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import MissingQueryError
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived
from strawberry.http.exceptions import WebSocketDisconnected as ClientLeft
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import Operation as SocketOperation
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from schema.compiled.operation import Operation
from schema.context import Context
from schema.errors import is_timeout, labelled
from schema.limits.concurrency import Overloaded
from schema.limits.document import Admission, OperationRejected, admit, no_operation, rejection
from schema.limits.rate_limit import RateLimitCharge, RateLimited, rejected_document_cost
from schema.schema import PayRankSchema
from schema.transport.http import unreadable_query
from schema.transport.origins import OriginPolicy
from service.index.index import Index
from service.limits import Limits
from service.telemetry import operation_span

_MAX_REASON_BYTES = 123
"""Of a close frame, by the WebSocket protocol."""
_MAX_ID_LENGTH = 100
_MESSAGE_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")


def invalid_message(message: object) -> str | None:
    """Why a value is not a message of the protocol; None if it is one."""
    if not isinstance(message, dict):
        return "A message must be a JSON object with a type."
    kind, payload = message.get("type"), message.get("payload")
    if kind not in _MESSAGE_TYPES:
        return f"The type of a message must be one of {', '.join(_MESSAGE_TYPES)}."
    if kind in ("subscribe", "complete") and not _is_id(message.get("id")):
        return f"The id of a {kind} message must be a string of 1 to {_MAX_ID_LENGTH} characters."
    if kind == "subscribe":
        return _invalid_request(payload)
    if kind != "complete" and not isinstance(payload, dict | None):
        return f"The payload of a {kind} message must be an object."
    return None


def _is_id(id_: object) -> bool:
    return isinstance(id_, str) and 0 < len(id_) <= _MAX_ID_LENGTH


def _invalid_request(payload: object) -> str | None:
    if not isinstance(payload, Mapping) or not isinstance(payload.get("query"), str):
        return "The payload of a subscribe message must be an object with the string `query`."
    if not isinstance(payload.get("operationName"), str | None):
        return "The `operationName` of a subscribe message must be a string."
    for name in ("variables", "extensions"):
        if not isinstance(payload.get(name), dict | None):
            return f"The `{name}` of a subscribe message must be an object."
    return None


class Executor(Protocol):
    """The part of the endpoint that a WebSocket uses: contexts, limits, origins, and the execution of operations."""

    limits: Limits
    origins: OriginPolicy

    def context_of(self, connection: HTTPConnection, params: Mapping[str, object]) -> Context: ...

    def rate_limit_charge(self, connection: HTTPConnection) -> RateLimitCharge: ...

    async def execute(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult: ...

    async def execute_event(self, execute: Callable[[], Awaitable[ExecutionResult]]) -> ExecutionResult: ...


class Adapter(ASGIWebSocketAdapter):
    """Reads and writes messages as JSON text."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        while self.ws.application_state is WebSocketState.CONNECTED:
            received = await self.ws.receive()
            if received["type"] == "websocket.disconnect":
                return
            text = received.get("text")
            if text is None:
                raise NonTextMessageReceived
            maximum = cast(Executor, self.view).limits.message_bytes
            if len(text.encode()) > maximum:  # servers other than ours may not check it
                await self.close(1009, f"The message is too large; the maximum is {maximum:,} bytes.")
                return
            yield _parsed(text)

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except (WebSocketDisconnect, WebSocketDisconnected) as error:
            raise ClientLeft from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, WebSocketDisconnected):  # closed already
            await self.ws.close(code, reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore"))


def _parsed(text: str) -> object:
    try:
        return orjson.loads(text)  # refuses NaN, lone surrogates and very deep nesting
    except orjson.JSONDecodeError as error:
        raise NonJsonMessageReceived from error


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    """One WebSocket from its handshake to its end."""

    connection_params: Mapping[str, object] | None = None
    """The payload of `connection_init`, such as {"authorization": "Bearer ...", "minimumEdition": 7}."""

    @property
    def _executor(self) -> Executor:
        return cast(Executor, self.view)

    @property
    def _schema(self) -> PayRankSchema:
        return cast(PayRankSchema, self.schema)

    def _index(self) -> Index:
        return self._executor.context_of(self._connection, {}).current.index

    @property
    def _connection(self) -> HTTPConnection:
        return cast(Adapter, self.websocket).ws

    async def handle_message(self, message: object) -> None:
        problem = invalid_message(message)
        if problem:
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(cast(Any, message))

    async def handle_connection_init(self, message: Any) -> None:
        payload = message.get("payload") or {}
        if not self.connection_init_received:
            self.connection_params = payload
        await super().handle_connection_init({"type": "connection_init", "payload": payload})

    async def handle_subscribe(self, message: Any) -> None:
        id_, payload = message["id"], message["payload"]
        if not self.connection_acknowledged:
            await self.websocket.close(4401, "Unauthorized: send connection_init first.")
            return
        if id_ in self.operations:
            await self.websocket.close(4409, f"Subscriber for {id_} already exists")
            return
        problem = self._too_many_operations() or unreadable_query(payload["query"])
        if problem:
            error = {"message": problem, "extensions": {"code": "BAD_REQUEST"}}
            await self.send_message(cast(Any, {"id": id_, "type": "error", "payload": [error]}))
            return
        operation = _Operation(self, id_, payload["query"], payload.get("variables"), payload.get("operationName"))
        self.operations[id_] = operation
        operation.task = asyncio.create_task(self.run_operation(operation))
        operation.task.add_done_callback(self._task_done)

    def _too_many_operations(self) -> str | None:
        maximum = self.max_subscriptions_per_connection
        if maximum is not None and len(self.operations) >= maximum:
            return f"The WebSocket has {maximum} operations, the maximum. Complete one, or open another WebSocket."
        return None

    async def run_operation(self, operation: SocketOperation[Context, None]) -> None:
        with suppress(ClientLeft):
            try:
                await self._run(operation)
            except ClientLeft:
                raise
            except OperationRejected as error:
                await operation.send_initial_errors(list(error.errors))
            except RateLimited as error:
                extensions = {"code": "RATE_LIMITED", "retryAfter": error.retry_after}
                await operation.send_initial_errors([GraphQLError(str(error), extensions=extensions)])
            except Overloaded as error:
                await operation.send_initial_errors([GraphQLError(str(error), extensions={"code": "OVERLOADED"})])
            except Exception as error:
                await operation.send_initial_errors([GraphQLError(str(error), original_error=error)])

    async def _run(self, socket_operation: SocketOperation[Context, None]) -> None:
        charge = self._executor.rate_limit_charge(self._connection)
        operation, admission = await self._admit(socket_operation, charge)
        context = await self._context()
        if operation.kind is OperationType.SUBSCRIPTION:
            await self._stream(socket_operation, operation, context, charge)
        else:
            with operation_span(operation.kind.value, operation.name):
                result = await self._executor.execute(operation, socket_operation.variables or {}, context)
            await _send_result(socket_operation, result, admission)
        await socket_operation.send_operation_message({"id": socket_operation.id, "type": "complete"})

    async def _admit(
        self, socket_operation: SocketOperation[Context, None], charge: RateLimitCharge
    ) -> tuple[Operation, Admission]:
        """The operation to execute, which is paid. Raises OperationRejected, RateLimited, Overloaded."""
        limits, origins = self._executor.limits, self._executor.origins
        charge.check()
        text, name = socket_operation.query, socket_operation.operation_name
        document = await self._schema.documents.read(text)
        try:
            if document.errors:
                raise rejection(document, limits.cost)
            operation = document.operation(name)
            if operation is None:
                raise OperationRejected([GraphQLError(no_operation(document, name))])
            if operation.kind is OperationType.MUTATION and (message := origins.refused_mutation(self._connection)):
                raise OperationRejected([GraphQLError(message, extensions={"code": "FORBIDDEN"})])
            admission = admit(operation, socket_operation.variables or {}, limits, self._index)
        except OperationRejected:
            charge.charge_up_to(rejected_document_cost(text))
            raise
        charge.charge(admission.points)
        return operation, admission

    async def _context(self) -> Context:
        """A context with the current edition, or with the newer one that the client requests."""
        context = self._executor.context_of(self._connection, self.connection_params or {})
        if minimum := context.client.minimum_edition:
            await context.current.wait_for_edition(minimum)
        return context

    async def _stream(
        self,
        socket_operation: SocketOperation[Context, None],
        operation: Operation,
        context: Context,
        charge: RateLimitCharge,
    ) -> None:
        """Sends the result of each event as it comes. Each is paid before it is executed, the first at the start.

        Raises OperationRejected for invalid arguments, and RateLimited if too few points are left for an event.
        """
        variables, paid = socket_operation.variables or {}, True
        async with aclosing(self._schema.events(operation, variables, context)) as events:
            async for execute in events:
                admission = admit(operation, variables, self._executor.limits, self._index)
                if not paid:
                    charge.charge(admission.points)
                paid = False
                await _send_result(socket_operation, await self._executor.execute_event(execute), admission)
                del execute  # it refers to the edition; the next event may take days


class _Operation(SocketOperation[Context, None]):
    """An operation whose errors have codes; unexpected errors are masked."""

    __slots__ = ()

    async def send_initial_errors(self, errors: Sequence[GraphQLError]) -> None:
        await super().send_initial_errors([labelled(_of_client(error)) for error in errors])

    async def send_next(self, execution_result: ExecutionResult) -> None:
        execution_result.errors = [labelled(error) for error in execution_result.errors or ()] or None
        await super().send_next(execution_result)


async def _send_result(operation: SocketOperation[Context, None], result: ExecutionResult, admission: Admission) -> None:
    """Sends a result, or the errors that refuse the operation."""
    if _is_refusal(result):
        await operation.send_initial_errors(result.errors or [])
        return
    result.extensions = dict(admission.extensions)
    await operation.send_next(result)


def _is_refusal(result: ExecutionResult) -> bool:
    """Whether the errors are about the request rather than about a field."""
    errors = result.errors or ()
    without_path = result.data is None and all(error.path is None for error in errors)
    return without_path and not any(is_timeout(error) for error in errors)


def _of_client(error: GraphQLError) -> GraphQLError:
    """Strawberry's own exceptions about a request are errors of the client; their messages need not be masked."""
    if isinstance(error.original_error, CannotGetOperationTypeError | MissingQueryError):
        return GraphQLError(error.message)
    return error
