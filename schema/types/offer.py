"""Benchmarks of offers and of current pay, what to negotiate for, and comparisons of offers."""

from collections.abc import Sequence
from itertools import product

import strawberry

from schema.context import Context
from schema.limits.cost import costs
from schema.types.definitions import define_type, money, read
from schema.types.inputs import OfferInput, offer_of
from schema.types.scalars import USD, Currency
from schema.types.vocabulary import FactorValue, value_field
from service.errors import collected_problems, problems_at
from service.index.index import Index
from service.market import comparison, offer
from service.market.comparison import ComparedOffer, OfferComparison, name_offer_in_errors
from service.market.offer import RANKED_COMPONENTS, ComponentRank, NegotiationAdvice, OfferBenchmark
from service.market.relaxation import RelaxationStep
from service.stats.suppression import DEFAULT_RULES
from service.time_slices import pause
from service.vocabulary.measures import COMPARED_BY, Basis, Measure

define_type(
    RelaxationStep,
    "Cohort on the way from the most specific cohort of a profile to one that is large enough.",
    {
        "dropped": "Factor whose condition was dropped or relaxed (years to a band, a role to its family) from the previous "
        "cohort; null for the first.",
        "cohort": "Records that match the remaining conditions.",
        "sufficient": "Whether enough of its records report the compared measure: 20, or the minimum of any figure if that "
        "is higher.",
    },
    name="CohortRelaxation",
)
define_type(
    ComponentRank,
    "Percentile rank of a component of pay.",
    {
        "measure": "Component.",
        "amount": money(
            "amount",
            "Amount of the component per year, in the offer's currency. BONUS includes a quarter of the sign-on bonus, "
            "EQUITY is the grant divided by the vesting years, TOTAL_CASH is base salary plus BONUS.",
        ),
        "rank": "Percentile rank among the cohort's records that report the component; null if they are too few. Ranks of "
        "components neither add up nor average to the rank of the total: each refers to different records.",
    },
)
define_type(
    NegotiationAdvice,
    "What to negotiate for, and why. Amounts are of the measure that the offer was compared by, per year, in its currency.",
    {
        "target": money(
            "target",
            "The lower of the cohort's median and P75 that exceeds the offer; the offer itself if it is at P75 or above.",
        ),
        "stretch": money(
            "stretch",
            "The next of median, P75 and P90 above the target; the target itself if there is none or P90 is suppressed "
            f"(fewer than {DEFAULT_RULES.min_records_outer} records).",
        ),
        "typical_uplift": "Increase of first offers by negotiation in the cohort, in percent; null if too few records "
        "report it.",
        "reasons": "Reasons in English, with figures and numbers of records.",
    },
)


@strawberry.field(
    description="Components of the pay that are known, each with its percentile rank. Their ranks neither add up nor "
    "average to the rank of the total.",
    metadata=costs(3),
)
async def components(self: OfferBenchmark) -> list[ComponentRank]:
    for measure in RANKED_COMPONENTS:
        await self.cohort.prepare(measure)
    return await self.cohort.index.compute(self.components, self.cohort.size)


@strawberry.field(description="What to negotiate for, and why.", metadata=costs(3))
async def negotiation(self: OfferBenchmark) -> NegotiationAdvice:
    await self.cohort.prepare(Measure.NEGOTIATION_UPLIFT)
    return await self.cohort.index.compute(self.negotiation, self.cohort.size)


define_type(
    OfferBenchmark,
    "Comparison of pay with similar records. Amounts are per year, in the currency of the pay.",
    {
        "label": "Label of the offer.",
        "annualized": money(
            "annualized",
            "Base salary, target bonus, a quarter of the sign-on bonus, and the grant divided by its vesting years.",
        ),
        "first_year": money(
            "first_year", "Base salary, target bonus, the whole sign-on bonus, and the grant divided by its vesting years."
        ),
        "four_year_value": money(
            "four_year_value",
            "Total over four years: 4 x (base salary + target bonus) + sign-on bonus + the part of the grant that vests in "
            "four years, evenly over the vesting period. At current value, without raises and further grants. For current "
            "pay, four times a year's.",
        ),
        "currency": strawberry.field(
            graphql_type=Currency,
            description="Currency of all amounts. Records are converted to it at the exchange rates of their own year.",
        ),
        "measure": "Compared measure: TOTAL_COMPENSATION by the annualised total, or BASE_SALARY by the base salary if too "
        "few records of the role's family report total compensation or a component of the pay is not known.",
        "cohort": "Most specific cohort that is large enough; the widest one if none is. Its statistics carry the cautions.",
        "relaxations": strawberry.field(
            description="Cohorts on the way to `cohort`: each drops one condition of the previous one, the least "
            "informative first, but never the country.",
            metadata=costs(1, times=10),
        ),
        "rank": "Percentile rank of the compared amount among the cohort's records that report the measure.",
        "compa_ratio": "Compared amount divided by the cohort's median: 1 is the middle of the market.",
        "range_penetration": "Position of the compared amount between P25 and P75: 0 at P25, 1 at P75, below 0 or above 1 "
        "outside. If they are equal: 0 below them, 0.5 at them, 1 above.",
        "components": components,
        "negotiation": negotiation,
    },
)


