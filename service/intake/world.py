"""World medians of role families over contributed records, weighted by the published numbers of contributors.

Countries with many contributors have more of their records published, and in finer classes. So the records of each country
are weighted to its number of contributors in the family, which the yearly tables have with noise; those of countries without
a number of their own, to the number of their continent's or the world's remaining countries. Records that no number is for
have the mean weight of the others, and without numbers for most records there is no median.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from service.index.bitmaps import to_positions
from service.index.index import Index, require_rank_index
from service.intake.protected_tables import CONTRIBUTORS, INTERVAL_LEVEL, WORLD, countries_of
from service.limits import MINIMUM_RECORDS
from service.stats.percentiles import ConfidenceInterval, weighted_median
from service.vocabulary import contribution_class
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.taxonomy import Taxonomy

MIN_NUMBERED_SHARE = 0.8
"""The share of a family's records whose countries must have a number, their own or that of the remaining ones."""
_NO_NUMBER = -1


@dataclass(frozen=True, slots=True)
class WorldMedian:
    """The weighted median of a family's records in US dollars, and the number of contributors that they are weighted to."""

    family: int
    records: int
    contributors: int
    median: float
    interval: ConfidenceInterval | None


def world_medians(index: Index, measure: Measure) -> Iterator[WorldMedian]:
    """The families that have one, by base salary or total compensation; raises NeedsIndex for the SQL engine."""
    numbers, taxonomy = index.contributors, index.reference.taxonomy
    source = taxonomy.lookup(Factor.SOURCE, contribution_class.CONTRIBUTORS)
    if numbers is None or source is None:
        return
    order = require_rank_index(index).order(measure)
    country = order.columns.one[Factor.COUNTRY]
    ids = np.array([WORLD, *country.categories], np.int64)
    for family in taxonomy.roots(Factor.ROLE):
        conditions = AnyOf(Factor.SOURCE, frozenset({source.id})), AnyOf(Factor.ROLE, frozenset({family.id}))
        positions = to_positions(order.select(conditions))
        places = ids[country.codes[order.rows[positions]]]
        known = {place: number for (value, place), number in numbers.cells.items() if value == family.id}
        found = weighted_to_numbers(order.values[positions], places, known, taxonomy)
        if found:
            yield WorldMedian(family.id, len(positions), sum(known.values()), *found)


def weighted_to_numbers(
    amounts: npt.ArrayLike, places: npt.ArrayLike, numbers: Mapping[int, int], taxonomy: Taxonomy
) -> tuple[float, ConfidenceInterval | None] | None:
    """The weighted median of n amounts of one family, `float64[n]`, by the ids of their countries or continents, `int64[n]`.

    `numbers` are those of contributors by country, continent or WORLD. None with too few amounts or numbers.
    """
    found, members = np.unique(np.asarray(places, np.int64), return_inverse=True)
    if len(members) < MINIMUM_RECORDS:
        return None
    strata = np.array([_stratum(int(place), numbers, taxonomy) for place in found])[members]
    known, codes, counts = np.unique(strata, return_inverse=True, return_counts=True)
    numbered = known != _NO_NUMBER
    if counts[numbered].sum() < MIN_NUMBERED_SHARE * len(members):
        return None
    sizes = np.array([float(numbers.get(int(stratum), 0)) for stratum in known])
    sizes[~numbered] = counts[~numbered] * sizes[numbered].sum() / counts[numbered].sum()
    errors = [_standard_error(int(stratum), numbers, taxonomy) if stratum != _NO_NUMBER else 0.0 for stratum in known]
    return weighted_median(amounts, codes, sizes, errors, INTERVAL_LEVEL)


def _stratum(place: int, numbers: Mapping[int, int], taxonomy: Taxonomy) -> int:
    """The country, continent or WORLD whose number includes a place; _NO_NUMBER if none does."""
    wider = (place, taxonomy.root(place), WORLD) if place != WORLD else (WORLD,)
    return next((one for one in wider if one in numbers), _NO_NUMBER)


def _standard_error(place: int, numbers: Mapping[int, int], taxonomy: Taxonomy) -> float:
    """That of the noise in a number: of one country, or of all that it adds up."""
    countries = {country for country in countries_of(taxonomy) if _stratum(country, numbers, taxonomy) == place}
    return float(CONTRIBUTORS.number_scale) * sqrt(2 * len(countries))
