"""Estimates of pay for a profile."""

import asyncio

import strawberry

from schema.context import Context
from schema.types.enums import SourceKind
from schema.types.profile import ProfileInput, profile
from schema.types.scalars import Currency
from schema.types.vocabulary import FactorValue, value_of
from service.errors import RequestTimeout
from service.index.index import Index
from service.market import estimate
from service.market.cohort import Cohort
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@strawberry.type(
    description="What a part of the profile adds to the estimate, in money; they add up from the overall typical pay."
)
class EstimateContribution:
    factor: Factor = strawberry.field(description="The part.")
    value: FactorValue | None = strawberry.field(
        description="What the profile tells of it; null where it tells several specialisations, skills or certifications, "
        "which count together."
    )
    amount: float = strawberry.field(
        description="Money a year in the estimate's currency, by which telling this moves the estimate: the mean over all "
        "orders of telling the parts (Shapley value). What the model makes of it, not its cause: a part may stand for what "
        "goes with it."
    )

    @classmethod
    def of(cls, index: Index, found: estimate.Contribution) -> "EstimateContribution":
        value = value_of(index, found.value) if found.value else None
        return cls(factor=found.factor, value=value, amount=found.amount)


@strawberry.type(
    description="The pay of people like a profile, by a model of all records that tell the measure: also where hardly "
    "anyone is just like it, or the profile tells little; the less it tells, the wider the range. For the newest year of "
    "the data, and over all kinds of source together, since a profile has none."
)
class PayEstimate:
    currency: Currency = strawberry.field(description="The currency of all amounts here, by the rate of the newest year.")
    measure: Measure = strawberry.field(description="What is estimated.")
    p25: float = strawberry.field(description="A quarter of such people are paid less, a year.")
    p50: float = strawberry.field(description="Half of such people are paid less, a year.")
    p75: float = strawberry.field(description="A quarter of such people are paid more, a year.")
    coverage: float = strawberry.field(
        description="Share of held-out records that fell within P25 to P75; 0.5 is honest. Neither the model nor what "
        "corrects it had seen them. Records tell what they tell: of profiles that tell much more or less it may differ."
    )
    baseline_pay: float = strawberry.field(
        description="The overall typical pay, which contributions start from: the median that the model gives someone of "
        "whom nothing is told."
    )
    contributions: list[EstimateContribution] = strawberry.field(
        description="One for each part of the profile that the model knows, the largest first. They add up from `baselinePay` "
        "to P50."
    )
    records: int = strawberry.field(
        description="Records that the model rests on: those that tell the measure, above 0; 75,000 of them at random where "
        "more. Those held out to correct it are among them."
    )
    kinds: list[SourceKind] = strawberry.field(description="What these records are.")
    edition: int = strawberry.field(
        description="The number of the edition that the model was fitted to. It is fitted again when more than 1% of the "
        "records that tell the measure have changed, or a day after; until that is done the last one goes on answering."
    )
    method: str = strawberry.field(description="What was fitted to what, in words.")
    notes: list[str] = strawberry.field(
        description="Which parts of the profile were left out, in words: those that too few records tell, or that all tell "
        "alike. They have no contribution. Empty where all were used."
    )

    @classmethod
    def of(cls, index: Index, found: estimate.PayEstimate) -> "PayEstimate":
        return cls(
            currency=Currency(found.currency),
            measure=found.measure,
            p25=found.p25,
            p50=found.p50,
            p75=found.p75,
            coverage=found.coverage,
            baseline_pay=found.baseline_pay,
            contributions=[EstimateContribution.of(index, part) for part in found.contributions],
            records=found.records,
            kinds=[SourceKind(kind) for kind in found.kinds],
            edition=found.edition,
            method=found.method,
            notes=list(found.notes),
        )


_PART_OF_TIME = 0.9
"""Of a request's seconds, which a fit is waited for: then there is time left to say that it goes on."""


async def estimate_pay(context: Context, given: ProfileInput, currency: Currency, measure: Measure) -> PayEstimate:
    """Raises InputError for places that contradict each other, measures that are not pay, and too few records.

    Raises RequestTimeout where the first fit to a measure takes longer than a request may; it goes on, for who asks next.
    """
    index = context.index
    taxonomy = index.reference.taxonomy
    scale = Cohort(index, currency=currency).scale(measure)
    told = profile(given, taxonomy)
    try:
        async with asyncio.timeout(_PART_OF_TIME * context.limits.request_seconds):
            fitted = await context.estimators.of(index, measure, context.rules)
    except TimeoutError as error:
        raise RequestTimeout(
            f"The model of {measure.name} is being fitted for the first time, which takes longer than a request may. It "
            "goes on meanwhile: send the same request again in a few seconds."
        ) from error
    found = await asyncio.to_thread(estimate.estimate, fitted, told, taxonomy, currency, scale)
    return PayEstimate.of(index, found)
