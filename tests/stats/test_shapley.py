"""Shapley values by definition, as the mean over all orders of joining, and of games with known values."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stats.shapley import MAX_EXACT_PLAYERS, Bools, Floats, shapley


def by_definition(players: int, worths: dict[frozenset[int], float]) -> list[float]:
    """The mean gain of each player over all orders in which they can join."""
    gains = [0.0] * players
    orders = list(permutations(range(players)))
    for order in orders:
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            gains[player] += worths[before | {player}] - worths[before]
    return [gain / len(orders) for gain in gains]


def subsets(coalitions: Bools) -> list[frozenset[int]]:
    return [frozenset(np.flatnonzero(row).tolist()) for row in coalitions]


@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_values_by_definition(players: int, seed: int) -> None:
    drawn = np.random.default_rng(seed).normal(0, 1e5, 2**players).tolist()
    worths = {frozenset(p for p in range(players) if n >> p & 1): drawn[n] for n in range(2**players)}
    found = shapley(players, lambda coalitions: np.array([worths[one] for one in subsets(coalitions)]))
    assert (found.empty_coalition, found.grand_coalition) == (worths[frozenset()], worths[frozenset(range(players))])
    assert found.values == pytest.approx(by_definition(players, worths), abs=1e-6)


def test_glove_game() -> None:
    """Two left gloves and a right one, a pair is worth 1: the right one has 4/6 (Shapley and Shubik 1969)."""
    worths = lambda coalitions: (coalitions[:, 2] & (coalitions[:, 0] | coalitions[:, 1])).astype(float)  # noqa: E731
    assert shapley(3, worths).values == pytest.approx([1 / 6, 1 / 6, 4 / 6])


@given(st.integers(MAX_EXACT_PLAYERS + 1, 15), st.integers(0, 2**32 - 1))
def test_sampled_values_add_up(players: int, seed: int) -> None:
    pairs = np.random.default_rng(seed).normal(0, 1e4, (players, players))

    def worth(coalitions: Bools) -> Floats:
        inside = coalitions.astype(float)
        return np.asarray(5e4 + np.einsum("ci,ij,cj->c", inside, pairs, inside))

    found = shapley(players, worth)
    everyone = worth(np.ones((1, players), np.bool_))[0]
    assert (found.empty_coalition, found.grand_coalition) == (5e4, pytest.approx(everyone))
    assert found.values.sum() == pytest.approx(everyone - 5e4, abs=1e-6)
    assert found.values.tolist() == shapley(players, worth).values.tolist()
    # in a game of pairs the mean over an order and its reverse is exact: half of what each pair is worth
    assert found.values == pytest.approx(
        (np.diag(pairs) + (pairs + pairs.T - 2 * np.diag(np.diag(pairs))).sum(axis=0) / 2), abs=1e-6
    )


def test_worth_is_called_once() -> None:
    calls: list[int] = []

    def worth(coalitions: Bools) -> Floats:
        calls.append(len(coalitions))
        return coalitions.sum(axis=1).astype(float)

    assert shapley(8, worth).values.tolist() == pytest.approx([1.0] * 8)
    assert calls == [256]
