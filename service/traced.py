"""The middleware that makes a span of each request: by its method, route and status."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.tracing import request


class Traced:
    """Starlette's own would tell addresses, and the query string in which a GET writes its variables."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request(scope["method"], Headers(scope=scope)) as answered:

            async def send_told(message: Message) -> None:
                if answered and message["type"] == "http.response.start":
                    answered(getattr(scope.get("route"), "path", None), message["status"])
                await send(message)

            await self._app(scope, receive, send_told)
