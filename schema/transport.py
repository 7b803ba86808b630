"""GraphQL over HTTP: requests that are no GraphQL get an error of the same form as all others."""

import re
from collections.abc import Callable
from typing import Any, cast

import orjson
from cross_web import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types.execution import ExecutionResult

from schema.context import Context
from schema.contract import contract
from schema.failure import labelled

_LONG_NUMBER = re.compile(r"\d{400}")
_USE = 'Send a POST with the JSON {"query": "...", "variables": {...}} as application/json, or a GET with ?query='


class Endpoint(GraphQL[Context, None]):
    """The service's `/graphql`; `context` makes what resolvers get, once for each request."""

    def __init__(self, context: Callable[[HTTPConnection], Context]) -> None:
        super().__init__(contract(), graphql_ide=None, subscription_protocols=())
        self._context = context

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return self._context(request)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        try:
            response = await self.run(Request(scope, receive))
        except HTTPException as error:
            response = _refusal(error.status_code, error.reason)
        await response(scope, receive, send)

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
        if body.query and _LONG_NUMBER.search(body.query):
            raise HTTPException(400, "A number in the query has over 400 digits; no amount is that large.")
        return body

    async def process_result(self, request: Request, result: ExecutionResult) -> GraphQLHTTPResponse:
        if result.errors:
            result.errors = [labelled(error) for error in result.errors]
        return await super().process_result(request, result)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)


def _refusal(status: int, reason: str) -> Response:
    body = {"errors": [{"message": reason, "extensions": {"code": "BAD_REQUEST"}}]}
    return Response(orjson.dumps(body), status, media_type="application/json")