@strawberry.type(
    description="Cost of living in a place: price level ratios of the World Bank for countries, regional price parities of "
    "the US Bureau of Economic Analysis for US states and metro areas. It is not the cost of labour."
)
class PriceLevel:
    index: strawberry.Private[Index]
    prices: strawberry.Private[comparison.PlacePriceLevel]
    place: FactorValue = value_field(
        "prices.place", "The most specific of the profile's metro area, subdivision and country with a price level."
    )
    year: int = read("prices.year", "Calendar year: the latest with a price level of the place.")
    level: float = read("prices.level", "Price level, United States = 100.")


def price_level(self: ComparedOffer) -> PriceLevel:
    return PriceLevel(index=self.benchmark.cohort.index, prices=self.price_level)


define_type(
    ComparedOffer,
    "Offer in a comparison. Amounts are in the first offer's currency, at the exchange rates of the latest year, unless "
    "stated otherwise.",
    {
        "benchmark": "Benchmark of the offer in its own currency, as by `benchmarkOffer`.",
        "price_level": strawberry.field(resolver=price_level, description="Cost of living in the offer's place."),
        "real_value": money(
            "real_value",
            "Annualised total adjusted for cost of living: multiplied by the price level of the first offer's place and "
            "divided by that of this offer's place. It does not consider taxes, and it changes with exchange rates since "
            "the year of the price level.",
        ),
        "four_year_value": money(
            "four_year_value",
            "Total over the first four years: 4 x (base salary + target bonus) + sign-on bonus + the part of the grant that "
            "vests in four years. At current value, without adjustment for cost of living, raises, further grants or "
            "discounting.",
        ),
        "difference": "Difference of the real value from the best one, in percent: 0 for the best offer, negative for "
        "others.",
        "equivalent_annualized": money(
            "equivalent_annualized",
            "Annualised total, in the offer's own currency, at which its real value would equal the best one.",
        ),
    },
)
define_type(
    OfferComparison,
    "Comparison of two to five offers.",
    {
        "currency": strawberry.field(
            graphql_type=Currency, description="Currency of the first offer and of the comparison."
        ),
        "offers": "Offers, in the order of the input.",
        "best": "Index in `offers`, from 0, of the offer with the highest real value; the first if several are equal.",
    },
)


async def benchmark(context: Context, offer_input: OfferInput) -> OfferBenchmark:
    index = context.index
    await prepare_benchmarks(index, [offer_input.currency or USD])
    with problems_at("offer"):
        found = offer_of(offer_input, index.reference)
        return await index.compute(lambda: offer.benchmark_offer(index, found, context.rules), index.edition.records)


async def compare(context: Context, inputs: list[OfferInput]) -> OfferComparison:
    index = context.index
    await prepare_benchmarks(index, [offer_input.currency or USD for offer_input in inputs])
    offers = []
    with collected_problems() as problems:
        for number, offer_input in enumerate(inputs, 1):
            await pause()
            with problems.at(), name_offer_in_errors(number, offer_input.label):
                offers.append(offer_of(offer_input, index.reference))
    return await index.compute(lambda: comparison.compare_offers(index, offers, context.rules), index.edition.records)


async def prepare_benchmarks(index: Index, currencies: Sequence[str]) -> None:
    """Build the orders that benchmarks in some currencies read, off the event loop. Unknown currencies are ignored."""
    known = [currency for currency in currencies if currency in index.reference.rates]
    for measure, currency in product(COMPARED_BY, dict.fromkeys((USD, *known))):
        await index.prepare(measure, Basis(currency))
