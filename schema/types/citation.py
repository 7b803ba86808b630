"""Citations, with the address of the query that returns the cited figures."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

import strawberry

from schema.context import Context
from schema.types.definitions import read
from schema.types.edition import Edition, Source, source_of
from service.index.index import Index
from service.market import citation as market
from service.market.cohort import Cohort
from service.market.filter import MAX_FILTER_CODES
from service.store import database
from service.vocabulary.conditions import AnyOf, Condition, Effective, IsMissing, NoneOf
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.units import month_text

Variables = Mapping[str, object]

COHORT_QUERY = """query ($where: CohortFilter, $currency: Currency, $adjust: Adjustment!) {
  edition { number publishedAt }
  cohort(where: $where, currency: $currency, adjust: $adjust) {
    label
    size
    stats { count p25 p50 p75 }
    citation { text }
  }
}
"""
BREAKDOWN_QUERY = """query ($factor: Factor, $country: Code, $roleFamily: Code, $measure: Measure!) {
  edition { number publishedAt }
  contributedBreakdown(factor: $factor, country: $country, roleFamily: $roleFamily, measure: $measure) {
    year
    rows { value { label } contributors premiumPercent mean }
    method
  }
}
"""
ESTIMATE_QUERY = """query ($profile: ProfileInput!, $currency: Currency, $measure: Measure!) {
  edition { number publishedAt }
  estimatePay(profile: $profile, currency: $currency, measure: $measure) {
    p25
    p50
    p75
    method
  }
}
"""


@strawberry.type(description="How to cite figures: their edition, sources and address.")
class Citation:
    index: strawberry.Private[Index]
    found: strawberry.Private[market.Citation]
    numbers: strawberry.Private[list[int]]
    text: str = read(
        "found.text", "Citation as text, with the licences of the sources and the attributions that they require."
    )
    bibtex: str = read("found.bibtex", "Citation as an entry of BibTeX.")
    url: str = read(
        "found.url",
        "Address of a query that returns the figures, in GraphiQL; it returns those of the current edition. The start page "
        "for a cohort that no filter selects, such as the rest of a grouping. Relative to `/graphql`, and not part of the "
        "citation, if the operator has not set the address of the service.",
    )

    @strawberry.field(description="Edition of the figures.")
    def edition(self) -> Edition:
        return Edition(index=self.index, edition=self.found.edition)

    @strawberry.field(description="Sources of the records, largest first.")
    def sources(self) -> list[Source]:
        return [source_of(self.index, number) for number in self.numbers]


def cohort_citation(context: Context, cohort: Cohort) -> Citation:
    taxonomy = cohort.index.reference.taxonomy
    subject = f"Pay in machine learning: {cohort.label} ({cohort.size:,} record{'' if cohort.size == 1 else 's'})"
    where = where_of(cohort.conditions, taxonomy)
    variables = {"where": where, "currency": cohort.currency, "adjust": cohort.adjustment.name}
    query = None if where is None else (COHORT_QUERY, variables)
    return _citation(context, cohort, cohort.index.edition, subject, query)


def estimate_citation(context: Context, edition: database.Edition, measure: Measure, variables: Variables) -> Citation:
    """The citation of an estimate by a model of an edition, which may be an earlier one."""
    subject = f"Estimate of {MEASURES[measure].label} in machine learning"
    return _citation(context, Cohort(context.index), edition, subject, (ESTIMATE_QUERY, variables))


def breakdown_citation(context: Context, year: int, variables: Variables) -> Citation:
    subject = f"Contributed pay in machine learning, differentially private tables of {year}"
    return _citation(context, None, context.index.edition, subject, (BREAKDOWN_QUERY, variables))


def _citation(
    context: Context, cohort: Cohort | None, edition: database.Edition, subject: str, query: tuple[str, Variables] | None
) -> Citation:
    index = cohort.index if cohort else context.index
    counts = cohort.records.counts(index.reference.sources) if cohort else {}
    numbers = sorted(counts, key=lambda number: (-counts[number], number))
    sources = [index.reference.sources[number] for number in numbers]
    found = market.Citation(subject, edition, sources, _address(context.client.base_url, query))
    return Citation(index=index, found=found, numbers=numbers)


def _address(base_url: str, query: tuple[str, Variables] | None) -> str:
    """The address of a query in GraphiQL; its parameters are in the fragment, as the page writes them."""
    if query is None:
        return base_url or "."
    text, variables = query
    parameters = {"query": text, "variables": json.dumps(variables, ensure_ascii=False)}
    return f"{base_url}graphiql#{urlencode(parameters)}"


def where_of(conditions: Iterable[Condition], taxonomy: Taxonomy) -> dict[str, Any] | None:
    """The CohortFilter with these conditions; None if there is none."""
    match: list[dict[str, Any]] = []
    missing: list[str] = []
    first: int | None = None
    last: int | None = None
    for condition in conditions:
        match_of = _match_of(condition, taxonomy)
        if match_of:
            match.append(match_of)
        elif isinstance(condition, IsMissing) and not condition.besides:
            missing.append(condition.factor.name)
        elif isinstance(condition, Effective):
            first = max((month for month in (first, condition.first) if month is not None), default=None)
            last = min((month for month in (last, condition.last) if month is not None), default=None)
        else:
            return None
    ends = {"from": first, "to": last}
    effective = {end: month_text(month) for end, month in ends.items() if month is not None}
    found = {"match": match, "missing": missing, "effective": effective}
    return {name: part for name, part in found.items() if part}


def _match_of(condition: Condition, taxonomy: Taxonomy) -> dict[str, Any] | None:
    """The FactorMatch of a condition on values; None for other conditions, and for too many values."""
    if not isinstance(condition, AnyOf | NoneOf) or not 0 < len(condition.values) <= MAX_FILTER_CODES:
        return None
    codes = [taxonomy[number].code for number in sorted(condition.values)]
    return {"factor": condition.factor.name, "any" if isinstance(condition, AnyOf) else "none": codes}
