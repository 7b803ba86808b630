"""GraphQL over a WebSocket by the protocol graphql-transport-ws.

What is no message of it closes the socket with a reason, and errors have the same form as over HTTP. Every operation gets a
context of its own, made with what the client sent at `connection_init`. Queries and mutations take turns with those of HTTP;
the events of subscriptions have turns of their own (`service.index.refresh`), which they wait for however long that is.
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

from schema.compiled.operation import Operation as Asked
from schema.context import Context
from schema.errors import labelled, was_given_up
from schema.limits.admission import Refused, admitted, no_operation, refused
from schema.limits.asker import minimum_edition
from schema.limits.rate_limit import RateLimited, Tab, in_vain
from schema.limits.turns import Overloaded
from schema.schema import Contract
from schema.transport.message import flaw_of_message, flaw_of_query
from schema.types.limits import Limits
from service.tracing import served

_LONGEST_REASON = 123
"""Bytes, by the WebSocket protocol."""


class Door(Protocol):
    """Whoever makes the context of an operation, counts what it costs, and executes it in its turn."""

    limits: Limits

    def context_of(self, connection: HTTPConnection, params: Mapping[str, object]) -> Context: ...

    def tab(self, connection: HTTPConnection) -> Tab: ...

    async def executed(self, operation: Asked, variables: Mapping[str, Any], context: Context) -> ExecutionResult: ...


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
            except Overloaded as found:
                await operation.send_initial_errors([GraphQLError(str(found), extensions={"code": "OVERLOADED"})])
            except Exception as error:
                await operation.send_initial_errors([GraphQLError(str(error), original_error=error)])

    async def _answer(self, operation: Operation[Context, None]) -> None:
        asked, extensions = await self._admit(operation)
        context = await self._context()
        if asked.kind is OperationType.SUBSCRIPTION:
            was_answered = await self._follow(operation, context, extensions)
        else:
            with served(asked.kind.value, asked.name):
                found = await cast(Door, self.view).executed(asked, operation.variables or {}, context)
            was_answered = await _told(operation, found, extensions)
        if was_answered:
            await operation.send_operation_message({"id": operation.id, "type": "complete"})

    async def _admit(self, operation: Operation[Context, None]) -> tuple[Asked, Mapping[str, object]]:
        """The operation of the document and what its answers tell beside data; raises Refused or RateLimited."""
        door = cast(Door, self.view)
        tab = door.tab(cast(Adapter, self.websocket).ws)
        tab.open()
        document = await cast(Contract, self.schema).documents.read(operation.query)
        try:
            if document.errors:
                raise refused(document, door.limits.cost)
            asked = document.operation(operation.operation_name)
            if asked is None:
                raise Refused([GraphQLError(no_operation(document, operation.operation_name))])
            allowed = admitted(asked, operation.variables or {}, door.limits)
        except Refused:
            tab.spend(in_vain(operation.query))
            raise
        tab.pay(allowed.points)
        return asked, allowed.extensions

    async def _context(self) -> Context:
        """What an operation is answered from: the edition held now, or the newer one that its client waits for."""
        connection, params = cast(Adapter, self.websocket).ws, self.connection_params or {}
        context = cast(Door, self.view).context_of(connection, params)
        if minimum := minimum_edition(connection, params):
            await context.current.reach(minimum)
        return context

    async def _follow(self, operation: Operation[Context, None], context: Context, extensions: Mapping[str, object]) -> bool:
        """Each answer as it comes, until there are no more; whether they were answers rather than a refusal."""
        results = await self.schema.stream(
            operation.query,
            variable_values=operation.variables,
            context_value=context,
            operation_name=operation.operation_name,
        )
        async with aclosing(cast(AsyncGenerator[ExecutionResult, None], results)):
            async for result in cast(AsyncGenerator[ExecutionResult, None], results):
                if not await _told(operation, result, extensions):
                    return False
                (result.data or {}).clear()  # Strawberry holds on to it until the next one, which may be days
        return True


class _Operation(Operation[Context, None]):
    """An operation whose errors are labelled, and masked where they are none of the client's business."""

    __slots__ = ()

    async def send_initial_errors(self, errors: Sequence[GraphQLError]) -> None:
        await super().send_initial_errors([labelled(_of_request(error)) for error in errors])

    async def send_next(self, execution_result: ExecutionResult) -> None:
        execution_result.errors = [labelled(error) for error in execution_result.errors or ()] or None
        await super().send_next(execution_result)


async def _told(operation: Operation[Context, None], result: ExecutionResult, extensions: Mapping[str, object]) -> bool:
    """Send what an operation came to; whether that is an answer."""
    if _is_refusal(result):
        await operation.send_initial_errors(result.errors or [])
        return False
    result.extensions = dict(extensions)
    await operation.send_next(result)
    return True


def _is_refusal(result: ExecutionResult) -> bool:
    """That there is no answer for a reason that belongs to no field: one of the request, or of the subscription itself."""
    errors = result.errors or ()
    whole = result.data is None and all(error.path is None for error in errors)
    return isinstance(result, PreExecutionError) or (whole and not any(was_given_up(error) for error in errors))


def _of_request(error: GraphQLError) -> GraphQLError:
    """Strawberry's own exceptions about a request are the client's errors, and their words are meant for it."""
    if isinstance(error.original_error, CannotGetOperationTypeError | MissingQueryError):
        return GraphQLError(error.message)
    return error
