"""The root of all queries."""

from typing import Annotated

import strawberry

from schema.context import Info
from schema.limits.cost import costs, items, page
from schema.types import comparison, contribution, record, review, vocabulary
from schema.types.cohort import Cohort
from schema.types.comparison import OfferComparison
from schema.types.contribution import Receipt
from schema.types.estimate import PayEstimate, estimate_pay
from schema.types.filter import CohortFilter, asked
from schema.types.limits import Limits
from schema.types.offer import OfferBenchmark, OfferInput, benchmark
from schema.types.profile import ProfileInput
from schema.types.record import Node, RecordOrder, SalaryRecordConnection
from schema.types.review import ReviewItemConnection
from schema.types.scalars import Code, Currency
from schema.types.source import Edition, edition_of
from schema.types.submission import Submission
from schema.types.vocabulary import MOST as MOST_VALUES
from schema.types.vocabulary import FactorValueConnection
from service.intake.screening import FindingCode
from service.market.cohort import Cohort as Asked
from service.market.cohort import cohort_of
from service.market.comparison import MOST as MOST_OFFERS
from service.market.listing import MOST as MOST_RECORDS
from service.market.listing import USUAL, Window
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure

USD = Currency("USD")
Where = Annotated[CohortFilter | None, strawberry.argument(description="Which records; all without it.")]
InCurrency = Annotated[
    Currency, strawberry.argument(description="The currency to tell amounts in, by the rate of the newest year.")
]


def _cohort(info: Info, where: CohortFilter | None, currency: str, adjust: Adjustment = Adjustment.NONE) -> Asked:
    return cohort_of(info.context.index, asked(where), currency, adjust, info.context.rules)


@strawberry.type(description="All that can be asked.")
class Query:
    @strawberry.field(description="A record by its id; null when the current edition has none with it.", metadata=costs(1))
    def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="An id that this API gave.")],  # noqa: A002
    ) -> Node | None:
        return record.node(info.context.index, id)

    @strawberry.field(description="The edition that this answer is of.")
    def edition(self, info: Info) -> Edition:
        return edition_of(info.context.index)

    @strawberry.field(description="The most that may be asked at once and in a minute.")
    def limits(self, info: Info) -> Limits:
        return info.context.limits

    @strawberry.field(description="The currencies that amounts can be told in.")
    def currencies(self, info: Info) -> list[Currency]:
        return [Currency(code) for code in info.context.index.reference.rates.currencies]

    @strawberry.field(
        description="The values of a factor to filter by: all, those that a search finds, or those below one.",
        metadata=costs(2, times=page(50, MOST_VALUES)),
    )
    def factor_values(
        self,
        info: Info,
        factor: Annotated[Factor, strawberry.argument(description="The factor.")],
        search: Annotated[str | None, strawberry.argument(description="Part of a label, code or other spelling.")] = None,
        under: Annotated[
            Code | None, strawberry.argument(description="Only values below this one; for METRO also a state or country.")
        ] = None,
        first: Annotated[int | None, strawberry.argument(description="The most values, up to 500.")] = 50,
        after: Annotated[str | None, strawberry.argument(description="Only values behind this cursor.")] = None,
    ) -> FactorValueConnection:
        return vocabulary.factor_values(info.context.index, factor, search, under, 50 if first is None else first, after)

    @strawberry.field(
        description="The records that match a filter, in pages of at most 100; by default the latest 50.",
        metadata=costs(2, each=1, times=page(USUAL, MOST_RECORDS)),
    )
    async def salary_records(
        self,
        info: Info,
        where: Where = None,
        currency: InCurrency = USD,
        first: Annotated[int | None, strawberry.argument(description="The first so many, at most 100.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only records behind this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="The last so many, at most 100.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only records before this cursor.")] = None,
        order_by: Annotated[RecordOrder | None, strawberry.argument(description="By default the latest first.")] = None,
    ) -> SalaryRecordConnection:
        cohort = _cohort(info, where, currency)
        window = Window(first, after, last, before, info.context.limits.page_size)
        return await record.records(cohort, order_by, window)

    @strawberry.field(description="The records that match a filter, as something to ask questions of.", metadata=costs(1))
    def cohort(
        self,
        info: Info,
        where: Where = None,
        currency: InCurrency = USD,
        adjust: Annotated[Adjustment, strawberry.argument(description="What to divide money by.")] = Adjustment.NONE,
    ) -> Cohort:
        return Cohort(of=_cohort(info, where, currency, adjust))

    @strawberry.field(
        description="A submission, for whoever holds its receipt; null for a receipt that was never given.",
        metadata=costs(2),
    )
    async def submission(self, info: Info, receipt: Receipt) -> Submission | None:
        return await contribution.by_receipt(info.context, receipt)

    @strawberry.field(
        description="Where an offer stands in the narrowest large enough cohort like it, and what could be asked for.",
        metadata=costs(10),
    )
    async def benchmark_offer(
        self, info: Info, offer: Annotated[OfferInput, strawberry.argument(description="The offer.")]
    ) -> OfferBenchmark:
        return await benchmark(info.context, offer)

    @strawberry.field(
        description="Offers side by side, each benchmarked, with what it is worth at the prices of the first one's place.",
        metadata=costs(2, each=10, times=items("offers", MOST_OFFERS)),
    )
    async def compare_offers(
        self,
        info: Info,
        offers: Annotated[
            list[OfferInput],
            strawberry.argument(description="Two to five offers; currency and place of the first are what others turn to."),
        ],
    ) -> OfferComparison:
        return await comparison.compare_offers(info.context, offers)

    @strawberry.field(
        description="P25, P50 and P75 of pay for a profile, and what each of its answers adds. The first question of a "
        "measure waits some seconds for its model to be fitted.",
        metadata=costs(50),
    )
    async def estimate_pay(
        self,
        info: Info,
        profile: Annotated[
            ProfileInput, strawberry.argument(description="Who the pay is for; what is not told may be left out.")
        ],
        currency: InCurrency = USD,
        measure: Annotated[
            Measure, strawberry.argument(description="What to estimate: any that is money.")
        ] = Measure.TOTAL_COMPENSATION,
    ) -> PayEstimate:
        return await estimate_pay(info.context, profile, currency, measure)

    @strawberry.field(
        description="For moderators, by bearer token: held and flagged submissions, oldest first, at most 100 a page.",
        metadata=costs(2, each=1, times=page(20, MOST_RECORDS)),
    )
    async def review_queue(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="The first so many, at most 100.")] = 20,
        after: Annotated[str | None, strawberry.argument(description="Only submissions behind this cursor.")] = None,
        finding: Annotated[FindingCode | None, strawberry.argument(description="Only what has this finding.")] = None,
    ) -> ReviewItemConnection:
        return await review.review_queue(info.context, 20 if first is None else first, after, finding)
