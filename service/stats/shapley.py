"""Shapley values: each player's share of what a coalition is worth (Shapley 1953). Pure."""

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
    """A value per player, `float64[players]`, in the unit of the coalitions' worth.

    Up to rounding, they add up to `grand_coalition - empty_coalition`.
    """

    values: Floats
    empty_coalition: float
    grand_coalition: float


def shapley(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    """The Shapley values of a game of n players.

    `worth` maps m coalitions, `bool[m, n]` with a flag per player, to their worths, `float64[m]`; it is called once. The
    result is exact for up to MAX_EXACT_PLAYERS players. For more it is the mean over 32 random orders of joining, drawn as
    16 pairs of an order and its reverse (antithetic sampling; Mitchell, Cooper, Frank and Holmes 2022), with a fixed seed.
    """
    return _exact(players, worth) if players <= MAX_EXACT_PLAYERS else _sampled(players, worth)


def _exact(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    """Coalition k has the players whose bit is set in the binary number k."""
    numbers = np.arange(2**players)
    members = (numbers[:, None] >> np.arange(players)) & 1 == 1
    worths, sizes = worth(members), members.sum(axis=1)
    weights = [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    values = np.zeros(players)
    for player in range(players):
        before = numbers[~members[:, player]]
        gains = worths[before | 1 << player] - worths[before]
        values[player] = np.sum(np.array(weights)[sizes[before]] * gains)
    return ShapleyValues(values, float(worths[0]), float(worths[-1]))


def _sampled(players: int, worth: Callable[[Bools], Floats]) -> ShapleyValues:
    drawn = np.random.default_rng(_SEED).permuted(np.tile(np.arange(players), (_PERMUTATIONS // 2, 1)), axis=1)
    orders = np.vstack([drawn, drawn[:, ::-1]])
    joined = np.zeros((len(orders), players + 1, players), np.bool_)
    for step in range(players):
        joined[:, step + 1] = joined[:, step]
        joined[np.arange(len(orders)), step + 1, orders[:, step]] = True
    coalitions, inverse = np.unique(joined.reshape(-1, players), axis=0, return_inverse=True)
    worths = worth(coalitions)[inverse.reshape(len(orders), players + 1)]
    values = np.zeros(players)
    for step, (before, after) in enumerate(pairwise(worths.T)):
        np.add.at(values, orders[:, step], after - before)
    return ShapleyValues(values / len(orders), float(worths[0, 0]), float(worths[0, -1]))
