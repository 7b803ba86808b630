"""Official wages: figures of a statistical office, beside those of records."""

import strawberry

from schema.context import Context
from schema.types.definitions import read
from schema.types.edition import Source
from schema.types.scalars import USD, Code, Currency
from schema.types.vocabulary import FactorValue, factor_value
from service.errors import InputError
from service.index.index import Index
from service.market import official_wages as market
from service.market.cohort import Cohort
from service.market.official_wages import MAX_WAGES
from service.store.official_wages import SourcedWage
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Unavailable


@strawberry.type(
    description="Annual wages of an occupation in an area and an industry, as a statistical office published them. They are "
    "not records and in none of the other figures. A figure that the office did not release is null."
)
class OfficialWage:
    index: strawberry.Private[Index]
    found: strawberry.Private[SourcedWage]

    @strawberry.field(description="Source; it has no records.")
    def source(self) -> Source:
        return Source(source=self.found.source, records=0)

    occupation: str = read("found.wage.occupation", "Name of the occupation: Data Scientists.")
    occupation_code: str = read("found.wage.occupation_code", "Code of the occupation (SOC 2018): 15-2051.")
    area: str = read("found.wage.area", "Name of the area; National for the United States.")
    area_code: str = read(
        "found.wage.area_code", "Code of the area: 0041940 for the metro area 41940 (CBSA), 0600000 for California."
    )

    @strawberry.field(description="Place that equals the area; null if there is none, as for nonmetropolitan areas.")
    def place(self) -> FactorValue | None:
        return _value(self.index, *self.found.wage.place) if self.found.wage.place else None

    @strawberry.field(
        description="PayRank's industry that corresponds to the NAICS code; null if none does, or for all industries."
    )
    def industry(self) -> FactorValue | None:
        return _value(self.index, Factor.INDUSTRY, self.found.wage.industry) if self.found.wage.industry else None

    naics_code: str = read(
        "found.wage.naics_code", "Code of the industry (NAICS, with sums of the office's own); 000000 for all industries."
    )
    naics_title: str = read("found.wage.naics_title", "Name of the industry as the office gives it.")
    year: int = read("found.wage.year", "Year that the figures refer to.")
    currency: Currency = read("found.wage.currency", "Currency of amounts.")
    employment: int | None = read("found.wage.employment", "Number of jobs, without self-employment.")
    p10: float | None = read("found.wage.p10", "10th percentile of annual wages.")
    p25: float | None = read("found.wage.p25", "25th percentile of annual wages.")
    p50: float | None = read("found.wage.p50", "Median of annual wages.")
    p75: float | None = read("found.wage.p75", "75th percentile of annual wages.")
    p90: float | None = read("found.wage.p90", "90th percentile of annual wages.")
    mean: float | None = read("found.wage.mean", "Mean of annual wages.")


def _value(index: Index, factor: Factor, code: str) -> FactorValue:
    return factor_value(index, index.reference.taxonomy.find(factor, code).id)


async def official_wages(
    context: Context, role: Code | None, place: Code | None, industry: Code | None, currency: Currency, first: int
) -> list[OfficialWage]:
    """Raises InputError for unknown codes and currencies, and for an invalid number."""
    if not 0 <= first <= MAX_WAGES:
        raise InputError(f"`first` must be from 0 to {MAX_WAGES}, got {first}. Filter by role, place or industry.")
    index = context.index
    query = market.query_of(index.reference.taxonomy, role, place, industry)
    found = await market.official_wages(context.database, index, query, currency, first)
    return [OfficialWage(index=index, found=one) for one in found.wages]


async def official_wages_unavailable(
    context: Context, role: Code | None, place: Code | None, industry: Code | None
) -> Unavailable | None:
    """Raises InputError for unknown codes."""
    query = market.query_of(context.index.reference.taxonomy, role, place, industry)
    return (await market.official_wages(context.database, context.index, query, USD, 1)).unavailable


async def official_wages_of(context: Context, cohort: Cohort) -> list[OfficialWage]:
    found = await market.official_wages_of(context.database, cohort)
    return [OfficialWage(index=cohort.index, found=one) for one in found.wages]


async def official_wages_unavailable_of(context: Context, cohort: Cohort) -> Unavailable | None:
    return (await market.official_wages_of(context.database, cohort)).unavailable
