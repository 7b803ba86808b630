"""GraphQL over a WebSocket by the protocol graphql-transport-ws.

What is no message of it closes the socket with a reason, and errors have the same form as over HTTP. Every operation gets a
context of its own, made with what the client sent at `connection_init`.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from typing import Any, Protocol, cast

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect, WebSocketDisconnected, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.exceptions import MissingQueryError
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived
from strawberry.http.exceptions import WebSocketDisconnected as Left
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from schema.admission import Refused, admitted, no_operation, refused
from schema.asker import minimum_edition
from schema.context import Context
from schema.contract import Contract
from schema.execution.operation import Operation as Asked
from schema.failure import labelled, out_of_time
from schema.limits import Limits
from schema.message import flaw_of_message, flaw_of_query
from schema.rate import RateLimited, Tab, in_vain

_LONGEST_REASON = 123
"""Bytes, by the WebSocket protocol."""


class Door(Protocol):
    """Whoever makes the context of an operation, and counts what it costs."""

    limits: Limits

    def context_of(self, connection: HTTPConnection, params: Mapping[str, object]) -> Context: ...

    def tab(self, connection: HTTPConnection) -> Tab: ...


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
            most = cast(Door, self.view).limits.message_bytes
            if len(text.encode()) > most:  # servers other than ours may let it pass
                await self.close(1009, f"A message has at most {most:,} bytes.")
                return
            yield _parsed(text)

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except (WebSocketDisconnect, WebSocketDisconnected) as error:
            raise Left from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(WebSocketDisconnect, WebSocketDisconnected):  # closed already
            await self.ws.close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))


def _parsed(text: str) -> object:
    try:
        return orjson.loads(text)  # refuses NaN, lone surrogates and endless nesting
    except orjson.JSONDecodeError as error:
        raise NonJsonMessageReceived from error


class Handler(BaseGraphQLTransportWSHandler[Context, None]):
    """One socket from its acceptance to its end."""

    connection_params: Mapping[str, object] | None = None
    """The payload of `connection_init`, which may carry {"authorization": "Bearer ...", "minimumEdition": 7}."""

    async def handle_message(self, message: object) -> None:
        flaw = flaw_of_message(message)
        if flaw:
            await self.handle_invalid_message(flaw)
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
        flaw = self._one_too_many() or flaw_of_query(payload["query"])
        if flaw:
            error = {"message": flaw, "extensions": {"code": "BAD_REQUEST"}}
            await self.send_message(cast(Any, {"id": id_, "type": "error", "payload": [error]}))
            return
        operation = _Operation(self, id_, payload["query"], payload.get("variables"), payload.get("operationName"))
        self.operations[id_] = operation
        operation.task = asyncio.create_task(self.run_operation(operation))
        operation.task.add_done_callback(self._task_done)

    def _one_too_many(self) -> str | None:
        most = self.max_subscriptions_per_connection
        if most is not None and len(self.operations) >= most:
            return f"A socket has at most {most} operations at a time; complete one first, or open another socket."
        return None

    async def run_operation(self, operation: Operation[Context, None]) -> None:
        with suppress(Left):
            try:
                await self._answer(operation)
            except Left:
                raise
            except Refused as found:
                await operation.send_initial_errors(list(found.errors))
            except RateLimited as found:
                told = {"code": "RATE_LIMITED", "retryAfter": found.after}
                await operation.send_initial_errors([GraphQLError(str(found), extensions=told)])
            except Exception as error:
                await operation.send_initial_errors([GraphQLError(str(error), original_error=error)])

    async def _answer(self, operation: Operation[Context, None]) -> None:
        asked, extensions = self._admit(operation)
        seconds = cast(Door, self.view).limits.request_seconds
        try:
            async with asyncio.timeout(None if asked.kind is OperationType.SUBSCRIPTION else seconds):
                await self._executed(operation, asked, extensions)
        except TimeoutError:
            late = out_of_time(asked.kind, seconds)
            await operation.send_next(ExecutionResult(data=None, errors=[late], extensions=dict(extensions)))
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    def _admit(self, operation: Operation[Context, None]) -> tuple[Asked, Mapping[str, object]]:
        """The operation of the document and what its answers tell beside data; raises Refused or RateLimited."""
        door = cast(Door, self.view)
        tab = door.tab(cast(Adapter, self.websocket).ws)
        tab.open()
        document = cast(Contract, self.schema).documents.find(operation.query)
        try:
            if document.errors:
                raise refused(document, door.limits.cost)
            asked = document.operation(operation.operation_name)
            if asked is None:
                raise Refused([GraphQLError(no_operation(document, operation.operation_name))])
            allowed = admitted(asked, operation.variables or {}, door.limits.cost)
        except Refused:
            tab.spend(in_vain(operation.query))
            raise
        tab.pay(allowed.points)
        return asked, allowed.extensions

    async def _executed(self, operation: Operation[Context, None], asked: Asked, extensions: Mapping[str, object]) -> None:
        door, connection = cast(Door, self.view), cast(Adapter, self.websocket).ws
        params = self.connection_params or {}
        context = door.context_of(connection, params)
        if minimum := minimum_edition(connection, params):
            await context.current.reach(minimum)
        if context.clerks and asked.kind is not OperationType.SUBSCRIPTION:
            given, clerks, answer = operation.variables or {}, context.clerks, cast(Contract, self.schema).answer
            found = await clerks.run(lambda own: answer(asked, given, context.handed_to(own)))
            found.extensions = dict(extensions)
            await operation.send_next(found)
            await operation.send_operation_message({"id": operation.id, "type": "complete"})
            return
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async with aclosing(cast(AsyncGenerator[ExecutionResult, None], results)):
            async for result in cast(AsyncGenerator[ExecutionResult, None], results):
                if _is_refusal(result):
                    await operation.send_initial_errors(result.errors or [])
                    return
                result.extensions = dict(extensions)
                await operation.send_next(result)
                (result.data or {}).clear()  # Strawberry holds on to it until the next one, which may be days
        await operation.send_operation_message({"id": operation.id, "type": "complete"})


class _Operation(Operation[Context, None]):
    """An operation whose errors are labelled, and masked where they are none of the client's business."""

    __slots__ = ()

    async def send_initial_errors(self, errors: Sequence[GraphQLError]) -> None:
        await super().send_initial_errors([labelled(_of_request(error)) for error in errors])

    async def send_next(self, execution_result: ExecutionResult) -> None:
        execution_result.errors = [labelled(error) for error in execution_result.errors or ()] or None
        await super().send_next(execution_result)


def _is_refusal(result: ExecutionResult) -> bool:
    """That there is no answer for a reason that belongs to no field: one of the request, or of the subscription itself."""
    whole = result.data is None and all(error.path is None for error in result.errors or ())
    return isinstance(result, PreExecutionError) or whole


def _of_request(error: GraphQLError) -> GraphQLError:
    """Strawberry's own exceptions about a request are the client's errors, and their words are meant for it."""
    if isinstance(error.original_error, CannotGetOperationTypeError | MissingQueryError):
        return GraphQLError(error.message)
    return error
