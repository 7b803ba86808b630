"""Protected tables of contributed answers, and the ledger of what they cost."""

from collections.abc import Mapping

import strawberry

from schema.context import Context, Info
from schema.limits.cost import costs
from schema.types.citation import Citation, breakdown_citation
from schema.types.definitions import read
from schema.types.edition import Edition
from schema.types.vocabulary import FactorValue, value_field
from service.index.index import Index
from service.intake import breakdown
from service.intake.breakdown import BreakdownQuery
from service.stats.percentiles import ConfidenceInterval
from service.store import protected_tables as store
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure, Unavailable


@strawberry.type(
    description="Figures of one value in a protected table. They contain noise, so that they do not reveal whether a "
    "certain person contributed."
)
class ContributedRow:
    index: strawberry.Private[Index]
    row: strawberry.Private[breakdown.ContributedRow]
    value: FactorValue = value_field("row.value", "Value of the factor.")
    contributors: int = read("row.contributors", "Number of contributors, with noise.")
    premium_percent: float | None = read(
        "row.premium_percent",
        "Base salary relative to the published median of the role, or role family, in the contributor's country, in "
        "percent: 10 is a tenth more. Null in tables without premiums.",
    )
    premium_interval: ConfidenceInterval | None = read(
        "row.premium_interval", "95% confidence interval of the premium, including noise and sampling error."
    )
    mean: float | None = read(
        "row.mean", "Mean of the measure; for COMPETING_OFFERS the share with at least one, 0 to 1. Null in other tables."
    )
    mean_interval: ConfidenceInterval | None = read(
        "row.mean_interval", "95% confidence interval of the mean, including noise and sampling error."
    )
    records: int | None = read("row.records", "Number of contributed records that `median` rests on; null without one.")
    median: float | None = read(
        "row.median",
        "Median of the measure in the world, in US dollars: over contributed records, weighted by the numbers of "
        "contributors of their countries. Null in all tables but that of role families in the world.",
    )
    median_interval: ConfidenceInterval | None = read(
        "row.median_interval",
        "95% confidence interval of the median, including noise and sampling error; null for small samples.",
    )


@strawberry.type(
    description="Figures of contributed answers that no record shows, from a table with differential privacy. Tables are "
    "made once a year, from the contributions counted in that year."
)
class ContributedBreakdown:
    index: strawberry.Private[Index]
    breakdown: strawberry.Private[breakdown.ContributedBreakdown]
    variables: strawberry.Private[Mapping[str, object]]
    factor: Factor | None = read("breakdown.factor", "Factor of the values in `rows`; null if there is no such table.")
    measure: Measure = read("breakdown.measure", "Measure of premiums and means.")
    year: int = read("breakdown.year", "Year whose contributions were counted; of this edition if there is no table.")

    @strawberry.field(
        description="Values with enough contributors: in the order of an ordered factor, otherwise most contributors first. "
        "Empty if `unavailable` is set."
    )
    def rows(self) -> list[ContributedRow]:
        return [ContributedRow(index=self.index, row=row) for row in self.breakdown.rows]

    unavailable: Unavailable | None = read("breakdown.unavailable", "Why there are no rows; null if there are.")
    epsilon: float = read(
        "breakdown.epsilon",
        "Epsilon of the table: the presence of one contribution changes the probability of any result by at most a factor "
        "of exp(epsilon). 0 without a table.",
    )
    method: str = read("breakdown.method", "How the figures were made, in English; empty without a table.")

    @strawberry.field(description="How to cite the table.", metadata=costs(1))
    async def citation(self, info: Info) -> Citation:
        return breakdown_citation(info.context, self.breakdown.year, self.variables)


@strawberry.type(description="Privacy budget (epsilon) spent on one published table.")
class PrivacySpending:
    index: strawberry.Private[Index]
    spending: strawberry.Private[store.Spending]

    @strawberry.field(description="Edition in which the table was published.")
    def published_in(self) -> Edition:
        return Edition(index=self.index, edition=self.spending.edition)

    table: str = read("spending.table_name", "Name of the table.")
    year: int = read("spending.year", "Year whose contributions were counted.")
    epsilon: float = read(
        "spending.epsilon", "Epsilon of the table. A contribution is in the tables of one year, whose epsilons add up to 2."
    )


async def contributed_breakdown(
    context: Context, factor: Factor | None, measure: Measure, country: str | None, role_family: str | None
) -> ContributedBreakdown:
    """Raises InputError for codes that are not those of a country and of a role family."""
    index = context.index
    taxonomy = index.reference.taxonomy
    query = BreakdownQuery.of(taxonomy, factor, measure, country, role_family)
    found = await breakdown.contributed_breakdown(context.database, index, query)
    variables = {"factor": factor and factor.name, "country": country, "roleFamily": role_family, "measure": measure.name}
    return ContributedBreakdown(index=index, breakdown=found, variables=variables)


async def privacy_ledger(context: Context) -> list[PrivacySpending]:
    index = context.index
    async with context.database.read(index.edition) as connection:
        found = await store.fetch_ledger(connection, index.edition.number)
    return [PrivacySpending(index=index, spending=one) for one in found]
