"""Estimates of pay for a profile, with the contribution of each of its values."""

import asyncio

import strawberry

from schema.context import Context, Info
from schema.limits.cost import costs
from schema.types.citation import Citation, estimate_citation
from schema.types.definitions import money, read
from schema.types.inputs import ProfileInput, profile_from, profile_variable
from schema.types.scalars import Currency
from schema.types.stats import source_kinds
from schema.types.vocabulary import FactorValue, value_field
from service.errors import RequestTimeout, collected_problems
from service.index.index import Index
from service.market import estimate
from service.market.estimate import MAX_RECORDS
from service.market.profile import Profile
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@strawberry.type(description="Contribution of a factor of the profile to the estimate.")
class EstimateContribution:
    index: strawberry.Private[Index]
    contribution: strawberry.Private[estimate.EstimateContribution]
    factor: Factor = read("contribution.factor", "Factor.")
    value: FactorValue | None = value_field(
        "contribution.value",
        "Value in the profile; null for several specializations, skills or certifications, which count together.",
    )
    amount: float = money(
        "contribution.amount",
        "Amount per year in the estimate's currency by which this value changes the estimate: its Shapley value, the mean "
        "over all orders of adding the values of the profile. It describes the model, not a cause: a value may reflect "
        "characteristics that coincide with it.",
    )


@strawberry.type(
    description="Estimated pay for a profile, by a model of all records that report the measure. It covers profiles that "
    "few or no records match; the fewer values a profile has, the wider the range. Estimates are for the latest year of the "
    "data and for all types of sources together."
)
class PayEstimate:
    index: strawberry.Private[Index]
    estimate: strawberry.Private[estimate.PayEstimate]
    profile: strawberry.Private[Profile]
    currency: Currency = read("estimate.currency", "Currency of all amounts, at the exchange rate of the latest year.")
    measure: Measure = read("estimate.measure", "Estimated measure.")
    p10: float = money("estimate.p10", "10th percentile of pay for such a profile, per year.")
    p25: float = money("estimate.p25", "25th percentile of pay for such a profile, per year.")
    p50: float = money("estimate.p50", "Median of pay for such a profile, per year.")
    p75: float = money("estimate.p75", "75th percentile of pay for such a profile, per year.")
    p90: float = money("estimate.p90", "90th percentile of pay for such a profile, per year.")
    coverage: float = read(
        "estimate.coverage",
        "Share of held-out records between P25 and P75, 0 to 1; 0.5 is ideal. Neither the model nor its calibration used "
        "these records. It may differ for profiles with many more or fewer values than a typical record.",
    )
    baseline_pay: float = money(
        "estimate.baseline_pay", "Median estimated by the model for an empty profile, per year: the sum starts from it."
    )

    @strawberry.field(
        description="Contribution of each factor of the profile that the model uses, largest first. Together with "
        "`baselinePay` they add up to P50."
    )
    def contributions(self) -> list[EstimateContribution]:
        return [EstimateContribution(index=self.index, contribution=one) for one in self.estimate.contributions]

    records: int = read(
        "estimate.records",
        "Number of records that the model was fitted to and calibrated with: those that report the measure above 0, at most "
        f"{MAX_RECORDS:,} drawn at random.",
    )
    kinds = source_kinds("estimate.kinds", "Types of sources of these records.")
    edition: int = read(
        "estimate.edition.number",
        "Number of the edition that the model was fitted to. A new model is fitted when more than 1% of the records that "
        "report the measure have changed, or after a day; the previous one is used meanwhile.",
    )
    method: str = read("estimate.method", "Description of the model and its data, in English.")
    notes: list[str] = read(
        "estimate.notes",
        "Values of the profile that were not used, in English: those that too few records report, or that all records have "
        "in common. They have no contribution. Empty if all were used.",
    )

    @strawberry.field(
        description="How to cite the estimate, with the sources of all records of the edition.", metadata=costs(1)
    )
    async def citation(self, info: Info) -> Citation:
        variables = {
            "profile": profile_variable(self.profile),
            "currency": self.estimate.currency,
            "measure": self.estimate.measure.name,
        }
        return estimate_citation(info.context, self.estimate.edition, self.estimate.measure, variables)


_MAX_WAIT = 0.9
"""Share of a request's time to wait for a fit, so that there is time left to report that it continues."""


async def estimate_pay(context: Context, profile_input: ProfileInput, currency: Currency, measure: Measure) -> PayEstimate:
    """The estimate for a profile.

    Raises InputError for contradictory places, for measures other than pay, and if there are too few records. Raises
    RequestTimeout if the first fit to a measure takes longer than a request may; it continues for later requests.
    """
    index = context.index
    taxonomy = index.reference.taxonomy
    with collected_problems() as problems:
        with problems.at("currency"):
            scale = 1 / index.reference.rates.latest(currency)
        with problems.at("profile"):
            profile = profile_from(profile_input, taxonomy)
    try:
        async with asyncio.timeout(_MAX_WAIT * context.limits.request_seconds):
            fitted = await context.estimators.of(index, measure, context.rules)
    except TimeoutError as error:
        raise RequestTimeout(
            f"The model of {measure.name} is being fitted for the first time, which takes longer than a request may. Send "
            "the same request again in a few seconds."
        ) from error
    result = await asyncio.to_thread(estimate.estimate, fitted, profile, taxonomy, currency, scale)
    return PayEstimate(index=index, estimate=result, profile=profile)
