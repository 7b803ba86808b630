"""The records of a whole file: its batches put together, and the two ends of posted ranges made one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from seed.importer.identity import find_pairs, pair_keys
from seed.importer.mapping import Pairs
from seed.importer.translation import Batch


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a file in its order. `alone` tells those of the source for rows that stand alone; `paired` counts the
    rows that went into the record below them."""

    batch: Batch
    alone: NDArray[np.bool_]
    paired: int = 0

    def __len__(self) -> int:
        return len(self.batch.months)


def gather(batches: Sequence[Batch]) -> Batch:
    """One batch of all; what a batch does not tell is null in its rows."""
    rows = [len(batch.months) for batch in batches]
    factors = {factor: None for batch in batches for factor in batch.codes}
    names = {name: None for batch in batches for name in batch.numbers}
    absent = [np.full(count, np.nan) for count in rows]
    return Batch(
        np.concatenate([batch.months for batch in batches]),
        {
            factor: np.concatenate(
                [batch.codes.get(factor, np.zeros(n, np.int32)) for batch, n in zip(batches, rows, strict=True)]
            )
            for factor in factors
        },
        {
            name: np.concatenate([batch.numbers.get(name, nothing) for batch, nothing in zip(batches, absent, strict=True)])
            for name in names
        },
        np.concatenate([batch.keys for batch in batches]),
        np.concatenate([batch.repeats for batch in batches]),
    )


def records_of(batch: Batch, pairs: Pairs | None, merge: bool) -> Records:
    """The records of a file; with `merge` the ends of a range are one, else each row stays a record of its source."""
    if pairs is None:
        return Records(batch, np.zeros(len(batch.months), bool))
    amounts = batch.numbers.get("base_reported", np.full(len(batch.months), np.nan))
    upper, lower = find_pairs(batch.repeats, amounts, batch.months >= pairs.since)
    alone = np.ones(len(batch.months), bool)
    alone[upper] = alone[lower] = False
    if not merge or not len(upper):
        return Records(batch, alone)
    kept = np.ones(len(batch.months), bool)
    kept[upper] = False
    whole = rows_of(_merged(batch, amounts, upper, lower), kept)
    return Records(whole, alone[kept], len(upper))


def _merged(batch: Batch, amounts: NDArray[np.float64], upper: NDArray[np.int64], lower: NDArray[np.int64]) -> Batch:
    """The batch with both ends and the midpoint of each range in the lower row."""
    low, high, base = np.full(len(amounts), np.nan), np.full(len(amounts), np.nan), amounts.copy()
    low[lower], high[lower] = amounts[lower], amounts[upper]
    base[lower] = np.rint((amounts[lower] + amounts[upper]) / 2)
    keys = batch.keys.copy()
    keys[lower] = pair_keys(batch.keys[upper], batch.keys[lower])
    return replace(batch, keys=keys, numbers=batch.numbers | {"base_reported": base, "base_low": low, "base_high": high})


def rows_of(batch: Batch, kept: NDArray[np.bool_] | NDArray[np.int64]) -> Batch:
    """Some rows of a batch, by mask or by number."""
    return Batch(
        batch.months[kept],
        {factor: codes[kept] for factor, codes in batch.codes.items()},
        {name: values[kept] for name, values in batch.numbers.items()},
        batch.keys[kept],
        batch.repeats[kept],
    )
