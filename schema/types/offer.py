"""Offers: where one stands, and what could be asked for."""

import strawberry

from schema.context import Context
from schema.limits.cost import costs
from schema.types.cohort import Cohort
from schema.types.profile import ProfileInput, profile
from schema.types.scalars import Currency
from schema.types.stats import PercentileRank, Stats
from service.index.index import Index
from service.market import offer
from service.market import relaxation
from service.market.offer import COMPONENTS, RANKED_BY
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy


@strawberry.input(description="An offer of pay: gross amounts of a full-time year in its currency.")
class OfferInput:
    label: str | None = strawberry.field(
        default=None, description="What to call it, at most 200 characters; comes back as it is."
    )
    profile: ProfileInput = strawberry.field(
        description="Who it is made to, and where: the place that the work is done from."
    )
    currency: Currency = strawberry.field(
        default=Currency("USD"), description="The currency of all its amounts and of the answer's."
    )
    base_salary: float = strawberry.field(description="Base salary a year.")
    target_bonus: float | None = strawberry.field(default=0, description="Bonus a year, if its targets are met.")
    sign_on_bonus: float | None = strawberry.field(
        default=0, description="Paid once; a quarter of it counts in the annualised total, all of it in the first year."
    )
    equity_grant: float | None = strawberry.field(
        default=0, description="The whole grant at its value today; counts in equal parts over the years that it vests in."
    )
    vesting_years: float | None = strawberry.field(
        default=4, description="The years that the grant vests in, 1 to 10; 4 when null."
    )


@strawberry.type(description="A step from the narrowest cohort of a profile to one that is large enough.")
class CohortRelaxation:
    dropped: Factor | None = strawberry.field(
        description="The factor that this cohort does not ask for, or asks for more widely (years as a band, the role's "
        "family), unlike the one before; null on the first."
    )
    cohort: Cohort = strawberry.field(description="The records that meet the conditions left.")
    sufficient: bool = strawberry.field(
        description="Whether enough of its records tell what is compared: 20, or as many as any figure takes if more."
    )

    @classmethod
    def of(cls, found: relaxation.Rung) -> "CohortRelaxation":
        return cls(dropped=found.dropped, cohort=Cohort(of=found.cohort), sufficient=found.sufficient)


@strawberry.type(description="A part of the pay against the same part of others.")
class ComponentRank:
    measure: Measure = strawberry.field(description="The part.")
    amount: float = strawberry.field(
        description="The part in the offer's currency, a year. BONUS takes in a quarter of the sign-on bonus, EQUITY the "
        "grant over its vesting years, TOTAL_CASH is base salary and BONUS."
    )
    rank: PercentileRank | None = strawberry.field(
        description="Where it stands among the cohort's records that tell this part; null where they are too few. Ranks of "
        "parts never add up or average to that of the whole: each is taken among other records, in another order."
    )

    @classmethod
    def of(cls, found: offer.ComponentRank) -> "ComponentRank":
        rank = PercentileRank.of(found.rank) if found.rank else None
        return cls(measure=found.measure, amount=found.amount, rank=rank)


@strawberry.type(
    description="What could be asked for, and why. Amounts are of the measure that the offer was compared by, a year, in "
    "its currency."
)
class NegotiationAdvice:
    target: float = strawberry.field(
        description="The first of the cohort's median and P75 that lies above the offer; the offer itself from P75 on."
    )
    stretch: float = strawberry.field(
        description="The next of median, P75 and P90 above the target; the target itself where there is none, or P90 is not "
        "told (under 10 records)."
    )
    typical_uplift: Stats | None = strawberry.field(
        description="What negotiating added to first offers in the cohort, in percent; null where too few records tell it."
    )
    reasons: list[str] = strawberry.field(description="In words, each with its figures and the number of records.")

    @classmethod
    def of(cls, found: offer.NegotiationAdvice) -> "NegotiationAdvice":
        uplift = Stats(of=found.typical_uplift) if found.typical_uplift else None
        return cls(target=found.target, stretch=found.stretch, typical_uplift=uplift, reasons=found.reasons)


