"""Premiums: the effect of each value of a factor on pay with all other factors held constant."""

import strawberry

from schema.types.definitions import read
from schema.types.stats import source_kinds
from schema.types.vocabulary import FactorValue, value_field
from service.index.index import Index
from service.market import premium
from service.market.cohort import Cohort
from service.market.model_pool import ModelPool
from service.market.premium import PremiumQuery
from service.stats.percentiles import ConfidenceInterval
from service.vocabulary.factors import Factor


@strawberry.type(description="Premium of a value of a factor: its effect on pay with all other factors held constant.")
class Premium:
    index: strawberry.Private[Index]
    row: strawberry.Private[premium.Premium]
    value: FactorValue = value_field("row.value", "Value of the factor.")
    percent: float = read(
        "row.percent",
        "Difference in pay from the baseline, in percent: 10 is a tenth more, -10 a tenth less. For a value with "
        "descendants, such as a country with metro areas, their mean weighted by number of records.",
    )
    interval: ConfidenceInterval = read(
        "row.interval",
        "95% confidence interval of the percentage, with robust standard errors. If it includes 0, the data do not show "
        "whether the value raises or lowers pay.",
    )
    records: int = read("row.records", "Number of records of the regression with this value.")


@strawberry.type(
    description="Value whose premium cannot be estimated, since other characteristics always coincide with it (perfect or "
    "near collinearity)."
)
class ConfoundedValue:
    index: strawberry.Private[Index]
    row: strawberry.Private[premium.ConfoundedValue]
    value: FactorValue = value_field("row.value", "Value of the factor.")
    records: int = read("row.records", "Number of records of the regression with this value.")
    message: str = read("row.message", "What the value is confounded with, in English, and what to do about it.")


@strawberry.type(
    description="Premiums of the values of a factor with all other factors held constant, from a regression of log pay. "
    "Only reported characteristics are held constant; unreported characteristics may still explain part of a premium."
)
class PremiumTable:
    index: strawberry.Private[Index]
    table: strawberry.Private[premium.PremiumTable]
    factor: Factor = read("table.factor", "Factor whose values are compared.")
    baseline: FactorValue | None = value_field(
        "table.baseline",
        "Value that the others are compared with. Null for SPECIALIZATION, CERTIFICATION, SKILL and BENEFIT, of which a "
        "record may have several: each value is compared with records that report the factor without this value. Also null "
        "if there are too few records to choose one.",
    )

    @strawberry.field(
        description="Premium of each value other than the baseline, in the order of `by`. A value needs 10 records, or the "
        "minimum of any figure if that is higher, and more in small cohorts; rarer values count towards their parent. Empty "
        "if there is a `reason`."
    )
    def rows(self) -> list[Premium]:
        return [Premium(index=self.index, row=row) for row in self.table.rows]

    @strawberry.field(
        description="Values with enough records whose premium cannot be estimated, since too few records have the value "
        "without certain other characteristics."
    )
    def confounded(self) -> list[ConfoundedValue]:
        return [ConfoundedValue(index=self.index, row=row) for row in self.table.confounded]

    records: int = read(
        "table.records",
        f"Number of records in the regression: those with pay above 0, at most {premium.MAX_RECORDS:,} drawn at random, "
        "with preference for those that report the factor.",
    )
    kinds = source_kinds("table.kinds", "Types of sources of the records that report the measure.")
    r_squared: float | None = read(
        "table.r_squared",
        "Share of the variance of log pay that the regression explains, 0 to 1; null if there was no regression.",
    )
    method: str = read("table.method", "Description of the regression, in English.")
    reason: str | None = read("table.reason", "Why there are no rows, in English; null if there are.")
    data_sets: list[str] = read(
        "table.data_sets",
        "Data sets of the catalogue that report the measure and the factor but are not loaded, the most useful first: "
        "`payrank data load NAME` loads one.",
    )


async def premium_table(cohort: Cohort, query: PremiumQuery, model_pool: ModelPool) -> PremiumTable | None:
    table = await premium.premiums(cohort, query, model_pool)
    return PremiumTable(index=cohort.index, table=table) if table else None
