"""Headers of every answer that keep browsers from doing more with it than they should."""

from collections.abc import Awaitable, Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ALWAYS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""What an answer carries unless it says otherwise: the page's documents have a policy of their own."""

STRICT_TRANSPORT = b"strict-transport-security", b"max-age=31536000"
"""Of answers by TLS: a year without plain HTTP."""

Pair = tuple[bytes, bytes]
_ALWAYS = tuple((name.encode(), value.encode()) for name, value in ALWAYS.items())
_NAMES = frozenset(name for name, _ in (*_ALWAYS, STRICT_TRANSPORT))


class SecurityHeaders:
    """Adds ALWAYS, and STRICT_TRANSPORT where the caller came by TLS.

    With `hops` proxies in front, which are trusted, the nearest one's X-Forwarded-Proto tells that.
    """

    def __init__(self, app: ASGIApp, *, hops: int) -> None:
        self._app, self._hops = app, hops

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        added = (*_ALWAYS, STRICT_TRANSPORT) if self._by_tls(scope) else _ALWAYS

        def send_with(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = _with(message["headers"], added)
            return send(message)

        return self._app(scope, receive, send_with)

    def _by_tls(self, scope: Scope) -> bool:
        if not self._hops:
            return bool(scope["scheme"] == "https")
        told = Headers(scope=scope).get("x-forwarded-proto", "")
        return told.rpartition(",")[2].strip() == "https"


def _with(present: Iterable[Pair], added: Iterable[Pair]) -> list[Pair]:
    names = dict(present)  # in lower case, as ASGI has them
    return [*present, *added] if _NAMES.isdisjoint(names) else [*present, *(one for one in added if one[0] not in names)]
