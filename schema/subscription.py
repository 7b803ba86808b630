"""Subscriptions: the current state, and each later edition that changes it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from schema.context import Context, Info
from schema.limits.arguments import cohorts, filters
from schema.limits.cost import costs
from schema.query import Where
from schema.types.edition import Edition, edition_of
from schema.types.inputs import Adjust, InCurrency, filter_of
from schema.types.scalars import USD
from service.index.fingerprint import Fingerprint
from service.index.index import require_rank_index
from service.market.cohort import Cohort, cohort_of
from service.market.filter import CohortFilter
from service.vocabulary.measures import Adjustment


@strawberry.type(description="Subscriptions over a WebSocket with the protocol graphql-transport-ws.")
class Subscription:
    @strawberry.subscription(description="The current edition, and then each new one. A slow client skips editions.")
    async def edition_published(self, info: Info) -> AsyncGenerator[Edition, None]:
        async with aclosing(info.context.current.indexes()) as indexes:
            async for index in indexes:
                yield edition_of(index)

    @strawberry.subscription(
        description="The current cohort, and then again each time an edition changes it: records are added, removed or "
        "changed, or exchange rates or the price levels of its places change.",
        metadata=costs(1, more=filters("where"), passes=1, selects=cohorts("where")),
    )
    async def cohort(
        self, info: Info, where: Where = None, currency: InCurrency = USD, adjust: Adjust = Adjustment.NONE
    ) -> AsyncGenerator[Cohort, None]:
        context, conditions, currency = info.context, filter_of(where), currency or USD
        cohort_of(context.current.index, conditions, currency, adjust, context.rules)  # raises for unknown codes at once
        return _changes(context, conditions, currency, adjust)


async def _changes(context: Context, where: CohortFilter, currency: str, adjust: Adjustment) -> AsyncGenerator[Cohort, None]:
    sent = None
    async with aclosing(context.current.indexes()) as indexes:
        async for index in indexes:
            cohort = cohort_of(index, where, currency, adjust, context.rules)
            state = await _state(cohort)
            if state != sent:
                sent = state
                yield cohort


async def _state(cohort: Cohort) -> tuple[Fingerprint, int]:
    """The state that all figures of a cohort depend on: its records, and for another currency all exchange rates."""
    fingerprint = await require_rank_index(cohort.index).fingerprints.of(cohort.conditions, cohort.adjustment)
    return fingerprint, 0 if cohort.currency == USD else cohort.index.reference.rates.digest