@strawberry.type(description="Where pay stands among records like it. Amounts are in its own currency, a year.")
class OfferBenchmark:
    found: strawberry.Private[offer.OfferBenchmark]

    @classmethod
    def of(cls, found: offer.OfferBenchmark) -> "OfferBenchmark":
        return cls(found=found)

    @strawberry.field(description="The offer's label.")
    def label(self) -> str | None:
        return self.found.label

    @strawberry.field(
        description="Base salary, target bonus, a quarter of the sign-on bonus, and the grant divided by its vesting years."
    )
    def annualized(self) -> float:
        return self.found.annualized

    @strawberry.field(
        description="Base salary, target bonus, the whole sign-on bonus, and the grant divided by its vesting years."
    )
    def first_year(self) -> float:
        return self.found.first_year

    @strawberry.field(
        description="What is paid over four years: 4 x (base salary + target bonus) + sign-on bonus + as much of the grant "
        "as vests in four years, in equal parts a year, all of it where that is sooner. At today's value, without raises "
        "and further grants. Of pay that someone receives: four times a year of it."
    )
    def four_year_value(self) -> float:
        return self.found.four_year_value

    @strawberry.field(description="The currency of all amounts here, by the rate of the newest year.")
    def currency(self) -> Currency:
        return Currency(self.found.currency)

    @strawberry.field(
        description="What is compared: TOTAL_COMPENSATION with the annualised total; where too few records of the role's "
        "family tell that, or the pay itself does not tell all its parts, BASE_SALARY with the base salary."
    )
    def measure(self) -> Measure:
        return self.found.measure

    @strawberry.field(
        description="The narrowest cohort that is large enough; where none is, the widest. Its stats carry the cautions."
    )
    def cohort(self) -> Cohort:
        return Cohort(of=self.found.cohort)

    @strawberry.field(
        description="How it was reached: each rung drops one condition of the one before, the least telling first, but "
        "never the country.",
        metadata=costs(1, times=10),
    )
    def relaxations(self) -> list[CohortRelaxation]:
        return [CohortRelaxation.of(rung) for rung in self.found.relaxations]

    @strawberry.field(description="Where the compared amount stands among the cohort's records that tell the measure.")
    def rank(self) -> PercentileRank:
        return PercentileRank.of(self.found.rank)

    @strawberry.field(description="The compared amount / the cohort's median: 1 is the middle of the market.")
    def compa_ratio(self) -> float:
        return self.found.compa_ratio

    @strawberry.field(
        description="Where the compared amount lies between P25 and P75: 0 at P25, 1 at P75, below 0 and above 1 outside. "
        "Where the two are equal: 0 below them, 0.5 at them, 1 above."
    )
    def range_penetration(self) -> float:
        return self.found.range_penetration

    @strawberry.field(
        description="The parts of the pay that are told, each against the same part of others. Their percentile ranks never "
        "add up or average to the rank of the whole.",
        metadata=costs(3),
    )
    async def components(self) -> list[ComponentRank]:
        for measure in COMPONENTS:
            await self.found.cohort.prepare(measure)
        return [ComponentRank.of(part) for part in self.found.components()]

    @strawberry.field(description="What could be asked for, and why.", metadata=costs(3))
    async def negotiation(self) -> NegotiationAdvice:
        await self.found.cohort.prepare(Measure.NEGOTIATION_UPLIFT)
        return NegotiationAdvice.of(self.found.negotiation())


async def benchmark(context: Context, given: OfferInput) -> OfferBenchmark:
    index = context.index
    await prepare(index)
    return OfferBenchmark.of(offer.benchmark(index, offer_of(given, index.reference.taxonomy), context.rules))


async def prepare(index: Index) -> None:
    """Make sure that offers can be benchmarked at once."""
    for measure in RANKED_BY:
        await index.prepare(measure)


def offer_of(given: OfferInput, taxonomy: Taxonomy) -> offer.Offer:
    """The offer in the market's terms; what is null counts as left out."""
    return offer.Offer(
        profile=profile(given.profile, taxonomy),
        base=given.base_salary,
        bonus=given.target_bonus or 0,
        sign_on=given.sign_on_bonus or 0,
        grant=given.equity_grant or 0,
        vesting_years=4 if given.vesting_years is None else given.vesting_years,
        currency=given.currency,
        label=given.label,
    )
