"""The address of the service for its clients: which hosts it serves, and the path under which it does."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.transport.http import RequestError, error_response, reject_handshake
from service.addresses import is_domain_name

_OF_ANY_HOST = ("/health/", "/metrics")
"""Paths without links, which load balancers and Prometheus request by an address of the machine."""
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class PublicAddressMiddleware:
    """Passes on requests to the host of `url`, without the path of `url` if a proxy has left it there.

    Requests to other hosts get 421, apart from health checks and metrics, so that no page of another site can read from the
    service by a name that it lets point to it.
    """

    def __init__(self, app: ASGIApp, *, url: str) -> None:
        parts = urlsplit(url)
        self._app, self._url, self._path = app, url, parts.path.rstrip("/")
        self._default_port = _DEFAULT_PORTS[parts.scheme]
        self._host = self._without_default_port(parts.netloc)

    def _without_default_port(self, host: str) -> str:
        return host.lower().removesuffix(self._default_port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if self._path:
            scope = _without_prefix(scope, self._path)
        if not scope["path"].startswith(_OF_ANY_HOST) and not self._is_public(scope):
            await _refuse(scope, send, f"This host is not served here. Send the request to {self._url}")
        elif not scope["path"]:
            await _redirect(send, f"{self._path}/")
        else:
            await self._app(scope, receive, send)

    def _is_public(self, scope: Scope) -> bool:
        return self._without_default_port(Headers(scope=scope).get("host", "")) == self._host


class LoopbackHostMiddleware:
    """Rejects requests to domain names (421), for a service that only its own machine uses, at `address`.

    A page of a site whose name points to this machine has the same origin as the service, so CORS does not apply (DNS
    rebinding). Addresses and names without a dot are safe, since no site can have them.
    """

    def __init__(self, app: ASGIApp, *, address: str) -> None:
        self._app, self._address = app, address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"].startswith("/health/") or not _has_domain_name(scope):
            await self._app(scope, receive, send)
            return
        await _refuse(
            scope,
            send,
            f"This service accepts requests from its own machine only, at {self._address}. To serve this host name, set "
            "PAYRANK_PUBLIC_URL to the address that clients use.",
        )


def _has_domain_name(scope: Scope) -> bool:
    try:
        return is_domain_name(urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname or "")
    except ValueError:  # a malformed address in brackets
        return True


def _without_prefix(scope: Scope, prefix: str) -> Scope:
    """The scope of a request with a prefix removed from its path, whose slash is empty then; or as it is."""
    path, raw = scope["path"], scope.get("raw_path")
    if path != prefix and not path.startswith(f"{prefix}/"):
        return scope
    return {**scope, "path": path[len(prefix) :], "raw_path": raw and raw[len(prefix.encode()) :]}


async def _refuse(scope: Scope, send: Send, message: str) -> None:
    error = RequestError(421, message)
    if scope["type"] == "http":
        await error_response(error).send(send)
    else:
        await reject_handshake(scope, send, error)


async def _redirect(send: Send, location: str) -> None:
    headers = [(b"location", location.encode()), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 308, "headers": headers})
    await send({"type": "http.response.body"})
