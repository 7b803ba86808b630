"""The endpoint `/mcp`: MCP over streamable HTTP, without state between requests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import httpx2
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

_FORWARDED = ("x-forwarded-for", "x-forwarded-proto")
"""Headers by which the API knows the client's network and address behind trusted proxies."""


class McpEndpoint:
    """The ASGI application of `/mcp`, over the application `graphql` of `/graphql`.

    It is built at the first request, since the package takes 0.7 s to import and 25 MB. On a loopback address (`local`) it
    refuses the names and pages of other hosts. `body_bytes` is the maximum size of a request.
    """

    def __init__(self, graphql: ASGIApp, *, local: bool, body_bytes: int) -> None:
        self._graphql, self._local, self._body_bytes = graphql, local, body_bytes
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
        from service.mcp.server import mcp_server  # noqa: PLC0415 - see the class

        server = mcp_server(lambda context: self._api(cast(Request, context.request)))
        host = "127.0.0.1" if self._local else "0.0.0.0"
        server.streamable_http_app(
            json_response=True, stateless_http=True, host=host, max_request_body_size=self._body_bytes
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
