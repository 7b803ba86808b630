"""The root of all subscriptions: what is so now, then again whenever an edition changes it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from schema.context import Context, Info
from schema.limits.cost import costs
from schema.query import USD, InCurrency, Where
from schema.types.cohort import Cohort
from schema.types.filter import asked
from schema.types.source import Edition, edition_of
from service.index.fingerprint import Fingerprint
from service.index.index import indexed
from service.market.cohort import Cohort as Asked
from service.market.cohort import cohort_of
from service.market.filter import CohortFilter
from service.vocabulary.measures import Adjustment, Measure


@strawberry.type(description="What can be followed over a WebSocket with the protocol graphql-transport-ws.")
class Subscription:
    @strawberry.subscription(
        description="The current edition, then each new one. Editions that come while you are slow to read are passed over."
    )
    async def edition_published(self, info: Info) -> AsyncGenerator[Edition, None]:
        async with aclosing(info.context.current.indexes()) as indexes:
            async for index in indexes:
                yield edition_of(index)

    @strawberry.subscription(
        description="The cohort as it stands, then again whenever an edition changes it: a record of it is new, gone or "
        "different, or the rate of the currency or the price level of a place it is adjusted by is.",
        metadata=costs(1),
    )
    async def cohort(
        self,
        info: Info,
        where: Where = None,
        currency: InCurrency = USD,
        adjust: Annotated[Adjustment, strawberry.argument(description="What to divide money by.")] = Adjustment.NONE,
    ) -> AsyncGenerator[Cohort, None]:
        context, filter_ = info.context, asked(where)
        cohort_of(context.current.index, filter_, currency, adjust, context.rules)  # what is unknown is refused at once
        return _changes(context, filter_, currency, adjust)


async def _changes(context: Context, where: CohortFilter, currency: str, adjust: Adjustment) -> AsyncGenerator[Cohort, None]:
    told = None
    async with aclosing(context.current.indexes()) as indexes:
        async for index in indexes:
            cohort = cohort_of(index, where, currency, adjust, context.rules)
            found = await _state(cohort)
            if found != told:
                told = found
                yield Cohort(of=cohort)


async def _state(cohort: Asked) -> tuple[Fingerprint, float]:
    """What the answers about a cohort come from: its records and the rate of its currency."""
    fingerprint = await indexed(cohort.index).fingerprints.of(cohort.conditions, cohort.adjustment)
    return fingerprint, cohort.scale(Measure.BASE_SALARY)
