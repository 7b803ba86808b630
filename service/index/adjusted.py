"""Adjusted amounts: a measure as it is compared, as it is told or by the cost of living where it is paid."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from service.index.arrays import Bools
from service.index.columns import Columns
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure


def adjusted(
    columns: Columns, measure: Measure, adjustment: Adjustment, levels: Mapping[tuple[int, int], float]
) -> tuple[npt.NDArray[np.int64], Bools]:
    """A measure's values and who carries it; cost of living divides by the price level and rounds half to even.

    A record takes the level of the narrowest of its places that has one, of its year or the nearest year that is known.
    """
    values, told = columns.amounts[measure]
    if adjustment is Adjustment.NONE:
        return values.astype(np.int64), told
    level = _levels(columns, levels)
    placed = told & (level > 0)
    return np.rint(values / np.where(placed, level, 100) * 100).astype(np.int64), placed


def _levels(columns: Columns, levels: Mapping[tuple[int, int], float]) -> npt.NDArray[np.float64]:
    years = columns.months.exchanged(month // 12 for month in columns.months.numbers)
    found = np.zeros(columns.size)
    for factor in (Factor.COUNTRY, Factor.SUBDIVISION, Factor.METRO):  # a narrower place overrides a wider one
        coded = columns.one[factor]
        if coded.numbers and columns.size:
            table = _level_table(coded.numbers, int(years.min()), int(years.max()), levels)
            here = table[coded.codes, years - years.min()]
            found = np.where(here > 0, here, found)
    return found


def _level_table(
    places: tuple[int, ...], first: int, last: int, levels: Mapping[tuple[int, int], float]
) -> npt.NDArray[np.float64]:
    """Levels by code and year; 0 where a place has none at all."""
    known: dict[int, dict[int, float]] = {}
    for (place, year), level in levels.items():
        known.setdefault(place, {})[year] = level
    table = np.zeros((len(places) + 1, last - first + 1))
    for code, place in enumerate(places, 1):
        years = known.get(place)
        if years:
            table[code] = [years[min(years, key=lambda k: (abs(k - year), k))] for year in range(first, last + 1)]
    return table
