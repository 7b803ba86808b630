"""Gauges: what a serving process tells of its present state, every second, with what it has counted meanwhile."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from schema.transport.endpoint import Endpoint
from service import metrics
from service.index.refresh import CurrentIndex

_EVERY = 1.0
"""Seconds."""


@asynccontextmanager
async def told(current: CurrentIndex, endpoint: Endpoint) -> AsyncIterator[None]:
    """Have them told until left."""
    task = asyncio.create_task(_keep_telling(current, endpoint))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        metrics.tell()
        metrics.forget(os.getpid())


async def _keep_telling(current: CurrentIndex, endpoint: Endpoint) -> None:
    while True:
        tell(current, endpoint)
        await asyncio.sleep(_EVERY)


def tell(current: CurrentIndex, endpoint: Endpoint) -> None:
    """Tell them as they are now."""
    metrics.tell()
    edition = current.index.edition
    metrics.EDITION.set(edition.number)
    metrics.RECORDS.set(edition.records)
    metrics.PUBLISHED.set(edition.published_at.timestamp())
    metrics.BEHIND.set(current.editions_behind)
    metrics.IN_WORK.set(metrics.WORKING.now)
    metrics.WAITING.set(endpoint.queued)
    metrics.SOCKETS.set(endpoint.sockets)
    _tell_pool("readers", current.database.readers)
    _tell_pool("writers", current.database.writers)


def _tell_pool(name: str, pool: asyncpg.Pool) -> None:
    idle = pool.get_idle_size()
    metrics.POOL.labels(name, "idle").set(idle)
    metrics.POOL.labels(name, "busy").set(pool.get_size() - idle)
