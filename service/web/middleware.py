"""Middleware: security headers, CORS, the access log, traces and limits of networks behind proxies."""

import re
from collections.abc import Awaitable, Iterable
from random import getrandbits
from time import perf_counter

import orjson
import structlog
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schema.context import network_behind
from schema.limits.concurrency import ConnectionLimiter, TooManyConnections
from schema.transport.http import RequestError, error_response
from schema.transport.origins import ALL, OriginPolicy
from service.telemetry import UNCOUNTED, request_seconds, request_span

log = structlog.get_logger()

DEFAULT_HEADERS = {
    "content-security-policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""Headers of every response that does not set them itself: the page has its own content security policy."""

STRICT_TRANSPORT = b"strict-transport-security", b"max-age=31536000"
"""Added to responses over TLS: no plain HTTP for a year."""

Pair = tuple[bytes, bytes]
_DEFAULTS = tuple((name.encode(), value.encode()) for name, value in DEFAULT_HEADERS.items())
_NAMES = frozenset(name for name, _ in (*_DEFAULTS, STRICT_TRANSPORT))


class SecurityHeadersMiddleware:
    """Adds DEFAULT_HEADERS, and STRICT_TRANSPORT over TLS.

    That is the case if the public address says so (`is_public_over_tls`); otherwise, with `hops` trusted proxies in front,
    X-Forwarded-Proto of the nearest one decides.
    """

    def __init__(self, app: ASGIApp, *, hops: int, is_public_over_tls: bool) -> None:
        self._app, self._hops, self._is_public_over_tls = app, hops, is_public_over_tls

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http":
            return self._app(scope, receive, send)
        added = (*_DEFAULTS, STRICT_TRANSPORT) if self._is_tls(scope) else _DEFAULTS

        def send_with_headers(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = _with(message["headers"], added)
            return send(message)

        return self._app(scope, receive, send_with_headers)

    def _is_tls(self, scope: Scope) -> bool:
        if self._is_public_over_tls:
            return True
        if not self._hops:
            return bool(scope["scheme"] == "https")
        forwarded = Headers(scope=scope).get("x-forwarded-proto", "")
        return forwarded.rpartition(",")[2].strip() == "https"


def _with(present: Iterable[Pair], added: Iterable[Pair]) -> list[Pair]:
    names = dict(present)  # in lower case, as ASGI requires
    if _NAMES.isdisjoint(names):
        return [*present, *added]
    return [*present, *(pair for pair in added if pair[0] not in names)]


_METHODS = ("GET", "HEAD", "POST")
_RESPONSE_HEADERS = (
    "Accept-Ranges",
    "Content-Disposition",
    "Content-Range",
    "ETag",
    "PayRank-Edition",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-ID",
)
_ADVICE = f". Send {', '.join(_METHODS)} from a site that PAYRANK_ORIGINS of the service allows, or from a program.\n"
_METRICS = "/metrics"
"""The only path without CORS: PAYRANK_METRICS says who may read it, and a page would read it from a visitor's machine."""
_VARY = b"vary", b"Origin"


class OriginMiddleware(CORSMiddleware):
    """Starlette's CORS by the policy: pages send any request header and read all response headers that the service has.

    Private networks are for sites that the operator names: browsers that ask (Access-Control-Request-Private-Network) keep
    public pages off a service that is open by default.
    """

    def __init__(self, app: ASGIApp, *, policy: OriginPolicy) -> None:
        super().__init__(
            app,
            allow_origins=[ALL] if policy.is_open else [],
            allow_methods=_METHODS,
            allow_headers=["*"],
            allow_private_network=policy.is_set,
            expose_headers=_RESPONSE_HEADERS,
        )
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == _METRICS:
            await self.app(scope, receive, send)
        elif any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self._call_without_origin(scope, receive, send)

    async def _call_without_origin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the header Vary only: Starlette's CORS takes 8 microseconds for it, a quarter of a cached response."""

        def send_with_vary(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], _VARY]
            return send(message)

        await self.app(scope, receive, send_with_vary)

    def is_allowed_origin(self, origin: str) -> bool:
        return self._policy.may_read(origin)

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code != 200:
            response.body = bytes(response.body) + _ADVICE.encode()
            response.headers["content-length"] = str(len(response.body))
        return response


SLOW_SECONDS = 1.0
"""Requests that take longer are logged."""
_REQUEST_ID = b"x-request-id"
_VALID_ID = re.compile(rb"[\w.-]{8,64}")
_PARTS = ("graphql", "mcp", "challenge", "downloads", "records", "assets", "health", "metrics")


class InProgress:
    """The requests of this process without a response yet; a plain number, since a gauge is slower to change."""

    count = 0


class AccessLogMiddleware:
    """Logs and times requests, and responds to unexpected exceptions.

    The id of a request (its own if valid) is in its response and in all log lines of the request. Only slow and
    failed requests are logged unless `log_all`. Log lines have neither addresses nor queries.
    """

    def __init__(self, app: ASGIApp, *, log_all: bool) -> None:
        self._app, self._log_all = app, log_all

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_, began, status = _request_id(scope), perf_counter(), 0
        structlog.contextvars.bind_contextvars(request=id_)

        def send_with_id(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_REQUEST_ID, id_.encode())]
            return send(message)

        InProgress.count += 1
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("request.broken")
            if not status:
                await _send_internal_error(send_with_id, id_)
        finally:
            InProgress.count -= 1
            self._record(scope, status, perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        part = _part(scope["path"])
        if status >= 500 or not (part == "challenge" or UNCOUNTED in scope):
            request_seconds(part, status).observe(seconds)
        if self._log_all or seconds >= SLOW_SECONDS or status >= 500:
            log.info("request", part=part, method=scope["method"], status=status, seconds=round(seconds, 4))


def _request_id(scope: Scope) -> str:
    sent = dict(scope["headers"]).get(_REQUEST_ID)
    return sent.decode("ascii") if sent and _VALID_ID.fullmatch(sent) else f"{getrandbits(128):032x}"


def _part(path: str) -> str:
    """One of a few labels, so that clients cannot create an unlimited number of metrics.

    >>> _part("/downloads/payrank-edition-1.csv"), _part("/records.csv"), _part("/anything")
    ('downloads', 'records', 'page')
    """
    first = path.split("/", 2)[1].partition(".")[0] if path.startswith("/") else ""
    return first if first in _PARTS else "page"


async def _send_internal_error(send: Send, id_: str) -> None:
    message = f"Internal server error. Please report it with the id {id_}."
    error = {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR", "id": id_}}
    body = orjson.dumps({"errors": [error]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class TraceMiddleware:
    """Makes a span of each request by its method, route and status.

    OpenTelemetry's own middleware would record the address, and the query string, in which a GET has its variables.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request_span(scope["method"], Headers(scope=scope)) as record_response:

            async def send_recorded(message: Message) -> None:
                if message["type"] == "http.response.start":
                    record_response(getattr(scope.get("route"), "path", None), message["status"])
                await send(message)

            await self._app(scope, receive, send_recorded)


class NetworkLimitMiddleware:
    """Refuses requests of a network that has too many in progress, behind `hops` proxies.

    Without proxies, `Connections` limits the connections of a network.
    """

    def __init__(self, app: ASGIApp, *, hops: int, max_per_network: int) -> None:
        self._app, self._hops = app, hops
        self._limiter = ConnectionLimiter(max_per_network, 0, "requests in progress", "Wait for a response.")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            with self._limiter.connection(network_behind(HTTPConnection(scope), self._hops)):
                await self._app(scope, receive, send)
        except TooManyConnections as error:
            refusal = RequestError(429, str(error), {"retry-after": "1"}, "RATE_LIMITED")
            await error_response(refusal).send(send)
