"""The watch over requests: each has an id, is timed, and is told of where something went wrong in it."""

import re
from collections.abc import Awaitable
from random import getrandbits
from time import perf_counter

import orjson
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.metrics import WORKING, request_seconds

log = structlog.get_logger()

_NAME = b"x-request-id"
_GIVEN = re.compile(rb"[\w.-]{8,64}")
_PARTS = ("graphql", "challenge", "downloads", "assets", "health", "metrics")
SLOW = 1.0
"""Seconds from which on a request is worth a line."""


class Watch:
    """Gives every request an id (its caller's, where that has a sound one), which its answer and all that is logged of it
    carry; counts and times it; and answers for what fails in ways that nobody thought of.

    With `every` there is a line for every request; else for slow and failed ones. Lines tell neither addresses nor queries.
    """

    def __init__(self, app: ASGIApp, *, every: bool) -> None:
        self._app, self._every = app, every

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        id_, began, status = _id(scope), perf_counter(), 0
        structlog.contextvars.bind_contextvars(request=id_)

        def send_with_id(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_NAME, id_.encode())]
            return send(message)

        WORKING.now += 1
        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            log.exception("request.broken")
            if not status:
                await _apologise(send_with_id, id_)
        finally:
            WORKING.now -= 1
            self._tell(scope, status, perf_counter() - began)

    def _tell(self, scope: Scope, status: int, seconds: float) -> None:
        part = _part(scope["path"])
        request_seconds(part, status).observe(seconds)
        if self._every or seconds >= SLOW or status >= 500:
            log.info("request", part=part, method=scope["method"], status=status, seconds=round(seconds, 4))


def _id(scope: Scope) -> str:
    given = dict(scope["headers"]).get(_NAME)
    return given.decode("ascii") if given and _GIVEN.fullmatch(given) else f"{getrandbits(128):032x}"


def _part(path: str) -> str:
    """Few, whatever is asked for, so that nobody can make metrics without end."""
    first = path.split("/", 2)[1] if path.startswith("/") else ""
    return first if first in _PARTS else "page"


async def _apologise(send: Send, id_: str) -> None:
    message = f"Something went wrong here, not in your request. Report it with the id {id_}."
    error = {"message": message, "extensions": {"code": "INTERNAL_SERVER_ERROR", "id": id_}}
    body = orjson.dumps({"errors": [error]})
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
