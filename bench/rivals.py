"""What estimates are held against: the quartiles of the narrowest large enough cohort, and a linear model."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import OneHotEncoder

from service.index.index import RankIndex
from service.index.order import Order
from service.market.observations import Observations
from service.market.profile import MANY, ONE, Profile
from service.market.relaxation import narrowest
from service.stats.estimator import LEVELS
from service.stats.percentiles import percentile
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Adjustment, Measure

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_RARE = 10


def profiles_of(found: Observations, index: RankIndex) -> list[Profile]:
    """What each record tells, as a profile that tells the same."""
    code = {value: index.reference.taxonomy[value].code for part in (found.one, _items(found)) for value in _numbers(part)}
    many: list[dict[Factor, list[str]]] = [{} for _ in range(len(found))]
    for factor, listed in found.many.items():
        if factor in MANY:
            for row, number in zip(listed.rows.tolist(), listed.items.exchanged(listed.items.numbers).tolist(), strict=True):
                many[row].setdefault(factor, []).append(code[number])
    told = {factor: found.one[factor].exchanged(found.one[factor].numbers).tolist() for factor in (*ONE, Factor.EXPERIENCE)}
    return [
        Profile(
            {factor: code[told[factor][row]] for factor in ONE if told[factor][row]},
            {factor: tuple(sorted(codes)) for factor, codes in many[row].items()},
            # a record may tell a band of years, which stands here by its code
            cast(int, code[told[Factor.EXPERIENCE][row]]) if told[Factor.EXPERIENCE][row] else None,
        )
        for row in range(len(found))
    ]


def _items(found: Observations) -> dict[Factor, Any]:
    return {factor: listed.items for factor, listed in found.many.items()}


def _numbers(coded: Any) -> Iterator[int]:
    return (number for one in coded.values() for number in one.numbers)


@dataclass
class Ladder:
    """The cohort quartiles of the service itself, from the training records alone."""

    index: RankIndex
    measure: Measure

    @classmethod
    def of(cls, index: RankIndex, measure: Measure, rows: Ints) -> "Ladder":
        """Of the index without all records but those in some rows of its order."""
        order, columns = index.order(measure), index.columns
        told = np.zeros(columns.size, np.bool_)
        told[order.rows[rows]] = True
        values = columns.amounts[measure][0].astype(np.int64)
        alone = Order.of(columns, index.reference.taxonomy, values, told)
        return cls(replace(index, _orders={(measure, Adjustment.NONE): alone}), measure)

    def quantiles(self, profiles: list[Profile]) -> Floats:
        everyone = self.index.order(self.measure).ranked(())
        known: dict[str, list[float]] = {}
        for profile in profiles:
            key = repr(profile)
            if key not in known:
                peers = narrowest(self.index, profile, measure=self.measure) or everyone
                known[key] = [percentile(peers, level) for level in LEVELS]
        return np.array([known[repr(profile)] for profile in profiles])


def linear(found: Observations, amounts: Floats, training: Ints, held: Ints) -> Floats:
    """Least squares of log pay on a column for each value of each factor and year, moved by quantiles of its residuals."""
    single = np.column_stack([found.one[factor].codes for factor in (*ONE, Factor.EXPERIENCE, Factor.YEAR)])
    columns = OneHotEncoder(min_frequency=_RARE, handle_unknown="infrequent_if_exist").fit(single[training])
    carried = [
        sparse.csr_array(
            (np.ones(len(listed.rows)), (listed.rows.astype(np.int64), listed.items.codes.astype(np.int64))),
            (len(found), len(listed.items.numbers) + 1),
        )
        for factor, listed in found.many.items()
        if factor in MANY
    ]

    def design(rows: Ints) -> Any:
        return sparse.hstack([columns.transform(single[rows]), *(part[rows] for part in carried)], format="csr")

    logs = np.log(amounts[training])
    model = LinearRegression().fit(design(training), logs)
    left = logs - model.predict(design(training))
    return cast(Floats, np.exp(model.predict(design(held))[:, None] + np.quantile(left, LEVELS)))
