"""GraphQL over HTTP: how requests are answered; those that are no GraphQL get an error of the same form as all others."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
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

from schema.compiled.operation import Operation
from schema.context import Context
from schema.errors import out_of_time
from schema.limits.admission import Refused, admitted, no_operation, refused
from schema.limits.asker import MINIMUM, edition_number, network_behind
from schema.limits.crowd import Crowd, Crowded, turn_away
from schema.limits.deadline import Deadline
from schema.limits.document import Document
from schema.limits.rate_limit import BYTES_OF_A_POINT, KEPT, REFUSED, RateLimited, Rates, Tab, in_vain
from schema.limits.turns import Overloaded, Turns
from schema.schema import Contract, contract
from schema.transport.cache import Cache, Kept, trimmed
from schema.transport.persisted import Persisted
from schema.transport.request import Headers, Refusal, Request, media_type, read
from schema.transport.response import Response, again, answer, body_of, refusal, unanswered
from schema.transport.websocket import Adapter, Handler
from schema.types.limits import Limits
from service import metrics
from service.errors import PayRankError
from service.tracing import asked

Key = tuple[int, str, str | None, bytes]
"""What was asked: the number of the edition, the document, the name of the operation and its variables."""
Pairs = tuple[tuple[bytes, bytes], ...]
"""Headers."""

_GET_ALLOWS = {OperationType.QUERY}
_POST_ALLOWS = {OperationType.QUERY, OperationType.MUTATION}


class Endpoint(GraphQL[Context, None]):
    """The service's `/graphql`: queries and mutations by HTTP, these and subscriptions by WebSocket.

    `context` makes what resolvers get, once for each operation, from the request or handshake and the payload of
    `connection_init` (empty by HTTP). Pages of `origins` may open sockets beside those of the service itself, and so many
    `proxy_hops` in front are trusted to say who asks.
    """

    websocket_adapter_class = Adapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self,
        context: Callable[[HTTPConnection, Mapping[str, object]], Context],
        limits: Limits | None = None,
        origins: Sequence[str] = (),
        proxy_hops: int = 0,
    ) -> None:
        self.limits = limits or Limits()
        super().__init__(
            contract(self.limits),
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=self.limits.init_seconds),
            max_subscriptions_per_connection=self.limits.concurrent_operations,
            allowed_origins=origins,
        )
        self.context_of = context
        self._contract = cast(Contract, self.schema)
        self._persisted, self._cache, self._rates = Persisted(), Cache(), Rates(self.limits.points_per_minute)
        self._turns = Turns(self.limits.concurrent_requests, self.limits.queued_requests)
        self._deadline, self._hops = Deadline(self.limits.request_seconds), proxy_hops
        self._crowd = Crowd(self.limits.sockets_per_network, self.limits.sockets)

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn, or for their document to be read."""
        return self._turns.queue + self._contract.documents.waiting

    @property
    def sockets(self) -> int:
        """Open WebSockets."""
        return len(self._crowd)

    async def get_context(self, request: Any, response: Any) -> Context:
        return self.context_of(request, {})

    def tab(self, connection: HTTPConnection) -> Tab:
        """Where what an operation costs is counted."""
        return Tab(self._rates, network_behind(connection, self._hops) if self._rates.per_minute else "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._follow(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        context, tab = self.context_of(connection, {}), self.tab(connection)
        edition: Pairs = ()
        try:
            tab.open()
            response = await self._answered(scope, receive, context, tab)
            edition = ((b"payrank-edition", str(context.index.edition.number).encode()),)
        except Refusal as found:
            tab.spend(REFUSED)
            response = refusal(found)
        except RateLimited as found:
            metrics.RATE_LIMITED.now += 1
            response = refusal(Refusal(429, str(found), {"retry-after": str(found.after)}, "RATE_LIMITED"))
        except Overloaded as found:
            metrics.OVERLOADED.now += 1
            response = refusal(Refusal(503, str(found), {"retry-after": "2"}, "OVERLOADED"))
        await response.send(send, (*tab.headers, *edition))

    async def _follow(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket, where there is room for one."""
        try:
            with self._crowd.room(network_behind(HTTPConnection(scope), self._hops)):
                await super().__call__(scope, receive, send)
        except Crowded as found:
            await turn_away(scope, send, found)

    async def _answered(self, scope: Scope, receive: Receive, context: Context, tab: Tab) -> Response:
        headers = dict(scope["headers"])
        kind, known = media_type(headers), _known(scope, headers)
        request = await read(scope, headers, receive, self.limits.body_bytes)
        try:
            text = self._persisted.text(request.query, request.persisted)
        except GraphQLError as error:
            return Response(200, orjson.dumps({"errors": [error.formatted]}), kind)
        document = await self._contract.documents.read(text)
        try:
            if document.errors:
                raise refused(document, self.limits.cost)
            operation = _operation(document, request, scope["method"])
            asked(operation.kind.value, operation.name)
            if MINIMUM in headers:
                await context.current.reach(edition_number(headers[MINIMUM].decode("latin-1")))
            key = _key(text, operation, request, context)
            there = self._cache.get(key) if key else None
            if there:
                tab.pay(KEPT)
                metrics.KEPT.now += 1
                return again(there, kind, known)
            allowed = admitted(operation, request.variables, self.limits)
        except Refused as found:
            tab.spend(in_vain(text))
            return answer(None, found.errors, kind, found.extensions)
        except PayRankError as error:
            tab.spend(REFUSED)
            return unanswered(error, kind)
        metrics.POINTS.observe(allowed.points)
        tab.pay(allowed.points + (len(key[3]) // BYTES_OF_A_POINT if key else 0))
        made = await self._made(key, operation, allowed.extensions, request, context)
        metrics.MADE.now += 1
        if isinstance(made, Kept):
            return again(made, kind, known)
        return answer(made.data, made.errors or (), kind, allowed.extensions)

    def _made(
        self,
        key: Key | None,
        operation: Operation,
        extensions: Mapping[str, object],
        request: Request,
        context: Context,
    ) -> Awaitable[Kept | ExecutionResult]:
        """The answer to anybody's question, kept for the next who asks it of the same edition, unless it has errors."""
        if key is None:
            return self.executed(operation, request.variables, context)

        async def make() -> Kept | ExecutionResult:
            found = await self.executed(operation, request.variables, context)
            return found if found.errors else Kept(trimmed(body_of(found.data, extensions)))

        return self._cache.shared(key, make, len(key[1]) + len(key[3]))

    async def executed(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """What an operation comes to in its turn and time; raises Overloaded where too many wait already."""
        try:
            with self._deadline:
                async with self._turns:
                    return await self._told(operation, variables, context)
        except TimeoutError:
            error = out_of_time(operation.kind, self.limits.request_seconds)
            return ExecutionResult(data=None, errors=[error])

    def _told(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> Awaitable[ExecutionResult]:
        """What an operation comes to, here or, where that waits for SQL, in a clerk's thread."""
        answer = self._contract.answer
        if context.clerks is None:
            return answer(operation, variables, context)
        return context.clerks.run(lambda own: answer(operation, variables, context.handed_to(own)))


def _key(text: str, operation: Operation, request: Request, context: Context) -> Key | None:
    """What an answer is kept under; None of what is somebody's own."""
    variables = _flat(request.variables) if operation.public else None
    return None if variables is None else (context.index.edition.number, text, request.operation_name, variables)


def _flat(variables: Mapping[str, Any]) -> bytes | None:
    """Variables as a part of a key; None where they are nested deeper than any that are meant."""
    try:
        return trimmed(orjson.dumps(variables))
    except TypeError:
        return None


def _known(scope: Scope, headers: Headers) -> str | None:
    """What a GET says that it has already; None of a POST, which no cache keeps."""
    return None if scope["method"] == "POST" else headers.get(b"if-none-match", b"").decode("latin-1")


def _operation(document: Document, request: Request, method: str) -> Operation:
    found = document.operation(request.operation_name)
    if found is None:
        raise Refusal(400, no_operation(document, request.operation_name))
    if found.kind not in (_POST_ALLOWS if method == "POST" else _GET_ALLOWS):
        raise _not_by(method, found.kind)
    return found


def _not_by(method: str, kind: OperationType) -> Refusal:
    if kind is OperationType.SUBSCRIPTION:
        protocol = GRAPHQL_TRANSPORT_WS_PROTOCOL
        return Refusal(400, f"A subscription needs a WebSocket to this same address, with the protocol {protocol}.")
    return Refusal(405, f"A {kind.value} is not for {method}; send a POST.", {"allow": "POST"})
