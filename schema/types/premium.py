"""Premiums: what each value of a factor adds to pay with the others held equal."""

from collections.abc import Sequence

import strawberry

from schema.context import Context
from schema.types.enums import SourceKind
from schema.types.scalars import Code
from schema.types.stats import ConfidenceInterval
from schema.types.vocabulary import FactorValue, shown
from service.index.index import Index
from service.market import premium
from service.market.cohort import Cohort
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure


@strawberry.type(description="What a value adds to pay with the other factors held equal.")
class Premium:
    value: FactorValue = strawberry.field(description="The value.")
    percent: float = strawberry.field(
        description="Percent of pay against the baseline: 10 is a tenth more, -10 a tenth less. Of a value that includes "
        "others, such as a country of its metro areas, it is their mean by records."
    )
    interval: ConfidenceInterval = strawberry.field(
        description="95% interval of the percentage, from a robust covariance. However wide, it is as the records have it: "
        "one that includes 0 says that they do not tell in which direction the value moves pay."
    )
    records: int = strawberry.field(description="Records of the fit that carry the value.")


@strawberry.type(description="A value whose premium the records do not tell, since other things always go with it.")
class ConfoundedValue:
    value: FactorValue = strawberry.field(description="The value.")
    records: int = strawberry.field(description="Records of the fit that carry the value.")
    message: str = strawberry.field(description="What it cannot be told apart from, in words, and what to do about it.")


@strawberry.type(
    description="What each value of a factor adds to pay with the other factors held equal, by a regression of log pay. It "
    "compares records that are alike in what they tell; what they do not tell may still lie behind a premium."
)
class PremiumTable:
    factor: Factor = strawberry.field(description="The factor whose values are told.")
    baseline: FactorValue | None = strawberry.field(
        description="The value that the others are held against. Null for SPECIALIZATION, CERTIFICATION, SKILL and BENEFIT, "
        "of which a record may have several: each value is held against records that tell the factor and do not carry it. "
        "Null also where there is too little data to choose one."
    )
    rows: list[Premium] = strawberry.field(
        description="One for each value but the baseline with enough records: 10, or as many as any figure takes if more, "
        "and in small cohorts more; rarer values count to what they lie in. In the order of `by`. Empty beside a reason."
    )
    confounded: list[ConfoundedValue] = strawberry.field(
        description="Values with enough records whose premium cannot be told: other things go with them in all records or "
        "nearly all, so that fewer records tell the two apart than any figure takes."
    )
    records: int = strawberry.field(
        description="Records that the fit rests on: those with pay above 0, 20,000 of them at random where more."
    )
    kinds: list[SourceKind] = strawberry.field(description="What the records that carry the measure are.")
    r_squared: float | None = strawberry.field(
        description="The share of the variance of log pay that the fit explains, 0 to 1; null where nothing was fitted."
    )
    method: str = strawberry.field(description="What was fitted to what, in words.")
    reason: str | None = strawberry.field(description="Why there are no rows, in words; null when there are.")

    @classmethod
    def of(cls, index: Index, found: premium.PremiumTable) -> "PremiumTable":
        return cls(
            factor=found.factor,
            baseline=shown(index, found.baseline.id) if found.baseline else None,
            rows=[_row(index, row) for row in found.rows],
            confounded=[
                ConfoundedValue(value=shown(index, row.value.id), records=row.records, message=row.message)
                for row in found.confounded
            ],
            records=found.records,
            kinds=[SourceKind(kind) for kind in found.kinds],
            r_squared=found.r_squared,
            method=found.method,
            reason=found.reason,
        )


def _row(index: Index, row: premium.Premium) -> Premium:
    return Premium(
        value=shown(index, row.value.id),
        percent=row.percent,
        interval=ConfidenceInterval.of(row.interval),
        records=row.records,
    )


async def premiums(
    context: Context,
    cohort: Cohort,
    factor: Factor,
    baseline: Code | None,
    measure: Measure,
    under: Code | None,
    exclude_controls: Sequence[Factor] | None,
) -> PremiumTable | None:
    asked = premium.Asked(factor, baseline, measure, under, frozenset(exclude_controls or ()))
    found = await premium.premiums(cohort, asked, context.workshop)
    return PremiumTable.of(cohort.index, found) if found else None
