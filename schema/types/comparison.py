"""Offers side by side."""

import strawberry

from schema.context import Context
from schema.types.offer import OfferBenchmark, OfferInput, offer_of, prepare
from schema.types.scalars import Currency
from schema.types.vocabulary import FactorValue, shown
from service.index.index import Index
from service.market import comparison


@strawberry.type(
    description="Cost of living in a place. Price level ratios of the World Bank for countries, regional price parities of "
    "the US Bureau of Economic Analysis for US states and metro areas. It is not the cost of labour."
)
class PriceLevel:
    place: FactorValue = strawberry.field(
        description="The place that it is of: of the profile's metro area, subdivision and country the narrowest with one."
    )
    year: int = strawberry.field(description="The calendar year that it is of: the newest that is known of the place.")
    level: float = strawberry.field(description="The level, United States = 100.")

    @classmethod
    def of(cls, index: Index, found: comparison.Prices) -> "PriceLevel":
        return cls(place=shown(index, found.place.id), year=found.year, level=found.level)


@strawberry.type(
    description="One offer beside others. Amounts are in the first offer's currency, by the rates of the newest year, where "
    "they do not say otherwise."
)
class ComparedOffer:
    benchmark: OfferBenchmark = strawberry.field(
        description="Where the offer stands among records like it, in its own currency, as benchmarkOffer says it."
    )
    price_level: PriceLevel = strawberry.field(description="The cost of living where the offer is.")
    real_value: float = strawberry.field(
        description="Annualised, at the prices of the first offer's place: the annualised total in the first offer's "
        "currency x the price level of the first offer's place / that of this one's. It knows nothing of taxes; and where "
        "a currency has moved since the year of the price level, the real value has moved with it."
    )
    four_year_value: float = strawberry.field(
        description="What is paid over the first four years: 4 x (base salary + target bonus) + sign-on bonus + as much of "
        "the grant as vests in four years, all of it where that is sooner. At the prices of its own place and at today's "
        "value; without raises, further grants, and discounting."
    )
    difference: float = strawberry.field(
        description="How far the real value is from the best one's, in percent of that: 0 for the best, below 0 for others."
    )
    equivalent_annualized: float = strawberry.field(
        description="The annualised total at which the offer would have the best one's real value, in its own currency."
    )

    @classmethod
    def of(cls, index: Index, found: comparison.ComparedOffer) -> "ComparedOffer":
        return cls(
            benchmark=OfferBenchmark.of(found.benchmark),
            price_level=PriceLevel.of(index, found.prices),
            real_value=found.real_value,
            four_year_value=found.four_year_value,
            difference=found.difference,
            equivalent_annualized=found.equivalent_annualized,
        )


@strawberry.type(description="Two to five offers side by side.")
class OfferComparison:
    currency: Currency = strawberry.field(description="The first offer's currency, which the others are told in too.")
    offers: list[ComparedOffer] = strawberry.field(description="The offers, in the order that they were given in.")
    best: int = strawberry.field(
        description="Which of `offers` has the highest real value, counted from 0; of equal ones the first."
    )


async def compare_offers(context: Context, given: list[OfferInput]) -> OfferComparison:
    index = context.index
    await prepare(index)
    asked = []
    for number, one in enumerate(given, 1):
        with comparison.naming(number, one.label):
            asked.append(offer_of(one, index.reference.taxonomy))
    found = comparison.compare(index, asked, context.rules)
    offers = [ComparedOffer.of(index, one) for one in found.offers]
    return OfferComparison(currency=Currency(found.currency), offers=offers, best=found.best)
