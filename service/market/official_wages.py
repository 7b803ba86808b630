"""Official wages, joined to roles, places and industries, and to the cohorts that they can be compared with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.index.index import Index
from service.market.cohort import Cohort
from service.store.database import Database
from service.store.official_wages import OfficialWageQuery, SourcedWage, fetch_official_wages
from service.vocabulary.conditions import AnyOf, Condition, Effective, NotAll
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.measures import Adjustment
from service.vocabulary.official_wages import AMOUNTS, OfficialWage
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MAX_WAGES, DEFAULT_WAGES = 500, 50
IGNORED = frozenset({Factor.LEVEL, Factor.EXPERIENCE, Factor.SOURCE, Factor.SOURCE_KIND})
"""Factors that a cohort may filter on although official wages do not distinguish their values."""
_COUNTRY = "us"


def query_of(taxonomy: Taxonomy, role: str | None, place: str | None, industry: str | None) -> OfficialWageQuery:
    """The query of the codes of a role, of a metro area, subdivision or country, and of an industry. Raises UnknownCode."""
    return OfficialWageQuery(
        taxonomy.find(Factor.ROLE, role).id if role is not None else None,
        taxonomy.find_wider(Factor.METRO, place).id if place is not None else None,
        taxonomy.find(Factor.INDUSTRY, industry).id if industry is not None else None,
    )


async def official_wages(
    database: Database, index: Index, query: OfficialWageQuery, currency: str, limit: int
) -> list[SourcedWage]:
    """Figures over all industries first, and then by employment; amounts in a currency. Raises UnknownCode for that."""
    rates = index.reference.rates
    rates.latest(currency)  # raises
    async with database.read(index.edition) as connection:
        found = await fetch_official_wages(connection, index.reference.taxonomy, query, limit)
    return [SourcedWage(_converted(wage, rates, currency), source) for wage, source in found]


def _converted(wage: OfficialWage, rates: Rates, currency: str) -> OfficialWage:
    """Amounts at the rates of the year, in whole units of the currency, rounded half to even."""
    if currency == wage.currency:
        return wage
    rate = rates.usd(wage.currency, wage.year) / rates.usd(currency, wage.year)
    amounts = {name: getattr(wage, name) for name in AMOUNTS}
    converted: dict[str, Any] = {name: None if amount is None else round(amount * rate) for name, amount in amounts.items()}
    return replace(wage, currency=currency, **converted)


async def official_wages_of(database: Database, cohort: Cohort) -> list[SourcedWage]:
    """The figures of a cohort's role and place (the United States by default) over all industries.

    Empty if there are none, or if `cohort_query` has none for the cohort.
    """
    query = cohort_query(cohort)
    return await official_wages(database, cohort.index, query, cohort.currency, 1) if query else []


def cohort_query(cohort: Cohort) -> OfficialWageQuery | None:
    """The query of a cohort: one role, at most one place, and no other conditions than on IGNORED factors.

    Nested conditions, such as a family and a role in it, or a metro area and its country, are one. None for other cohorts,
    and for amounts that are adjusted, since official wages are not.
    """
    taxonomy = cohort.index.reference.taxonomy
    conditions = [condition for condition in cohort.conditions if _factor(condition) not in IGNORED]
    roles = [condition for condition in conditions if _factor(condition) is Factor.ROLE]
    places = [condition for condition in conditions if _factor(condition) in PLACES]
    role = _most_specific(taxonomy, roles)
    place = _most_specific(taxonomy, places) if places else taxonomy.find(Factor.COUNTRY, _COUNTRY)
    others = len(conditions) > len(roles) + len(places) or cohort.adjustment is not Adjustment.NONE
    return None if others or not role or not place else OfficialWageQuery(role.id, place.id, across_industries=True)


def _factor(condition: Condition) -> Factor | None:
    return None if isinstance(condition, Effective | NotAll) else condition.factor


def _most_specific(taxonomy: Taxonomy, conditions: Sequence[Condition]) -> FactorValue | None:
    """Most specific value if the conditions have one value each and are nested; None otherwise."""
    values = [taxonomy[next(iter(c.values))] for c in conditions if isinstance(c, AnyOf) and len(c.values) == 1]
    if len(values) < len(conditions):
        return None
    return next((value for value in values if all(_lies_in(taxonomy, value, wider) for wider in values)), None)


def _lies_in(taxonomy: Taxonomy, value: FactorValue, wider: FactorValue) -> bool:
    return not taxonomy.within(wider).isdisjoint({value.id, *taxonomy.place_parents(value).values()})
