"""Official wages, joined to roles, places and industries, and to the cohorts that they can be compared with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from service.index.index import Index
from service.market.cohort import Cohort
from service.store.database import Database
from service.store.official_wages import OfficialWageQuery, SourcedWage, fetch_official_wages, has_occupation
from service.vocabulary.conditions import AnyOf, Condition, Effective, NotAll
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import FACTORS, PLACES, Factor
from service.vocabulary.measures import Adjustment, Unavailable, UnavailableCode
from service.vocabulary.official_wages import AMOUNTS, OfficialWage
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MAX_WAGES, DEFAULT_WAGES = 500, 50
IGNORED = frozenset({Factor.LEVEL, Factor.EXPERIENCE, Factor.SOURCE, Factor.SOURCE_KIND})
"""Factors that a cohort may filter on although official wages do not distinguish their values."""
_COUNTRY = "us"


@dataclass(frozen=True, slots=True)
class OfficialWages:
    """Figures, or why there are none; neither if none were asked for."""

    wages: Sequence[SourcedWage] = ()
    unavailable: Unavailable | None = None


def query_of(taxonomy: Taxonomy, role: str | None, place: str | None, industry: str | None) -> OfficialWageQuery:
    """The query of the codes of a role, of a metro area, subdivision or country, and of an industry. Raises UnknownCode."""
    return OfficialWageQuery(
        taxonomy.find(Factor.ROLE, role).id if role is not None else None,
        taxonomy.find_wider(Factor.METRO, place).id if place is not None else None,
        taxonomy.find(Factor.INDUSTRY, industry).id if industry is not None else None,
    )


async def official_wages(
    database: Database, index: Index, query: OfficialWageQuery, currency: str, limit: int
) -> OfficialWages:
    """Figures over all industries first, and then by employment; amounts in a currency. Raises UnknownCode for that."""
    rates = index.reference.rates
    rates.latest(currency)  # raises
    async with database.read(index.edition) as connection:
        found = await fetch_official_wages(connection, index.reference.taxonomy, query, limit)
        has_role = found or query.role is None or await has_occupation(connection, query.role)
    if found or not limit:
        return OfficialWages([SourcedWage(_converted(wage, rates, currency), source) for wage, source in found])
    message = _unpublished(index.reference.taxonomy, query, bool(has_role))
    return OfficialWages(unavailable=Unavailable(UnavailableCode.NOT_PUBLISHED, message))


def _unpublished(taxonomy: Taxonomy, query: OfficialWageQuery, has_role: bool) -> str:
    """Why no figures match a query."""
    role, place = taxonomy.get(query.role), taxonomy.get(query.place)
    if role and not has_role:
        return (
            f"The role {role.label} has no official occupation: no occupation code is on half of the filings with its "
            "titles. Try a wider or a similar role."
        )
    if place and not _lies_in(taxonomy, place, taxonomy.find(Factor.COUNTRY, _COUNTRY)):
        return f"Official wages are those of the United States, not of {place.label}. Choose a place in it, or none."
    if query.industry is not None and place and place.code != _COUNTRY:
        return "Official wages of industries are those of the whole country. Leave out the place or the industry."
    return "The US Bureau of Labor Statistics has released no such wages. Choose a wider role, place or industry."


def _converted(wage: OfficialWage, rates: Rates, currency: str) -> OfficialWage:
    """Amounts at the rates of the year, in whole units of the currency, rounded half to even."""
    if currency == wage.currency:
        return wage
    rate = rates.usd(wage.currency, wage.year) / rates.usd(currency, wage.year)
    amounts = {name: getattr(wage, name) for name in AMOUNTS}
    converted: dict[str, Any] = {name: None if amount is None else round(amount * rate) for name, amount in amounts.items()}
    return replace(wage, currency=currency, **converted)


async def official_wages_of(database: Database, cohort: Cohort) -> OfficialWages:
    """The figures of a cohort's role and place (the United States by default) over all industries."""
    query = cohort_query(cohort)
    if isinstance(query, str):
        return OfficialWages(unavailable=Unavailable(UnavailableCode.NOT_COMPARABLE, query))
    return await official_wages(database, cohort.index, query, cohort.currency, 1)


def cohort_query(cohort: Cohort) -> OfficialWageQuery | str:
    """The query of a cohort: one role, at most one place, and no other conditions than on IGNORED factors.

    Nested conditions, such as a family and a role in it, or a metro area and its country, are one. For other cohorts, and
    for amounts that are adjusted, since official wages are not: why there is none.
    """
    taxonomy = cohort.index.reference.taxonomy
    conditions = [condition for condition in cohort.conditions if _factor(condition) not in IGNORED]
    roles = [condition for condition in conditions if _factor(condition) is Factor.ROLE]
    places = [condition for condition in conditions if _factor(condition) in PLACES]
    role = _most_specific(taxonomy, roles)
    place = _most_specific(taxonomy, places) if places else taxonomy.find(Factor.COUNTRY, _COUNTRY)
    others = [condition for condition in conditions if condition not in roles and condition not in places]
    if cohort.adjustment is not Adjustment.NONE:
        return "Official wages are not adjusted for cost of living. Ask for amounts without adjustment."
    if others:
        return f"Official wages are by role and place only. Remove the filter by {_names(others)}."
    if not role:
        return f"Official wages are by role. Filter by {'one role only' if roles else 'a role'}."
    if not place:
        return "Official wages are of one area. Filter by one place only."
    return OfficialWageQuery(role.id, place.id, across_industries=True)


def _names(conditions: Sequence[Condition]) -> str:
    factors = dict.fromkeys(map(_factor, conditions))
    return ", ".join(FACTORS[factor].label.lower() if factor else "date" for factor in factors)


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
