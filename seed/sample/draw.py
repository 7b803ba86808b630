"""Drawing values of every factor for the people of the sample, by the conditional weights of the model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seed.sample.model import DISTRIBUTIONS, EFFECTS, EMPLOYERS, LOCATIONS, MONTHS, NO_VALUE, ConditionalDistribution
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.taxonomy import Taxonomy

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
MAX_PROBABILITY = 0.97
"""The maximum probability that a record carries a value of a factor with several values, after multipliers."""


@dataclass(frozen=True, slots=True)
class DrawnPeople:
    """Drawn values, for n people.

    `one` has `int64[n]` positions in `codes`, `many` has `bool[n, codes]`, `locations` are positions in LOCATIONS, `months`
    count from year 0.
    """

    codes: Mapping[Factor, tuple[str, ...]]
    one: Mapping[Factor, Indexes]
    many: Mapping[Factor, npt.NDArray[np.bool_]]
    locations: Indexes
    months: Indexes

    def lookup(self, factor: Factor, by_code: Mapping[str, float], default: float) -> Floats:
        """A number for each person by value of a factor, `float64[n]`; the sum over all values of a factor with several."""
        table = np.array([by_code.get(code, default) for code in self.codes[factor]])
        return self.many[factor] @ table if factor in self.many else table[self.one[factor]]

    def effect(self, taxonomy: Taxonomy) -> Floats:
        """The sum of the effects of all values on the logarithm of base salary, `float64[n]`."""
        drawn = [factor for factor in EFFECTS if factor in self.codes]
        effects = (self.lookup(factor, EFFECTS[factor], 0.0) for factor in drawn)
        return sum(effects, _location_effects(taxonomy)[self.locations])


def draw(rng: np.random.Generator, count: int) -> DrawnPeople:
    """Draw all about `count` people except their pay."""
    codes = {factor: tuple(distribution.weights) for factor, distribution in DISTRIBUTIONS.items()}
    one: dict[Factor, Indexes] = {}
    many: dict[Factor, npt.NDArray[np.bool_]] = {}
    for factor, distribution in DISTRIBUTIONS.items():
        parent = distribution.depends_on
        conditions = one[parent] if parent else np.zeros(count, np.int64)
        weights = _weights(distribution, codes[parent] if parent else ("",))
        if factor in MULTIPLE:
            many[factor] = rng.random((count, weights.shape[1])) < np.minimum(weights, MAX_PROBABILITY)[conditions]
        else:
            one[factor] = _with_employer(factor, codes, one, _pick(rng, weights, conditions))
    locations = _pick(rng, np.array([[location.weight for location in LOCATIONS]]), np.zeros(count, np.int64))
    years = np.array([int(code) for code in codes[Factor.YEAR]])[one[Factor.YEAR]]
    spans = np.array([MONTHS[code] for code in codes[Factor.YEAR]])[one[Factor.YEAR]]
    months = years * 12 + (rng.random(count) * spans).astype(np.int64)
    return DrawnPeople(codes, one, many, locations, months)


def _weights(distribution: ConditionalDistribution, conditions: tuple[str, ...]) -> Floats:
    """`float64[conditions, values]`: the weights of the values for each value of the factor they depend on."""
    base = np.array(list(distribution.weights.values()))
    multipliers = [
        [distribution.multipliers.get(condition, {}).get(code, 1.0) for code in distribution.weights]
        for condition in conditions
    ]
    weights: Floats = base * np.array(multipliers)
    return weights


def _pick(rng: np.random.Generator, weights: Floats, conditions: Indexes) -> Indexes:
    """One value for each person, by the row of `weights` in `conditions`."""
    cumulative = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    uniform = rng.random(len(conditions))
    picked = np.empty(len(conditions), np.int64)
    for row in range(len(cumulative)):
        here = conditions == row
        picked[here] = np.searchsorted(cumulative[row], uniform[here], side="right")
    clipped: Indexes = np.minimum(picked, weights.shape[1] - 1)  # rounding can leave the sum below 1
    return clipped


_EMPLOYER_ATTRIBUTES = {Factor.EMPLOYER_TYPE: "type", Factor.EMPLOYER_SIZE: "size", Factor.INDUSTRY: "industry"}


def _with_employer(
    factor: Factor, codes: Mapping[Factor, tuple[str, ...]], one: Mapping[Factor, Indexes], picked: Indexes
) -> Indexes:
    """The drawn values, with those of named employers replaced by the employer's own type, size and industry."""
    if factor not in _EMPLOYER_ATTRIBUTES:
        return picked
    fixed = {employer.code: codes[factor].index(getattr(employer, _EMPLOYER_ATTRIBUTES[factor])) for employer in EMPLOYERS}
    table = np.array([fixed.get(code, -1) for code in codes[Factor.EMPLOYER]])[one[Factor.EMPLOYER]]
    return np.where(table >= 0, table, picked)


def value_id(taxonomy: Taxonomy, factor: Factor, code: str) -> int:
    """The id of a value; 0 for no value."""
    return 0 if code == NO_VALUE else taxonomy.find(factor, code).id


def place_ids(taxonomy: Taxonomy) -> list[dict[Factor, int]]:
    """For each of LOCATIONS, the ids of the place and of all places that contain it."""
    narrowest = [taxonomy.find(location.factor, location.code) for location in LOCATIONS]
    return [{value.factor: value.id, **taxonomy.place_parents(value)} for value in narrowest]


def _location_effects(taxonomy: Taxonomy) -> Floats:
    sums = (sum(EFFECTS[f].get(taxonomy[n].code, 0.0) for f, n in ids.items()) for ids in place_ids(taxonomy))
    return np.array(list(sums))
