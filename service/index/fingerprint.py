"""Fingerprints: whether a cohort's records are the same in two editions, told without keeping the older one.

Every record has a 64-bit word of all that the columns hold of it; a cohort's fingerprint is how many records it has and
the sum of their words. Words are of real numbers, never of codes, since codes are numbered anew in every edition. What only
the database holds of a record, its amounts as they were reported, is no part of its word.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from service.index.adjusted import adjusted
from service.index.arrays import Bools, Ints
from service.index.cache import LruCache
from service.index.coded import Coded
from service.index.columns import Columns
from service.index.moving import positions
from service.index.order import Order
from service.vocabulary.conditions import Conditions
from service.vocabulary.measures import MEASURES, Adjustment, Unit

Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Equal where the records are; two sets of records that differ share one by a chance of 1 in 2**64."""

    size: int
    digest: int


def mixed(words: Words) -> Words:
    """Words in which any changed bit changes about half of all bits: SplitMix64.

    >>> mixed(np.array([0, 1], np.uint64)).tolist()
    [16294208416658607535, 10451216379200822465]
    """
    words = words + np.uint64(0x9E3779B97F4A7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def record_words(columns: Columns) -> Words:
    """A word for each record, of its id, month, every factor and every measure."""
    salts = iter(_salts(1 + len(columns.one) + len(columns.many) + len(columns.amounts)))
    words = mixed(mixed(columns.ids[0]) + columns.ids[1])
    for coded in (columns.months, *columns.one.values()):
        words += _coded_words(coded, next(salts))
    for listed in columns.many.values():  # a sum, since the order of several values says nothing
        np.add.at(words, listed.rows, _coded_words(listed.items, next(salts)))
    for values, told in columns.amounts.values():
        words += _amount_words(values, told, next(salts))
    return mixed(words)  # once more, or two records that exchange a value would add up to the same


def _salts(count: int) -> Words:
    """One for each field, so that a value means something else in another."""
    return mixed(np.arange(count, dtype=np.uint64))


def _coded_words(coded: Coded[int], salt: np.uint64) -> Words:
    """Nothing told adds nothing."""
    table = np.zeros(len(coded.numbers) + 1, np.uint64)
    table[1:] = mixed(np.array(coded.numbers, np.uint64) + salt)
    return table[coded.codes]


def _amount_words(values: Ints, told: Bools, salt: np.uint64) -> Words:
    return np.where(told, mixed(values.astype(np.int64).view(np.uint64) + salt), np.uint64(0))


class Fingerprints:
    """The fingerprints of the cohorts of one edition, each taken once for all who ask."""

    def __init__(self, columns: Columns, base: Order, levels: Mapping[tuple[int, int], float]) -> None:
        self._columns, self._base, self._levels = columns, base, levels
        self._words: dict[Adjustment, Words] = {}
        self._taken: LruCache[tuple[Conditions, Adjustment], Fingerprint] = LruCache()
        self._turn = asyncio.Lock()

    async def of(self, conditions: Conditions, adjustment: Adjustment = Adjustment.NONE) -> Fingerprint:
        """As `take`, off the event loop; many who ask at once wait in line for one thread."""
        key = conditions, adjustment
        async with self._turn:
            found = self._taken.get(key)
            if found is None:
                found = await asyncio.to_thread(self.take, conditions, adjustment)
                self._taken.put(key, found)
        return found

    def take(self, conditions: Conditions, adjustment: Adjustment = Adjustment.NONE) -> Fingerprint:
        """The fingerprint of the records that meet all conditions; with an adjustment, of their adjusted money too.

        The first takes about half a second for each million records of the edition.
        """
        if adjustment not in self._words:
            self._words[adjustment] = self._make(adjustment)
        rows = self._base.rows[positions(self._base.select(conditions))]
        return Fingerprint(len(rows), int(self._words[adjustment][rows].sum(dtype=np.uint64)))

    def _make(self, adjustment: Adjustment) -> Words:
        words = record_words(self._columns)
        if adjustment is Adjustment.NONE:
            return words
        money = [measure for measure, spec in MEASURES.items() if spec.unit is Unit.MONEY_PER_YEAR]
        for measure, salt in zip(money, _salts(len(money)), strict=True):
            words += _amount_words(*adjusted(self._columns, measure, adjustment, self._levels), salt)
        return mixed(words)
