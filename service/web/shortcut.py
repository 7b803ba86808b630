"""The shortcut: requests of one path go straight to their application, past what only the others need."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Finding a route and handling its exceptions takes as long as giving a kept answer again; `to` answers for itself."""

    def __init__(self, app: ASGIApp, *, path: str, to: ASGIApp) -> None:
        self._app, self._path, self._to = app, path, to

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        straight = scope["type"] in ("http", "websocket") and scope["path"] == self._path
        return (self._to if straight else self._app)(scope, receive, send)
