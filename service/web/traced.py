"""The middleware that makes a span of each request: by its method, route and status."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.tracing import request


class Traced:
    """Starlette's own would tell addresses, and the query string in which a GET writes its variables.

    `straight` is the path that a shortcut leads to, past the routes.
    """

    def __init__(self, app: ASGIApp, *, straight: str) -> None:
        self._app, self._straight = app, straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request(scope["method"], Headers(scope=scope)) as answered:

            async def send_told(message: Message) -> None:
                if answered and message["type"] == "http.response.start":
                    answered(self._route(scope), message["status"])
                await send(message)

            await self._app(scope, receive, send_told)

    def _route(self, scope: Scope) -> str | None:
        """None of what no route leads to: anything may stand in its path."""
        if scope["path"] == self._straight:
            return self._straight
        return getattr(scope.get("route"), "path", None)
