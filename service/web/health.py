"""Health checks and metrics: `/health/live`, `/health/ready` and `/metrics`."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from schema.transport.endpoint import Endpoint
from service import telemetry
from service.counts import count_of
from service.index.refresh import CurrentIndex
from service.web.middleware import InProgress

_INTERVAL_SECONDS = 1.0
_FORWARDING_HEADERS = frozenset(
    ("forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip", "cdn-loop")
)
"""Headers that proxies add, besides those that start with X-Forwarded-."""


def health_routes(metrics: Literal["loopback", "all", "off"]) -> Sequence[BaseRoute]:
    """The health checks, and `/metrics` unless it is off."""
    routes = [Route("/health/live", live), Route("/health/ready", ready)]
    if metrics == "off":
        return routes
    return [*routes, Route("/metrics", partial(exposition, to_all=metrics == "all"))]


async def live(_: Request) -> PlainTextResponse:
    """The process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """The process serves an edition; reports how many editions it is behind, and the age of the last check."""
    current: CurrentIndex = request.state.current
    number, seconds = current.index.edition.number, monotonic() - current.checked_at
    state = f"{count_of(current.editions_behind, 'edition')} behind, checked {seconds:.1f} s ago"
    return PlainTextResponse(f"ready with edition {number}\n{state}\n")


async def exposition(request: Request, *, to_all: bool) -> Response:
    """The metrics of all serving processes; as if there were none (404) for a client that may not read them."""
    if not (to_all or is_local(request)):
        raise HTTPException(404)
    _update(request.state.current, request.state.endpoint)
    content, media_type = telemetry.metrics_text()
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


def is_local(connection: HTTPConnection) -> bool:
    """Whether a request comes from this machine and not through a proxy on it, as far as its headers show."""
    if connection.client is None or any(map(_is_forwarding, connection.headers)):
        return False
    try:
        address = ip_address(connection.client.host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def _is_forwarding(header: str) -> bool:
    return header.startswith("x-forwarded-") or header in _FORWARDING_HEADERS


@asynccontextmanager
async def updated_gauges(current: CurrentIndex, endpoint: Endpoint) -> AsyncIterator[None]:
    """Updates the gauges of this process every second, and removes them at exit."""
    task = asyncio.create_task(_keep_updating(current, endpoint))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        telemetry.drop_gauges(os.getpid())


async def _keep_updating(current: CurrentIndex, endpoint: Endpoint) -> None:
    while True:
        _update(current, endpoint)
        await asyncio.sleep(_INTERVAL_SECONDS)


def _update(current: CurrentIndex, endpoint: Endpoint) -> None:
    edition = current.index.edition
    telemetry.EDITION.set(edition.number)
    telemetry.RECORDS.set(edition.records)
    telemetry.PUBLISHED.set(edition.published_at.timestamp())
    telemetry.BEHIND.set(current.editions_behind)
    telemetry.IN_PROGRESS.set(InProgress.count)
    telemetry.QUEUED.set(endpoint.queued)
    telemetry.SOCKETS.set(endpoint.sockets)
    pools = current.database.readers, current.database.writers
    telemetry.POOL.set(sum(pool.get_size() - pool.get_idle_size() for pool in pools))
