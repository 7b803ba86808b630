"""The endpoint `/graphql`: queries and mutations over HTTP; these and subscriptions over WebSocket.

Requests that are not GraphQL get errors of the same form as all others.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar, cast

import orjson
from graphql import GraphQLError
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from schema.compiled.operation import Operation
from schema.context import MINIMUM_EDITION, Context, edition_number, network_behind
from schema.errors import timed_out
from schema.limits.concurrency import (
    ConcurrencyLimiter,
    ConnectionLimiter,
    Overloaded,
    TooManyConnections,
)
from schema.limits.document import Document, OperationRejected, admit, no_operation, rejection
from schema.limits.rate_limit import (
    BYTES_PER_POINT,
    CACHED_POINTS,
    REJECTED_POINTS,
    RateLimitCharge,
    RateLimited,
    RateLimiter,
    rejected_document_cost,
)
from schema.schema import PayRankSchema, build_schema
from schema.transport.cache import CachedResponse, PersistedQueries, ResponseCache, compact_bytes, from_cache
from schema.transport.cohort_request import CohortRequests
from schema.transport.http import (
    ClientDisconnected,
    GraphQLRequest,
    Headers,
    RequestError,
    Response,
    error_response,
    failure_response,
    negotiate,
    read_request,
    reject_handshake,
    result_response,
    serialize,
    until_disconnect,
)
from schema.transport.origins import ALL, OriginPolicy
from schema.transport.websocket import Adapter, Handler
from service.errors import PayRankError
from service.limits import Limits
from service.store.database import Edition
from service.telemetry import CACHED, COMPUTED, OPERATION_POINTS, OVERLOADED, RATE_LIMITED, UNCOUNTED, record_operation
from service.time_slices import TimeSlices

T = TypeVar("T")
Key = tuple[Edition, str, str | None, bytes]
"""The edition, the document, the name of the operation and its variables."""
HeaderPairs = tuple[tuple[bytes, bytes], ...]

_MINIMUM_EDITION = MINIMUM_EDITION.encode()
_ALLOWED = {"POST": {OperationType.QUERY, OperationType.MUTATION}}
_ALLOWED_BY_GET = {OperationType.QUERY}


class Endpoint(GraphQL[Context, None]):
    """The ASGI application of `/graphql`.

    `context_of` makes the context of an operation from its request or handshake and the payload of `connection_init`, which
    is empty over HTTP. `origins` decides which pages may open WebSockets and send mutations. The last `proxy_hops` entries
    of X-Forwarded-For are trusted. Without `compiled` graphql-core executes every operation.
    """

    websocket_adapter_class = Adapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self,
        context_of: Callable[[HTTPConnection, Mapping[str, object]], Context],
        limits: Limits | None = None,
        origins: OriginPolicy | None = None,
        proxy_hops: int = 0,
        compiled: bool = True,
    ) -> None:
        self.limits = limits = limits or Limits()
        super().__init__(
            build_schema(limits, compiled),
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=limits.init_seconds),
            max_subscriptions_per_connection=limits.concurrent_operations,
            allowed_origins=[ALL],  # `_serve_socket` has checked it, with an error that says what to do
        )
        self.context_of, self.origins = context_of, origins or OriginPolicy()
        self._schema, self._hops = cast(PayRankSchema, self.schema), proxy_hops
        self._persisted, self._cache = PersistedQueries(), ResponseCache()
        self._rate_limiter = RateLimiter(limits.points_per_minute)
        self._concurrency = ConcurrencyLimiter(limits.concurrent_requests, limits.queued_requests)
        self._slices = TimeSlices()
        self.cohorts = CohortRequests(self._schema)
        self._connections = ConnectionLimiter(limits.sockets_per_network, limits.sockets)

    @property
    def queued(self) -> int:
        """Requests in the queue, and documents that wait to be parsed."""
        return self._concurrency.queued + self._schema.documents.queued

    @property
    def sockets(self) -> int:
        """Open WebSockets."""
        return len(self._connections)

    async def get_context(self, request: Any, response: Any) -> Context:
        return self.context_of(request, {})

    def rate_limit_charge(self, connection: HTTPConnection) -> RateLimitCharge:
        limiter = self._rate_limiter
        return RateLimitCharge(limiter, network_behind(connection, self._hops) if limiter.per_minute else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._serve_socket(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        context, charge = self.context_of(connection, {}), self.rate_limit_charge(connection)
        edition: HeaderPairs = ()
        try:
            charge.check()
            response = await self._respond(scope, receive, context, charge)
            edition = ((b"payrank-edition", str(context.index.edition.number).encode()),)
        except RequestError as error:
            charge.charge_up_to(REJECTED_POINTS)
            response = error_response(error)
        except RateLimited as error:
            RATE_LIMITED.inc()
            headers = {"retry-after": str(error.retry_after)}
            response = error_response(RequestError(429, str(error), headers, "RATE_LIMITED"))
        except ClientDisconnected:
            response = error_response(RequestError(499, "The client closed the connection.", code="CLIENT_CLOSED_REQUEST"))
        except Overloaded as error:
            OVERLOADED.inc()
            response = error_response(RequestError(503, str(error), {"retry-after": "2"}, "OVERLOADED"))
        await response.send(send, (*charge.headers, *edition))

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if message := self.origins.refused_socket(connection):
            await reject_handshake(scope, send, RequestError(403, message, code="FORBIDDEN"))
            return
        try:
            with self._connections.connection(network_behind(connection, self._hops)):
                await super().__call__(scope, receive, send)
        except TooManyConnections as error:
            refusal = RequestError(429, str(error), {"retry-after": "60"}, "RATE_LIMITED")
            await reject_handshake(scope, send, refusal)

    async def _respond(self, scope: Scope, receive: Receive, context: Context, charge: RateLimitCharge) -> Response:
        headers = dict(scope["headers"])
        media_type, if_none_match = negotiate(headers), _if_none_match(scope, headers)
        request = await read_request(scope, headers, receive, self.limits.body_bytes)
        try:
            text = self._persisted.text(request.query, request.persisted)
        except GraphQLError as error:
            return Response(200, orjson.dumps({"errors": [error.formatted]}), media_type)
        document = await self._schema.documents.read(text)
        try:
            if document.errors:
                raise rejection(document, self.limits.cost)
            operation = _operation(document, request, scope["method"])
            record_operation(operation.kind.value, operation.name)
            if operation.kind is OperationType.MUTATION:
                self._admit_mutation(scope)
            if _MINIMUM_EDITION in headers:
                await context.current.wait_for_edition(edition_number(headers[_MINIMUM_EDITION].decode("latin-1")))
            key = _cache_key(text, operation, request, context)
            cached = self._cache.get(key) if key else None
            if cached:
                charge.charge(CACHED_POINTS)
                CACHED.inc()
                return from_cache(cached, media_type, if_none_match)
            admission = admit(operation, request.variables, self.limits, lambda: context.index)
        except OperationRejected as error:
            charge.charge_up_to(rejected_document_cost(text))
            return result_response(None, error.errors, media_type, error.extensions)
        except PayRankError as error:
            charge.charge_up_to(REJECTED_POINTS)
            return failure_response(error, media_type)
        charge.charge(admission.points + (len(key[3]) // BYTES_PER_POINT if key else 0))
        execution = self._execute_or_wait(key, operation, admission.extensions, request, context)
        result = await _unless_abandoned(operation, execution, receive)
        if UNCOUNTED not in scope:
            OPERATION_POINTS.observe(admission.points)
            COMPUTED.inc()
        if isinstance(result, CachedResponse):
            return from_cache(result, media_type, if_none_match)
        return result_response(result.data, result.errors or (), media_type, admission.extensions)

    def _admit_mutation(self, scope: Scope) -> None:
        """Leaves a mutation out of the metrics. Raises RequestError if the page that sends it may not."""
        scope[UNCOUNTED] = True
        if message := self.origins.refused_mutation(HTTPConnection(scope)):
            raise RequestError(403, message, code="FORBIDDEN")

    def _execute_or_wait(
        self,
        key: Key | None,
        operation: Operation,
        extensions: Mapping[str, object],
        request: GraphQLRequest,
        context: Context,
    ) -> Awaitable[CachedResponse | ExecutionResult]:
        """The result of an operation; if it is cacheable and has no errors, equal requests of the edition share it."""
        if key is None:
            return self.execute(operation, request.variables, context)

        async def execute() -> CachedResponse | ExecutionResult:
            result = await self.execute(operation, request.variables, context)
            return result if result.errors else CachedResponse(compact_bytes(serialize(result.data, extensions)))

        return self._cache.get_or_execute(key, execute, len(key[1]) + len(key[3]))

    async def execute(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """Executes an operation within the limits of concurrency and time. Raises Overloaded."""
        try:
            async with asyncio.timeout(self.limits.request_seconds), self._concurrency:
                return await self._execute(operation, variables, context)
        except TimeoutError:
            return ExecutionResult(data=None, errors=[timed_out(operation.kind, self.limits.request_seconds)])

    async def execute_event(self, execute: Callable[[], Awaitable[ExecutionResult]]) -> ExecutionResult:
        """Executes an event of a subscription in time slices, within the limit of time."""
        try:
            async with asyncio.timeout(self.limits.request_seconds):
                with self._slices.operation():
                    return await execute()
        except TimeoutError:
            return ExecutionResult(data=None, errors=[timed_out(OperationType.SUBSCRIPTION, self.limits.request_seconds)])

    async def _execute(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """Executes here in time slices, or in a thread of the pool if the statistics are computed by SQL."""
        execute = self._schema.execute_operation
        if context.sql_threads is None:
            with self._slices.operation():
                return await execute(operation, variables, context)
        return await context.sql_threads.run(lambda database: execute(operation, variables, context.with_database(database)))


async def _unless_abandoned(operation: Operation, execution: Awaitable[T], receive: Receive) -> T:
    """The result of an execution; one of a query is cancelled if the client disconnects. Raises ClientDisconnected."""
    if operation.kind is OperationType.MUTATION:
        return await execution
    async with until_disconnect(receive):
        return await execution


def _cache_key(text: str, operation: Operation, request: GraphQLRequest, context: Context) -> Key | None:
    """The key of a cached response; None if the response is not cacheable."""
    is_cacheable = operation.is_cacheable and context.client.token is None  # `node` shows moderators their submissions
    variables = _serialized(request.variables) if is_cacheable else None
    return None if variables is None else (context.index.edition, text, request.operation_name, variables)


def _serialized(variables: Mapping[str, Any]) -> bytes | None:
    """Variables as a part of a key; None if they are nested too deeply to be serialized."""
    try:
        return compact_bytes(orjson.dumps(variables))
    except TypeError:
        return None


def _if_none_match(scope: Scope, headers: Headers) -> str | None:
    """The header If-None-Match of a GET; None for a POST, which no cache stores."""
    return None if scope["method"] == "POST" else headers.get(b"if-none-match", b"").decode("latin-1")


def _operation(document: Document, request: GraphQLRequest, method: str) -> Operation:
    operation = document.operation(request.operation_name)
    if operation is None:
        raise RequestError(400, no_operation(document, request.operation_name))
    if operation.kind not in _ALLOWED.get(method, _ALLOWED_BY_GET):
        raise _not_allowed(method, operation.kind)
    return operation


def _not_allowed(method: str, kind: OperationType) -> RequestError:
    if kind is OperationType.SUBSCRIPTION:
        return RequestError(
            400, f"Subscriptions need a WebSocket to the same address, with the protocol {GRAPHQL_TRANSPORT_WS_PROTOCOL}."
        )
    return RequestError(405, f"A {kind.value} is not allowed by {method}. Send a POST.", {"allow": "POST"})
