"""Places of records, closed: who has a metro area has its subdivision and country too, and no place contradicts another."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

Codes = NDArray[np.int64]
_WITHIN = ((Factor.METRO, Factor.SUBDIVISION), (Factor.METRO, Factor.COUNTRY), (Factor.SUBDIVISION, Factor.COUNTRY))


class Places:
    """What each place lies in, as arrays by the number of the place; `contradictions` counts those that were dropped."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self.contradictions: dict[Factor, Counter[str]] = {Factor.METRO: Counter(), Factor.SUBDIVISION: Counter()}
        self._around = {pair: self._outer(*pair) for pair in _WITHIN}
        self._continent = self._array({value.id: value.parent or 0 for value in taxonomy.values(Factor.COUNTRY)})

    def _outer(self, inner: Factor, outer: Factor) -> Codes:
        parents = {value.id: self._taxonomy.place_parents(value) for value in self._taxonomy.values(inner)}
        return self._array({number: found.get(outer, 0) for number, found in parents.items()})

    def _array(self, numbers: dict[int, int]) -> Codes:
        most = max((value.id for factor in PLACES for value in self._taxonomy.values(factor)), default=0)
        found = np.zeros(most + 1, np.int64)
        found[list(numbers)] = list(numbers.values())
        return found

    def close(self, codes: dict[Factor, Codes]) -> None:
        """Fill in the wider places; where a narrower one lies elsewhere than the wider one that was told, drop it."""
        for pair in _WITHIN:
            self._agree(codes, *pair)

    def _agree(self, codes: dict[Factor, Codes], inner: Factor, outer: Factor) -> None:
        if inner not in codes:
            return
        implied = self._around[inner, outer][codes[inner]]
        told = codes.get(outer, np.zeros_like(implied))
        wrong = (implied > 0) & (told > 0) & (told != implied) & (told != self._continent[implied])
        self._drop(codes, inner, told, wrong)
        codes[outer] = np.where(wrong | (implied == 0), told, implied)

    def _drop(self, codes: dict[Factor, Codes], inner: Factor, told: Codes, wrong: NDArray[np.bool_]) -> None:
        for place, elsewhere in zip(codes[inner][wrong].tolist(), told[wrong].tolist(), strict=True):
            self.contradictions[inner][f"{self._label(place)} (told to be in {self._label(elsewhere)})"] += 1
        codes[inner] = np.where(wrong, 0, codes[inner])

    def _label(self, number: int) -> str:
        value: FactorValue = self._taxonomy[number]
        return value.label
