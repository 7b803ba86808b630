"""Execution of operations without an endpoint: by a schema and the index of an edition."""

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from schema.context import Context
from schema.schema import PayRankSchema
from service.index.refresh import CurrentIndex
from service.limits import Limits
from service.stats.suppression import DEFAULT_RULES
from service.store.database import Database

WITHOUT = {"submission", "reviewQueue", "employerCandidates", "citation", "contributionRules", "dataLoading"}
"""Fields that need a receipt, a token or the services of intake, which have their own tests."""
FITTED = {"premiums", "outlook", "adjusted", "adjustedInterval", "adjustedChange", "estimatePay"}
"""Fields of fitted models, which take long."""


class World:
    """Not a dataclass: hypothesis would print all its fields."""

    def __init__(self, schema: PayRankSchema, current: CurrentIndex, runner: asyncio.Runner) -> None:
        self.schema, self.current, self.runner = schema, current, runner

    def run(self, awaited: Awaitable[Any]) -> Any:
        return self.runner.run(cast(Any, awaited))

    def context(self) -> Context:
        return Context(self.current, DEFAULT_RULES, Limits(), *[cast(Any, None)] * (len(Context.__dataclass_fields__) - 3))


@contextmanager
def opened(url: str, schema: PayRankSchema) -> Iterator[World]:
    """The current edition of a database."""

    async def enter() -> tuple[Any, Any]:
        database = Database.open(url, size=4, statement_seconds=5, prepared=True)
        current = CurrentIndex.open(await database.__aenter__(), 3_600)
        return database, (current, await current.__aenter__())

    with asyncio.Runner() as runner:
        database, (current, held) = runner.run(enter())
        yield World(schema, held, runner)
        runner.run(current.__aexit__(None, None, None))
        runner.run(database.__aexit__(None, None, None))
