"""Cohorts of countries, which tests deal their records out to."""

from typing import Any

from service.index.index import Index
from service.market.cohort import Cohort
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor


def within(index: Index, *countries: str, **given: Any) -> Cohort:
    numbers = frozenset(index.reference.taxonomy.find(Factor.COUNTRY, country).id for country in countries)
    return Cohort(index, (AnyOf(Factor.COUNTRY, numbers),), **given)
