"""Observations: the records of a cohort that carry a measure, as arrays that a model is fitted to."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.index.coded import Coded, Listed
from service.index.moving import positions
from service.market.cohort import Cohort
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

Floats = npt.NDArray[np.float64]
_SEED = 20_240_229


@dataclass(frozen=True, slots=True)
class Observations:
    """Row i of each array is the same record; factor values are by their number, and 0 where nothing is told.

    `amounts` are in US dollars (or the unit of the measure), adjusted as the cohort is. `months` count as in
    `vocabulary.periods`. `of` is how many records the cohort has that carry the measure: more than there are rows where
    these are a random part of them.
    """

    amounts: Floats
    months: npt.NDArray[np.int64]
    one: Mapping[Factor, Coded[int]]
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
        one={factor: coded.taken(rows) for factor, coded in columns.one.items()},
        many={factor: listed.taken(rows) for factor, listed in columns.many.items()},
        of=len(ranked),
    )
