"""Health checks and metrics: `/health/live`, `/health/ready` and `/metrics`."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

import asyncpg
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from schema.transport.endpoint import Endpoint
from service import telemetry
from service.index.refresh import CurrentIndex
from service.web.middleware import InProgress

_INTERVAL_SECONDS = 1.0


def health_routes(*, metrics: bool) -> Sequence[BaseRoute]:
    """The health checks, and `/metrics` if it is on."""
    routes = [Route("/health/live", live), Route("/health/ready", ready)]
    return [*routes, Route("/metrics", exposition)] if metrics else routes


async def live(_: Request) -> PlainTextResponse:
    """The process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """The process serves an edition; reports how many editions it is behind, and the age of the last check."""
    current: CurrentIndex = request.state.current
    number, seconds = current.index.edition.number, monotonic() - current.checked_at
    state = f"{current.editions_behind} editions behind, checked {seconds:.1f} s ago"
    return PlainTextResponse(f"ready with edition {number}\n{state}\n")


async def exposition(request: Request) -> Response:
    """The metrics of all serving processes."""
    _update(request.state.current, request.state.endpoint)
    content, media_type = telemetry.metrics_text()
    return Response(content, media_type=media_type, headers={"Cache-Control": "no-store"})


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
    _update_pool("readers", current.database.readers)
    _update_pool("writers", current.database.writers)


def _update_pool(name: str, pool: asyncpg.Pool) -> None:
    idle = pool.get_idle_size()
    telemetry.POOL.labels(name, "idle").set(idle)
    telemetry.POOL.labels(name, "busy").set(pool.get_size() - idle)
