"""Steps of amounts: contributed pay is published to about 10%, as one of 24 steps to a power of ten. Pure.

| function | returns |
| --- | --- |
| `step_of` | the step of an amount: the largest one that is not above it |
| `step_end` | the first amount above a step |
| `batch_steps` | the steps that a batch is published with, and whether they are the coarse ones |
| `spread` | an amount for each record, evenly over its step |

A step is the interval from its first amount to the next step: 110,000 is the step of 110,000 to 119,999. The fine steps are
those of the E24 series of preferred numbers (IEC 60063), 4% to 14% wide; the coarse ones, for batches on fewer than three
fine steps, are those of E6 with 15 to 68 in the first digits, about 45% wide. Every coarse step is made of whole fine ones,
so that the coarse step of an amount is that of its fine step. Amounts are whole units of a currency, at least 10 and
below 10^15; nothing but the step is stored, so no amount can be worked out to more than its width.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Amounts = npt.NDArray[np.int64]

FINE = (10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39, 43, 47, 51, 56, 62, 68, 75, 82, 91)
COARSE = (10, 15, 22, 33, 47, 68)
MIN_FINE_STEPS = 3
"""Distinct fine steps below which a batch uses the coarse ones: few of them would give each amount to about 10% away."""
MIN_AMOUNT, MAX_AMOUNT = 10, 10**15 - 1
MAX_STEP_RATIO = 1.5
"""The end of a step is at most this multiple of its start."""


def _step_starts(first_digits: tuple[int, ...]) -> Amounts:
    return np.array([digits * 10**power for power in range(14) for digits in first_digits] + [MAX_AMOUNT + 1], np.int64)


_FINE_STARTS, _COARSE_STARTS = _step_starts(FINE), _step_starts(COARSE)


def step_of(amounts: npt.ArrayLike, *, coarse: bool = False) -> Amounts:
    """The first amount of each amount's step, `int64[n]`. Raises ValueError for amounts below 10 or from 10^15 on.

    Boundaries belong to the upper step, exactly: they are whole numbers below 2^53.

    >>> step_of([99_999, 100_000, 109_999.99, 110_000]).tolist(), step_of([149_999, 150_000], coarse=True).tolist()
    ([91000, 100000, 100000, 110000], [100000, 150000])
    """
    starts = _COARSE_STARTS if coarse else _FINE_STARTS
    return starts[_positions(amounts, starts)]


def step_end(steps: npt.ArrayLike, *, coarse: bool = False) -> Amounts:
    """The first amount above each step, `int64[n]`.

    >>> step_end([91_000, 100_000]).tolist()
    [100000, 110000]
    """
    starts = _COARSE_STARTS if coarse else _FINE_STARTS
    return starts[_positions(steps, starts) + 1]


def _positions(amounts: npt.ArrayLike, starts: Amounts) -> npt.NDArray[np.intp]:
    given = np.asarray(amounts, np.float64)
    inside = (given >= MIN_AMOUNT) & (given <= MAX_AMOUNT)
    if not inside.all():
        raise ValueError(f"Steps are defined from {MIN_AMOUNT} to {MAX_AMOUNT:,}, not for {given[~inside][0]:,}.")
    return np.searchsorted(starts, given, side="right") - 1


@dataclass(frozen=True, slots=True)
class BatchSteps:
    """The steps of a batch's records, `int64[n]`; `coarse` for all of them or none, and stored with the batch."""

    steps: Amounts
    coarse: bool

    def spread(self, rng: np.random.Generator) -> Amounts:
        """An amount for each record, `int64[n]`; see `spread`."""
        return spread(self.steps, rng, coarse=self.coarse)


def batch_steps(amounts: npt.ArrayLike) -> BatchSteps:
    """The steps of a batch's amounts: fine ones if the batch lies on at least MIN_FINE_STEPS of them, otherwise coarse ones.

    >>> batch_steps([101_000, 112_000, 118_000]), batch_steps([101_000, 112_000, 125_000]).coarse
    (BatchSteps(steps=array([100000, 100000, 100000]), coarse=True), False)
    """
    fine = step_of(amounts)
    coarse = len(np.unique(fine)) < MIN_FINE_STEPS
    return BatchSteps(step_of(fine, coarse=True) if coarse else fine, coarse)


def spread(steps: npt.ArrayLike, rng: np.random.Generator, *, coarse: bool = False) -> Amounts:
    """An amount for each record of a batch: the n records of a step at (j + 1/2) / n of its width, in random order.

    Percentiles of the batch then interpolate within steps as those of grouped data do, and no amount depends on the one that
    was reported. Whole units, within the step: rounded down.

    >>> sorted(spread([100_000, 100_000, 110_000], np.random.default_rng(1)).tolist())
    [102500, 107500, 115000]
    """
    given = np.asarray(steps, np.int64)
    ends = step_end(given, coarse=coarse)
    shuffled = rng.permutation(len(given))
    by_step = shuffled[np.argsort(given[shuffled], kind="stable")]
    _, first, inverse, sizes = np.unique(given[by_step], return_index=True, return_inverse=True, return_counts=True)
    places = np.arange(len(given)) - first[inverse]
    width = (ends - given)[by_step]
    amounts = np.empty(len(given), np.int64)
    amounts[by_step] = given[by_step] + (2 * places + 1) * width // (2 * sizes[inverse])
    return amounts
