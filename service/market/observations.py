"""Observations: the records of a cohort that carry a measure, as arrays that a model is fitted to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.market.cohort import Cohort
from service.rank.columns import Coded, Listed
from service.rank.order import positions
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
_SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class Observations:
    """Row i of each array is the same record; factor values are by their number, and 0 where nothing is told.

    `amounts` are in US dollars (or the unit of the measure), adjusted as the cohort is. Item i of `many[factor]` says that
    row `rows[i]` carries a value. `months` count as in `vocabulary.periods`. `of` is how many records the cohort has that
    carry the measure: more than there are rows where these are a random part of them.
    """

    amounts: Floats
    months: npt.NDArray[np.int64]
    one: Mapping[Factor, Coded]
    many: Mapping[Factor, Listed]
    of: int

    def __len__(self) -> int:
        return len(self.amounts)


def observations(cohort: Cohort, measure: Measure, most: int) -> Observations:
    """All records that carry the measure, or as many of them as `most` at random: the same ones each time."""
    ranked, order = cohort.ranked(measure), cohort.order(measure)
    members = positions(ranked.members)
    if len(members) > most:
        members = np.sort(np.random.default_rng(_SEED).choice(members, most, replace=False))
    rows, columns = order.rows[members], order.columns
    months = columns.months
    return Observations(
        amounts=ranked.values[members].astype(np.float64),
        months=months.exchanged(months.numbers).astype(np.int64)[rows],
        one={factor: Coded(coded.numbers, coded.codes[rows]) for factor, coded in columns.one.items()},
        many={factor: _taken(listed, rows, columns.size) for factor, listed in columns.many.items()},
        of=len(ranked),
    )


def _taken(listed: Listed, rows: npt.NDArray[np.uint32], size: int) -> Listed:
    """The items of some rows, which count anew in the order that they are given in."""
    place = np.full(size, -1, np.int64)
    place[rows] = np.arange(len(rows))
    here = place[listed.rows]
    return Listed(here[here >= 0], Coded(listed.items.numbers, listed.items.codes[here >= 0]))
