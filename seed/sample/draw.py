"""Drawing who is in the sample: values of every factor by the weights of the model, each tilted by the one before it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from seed.sample.model import CHOICES, EFFECTS, EMPLOYERS, MONTHS, NONE, WHEREABOUTS, Choice
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.taxonomy import Taxonomy

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
SURE = 0.97
"""No value of a multiple factor is carried by more than this share, however it is tilted."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Values by their place in `codes`; `many` has a row a record and a column a code, `places` counts in WHEREABOUTS."""

    codes: Mapping[Factor, tuple[str, ...]]
    one: Mapping[Factor, Indexes]
    many: Mapping[Factor, npt.NDArray[np.bool_]]
    places: Indexes
    months: Indexes

    def figures(self, factor: Factor, by_code: Mapping[str, float], otherwise: float) -> Floats:
        """A figure for each record by its value of a factor; the sum over its values of a multiple one."""
        table = np.array([by_code.get(code, otherwise) for code in self.codes[factor]])
        return self.many[factor] @ table if factor in self.many else table[self.one[factor]]

    def effect(self, taxonomy: Taxonomy) -> Floats:
        """What all values together add to the logarithm of base salary."""
        told = [factor for factor in EFFECTS if factor in self.codes]
        effects = (self.figures(factor, EFFECTS[factor], 0.0) for factor in told)
        return sum(effects, _place_effects(taxonomy)[self.places])


def draw(rng: np.random.Generator, count: int) -> Drawn:
    """Draw everything about so many people but their pay."""
    codes = {factor: tuple(choice.weights) for factor, choice in CHOICES.items()}
    one: dict[Factor, Indexes] = {}
    many: dict[Factor, npt.NDArray[np.bool_]] = {}
    for factor, choice in CHOICES.items():
        given = one[choice.given] if choice.given else np.zeros(count, np.int64)
        weights = _weights(choice, codes[choice.given] if choice.given else ("",))
        if factor in MULTIPLE:
            many[factor] = rng.random((count, weights.shape[1])) < np.minimum(weights, SURE)[given]
        else:
            one[factor] = _as_employed(factor, codes, one, _pick(rng, weights, given))
    places = _pick(rng, np.array([[place.weight for place in WHEREABOUTS]]), np.zeros(count, np.int64))
    years = np.array([int(code) for code in codes[Factor.YEAR]])[one[Factor.YEAR]]
    spans = np.array([MONTHS[code] for code in codes[Factor.YEAR]])[one[Factor.YEAR]]
    months = years * 12 + (rng.random(count) * spans).astype(np.int64)
    return Drawn(codes, one, many, places, months)


def _weights(choice: Choice, given: tuple[str, ...]) -> Floats:
    """A row for each value that tilts, a column for each that is drawn."""
    plain = np.array(list(choice.weights.values()))
    tilted = [[choice.tilts.get(value, {}).get(code, 1.0) for code in choice.weights] for value in given]
    weights: Floats = plain * np.array(tilted)
    return weights


def _pick(rng: np.random.Generator, weights: Floats, given: Indexes) -> Indexes:
    """One value each, by the weights of the row that is given."""
    chances = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    luck = rng.random(len(given))
    picked = np.empty(len(given), np.int64)
    for row in range(len(chances)):
        here = given == row
        picked[here] = np.searchsorted(chances[row], luck[here], side="right")
    last: Indexes = np.minimum(picked, weights.shape[1] - 1)  # where rounding leaves the sum below 1
    return last


_OF_EMPLOYER = {Factor.EMPLOYER_TYPE: "type", Factor.EMPLOYER_SIZE: "size", Factor.INDUSTRY: "industry"}


def _as_employed(
    factor: Factor, codes: Mapping[Factor, tuple[str, ...]], one: Mapping[Factor, Indexes], picked: Indexes
) -> Indexes:
    """Who works for a named employer has its type, size and industry."""
    if factor not in _OF_EMPLOYER:
        return picked
    fixed = {employer.code: codes[factor].index(getattr(employer, _OF_EMPLOYER[factor])) for employer in EMPLOYERS}
    table = np.array([fixed.get(code, -1) for code in codes[Factor.EMPLOYER]])[one[Factor.EMPLOYER]]
    return np.where(table >= 0, table, picked)


def number_of(taxonomy: Taxonomy, factor: Factor, code: str) -> int:
    """The number of a value; 0 for no value."""
    return 0 if code == NONE else taxonomy.find(factor, code).id


def chains(taxonomy: Taxonomy) -> list[dict[Factor, int]]:
    """For each of WHEREABOUTS, the numbers of all places that it lies in, itself included."""
    narrowest = [taxonomy.find(place.factor, place.code) for place in WHEREABOUTS]
    return [{value.factor: value.id, **taxonomy.place_parents(value)} for value in narrowest]


def _place_effects(taxonomy: Taxonomy) -> Floats:
    sums = (sum(EFFECTS[f].get(taxonomy[n].code, 0.0) for f, n in chain.items()) for chain in chains(taxonomy))
    return np.array(list(sums))
