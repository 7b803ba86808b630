"""Steps of amounts: boundaries by hand, and an oracle that reads the digits."""

from bisect import bisect_right
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.stats.pay_steps import COARSE, FINE, MAX_AMOUNT, batch_steps, spread, step_end, step_of

AMOUNTS = st.integers(10, MAX_AMOUNT)
LISTS = st.lists(st.integers(1_000, 10_000_000), min_size=1, max_size=40)


def by_digits(amount: int, steps: tuple[int, ...]) -> int:
    """The largest step that is not above the first two digits."""
    digits = str(amount)
    return int(steps[bisect_right(steps, int(digits[:2])) - 1] * 10 ** (len(digits) - 2))


def test_boundaries_belong_to_the_upper_step() -> None:
    expected = [  # amount, fine step, end of it, coarse step
        (10, 10, 11, 10),
        (99, 91, 100, 68),
        (100, 100, 110, 100),
        (99_999, 91_000, 100_000, 68_000),
        (109_999, 100_000, 110_000, 100_000),
        (110_000, 110_000, 120_000, 100_000),
        (129_999, 120_000, 130_000, 100_000),
        (149_999, 130_000, 150_000, 100_000),
        (150_000, 150_000, 160_000, 150_000),
        (219_999, 200_000, 220_000, 150_000),
        (6_799_999, 6_200_000, 6_800_000, 4_700_000),
        (909_999_999, 820_000_000, 910_000_000, 680_000_000),
    ]
    amounts = [amount for amount, *_ in expected]
    fine, coarse = step_of(amounts), step_of(amounts, coarse=True)
    assert list(zip(amounts, fine.tolist(), step_end(fine).tolist(), coarse.tolist(), strict=True)) == expected


@given(AMOUNTS)
def test_a_step_is_read_from_the_first_two_digits(amount: int) -> None:
    fine, coarse = int(step_of([amount])[0]), int(step_of([amount], coarse=True)[0])
    assert (fine, coarse) == (by_digits(amount, FINE), by_digits(amount, COARSE))
    assert fine <= amount < int(step_end([fine])[0])
    assert int(step_of([fine])[0]) == fine
    assert int(step_of([fine], coarse=True)[0]) == coarse  # a coarse step consists of whole fine steps


@given(st.integers(10, MAX_AMOUNT // 10), st.booleans())
def test_ten_times_the_amount_has_ten_times_the_step(amount: int, coarse: bool) -> None:
    assert step_of([10 * amount], coarse=coarse)[0] == 10 * step_of([amount], coarse=coarse)[0]


@given(AMOUNTS, AMOUNTS, st.booleans())
def test_steps_are_in_the_order_of_amounts(first: int, second: int, coarse: bool) -> None:
    low, high = step_of(sorted((first, second)), coarse=coarse)
    assert low <= high


@pytest.mark.parametrize("amount", [9, 9.99, 0, -100, 10**15, float("nan"), float("inf")])
def test_amounts_without_a_step_are_refused(amount: float) -> None:
    with pytest.raises(ValueError, match=r"from 10 to 999,999,999,999,999, not for"):
        step_of([50_000, amount])


@given(LISTS)
def test_a_batch_on_fewer_than_three_steps_is_published_in_coarse_ones(amounts: list[int]) -> None:
    found = batch_steps(amounts)
    fine = [by_digits(amount, FINE) for amount in amounts]
    assert found.coarse == (len(set(fine)) < 3)
    assert found.steps.tolist() == ([by_digits(amount, COARSE) for amount in amounts] if found.coarse else fine)


@given(LISTS, st.integers(0, 2**32))
def test_records_are_spread_evenly_over_their_step(amounts: list[int], seed: int) -> None:
    batch = batch_steps(amounts)
    found = batch.spread(np.random.default_rng(seed))
    ends = step_end(batch.steps, coarse=batch.coarse)
    assert ((batch.steps <= found) & (found < ends)).all()
    expected: list[int] = []
    for step, count in Counter(batch.steps.tolist()).items():
        width = int(step_end([step], coarse=batch.coarse)[0]) - step
        expected += [step + int(Fraction(2 * place + 1, 2 * count) * width) for place in range(count)]
    assert sorted(found.tolist()) == sorted(expected)


def test_the_order_within_a_step_is_random_and_says_nothing_about_the_amounts() -> None:
    steps = step_of(np.linspace(100_000, 109_999, 4))
    orders = Counter(tuple(np.argsort(spread(steps, np.random.default_rng(seed)))) for seed in range(2_400))
    assert len(orders) == 24
    assert all(50 < count < 160 for count in orders.values())  # 100 each; the standard deviation is 10
