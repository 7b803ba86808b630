"""Cohorts by country, which tests divide their records by."""

from typing import Any

from service.index.index import Index
from service.market.cohort import Cohort
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor


def country_cohort(index: Index, *countries: str, **options: Any) -> Cohort:
    """The cohort of the records of some countries; `options` are those of Cohort."""
    numbers = frozenset(index.reference.taxonomy.find(Factor.COUNTRY, country).id for country in countries)
    return Cohort(index, (AnyOf(Factor.COUNTRY, numbers),), **options)
