"""Protected tables in a database, without noise unless a test gives it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

from service.intake.protected_tables import Noise
from service.intake.yearly_tables import publish_tables
from service.store.database import PUBLISHER, Database
from service.store.editions import draft

T = TypeVar("T")


def no_noise(_: object) -> int:
    return 0


def publish_year(url: str, year: int, noise: Noise = no_noise) -> int:
    """Publish the tables of a year as an edition of their own; returns its number."""
    with draft(url, PUBLISHER) as edition:
        publish_tables(edition.rows, edition.number, year, noise=noise)
    return edition.number


def read(url: str, query: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """The result of a query in the role of a reader."""

    async def run() -> Any:
        async with Database.open(url) as database, database.read() as connection:
            return await query(connection)

    return asyncio.run(run())
