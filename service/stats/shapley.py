"""Shapley values: how much each of some players adds to what they reach together (Shapley 1953). Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import factorial

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MAX_EXACT_PLAYERS, _PERMUTATIONS, _SEED = 8, 32, 20_240_229


@dataclass(frozen=True, slots=True)
class ShapleyValues:
    """One value a player: they add up to what `everyone` is worth less what `nobody` is, to rounding."""

    values: Floats
    nobody: float
    everyone: float


def shapley(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    """The players' values.

    `worth` is asked once, for coalitions as rows with a flag a player. Exact up to MOST_EXACT players. Of more, the mean of
    so many orders of joining, drawn in pairs that are each other's reverse (antithetic sampling; Mitchell, Cooper, Frank
    and Holmes 2022), the same ones each time.
    """
    return _exact(players, worth) if players <= MAX_EXACT_PLAYERS else _sampled(players, worth)


def _exact(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    """Row n of all coalitions is the binary number n, the first player its last digit."""
    numbers = np.arange(2**players)
    members = (numbers[:, None] >> np.arange(players)) & 1 == 1
    worths, sizes = worth(members), members.sum(axis=1)
    orders = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    values = np.zeros(players)
    for player in range(players):
        without = numbers[~members[:, player]]
        gains = worths[without | 1 << player] - worths[without]
        values[player] = np.sum(np.array(orders)[sizes[without]] * gains)
    return ShapleyValues(values, float(worths[0]), float(worths[-1]))


def _sampled(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    drawn = np.random.default_rng(_SEED).permuted(np.tile(np.arange(players), (_PERMUTATIONS // 2, 1)), axis=1)
    orders = np.vstack([drawn, drawn[:, ::-1]])
    joined = np.zeros((len(orders), players + 1, players), np.bool_)
    for step in range(players):
        joined[:, step + 1] = joined[:, step]
        joined[np.arange(len(orders)), step + 1, orders[:, step]] = True
    coalitions, back = np.unique(joined.reshape(-1, players), axis=0, return_inverse=True)
    worths = worth(coalitions)[back.reshape(len(orders), players + 1)]
    values = np.zeros(players)
    for step, (before, after) in enumerate(pairwise(worths.T)):
        np.add.at(values, orders[:, step], after - before)
    return ShapleyValues(values / len(orders), float(worths[0, 0]), float(worths[0, -1]))
