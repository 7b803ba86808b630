"""The endpoint `/mcp`: MCP over streamable HTTP, without state between requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx2
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.transport.http import RequestError, error_response
from schema.transport.origins import OriginPolicy

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_FORWARDED = ("x-forwarded-for", "x-forwarded-proto")
"""Headers by which the API knows the client's network and address behind trusted proxies."""


class McpEndpoint:
    """The ASGI application of `/mcp`, over the application `graphql` of `/graphql`.

    It is built at the first request, since the package takes 0.7 s to import and 25 MB. `origins` decides which pages may
    call it. `body_bytes` is the maximum size of a request.
    """

    def __init__(self, graphql: ASGIApp, *, origins: OriginPolicy, body_bytes: int) -> None:
        self._graphql, self._origins, self._body_bytes = graphql, origins, body_bytes
        self._starting: asyncio.Task[StreamableHTTPSessionManager] | None = None
        self._running: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Until its exit, requests are answered."""
        try:
            yield
        finally:
            self._closing.set()
            if self._running:
                await self._running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if message := self._origins.refused_tools(HTTPConnection(scope)):
            await error_response(RequestError(403, message, code="FORBIDDEN")).send(send)
            return
        if self._starting is None:
            self._starting = asyncio.create_task(self._start())
        manager = await asyncio.shield(self._starting)
        await manager.handle_request(scope, receive, send)

    async def _start(self) -> "StreamableHTTPSessionManager":
        manager = await asyncio.to_thread(self._build)
        started = asyncio.Event()

        async def run() -> None:
            async with manager.run():
                started.set()
                await self._closing.wait()

        self._running = asyncio.create_task(run())
        await started.wait()
        return manager

    def _build(self) -> "StreamableHTTPSessionManager":
        from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415 - see the class

        from service.mcp.server import mcp_server  # noqa: PLC0415

        server = mcp_server(lambda context: self._api(cast(Request, context.request)))
        checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # by `service.web.public_address`
        server.streamable_http_app(
            json_response=True,
            stateless_http=True,
            transport_security=checked,
            max_request_body_size=self._body_bytes,
        )
        return server.session_manager

    def _api(self, request: Request) -> httpx2.AsyncClient:
        """A client of `/graphql` in this process, which counts as the client of the request."""
        state = request.scope["state"]

        async def graphql(scope: Any, receive: Any, send: Any) -> None:
            await self._graphql({**scope, "state": state}, receive, send)

        client = (request.client.host, request.client.port) if request.client else ("socket", 0)
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        transport = httpx2.ASGITransport(app=graphql, client=client)
        return httpx2.AsyncClient(transport=transport, base_url=str(request.base_url), headers=headers)
